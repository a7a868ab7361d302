// Maps whole byte strings to small numbers: an open-addressing table that is filled once and read
// on the hot path. A lookup never allocates and never makes a string. The table is flat, so that
// threads can share it.

import { grownBytes, grownInts } from "../../core/bytes.ts";
import type { FlatReader, FlatWriter } from "./flat-memory.ts";
import { fnv32, markOfKey, spread } from "../../core/hash.ts";

/** Large enough that most byte strings that are not keys are refused without hashing. */
const MARKS_PER_SLOT = 4;

export class ByteTable {
  private slots: Int32Array = new Int32Array(16);
  private mask = 15;
  private hashes: Int32Array = new Int32Array(8);
  /** Where keys end in `bytes`; each key starts where the one before it ends. */
  private ends: Int32Array = new Int32Array(9);
  private bytes: Uint8Array = new Uint8Array(64);
  /** Marks of the keys, made of what distinguishes most byte strings. */
  private marks: Uint8Array = new Uint8Array(this.slots.length * MARKS_PER_SLOT);
  private marksShift = shiftFor(this.marks);
  private count = 0;

  get size(): number {
    return this.count;
  }

  /** The number of `key`, which is its order of insertion; a new key is added. */
  add(key: Uint8Array): number {
    const hash = spread(fnv32(key, 0, key.length));
    const found = this.probe(key, 0, key.length, hash);
    if (found >= 0) return found;
    if ((this.count + 1) * 2 > this.slots.length) this.grow();
    const number = this.count++;
    const start = this.ends[number] as number;
    const end = start + key.length;
    if (end > this.bytes.length) this.bytes = grownBytes(this.bytes, end * 2);
    this.hashes[number] = hash;
    this.bytes.set(key, start);
    this.ends[number + 1] = end;
    this.insert(number, hash);
    return number;
  }

  /** The number of the key that equals bytes[start, end), or -1. */
  find(bytes: Uint8Array, start: number, end: number): number {
    if (this.marks[markOfKey(bytes, start, end) >>> this.marksShift] === 0) return -1;
    return this.probe(bytes, start, end, spread(fnv32(bytes, start, end)));
  }

  /** The key that has this number; a view. */
  keyAt(number: number): Uint8Array {
    return this.bytes.subarray(this.ends[number], this.ends[number + 1]);
  }

  write(out: FlatWriter): void {
    out.ints(this.slots);
    out.ints(this.hashes, this.count);
    out.ints(this.ends, this.count + 1);
    out.bytes(this.bytes, this.ends[this.count]);
    out.bytes(this.marks);
  }

  /** A table for look-ups only: nothing can be added. */
  static read(from: FlatReader): ByteTable {
    const table = new ByteTable();
    table.slots = from.ints();
    table.mask = table.slots.length - 1;
    table.hashes = from.ints();
    table.count = table.hashes.length;
    table.ends = from.ints();
    table.bytes = from.bytes();
    table.marks = from.bytes();
    table.marksShift = shiftFor(table.marks);
    return table;
  }

  /** Whether the key that has this number equals bytes[start, end). */
  isAt(number: number, bytes: Uint8Array, start: number, end: number): boolean {
    const { bytes: keys, ends } = this;
    let at = ends[number] as number;
    if ((ends[number + 1] as number) - at !== end - start) return false;
    for (let i = start; i < end; i++) if (bytes[i] !== keys[at++]) return false;
    return true;
  }

  private probe(bytes: Uint8Array, start: number, end: number, hash: number): number {
    const { slots, mask } = this;
    for (let at = hash & mask; ; at = (at + 1) & mask) {
      const number = (slots[at] as number) - 1;
      if (number < 0) return -1;
      if (this.hashes[number] === hash && this.isAt(number, bytes, start, end)) return number;
    }
  }

  private insert(number: number, hash: number): void {
    let at = hash & this.mask;
    while (this.slots[at] !== 0) at = (at + 1) & this.mask;
    this.slots[at] = number + 1;
    const [start, end] = [this.ends[number] as number, this.ends[number + 1] as number];
    this.marks[markOfKey(this.bytes, start, end) >>> this.marksShift] = 1;
  }

  private grow(): void {
    const length = this.slots.length * 2;
    this.slots = new Int32Array(length);
    this.mask = length - 1;
    this.marks = new Uint8Array(length * MARKS_PER_SLOT);
    this.marksShift = shiftFor(this.marks);
    this.hashes = grownInts(this.hashes, length / 2);
    this.ends = grownInts(this.ends, length / 2 + 1);
    for (let number = 0; number < this.count; number++) {
      this.insert(number, this.hashes[number] as number);
    }
  }
}

/**
 * The shift from the highest bits of a mark to its index in the marks, whose number is a power of
 * two.
 */
function shiftFor(marks: Uint8Array): number {
  return Math.clz32(marks.length) + 1;
}
