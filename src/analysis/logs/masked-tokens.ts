// The tokens of a line in the form in which they are kept: bytes of words, and marks in place of
// values.

import { fnv32, spread } from "../../core/hash.ts";
import { decodeUtf8 } from "../../core/utf8.ts";
import { JOINERS } from "./line-bytes.ts";

/** What stands for a token that is masked whole, among hashes. */
export const MASKED_HASH = 1;
/** Whether nothing is masked in a token, by its hash. */
export function isPlain(hash: number): boolean {
  return (hash & 1) === 0;
}
/** Stands for a masked value without spaces. Lines have no control characters: they are spaces. */
export const MASK = 1;
/** Stands for what is between quotes. */
export const QUOTED_MASK = 2;

export class MaskedTokens {
  count = 0;
  /** Of each token; equal tokens have equal ones, those with masks odd ones. */
  readonly hashes: Int32Array;
  readonly #bytes: Uint8Array;
  readonly #ends: Int32Array;
  #used = 0;
  /** Where the token at hand begins. */
  #tokenAt = 0;

  constructor(tokensMax: number, bytesMax: number) {
    this.hashes = new Int32Array(tokensMax);
    this.#ends = new Int32Array(tokensMax);
    this.#bytes = new Uint8Array(bytesMax);
  }

  clear(): void {
    this.#used = this.#tokenAt = this.count = 0;
  }

  /** The token, with masks. */
  text(token: number): string {
    const start = token === 0 ? 0 : (this.#ends[token - 1] as number);
    return decodeUtf8(this.#bytes, start, this.#ends[token]);
  }

  #holdsMask(): boolean {
    for (let at = this.#tokenAt; at < this.#used; at++) {
      if ((this.#bytes[at] as number) <= QUOTED_MASK) return true;
    }
    return false;
  }

  begin(): void {
    this.#tokenAt = this.#used;
  }

  end(seed: number): void {
    const isMasked = this.length === 1 && this.#bytes[this.#tokenAt] === MASK;
    const hash = spread(fnv32(this.#bytes, this.#tokenAt, this.#used, seed));
    // 0 is no token's: it stands for any of them.
    const own = this.#holdsMask() ? hash | 3 : hash & ~1 || 2;
    this.hashes[this.count] = isMasked ? MASKED_HASH : own;
    this.#ends[this.count++] = this.#used;
  }

  /** Of the token at hand. */
  get length(): number {
    return this.#used - this.#tokenAt;
  }

  /** The byte of the token that is so many behind its last; undefined: there is none. */
  fromLast(behind: number): number | undefined {
    const at = this.#used - 1 - behind;
    return at < this.#tokenAt ? undefined : this.#bytes[at];
  }

  put(byte: number): void {
    this.#bytes[this.#used++] = byte;
  }

  putRange(bytes: Uint8Array, start: number, end: number): void {
    for (let at = start; at < end; at++) this.#bytes[this.#used++] = bytes[at] as number;
  }

  putQuoted(quote: number): void {
    this.put(quote);
    this.put(QUOTED_MASK);
    this.put(quote);
  }

  /** One mask for several values that are joined. */
  putMask(): void {
    const last = this.fromLast(0);
    if (last === MASK) return;
    if (last !== undefined && JOINERS[last] === 1 && this.fromLast(1) === MASK) this.#used--;
    else this.put(MASK);
  }

  /** All of the token is a value. */
  maskToken(): void {
    this.#used = this.#tokenAt;
    this.put(MASK);
  }
}
