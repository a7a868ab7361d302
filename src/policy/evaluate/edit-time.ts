// Whether there is time for one more operation on an object. Each operation may read and copy the
// whole object, so many operations on a large one take long. Time that a thread lost to other
// threads or to garbage collection does not make a small object costly: what counts is also limited
// by the object's size.

import { EDITED_BYTES_FREE } from "../../core/limits.ts";
import { TooMuchWorkError, Work } from "../../core/work.ts";

/** What edits may take of a record's time: matching has had the rest. */
const EDITS_SHARE = 0.3;
const NS_PER_MS = 1e6;
/** More than any operation takes. */
const MS_PER_BYTE_MAX = 10e-6;

export class EditTime {
  /** No more operations, but on an object that was emptied. */
  isOver = false;
  /** Of one operation what is foreseen: it may come to no more than there is time. */
  readonly work = new Work();
  private readonly nowMs: () => number;
  private readonly msMax: number;
  private leftMs = 0;
  private lookedMs = -1;

  /** `recordMsMax`: the time of a record. */
  constructor(nowMs: () => number, recordMsMax: number) {
    this.nowMs = nowMs;
    this.msMax = recordMsMax * EDITS_SHARE;
  }

  /** The edits of an object begin. */
  begin(): void {
    this.isOver = false;
    this.leftMs = this.msMax;
    this.work.allow(this.msMax * NS_PER_MS);
  }

  /** They are over: what is left to do is to write it. */
  end(): void {
    this.work.allow(Infinity);
  }

  /** An operation was not done, because it would be too much: there is no time for others. */
  giveUpAt(error: unknown): void {
    if (!(error instanceof TooMuchWorkError)) throw error;
    this.end();
    this.isOver = true;
  }

  /** Operations follow on an object of so many bytes; what was before them was none. */
  goOn(bytes: number): void {
    this.lookedMs = bytes > EDITED_BYTES_FREE ? this.nowMs() : -1;
  }

  /** Whether the object is large enough for its operations to be timed. */
  get isCounted(): boolean {
    return this.lookedMs >= 0;
  }

  /** One was done on an object of about so many bytes. */
  spend(bytes: number): void {
    const { lookedMs } = this;
    if (lookedMs < 0) return;
    this.lookedMs = this.nowMs();
    this.leftMs -= Math.min(this.lookedMs - lookedMs, bytes * MS_PER_BYTE_MAX);
    if (this.leftMs < 0) this.isOver = true;
  }
}
