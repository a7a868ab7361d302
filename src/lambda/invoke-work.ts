// What is done at an invocation: policies are synced and copies of records are sent, when they are
// due. A frozen sandbox has no timers, so both go by the wall clock. What fails is left alone for a
// while, so that a server that is down does not prolong every invocation.

import {
  LAMBDA_PAUSE_MS_MAX,
  LAMBDA_PAUSE_MS_MIN,
  LAMBDA_WORK_MARGIN_MS,
  LAMBDA_WORK_MS_MAX,
} from "../core/limits.ts";
import type { FlushStrategy } from "./flush-strategy.ts";

export interface InvokeWorkOptions {
  readonly strategy: FlushStrategy;
  /** 0: there is nothing to sync. */
  readonly syncIntervalMs: number;
  /** Resolves when the sync has ended, well or not. */
  readonly sync: () => Promise<void>;
  /** Resolves when it is done, or after so long; to whether all went well. */
  readonly flush: (deadlineMs: number) => Promise<boolean>;
  /** Unix milliseconds. */
  readonly nowMs: () => number;
  /** Resolves after so long. */
  readonly pause: (ms: number) => Promise<void>;
}

export class InvokeWork {
  readonly #options: InvokeWorkOptions;
  #syncedMs: number;
  #flushDueMs = 0;
  #failures = 0;

  /** Policies are being synced when it is made. */
  constructor(options: InvokeWorkOptions) {
    this.#options = options;
    this.#syncedMs = options.nowMs();
  }

  /**
   * Resolves when the next event may be asked for. `deadlineMs`: when the invocation must end;
   * undefined: nobody knows, and it is not prolonged.
   */
  async run(deadlineMs: number | undefined): Promise<void> {
    const { strategy, nowMs, pause } = this.#options;
    const leftMs = (deadlineMs ?? 0) - nowMs() - LAMBDA_WORK_MARGIN_MS;
    const budgetMs = Math.max(0, Math.min(LAMBDA_WORK_MS_MAX, leftMs));
    const work = Promise.all([this.#sync(), this.#flush(budgetMs)]);
    if (strategy.kind !== "background") await Promise.race([work, pause(budgetMs)]);
  }

  async #sync(): Promise<void> {
    const { syncIntervalMs, sync, nowMs } = this.#options;
    if (syncIntervalMs === 0 || nowMs() - this.#syncedMs < syncIntervalMs) return;
    this.#syncedMs = nowMs();
    await sync();
  }

  async #flush(budgetMs: number): Promise<void> {
    const { strategy, flush, nowMs } = this.#options;
    if (nowMs() < this.#flushDueMs) return;
    const intervalMs = strategy.kind === "periodic" ? strategy.intervalMs : 0;
    this.#flushDueMs = nowMs() + intervalMs;
    if (await flush(budgetMs)) this.#failures = 0;
    else {
      const pauseMs = LAMBDA_PAUSE_MS_MIN * 2 ** Math.min(this.#failures++, 16);
      this.#flushDueMs = nowMs() + Math.max(intervalMs, Math.min(LAMBDA_PAUSE_MS_MAX, pauseMs));
    }
  }
}
