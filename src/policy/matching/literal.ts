// Tests whether a text equals, begins with, ends with or contains a single literal: for conditions
// that are not in the index, and to confirm what the index has only guessed. Linear time; folds
// case as RE2 does.

import { encodeUtf8 } from "../../core/utf8.ts";
import { foldUtf8 } from "../../regex/index.ts";
import { BytePattern } from "./byte-pattern.ts";
import type { LiteralTest } from "../../regex/index.ts";

/** A longer text is folded into a separate buffer, which is dropped with the next text. */
const KEPT_BYTES_MAX = 1024 * 1024;

/** A text made ready for case-insensitive comparison; reused, so valid until the next `fold`. */
export class FoldedText {
  bytes = new Uint8Array(256);
  length = 0;
  private kept = this.bytes;

  /** Folds all of bytes[start, end). */
  fold(bytes: Uint8Array, start: number, end: number): this {
    const room = (end - start) * 3;
    if (room > KEPT_BYTES_MAX) this.bytes = new Uint8Array(room);
    else this.bytes = this.kept.length < room ? (this.kept = new Uint8Array(room * 2)) : this.kept;
    const out = this.bytes;
    let at = 0;
    for (let i = start; i < end; i++) {
      const byte = bytes[i] as number;
      if (byte >= 0x80) {
        this.length = foldUtf8(bytes, start, end, out);
        return this;
      }
      out[at++] = byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
    }
    this.length = at;
    return this;
  }
}

const folded = new FoldedText();

/** The folded bytes of `text`, in a new array. */
export function foldedBytes(text: string): Uint8Array {
  const bytes = encodeUtf8(text);
  const result = folded.fold(bytes, 0, bytes.length);
  return result.bytes.slice(0, result.length);
}

export function isAscii(bytes: Uint8Array, start: number, end: number): boolean {
  let all = 0;
  let i = start;
  // Four at a time, it takes half as long.
  for (const last = end - 3; i < last; i += 4) {
    const two = (bytes[i] as number) | (bytes[i + 1] as number);
    all |= two | (bytes[i + 2] as number) | (bytes[i + 3] as number);
  }
  for (; i < end; i++) all |= bytes[i] as number;
  return all < 0x80;
}

export class Literal {
  readonly source: LiteralTest;
  readonly op: LiteralTest["op"];
  /** Folded if case is ignored. */
  readonly bytes: Uint8Array;
  readonly caseInsensitive: boolean;
  private readonly pattern: BytePattern;

  constructor(test: LiteralTest) {
    this.source = test;
    this.op = test.op;
    this.caseInsensitive = test.caseInsensitive;
    this.bytes = test.caseInsensitive ? foldedBytes(test.text) : encodeUtf8(test.text);
    this.pattern = new BytePattern(this.bytes);
  }

  matches(bytes: Uint8Array, start: number, end: number): boolean {
    if (!this.caseInsensitive) return this.compare(bytes, start, end);
    const text = folded.fold(bytes, start, end);
    return this.compare(text.bytes, 0, text.length);
  }

  private compare(bytes: Uint8Array, start: number, end: number): boolean {
    const length = this.bytes.length;
    if (end - start < length) return false;
    switch (this.op) {
      case "equals":
        return end - start === length && this.isAt(bytes, start);
      case "starts_with":
        return this.isAt(bytes, start);
      case "ends_with":
        return this.isAt(bytes, end - length);
      default:
        return this.pattern.isIn(bytes, start, end);
    }
  }

  private isAt(bytes: Uint8Array, at: number): boolean {
    const own = this.bytes;
    for (let i = 0; i < own.length; i++) if (own[i] !== bytes[at + i]) return false;
    return true;
  }
}
