// Finds quotes in a log line, and where the quoted text ends.

import { BACKSLASH, isLineFeed, QUOTE } from "./line-bytes.ts";

/** There is no closing quote. */
export const UNCLOSED = -1;
/** Of what is behind the part of a line that is looked at, so much is searched for quotes. */
const SEARCHED_BYTES_MAX = 16_384;

/** The closing quote on this line of bytes[at, end), or UNCLOSED. */
export function closingQuote(bytes: Uint8Array, at: number, end: number, quote: number): number {
  for (; at < end && !isLineFeed(bytes[at]); at++) {
    if (bytes[at] === BACKSLASH) at++;
    else if (bytes[at] === quote) return at;
  }
  return UNCLOSED;
}

/** The next escaped one of bytes[at, end) before the end of the text it is in, or UNCLOSED. */
export function closingEscapedQuote(bytes: Uint8Array, at: number, end: number): number {
  for (; at < end && bytes[at] !== QUOTE; at++) {
    if (bytes[at] !== BACKSLASH) continue;
    if (bytes[at + 1] === QUOTE) return at;
    at++;
  }
  return UNCLOSED;
}

/**
 * Whether the line from `at` on has an odd number of double quotes: then nobody knows which of them
 * belong together. Of lines that are longer than what is searched it is taken that they do.
 */
export function hasLoneQuote(bytes: Uint8Array, at: number, end: number): boolean {
  const stop = Math.min(end, at + SEARCHED_BYTES_MAX);
  let isOdd = false;
  for (; at < stop && !isLineFeed(bytes[at]); at++) {
    if (bytes[at] === BACKSLASH) at++;
    else if (bytes[at] === QUOTE) isOdd = !isOdd;
  }
  return isOdd && (at >= end || isLineFeed(bytes[at]));
}

/**
 * Bytes of the typographic quote there: ‘ ’ ‚ ‛ “ ” „ ‟ ‹ › « » 「 」 『 』 ＂ ＇; 0: it is none.
 */
export function typographicQuote(bytes: Uint8Array, at: number, end: number): number {
  const first = bytes[at] as number;
  if (first === 0xc2)
    return at + 1 < end && (bytes[at + 1] === 0xab || bytes[at + 1] === 0xbb) ? 2 : 0;
  if (at + 2 >= end) return 0;
  const second = bytes[at + 1];
  const third = bytes[at + 2] as number;
  if (first === 0xe2 && second === 0x80) {
    return (third >= 0x98 && third <= 0x9f) || third === 0xb9 || third === 0xba ? 3 : 0;
  }
  if (first === 0xe3 && second === 0x80) return third >= 0x8c && third <= 0x8f ? 3 : 0;
  return first === 0xef && second === 0xbc && (third === 0x82 || third === 0x87) ? 3 : 0;
}

/** Whether the typographic quote there is one that words have in them: ’ or ‘. */
export function isApostrophe(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === 0xe2 && (bytes[at + 2] === 0x99 || bytes[at + 2] === 0x98);
}

/** The next typographic quote on this line of bytes[at, end), or UNCLOSED. */
export function closingTypographic(bytes: Uint8Array, at: number, end: number): number {
  for (; at < end && !isLineFeed(bytes[at]); at++) {
    if ((bytes[at] as number) >= 0x80 && typographicQuote(bytes, at, end) > 0) return at;
  }
  return UNCLOSED;
}
