// What SIGHUP and /_edge/reload do: every provider checks for news, and the files with the
// listener's certificates and with headers for upstreams are read again.

import type { RegistryStatus } from "../providers/index.ts";

/** What came of reading files again. */
export interface FilesReload {
  /** What is in use is new. */
  readonly changed: boolean;
  /** Why what is on disk is not in use. */
  readonly error?: string;
}

/** The policies, as far as a reload has to know of them. */
export interface ReloadedPolicies {
  reload(): Promise<void>;
  status(): RegistryStatus;
}

export interface ReloadOutcome {
  /** Number of the policy set that was in force before. */
  readonly versionBefore: number;
  readonly status: RegistryStatus;
  /** Undefined: the listener has no certificate, or none that could be replaced. */
  readonly tls: FilesReload | undefined;
  /** Undefined: no header of requests to upstreams is in a file. */
  readonly upstreamHeaders: FilesReload | undefined;
}

export class Reloader {
  readonly #policies: ReloadedPolicies;
  /** Set once the listener is bound. */
  tlsFiles: { reload(): Promise<FilesReload> } | undefined;
  headerFiles: { reload(): FilesReload } | undefined;
  #running: Promise<ReloadOutcome> | undefined;

  constructor(policies: ReloadedPolicies) {
    this.#policies = policies;
  }

  /**
   * Resolves when all have looked and what they gave is in force. Those who ask while it runs wait
   * for one more, together: what they changed may have come after it began.
   */
  async reload(): Promise<ReloadOutcome> {
    if (this.#running !== undefined) await this.#running;
    this.#running ??= this.#run().finally(() => (this.#running = undefined));
    return this.#running;
  }

  async #run(): Promise<ReloadOutcome> {
    const { version: versionBefore } = this.#policies.status();
    const [tls] = await Promise.all([this.tlsFiles?.reload(), this.#policies.reload()]);
    const upstreamHeaders = this.headerFiles?.reload();
    return { versionBefore, status: this.#policies.status(), tls, upstreamHeaders };
  }
}
