// A row of Bloom filters that holds the last ids in bounded memory. The oldest filter is dropped
// when the newest is full or old. An id that was added is found for as long as its filter exists;
// one that was not is found by mistake once in a thousand times. Pure.

import { FIND_FILTER_BYTES, FIND_FILTERS, FIND_ROTATION_MS } from "../../core/limits.ts";

const BITS = FIND_FILTER_BYTES * 8;
const HASHES = 10;
/** About as many ids as leave a filter half empty, at which it errs once in a thousand times. */
const IDS_MAX = Math.floor(BITS / (HASHES / Math.LN2));

/** Unix milliseconds. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

interface Filter {
  readonly words: Int32Array;
  ids: number;
  fromMs: number;
  toMs: number;
}

export class RotatingFilter {
  /** The newest first. */
  #filters: Filter[] = [];
  readonly #rotationMs: number;
  readonly #idsMax: number;

  constructor(rotationMs = FIND_ROTATION_MS, idsMax = IDS_MAX) {
    this.#rotationMs = rotationMs;
    this.#idsMax = idsMax;
  }

  /** Of the oldest filter that is there; undefined: there is none. */
  get sinceMs(): number | undefined {
    return this.#filters.at(-1)?.fromMs;
  }

  /** Whether something was given up. */
  isRotated = false;

  add(a: number, b: number, nowMs: number): void {
    const filter = this.#current(nowMs);
    const { words } = filter;
    let isNew = false;
    for (let i = 0; i < HASHES; i++) {
      const bit = ((a + Math.imul(i, b | 1)) >>> 0) % BITS;
      const mask = 1 << (bit & 31);
      const word = words[bit >>> 5] as number;
      if ((word & mask) !== 0) continue;
      words[bit >>> 5] = word | mask;
      isNew = true;
    }
    if (isNew) filter.ids++;
    filter.toMs = nowMs;
  }

  /** When it may have been added; undefined: it was not. */
  find(a: number, b: number): Span | undefined {
    const found = this.#filters.filter(({ words }) => isIn(words, a, b));
    const [last] = found;
    const first = found.at(-1);
    if (first === undefined || last === undefined) return undefined;
    return { fromMs: first.fromMs, toMs: last.toMs };
  }

  #current(nowMs: number): Filter {
    const [newest] = this.#filters;
    const isFull = newest === undefined || newest.ids >= this.#idsMax;
    if (!isFull && nowMs - newest.fromMs < this.#rotationMs) return newest;
    const oldest = this.#filters.length < FIND_FILTERS ? undefined : this.#filters.pop();
    if (oldest !== undefined) this.isRotated = true;
    const words = oldest?.words.fill(0) ?? new Int32Array(FIND_FILTER_BYTES / 4);
    const fresh = { words, ids: 0, fromMs: nowMs, toMs: nowMs };
    this.#filters.unshift(fresh);
    return fresh;
  }
}

function isIn(words: Int32Array, a: number, b: number): boolean {
  for (let i = 0; i < HASHES; i++) {
    const bit = ((a + Math.imul(i, b | 1)) >>> 0) % BITS;
    if (((words[bit >>> 5] as number) & (1 << (bit & 31))) === 0) return false;
  }
  return true;
}
