// A clock that moves only when it is told to, with timers that run in the order in which they are
// due.

import type { Schedule } from "../../src/o11y/index.ts";

export class ManualClock {
  nowMs: number;
  #timers: { dueMs: number; run: () => void }[] = [];

  constructor(startMs = 0) {
    this.nowMs = startMs;
  }

  readonly now = (): number => this.nowMs;

  readonly schedule: Schedule = (delayMs, run) => {
    const timer = { dueMs: this.nowMs + delayMs, run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((one) => one !== timer);
    };
  };

  /** Milliseconds until each pending timer, soonest first. */
  get pendingMs(): number[] {
    return this.#timers.map(({ dueMs }) => dueMs - this.nowMs).sort((a, b) => a - b);
  }

  /** Moves on, running what becomes due at its time. */
  advance(ms: number): void {
    const endMs = this.nowMs + ms;
    for (;;) {
      const due = this.#timers
        .filter(({ dueMs }) => dueMs <= endMs)
        .sort((a, b) => a.dueMs - b.dueMs)[0];
      if (due === undefined) break;
      this.nowMs = Math.max(this.nowMs, due.dueMs);
      this.#timers = this.#timers.filter((one) => one !== due);
      due.run();
    }
    this.nowMs = endMs;
  }
}
