// Known member names by their bytes: one probe and one comparison for nearly every key, no strings.

import { markOfKey } from "../hash.ts";
import { encodeUtf8 } from "../utf8.ts";
import { BACKSLASH } from "./scan.ts";
import { Scratch, unescapeToScratch } from "./unescape.ts";

const BUCKETS = 256;
const BUCKET_SHIFT = 24;
/** Keeps the table sparse, so that unknown keys mostly meet an empty bucket. */
const NAMES_MAX = 64;

/** Ids of a fixed set of member names. Id 0 is "none of them". */
export class KeyTable {
  private readonly starts = new Int32Array(BUCKETS);
  /** 0: the bucket is empty. */
  private readonly lengths = new Int32Array(BUCKETS);
  private readonly ids = new Int32Array(BUCKETS);
  private readonly text: Uint8Array;
  private readonly scratch = new Scratch(64);

  /**
   * `names`: the id of each name, from 1 on; several names may share an id. Names are ASCII and not
   * empty, and there are at most 64.
   */
  constructor(names: Readonly<Record<string, number>>) {
    const entries = Object.entries(names);
    if (entries.length > NAMES_MAX) {
      throw new RangeError(`${entries.length} names; at most ${NAMES_MAX} are allowed`);
    }
    this.text = encodeUtf8(entries.map(([name]) => name).join(""));
    let start = 0;
    for (const [name, id] of entries) {
      const end = start + name.length;
      let bucket = markOfKey(this.text, start, end) >>> BUCKET_SHIFT;
      while (this.lengths[bucket] !== 0) bucket = (bucket + 1) & (BUCKETS - 1);
      this.starts[bucket] = start;
      this.lengths[bucket] = name.length;
      this.ids[bucket] = id;
      start = end;
    }
  }

  /** Id of the key that is written, without quotes, in bytes[start, end); 0 for any other. */
  idOf(bytes: Uint8Array, start: number, end: number): number {
    const length = end - start;
    if (length === 0) return 0;
    let bucket = markOfKey(bytes, start, end) >>> BUCKET_SHIFT;
    for (;;) {
      const expected = this.lengths[bucket] as number;
      if (expected === 0) return 0;
      if (expected === length && this.isAt(bucket, bytes, start, end)) {
        return this.ids[bucket] as number;
      }
      bucket = (bucket + 1) & (BUCKETS - 1);
    }
  }

  private isAt(bucket: number, bytes: Uint8Array, start: number, end: number): boolean {
    const text = this.text;
    let at = this.starts[bucket] as number;
    for (let i = start; i < end; i++, at++) {
      if (bytes[i] !== text[at]) return false;
    }
    return true;
  }

  /** The same for a key with escapes. */
  idOfEscaped(bytes: Uint8Array, start: number, end: number): number {
    this.scratch.reset();
    unescapeToScratch(bytes, start, end, this.scratch);
    return this.idOf(this.scratch.text, this.scratch.from, this.scratch.to);
  }

  /** The same for a key that may have escapes, where speed does not matter. */
  find(bytes: Uint8Array, start: number, end: number): number {
    const escaped = bytes.subarray(start, end).includes(BACKSLASH);
    return escaped ? this.idOfEscaped(bytes, start, end) : this.idOf(bytes, start, end);
  }
}
