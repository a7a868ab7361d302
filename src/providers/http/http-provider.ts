// Policies from a control plane: fetches them at intervals, and reports what they did. A set is
// remembered only once it is in force; counts are sent only once, whatever happens to the request;
// and a control plane that is down changes nothing. Source: policy specification 1.6, SyncRequest
// and SyncResponse over HTTP.

import { errorMessage } from "../../core/errors.ts";
import type { HeaderField } from "../../config/model.ts";
import { redactText, redactUrl } from "../../core/redact.ts";
import { realSchedule, type Schedule } from "../../system/timer.ts";
import type { ExtensionConfig, SyncEncoding, SyncReply } from "../../policy/wire/index.ts";
import {
  SYNC_CACHE_GRACE_MS,
  SYNC_MESSAGE_CHARS_MAX,
  SYNC_RESPONSE_BYTES_MAX,
  SYNC_STOP_MARGIN_MS,
  SYNC_TIMEOUT_MS_DEFAULT,
} from "../../core/limits.ts";
import { OneAtATime } from "../../system/one-at-a-time.ts";
import { type Pause, runInSteps, yieldToLoop } from "../../system/pause.ts";
import { KeptResponse } from "./kept-response.ts";
import type { CachedResponse } from "./policy-cache.ts";
import { contentHash } from "../file/policy-file.ts";
import type { PolicyProvider, ProviderHost } from "../provider-port.ts";
import { exchange, type Fetch, SyncError } from "./sync-exchange.ts";
import { identityMembers, type SyncIdentity } from "./sync-identity.ts";
import { nextPollMs, nextRetryMs } from "./sync-schedule.ts";

/** Loaded by those that sync: with it come the schemas of all messages, 8 ms and 10 MB. */
const loadWire = () => import("../../policy/wire/index.ts");

/** Which control plane, and what it is told. Times in milliseconds. */
export interface HttpProviderOptions {
  readonly id: string;
  /** The whole address of the sync, e.g. `https://host/v1/policy/sync`, or `grpcs://host:443`. */
  readonly url: string;
  readonly headers: readonly HeaderField[];
  readonly encoding: SyncEncoding;
  readonly pollIntervalMs: number;
  readonly identity: SyncIdentity;
  /** For a whole request and answer. Default `SYNC_TIMEOUT_MS_DEFAULT`. */
  readonly timeoutMs?: number;
  /** Where the last good response is kept for the next start. Default: nowhere. */
  readonly cachePath?: string | undefined;
  /**
   * Told the extension configurations of each response that has any or policies, before these are
   * offered. Whether what policies may ask for has changed.
   */
  readonly onExtensionConfigs?: (configs: readonly ExtensionConfig[]) => boolean;
  readonly responseBytesMax?: number;
  readonly fetch?: Fetch;
  readonly schedule?: Schedule;
  /** Monotonic milliseconds. */
  readonly monotonicMs?: () => number;
  /** Uniform in [0, 1). */
  readonly random?: () => number;
  readonly pause?: Pause;
}

/** What the next request says that this client has. */
interface Applied {
  readonly hash: string;
  /** The hash, or a digest when the control plane gives none. */
  readonly key: string;
  readonly timestamp: bigint;
}

/** Policies of a control plane, asked for by sync over HTTP, or gRPC where `fetch` speaks it. */
export class HttpProvider implements PolicyProvider {
  readonly id: string;
  readonly kind: "http" | "grpc";
  readonly source: string;
  readonly reportsStatus = true;
  readonly #options: HttpProviderOptions;
  readonly #schedule: Schedule;
  readonly #secrets: readonly string[];
  readonly #stopping = new AbortController();
  #host: ProviderHost | undefined;
  #cancelTimer: (() => void) | undefined;
  #cancelGrace: (() => void) | undefined;
  readonly #syncs = new OneAtATime(() => this.#syncAndArm());
  #applied: Applied = { hash: "", key: "", timestamp: 0n };
  /** A set of the control plane itself is in force: ends full syncs and the use of the cache. */
  #synced = false;
  readonly #cache: KeptResponse;
  #recommendedIntervalS = 0;
  #failures = 0;
  #retryAfterMs = 0;
  #stopped = false;

