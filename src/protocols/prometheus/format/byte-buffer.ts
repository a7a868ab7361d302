// A growing byte array that is filled, read in place, and filled again.

export class ByteBuffer {
  bytes: Uint8Array;
  length = 0;

  constructor(bytesExpected: number) {
    this.bytes = new Uint8Array(bytesExpected);
  }

  clear(): void {
    this.length = 0;
  }

  /** Appends source[start, end). */
  append(source: Uint8Array, start: number, end: number): void {
    const added = end - start;
    const needed = this.length + added;
    if (needed > this.bytes.length) {
      const larger = new Uint8Array(Math.max(needed, this.bytes.length * 2));
      larger.set(this.bytes.subarray(0, this.length));
      this.bytes = larger;
    }
    copyBytes(source, start, end, this.bytes, this.length);
    this.length = needed;
  }
}

/** Copies source[start, end) to `at` in `target`, which has the room. */
export function copyBytes(
  source: Uint8Array,
  start: number,
  end: number,
  target: Uint8Array,
  at: number,
): void {
  // For a few bytes a loop is cheaper than making a view.
  if (end - start <= 48) {
    for (let i = start, to = at; i < end; i++, to++) target[to] = source[i] as number;
  } else target.set(source.subarray(start, end), at);
}

/** Whether the ranges hold the same bytes. */
export function sameBytes(
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
