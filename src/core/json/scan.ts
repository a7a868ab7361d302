// A strict RFC 8259 scanner over UTF-8 bytes: finds where values end, without making strings or
// objects. It rejects what JSON.parse rejects of the decoded text (invalid UTF-8 inside strings is
// no error there either), nesting deeper than JSON_DEPTH_MAX, and more digits than JSON_DIGITS_MAX.
// All functions take an offset and return the next one. Reading past the end yields undefined,
// which equals no character and so ends in an UndecodableError.

import { UndecodableError } from "../errors.ts";
import { JSON_DEPTH_MAX, JSON_DIGITS_MAX, LONG_VALUE_BYTES_MIN } from "../limits.ts";

export const QUOTE = 0x22;
export const BACKSLASH = 0x5c;
export const COMMA = 0x2c;
export const COLON = 0x3a;
export const OPEN_OBJECT = 0x7b;
export const CLOSE_OBJECT = 0x7d;
export const OPEN_ARRAY = 0x5b;
export const CLOSE_ARRAY = 0x5d;

/**
 * The containers that are open around the value in skipContainer: 1 for an object. Only one skip
 * runs at a time.
 */
const openObjects = new Uint8Array(JSON_DEPTH_MAX + 1);

/** What was found out about a text in advance (long-values.ts). */
export interface KnownValues {
  readonly text: Uint8Array;
  /**
   * Offsets after values by the offsets of their first bytes; complemented: a string with escapes.
   */
  readonly ends: ReadonlyMap<number, number>;
  /** The number of elements of each list, by the offset of its bracket. */
  readonly counts: ReadonlyMap<number, number>;
  /** Strings with escapes, by the offset of their quote: where they are, unescaped, in `inner`. */
  readonly strings: ReadonlyMap<number, TextRange>;
  readonly inner: KnownValues | undefined;
}

/** A part of a text, [from, to). */
export interface TextRange {
  readonly from: number;
  readonly to: number;
}

let known: KnownValues | undefined;

/**
 * From now on these values are neither scanned nor unescaped again: they were found to be JSON
 * before. Only the values of one text are known at a time, with those inside its strings;
 * undefined: none.
 */
export function knowLongValues(values: KnownValues | undefined): void {
  known = values;
}

/** What is known about a text. */
export function knownValues(bytes: Uint8Array): KnownValues | undefined {
  let values = known;
  while (values !== undefined && values.text !== bytes) values = values.inner;
  return values;
}

/** The offset after the long value at `at`, if it is known. */
export function knownEnd(bytes: Uint8Array, at: number): number | undefined {
  return known === undefined ? undefined : knownValues(bytes)?.ends.get(at);
}

/** How many elements the long list at `at` has, if that is known. */
export function knownCount(bytes: Uint8Array, at: number): number | undefined {
  return known === undefined ? undefined : knownValues(bytes)?.counts.get(at);
}

/**
 * Throws for the character, or the end, at `at`. It is a separate function so that its callers stay
 * small enough to be inlined.
 */
export function failAt(bytes: Uint8Array, at: number, expected: string): never {
  const found = at >= bytes.length ? "the end" : `byte 0x${(bytes[at] as number).toString(16)}`;
  throw new UndecodableError(`JSON: ${expected} expected, found ${found}`, at);
}

/** Offset of the first byte that belongs to the text: after a byte order mark. */
export function skipBom(bytes: Uint8Array): number {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
}

/** Offset of the first byte at or after `at` that is not JSON whitespace. */
export function skipSpace(bytes: Uint8Array, at: number): number {
  const end = bytes.length;
  while (at < end) {
    const c = bytes[at] as number;
    if (c > 0x20 || (c !== 0x20 && c !== 0x0a && c !== 0x0d && c !== 0x09)) return at;
    at++;
  }
  return at;
}

/**
 * Scans a string from the byte after its opening quote. Returns the offset of the closing quote, or
 * its complement (`~offset`, negative) if the string has escapes.
 */
