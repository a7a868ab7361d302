// A quick check whether a text is worth scanning as a JSON object. Most messages are not, and it
// would be expensive to find that out by an exception.

import { CLOSE_OBJECT, OPEN_OBJECT, QUOTE } from "../../../core/json/index.ts";

/**
 * Whether bytes[start, end) begins with a brace and a key and ends with a brace, apart from JSON
 * whitespace.
 */
export function looksLikeObject(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start;
  while (at < end && isSpace(bytes[at] as number)) at++;
  if (at >= end || bytes[at] !== OPEN_OBJECT) return false;
  at++;
  while (at < end && isSpace(bytes[at] as number)) at++;
  if (at >= end || bytes[at] !== QUOTE) return false;
  let last = end - 1;
  while (last > at && isSpace(bytes[last] as number)) last--;
  return bytes[last] === CLOSE_OBJECT;
}

function isSpace(c: number): boolean {
  return c === 0x20 || c === 0x0a || c === 0x0d || c === 0x09;
}
