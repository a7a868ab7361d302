// Arrays of bytes and of integers: compared, and made longer. No text, no format.

/** Whether both hold the same bytes. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** A copy with room for `length` numbers; those behind the old ones are 0. */
export function grownInts(old: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const longer = new Int32Array(length);
  longer.set(old);
  return longer;
}

/** A copy with room for `length` bytes; those behind the old ones are 0. */
export function grownBytes(old: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  const longer = new Uint8Array(length);
  longer.set(old);
  return longer;
}
