// Estimates how far the store's clock is from this program's, from the times of calls: the quickest
// call gives the best estimate. Old calls are forgotten, because clocks drift apart.

/** The quickest call of this period and the one before it counts. */
const PERIOD_MS = 5_000;

interface Told {
  readonly tookMs: number;
  readonly offsetMs: number;
}

export class StoreClock {
  #before: Told;
  #now: Told;
  #periodEndsMs = Number.NEGATIVE_INFINITY;

  /** `offsetMs`: what is believed before the first call. */
  constructor(offsetMs: number) {
    this.#before = { tookMs: Number.POSITIVE_INFINITY, offsetMs };
    this.#now = this.#before;
  }

  get offsetMs(): number {
    return better(this.#now, this.#before).offsetMs;
  }

  /** A call was sent and answered at these times; the store says that it was `storeMs`. */
  note(sentMs: number, answeredMs: number, storeMs: number): void {
    const offsetMs = storeMs - (sentMs + answeredMs) / 2;
    const told = { tookMs: answeredMs - sentMs, offsetMs };
    if (answeredMs >= this.#periodEndsMs) {
      this.#before = this.#now;
      this.#now = told;
      this.#periodEndsMs = answeredMs + PERIOD_MS;
    } else {
      this.#now = better(told, this.#now);
    }
  }
}

/** The first of equals. */
function better(one: Told, other: Told): Told {
  return one.tookMs <= other.tookMs ? one : other;
}
