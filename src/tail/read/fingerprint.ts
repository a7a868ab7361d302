// Tells whether a file is still the one that was read. Its beginning, up to 1 KiB, identifies it
// across restarts; this part grows with the file. The bytes just before the reading position are
// compared at each read, which finds a file that was rewritten with the same beginning.

import { readSync } from "node:fs";

export const HEAD_BYTES_MAX = 1024;
export const GUARD_BYTES_MAX = 64;

/** CRC-32 of so many bytes. */
export interface Fingerprint {
  readonly length: number;
  readonly crc: number;
}

export const NO_FINGERPRINT: Fingerprint = { length: 0, crc: 0 };

const scratch = new Uint8Array(HEAD_BYTES_MAX);

export function fingerprintOf(bytes: Uint8Array): Fingerprint {
  return { length: bytes.length, crc: Bun.hash.crc32(bytes) };
}

/** Of the first bytes, `length` at most; shorter when the file is. */
export function readHead(fd: number, length: number): Fingerprint {
  if (length === 0) return NO_FINGERPRINT;
  const bytes = readFully(fd, scratch.subarray(0, Math.min(length, HEAD_BYTES_MAX)), 0);
  return fingerprintOf(bytes);
}

/** Whether the file begins as it did when the fingerprint was taken. */
export function beginsWith(fd: number, { length, crc }: Fingerprint): boolean {
  if (length === 0) return true;
  const head = readHead(fd, length);
  return head.length === length && head.crc === crc;
}

/** The bytes before `offset`, as many as a guard has. A view that the next call overwrites. */
export function readGuard(fd: number, offset: number): Uint8Array {
  const length = Math.min(GUARD_BYTES_MAX, offset);
  return readFully(fd, scratch.subarray(0, length), offset - length);
}

/** As much of `into` as the file has; a read may answer less than it could. */
function readFully(fd: number, into: Uint8Array, position: number): Uint8Array {
  let length = 0;
  while (length < into.length) {
    const read = readSync(fd, into, length, into.length - length, position + length);
    if (read === 0) break;
    length += read;
  }
  return into.subarray(0, length);
}
