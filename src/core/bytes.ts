// Arrays of bytes and of integers: comparing, joining, copying and growing them. Knows nothing
// about text and formats.

/** Whether both hold the same bytes. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Whether `text` stands at an offset of the bytes. */
export function standsAt(bytes: Uint8Array, at: number, text: Uint8Array): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text[i]) return false;
  return true;
}

/** Whether the ranges hold the same bytes. */
export function sameRange(
  a: Uint8Array,
  aStart: number,
  aEnd: number,
  b: Uint8Array,
  bStart: number,
  bEnd: number,
): boolean {
  if (aEnd - aStart !== bEnd - bStart) return false;
  for (let i = aStart, j = bStart; i < aEnd; i++, j++) if (a[i] !== b[j]) return false;
  return true;
}

/** All parts, one after the other. */
export function joinBytes(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  let size = 0;
  for (const part of parts) size += part.length;
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** A copy with room for `length` numbers; those after the old ones are 0. */
export function grownInts(old: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const longer = new Int32Array(length);
  longer.set(old);
  return longer;
}

/** A copy with room for `length` bytes; those after the old ones are 0. */
export function grownBytes(old: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  const longer = new Uint8Array(length);
  longer.set(old);
  return longer;
}

/** For fewer bytes, a loop costs no more than making a view for every value. */
const VIEW_BYTES_MIN = 512;

/** Copies source[start, end) to `out` at `at`; returns the offset after the copy. */
export function copyBytes(
  source: Uint8Array,
  start: number,
  end: number,
  out: Uint8Array,
  at: number,
): number {
  if (end - start >= VIEW_BYTES_MIN) {
    out.set(source.subarray(start, end), at);
    return at + end - start;
  }
  let i = start;
  // Eight at a time, it takes half as long.
  for (; i + 8 <= end; i += 8, at += 8) {
    out[at] = source[i] as number;
    out[at + 1] = source[i + 1] as number;
    out[at + 2] = source[i + 2] as number;
    out[at + 3] = source[i + 3] as number;
    out[at + 4] = source[i + 4] as number;
    out[at + 5] = source[i + 5] as number;
    out[at + 6] = source[i + 6] as number;
    out[at + 7] = source[i + 7] as number;
  }
  for (; i < end; i++) out[at++] = source[i] as number;
  return at;
}

/** Lower-case hex digits. */
export function hexOf(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += byte.toString(16).padStart(2, "0");
  return text;
}
