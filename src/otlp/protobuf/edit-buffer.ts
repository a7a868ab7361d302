// The bytes of one message while it is edited: a range is replaced, the lengths of the messages
// around it follow, and everything else is copied as it is. It knows no field.

import { copyBytes } from "../copy-bytes.ts";
import { FieldCursor, varintSize, writeVarint } from "../../core/protobuf/index.ts";

const NOTHING = new Uint8Array(0);

/** Whether bytes[start, end) is `text`. */
export function sameBytes(
  bytes: Uint8Array,
  start: number,
  end: number,
  text: Uint8Array,
): boolean {
  if (end - start !== text.length) return false;
  for (let i = 0; i < text.length; i++) if (bytes[start + i] !== text[i]) return false;
  return true;
}

/** Copies the whole field at the cursor to out[at…]; returns the offset after it. */
export function copyField(cursor: FieldCursor, out: Uint8Array, at: number): number {
  return copyBytes(cursor.bytes, cursor.fieldAt, cursor.stop, out, at);
}

/** Ranges that it hands out are borrowed until the next replace. */
export class EditBuffer {
  /** The message is bytes[start, end). */
  bytes: Uint8Array = NOTHING;
  start = 0;
  end = 0;
  /** Whether any byte is another than it was when the message was opened. */
  changed = false;
  /** Grows with whatever makes offsets, or the fields that were entered, worthless. */
  moves = 0;
  // Two stores in turns, so that the new bytes may be made of the old ones.
  private store: Uint8Array = NOTHING;
  private spare: Uint8Array = NOTHING;
  private readonly walker = new FieldCursor();
  // The length-delimited fields that have been entered on the way to a place.
  private depth = 0;
  private readonly lengthsAt: number[] = [];
  private readonly starts: number[] = [];
  private readonly ends: number[] = [];
  private readonly sizes: number[] = [];

  open(bytes: Uint8Array, start: number, end: number): void {
    this.take(bytes, start, end);
    this.changed = false;
  }

  /** Back to the message itself. */
  leaveAll(): void {
    this.depth = 0;
    this.moves++;
  }

  /** Into a length-delimited field of what was entered last. */
  enter(lengthAt: number, start: number, end: number): void {
    this.lengthsAt[this.depth] = lengthAt;
    this.starts[this.depth] = start;
    this.ends[this.depth] = end;
    this.depth++;
  }

  /** Range of what was entered last. */
  get innerStart(): number {
    return this.depth === 0 ? this.start : (this.starts[this.depth - 1] as number);
  }
  get innerEnd(): number {
    return this.depth === 0 ? this.end : (this.ends[this.depth - 1] as number);
  }

  /** Puts `text` in place of [from, to), which lies in what was entered last. Leaves all. */
  replace(from: number, to: number, text: Uint8Array): void {
    if (sameBytes(this.bytes, from, to, text)) {
      this.leaveAll();
      return;
    }
    this.changed = true;
    let growth = text.length - (to - from);
    for (let level = this.depth - 1; level >= 0; level--) {
      const start = this.starts[level] as number;
      const size = (this.ends[level] as number) - start + growth;
      this.sizes[level] = size;
      // A length that stays is copied, however it is spelled.
      if (growth !== 0) growth += varintSize(size) - (start - (this.lengthsAt[level] as number));
    }
    const source = this.bytes;
    const total = this.end - this.start + growth;
    const out = this.takeSpare(total);
    let read = this.start;
    let at = 0;
    for (let level = 0; level < this.depth; level++) {
      const start = this.starts[level] as number;
      const size = this.sizes[level] as number;
      if (size === (this.ends[level] as number) - start) continue;
      const lengthAt = this.lengthsAt[level] as number;
      at = writeVarint(out, copyBytes(source, read, lengthAt, out, at), size);
      read = start;
    }
    at = copyBytes(source, read, from, out, at);
    at = copyBytes(text, 0, text.length, out, at);
    copyBytes(source, to, this.end, out, at);
    this.take(out, 0, total);
  }

  /**
   * Puts `field`, a whole field or nothing, in place of the last field `tag` of what was entered
   * last, or at its end when there is none. Other occurrences go: a singular field has one value.
   * Returns whether there was any. Leaves all. The message must be well-formed.
   */
  replaceField(tag: number, field: Uint8Array): boolean {
    const { bytes, walker, innerEnd } = this;
    let first = -1;
    let after = innerEnd;
    walker.open(bytes, this.innerStart, innerEnd);
    while (walker.next()) {
      if (walker.tag !== tag) continue;
      if (first < 0) first = walker.fieldAt;
      after = walker.stop;
    }
    if (first < 0) {
      this.replace(innerEnd, innerEnd, field);
      return false;
    }
    const text = new Uint8Array(after - first + field.length);
    let size = 0;
    walker.open(bytes, first, after);
    while (walker.next()) {
      if (walker.tag !== tag) size = copyField(walker, text, size);
    }
    text.set(field, size);
    this.replace(first, after, text.subarray(0, size + field.length));
    return true;
  }

  private take(bytes: Uint8Array, start: number, end: number): void {
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    this.leaveAll();
  }

  private takeSpare(size: number): Uint8Array {
    let out = this.spare;
    if (out.length < size) out = new Uint8Array(Math.max(size, out.length * 2, 1024));
    this.spare = this.store;
    this.store = out;
    return out;
  }
}
