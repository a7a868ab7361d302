// A budget and a clock that tests set, and days of records that go by.

import type { BudgetDay } from "../../../src/policy/budget/budget-terms.ts";
import { createBudgetMemory, DayBudget } from "../../../src/policy/budget/day-budget.ts";

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
/** A midnight of UTC. */
export const MIDNIGHT_MS = 20_000 * DAY_MS;

/** Days of UTC. */
export function utcDay(ms: number): BudgetDay {
  const startMs = Math.floor(ms / DAY_MS) * DAY_MS;
  return { startMs, endMs: startMs + DAY_MS };
}

export interface Stream {
  readonly pattern: number;
  readonly recordBytes: number;
  readonly recordsPerMinute: number;
  readonly isError?: boolean;
}

export interface StreamOutcome {
  sent: number;
  kept: number;
}

export class SimulatedDay {
  nowMs: number;
  readonly memory: SharedArrayBuffer;
  readonly bytesPerDay: number;
  readonly budget: DayBudget;
  private seed = 1;

  constructor(bytesPerDay: number, nowMs = MIDNIGHT_MS) {
    this.nowMs = nowMs;
    this.bytesPerDay = bytesPerDay;
    this.memory = createBudgetMemory(1);
    this.budget = this.thread();
  }

  /** Another thread's view. */
  thread(): DayBudget {
    const clock = { nowMs: () => this.nowMs, dayAt: utcDay };
    return new DayBudget(this.memory, 0, this.bytesPerDay, clock);
  }

  /** The bytes of each stream that were sent and kept while so much time went by. */
  run(streams: readonly Stream[], spanMs: number, threads = [this.budget]): StreamOutcome[] {
    const outcomes = streams.map(() => ({ sent: 0, kept: 0 }));
    const stepMs = 1000;
    let turn = 0;
    for (const endMs = this.nowMs + spanMs; this.nowMs < endMs; this.nowMs += stepMs) {
      for (const [i, stream] of streams.entries()) {
        const due = (stream.recordsPerMinute * stepMs) / 60_000 + this.draw();
        for (let n = 1; n <= due; n++) {
          const thread = threads[turn++ % threads.length] as DayBudget;
          const outcome = outcomes[i] as StreamOutcome;
          outcome.sent += stream.recordBytes;
          if (this.judge(thread, stream)) outcome.kept += stream.recordBytes;
        }
      }
    }
    return outcomes;
  }

  private judge(thread: DayBudget, { pattern, recordBytes, isError = false }: Stream): boolean {
    if (!isError) return thread.keeps(recordBytes, pattern, this.draw());
    thread.exempts(recordBytes);
    return true;
  }

  /** Mulberry32. */
  draw(): number {
    this.seed = (this.seed + 0x6d2b79f5) | 0;
    let t = Math.imul(this.seed ^ (this.seed >>> 15), this.seed | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }
}
