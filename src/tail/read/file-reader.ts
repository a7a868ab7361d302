// Reads a generation piece by piece into one block of memory, and checks at each read whether the
// file is still the same. Knows nothing of paths, rotation or time.

import { fstatSync, readSync } from "node:fs";
import { crc32 } from "node:zlib";
import {
  type Fingerprint,
  GUARD_BYTES_MAX,
  HEAD_BYTES_MAX,
  beginsWith,
  fingerprintOf,
  readGuard,
} from "./fingerprint.ts";
import type { Generation } from "./generation.ts";

/** What a read found. `changed`: the file has another content now, from its beginning on. */
export type ReadResult = "bytes" | "end" | "changed";

/** Longer than the tick of a clock with which file systems date changes. */
const SETTLED_MS = 50;

export class FileReader {
  /** What was read, behind the beginning of the line that was left over before. */
  bytes: Uint8Array;
  from = 0;
  to = 0;
  readonly #chunkBytes: number;
  /** From here on `bytes` is what the file holds. */
  #known = 0;

  /** @param chunkBytes the most that is read at a time */
  constructor(chunkBytes: number) {
    this.#chunkBytes = chunkBytes;
    this.bytes = new Uint8Array(GUARD_BYTES_MAX + chunkBytes);
  }

  /**
   * Looks at the open file without reading on: `bytes` when there is more, `changed` when its
   * content is another one. To be called before the first `read` of a turn.
   *
   * @throws the system's error
   */
  look(file: Generation): ReadResult {
    const { fd } = file;
    if (fd === undefined) return "end";
    const { size: bigSize, mtimeNs } = fstatSync(fd, { bigint: true });
    const size = Number(bigSize);
    const isTouched = mtimeNs !== file.modifiedNs || size !== file.size;
    if (!isTouched && size === file.readOffset) return "end";
    if (size < file.readOffset || !beginsWith(fd, file.head)) return "changed";
    if (size === file.readOffset && !this.#isGuarded(fd, file)) return "changed";
    file.size = size;
    if (size > file.accepted.offset) file.behindSinceMs ??= performance.now();
    // A change in the same tick of the file system's clock would not be seen.
    const ageMs = Date.now() - Number(mtimeNs / 1_000_000n);
    file.modifiedNs = ageMs > SETTLED_MS ? mtimeNs : -1n;
    return size > file.readOffset ? "bytes" : "end";
  }

  /**
   * Reads on. After `bytes`, `bytes[from, to)` holds the beginning of the line that was left over
   * and what is new behind it, until the next call.
   *
   * @throws the system's error
   */
  read(file: Generation): ReadResult {
    const { fd, begun, guardLength, guard } = file;
    if (fd === undefined) return "end";
    const base = Math.max(guardLength, begun.length);
    this.#makeRoom(base + this.#chunkBytes);
    this.bytes.set(begun, base - begun.length);
    // The guard is read again with what follows, so that both are of one moment.
    const at = base - guardLength;
    const length = readSync(
      fd,
      this.bytes,
      at,
      guardLength + this.#chunkBytes,
      file.readOffset - guardLength,
    );
    if (length < guardLength) return "changed";
    if (!isEqual(this.bytes, at, guard, guardLength)) return "changed";
    if (length === guardLength) return "end";
    this.from = base - begun.length;
    this.to = at + length;
    this.#known = Math.min(at, this.from);
    this.#growHead(file, base);
    file.readOffset += length - guardLength;
    file.counts.readBytes += length - guardLength;
    file.setGuard(this.bytes.subarray(at), length);
    if (file.size < file.readOffset) file.size = file.readOffset;
    return "bytes";
  }

  /**
   * Passes over the NULs with which a content begins, `bytesMax` of them at a time. False: there
   * may be more of them.
   *
   * @throws the system's error
   */
  skipHole(file: Generation, bytesMax: number): boolean {
    const { fd, holeBytesMin } = file;
    if (fd === undefined || holeBytesMin === undefined) return true;
    this.#makeRoom(this.#chunkBytes);
    let skipped = 0;
    let isOver = false;
    while (!isOver && skipped < bytesMax) {
      const length = readSync(fd, this.bytes, 0, this.#chunkBytes, file.readOffset + skipped);
      let nuls = 0;
      while (nuls < length && this.bytes[nuls] === 0) nuls++;
      skipped += nuls;
      // At the end of the file more of them may come.
      if (nuls < length) file.holeBytesMin = undefined;
      isOver = nuls < length || length === 0;
    }
    if (skipped < holeBytesMin) {
      if (skipped > 0) file.holeBytesMin = undefined;
      return true;
    }
    file.readOffset += skipped;
    if (!isOver) file.holeBytesMin = 1;
    file.learn();
    return isOver;
  }

  /** What stands before `bytes[end]`, to find the position again after a restart. */
  guardAt(end: number): Fingerprint {
    return fingerprintOf(this.bytes.subarray(Math.max(this.#known, end - GUARD_BYTES_MAX), end));
  }

  /** From the bytes at hand, because the file may change before it is looked at again. */
  #growHead(file: Generation, base: number): void {
    const { length, crc } = file.head;
    const room = HEAD_BYTES_MAX - length;
    if (room === 0 || length !== file.readOffset) return;
    const more = this.bytes.subarray(base, Math.min(this.to, base + room));
    file.head = { length: length + more.length, crc: crc32(more, crc) };
  }

  #isGuarded(fd: number, { readOffset, guard, guardLength }: Generation): boolean {
    const found = readGuard(fd, readOffset);
    return (
      found.length >= guardLength && isEqual(found, found.length - guardLength, guard, guardLength)
    );
  }

  #makeRoom(length: number): void {
    if (this.bytes.length < length) this.bytes = new Uint8Array(length);
  }
}

function isEqual(bytes: Uint8Array, at: number, other: Uint8Array, length: number): boolean {
  for (let i = 0; i < length; i++) if (bytes[at + i] !== other[i]) return false;
  return true;
}
