// The window of a whole policy in memory that several threads share. Its start and the number of
// tokens used are one word, so that every change is one compare-exchange and no thread waits for
// another.

import type { RateCharge } from "./rate-limiter.ts";

/** Bytes of one window. Memory filled with zeros is a window that has not begun. */
export const SHARED_WINDOW_BYTES = 8;

export class SharedWindow {
  private readonly words: BigUint64Array;
  private readonly at: number;
  private readonly count: number;
  private readonly windowMs: number;
  /** The low bits hold the tokens used, the others the start in whole milliseconds plus one. */
  private readonly usedBits: bigint;
  private readonly usedMask: bigint;
  private readonly spanMs: number;
  private charge: WindowCharge | undefined;

  /** `byteOffset` is a multiple of SHARED_WINDOW_BYTES. */
  constructor(memory: SharedArrayBuffer, byteOffset: number, count: number, windowMs: number) {
    this.words = new BigUint64Array(memory);
    this.at = byteOffset / SHARED_WINDOW_BYTES;
    this.count = count;
    this.windowMs = windowMs;
    const bits = 32 - Math.clz32(count);
    this.usedBits = BigInt(bits);
    this.usedMask = (1n << this.usedBits) - 1n;
    this.spanMs = 2 ** (64 - bits);
  }

  take(nowMs: number): RateCharge | undefined {
    for (;;) {
      const word = Atomics.load(this.words, this.at);
      let next: bigint;
      if (word === 0n || this.ageMs(word, nowMs) >= this.windowMs) {
        // Rounded up, so that a window never ends before its time.
        const start = BigInt(Math.ceil(nowMs) + 1);
        next = BigInt.asUintN(64, start << this.usedBits) | 1n;
      } else if (Number(word & this.usedMask) >= this.count) {
        return undefined;
      } else {
        next = word + 1n;
      }
      if (Atomics.compareExchange(this.words, this.at, word, next) === word) {
        return this.chargeOf(next >> this.usedBits);
      }
    }
  }

  /** Gives records back if the window that began at `start` is still running. */
  giveBack(start: bigint, records: number): void {
    for (;;) {
      const word = Atomics.load(this.words, this.at);
      const used = Number(word & this.usedMask);
      if (word >> this.usedBits !== start || used === 0) return;
      const next = word - BigInt(Math.min(records, used));
      if (Atomics.compareExchange(this.words, this.at, word, next) === word) return;
    }
  }

  private chargeOf(start: bigint): WindowCharge {
    if (this.charge?.start !== start) this.charge = new WindowCharge(this, start);
    return this.charge;
  }

  /**
   * Starts are kept modulo `spanMs`: centuries for a million records per window, 49 days for four
   * billion. Negative if another thread has read the clock a moment later.
   */
  private ageMs(word: bigint, nowMs: number): number {
    const age = nowMs + 1 - Number(word >> this.usedBits);
    return age <= this.spanMs / 2 ? age : age - this.spanMs * Math.round(age / this.spanMs);
  }
}

class WindowCharge implements RateCharge {
  private readonly window: SharedWindow;
  readonly start: bigint;

  constructor(window: SharedWindow, start: bigint) {
    this.window = window;
    this.start = start;
  }

  giveBack(records = 1): void {
    this.window.giveBack(this.start, records);
  }
}
