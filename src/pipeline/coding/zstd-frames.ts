// Walks the frames of a zstd body without decoding them. The decoder returns the readable part of a
// body that ends early, and ignores what follows a frame; a proxy must not take either for the
// whole. Source: RFC 8878 section 3.

import { isPadding } from "./padding.ts";

const MAGIC = 0xfd2fb528;
const SKIPPABLE = 0x184d2a50;
const BLOCK_RESERVED = 3;

/**
 * Where the frames of `bytes` end: one or more complete frames with nothing but padding after them;
 * -1: the body is not of this kind.
 */
export function endOfZstd(bytes: Uint8Array): number {
  let at = 0;
  while (at < bytes.length) {
    const next = endOfFrame(bytes, at);
    if (next === -1 || next > bytes.length) return at > 0 && isPadding(bytes, at) ? at : -1;
    at = next;
  }
  return bytes.length > 0 ? at : -1;
}

/**
 * Decoded bytes that the first frame's header claims; undefined if it says nothing (section
 * 3.1.1.1.4).
 */
export function contentBytesOfZstd(bytes: Uint8Array): number | undefined {
  if (bytes.length < 5 || uint32(bytes, 0) !== MAGIC) return undefined;
  const descriptor = bytes[4] as number;
  const at = 5 + headerBytes(descriptor);
  if (at > bytes.length) return undefined;
  switch (contentSizeBytes(descriptor)) {
    case 0:
      return undefined;
    case 1:
      return bytes[at - 1];
    case 2:
      return ((bytes[at - 2] as number) | ((bytes[at - 1] as number) << 8)) + 256;
    case 4:
      return uint32(bytes, at - 4);
    default:
      return uint32(bytes, at - 8) + uint32(bytes, at - 4) * 2 ** 32;
  }
}

function endOfFrame(bytes: Uint8Array, start: number): number {
  if (start + 5 > bytes.length) return -1;
  const magic = uint32(bytes, start);
  if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE) {
    return start + 8 > bytes.length ? -1 : start + 8 + uint32(bytes, start + 4);
  }
  if (magic !== MAGIC) return -1;
  const descriptor = bytes[start + 4] as number;
  let at = endOfBlocks(bytes, start + 5 + headerBytes(descriptor));
  if (at !== -1 && (descriptor & 4) !== 0) at += 4;
  return at;
}

/** Bytes of the frame header that follow its descriptor: window, dictionary id, content size. */
function headerBytes(descriptor: number): number {
  const singleSegment = (descriptor & 0x20) !== 0;
  const dictionaryId = [0, 1, 2, 4][descriptor & 3] ?? 0;
  return (singleSegment ? 0 : 1) + dictionaryId + contentSizeBytes(descriptor);
}

function contentSizeBytes(descriptor: number): number {
  const sizeFlag = descriptor >> 6;
  if (sizeFlag !== 0) return 1 << sizeFlag;
  return (descriptor & 0x20) === 0 ? 0 : 1;
}

function endOfBlocks(bytes: Uint8Array, start: number): number {
  let at = start;
  for (;;) {
    if (at + 3 > bytes.length) return -1;
    const header =
      (bytes[at] as number) | ((bytes[at + 1] as number) << 8) | ((bytes[at + 2] as number) << 16);
    const type = (header >> 1) & 3;
    if (type === BLOCK_RESERVED) return -1;
    // A run-length block holds one byte, whatever its size says.
    at += 3 + (type === 1 ? 1 : header >>> 3);
    if ((header & 1) !== 0) return at;
  }
}

function uint32(bytes: Uint8Array, at: number): number {
  const low = (bytes[at] as number) | ((bytes[at + 1] as number) << 8);
  const high = (bytes[at + 2] as number) | ((bytes[at + 3] as number) << 8);
  return (low | (high << 16)) >>> 0;
}
