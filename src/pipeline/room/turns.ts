// Lets steps of large bodies take turns, one at a time, with a pause after each in which the event
// loop serves others. A small request needs several rounds of the loop, and must not meet a step in
// every one.

/** Rest, as a share of the time that a step took, up to a bound that fits many small requests. */
const REST_SHARE = 0.1;
const REST_MS_MAX = 20;

export class Turns {
  readonly #waiting: (() => void)[] = [];
  readonly #nowMs: () => number;
  #isScheduled = false;
  #restUntilMs = 0;

  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
  }

  /**
   * Resolves when it is the caller's turn, in the order of the calls; the work must follow at once.
   */
  next(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      if (!this.#isScheduled) this.#schedule();
    });
  }

  #schedule(): void {
    this.#isScheduled = true;
    const restMs = this.#restUntilMs - this.#nowMs();
    if (restMs > 0) setTimeout(() => this.#turn(), restMs);
    else setImmediate(() => this.#turn());
  }

  #turn(): void {
    const startedMs = this.#nowMs();
    this.#waiting.shift()?.();
    // This runs after the turn was taken, because promise callbacks run before it.
    setImmediate(() => {
      const endedMs = this.#nowMs();
      const restMs = Math.min(REST_MS_MAX, (endedMs - startedMs) * REST_SHARE);
      this.#restUntilMs = endedMs + restMs;
      this.#isScheduled = false;
      if (this.#waiting.length > 0) this.#schedule();
    });
  }
}
