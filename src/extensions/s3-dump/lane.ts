// The objects that wait for one target, sent one after the other. What fails is sent again under
// the same key, after a pause that doubles; only the caller gives anything up.

import { DUMP_PAUSE_MS_MAX, DUMP_PAUSE_MS_MIN, DUMP_SEND_TIMEOUT_MS } from "../../core/limits.ts";
import type { Schedule } from "../../system/index.ts";
import type { Batch } from "./batch.ts";

export interface LaneOptions {
  /** Resolves when the object has arrived. */
  readonly send: (batch: Batch, signal: AbortSignal) => Promise<void>;
  readonly sent: (batch: Batch) => void;
  readonly failed: (batch: Batch, reason: unknown, pauseMs: number) => void;
  /** In a row. */
  readonly attemptsMax: number;
  readonly schedule: Schedule;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

export class Lane {
  readonly #options: LaneOptions;
  readonly #queue: Batch[] = [];
  readonly #stopping = new AbortController();
  #isRunning = false;
  #failures = 0;
  #endPause: (() => void) | undefined;
  #waiting: { readonly untilSent: boolean; readonly resolve: () => void }[] = [];

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  get isIdle(): boolean {
    return this.#queue.length === 0;
  }

  push(batch: Batch): void {
    this.#queue.push(batch);
    void this.#run();
  }

  /**
   * Sends now, without the rest of a pause. Resolves when everything is sent, or, unless
   * `untilSent`, when one attempt has failed.
   */
  async flush(untilSent: boolean): Promise<void> {
    if (this.isIdle) return;
    const done = new Promise<void>((resolve) => this.#waiting.push({ untilSent, resolve }));
    this.#endPause?.();
    await done;
  }

  /** Ends; answers what was not sent. */
  stop(): readonly Batch[] {
    this.#stopping.abort();
    this.#endPause?.();
    this.#wake(() => true);
    return this.#queue.splice(0);
  }

  async #run(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    for (let batch = this.#queue[0]; batch !== undefined; batch = this.#queue[0]) {
      const fault = await this.#try(batch);
      if (fault === undefined && this.#queue[0] === batch) {
        this.#failures = 0;
        this.#queue.shift();
        this.#options.sent(batch);
      }
      if (this.#stopping.signal.aborted) break;
      if (fault !== undefined) await this.#pause(batch, fault.reason);
    }
    this.#isRunning = false;
    this.#wake(() => true);
  }

  /** Why none of the attempts has succeeded; undefined: one has. */
  async #try(batch: Batch): Promise<{ readonly reason: unknown } | undefined> {
    let reason: unknown;
    for (let attempt = 0; attempt < this.#options.attemptsMax; attempt++) {
      if (this.#stopping.signal.aborted) break;
      const late = AbortSignal.timeout(DUMP_SEND_TIMEOUT_MS);
      try {
        await this.#options.send(batch, AbortSignal.any([late, this.#stopping.signal]));
        return undefined;
      } catch (error) {
        reason = error;
      }
    }
    return { reason };
  }

  async #pause(batch: Batch, reason: unknown): Promise<void> {
    const { schedule, random, failed } = this.#options;
    const longestMs = Math.min(DUMP_PAUSE_MS_MAX, DUMP_PAUSE_MS_MIN * 2 ** this.#failures++);
    // Between half of it and all of it, so that many instances do not come at once.
    const pauseMs = Math.round(longestMs * (0.5 + random() / 2));
    failed(batch, reason, pauseMs);
    this.#wake(({ untilSent }) => !untilSent);
    await new Promise<void>((resolve) => {
      const cancel = schedule(pauseMs, resolve);
      this.#endPause = () => {
        cancel();
        resolve();
      };
    });
    this.#endPause = undefined;
  }

  #wake(isDue: (waiter: { readonly untilSent: boolean }) => boolean): void {
    const due = this.#waiting.filter(isDue);
    this.#waiting = this.#waiting.filter((waiter) => !due.includes(waiter));
    for (const { resolve } of due) resolve();
  }
}
