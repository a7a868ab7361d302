// What a scan of one JSON document found of the names that are asked for: a flat table by node,
// allocated once. Nothing is cleared between documents: entries carry the epoch that they belong
// to.

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

export class Findings {
  readonly kinds: Uint8Array;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  /** Nodes that have a value, in the order of the document. */
  readonly found: Int32Array;
  count = 0;
  /** Some name was met twice: which of its values counts takes a closer look. */
  conflict = false;
  private readonly visits: Int32Array;
  private readonly puts: Int32Array;
  private epoch = 0;

  /** `size`: number of nodes. */
  constructor(size: number) {
    this.kinds = new Uint8Array(size);
    this.starts = new Int32Array(size);
    this.ends = new Int32Array(size);
    this.found = new Int32Array(size);
    this.visits = new Int32Array(size);
    this.puts = new Int32Array(size);
  }

  begin(): void {
    this.count = 0;
    this.conflict = false;
    if (this.epoch === EPOCH_MAX) {
      this.visits.fill(0);
      this.puts.fill(0);
      this.epoch = 0;
    }
    this.epoch++;
  }

  /** Notes that a key of this name was met. */
  visit(node: number): void {
    if (this.visits[node] === this.epoch) this.conflict = true;
    this.visits[node] = this.epoch;
  }

  put(node: number, kind: number, start: number, end: number): void {
    if (this.puts[node] !== this.epoch) {
      this.puts[node] = this.epoch;
      this.found[this.count++] = node;
    }
    this.kinds[node] = kind;
    this.starts[node] = start;
    this.ends[node] = end;
  }

  has(node: number): boolean {
    return this.puts[node] === this.epoch;
  }

  /** Whether a string that is not empty was found. */
  hasText(node: number): boolean {
    if (this.puts[node] !== this.epoch || this.kinds[node] !== Found.string) return false;
    return this.starts[node] !== this.ends[node];
  }
}
