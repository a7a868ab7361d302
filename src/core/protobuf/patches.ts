// Changes to one message by offset: cut, replace, insert; the lengths of the messages around a
// change are rewritten, every other byte is copied. Collecting allocates nothing per change once
// the tables have grown.

import { varintSize, writeVarint } from "./write.ts";
import { PATCH_DEPTH_MAX } from "../limits.ts";

// One change: [start, end) of the input, its kind, and two numbers: of `length` the new length, of
// `bytes` the range in the store.
const STRIDE = 5;
const Change = { none: 0, cut: 1, length: 2, bytes: 3 } as const;

/**
 * The changes of one body. Messages are entered with `open` and left with `close` or `closeCut`, in
 * input order. Changes belong to the message that is open; they come in input order too, except
 * that one may come late: it is sorted in.
 */
export class Patches {
  private table = new Int32Array(64 * STRIDE);
  private count = 0;
  /** Whether the rows are in the order of the input. */
  private sorted = true;
  private store = new Uint8Array(0);
  private stored = 0;
  /** Bytes by which the message that is open has grown. */
  private delta = 0;
  private depth = 0;
  private readonly slots = new Int32Array(PATCH_DEPTH_MAX);
  private readonly deltas = new Int32Array(PATCH_DEPTH_MAX);
  private readonly ends = new Int32Array(PATCH_DEPTH_MAX);
  private readonly starts = new Int32Array(PATCH_DEPTH_MAX);

  /** Whether `write` would give the input back. */
  get empty(): boolean {
    return this.count === 0;
  }

  /** Enters a length-delimited field: its length is at `lengthAt`, its payload is [start, end). */
  open(lengthAt: number, start: number, end: number): void {
    const depth = this.depth++;
    if (depth === PATCH_DEPTH_MAX) {
      throw new RangeError(`patches of messages nested deeper than ${PATCH_DEPTH_MAX}`);
    }
    this.deltas[depth] = this.delta;
    this.starts[depth] = start;
    this.ends[depth] = end;
    this.delta = 0;
    // The change of the length comes before those of the payload, so its row is taken now.
    this.slots[depth] = this.count;
    this.push(lengthAt, start, Change.none, 0, 0);
  }

  /** Leaves the message; its length is rewritten when it has changed. */
  close(): void {
    const depth = --this.depth;
    const slot = this.slots[depth] as number;
    let delta = this.delta;
    if (delta !== 0) {
      const start = this.starts[depth] as number;
      const size = (this.ends[depth] as number) - start + delta;
      const row = slot * STRIDE;
      this.table[row + 2] = Change.length;
      this.table[row + 3] = size;
      delta += varintSize(size) - (start - (this.table[row] as number));
    } else if (this.count === slot + 1) this.count = slot;
    this.delta = (this.deltas[depth] as number) + delta;
  }

  /** Leaves the message and cuts it out together with its tag at `fieldAt`. */
  closeCut(fieldAt: number): void {
    const depth = --this.depth;
    this.count = this.slots[depth] as number;
    this.delta = this.deltas[depth] as number;
    this.cut(fieldAt, this.ends[depth] as number);
  }

  /** Takes [start, end) out. */
  cut(start: number, end: number): void {
    this.delta -= end - start;
    const last = (this.count - 1) * STRIDE;
    const table = this.table;
    if (last >= 0 && table[last + 2] === Change.cut && table[last + 1] === start) {
      table[last + 1] = end;
      return;
    }
    this.push(start, end, Change.cut, 0, 0);
  }

  /** Puts bytes[from, to) in place of [start, end); an insertion when that is empty. */
  replace(start: number, end: number, bytes: Uint8Array, from: number, to: number): void {
    const at = this.reserve(to - from);
    this.store.set(bytes.subarray(from, to), at);
    this.delta += to - from - (end - start);
    this.push(start, end, Change.bytes, at, at + to - from);
  }

  /** Gives a length-delimited field, whose length is at `lengthAt`, the payload bytes[from, to). */
  replacePayload(lengthAt: number, end: number, bytes: Uint8Array, from: number, to: number): void {
    const size = to - from;
    const prefix = varintSize(size);
    const at = this.reserve(prefix + size);
    writeVarint(this.store, at, size);
    this.store.set(bytes.subarray(from, to), at + prefix);
    this.delta += prefix + size - (end - lengthAt);
    this.push(lengthAt, end, Change.bytes, at, at + prefix + size);
  }

  /** The input with all changes. */
  write(input: Uint8Array): Uint8Array {
    const out = new Uint8Array(input.length + this.delta);
    const table = this.table;
    const order = this.sorted ? undefined : this.inputOrder();
    let read = 0;
    let at = 0;
    for (let i = 0; i < this.count; i++) {
      const row = (order === undefined ? i : (order[i] as number)) * STRIDE;
      const kind = table[row + 2];
      if (kind === Change.none) continue;
      const start = table[row] as number;
      out.set(input.subarray(read, start), at);
      at += start - read;
      read = table[row + 1] as number;
      const a = table[row + 3] as number;
      if (kind === Change.length) at = writeVarint(out, at, a);
      else if (kind === Change.bytes) {
        const b = table[row + 4] as number;
        out.set(this.store.subarray(a, b), at);
        at += b - a;
      }
    }
    out.set(input.subarray(read), at);
    return out;
  }

  /** Indices of the rows by place; an insertion comes before what is cut or replaced behind it. */
  private inputOrder(): Int32Array {
    const table = this.table;
    const order = new Int32Array(this.count);
    for (let i = 0; i < order.length; i++) order[i] = i;
    return order.sort((a, b) => {
      const starts = (table[a * STRIDE] as number) - (table[b * STRIDE] as number);
      if (starts !== 0) return starts;
      const ends = (table[a * STRIDE + 1] as number) - (table[b * STRIDE + 1] as number);
      return ends !== 0 ? ends : a - b;
    });
  }

  private push(start: number, end: number, kind: number, a: number, b: number): void {
    const row = this.count++ * STRIDE;
    if (row > 0 && (this.table[row - STRIDE] as number) >= start) this.sorted = false;
    if (row === this.table.length) {
      const grown = new Int32Array(row * 2);
      grown.set(this.table);
      this.table = grown;
    }
    const table = this.table;
    table[row] = start;
    table[row + 1] = end;
    table[row + 2] = kind;
    table[row + 3] = a;
    table[row + 4] = b;
  }

  /** Room for `size` bytes in the store; returns where. */
  private reserve(size: number): number {
    const at = this.stored;
    this.stored = at + size;
    if (this.stored > this.store.length) {
      const grown = new Uint8Array(Math.max(this.stored, this.store.length * 2, 4096));
      grown.set(this.store.subarray(0, at));
      this.store = grown;
    }
    return at;
  }
}
