// JSON numbers from bytes, exactly, without making a string of the common ones.

import { decodeUtf8 } from "../utf8.ts";

/** Exact powers of ten. */
const POWERS = Float64Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));

/**
 * The double nearest to the number bytes[start, end); NaN if it is not a JSON number. Numbers with
 * up to 15 digits and a small exponent are computed directly (with a single rounding, so exactly);
 * others go through Number.
 */
export function parseDouble(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  const negative = bytes[at] === 0x2d;
  if (negative) at++;
  let mantissa = 0;
  let digits = 0;
  let scale = 0;
  let inFraction = false;
  for (; at < end; at++) {
    const c = bytes[at] as number;
    if (c === 0x2e && !inFraction) {
      inFraction = true;
      continue;
    }
    if (c < 0x30 || c > 0x39 || digits === 15) return parseLong(bytes, start, end);
    mantissa = mantissa * 10 + (c - 0x30);
    digits++;
    if (inFraction) scale++;
  }
  // ".5", "5.", "-" and "" are not numbers; leading zeros are left to the strict way.
  if (digits === 0 || (inFraction && scale === 0)) return Number.NaN;
  const lead = bytes[negative ? start + 1 : start];
  if (lead === 0x2e || (lead === 0x30 && digits > scale + 1)) return Number.NaN;
  const value = mantissa / (POWERS[scale] as number);
  return negative ? -value : value;
}

const JSON_NUMBER = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?$/;

function parseLong(bytes: Uint8Array, start: number, end: number): number {
  const text = decodeUtf8(bytes, start, end);
  return JSON_NUMBER.test(text) ? Number(text) : Number.NaN;
}
