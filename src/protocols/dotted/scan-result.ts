// What a scan of one JSON document found of the requested attributes: flat lists of values, one for
// each node unless a name occurred several times. Nothing is cleared between documents: nodes carry
// the epoch that their values belong to.

import { grownBytes, grownInts } from "../../core/bytes.ts";

/** What a found value is. Null is nothing. */
export const Found = {
  /** The end is complemented when the text has escapes. */
  string: 1,
  number: 2,
  /** The start is 1 for true. */
  bool: 3,
  object: 4,
  array: 5,
  /** The number itself, a signed 64-bit integer: its upper half is the start, its lower the end. */
  integer: 6,
} as const;

const EPOCH_MAX = 0x7fffffff;

export class ScanResult {
  /** By value: its node, what it is, and where. */
  nodes: Int32Array;
  kinds: Uint8Array;
  starts: Int32Array;
  ends: Int32Array;
  count = 0;
  /** Names that were met again: which of their values count takes a closer look. */
  conflicts = 0;
  /** By value, once names have several: the next one of the same node, or -1. */
  private nexts: Int32Array;
  private isChained = false;
  /** By node. */
  private readonly firsts: Int32Array;
  private readonly lasts: Int32Array;
  private readonly epochs: Int32Array;
  private epoch = 0;

  /** `size`: number of nodes. */
  constructor(size: number) {
    this.nodes = new Int32Array(size);
    this.kinds = new Uint8Array(size);
    this.starts = new Int32Array(size);
    this.ends = new Int32Array(size);
    this.nexts = new Int32Array(size);
    this.firsts = new Int32Array(size);
    this.lasts = new Int32Array(size);
    this.epochs = new Int32Array(size);
  }

  begin(): void {
    this.count = 0;
    this.conflicts = 0;
    this.isChained = false;
    if (this.epoch === EPOCH_MAX) {
      this.epochs.fill(0);
      this.epoch = 0;
    }
    this.epoch++;
  }

  /** Puts the value of a node; a second one is a conflict, and is left out. */
  put(node: number, kind: number, start: number, end: number): void {
    if (this.epochs[node] === this.epoch) {
      this.conflicts++;
      return;
    }
    const at = this.count++;
    this.epochs[node] = this.epoch;
    this.firsts[node] = at;
    this.nodes[at] = node;
    this.kinds[at] = kind;
    this.starts[at] = start;
    this.ends[at] = end;
  }

  /** Puts all values of a node, one after the other, after `begin`. */
  add(node: number, kind: number, start: number, end: number): void {
    const at = this.count++;
    if (at === this.nodes.length) this.grow();
    this.isChained = true;
    if (this.epochs[node] === this.epoch) this.nexts[this.lasts[node] as number] = at;
    else {
      this.epochs[node] = this.epoch;
      this.firsts[node] = at;
    }
    this.lasts[node] = at;
    this.nexts[at] = -1;
    this.nodes[at] = node;
    this.kinds[at] = kind;
    this.starts[at] = start;
    this.ends[at] = end;
  }

  has(node: number): boolean {
    return this.epochs[node] === this.epoch;
  }

  /** The first value of a node, which is the one that counts, or -1. */
  first(node: number): number {
    return this.epochs[node] === this.epoch ? (this.firsts[node] as number) : -1;
  }

  /** The next value of the same node, or -1. */
  next(at: number): number {
    return this.isChained ? (this.nexts[at] as number) : -1;
  }

  /** Whether the value is neither the empty string nor absent (-1). */
  isValue(at: number): boolean {
    return at >= 0 && (this.kinds[at] !== Found.string || this.isText(at));
  }

  /** Whether the value is a string that is not empty. */
  isText(at: number): boolean {
    return at >= 0 && this.kinds[at] === Found.string && this.starts[at] !== this.ends[at];
  }

  private grow(): void {
    const size = Math.max(16, this.nodes.length * 2);
    this.nodes = grownInts(this.nodes, size);
    this.starts = grownInts(this.starts, size);
    this.ends = grownInts(this.ends, size);
    this.nexts = grownInts(this.nexts, size);
    this.kinds = grownBytes(this.kinds, size);
  }
}
