// Whole byte strings to small numbers: an open-addressing table that is filled once and read on the
// hot path. Probing never allocates and never makes a string.

import { FNV32_START, fnv32, spread } from "../../core/hash.ts";

/** Lengths that no key has are refused without hashing; longer keys share the last mark. */
const LENGTH_MARKS = 256;

export class ByteTable {
  private slots = new Int32Array(16);
  private mask = 15;
  private hashes: number[] = [];
  private readonly keys: Uint8Array[] = [];
  private readonly lengths = new Uint8Array(LENGTH_MARKS);

  get size(): number {
    return this.keys.length;
  }

  /**
   * The number of `key`, which is its order of insertion; a new one is added. The key is kept, not
   * copied.
   */
  add(key: Uint8Array): number {
    const hash = spread(fnv32(key, 0, key.length));
    const found = this.probe(key, 0, key.length, hash);
    if (found >= 0) return found;
    if ((this.keys.length + 1) * 2 > this.slots.length) this.grow();
    const number = this.keys.length;
    this.keys.push(key);
    this.hashes.push(hash);
    this.lengths[Math.min(key.length, LENGTH_MARKS - 1)] = 1;
    this.insert(number, hash);
    return number;
  }

  /** The number of the key that equals bytes[start, end), or -1. */
  find(bytes: Uint8Array, start: number, end: number): number {
    const length = end - start;
    if (this.lengths[length < LENGTH_MARKS ? length : LENGTH_MARKS - 1] === 0) return -1;
    return this.probe(bytes, start, end, spread(fnv32(bytes, start, end, FNV32_START)));
  }

  private probe(bytes: Uint8Array, start: number, end: number, hash: number): number {
    const { slots, mask } = this;
    const length = end - start;
    for (let at = hash & mask; ; at = (at + 1) & mask) {
      const number = (slots[at] as number) - 1;
      if (number < 0) return -1;
      if (this.hashes[number] !== hash) continue;
      const key = this.keys[number] as Uint8Array;
      if (key.length !== length) continue;
      let i = 0;
      while (i < length && key[i] === bytes[start + i]) i++;
      if (i === length) return number;
    }
  }

  private insert(number: number, hash: number): void {
    let at = hash & this.mask;
    while (this.slots[at] !== 0) at = (at + 1) & this.mask;
    this.slots[at] = number + 1;
  }

  private grow(): void {
    this.slots = new Int32Array(this.slots.length * 2);
    this.mask = this.slots.length - 1;
    for (let number = 0; number < this.keys.length; number++) {
      this.insert(number, this.hashes[number] as number);
    }
  }
}
