// Rate limits that several threads enforce together. One thread makes the memory, and each thread
// has its own limiter on it; all of them must use the same clock. Limits that several instances
// share use a different kind of windows: leased ones.

import type { Keep } from "../model.ts";
import type { LeaseControl } from "./lease-control.ts";
import { LEASED_KEY_TABLE_BYTES, LEASED_WINDOW_BYTES, LeasedWindows } from "./leased-windows.ts";
import type { RateCharge, RateLimiter } from "./rate-limiter.ts";
import { SHARED_KEY_TABLE_BYTES, SharedKeyTable } from "./shared-key-table.ts";
import { SHARED_WINDOW_BYTES, SharedWindow } from "./shared-window.ts";

/** A rate: `count` records in each window of `windowMs`. */
export type RateKeep = Extract<Keep, { kind: "rate" }>;

/** Where the windows of one policy are in memory; can be posted to other threads. */
export interface SharedRate {
  readonly memory: SharedArrayBuffer;
  /** The offset in `memory`. */
  readonly byteOffset: number;
}

/** A limiter over windows that other threads have their own limiters for. */
export interface ThreadRateLimiter extends RateLimiter {
  /** To be called when a thread has ended unexpectedly: what it held is released. */
  repair(deadOwner: number): void;
}

/**
 * Memory for the windows of policies with these keeps, in the same order. `random`: see EngineDeps.
 */
export function createSharedRates(keeps: readonly RateKeep[], random: () => number): SharedRate[] {
  const windows = keeps.filter(({ key }) => key === undefined).length;
  const memory = new SharedArrayBuffer(windows * SHARED_WINDOW_BYTES);
  let byteOffset = 0;
  return keeps.map(({ key }) => {
    if (key !== undefined) {
      // Records without the key share a separate window.
      const own = new SharedArrayBuffer(SHARED_WINDOW_BYTES + SHARED_KEY_TABLE_BYTES);
      SharedKeyTable.seed(own, SHARED_WINDOW_BYTES, random);
      return { memory: own, byteOffset: 0 };
    }
    const rate = { memory, byteOffset };
    byteOffset += SHARED_WINDOW_BYTES;
    return rate;
  });
}

/**
 * Memory for one policy's windows of tokens that instances lease. `seed`: numbers in [0, 1), the
 * same in all instances.
 */
export function createLeasedRate({ key }: RateKeep, seed: () => number): SharedRate {
  const bytes = LEASED_WINDOW_BYTES + (key === undefined ? 0 : LEASED_KEY_TABLE_BYTES);
  const memory = new SharedArrayBuffer(bytes);
  if (key !== undefined) {
    LeasedWindows.seed({ memory, byteOffset: LEASED_WINDOW_BYTES, isKeyed: true }, seed);
  }
  return { memory, byteOffset: 0 };
}

/** The limiter of one thread. `owner`: a positive number that no other thread has. */
export function threadRateLimiter(
  rate: SharedRate,
  keep: RateKeep,
  owner: number,
  leases?: LeaseControl,
): ThreadRateLimiter {
  return leases === undefined
    ? new SharedRateLimiter(rate, keep, owner)
    : new LeasedRateLimiter(rate, keep, owner, leases);
}

/** A rate limit that all threads share, in memory of a fixed size. */
export class SharedRateLimiter implements ThreadRateLimiter {
  private readonly whole: SharedWindow;
  private readonly keyed: SharedKeyTable | undefined;

  /** `owner`: a positive number that only this thread has. */
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

  repair(deadOwner: number): void {
    this.keyed?.repair(deadOwner);
  }
}

/**
 * A rate limit that threads and instances share: of each window it has the tokens that it leased.
 */
export class LeasedRateLimiter implements ThreadRateLimiter {
  readonly whole: LeasedWindows;
  readonly keyed: LeasedWindows | undefined;

  /** Like SharedRateLimiter, with memory made by `createLeasedRate`. */
  constructor({ memory, byteOffset }: SharedRate, keep: RateKeep, owner: number, of: LeaseControl) {
    const place = { memory, byteOffset, isKeyed: false };
    const keyed = { memory, byteOffset: byteOffset + LEASED_WINDOW_BYTES, isKeyed: true };
    this.keyed = keep.key && new LeasedWindows(keyed, keep, of, owner);
    this.whole = new LeasedWindows(place, keep, of, owner);
  }

  get evicted(): number {
    return this.keyed?.keys.evicted ?? 0;
  }

  take(key: string | undefined, nowMs: number): RateCharge | undefined {
    return key === undefined || this.keyed === undefined
      ? this.whole.take("", nowMs)
      : this.keyed.take(key, nowMs);
  }

  repair(deadOwner: number): void {
    this.whole.keys.repair(deadOwner);
    this.keyed?.keys.repair(deadOwner);
  }
}