export function scanString(bytes: Uint8Array, at: number): number {
  const end = Math.min(bytes.length, at + LONG_VALUE_BYTES_MIN);
  const start = at;
  while (at < end) {
    const c = bytes[at] as number;
    if (c === QUOTE) return at;
    if (c === BACKSLASH) return scanEscaped(bytes, start, at);
    if (c < 0x20) return failAt(bytes, at, "a character of a string");
    at++;
  }
  return scanLongString(bytes, start, at);
}

/** The same, four bytes at a time; `view` is a view of `bytes`. */
export function scanStringInWords(bytes: Uint8Array, view: DataView, at: number): number {
  const end = Math.min(bytes.length, at + LONG_VALUE_BYTES_MIN) - 3;
  let i = at;
  for (; i < end; i += 4) {
    const found = marksOf(view.getInt32(i, true));
    if (found === 0) continue;
    i += (31 - Math.clz32(found & -found)) >> 3;
    if (bytes[i] === QUOTE) return i;
    if (bytes[i] === BACKSLASH) return scanEscaped(bytes, at, i);
    return failAt(bytes, i, "a character of a string");
  }
  return scanLongString(bytes, at, i);
}

/**
 * Sets the highest bit of each of the four bytes that is a quote, backslash or control character;
 * the bits above the first of these may be set for other characters, too.
 */
function marksOf(word: number): number {
  const quotes = word ^ 0x22222222;
  const slashes = word ^ 0x5c5c5c5c;
  const ends = ((quotes - 0x01010101) & ~quotes) | ((slashes - 0x01010101) & ~slashes);
  return (ends | ((word - 0x20202020) & ~word)) & 0x80808080;
}

/** Offset of the first quote, backslash or control character in bytes[at, end), or `end`. */
export function plainEnd(bytes: Uint8Array, view: DataView, at: number, end: number): number {
  for (const last = end - 3; at < last; at += 4) {
    const found = marksOf(view.getInt32(at, true));
    if (found !== 0) return at + ((31 - Math.clz32(found & -found)) >> 3);
  }
  for (; at < end; at++) {
    const c = bytes[at] as number;
    if (c === QUOTE || c === BACKSLASH || c < 0x20) return at;
  }
  return end;
}

/** Scans on in a string without escapes that has not ended before `at`. */
function scanLongString(bytes: Uint8Array, start: number, at: number): number {
  const known = knownEnd(bytes, start - 1);
  if (known !== undefined) return known < 0 ? known + 1 : known - 1;
  at = plainEnd(bytes, viewOf(bytes), at, bytes.length);
  if (at === bytes.length) return failAt(bytes, at, "the end of a string");
  if (bytes[at] === QUOTE) return at;
  if (bytes[at] === BACKSLASH) return scanEscaped(bytes, start, at);
  return failAt(bytes, at, "a character of a string");
}

export function viewOf({ buffer, byteLength, byteOffset }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}

/** Scans on from the first escape; returns the complement. */
function scanEscaped(bytes: Uint8Array, start: number, at: number): number {
  const end = Math.min(bytes.length, start + LONG_VALUE_BYTES_MIN);
  while (at < end) {
    const c = bytes[at] as number;
    if (c === QUOTE) return ~at;
    if (c < 0x20) return failAt(bytes, at, "a character of a string");
    at = c === BACKSLASH ? behindEscape(bytes, at) : at + 1;
  }
  return scanLongEscaped(bytes, start, at);
}

/** Scans on in a string with escapes that has not ended before `at`. */
function scanLongEscaped(bytes: Uint8Array, start: number, at: number): number {
  const { length } = bytes;
  const known = at < length ? knownEnd(bytes, start - 1) : undefined;
  if (known !== undefined) return known + 1;
  const view = viewOf(bytes);
  while (at < length) {
    at = plainEnd(bytes, view, at, length);
    if (bytes[at] === QUOTE) return ~at;
    if (bytes[at] !== BACKSLASH) break;
    at = behindEscape(bytes, at);
  }
  return failAt(bytes, at, at < length ? "a character of a string" : "the end of a string");
}

