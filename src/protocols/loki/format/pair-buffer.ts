// Names and texts that have been read while it is not yet known whether all can be read: byte
// ranges, borrowed from the body or from a scratch buffer. Filled anew for each entry; it allocates
// only when it grows.

import { grownInts } from "../../../core/bytes.ts";
import { PAIRS_BYTES_MAX, PAIRS_MAX } from "../../../core/limits.ts";

const RANGES = 4;
const NOTHING = new Uint8Array(0);

export class PairBuffer {
  count = 0;
  private size = 0;
  private readonly nameBytes: Uint8Array[] = [];
  private readonly textBytes: Uint8Array[] = [];
  private ranges = new Int32Array(16 * RANGES);

  /** Whether one more of so many bytes is read: whoever cannot add it leaves them all unread. */
  hasRoom(bytes: number): boolean {
    return this.count < PAIRS_MAX && this.size + bytes <= PAIRS_BYTES_MAX;
  }

  clear(): void {
    this.count = this.size = 0;
  }

  /** Keeps no bytes of the request. */
  release(): void {
    this.clear();
    this.nameBytes.length = this.textBytes.length = 0;
  }

  add(
    names: Uint8Array,
    nameStart: number,
    nameEnd: number,
    texts: Uint8Array,
    start: number,
    end: number,
  ): void {
    const i = this.count++;
    this.size += nameEnd - nameStart + end - start;
    const at = i * RANGES;
    if (at === this.ranges.length) this.ranges = grownInts(this.ranges, at * 2);
    this.nameBytes[i] = names;
    this.textBytes[i] = texts;
    this.ranges[at] = nameStart;
    this.ranges[at + 1] = nameEnd;
    this.ranges[at + 2] = start;
    this.ranges[at + 3] = end;
  }

  names(i: number): Uint8Array {
    return this.nameBytes[i] ?? NOTHING;
  }
  nameStart(i: number): number {
    return this.ranges[i * RANGES] as number;
  }
  nameEnd(i: number): number {
    return this.ranges[i * RANGES + 1] as number;
  }
  texts(i: number): Uint8Array {
    return this.textBytes[i] ?? NOTHING;
  }
  start(i: number): number {
    return this.ranges[i * RANGES + 2] as number;
  }
  end(i: number): number {
    return this.ranges[i * RANGES + 3] as number;
  }
}
