// Where what is quoted in a line of a log ends.

import { BACKSLASH, isLineFeed, QUOTE } from "./line-bytes.ts";

/** There is no closing quote: the text ends before; or nobody knows, as it goes on elsewhere. */
export const UNCLOSED = -1;
export const CUT_SHORT = -2;

/** The closing quote on this line of bytes[at, end); else UNCLOSED or CUT_SHORT. */
export function closingQuote(
  bytes: Uint8Array,
  at: number,
  end: number,
  quote: number,
  isLonger: boolean,
): number {
  for (; at < end && !isLineFeed(bytes[at]); at++) {
    if (bytes[at] === BACKSLASH) at++;
    else if (bytes[at] === quote) return at;
  }
  return at < end || isLonger ? CUT_SHORT : UNCLOSED;
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
