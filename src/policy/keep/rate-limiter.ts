// Fixed windows of so many records, for a whole policy or for each value of its sample key. The
// clock is passed in with each call: monotonic milliseconds.

/**
 * Windows held for one keyed limiter; beyond that the oldest one goes, and its key starts afresh.
 */
export const RATE_KEYS_MAX = 10_000;

export class RateWindow {
  startMs = Number.NEGATIVE_INFINITY;
  used = 0;
}

export class RateLimiter {
  private readonly count: number;
  private readonly windowMs: number;
  private readonly whole = new RateWindow();
  /** In order of window start, oldest first. */
  private readonly keyed = new Map<string, RateWindow>();
  /** Windows dropped because of RATE_KEYS_MAX. */
  evicted = 0;

  constructor(count: number, windowMs: number) {
    this.count = count;
    this.windowMs = windowMs;
  }

  /** The window of a key, or of the whole policy. */
  window(key: string | undefined, nowMs: number): RateWindow {
    if (key === undefined) return this.turn(this.whole, nowMs);
    const known = this.keyed.get(key);
    if (known !== undefined) {
      if (nowMs - known.startMs < this.windowMs) return known;
      this.keyed.delete(key);
    } else if (this.keyed.size >= RATE_KEYS_MAX) {
      this.evictOldest();
    }
    const fresh = this.turn(known ?? new RateWindow(), nowMs);
    this.keyed.set(key, fresh);
    return fresh;
  }

  /** Charges the window; false when it is full. */
  take(window: RateWindow): boolean {
    if (window.used >= this.count) return false;
    window.used++;
    return true;
  }

  private turn(window: RateWindow, nowMs: number): RateWindow {
    if (nowMs - window.startMs >= this.windowMs) {
      window.startMs = nowMs;
      window.used = 0;
    }
    return window;
  }

  private evictOldest(): void {
    const oldest = this.keyed.keys().next();
    if (oldest.done === true) return;
    this.keyed.delete(oldest.value);
    this.evicted++;
  }
}
