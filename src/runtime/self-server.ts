// The small server of a program that has no door of its own: health, readiness and metrics, on
// their own address. Takes no telemetry.

import { AdminModule, namesOf, readyPage } from "../admin/index.ts";
import { metricsPage } from "../admin/admin-metrics.ts";
import type { ListenTarget } from "../config/index.ts";
import { SELF_SERVER_IDLE_MS } from "../core/limits.ts";
import type { EventBus } from "../o11y/event-bus.ts";
import { type LocalPage, servePage, pagesByPath } from "../pipeline/local-pages.ts";
import { Room } from "../pipeline/room/room.ts";
import { drainListeners } from "../server/drain.ts";
import { type Listener, listen } from "../server/listener.ts";
import { clientReports } from "../server/misdirected.ts";
import { Router } from "../server/router.ts";
import { ProxyServer } from "../server/server.ts";
import type { Component } from "./component.ts";

/** Where the server listens, and what it serves. */
export interface SelfServerOptions {
  readonly target: ListenTarget;
  readonly bus: EventBus;
  /** What `/_ready` answers. */
  readonly ready: () => boolean;
  /** What `/_edge/metrics` answers; `metrics.metricsText()`. */
  readonly metricsText: () => string;
  /** Further pages below `/_edge/`. Default: none. */
  readonly pages?: readonly LocalPage[];
  /** Bearer token that `/_edge/metrics` asks for. Default: none. */
  readonly token?: string | undefined;
}

/**
 * Serves `/_health`, `/_ready` and `/_edge/metrics`. As the first part of a program it answers from
 * before the others start until after they have stopped.
 *
 * @example
 * const target = { kind: "tcp", host: "127.0.0.1", port: 9090 } as const;
 * const metricsText = (): string => metrics.metricsText();
 * const self = new SelfServer({ target, bus, ready: () => readiness.isReady, metricsText });
 */
export class SelfServer implements Component {
  readonly #options: SelfServerOptions;
  readonly #server: ProxyServer;
  #listener: Listener | undefined;

  constructor(options: SelfServerOptions) {
    const { target, bus, ready, metricsText, token, pages: further = [] } = options;
    this.#options = options;
    const pages = [metricsPage(metricsText), ...further];
    const served = pagesByPath([readyPage(ready), ...pages]);
    const hosts = namesOf(target);
    const own = new AdminModule({ pages, adminToken: token, hosts, servesPages: true });
    this.#server = new ProxyServer({
      router: new Router([own]),
      executor: {
        execute: (plan, call) => {
          if (plan.kind === "respond" || plan.kind === "page")
            return servePage(plan, call, bus, served);
          throw new Error(`nothing is sent on from here, and ${plan.kind} was planned`);
        },
      },
      bus,
      // Own pages hold nothing.
      room: new Room({ bus, requestsMax: 0, bytesMax: 0, waitMs: 0 }),
      adminToken: token,
    });
  }

  /** Where it really listens; undefined until it does. */
  get url(): string | undefined {
    return this.#listener?.url;
  }

  /** Rejects with BindError. */
  async start(): Promise<void> {
    const { target, bus } = this.#options;
    const { fetch } = this.#server.app;
    const common = { idleTimeoutMs: SELF_SERVER_IDLE_MS, ...clientReports(bus) };
    this.#listener = await listen({ target, ...common, fetch });
    bus.emit("server.ready", { url: this.#listener.url });
  }

  async stop(deadlineMs: number): Promise<void> {
    if (this.#listener === undefined) return;
    this.#server.announceDrain();
    await drainListeners([this.#listener], { deadlineMs });
  }
}