/** Offset after the escape whose backslash is at `at`. */
export function behindEscape(bytes: Uint8Array, at: number): number {
  const escape = bytes[++at];
  at++;
  if (escape === 0x75) {
    for (const last = at + 4; at < last; at++) {
      if (!isHexDigit(bytes[at])) return failAt(bytes, at, "a hexadecimal digit");
    }
  } else if (!isSimpleEscape(escape)) return failAt(bytes, at - 1, "an escape");
  return at;
}

/** Whether it is one of `"\/bfnrt`. */
function isSimpleEscape(c: number | undefined): boolean {
  if (c === QUOTE || c === BACKSLASH || c === 0x2f || c === 0x62) return true;
  return c === 0x66 || c === 0x6e || c === 0x72 || c === 0x74;
}

function isHexDigit(c: number | undefined): boolean {
  if (c === undefined) return false;
  const letter = c | 0x20;
  return (c >= 0x30 && c <= 0x39) || (letter >= 0x61 && letter <= 0x66);
}

/** Offset after the string whose opening quote is at `at`. */
function skipString(bytes: Uint8Array, at: number): number {
  const quote = scanString(bytes, at + 1);
  return (quote < 0 ? ~quote : quote) + 1;
}

/** Offset after the number, `true`, `false` or `null` at `at`. */
export function skipScalar(bytes: Uint8Array, at: number): number {
  const c = bytes[at];
  if (c === 0x74) return skipLetters(bytes, at, 0x72, 0x75, 0x65);
  if (c === 0x6e) return skipLetters(bytes, at, 0x75, 0x6c, 0x6c);
  if (c === 0x66 && bytes[at + 1] === 0x61) return skipLetters(bytes, at + 1, 0x6c, 0x73, 0x65);
  return skipNumber(bytes, at);
}

/**
 * Offset after the three letters that must follow `at`: all literals end in three letters after
 * their first.
 */
function skipLetters(bytes: Uint8Array, at: number, a: number, b: number, c: number): number {
  if (bytes[at + 1] === a && bytes[at + 2] === b && bytes[at + 3] === c) return at + 4;
  return failAt(bytes, at, "a value");
}

function skipDigits(bytes: Uint8Array, at: number): number {
  let c = bytes[at] as number;
  if (!(c >= 0x30 && c <= 0x39)) return failAt(bytes, at, "a digit");
  const last = at + JSON_DIGITS_MAX;
  do c = bytes[++at] as number;
  while (c >= 0x30 && c <= 0x39 && at < last);
  return c >= 0x30 && c <= 0x39 ? failAt(bytes, at, "a shorter number") : at;
}

function skipNumber(bytes: Uint8Array, at: number): number {
  if (bytes[at] === 0x2d) at++;
  const lead = bytes[at] as number;
  if (lead === 0x30) at++;
  else if (lead >= 0x31 && lead <= 0x39) at = skipDigits(bytes, at);
  else return failAt(bytes, at, "a value");
  if (bytes[at] === 0x2e) at = skipDigits(bytes, at + 1);
  const c = bytes[at];
  if (c === 0x65 || c === 0x45) {
    at++;
    const sign = bytes[at];
    if (sign === 0x2b || sign === 0x2d) at++;
    at = skipDigits(bytes, at);
  }
  return at;
}

/**
 * Offset after the value that begins at `at` (no white space before it). `depth`: how many
 * containers are open around it.
 */
export function skipValue(bytes: Uint8Array, at: number, depth: number): number {
  const c = bytes[at];
  if (c === QUOTE) return skipString(bytes, at);
  if (c === OPEN_OBJECT || c === OPEN_ARRAY) return skipContainer(bytes, at, depth);
  return skipScalar(bytes, at);
}

