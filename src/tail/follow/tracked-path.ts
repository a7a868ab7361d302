// What is known of one path that is followed: the content that is there now, and earlier contents
// that have not been read to their end.

import { dirname } from "node:path";
import type { LineCounts } from "../ports.ts";
import { type Generation, newCounts } from "../read/generation.ts";

export interface Retiring {
  readonly file: Generation;
  readonly sinceMs: number;
}

export class TrackedPath {
  readonly path: string;
  /** It was named itself, so that it is followed whether it exists or not. */
  readonly isNamed: boolean;
  readonly folder: string;
  /** Where the file is that links lead to; undefined: they lead nowhere else. */
  realPath: string | undefined;
  /** The folder of that. */
  realFolder: string | undefined;
  readonly counts: LineCounts = newCounts();
  current: Generation | undefined;
  /** Oldest first. */
  retiring: Retiring[] = [];
  /** There was no file of this name; monotonic milliseconds. */
  missingSinceMs: number | undefined;
  /** No input names it any more. */
  unmatchedSinceMs: number | undefined;
  /** Why it cannot be read. */
  trouble: string | undefined;
  rotations = 0;
  truncations = 0;
  /** When it had last changed when it was found. */
  foundModifiedNs = 0n;
  /** Where reading begins when it is first opened; undefined: at a checkpoint, or the beginning. */
  startOffset: number | undefined;
  /** It is in UTF-16, which was told. */
  isWide = false;
  /** It is too old to be opened, or compressed, as long as it does not change. */
  ignoredModifiedNs: bigint | undefined;

  constructor(path: string, isNamed: boolean) {
    this.path = path;
    this.isNamed = isNamed;
    this.folder = dirname(path);
  }

  /** Contents in the order in which they are to be read. */
  files(): readonly Generation[] {
    const { current, retiring } = this;
    if (retiring.length === 0) return current === undefined ? [] : [current];
    const before = retiring.map(({ file }) => file);
    return current === undefined ? before : [...before, current];
  }

  /** Nothing tells when something happens here: it is to be looked at at each turn. */
  get isLingering(): boolean {
    return this.retiring.length > 0 || this.missingSinceMs !== undefined;
  }
}
