// A text as programs read it: valid UTF-8. An invalid text is copied with U+FFFD in place of each
// invalid byte, and positions in the copy are translated to offsets of the original.

import { REGEX_COPY_EXTRA_BYTES_MAX } from "../core/limits.ts";
import { sequenceLength } from "./syntax/utf8.ts";

const NO_BYTES = new Uint8Array(0);
/** U+FFFD takes two bytes more than the invalid byte that it replaces. */
const EXTRA_BYTES = 2;

export class ReadableText {
  bytes: Uint8Array = NO_BYTES;
  start = 0;
  end = 0;
  /** Positions of U+FFFD that stand for an invalid byte, ascending. */
  private replaced: number[] = [];
  private originalStart = 0;

  /** Takes a text that is known to be valid. */
  setValid(bytes: Uint8Array, start: number, end: number): void {
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    this.originalStart = start;
    if (this.replaced.length > 0) this.replaced = [];
  }

  /** False if the copy of an invalid text would take too much room. */
  set(bytes: Uint8Array, start: number, end: number): boolean {
    this.setValid(bytes, start, end);
    const first = firstInvalid(bytes, start, end);
    if (first === end) return true;
    let invalid = 0;
    for (let at = first; at < end; at = firstInvalid(bytes, at + 1, end)) invalid++;
    if (invalid * EXTRA_BYTES > REGEX_COPY_EXTRA_BYTES_MAX) return false;
    this.copy(first, invalid);
    return true;
  }

  clear(): void {
    this.set(NO_BYTES, 0, 0);
  }

  /** The start of the character that a position is in. */
  characterAt(position: number): number {
    let at = position;
    while (at > this.start && at < this.end && ((this.bytes[at] as number) & 0xc0) === 0x80) at--;
    return at;
  }

  /** The end of the character that a position is in; the position itself between two characters. */
  characterAfter(position: number): number {
    let at = position;
    while (at < this.end && ((this.bytes[at] as number) & 0xc0) === 0x80) at++;
    return at;
  }

  /** The offset in the original text of a position between two characters. */
  offsetOf(position: number): number {
    if (this.replaced.length === 0) return position - this.start + this.originalStart;
    return position - this.start - EXTRA_BYTES * this.replacedBefore(position) + this.originalStart;
  }

  /** The position of an offset, which is between two characters. */
  positionOf(offset: number): number {
    let position = this.start + (offset - this.originalStart);
    for (const at of this.replaced) {
      if (at >= position) break;
      position += EXTRA_BYTES;
    }
    return position;
  }

  private replacedBefore(position: number): number {
    const { replaced } = this;
    let low = 0;
    let high = replaced.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((replaced[middle] as number) < position) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private copy(firstInvalidAt: number, invalid: number): void {
    const { bytes, start, end } = this;
    const out = new Uint8Array(end - start + EXTRA_BYTES * invalid);
    out.set(bytes.subarray(start, firstInvalidAt));
    let length = firstInvalidAt - start;
    for (let at = firstInvalidAt; at < end;) {
      const size = (bytes[at] as number) < 0x80 ? 1 : sequenceLength(bytes, at, end);
      if (size === 0) {
        this.replaced.push(length);
        out[length++] = 0xef;
        out[length++] = 0xbf;
        out[length++] = 0xbd;
        at++;
        continue;
      }
      for (let i = 0; i < size; i++) out[length++] = bytes[at++] as number;
    }
    this.bytes = out;
    this.start = 0;
    this.end = length;
  }
}

/** The first invalid byte of bytes[start, end), or `end`. */
function firstInvalid(bytes: Uint8Array, start: number, end: number): number {
  for (let at = start; at < end;) {
    if ((bytes[at] as number) < 0x80) {
      at++;
      continue;
    }
    const length = sequenceLength(bytes, at, end);
    if (length === 0) return at;
    at += length;
  }
  return end;
}
