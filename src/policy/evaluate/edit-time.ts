// Whether there is time for one more operation on an object. Each operation may read and copy the
// whole object, so many operations on a large one take long. Time that a thread lost to other
// threads or to garbage collection does not make a small object costly: what counts is also limited
// by the object's size.

import { EDITED_BYTES_FREE } from "../../core/limits.ts";
import { TooMuchWorkError, Work } from "../../core/work.ts";

/** The share of a record's time that edits may take: matching has had the rest. */
const EDITS_SHARE = 0.3;
const NS_PER_MS = 1e6;
/** More than any operation takes per byte. */
const MS_PER_BYTE_MAX = 10e-6;

export class EditTime {
  /** No time for more operations, except on an object that was emptied. */
  isOver = false;
  /** The work foreseen for one operation: it may come to no more than the time that is left. */
  readonly work = new Work();
  private readonly nowMs: () => number;
  private readonly msMax: number;
  private leftMs = 0;
  private lookedMs = -1;

  /** `recordMsMax`: the time for one record. */
  constructor(nowMs: () => number, recordMsMax: number) {
    this.nowMs = nowMs;
    this.msMax = recordMsMax * EDITS_SHARE;
  }

  /** To be called before the edits of an object. */
  begin(): void {
    this.isOver = false;
    this.leftMs = this.msMax;
    this.work.allow(this.msMax * NS_PER_MS);
  }

  /** To be called after the edits of an object: all that is left to do is to write it. */
  end(): void {
    this.work.allow(Infinity);
  }

  /** An operation was not done because it would cost too much: there is no time for others. */
  giveUpAt(error: unknown): void {
    if (!(error instanceof TooMuchWorkError)) throw error;
    this.end();
    this.isOver = true;
  }

  /** More operations follow, on an object of so many bytes; none of the earlier ones counts. */
  goOn(bytes: number): void {
    this.lookedMs = bytes > EDITED_BYTES_FREE ? this.nowMs() : -1;
  }

  /** Whether the object is large enough for its operations to be timed. */
  get isCounted(): boolean {
    return this.lookedMs >= 0;
  }

  /** An operation was done on an object of about so many bytes. */
  spend(bytes: number): void {
    const { lookedMs } = this;
    if (lookedMs < 0) return;
    this.lookedMs = this.nowMs();
    this.leftMs -= Math.min(this.lookedMs - lookedMs, bytes * MS_PER_BYTE_MAX);
    if (this.leftMs < 0) this.isOver = true;
  }
}
