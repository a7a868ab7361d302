// Policies from an OpAMP server, over HTTP or a WebSocket, depending on the scheme of its URL. The
// code that speaks the protocol is loaded when it starts, because it brings the schemas of all
// messages along.

import { SYNC_RESPONSE_BYTES_MAX, SYNC_TIMEOUT_MS_DEFAULT } from "../../core/limits.ts";
import { redactUrl } from "../../core/redact.ts";
import { realSchedule } from "../../system/timer.ts";
import type { PolicyProvider, ProviderHost } from "../provider-port.ts";
import { leaveUid, newUid, takeUid } from "./instance-uid.ts";
import type { OpampClient } from "./opamp-client.ts";
import type { OpampProviderOptions } from "./opamp-options.ts";

/** Policies of an OpAMP server's remote configuration. */
export class OpampProvider implements PolicyProvider {
  readonly id: string;
  readonly kind = "opamp";
  readonly source: string;
  /** Errors alone: OpAMP has no counts of policies. */
  readonly reportsStatus = true;
  readonly #options: OpampProviderOptions;
  #client: Promise<OpampClient> | undefined;

  constructor(options: OpampProviderOptions) {
    this.id = options.id;
    this.source = redactUrl(options.url);
    this.#options = options;
  }

  start(host: ProviderHost): void {
    this.#client = this.#begin(host);
  }

  async reload(): Promise<void> {
    await (await this.#client)?.look();
  }

  async stop(deadlineMs: number): Promise<void> {
    const client = await this.#client;
    if (client === undefined) return;
    await client.stop(deadlineMs);
    const path = this.#uidPath;
    if (path !== undefined) await leaveUid(path, client.uid);
  }

  get #uidPath(): string | undefined {
    const { cachePath } = this.#options;
    return cachePath === undefined ? undefined : `${cachePath}.uid`;
  }

  async #begin(host: ProviderHost): Promise<OpampClient> {
    const path = this.#uidPath;
    const uid = (path === undefined ? undefined : await takeUid(path)) ?? newUid();
    const { OpampClient } = await import("./opamp-client.ts");
    const options = {
      timeoutMs: SYNC_TIMEOUT_MS_DEFAULT,
      messageBytesMax: SYNC_RESPONSE_BYTES_MAX,
      schedule: realSchedule,
      monotonicMs: () => performance.now(),
      random: Math.random,
      ...this.#options,
    };
    const client = new OpampClient(options, host, uid);
    client.start();
    return client;
  }
}
