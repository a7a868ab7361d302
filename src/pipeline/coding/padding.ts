// What may follow the end of compressed data: zero bytes, which tapes and block devices leave
// behind and gunzip skips as well. Anything else is a sign that the data does not end there.

/** Whether all of `bytes` from `start` on is padding. */
export function isPadding(bytes: Uint8Array, start: number): boolean {
  for (let at = start; at < bytes.length; at++) if (bytes[at] !== 0) return false;
  return true;
}
