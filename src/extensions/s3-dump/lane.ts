// The objects that wait for one target, sent one after the other. An object that fails is sent
// again under the same key, after a pause that doubles; only the caller ever gives an object up.

import { DUMP_PAUSE_MS_MAX, DUMP_PAUSE_MS_MIN, DUMP_SEND_TIMEOUT_MS } from "../../core/limits.ts";
import { BatchQueue, type Schedule, type SendResult } from "../../system/index.ts";
import type { Batch } from "./batch.ts";

export interface LaneOptions {
  /** Resolves when the object has arrived. */
  readonly send: (batch: Batch, signal: AbortSignal) => Promise<void>;
  readonly sent: (batch: Batch) => void;
  readonly failed: (batch: Batch, reason: unknown, pauseMs: number) => void;
  /** The number of attempts in a row. */
  readonly attemptsMax: number;
  readonly schedule: Schedule;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** What an error may say about when to try again. */
interface Asking {
  readonly askedMs?: number;
}

export class Lane {
  readonly #options: LaneOptions;
  readonly #queue: BatchQueue<Batch>;
  readonly #unsent = new Set<Batch>();
  readonly #stopping = new AbortController();
  #reason: unknown;
  #waiting: { readonly untilSent: boolean; readonly resolve: () => void }[] = [];

  constructor(options: LaneOptions) {
    this.#options = options;
    this.#queue = new BatchQueue<Batch>({
      batchItemsMax: 1,
      batchBytesMax: Number.POSITIVE_INFINITY,
      waitMsMax: 0,
      // The caller that fills it sets the bound.
      queueItemsMax: Number.POSITIVE_INFINITY,
      queueBytesMax: Number.POSITIVE_INFINITY,
      backOff: {
        firstMs: DUMP_PAUSE_MS_MIN,
        ceilingMs: DUMP_PAUSE_MS_MAX,
        askedMsMax: DUMP_PAUSE_MS_MAX,
      },
      send: ([batch]) => this.#send(batch),
      settled: ([batch]) => this.#settled(batch),
      pausing: ([batch], pauseMs) => {
        if (batch !== undefined) options.failed(batch, this.#reason, pauseMs);
        this.#wake(({ untilSent }) => !untilSent);
      },
      schedule: options.schedule,
      random: options.random,
    });
  }

  push(batch: Batch): void {
    this.#unsent.add(batch);
    this.#queue.offer(batch, batch.bytes);
  }

  /**
   * Sends now, without waiting for the rest of a pause. Resolves when everything is sent or,
   * without `untilSent`, when one attempt has failed.
   */
  async flush(untilSent: boolean): Promise<void> {
    if (this.#unsent.size === 0) return;
    const done = new Promise<void>((resolve) => this.#waiting.push({ untilSent, resolve }));
    this.#queue.endPause();
    await done;
  }

  /** Ends; returns what was not sent. */
  stop(): readonly Batch[] {
    this.#stopping.abort();
    this.#queue.abandon();
    this.#wake(() => true);
    return [...this.#unsent];
  }

  /** Makes all attempts in a row. */
  async #send(batch: Batch | undefined): Promise<SendResult> {
    if (batch === undefined) return { kind: "accepted" };
    for (let attempt = 0; attempt < this.#options.attemptsMax; attempt++) {
      if (this.#stopping.signal.aborted) break;
      const late = AbortSignal.timeout(DUMP_SEND_TIMEOUT_MS);
      try {
        await this.#options.send(batch, AbortSignal.any([late, this.#stopping.signal]));
        return { kind: "accepted" };
      } catch (error) {
        this.#reason = error;
      }
    }
    // For other errors it is undefined.
    const { askedMs = 0 } = (this.#reason ?? {}) as Asking;
    return { kind: "retry", reason: String(this.#reason), askedMs };
  }

  #settled(batch: Batch | undefined): void {
    if (batch === undefined || this.#stopping.signal.aborted) return;
    this.#unsent.delete(batch);
    this.#options.sent(batch);
    if (this.#unsent.size === 0) this.#wake(() => true);
  }

  #wake(isDue: (waiter: { readonly untilSent: boolean }) => boolean): void {
    const due = this.#waiting.filter(isDue);
    this.#waiting = this.#waiting.filter((waiter) => !due.includes(waiter));
    for (const { resolve } of due) resolve();
  }
}
