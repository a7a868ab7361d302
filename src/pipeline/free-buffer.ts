// Frees large buffers before the garbage collector would. To the collector each is one small
// object, so tens of megabytes pile up between two of its runs.

/** Below this size, the call costs more than it saves. */
const BYTES_MIN = 16 * 1024;

/**
 * Frees the memory of `bytes` if they fill the whole buffer. Neither the bytes nor a part of them
 * may be used afterwards.
 */
export function freeBuffer({ buffer, byteLength }: Uint8Array): void {
  if (byteLength < BYTES_MIN || buffer.byteLength !== byteLength) return;
  if (buffer instanceof ArrayBuffer) buffer.transfer(0);
}
