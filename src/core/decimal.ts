// Whole numbers in decimal digits, without a string.

const ZERO = 0x30;

/** Bytes of the longest whole number. */
export const DECIMAL_BYTES_MAX = 16;

/** The whole number that a text states in canonical decimal digits; otherwise -1. */
export function decimalOf(text: Uint8Array): number {
  if (text.length === 0 || text.length >= DECIMAL_BYTES_MAX) return -1;
  if (text[0] === ZERO && text.length > 1) return -1;
  let value = 0;
  for (const byte of text) {
    if (byte < ZERO || byte > ZERO + 9) return -1;
    value = value * 10 + byte - ZERO;
  }
  return value;
}

/** Writes a whole number, not negative, to the front of `out`; returns how many bytes it takes. */
export function writeDecimal(value: number, out: Uint8Array): number {
  let length = 1;
  for (let rest = value; rest >= 10; rest = Math.floor(rest / 10)) length++;
  let rest = value;
  for (let at = length - 1; at >= 0; at--) {
    out[at] = ZERO + (rest % 10);
    rest = Math.floor(rest / 10);
  }
  return length;
}
