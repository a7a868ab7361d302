// The records of one request for one extension handler, packed. While the request is handled, a
// record is only a range of its body (or of a copy, where the body does not last) and a few
// numbers. Code that runs beside the request makes objects of them later.

import { copyBytes, grownBytes, grownInts } from "../core/bytes.ts";
import type { OfferedRecord, OfferSource, RecordEncoding, RecordFrame } from "./extension-port.ts";

/**
 * The numbers of a record. `source`, `frame` and `encoding` are indices into the lists below. A
 * complemented `start` is a position in the body; otherwise it is one in the copies.
 */
export const RowAt = { source: 0, frame: 1, encoding: 2, outcome: 3, start: 4, end: 5 } as const;
/** How many numbers a record has. */
export const ROW_WIDTH = 6;
/** Used for a record that has no frame. */
export const NO_FRAME = -1;
/** Bits of an outcome. */
export const Outcome = { matched: 1, kept: 2 } as const;

const NOTHING = new Uint8Array(0);
const ROWS_MIN = 256;
const BYTES_MIN = 64 * 1024;
/** How large a buffer may be to be kept for the next request. */
const BYTES_KEPT_MAX = 1024 * 1024;

/** The records of one request that are offered to the handler of one type. */
export class OfferedRecords {
  /** On whose behalf records are offered; the same list for all requests. */
  readonly sources: readonly OfferSource[];
  count = 0;
  /** ROW_WIDTH numbers for each of `count` records; what comes after them has no meaning. */
  rows = new Int32Array(0);
  /** The body that records of the request are ranges of. */
  body: Uint8Array = NOTHING;
  /** Copies of records that are not in the body: [0, length). */
  bytes = new Uint8Array(0);
  length = 0;
  readonly frames: RecordFrame[] = [];
  readonly encodings: RecordEncoding[] = [];
  /** The range of the record that was taken last. */
  private start = 0;
  private end = 0;

  constructor(sources: readonly OfferSource[]) {
    this.sources = sources;
  }

  /** `body`: it must not change until the handler has the records. */
  open(body: Uint8Array | undefined): void {
    this.body = body ?? NOTHING;
  }

  /** Takes the bytes of a record; `add` then says who wants them. */
  take(bytes: Uint8Array, start: number, end: number): void {
    if (bytes === this.body) {
      this.start = ~start;
      this.end = end;
      return;
    }
    const at = this.length;
    const needed = at + end - start;
    if (needed > this.bytes.length) {
      const longer = Math.max(BYTES_MIN, needed, this.bytes.length * 2);
      this.bytes = at === 0 ? new Uint8Array(longer) : grownBytes(this.bytes, longer);
    }
    this.length = copyBytes(bytes, start, end, this.bytes, at);
    this.start = at;
    this.end = this.length;
  }

  /** Adds the bytes that were taken last as a record for this source. */
  add(
    source: number,
    frame: RecordFrame | undefined,
    encoding: RecordEncoding,
    outcome: number,
  ): void {
    const at = this.count * ROW_WIDTH;
    if (at === this.rows.length) {
      this.rows = grownInts(this.rows, Math.max(ROWS_MIN * ROW_WIDTH, at * 2));
    }
    const { rows } = this;
    rows[at + RowAt.source] = source;
    rows[at + RowAt.frame] = frame === undefined ? NO_FRAME : this.numberOfFrame(frame);
    rows[at + RowAt.encoding] = this.numberOfEncoding(encoding);
    rows[at + RowAt.outcome] = outcome;
    rows[at + RowAt.start] = this.start;
    rows[at + RowAt.end] = this.end;
    this.count++;
  }

  clear(): void {
    this.count = this.length = 0;
    this.frames.length = 0;
    this.body = NOTHING;
    if (this.bytes.length <= BYTES_KEPT_MAX) return;
    this.bytes = new Uint8Array(0);
    this.rows = new Int32Array(0);
  }

  /** Makes one object for each record; their bytes are views. */
  records(): OfferedRecord[] {
    const { rows } = this;
    return Array.from({ length: this.count }, (_, row): OfferedRecord => {
      const at = row * ROW_WIDTH;
      const outcome = rows[at + RowAt.outcome] as number;
      return {
        source: this.sources[rows[at + RowAt.source] as number] as OfferSource,
        frame: this.frames[rows[at + RowAt.frame] as number],
        encoding: this.encodings[rows[at + RowAt.encoding] as number] as RecordEncoding,
        matched: (outcome & Outcome.matched) !== 0,
        kept: (outcome & Outcome.kept) !== 0,
        bytes: this.bytesAt(rows[at + RowAt.start] as number, rows[at + RowAt.end] as number),
      };
    });
  }

  private bytesAt(start: number, end: number): Uint8Array {
    return start < 0 ? this.body.subarray(~start, end) : this.bytes.subarray(start, end);
  }

  /** Records of the same scope follow each other, so only the last frame is compared. */
  private numberOfFrame(frame: RecordFrame): number {
    const { frames } = this;
    const last = frames.length - 1;
    if (last >= 0 && frames[last] === frame) return last;
    frames.push(frame);
    return last + 1;
  }

  private numberOfEncoding(encoding: RecordEncoding): number {
    const { encodings } = this;
    const known = encodings.indexOf(encoding);
    if (known >= 0) return known;
    encodings.push(encoding);
    return encodings.length - 1;
  }
}
