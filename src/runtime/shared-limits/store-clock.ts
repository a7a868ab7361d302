// How far the store's clock is from this program's, by the times of calls: a call that came back
// quickly tells it best.

/** After so long a slower call is believed, too: clocks drift apart. */
const TRUSTED_MS = 5_000;
/** As much slower than the best one is as good. */
const AS_GOOD = 1.5;

export class StoreClock {
  offsetMs: number;
  #bestMs = Number.POSITIVE_INFINITY;
  #bestAtMs = Number.NEGATIVE_INFINITY;

  /** `offsetMs`: what is believed before the first call. */
  constructor(offsetMs: number) {
    this.offsetMs = offsetMs;
  }

  /** A call was sent and answered at these times; the store says that it was `storeMs`. */
  note(sentMs: number, answeredMs: number, storeMs: number): void {
    const tookMs = answeredMs - sentMs;
    const isOld = answeredMs - this.#bestAtMs > TRUSTED_MS;
    if (tookMs > this.#bestMs * AS_GOOD && !isOld) return;
    if (tookMs < this.#bestMs || isOld) {
      this.#bestMs = tookMs;
      this.#bestAtMs = answeredMs;
    }
    this.offsetMs = storeMs - (sentMs + answeredMs) / 2;
  }
}
