// Base64 text to bytes: standard and URL-safe alphabet, padding optional, as the protobuf JSON
// mapping accepts.

/** Value of each character; -1 for characters that are not digits. */
const VALUES = new Int8Array(256).fill(-1);
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
for (let i = 0; i < 64; i++) VALUES[ALPHABET.charCodeAt(i)] = i;
VALUES[0x2d] = 62;
VALUES[0x5f] = 63;

/**
 * Decodes bytes[start, end) to `out` from `at`; returns the offset after the result, which is
 * shorter than the text. Returns -1, with `out` undefined from `at` on, if the text is not base64.
 */
export function decodeBase64(
  bytes: Uint8Array,
  start: number,
  end: number,
  out: Uint8Array,
  at: number,
): number {
  let last = end;
  while (last > start && end - last < 2 && bytes[last - 1] === 0x3d) last--;
  const length = last - start;
  if (length % 4 === 1 || (last !== end && (end - start) % 4 !== 0)) return -1;
  let bits = 0;
  let count = 0;
  for (let i = start; i < last; i++) {
    const value = VALUES[bytes[i] as number] as number;
    if (value < 0) return -1;
    bits = (bits << 6) | value;
    count += 6;
    if (count >= 8) {
      count -= 8;
      out[at++] = (bits >> count) & 0xff;
    }
  }
  return at;
}