  constructor(options: HttpProviderOptions) {
    this.id = options.id;
    this.kind = /^grpc/i.test(options.url) ? "grpc" : "http";
    this.source = redactUrl(options.url);
    this.#options = options;
    this.#schedule = options.schedule ?? realSchedule;
    this.#secrets = options.headers.map(({ value }) => value);
    const { cachePath: path, url } = options;
    this.#cache = new KeptResponse({ path, url, secrets: this.#secrets });
  }

  start(host: ProviderHost): void {
    this.#host = host;
    if (this.#cache.isWanted) {
      this.#cancelGrace = this.#schedule(SYNC_CACHE_GRACE_MS, () => void this.#useCache(host));
    }
    void this.#syncs.run();
  }

  reload(): Promise<void> {
    return this.#syncs.run();
  }

  async stop(deadlineMs: number): Promise<void> {
    const { monotonicMs = () => performance.now() } = this.#options;
    const endMs = monotonicMs() + deadlineMs - SYNC_STOP_MARGIN_MS;
    this.#stopped = true;
    this.#cancelTimer?.();
    this.#cancelGrace?.();
    // A sync on its way may be finished, for its counts may have arrived; half of the time is for
    // the last one.
    const cancel = this.#schedule(deadlineMs / 2, () => this.#stopping.abort());
    await this.#syncs.idle();
    cancel();
    const leftMs = Math.floor(endMs - monotonicMs());
    if (this.#host !== undefined && leftMs > 0) await this.#lastSync(this.#host, leftMs);
  }

  async #syncAndArm(): Promise<void> {
    if (this.#stopped || this.#host === undefined) return;
    this.#cancelTimer?.();
    await this.#syncOnce(this.#host);
    if (this.#stopped) return;
    this.#cancelTimer = this.#schedule(this.#waitMs(), () => void this.#syncs.run());
  }

  #waitMs(): number {
    const { pollIntervalMs, random = Math.random } = this.#options;
    if (this.#failures === 0) {
      return nextPollMs(pollIntervalMs, this.#recommendedIntervalS, random());
    }
    return nextRetryMs(this.#failures, pollIntervalMs, this.#retryAfterMs, random());
  }

  async #syncOnce(host: ProviderHost): Promise<void> {
    try {
      const { reply, response } = await this.#ask(
        host,
        this.#options.timeoutMs,
        this.#stopping.signal,
      );
      this.#recommendedIntervalS = reply.recommendedIntervalS;
      // Too late for the cache; one that is being put in force already goes first.
      this.#cancelGrace?.();
      await this.#cache.tried();
      await this.#take(host, reply, response);
      this.#failures = 0;
    } catch (error) {
      if (this.#stopped) return;
      this.#failures++;
      this.#retryAfterMs = error instanceof SyncError ? error.retryAfterMs : 0;
      this.#cancelGrace?.();
      if (!this.#synced) await this.#useCache(host);
      host.failed(this.#reasonOf(error));
    }
  }

  /**
   * Sends one request. The counts in it are not sent again, whatever comes of it: nobody can tell
   * whether a request without a good response has been counted.
   */
  async #ask(
    host: ProviderHost,
    timeoutMs = SYNC_TIMEOUT_MS_DEFAULT,
    signal?: AbortSignal,
  ): Promise<{ reply: SyncReply; response: CachedResponse }> {
    const { url, headers, encoding, identity } = this.#options;
    const { buildSyncRequest } = await loadWire();
    const delta = host.takeDelta();
    const body = buildSyncRequest(
      {
        ...identityMembers(identity),
        fullSync: !this.#synced,
        lastTimestamp: this.#applied.timestamp,
        lastHash: this.#applied.hash,
        statuses: delta.statuses,
        volume: host.takeVolume(),
      },
      encoding,
    );
    delta.acknowledge();
    const { bytes, contentType } = await exchange(body, {
      url,
      headers,
      encoding,
      timeoutMs,
      responseBytesMax: this.#options.responseBytesMax ?? SYNC_RESPONSE_BYTES_MAX,
      fetch: this.#options.fetch ?? fetch,
      schedule: this.#schedule,
      ...(signal === undefined ? {} : { signal }),
    });
    const response = { bytes, contentType, encoding };
    return { reply: await this.#read(response), response };
  }

  async #read({ bytes, contentType, encoding }: CachedResponse): Promise<SyncReply> {
    const { readSyncResponseSteps } = await loadWire();
    const steps = readSyncResponseSteps(bytes, contentType, encoding);
    const reply = await runInSteps(steps, this.#options.pause ?? yieldToLoop);
    if (reply.errorMessage !== "") {
      const message = reply.errorMessage.slice(0, SYNC_MESSAGE_CHARS_MAX);
      throw new SyncError(`the control plane reports: ${message}`);
    }
    if (reply.isPolicySet) return reply;
    // Any server answers `{}` or nothing at all; taken for a set, it would switch every policy off.
    if (reply.policies.length === 0 && reply.hash === "" && reply.timestamp === 0n) {
      throw new SyncError(
        "the response holds no policies, hash or timestamp; check the provider's url",
      );
    }
    return reply;
  }

  async #take(host: ProviderHost, reply: SyncReply, response: CachedResponse): Promise<void> {
    const key = keyOf(reply);
    const known = key === this.#applied.key;
    if (known) {
      // A response that has nothing new need not repeat what was broadcast.
      const says = reply.policies.length + reply.extensionConfigs.length > 0;
      if (says && this.#configure(reply)) host.refresh();
      host.unchanged();
    } else await this.#offer(host, reply, key);
    this.#applied = {
      hash: reply.hash,
      key,
      timestamp: reply.timestamp === 0n ? this.#applied.timestamp : reply.timestamp,
    };
    this.#synced = true;
    if (!known) this.#cache.outdate();
    // A response with nothing new need not hold the policies.
    if (!known || reply.policies.length > 0) await this.#cache.keep(host, response);
  }

  async #offer(host: ProviderHost, reply: SyncReply, key: string): Promise<void> {
    this.#configure(reply);
    await host.offer({ policies: reply.policies, hash: key });
  }

  #configure({ extensionConfigs }: SyncReply): boolean {
    return this.#options.onExtensionConfigs?.(extensionConfigs) ?? false;
  }

  /** Puts the kept answer in force, once, as long as the control plane gave none. */
  #useCache(host: ProviderHost): Promise<void> {
    return this.#cache.use(host, async (kept) => {
      if (this.#stopped) return;
      const reply = await this.#read(kept);
      const key = keyOf(reply);
      await this.#offer(host, reply, key);
      this.#applied = { hash: reply.hash, key, timestamp: reply.timestamp };
    });
  }

  /** Delivers the last counts; what comes back is not looked at any further. */
  async #lastSync(host: ProviderHost, leftMs: number): Promise<void> {
    const timeoutMs = Math.min(leftMs, this.#options.timeoutMs ?? SYNC_TIMEOUT_MS_DEFAULT);
    try {
      await this.#ask(host, timeoutMs);
    } catch (error) {
      host.failed(`the last sync failed, its counts are lost: ${this.#reasonOf(error)}`);
    }
  }

  #reasonOf(error: unknown): string {
    return redactText(errorMessage(error), this.#secrets);
  }
}

/** Names a set, and tells it from others. */
function keyOf({ hash, policyBytes }: SyncReply): string {
  return policyBytes === undefined ? hash : contentHash(policyBytes);
}
