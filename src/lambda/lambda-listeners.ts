// Where the extension listens: as its settings say, or, where it cannot, as it does by default, for
// no setting ends a function. A port that is taken is another matter: then nothing would reach it.

import type { ProxyConfig } from "../config/index.ts";
import {
  BindError,
  type Component,
  ProxyListeners,
  type ProxyListenersOptions,
} from "../runtime/index.ts";
import { USUAL_LISTEN } from "./lambda-config.ts";

export class LambdaListeners implements Component {
  readonly #options: ProxyListenersOptions;
  #listeners: ProxyListeners;

  constructor(options: ProxyListenersOptions) {
    this.#options = options;
    this.#listeners = new ProxyListeners(options);
  }

  /** Rejects with BindError. */
  async start(): Promise<void> {
    const { config, bus } = this.#options;
    const others = defaultsFor(config.listen);
    for (;;) {
      try {
        await this.#listeners.start();
        return;
      } catch (error) {
        const target = others.shift();
        if (!(error instanceof BindError) || error.isTaken || target === undefined) throw error;
        const { host, port } = target;
        const problem = `TERO_LISTEN_ADDRESS, TERO_LISTEN_PORT: ${error.message}; ${host}:${port} is tried instead.`;
        bus.emit("lambda.setting_ignored", { problem });
        await this.#listeners.stop();
        const own = { ...this.#options, config: { ...config, listen: target } };
        this.#listeners = new ProxyListeners(own);
      }
    }
  }

  drain(deadlineMs: number): Promise<number> {
    return this.#listeners.drain(deadlineMs);
  }

  stop(): Promise<void> {
    return this.#listeners.stop();
  }
}

type ListenTarget = ProxyConfig["listen"];
type TcpTarget = Extract<ListenTarget, { readonly kind: "tcp" }>;

/** First the same port at the usual address: clients may find it there. */
function defaultsFor(target: ListenTarget): TcpTarget[] {
  return target.kind === "tcp"
    ? [{ ...USUAL_LISTEN, port: target.port }, USUAL_LISTEN]
    : [USUAL_LISTEN];
}
