// Unsigned 56-bit numbers as two 28-bit halves: sampling thresholds and randomness, exactly,
// without BigInt.

export const HALF = 0x10000000; // 2^28

export interface Bits56 {
  readonly high: number;
  readonly low: number;
}

export const ZERO_BITS: Bits56 = { high: 0, low: 0 };
/** Above every 56-bit number. */
export const TWO_TO_56: Bits56 = { high: HALF, low: 0 };

/** -1, 0 or 1. */
export function compareBits(a: Bits56, b: Bits56): number {
  if (a.high !== b.high) return a.high < b.high ? -1 : 1;
  if (a.low === b.low) return 0;
  return a.low < b.low ? -1 : 1;
}

/** A whole number from 0 to 2^56; 2^56 itself has `high` 2^28, above every 56-bit number. */
function bitsOf(value: number): Bits56 {
  const high = Math.floor(value / HALF);
  return { high, low: value - high * HALF };
}

/** 2^56 - value. */
export function complementBits(value: number): Bits56 {
  const { high, low } = bitsOf(value);
  return low === 0 ? { high: HALF - high, low: 0 } : { high: HALF - high - 1, low: HALF - low };
}

export function bitsToNumber(bits: Bits56): number {
  return bits.high * HALF + bits.low;
}

/**
 * Reads lower-case hex digits, at most 14, left aligned (padded with zeros on the right); undefined
 * if the text is anything else.
 */
export function parseHexFraction(text: string): Bits56 | undefined {
  if (!/^[0-9a-f]{1,14}$/.test(text)) return undefined;
  const digits = text.padEnd(14, "0");
  return {
    high: Number.parseInt(digits.slice(0, 7), 16),
    low: Number.parseInt(digits.slice(7), 16),
  };
}

/** The value as 14 hex digits. */
export function formatHexDigits(bits: Bits56): string {
  return bits.high.toString(16).padStart(7, "0") + bits.low.toString(16).padStart(7, "0");
}

/** The threshold at or above which randomness keeps: floor((1 - percent/100) * 2^56). */
export function thresholdOf(percent: number): Bits56 {
  return bitsOf(Math.floor((1 - percent / 100) * HALF * HALF));
}
