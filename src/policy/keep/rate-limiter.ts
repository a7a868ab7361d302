// Rate limits within one thread: fixed windows with a maximum number of records, for a whole policy
// or for each value of its sample key. Each call passes the time in: monotonic milliseconds.

import { RATE_KEYS_MAX } from "../../core/limits.ts";

/**
 * Tokens of one window, or bytes of one day of a budget. Several charges may be the same object.
 */
export interface RateCharge {
  /**
   * Gives records, or a budget's bytes, back as long as the window or day lasts that they were
   * charged to; none is given back twice.
   */
  giveBack(amount?: number): void;
}

/** Counts records against a rate; there is one for each policy with such a keep. */
export interface RateLimiter {
  /** Windows dropped because of RATE_KEYS_MAX. */
  readonly evicted: number;
  /**
   * Charges a record to the window of a key, or of the whole policy if there is no key; undefined
   * if the window is full. A window begins with the first record after the previous one has ended.
   */
  take(key: string | undefined, nowMs: number): RateCharge | undefined;
}

/** Each new window is a new object, so that a charge is only given back to its own window. */
class RateWindow implements RateCharge {
  readonly startMs: number;
  used = 0;

  constructor(startMs: number) {
    this.startMs = startMs;
  }

  giveBack(records = 1): void {
    this.used -= records;
  }
}

export class LocalRateLimiter implements RateLimiter {
  evicted = 0;
  private readonly count: number;
  private readonly windowMs: number;
  private whole = new RateWindow(Number.NEGATIVE_INFINITY);
  /** In order of window start, oldest first. */
  private readonly keyed = new Map<string, RateWindow>();

  constructor(count: number, windowMs: number) {
    this.count = count;
    this.windowMs = windowMs;
  }

  take(key: string | undefined, nowMs: number): RateCharge | undefined {
    const window = key === undefined ? this.wholeWindow(nowMs) : this.keyWindow(key, nowMs);
    if (window.used >= this.count) return undefined;
    window.used++;
    return window;
  }

  private wholeWindow(nowMs: number): RateWindow {
    if (nowMs - this.whole.startMs >= this.windowMs) this.whole = new RateWindow(nowMs);
    return this.whole;
  }

  private keyWindow(key: string, nowMs: number): RateWindow {
    const known = this.keyed.get(key);
    if (known !== undefined) {
      if (nowMs - known.startMs < this.windowMs) return known;
      this.keyed.delete(key);
    } else if (this.keyed.size >= RATE_KEYS_MAX) {
      this.evictOldest();
    }
    const fresh = new RateWindow(nowMs);
    this.keyed.set(key, fresh);
    return fresh;
  }

  private evictOldest(): void {
    const oldest = this.keyed.keys().next();
    if (oldest.done === true) return;
    this.keyed.delete(oldest.value);
    this.evicted++;
  }
}
