// Hexadecimal digits in ASCII. Digits of ids are random, so a branch for each costs more than a
// table.

/** By character: the value of a digit in either case; -1 for any other. */
const VALUES = new Int8Array(256).fill(-1);
/** By value, in lower case. */
const DIGITS = new Uint8Array(16);
for (let value = 0; value < 16; value++) {
  const digit = value.toString(16).charCodeAt(0);
  DIGITS[value] = digit;
  VALUES[digit] = value;
  if (value > 9) VALUES[digit & ~0x20] = value;
}

/** Value of a digit in either case; -1 for any other character. */
export function hexDigit(code: number): number {
  return VALUES[code] ?? -1;
}

/** The digit of a value below 16, in lower case. */
export function digitOf(value: number): number {
  return DIGITS[value] as number;
}
