// The text of a message that holds a JSON document, unescaped, with the position at which each of
// its bytes was written. Its buffers are reused from record to record. Unusual texts are left to
// message-document.ts.

import { UndecodableError } from "../../../core/errors.ts";
import {
  BACKSLASH,
  OPEN_OBJECT,
  skipSpace,
  skipValue,
  unescapeInto,
} from "../../../core/json/index.ts";
import { looksLikeObject } from "./looks-like-object.ts";

const LETTER_U = 0x75;
const SPACE = 0x20;
/** Larger messages count as unusual. */
const BYTES_MAX = 1 << 20;
/** Buffers that one message made larger than this are released with the body. */
const BYTES_KEPT_MAX = 1 << 16;

/** What a message contains; nothing is known about `odd` ones. */
export const Holds = { text: 0, document: 1, odd: 2 } as const;
export type HoldsIndex = (typeof Holds)[keyof typeof Holds];

export class MessageText {
  /** The document is bytes[start, end); the text is followed by a byte that no JSON has. */
  bytes: Uint8Array = new Uint8Array(0);
  start = 0;
  end = 0;
  private origins = new Int32Array(0);

  /** Reads the string between the quotes, source[from, to), which has been scanned before. */
  read(source: Uint8Array, from: number, to: number): HoldsIndex {
    const first = source[from] as number;
    if (from === to || (first !== OPEN_OBJECT && first !== BACKSLASH && first > SPACE)) {
      return Holds.text;
    }
    if (to - from > BYTES_MAX) return opensObject(source, from, to) ? Holds.odd : Holds.text;
    const length = this.unescape(source, from, to);
    if (length < 0) return Holds.odd;
    const { bytes } = this;
    if (!looksLikeObject(bytes, 0, length)) return Holds.text;
    try {
      this.start = skipSpace(bytes, 0);
      this.end = skipValue(bytes, this.start, 0);
      return skipSpace(bytes, this.end) === length ? Holds.document : Holds.text;
    } catch (error) {
      if (error instanceof UndecodableError) return Holds.text;
      throw error;
    }
  }

  /** Where the character at an offset of the text is written in the source. */
  originOf(offset: number): number {
    return this.origins[offset] as number;
  }

  /** Releases buffers that only a large message needs. */
  release(): void {
    if (this.bytes.length <= BYTES_KEPT_MAX) return;
    this.bytes = new Uint8Array(0);
    this.origins = new Int32Array(0);
  }

  /** Unescapes a string; returns its length, or -1: a numeric escape may be a bracket. */
  private unescape(source: Uint8Array, from: number, to: number): number {
    const needed = to - from + 1;
    if (this.bytes.length < needed) {
      this.bytes = new Uint8Array(needed * 2);
      this.origins = new Int32Array(needed * 2);
    }
    const { bytes, origins } = this;
    let length = 0;
    for (let at = from; at < to;) {
      const c = source[at] as number;
      origins[length] = at;
      if (c !== BACKSLASH) {
        bytes[length++] = c;
        at++;
        continue;
      }
      if (source[at + 1] === LETTER_U) return -1;
      length = unescapeInto(source, at, at + 2, bytes, length);
      at += 2;
    }
    origins[length] = to;
    bytes[length] = 0;
    return length;
  }
}

const character = new Uint8Array(4);

/** Whether the first character of an escaped text, apart from white space, is a brace. */
function opensObject(source: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to;) {
    let next = at + 1;
    if (source[at] === BACKSLASH) next = source[next] === LETTER_U ? at + 6 : at + 2;
    unescapeInto(source, at, next, character, 0);
    if (skipSpace(character.subarray(0, 1), 0) === 0) return character[0] === OPEN_OBJECT;
    at = next;
  }
  return false;
}
