// Maps names to small numbers. The first names get numbers of their own, up to a bound and if they
// are not too long; all others share one number.

import { fnv32, spread } from "../core/hash.ts";
import { sameRange } from "../core/bytes.ts";
import { decodeUtf8 } from "../core/utf8.ts";
import type { PutText } from "./put-text.ts";

/** Numbers of what has no name, and of names that are one too many. */
export const NO_NAME = 0;
export const OTHER_NAME = 1;
/** How they are shown. */
export const OTHERS = "(others)";
/** Longer ones are of the others. */
export const NAME_BYTES_MAX = 256;

interface Name {
  readonly number: number;
  readonly bytes: Uint8Array;
}

export class Names {
  readonly #namesMax: number;
  readonly #byHash = new Map<number, Name>();
  readonly #texts = ["", OTHERS];

  constructor(namesMax: number) {
    this.#namesMax = namesMax;
  }

  text(number: number): string {
    return this.#texts[number] ?? "";
  }

  numberOf({ bytes, start, end }: PutText): number {
    if (start === end) return NO_NAME;
    if (end - start > NAME_BYTES_MAX) return OTHER_NAME;
    let hash = spread(fnv32(bytes, start, end));
    for (;;) {
      const known = this.#byHash.get(hash);
      if (known === undefined) break;
      if (sameRange(known.bytes, 0, known.bytes.length, bytes, start, end)) return known.number;
      hash = (hash + 1) | 0;
    }
    if (this.#byHash.size >= this.#namesMax) return OTHER_NAME;
    const number = this.#texts.length;
    this.#byHash.set(hash, { number, bytes: bytes.slice(start, end) });
    this.#texts.push(decodeUtf8(bytes, start, end));
    return number;
  }
}
