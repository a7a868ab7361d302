// What is counted of one thing when only some requests are looked at: each stands for `weight` of
// its kind, which is the inverse of its chance to be looked at, so that sums are right on average
// (Horvitz and Thompson, 1952). How far off they may be is counted along.

import type { Weighed } from "./space-saving.ts";

/** One request that is looked at. The same object for all of its records. */
export interface Look {
  readonly weight: number;
  /** Called for each record, and each series of a metric. */
  counted(): void;
}

/** Sums, to be sent and merged. */
export interface Counted {
  readonly records: number;
  readonly bytes: number;
  /** Bytes that may be of others; see space-saving.ts. */
  readonly bytesError: number;
  /** Of the bytes, because of what was not looked at. */
  readonly variance: number;
  /** Records that were looked at. */
  readonly seen: number;
}

/** Its weight is its bytes: they are what is paid for. */
export class Tally implements Weighed {
  weight = 0;
  error = 0;
  records = 0;
  seen = 0;
  #variance = 0;
  /** The look at hand, and what it has had of this. */
  #look: Look | undefined;
  #lookBytes = 0;

  add(look: Look, bytes: number): void {
    if (look !== this.#look) {
      this.#settle();
      this.#look = look;
    }
    this.#lookBytes += bytes;
    this.weight += bytes * look.weight;
    this.records += look.weight;
    this.seen++;
  }

  merge({ records, bytes, bytesError, variance, seen }: Counted): void {
    this.weight += bytes;
    this.error += bytesError;
    this.records += records;
    this.seen += seen;
    this.#variance += variance;
  }

  get counted(): Counted {
    this.#settle();
    const { records, weight: bytes, error: bytesError, seen } = this;
    return { records, bytes, bytesError, seen, variance: this.#variance };
  }

  #settle(): void {
    const { weight = 0 } = this.#look ?? {};
    this.#variance += weight * (weight - 1) * this.#lookBytes ** 2;
    this.#look = undefined;
    this.#lookBytes = 0;
  }
}
