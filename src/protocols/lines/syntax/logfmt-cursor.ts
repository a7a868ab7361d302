// Goes through a logfmt line word by word: `key=value`, with quotes around values that have spaces,
// and words that are not pairs. Anything at all counts as a word, so every line can be read.

import { BACKSLASH, QUOTE } from "../../../core/json/index.ts";
import { FNV32_START } from "../../../core/hash.ts";
import { hashStep } from "../../dotted/index.ts";

const EQUALS = 0x3d;
const SPACE = 0x20;
const LETTER_U = 0x75;
const NOTHING = new Uint8Array(0);

export class LogfmtCursor {
  private bytes: Uint8Array = NOTHING;
  private at = 0;
  private end = 0;
  /** The word that was met last. */
  wordStart = 0;
  wordEnd = 0;
  isPair = false;
  /** Of a pair; `hash` is of its key, by hashStep. */
  keyEnd = 0;
  hash = 0;
  /** Without quotes; the end is complemented when there are escapes between them. */
  valueStart = 0;
  valueEnd = 0;

  open(bytes: Uint8Array, start: number, end: number): void {
    this.bytes = bytes;
    this.at = start;
    this.end = end;
  }

  /** Goes to the next word; false: there is none. */
  next(): boolean {
    const { bytes, end } = this;
    let { at } = this;
    while (at < end && (bytes[at] as number) <= SPACE) at++;
    if (at === end) return false;
    this.wordStart = at;
    let hash = FNV32_START;
    let c = 0;
    for (; at < end; at++) {
      c = bytes[at] as number;
      if (c <= SPACE || c === EQUALS) break;
      hash = hashStep(hash, c);
    }
    this.isPair = at < end && c === EQUALS && at > this.wordStart;
    if (this.isPair) {
      this.hash = hash;
      this.keyEnd = at;
      at = this.value(at + 1);
    } else at = this.wordEndFrom(at);
    this.wordEnd = at;
    this.at = at;
    return true;
  }

  /** Reads the value that begins at `at`; returns the offset behind it. */
  private value(at: number): number {
    const { bytes, end } = this;
    if (at < end && bytes[at] === QUOTE) return this.quoted(at + 1);
    this.valueStart = at;
    at = this.wordEndFrom(at);
    this.valueEnd = at;
    return at;
  }

  /** A quote that nothing closes opens a value that takes up the rest of the line. */
  private quoted(start: number): number {
    const { bytes, end } = this;
    let hasEscapes = false;
    let isValid = true;
    let at = start;
    for (; at < end; at++) {
      const c = bytes[at];
      if (c === QUOTE) break;
      if (c !== BACKSLASH) continue;
      hasEscapes = true;
      at++;
      if (at >= end || (bytes[at] === LETTER_U && !hasHexDigits(bytes, at + 1, end))) {
        isValid = false;
      }
    }
    const stop = Math.min(at, end);
    this.valueStart = start;
    this.valueEnd = hasEscapes && isValid ? ~stop : stop;
    return at < end ? at + 1 : end;
  }

  private wordEndFrom(at: number): number {
    const { bytes, end } = this;
    while (at < end && (bytes[at] as number) > SPACE) at++;
    return at;
  }
}

function hasHexDigits(bytes: Uint8Array, at: number, end: number): boolean {
  if (at + 4 > end) return false;
  for (const stop = at + 4; at < stop; at++) {
    const c = bytes[at] as number;
    const letter = c | 0x20;
    if (!((c >= 0x30 && c <= 0x39) || (letter >= 0x61 && letter <= 0x66))) return false;
  }
  return true;
}
