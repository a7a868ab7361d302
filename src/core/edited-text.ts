// One part of an input while it is edited: replacements of ranges are collected and then written in
// one pass. Once the buffers have grown, nothing is allocated per part. It knows no format.

import { copyBytes, grownBytes, grownInts } from "./bytes.ts";
import type { Rewriter } from "./rewriter.ts";
import { COPIED_BYTE_NS, type Work } from "./work.ts";

const NOTHING = new Uint8Array(0);
/** A row holds start and end of the replaced range, and where its replacement is in the store. */
const STRIDE = 4;
/** Buffers that one large part made larger than this are released together with the input. */
const BYTES_KEPT_MAX = 1 << 20;

/**
 * Offsets refer to `bytes`. Replaced ranges do not overlap; an insertion at the beginning of
 * another range goes before it. Patches are made one after the other: first `replace`, then the
 * bytes that it puts.
 */
export class EditedText {
  /** The text is bytes[start, end) with the patches that have not been applied yet. */
  bytes: Uint8Array = NOTHING;
  start = 0;
  end = 0;
  /** Permits the work of applying patches; undefined: it is not limited. */
  work: Work | undefined;
  /** The number of patches that have not been applied yet. */
  count = 0;
  /** The bytes that patches put, one after the other. Whoever writes here reserves room first. */
  store = new Uint8Array(1024);
  stored = 0;
  private rows = new Int32Array(16 * STRIDE);
  /** The row of the current patch. */
  private row = 0;
  /** Texts to which patches were applied: the current one, and the one before it. */
  private carried = NOTHING;
  private spare = NOTHING;
  private isCarried = false;
  private originalStart = 0;
  private originalEnd = 0;

  /** Begins to edit bytes[start, end); the array itself is not changed. */
  open(bytes: Uint8Array, start: number, end: number): void {
    this.bytes = bytes;
    this.start = this.originalStart = start;
    this.end = this.originalEnd = end;
    this.count = this.stored = 0;
    this.isCarried = false;
  }

  /** Releases the input, and buffers that only a large part needs. */
  release(): void {
    this.open(NOTHING, 0, 0);
    if (this.carried.length > BYTES_KEPT_MAX) this.carried = NOTHING;
    if (this.spare.length > BYTES_KEPT_MAX) this.spare = NOTHING;
    if (this.store.length > BYTES_KEPT_MAX) this.store = new Uint8Array(1024);
  }

  /** Whether anything was replaced. */
  get changed(): boolean {
    return this.isCarried || this.count > 0;
  }

  /** The length of the text with all patches, in bytes. */
  get length(): number {
    const { rows } = this;
    let length = this.end - this.start;
    for (let at = 0; at < this.count * STRIDE; at += STRIDE) {
      length -= (rows[at + 1] as number) - (rows[at] as number);
      length += (rows[at + 3] as number) - (rows[at + 2] as number);
    }
    return length;
  }

  /** Whether a patch replaces anything in this range, or inserts anything there. */
  isPatched(start: number, end: number): boolean {
    const { rows } = this;
    for (let at = 0; at < this.count * STRIDE; at += STRIDE) {
      if ((rows[at] as number) < end && (rows[at + 1] as number) > start) return true;
    }
    return false;
  }

  /** Replaces [start, end) by whatever is put next; an empty range is an insertion. */
  replace(start: number, end: number): void {
    const last = this.count++ * STRIDE;
    if (last === this.rows.length) this.rows = grownInts(this.rows, last * 2);
    const { rows } = this;
    let at = last;
    // Most patches come in order.
    for (; at > 0 && comesBefore(start, end, rows, at - STRIDE); at -= STRIDE) {
      rows.copyWithin(at, at - STRIDE, at);
    }
    rows[at] = start;
    rows[at + 1] = end;
    rows[at + 2] = rows[at + 3] = this.stored;
    this.row = at;
  }

  /** Begins a patch that replaces the whole text, and all patches before it. */
  replaceAll(): void {
    this.count = this.stored = 0;
    this.replace(this.start, this.end);
  }

  /** Puts bytes[from, to) into the current patch. */
  put(bytes: Uint8Array, from: number, to: number): void {
    this.reserve(to - from);
    this.wrote(copyBytes(bytes, from, to, this.store, this.stored));
  }

  /** Puts one byte into the current patch. */
  putByte(byte: number): void {
    this.reserve(1);
    this.store[this.stored] = byte;
    this.wrote(this.stored + 1);
  }

  /** Makes room for so many more bytes in the store. */
  reserve(size: number): void {
    const needed = this.stored + size;
    if (needed > this.store.length) {
      this.store = grownBytes(this.store, Math.max(needed, this.store.length * 2));
    }
  }

  /** Says that the store now holds what the current patch puts, up to this offset. */
  wrote(to: number): void {
    this.stored = to;
    this.rows[this.row + 3] = to;
  }

  /** Applies the patches: `bytes`, `start` and `end` then describe the current text. */
  settle(): void {
    if (this.count === 0) return;
    const { bytes, rows, store, length } = this;
    this.work?.spend(length * COPIED_BYTE_NS);
    const out = this.spare.length >= length ? this.spare : new Uint8Array(length * 2);
    let read = this.start;
    let to = 0;
    for (let at = 0; at < this.count * STRIDE; at += STRIDE) {
      to = copyBytes(bytes, read, rows[at] as number, out, to);
      to = copyBytes(store, rows[at + 2] as number, rows[at + 3] as number, out, to);
      read = rows[at + 1] as number;
    }
    copyBytes(bytes, read, this.end, out, to);
    this.spare = this.carried;
    this.carried = this.bytes = out;
    this.start = 0;
    this.end = length;
    this.count = this.stored = 0;
    this.isCarried = true;
  }

  /** Writes the text in place of the part of the input that was opened. */
  writeTo(rewriter: Rewriter): void {
    if (this.isCarried) {
      this.settle();
      rewriter.replace(this.originalStart, this.originalEnd, this.bytes, this.start, this.end);
      return;
    }
    const { rows, store } = this;
    for (let at = 0; at < this.count * STRIDE; at += STRIDE) {
      // No destructuring here: it would make an array for every patch.
      const from = rows[at + 2] as number;
      const to = rows[at + 3] as number;
      rewriter.replace(rows[at] as number, rows[at + 1] as number, store, from, to);
    }
  }
}

/**
 * Whether a range comes before that of a row; of ranges that begin together, the shorter one does.
 */
function comesBefore(start: number, end: number, rows: Int32Array, at: number): boolean {
  const other = rows[at] as number;
  return start < other || (start === other && end < (rows[at + 1] as number));
}
