// Sums by key since the start and over the last hour: one row of numbers per key for the time since
// the start, and one per minute in which the key counted anything. Bounded: keys beyond the bound
// share one row.

import { SAVINGS_MINUTES_MAX } from "../../core/limits.ts";

/** No policy, service or signal is called so. */
export const OTHERS = "";

export interface TimelineOptions {
  /** Numbers of a row. */
  readonly width: number;
  /** Keys since the start, and in one minute; those beyond are counted under OTHERS. */
  readonly keysMax: number;
  readonly minuteKeysMax: number;
}

type Rows = Map<string, Float64Array>;

export class Timeline {
  readonly #options: TimelineOptions;
  readonly #sums: Rows = new Map();
  /** Oldest first; the last one is the minute that runs. */
  #minutes: Rows[] = [new Map()];

  constructor(options: TimelineOptions) {
    this.#options = options;
  }

  add(key: string, counts: ArrayLike<number>): void {
    const { keysMax, minuteKeysMax } = this.#options;
    this.#addTo(this.#sums, key, counts, keysMax);
    this.#addTo(this.#minutes.at(-1) as Rows, key, counts, minuteKeysMax);
  }

  /** So many minutes have ended. */
  advance(minutes: number): void {
    for (let i = 0; i < Math.min(minutes, SAVINGS_MINUTES_MAX + 1); i++) {
      this.#minutes.push(new Map());
      if (this.#minutes.length > SAVINGS_MINUTES_MAX + 1) this.#minutes.shift();
    }
  }

  /** Of every key since the start, or in that many whole minutes and the one that runs. */
  rows(minutes?: number): ReadonlyMap<string, Float64Array> {
    if (minutes === undefined) return this.#sums;
    const all: Rows = new Map();
    for (const rows of this.#minutes.slice(-(minutes + 1))) {
      for (const [key, row] of rows) this.#addTo(all, key, row, Number.POSITIVE_INFINITY);
    }
    return all;
  }

  /** Of all keys, in each minute; oldest first, the one that runs last. */
  minutes(): readonly Float64Array[] {
    return this.#minutes.map((rows) => sumOf(rows.values(), this.#options.width));
  }

  #addTo(rows: Rows, key: string, counts: ArrayLike<number>, keysMax: number): void {
    const isBeyond = rows.size >= keysMax && !rows.has(key);
    const at = isBeyond ? OTHERS : key;
    let row = rows.get(at);
    if (row === undefined) rows.set(at, (row = new Float64Array(this.#options.width)));
    for (let i = 0; i < row.length; i++) row[i] = (row[i] as number) + (counts[i] ?? 0);
  }
}

/** The sum of rows of that width. */
export function sumOf(rows: Iterable<Float64Array>, width: number): Float64Array {
  const sum = new Float64Array(width);
  for (const row of rows)
    for (let i = 0; i < width; i++) sum[i] = (sum[i] as number) + (row[i] ?? 0);
  return sum;
}
