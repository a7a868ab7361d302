// Finds the end of an array element that is not valid JSON, so that its neighbours can be read. Not
// a parser: it follows brackets, strings in either kind of quotes, and comments, and skips
// everything else.

import { BROKEN_BYTES_MAX } from "../limits.ts";
import {
  BACKSLASH,
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  COMMA,
  enterContainer,
  failAt,
  knownEnd,
  OPEN_ARRAY,
  OPEN_OBJECT,
  QUOTE,
  skipSpace,
} from "./scan.ts";

const APOSTROPHE = 0x27;
const SLASH = 0x2f;
const STAR = 0x2a;
const NEWLINE = 0x0a;

/** By character: 1 for characters that are not simply skipped. */
const MARKS = new Uint8Array(256);
for (const mark of [QUOTE, APOSTROPHE, SLASH, COMMA, OPEN_OBJECT, OPEN_ARRAY]) MARKS[mark] = 1;
for (const mark of [CLOSE_OBJECT, CLOSE_ARRAY]) MARKS[mark] = 1;

/** The open brackets, and how many there are of each kind. */
class OpenBrackets {
  private kinds = new Uint8Array(64);
  private depth = 0;
  private objects = 0;

  get isEmpty(): boolean {
    return this.depth === 0;
  }

  push(open: number): void {
    if (this.depth === this.kinds.length) {
      const longer = new Uint8Array(this.depth * 2);
      longer.set(this.kinds);
      this.kinds = longer;
    }
    this.kinds[this.depth++] = open;
    if (open === OPEN_OBJECT) this.objects++;
  }

  /** Closes the innermost bracket of its kind, and those inside it. False if there is none. */
  close(open: number): boolean {
    const ofKind = open === OPEN_OBJECT ? this.objects : this.depth - this.objects;
    if (ofKind === 0) return false;
    let last: number | undefined;
    while (last !== open) {
      last = this.kinds[--this.depth];
      if (last === OPEN_OBJECT) this.objects--;
    }
    return true;
  }
}

/**
 * Offset of the comma after the element that begins at `at`, or of the bracket that closes the
 * array around it; -1 if there is neither within BROKEN_BYTES_MAX.
 */
export function skipBroken(bytes: Uint8Array, at: number): number {
  const open = new OpenBrackets();
  const last = Math.min(bytes.length, at + BROKEN_BYTES_MAX);
  while (at >= 0 && at < last) {
    const c = bytes[at] as number;
    if (MARKS[c] === 0) {
      do at++;
      while (at < last && MARKS[bytes[at] as number] === 0);
    } else if (c === QUOTE || c === APOSTROPHE) at = behindString(bytes, at, c, last);
    else if (c === SLASH) at = behindComment(bytes, at, last);
    else {
      if (c === COMMA && open.isEmpty) return at;
      if (c === OPEN_OBJECT || c === OPEN_ARRAY) open.push(c);
      // The code of each closing bracket is that of its opening bracket plus two. A brace that
      // closes nothing is skipped; a bracket that closes nothing ends the array, unless the element
      // has no end.
      const isClosing = c === CLOSE_OBJECT || c === CLOSE_ARRAY;
      if (isClosing && !open.close(c - 2) && c === CLOSE_ARRAY) return open.isEmpty ? at : -1;
      at++;
    }
  }
  return -1;
}

/**
 * The same, but throws UndecodableError if there is neither. An element that is known to be JSON,
 * and is unreadable for another reason, is not scanned again.
 */
export function behindBroken(bytes: Uint8Array, at: number): number {
  const known = knownEnd(bytes, at);
  if (known !== undefined) {
    const behind = known < 0 ? ~known : known;
    if (endsElement(bytes, behind)) return behind;
  }
  const end = skipBroken(bytes, at);
  return end < 0 ? failAt(bytes, bytes.length, "the end of the list") : end;
}

/** Offset after the array at `at`, some of whose elements may be broken. */
export function skipBrokenArray(bytes: Uint8Array, at: number): number {
  at = enterContainer(bytes, at);
  while (at >= 0) at = nextElement(bytes, behindBroken(bytes, at));
  return ~at;
}

/** Whether an element ends completely at `at`: a comma follows, or the array ends. */
export function endsElement(bytes: Uint8Array, at: number): boolean {
  let c = bytes[at];
  if (c === COMMA) return true;
  c = bytes[skipSpace(bytes, at)];
  return c === COMMA || c === CLOSE_ARRAY;
}

/**
 * Goes from the end of an element to the next one; returns the complement of the offset after the
 * array if that ends, with or without a comma before its bracket.
 */
export function nextElement(bytes: Uint8Array, at: number): number {
  if (bytes[at] !== COMMA) at = skipSpace(bytes, at);
  if (bytes[at] === COMMA) {
    at++;
    if ((bytes[at] as number) <= 0x20) at = skipSpace(bytes, at);
    if (bytes[at] !== CLOSE_ARRAY) return at;
  }
  return ~(at + 1);
}

/** Offset after the string that begins with this quote at `at`, or -1. */
function behindString(bytes: Uint8Array, at: number, quote: number, last: number): number {
  for (let i = at + 1; i < last; i++) {
    if (bytes[i] === BACKSLASH) i++;
    else if (bytes[i] === quote) return i + 1;
  }
  return -1;
}

/** Offset after the comment at `at`, or after a slash that begins none; -1: it has no end. */
function behindComment(bytes: Uint8Array, at: number, last: number): number {
  if (bytes[at + 1] === SLASH) {
    // Without a line end, it would be all the rest: so it is part of a word, as in a URL.
    const newline = bytes.indexOf(NEWLINE, at);
    return newline < 0 ? at + 2 : newline;
  }
  if (bytes[at + 1] !== STAR) return at + 1;
  for (let i = at + 2; i < last; i++) {
    if (bytes[i] === STAR && bytes[i + 1] === SLASH) return i + 2;
  }
  return -1;
}
