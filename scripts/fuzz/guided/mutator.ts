// Makes inputs of others, by chance: bits, bytes, numbers and pieces are changed, taken out,
// repeated, and replaced by words or by pieces of other inputs.

import type { Random } from "../../random.ts";

export const INPUT_BYTES_MAX = 8192;

/** Bytes at which formats change their mind. */
const BYTES = [0, 1, 0x0a, 0x0d, 0x20, 0x22, 0x2c, 0x30, 0x39, 0x5c, 0x7f, 0x80, 0xc0, 0xff];

export class Mutator {
  readonly #random: Random;
  readonly #words: readonly Uint8Array[];
  readonly #buffer = new Uint8Array(INPUT_BYTES_MAX * 2);
  #length = 0;

  constructor(random: Random, words: readonly Uint8Array[]) {
    this.#random = random;
    this.#words = words;
  }

  /** An input like `parent`, with pieces of `other`. */
  mutated(parent: Uint8Array, other: Uint8Array): Uint8Array {
    this.#buffer.set(parent);
    this.#length = parent.length;
    const steps = 1 << this.#random.below(5);
    for (let i = 0; i < steps; i++) this.#step(other);
    return this.#buffer.slice(0, Math.min(this.#length, INPUT_BYTES_MAX));
  }

  #step(other: Uint8Array): void {
    const { below } = { below: (count: number) => this.#random.below(count) };
    const at = below(this.#length + 1);
    const piece = 1 + below(below(4) === 0 ? Math.max(1, this.#length) : 12);
    switch (below(10)) {
      case 0:
        if (at < this.#length) this.#buffer[at] = this.#byte(at) ^ (1 << below(8));
        break;
      case 1:
        if (at < this.#length) this.#buffer[at] = this.#random.of(BYTES);
        break;
      case 2:
        if (at < this.#length) this.#buffer[at] = this.#byte(at) + below(35) - 17;
        break;
      case 3:
        this.#replace(at, piece, new Uint8Array());
        break;
      case 4:
        this.#replace(at, 0, this.#buffer.slice(at, Math.min(at + piece, this.#length)));
        break;
      case 5:
      case 6:
        if (this.#words.length > 0)
          this.#replace(at, below(2) * piece, this.#random.of(this.#words));
        break;
      case 7: {
        const from = below(other.length + 1);
        this.#replace(at, below(2) * piece, other.subarray(from, from + piece));
        break;
      }
      case 8: {
        const from = below(this.#length + 1);
        const copy = this.#buffer.slice(from, Math.min(from + piece, this.#length));
        this.#replace(at, piece, copy);
        break;
      }
      default:
        this.#replace(at, 0, new Uint8Array(piece).fill(this.#random.of(BYTES)));
    }
  }

  #byte(at: number): number {
    return this.#buffer[at] as number;
  }

  /** Puts `by` in the place of `bytes` bytes. */
  #replace(at: number, bytes: number, by: Uint8Array): void {
    if (this.#length + by.length > INPUT_BYTES_MAX) return;
    const to = Math.min(at + bytes, this.#length);
    this.#buffer.copyWithin(at + by.length, to, this.#length);
    this.#buffer.set(by, at);
    this.#length += by.length - (to - at);
  }
}
