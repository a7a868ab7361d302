// One timer for all that have the same time to do something: they run out in the order in which
// they came.

export class HeadDeadlines<T> {
  readonly #timeoutMs: number;
  readonly #expired: (one: T) => void;
  /** Since when each has been there; a map keeps the order. */
  readonly #sinceMs = new Map<T, number>();
  #timer: Timer | undefined;

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
    this.#timer = setTimeout(() => this.#look(), delayMs);
    this.#timer.unref();
  }

  #look(): void {
    this.#timer = undefined;
    const nowMs = performance.now();
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
