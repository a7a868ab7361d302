// One timer for everything that has the same time to do something: deadlines pass in the order in
// which they were set.

import { LATE_TIMER_MS } from "../core/limits.ts";

export class HeadDeadlines<T> {
  readonly #timeoutMs: number;
  readonly #expired: (one: T) => void;
  /** When each was added; a map keeps the order. */
  readonly #sinceMs = new Map<T, number>();
  #timer: Timer | undefined;
  #dueMs = 0;

  constructor(timeoutMs: number, expired: (one: T) => void) {
    this.#timeoutMs = timeoutMs;
    this.#expired = expired;
  }

  add(one: T): void {
    this.#sinceMs.set(one, performance.now());
    if (this.#timer === undefined) this.#arm(this.#timeoutMs);
  }

  remove(one: T): void {
    this.#sinceMs.delete(one);
  }

  #arm(delayMs: number): void {
    this.#dueMs = performance.now() + delayMs;
    this.#timer = setTimeout(() => this.#look(), delayMs);
    this.#timer.unref();
  }

  #look(): void {
    this.#timer = undefined;
    const nowMs = performance.now();
    if (nowMs - this.#dueMs > LATE_TIMER_MS) {
      // This thread was busy: what arrived meanwhile is handled before the next check.
      this.#arm(LATE_TIMER_MS);
      return;
    }
    for (const [one, sinceMs] of this.#sinceMs) {
      const leftMs = this.#timeoutMs - (nowMs - sinceMs);
      if (leftMs > 0) {
        this.#arm(Math.ceil(leftMs));
        return;
      }
      this.#sinceMs.delete(one);
      this.#expired(one);
    }
  }
}
