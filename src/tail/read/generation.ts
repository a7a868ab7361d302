// One content of one file, from its first byte on: what was read of it, what the output accepted,
// and what distinguishes it from other contents. A file that is truncated or rewritten continues as
// another generation, which takes over the descriptor.

import type { LineCounts, LineSource } from "../ports.ts";
import {
  type Fingerprint,
  GUARD_BYTES_MAX,
  HEAD_BYTES_MAX,
  NO_FINGERPRINT,
  fingerprintOf,
  readGuard,
  readHead,
} from "./fingerprint.ts";

/** Which file it is, whatever it is called. */
export interface FileId {
  readonly device: bigint;
  readonly inode: bigint;
}

export function keyOf({ device, inode }: FileId): string {
  return `${device}:${inode}`;
}

/**
 * A position between two bytes that survives a restart, with what proves it to be the same file.
 */
export interface Position {
  readonly offset: number;
  /** It is inside a line that is too long to be taken whole. */
  readonly isInsideLine: boolean;
  /** Of the bytes just before the offset; of no length: not known. */
  readonly guard: Fingerprint;
}

export const START: Position = { offset: 0, isInsideLine: false, guard: NO_FINGERPRINT };

const EMPTY = new Uint8Array(0);
let lastId = 0;

export function newSource(path: string, kind: LineSource["kind"] = "file"): LineSource {
  return { id: ++lastId, kind, path };
}

export function newCounts(): LineCounts {
  return {
    readBytes: 0,
    judgedBytes: 0,
    judgedLines: 0,
    forwardedLines: 0,
    forwardedBytes: 0,
    droppedLines: 0,
    droppedBytes: 0,
    lostLines: 0,
    lostBytes: 0,
    unreadBytes: 0,
  };
}

/** Adds the second to the first. */
export function addCounts(sum: LineCounts, more: Readonly<LineCounts>): void {
  for (const name of COUNT_NAMES) sum[name] += more[name];
}

const COUNT_NAMES = Object.keys(newCounts()) as readonly (keyof LineCounts)[];

export class Generation {
  readonly source: LineSource;
  readonly id: FileId;
  readonly key: string;
  /** Those of the path that it was found at. */
  readonly counts: LineCounts;
  /** Open while somebody reads it; undefined: closed to make room. */
  fd: number | undefined;
  /** The next byte to read. */
  readOffset = 0;
  /** What was read of a line that has no end yet; it ends at `readOffset`. */
  begun: Uint8Array = EMPTY;
  isInsideLine = false;
  head: Fingerprint = NO_FINGERPRINT;
  /** The bytes before `readOffset`. */
  readonly guard = new Uint8Array(GUARD_BYTES_MAX);
  guardLength = 0;
  /**
   * So many NULs at its beginning are a hole: who goes on writing where it was in a file that was
   * truncated leaves one before its first line. Undefined: there is none.
   */
  holeBytesMin: number | undefined;
  /** As last looked at. */
  size = 0;
  modifiedNs = -1n;
  /** When its last bytes were read; monotonic milliseconds. */
  grownMs = 0;
  /** What the output has taken over, without a gap. */
  accepted: Position;
  /** Since when there is more than was accepted; monotonic milliseconds. */
  behindSinceMs: number | undefined;
  /** What a checkpoint on disk says. */
  committedOffset = 0;
  /** Another content has taken its place in the file: what it says of positions is void. */
  isVoid = false;

  constructor(source: LineSource, id: FileId, counts: LineCounts, start: Position = START) {
    this.source = source;
    this.id = id;
    this.key = keyOf(id);
    this.counts = counts;
    this.readOffset = start.offset;
    this.isInsideLine = start.isInsideLine;
    this.accepted = start;
    this.committedOffset = start.offset;
  }

  /** Takes note of what stands before the position at which reading begins. */
  learn(): void {
    if (this.fd === undefined) return;
    const guard = readGuard(this.fd, this.readOffset);
    this.setGuard(guard, guard.length);
    this.head = readHead(this.fd, Math.min(this.readOffset, HEAD_BYTES_MAX));
  }

  /** Remembers the last of `bytes[0, end)` as what stands before `readOffset`. */
  setGuard(bytes: Uint8Array, end: number): void {
    this.guardLength = Math.min(GUARD_BYTES_MAX, end);
    this.guard.set(bytes.subarray(end - this.guardLength, end));
  }

  /** Of what stands before `readOffset`. */
  guardFingerprint(): Fingerprint {
    return fingerprintOf(this.guard.subarray(0, this.guardLength));
  }

  /** The beginning of a line that waits for its end: where it starts. */
  get lineOffset(): number {
    return this.readOffset - this.begun.length;
  }
}
