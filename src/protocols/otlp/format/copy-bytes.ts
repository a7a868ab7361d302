// Copies a range of one byte array into another without leaving garbage for short ranges.

/** For fewer bytes a loop is cheaper than making a view. */
const VIEW_BYTES_MIN = 128;

/** Copies source[start, end) to `out` at `at`; returns the offset behind the copy. */
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
  for (let i = start; i < end; i++) out[at++] = source[i] as number;
  return at;
}
