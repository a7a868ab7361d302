// Measures how late the event loop runs: a timer that is due every few milliseconds notes how late
// it was called. A blockage counts once for every tick that it covers; otherwise a pause of a
// second would weigh no more than one of twenty milliseconds. While little happens that could
// block the loop, the timer is due only now and then.

import {
  LOOP_DELAY_IDLE_MS,
  LOOP_DELAY_INTERVAL_MS,
  LOOP_DELAY_WINDOW_MS,
} from "../core/limits.ts";
import { PacedTimer } from "../system/paced-timer.ts";
import type { Schedule } from "../system/timer.ts";

/** Ticks that one block can be charged with, at most. */
const TICKS_MAX = 500;

/** The greatest delay of this period and the one before it. */
export class DelayMax {
  #windowStartMs: number;
  #maxMs = 0;
  #maxBeforeMs = 0;

  constructor(nowMs: number) {
    this.#windowStartMs = nowMs;
  }

  note(delayMs: number, nowMs: number): void {
    this.#turn(nowMs);
    this.#maxMs = Math.max(this.#maxMs, delayMs);
  }

  at(nowMs: number): number {
    this.#turn(nowMs);
    return Math.max(this.#maxMs, this.#maxBeforeMs);
  }

  #turn(nowMs: number): void {
    const elapsed = nowMs - this.#windowStartMs;
    if (elapsed < LOOP_DELAY_WINDOW_MS) return;
    this.#maxBeforeMs = elapsed < 2 * LOOP_DELAY_WINDOW_MS ? this.#maxMs : 0;
    this.#maxMs = 0;
    this.#windowStartMs = nowMs;
  }
}

export interface LoopDelayOptions {
  readonly onDelay: (delayMs: number) => void;
  /** Monotonic milliseconds. */
  readonly nowMs?: () => number;
  readonly schedule?: Schedule;
  readonly intervalMs?: number;
}

export class LoopDelay {
  readonly #options: LoopDelayOptions;
  readonly #timer: PacedTimer;

  constructor(options: LoopDelayOptions) {
    const { onDelay: _, intervalMs = LOOP_DELAY_INTERVAL_MS, ...clock } = options;
    this.#options = options;
    this.#timer = new PacedTimer({
      look: () => this.#tick(),
      busyMs: intervalMs,
      idleMs: LOOP_DELAY_IDLE_MS,
      ...clock,
    });
  }

  start(): void {
    this.#timer.start();
  }

  stop(): void {
    this.#timer.stop();
  }

  /** A request is on its way. */
  note(): void {
    this.#timer.note();
  }

  #tick(): void {
    const { lateMs, periodMs } = this.#timer;
    let left = lateMs;
    for (let tick = 0; tick < TICKS_MAX && (tick === 0 || left > 0); tick++) {
      this.#options.onDelay(left);
      left -= periodMs;
    }
  }
}
