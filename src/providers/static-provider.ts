// Policies from a text that never changes, such as that of a variable.

import { errorMessage } from "../core/errors.ts";
import { decodePolicyFile } from "./file/policy-file.ts";
import type { PolicyProvider, ProviderHost } from "./provider-port.ts";

export interface StaticProviderOptions {
  readonly id: string;
  /** What people know it by; in place of a file's path in messages. */
  readonly source: string;
  /** As the content of a policy file. */
  readonly text: string;
}

export class StaticProvider implements PolicyProvider {
  readonly id: string;
  readonly kind = "static";
  readonly source: string;
  readonly reportsStatus = false;
  readonly #text: string;
  #host: ProviderHost | undefined;
  #isTaken = false;

  constructor({ id, source, text }: StaticProviderOptions) {
    this.id = id;
    this.source = source;
    this.#text = text;
  }

  start(host: ProviderHost): void {
    this.#host = host;
    void this.#take(host);
  }

  async reload(): Promise<void> {
    if (this.#host === undefined) return;
    if (this.#isTaken) this.#host.unchanged();
    else await this.#take(this.#host);
  }

  async stop(): Promise<void> {
    await Promise.resolve();
  }

  async #take(host: ProviderHost): Promise<void> {
    try {
      await host.offer(await decodePolicyFile(new TextEncoder().encode(this.#text), this.source));
      this.#isTaken = true;
    } catch (error) {
      host.failed(errorMessage(error));
    }
  }
}
