// Signed 64-bit integers as two 32-bit halves, so that hot paths need no BigInt.
// `hi` is signed, `lo` is taken as unsigned whatever its sign.

/** Receives the result of parseInt64: [hi, lo]. */
export type Int64Out = Int32Array;

/**
 * Reads a decimal integer, with an optional minus, from all of bytes[start, end) into `out`.
 * Returns false, with `out` undefined, if it is empty, contains any other character or does not fit
 * into 64 bits.
 */
export function parseInt64(bytes: Uint8Array, start: number, end: number, out: Int64Out): boolean {
  const negative = bytes[start] === 0x2d;
  let at = negative ? start + 1 : start;
  while (at < end - 1 && bytes[at] === 0x30) at++;
  if (at >= end || end - at > 19) return false;
  // Limbs of 24 bits: limb * 10 + carry stays far below 2^53.
  let a = 0;
  let b = 0;
  let c = 0;
  for (; at < end; at++) {
    const digit = (bytes[at] as number) - 0x30;
    if (digit < 0 || digit > 9) return false;
    a = a * 10 + digit;
    b = b * 10 + (a >>> 24);
    a &= 0xffffff;
    c = c * 10 + (b >>> 24);
    b &= 0xffffff;
  }
  // 2^63 = limb c of 2^15; only its negative fits.
  if (c > 0x8000 || (c === 0x8000 && !(negative && a === 0 && b === 0))) return false;
  let lo = a | (b << 24) | 0;
  let hi = (b >>> 8) | (c << 16) | 0;
  if (negative) {
    lo = -lo | 0;
    hi = (~hi + (lo === 0 ? 1 : 0)) | 0;
  }
  out[0] = hi;
  out[1] = lo;
  return true;
}

/** The nearest double. */
export function int64ToNumber(hi: number, lo: number): number {
  return hi * 4294967296 + (lo >>> 0);
}

/** -1, 0 or 1 if a is below, equal to or above b. */
export function compareInt64(aHi: number, aLo: number, bHi: number, bLo: number): number {
  if (aHi !== bHi) return aHi < bHi ? -1 : 1;
  const x = aLo >>> 0;
  const y = bLo >>> 0;
  if (x === y) return 0;
  return x < y ? -1 : 1;
}

/** Compares an integer with a double exactly; NaN for NaN. */
export function compareInt64Double(hi: number, lo: number, value: number): number {
  if (value !== value) return Number.NaN;
  if (value >= 9223372036854775808) return -1;
  if (value < -9223372036854775808) return 1;
  const whole = Math.floor(value);
  const wholeHi = Math.floor(whole / 4294967296);
  const order = compareInt64(hi, lo, wholeHi, whole - wholeHi * 4294967296);
  if (order !== 0) return order;
  return value > whole ? -1 : 0;
}
