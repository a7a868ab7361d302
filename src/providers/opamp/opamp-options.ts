// The options of a provider for an OpAMP server.

import type { HeaderField } from "../../config/model.ts";
import type { Pause } from "../../system/pause.ts";
import type { Schedule } from "../../system/timer.ts";
import type { Fetch } from "../http/sync-exchange.ts";
import type { SyncIdentity } from "../http/sync-identity.ts";

/** Which server, and what it is told. Times in milliseconds. */
export interface OpampProviderOptions {
  readonly id: string;
  /** For example `wss://host/v1/opamp`, or `https://host/v1/opamp`. */
  readonly url: string;
  readonly headers: readonly HeaderField[];
  /** Between polls over HTTP, or heartbeats over a WebSocket. */
  readonly pollIntervalMs: number;
  readonly identity: SyncIdentity;
  /** For a connection, and for an answer. Default `SYNC_TIMEOUT_MS_DEFAULT`. */
  readonly timeoutMs?: number;
  /**
   * Where the last good configuration is kept for the next start, and beside it, as `….uid`, what
   * this program is called. Default: nowhere.
   */
  readonly cachePath?: string | undefined;
  readonly messageBytesMax?: number;
  readonly fetch?: Fetch;
  readonly schedule?: Schedule;
  /** Wall clock and monotonic clock. */
  readonly nowMs?: () => number;
  readonly monotonicMs?: () => number;
  /** Uniform in [0, 1). */
  readonly random?: () => number;
  readonly pause?: Pause;
}
