// Recognizes attributes that are written as most are: `{"key":"k","value":{"stringValue":"v"}}`,
// also with intValue in a string, without whitespace and escapes. Only a shortcut: whatever it does
// not recognize is read the general way, with the same result. Most of a request's time would
// otherwise go into these few names, so they are compared in words of four bytes.

import { BACKSLASH, CLOSE_OBJECT, knownEnd, QUOTE } from "../../../../core/json/index.ts";
import { LONG_VALUE_BYTES_MIN } from "../../../../core/limits.ts";
import { encodeUtf8 } from "../../../../core/utf8.ts";
import { Found } from "./buffered-values.ts";

function word(text: string): number {
  return new DataView(encodeUtf8(text).buffer).getInt32(0, true);
}
const KEY_1 = word('{"ke');
const KEY_2 = word('y":"');
const VALUE_1 = word('","v');
const VALUE_2 = word("alue");
const VALUE_3 = word('":{"');
const STRING_1 = word("stri");
const STRING_2 = word("ngVa");
const STRING_3 = word('lue"');
const STRING_4 = 0x223a;
const INT_1 = word("intV");
const INT_2 = word("alue");
const INT_3 = word('e":"');

/** From the opening brace to the first byte of the key. */
export const USUAL_KEY_OFFSET = 8;
/**
 * No word is read behind the end when the text goes on for so long from its opening brace, and its
 * key.
 */
const BYTES_MIN = 52;
const BYTES_BEHIND_KEY_MIN = 26;

export class AttributeFastPath {
  /** What was read last; the key begins at USUAL_KEY_OFFSET. */
  keyEnd = 0;
  kind: number = Found.string;
  start = 0;
  end = 0;

  /**
   * Returns the offset behind the attribute at `at`, or -1 when it is no usual one. `view` is of
   * `bytes`.
   */
  read(bytes: Uint8Array, view: DataView, at: number): number {
    const { length } = bytes;
    if (at + BYTES_MIN > length) return -1;
    if (view.getInt32(at, true) !== KEY_1 || view.getInt32(at + 4, true) !== KEY_2) return -1;
    const quote = plainStringEnd(bytes, view, at + USUAL_KEY_OFFSET);
    if (quote < 0 || quote + BYTES_BEHIND_KEY_MIN > length) return -1;
    if (
      view.getInt32(quote, true) !== VALUE_1 ||
      view.getInt32(quote + 4, true) !== VALUE_2 ||
      view.getInt32(quote + 8, true) !== VALUE_3
    ) {
      return -1;
    }
    at = quote + 12;
    const first = view.getInt32(at, true);
    if (first === STRING_1) {
      if (view.getInt32(at + 4, true) !== STRING_2) return -1;
      if (view.getInt32(at + 8, true) !== STRING_3) return -1;
      if (view.getInt16(at + 12, true) !== STRING_4) return -1;
      this.kind = Found.string;
      at += 14;
    } else if (first === INT_1) {
      if (view.getInt32(at + 4, true) !== INT_2) return -1;
      if (view.getInt32(at + 7, true) !== INT_3) return -1;
      this.kind = Found.int;
      at += 11;
    } else return -1;
    const end = plainStringEnd(bytes, view, at);
    if (end < 0 || bytes[end + 1] !== CLOSE_OBJECT || bytes[end + 2] !== CLOSE_OBJECT) return -1;
    this.keyEnd = quote;
    this.start = at;
    this.end = end;
    return end + 3;
  }
}

/**
 * Of four bytes, the highest bit of each quote, backslash and control character; above the first of
 * them also of others.
 */
function marksOf(word: number): number {
  const quotes = word ^ 0x22222222;
  const slashes = word ^ 0x5c5c5c5c;
  const ends = ((quotes - 0x01010101) & ~quotes) | ((slashes - 0x01010101) & ~slashes);
  return (ends | ((word - 0x20202020) & ~word)) & 0x80808080;
}

/** The closing quote of the string without escapes whose text begins at `at`, or -1. */
function plainStringEnd(bytes: Uint8Array, view: DataView, at: number): number {
  const end = Math.min(bytes.length, at + LONG_VALUE_BYTES_MIN);
  const start = at;
  for (const last = end - 3; at < last; at += 4) {
    const found = marksOf(view.getInt32(at, true));
    if (found !== 0) {
      at += (31 - Math.clz32(found & -found)) >> 3;
      return bytes[at] === QUOTE ? at : -1;
    }
  }
  for (; at < end; at++) {
    const c = bytes[at] as number;
    if (c === QUOTE) return at;
    if (c === BACKSLASH || c < 0x20) return -1;
  }
  return longStringEnd(bytes, start, end);
}

/** Of a string that is not over at `at`. */
function longStringEnd(bytes: Uint8Array, start: number, at: number): number {
  const known = knownEnd(bytes, start - 1);
  if (known !== undefined) return Math.max(-1, known - 1);
  for (; at < bytes.length; at++) {
    const c = bytes[at] as number;
    if (c === QUOTE) return at;
    if (c === BACKSLASH || c < 0x20) return -1;
  }
  return -1;
}
