// What may follow the end of compressed data: zero bytes, as from tapes and block devices, which
// gunzip skips as well. Anything else is a sign that the end is not the end.

/** Whether all of `bytes` from `start` on is padding. */
export function isPadding(bytes: Uint8Array, start: number): boolean {
  for (let at = start; at < bytes.length; at++) if (bytes[at] !== 0) return false;
  return true;
}