function skipContainer(bytes: Uint8Array, at: number, depth: number): number {
  const known = knownEnd(bytes, at);
  if (known !== undefined) return known;
  let level = depth;
  let close = 0;
  for (;;) {
    // At the first byte of a value; in an object, the member's key has been read.
    let c = bytes[at];
    if (c === QUOTE) at = skipString(bytes, at);
    else if (c === OPEN_OBJECT || c === OPEN_ARRAY) {
      if (++level > JSON_DEPTH_MAX) return failAt(bytes, at, "less nesting");
      openObjects[level] = c === OPEN_OBJECT ? 1 : 0;
      // The code of each closing bracket is that of its opening bracket plus two.
      close = c + 2;
      at = skipSpace(bytes, at + 1);
      if (bytes[at] !== close) {
        if (c === OPEN_OBJECT) at = skipKey(bytes, at);
        continue;
      }
    } else at = skipScalar(bytes, at);
    // After a value, or at the bracket that closes an empty container.
    for (;;) {
      c = bytes[at];
      if (c === COMMA) break;
      if (c === close) {
        at++;
        if (--level === depth) return at;
        close = openObjects[level] === 1 ? CLOSE_OBJECT : CLOSE_ARRAY;
        continue;
      }
      const next = skipSpace(bytes, at);
      if (next === at) return failAt(bytes, at, "a comma or a closing bracket");
      at = next;
    }
    at++;
    if ((bytes[at] as number) <= 0x20) at = skipSpace(bytes, at);
    if (close === CLOSE_OBJECT) at = skipKey(bytes, at);
  }
}

/** Goes from a key's opening quote to the first byte of the member's value. */
function skipKey(bytes: Uint8Array, at: number): number {
  if (bytes[at] !== QUOTE) return failAt(bytes, at, "a key");
  return skipColon(bytes, skipString(bytes, at));
}

/** Goes from the end of a key to the first byte of the member's value. */
export function skipColon(bytes: Uint8Array, at: number): number {
  if (bytes[at] !== COLON) {
    at = skipSpace(bytes, at);
    if (bytes[at] !== COLON) return failAt(bytes, at, "a colon");
  }
  at++;
  return (bytes[at] as number) > 0x20 ? at : skipSpace(bytes, at);
}

/**
 * Enters the container whose opening bracket is at `at`. Returns the offset of its first key or
 * element; for an empty container, the complement (`~offset`) of the offset after it.
 */
export function enterContainer(bytes: Uint8Array, at: number): number {
  const close = (bytes[at] as number) + 2;
  at = skipSpace(bytes, at + 1);
  if (bytes[at] === close) return ~(at + 1);
  return at;
}

/**
 * Goes from the end of an element or a member's value to the next one; returns the complement of
 * the offset after the container if `close` ends it.
 */
export function nextInContainer(bytes: Uint8Array, at: number, close: number): number {
  let c = bytes[at];
  if (c !== COMMA && c !== close) {
    at = skipSpace(bytes, at);
    c = bytes[at];
  }
  at++;
  if (c === COMMA) return (bytes[at] as number) > 0x20 ? at : skipSpace(bytes, at);
  if (c === close) return ~at;
  return failAt(bytes, at - 1, "a comma or a closing bracket");
}

/** Checks that nothing but whitespace follows from `at`. */
export function expectEnd(bytes: Uint8Array, at: number): void {
  at = skipSpace(bytes, at);
  if (at < bytes.length) failAt(bytes, at, "the end");
}

/**
 * Whether something follows the document that ends at `at`, of which some records were read: for
 * protocols whose backends read one document and ignore whatever follows. Its records are judged
 * then, and the rest passes. Throws UndecodableError if there is a rest and no record was read.
 */
export function hasRest(bytes: Uint8Array, at: number, recordsRead: number): boolean {
  if (recordsRead === 0) expectEnd(bytes, at);
  return skipSpace(bytes, at) < bytes.length;
}

/** How many elements the list at `at` has, at most `max`; it was found to be JSON before. */
export function countElements(bytes: Uint8Array, at: number, max: number): number {
  const known = knownCount(bytes, at);
  if (known !== undefined) return Math.min(known, max);
  let count = 0;
  let next = enterContainer(bytes, at);
  while (next >= 0 && count < max) {
    count++;
    next = nextInContainer(bytes, skipValue(bytes, next, 0), CLOSE_ARRAY);
  }
  return count;
}
