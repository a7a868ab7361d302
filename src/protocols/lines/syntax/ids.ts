// Ids of traces and spans as lines spell them: hexadecimal digits in any case. Ids that consist
// only of zeros do not count (W3C Trace Context).

import type { Scratch } from "../../../core/json/index.ts";
import { Field } from "../../../policy/fields.ts";

const TRACE_ID_DIGITS = 32;
const SPAN_ID_DIGITS = 16;
const ZERO = 0x30;

/** Digits that the id of this field has. */
export function digitsOf(field: number): number {
  return field === Field.trace_id ? TRACE_ID_DIGITS : SPAN_ID_DIGITS;
}

/** Whether bytes[start, end) are an id of so many digits. */
function isHexId(bytes: Uint8Array, start: number, end: number, digits: number): boolean {
  if (end - start !== digits) return false;
  let isZero = true;
  for (let i = start; i < end; i++) {
    const c = bytes[i] as number;
    const letter = c | 0x20;
    if (!((c >= ZERO && c <= 0x39) || (letter >= 0x61 && letter <= 0x66))) return false;
    if (c !== ZERO) isZero = false;
  }
  return !isZero;
}

/** Digits are the same in lower case: bit 5 is set in them. */
const LOWER_CASE = 0x20;

/** Writes an id in lower case behind what the scratch holds; where it begins, or -1: it is none. */
export function lowerHexToScratch(
  bytes: Uint8Array,
  start: number,
  end: number,
  digits: number,
  scratch: Scratch,
): number {
  if (!isHexId(bytes, start, end, digits)) return -1;
  scratch.reserve(digits);
  const from = scratch.used;
  for (let i = start; i < end; i++) {
    scratch.bytes[scratch.used++] = (bytes[i] as number) | LOWER_CASE;
  }
  return from;
}

/** The same as bytes of its own; undefined: it is none. */
export function hexOf(text: Uint8Array, field: number): Uint8Array | undefined {
  if (!isHexId(text, 0, text.length, digitsOf(field))) return undefined;
  return text.map((c) => c | LOWER_CASE);
}
