// Cuts what was read into runs of whole lines, and handles lines longer than `max_line`. Each file
// has a framer of its own, because the beginning of a line belongs to its file. Pure; it looks at
// no byte of a line of usual length.

/** What becomes of a line longer than `max_line`. */
export type LongLineAction = "truncate" | "pass" | "drop" | "split";

export const Frame = {
  /** Nothing more: what is left is the beginning of a line. */
  none: 0,
  /** Whole lines, each with its newline. */
  lines: 1,
  /** The first part of a truncated line, or a part of a split one: it lacks a newline. */
  part: 2,
  /** A piece of a line that passes whole, without its end; not to be judged. */
  passing: 3,
  /** The last piece of such a line, with its newline. */
  passed: 4,
  /** Bytes of a long line that go nowhere. */
  dropped: 5,
} as const;
export type FrameIndex = (typeof Frame)[keyof typeof Frame];

const NEWLINE = 10;
/** Continuation bytes of the longest character. */
const CONTINUATIONS_MAX = 3;

export class Framer {
  /** The run that `next` found: where it stands in the bytes. */
  from = 0;
  to = 0;
  /** The reader stands in a long line whose beginning is dealt with. */
  isInsideLine = false;
  /** Lines that the run begins of those that are dropped: 1 for the first bytes of one. */
  begunLines = 0;
  readonly #lineBytesMax: number;
  readonly #action: LongLineAction;
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #end = 0;
  #lastNewline = -1;

  constructor(lineBytesMax: number, action: LongLineAction) {
    this.#lineBytesMax = lineBytesMax;
    this.#action = action;
  }

  /** Bytes to be cut: the beginning of a line that was left over, and what was read behind it. */
  begin(bytes: Uint8Array, from: number, to: number): void {
    this.#bytes = bytes;
    this.#at = from;
    this.#end = to;
    this.#lastNewline = to > from ? bytes.lastIndexOf(NEWLINE, to - 1) : -1;
  }

  /** Where the next run begins; after the last one, where the beginning of a line does. */
  get at(): number {
    return this.#at;
  }

  next(): FrameIndex {
    if (this.#at >= this.#end) return Frame.none;
    if (this.isInsideLine) return this.#goOn();
    const last = this.#lastNewline;
    if (last < this.#at) {
      return this.#end - this.#at > this.#lineBytesMax ? this.#longLine() : Frame.none;
    }
    const end = this.#usualLines(last);
    if (end === this.#at) return this.#longLine();
    return this.#run(end, Frame.lines);
  }

  /** End of the lines from here on that are not too long. */
  #usualLines(last: number): number {
    let start = this.#at;
    // Looks for the farthest newline within reach of a line, which passes over all before it.
    while (last - start > this.#lineBytesMax) {
      const newline = this.#bytes.lastIndexOf(NEWLINE, start + this.#lineBytesMax);
      if (newline < start) return start;
      start = newline + 1;
    }
    return last + 1;
  }

  #longLine(): FrameIndex {
    const action = this.#action;
    if (action === "split") return this.#run(this.#cut(), Frame.part);
    this.isInsideLine = true;
    if (action === "truncate") return this.#run(this.#cut(), Frame.part);
    this.begunLines = 1;
    const kind = this.#goOn();
    this.begunLines = action === "drop" ? 1 : 0;
    return kind;
  }

  #goOn(): FrameIndex {
    this.begunLines = 0;
    const newline = this.#bytes.indexOf(NEWLINE, this.#at);
    const isWhole = newline >= 0 && newline < this.#end;
    if (isWhole) this.isInsideLine = false;
    const kind = this.#action !== "pass" ? Frame.dropped : isWhole ? Frame.passed : Frame.passing;
    return this.#run(isWhole ? newline + 1 : this.#end, kind);
  }

  /** Not in the middle of a character, if it is one. */
  #cut(): number {
    const most = this.#at + this.#lineBytesMax;
    for (let cut = most; cut > this.#at && most - cut <= CONTINUATIONS_MAX; cut--) {
      if (((this.#bytes[cut] ?? 0) & 0xc0) !== 0x80) return cut;
    }
    return most;
  }

  #run(end: number, kind: FrameIndex): FrameIndex {
    this.from = this.#at;
    this.to = end;
    this.#at = end;
    return kind;
  }
}
