// Reads chunk lines of HTTP/1.1 (RFC 9112 section 7.1) that hold only a size, or nothing, as nearly
// all do, without making text of each. Knows nothing about the content of chunks.

const LF = 0x0a;
const CR = 0x0d;
/** More digits could exceed what a number holds exactly. */
const DIGITS_MAX = 12;

/**
 * The number of digits in the line at `at` if it holds nothing else; -1: it does, or is incomplete.
 */
export function plainDigits(bytes: Uint8Array, at: number): number {
  let end = at;
  while (end - at <= DIGITS_MAX && hexDigit(bytes[end]) >= 0) end++;
  if (end - at > DIGITS_MAX || bytes[end] !== CR || bytes[end + 1] !== LF) return -1;
  return end - at;
}

/** The size that these digits state. */
export function sizeIn(bytes: Uint8Array, at: number, digits: number): number {
  let size = 0;
  for (let i = at; i < at + digits; i++) size = size * 16 + hexDigit(bytes[i]);
  return size;
}

function hexDigit(char = 0): number {
  if (char >= 0x30 && char <= 0x39) return char - 0x30;
  const letter = char | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
