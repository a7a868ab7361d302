// Rate limits that hold for several threads together: the windows of the limiter of one thread, in
// shared memory. One thread makes the memory; each has a limiter of its own over it. All of them
// must pass the time of one clock.

import type { Keep } from "../model.ts";
import type { RateCharge, RateLimiter } from "./rate-limiter.ts";
import { SHARED_KEY_TABLE_BYTES, SharedKeyTable } from "./shared-key-table.ts";
import { SHARED_WINDOW_BYTES, SharedWindow } from "./shared-window.ts";

/** A rate: `count` records in each window of `windowMs`. */
export type RateKeep = Extract<Keep, { kind: "rate" }>;

/** Where the windows of one policy lie; can be posted to other threads. */
export interface SharedRate {
  readonly memory: SharedArrayBuffer;
  /** In `memory`. */
  readonly byteOffset: number;
}

/** Memory for the windows of policies with these keeps, in their order. `random`: as EngineDeps. */
export function createSharedRates(keeps: readonly RateKeep[], random: () => number): SharedRate[] {
  const windows = keeps.filter(({ key }) => key === undefined).length;
  const memory = new SharedArrayBuffer(windows * SHARED_WINDOW_BYTES);
  let byteOffset = 0;
  return keeps.map(({ key }) => {
    if (key !== undefined) {
      // Records without the key share a window of their own.
      const own = new SharedArrayBuffer(SHARED_WINDOW_BYTES + SHARED_KEY_TABLE_BYTES);
      SharedKeyTable.seed(own, SHARED_WINDOW_BYTES, random);
      return { memory: own, byteOffset: 0 };
    }
    const rate = { memory, byteOffset };
    byteOffset += SHARED_WINDOW_BYTES;
    return rate;
  });
}

/** A rate limit that all threads share, in memory of a fixed size. */
export class SharedRateLimiter implements RateLimiter {
  private readonly whole: SharedWindow;
  private readonly keyed: SharedKeyTable | undefined;

  /** `owner`: a positive number of this thread, which no other thread has. */
  constructor({ memory, byteOffset }: SharedRate, keep: RateKeep, owner: number) {
    const { count, windowMs, key } = keep;
    const tableOffset = byteOffset + SHARED_WINDOW_BYTES;
    this.keyed = key && new SharedKeyTable(memory, tableOffset, owner, count, windowMs);
    this.whole = new SharedWindow(memory, byteOffset, count, windowMs);
  }

  get evicted(): number {
    return this.keyed?.evicted ?? 0;
  }

  take(key: string | undefined, nowMs: number): RateCharge | undefined {
    return key === undefined || this.keyed === undefined
      ? this.whole.take(nowMs)
      : this.keyed.take(key, nowMs);
  }

  /** To be called when a thread has ended otherwise than by itself: what it held is free again. */
  repair(deadOwner: number): void {
    this.keyed?.repair(deadOwner);
  }
}
