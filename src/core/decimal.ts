// Whole numbers in decimal digits, without a string.

const ZERO = 0x30;

/** Bytes of the longest. */
export const DECIMAL_BYTES_MAX = 16;

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
