// Frees large buffers before the garbage collector would. To the collector each is one small
// object, so tens of megabytes pile up between two of its runs.

/** Below this size the call costs more than it is worth. */
const BYTES_MIN = 16 * 1024;

/**
 * Frees the memory of `bytes` when it is all of its buffer. Nobody may use it, or a part of it,
 * later.
 */
export function freeBuffer({ buffer, byteLength }: Uint8Array): void {
  if (byteLength < BYTES_MIN || buffer.byteLength !== byteLength) return;
  if (buffer instanceof ArrayBuffer) buffer.transfer(0);
}
