// Writes the few pieces of the wire format that patches and editors need: varints and
// length-delimited fields. These are only lengths and tags, so 32 bits are enough.

/** Bytes of `value`, a non-negative 32-bit integer, as a canonical varint: 1 to 5. */
export function varintSize(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x200000) return 3;
  return value < 0x10000000 ? 4 : 5;
}

/** Writes `value` as a canonical varint at `at`; returns the offset after it. */
export function writeVarint(out: Uint8Array, at: number, value: number): number {
  let rest = value;
  let next = at;
  while (rest > 0x7f) {
    out[next++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  out[next++] = rest;
  return next;
}

/** A whole length-delimited field: tag, length, and the parts one after the other. */
export function bytesField(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  let size = 0;
  for (const part of parts) size += part.length;
  const field = new Uint8Array(varintSize(tag) + varintSize(size) + size);
  let at = writeVarint(field, writeVarint(field, 0, tag), size);
  for (const part of parts) {
    field.set(part, at);
    at += part.length;
  }
  return field;
}
