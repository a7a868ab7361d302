// OpAMP over HTTP: one message with each request, and one in its response. The server is polled at
// intervals, and at once when there is something to report.

import { SYNC_STOP_MARGIN_MS } from "../../core/limits.ts";
import { OneAtATime } from "../../system/one-at-a-time.ts";
import { exchange, type Fetch, SyncError } from "../http/sync-exchange.ts";
import { nextPollMs, nextRetryMs } from "../http/sync-schedule.ts";
import { type Link, type LinkOptions, type LinkUser, UID_HEADER } from "./link.ts";

/** Polls between two that are due: a server may have news in each answer to news. */
const POLLS_AT_ONCE_MAX = 20;

export class PollingLink implements Link {
  readonly #options: LinkOptions;
  readonly #user: LinkUser;
  readonly #fetch: Fetch;
  readonly #polls = new OneAtATime(() => this.#pollAndArm());
  readonly #stopping = new AbortController();
  #cancelTimer: (() => void) | undefined;
  #askedS = 0;
  #failures = 0;
  #retryAfterMs = 0;
  #stopped = false;
  /** Polls since the last one that was due. */
  #pollsAtOnce = 0;

  constructor(options: LinkOptions, user: LinkUser, fetchIt: Fetch = fetch) {
    this.#options = options;
    this.#user = user;
    this.#fetch = fetchIt;
  }

  start(): void {
    void this.#polls.run();
  }

  tell(): void {
    // A server that is away is asked again when it is due; that message has the news.
    if (this.#failures > 0 || this.#stopped) return;
    if (this.#pollsAtOnce < POLLS_AT_ONCE_MAX) void this.#polls.run();
  }

  look(): Promise<void> {
    return this.#polls.run();
  }

  setInterval(seconds: number): void {
    // Without polls there would be no news.
    this.#askedS = seconds;
  }

  async stop(deadlineMs: number): Promise<void> {
    const { schedule, monotonicMs } = this.#options;
    const endMs = monotonicMs() + deadlineMs - SYNC_STOP_MARGIN_MS;
    this.#stopped = true;
    this.#cancelTimer?.();
    const cancel = schedule(deadlineMs / 2, () => this.#stopping.abort());
    await this.#polls.idle();
    cancel();
    const leftMs = Math.floor(endMs - monotonicMs());
    if (leftMs <= 0) return;
    // What comes back is not looked at, nor whether anything does.
    await this.#ask(this.#user.last(), leftMs).catch(() => undefined);
  }

  async #pollAndArm(): Promise<void> {
    if (this.#stopped) return;
    this.#cancelTimer?.();
    this.#pollsAtOnce++;
    try {
      await this.#user.received(
        await this.#ask(this.#user.next(), this.#options.timeoutMs, this.#stopping.signal),
      );
      this.#failures = 0;
    } catch (error) {
      if (this.#stopped) return;
      this.#failures++;
      this.#retryAfterMs = error instanceof SyncError ? error.retryAfterMs : 0;
      await this.#user.failed(error);
    }
    if (this.#stopped) return;
    this.#cancelTimer = this.#options.schedule(this.#waitMs(), () => {
      this.#pollsAtOnce = 0;
      void this.#polls.run();
    });
  }

  #waitMs(): number {
    const { intervalMs, random } = this.#options;
    if (this.#failures === 0) return nextPollMs(intervalMs, this.#askedS, random());
    return nextRetryMs(this.#failures, intervalMs, this.#retryAfterMs, random());
  }

  async #ask(
    message: Uint8Array<ArrayBuffer>,
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<Uint8Array> {
    const { url, headers, messageBytesMax, schedule } = this.#options;
    const { bytes } = await exchange(message, {
      url,
      headers: [...headers, { name: UID_HEADER, value: this.#user.uidText }],
      encoding: "protobuf",
      timeoutMs: Math.min(timeoutMs, this.#options.timeoutMs),
      responseBytesMax: messageBytesMax,
      fetch: this.#fetch,
      schedule,
      ...(signal === undefined ? {} : { signal }),
    });
    return bytes;
  }
}
