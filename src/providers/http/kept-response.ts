// A provider's last good response of its control plane, kept on disk. It is used at most once, at a
// start while the control plane is down, and is written after the policies of a response are in
// force.

import { errorMessage } from "../../core/errors.ts";
import { redactText } from "../../core/redact.ts";
import type { ProviderHost } from "../provider-port.ts";
import { type CachedResponse, cacheSource, readCache, writeCache } from "./policy-cache.ts";

export interface KeptResponseOptions {
  /** Undefined: nothing is kept. */
  readonly path: string | undefined;
  /** Whose responses these are. */
  readonly url: string;
  readonly secrets: readonly string[];
}

export class KeptResponse {
  readonly #options: KeptResponseOptions;
  /** What is on disk is in force. */
  #isCurrent = false;
  #toldReason: string | undefined;
  #tried: Promise<void> | undefined;

  constructor(options: KeptResponseOptions) {
    this.#options = options;
  }

  get isWanted(): boolean {
    return this.#options.path !== undefined;
  }

  /** Resolves when a use that has begun has ended. */
  async tried(): Promise<void> {
    await this.#tried;
  }

  /** Has the kept response put in force, the first time that it is called. Never rejects. */
  use(host: ProviderHost, apply: (kept: CachedResponse) => Promise<void>): Promise<void> {
    this.#tried ??= this.#load(host, apply);
    return this.#tried;
  }

  /** Something else is in force now. */
  outdate(): void {
    this.#isCurrent = false;
  }

  /** Writes what is in force, unless that is there already. Never rejects. */
  async keep(host: ProviderHost, response: CachedResponse): Promise<void> {
    const { path, url } = this.#options;
    if (path === undefined || this.#isCurrent) return;
    try {
      await writeCache(path, cacheSource(url), response);
      this.#isCurrent = true;
      this.#toldReason = undefined;
    } catch (error) {
      const reason = this.#reasonOf(path, error);
      // Once, not with every response.
      if (reason !== this.#toldReason) host.cacheFailed(reason);
      this.#toldReason = reason;
    }
  }

  async #load(host: ProviderHost, apply: (kept: CachedResponse) => Promise<void>): Promise<void> {
    const { path, url } = this.#options;
    if (path === undefined) return;
    try {
      await apply(await readCache(path, cacheSource(url)));
      this.#isCurrent = true;
    } catch (error) {
      host.cacheFailed(this.#reasonOf(path, error));
    }
  }

  #reasonOf(path: string, error: unknown): string {
    return `${path}: ${redactText(errorMessage(error), this.#options.secrets)}`;
  }
}
