// The array of records in a JSON body while it is filtered: what all Datadog formats do with each
// record, and with the changes once the whole body has been read.

import { UndecodableError } from "../../../core/errors.ts";
import {
  behindBroken,
  endsElement,
  enterContainer,
  ListCutter,
  nextElement,
  OPEN_OBJECT,
} from "../../../core/json/index.ts";
import { BROKEN_RECORDS_MAX } from "../../../core/limits.ts";
import { BodyWalk } from "../../../policy/body-walk.ts";
import type { Evaluation, FieldTable, FilterOutcome } from "../../../policy/record-port.ts";

const NOTHING = new Uint8Array(0);

/** Finds the values of one record after the other. */
interface RecordReader {
  open(bytes: Uint8Array): void;
  /**
   * Reads the record at `at`, with so many open containers around it; returns the offset after it.
   */
  scan(at: number, depth: number): number;
  release(): void;
}

/** One walk may serve any number of bodies, one after the other. */
export abstract class RecordListWalk<R extends RecordReader> extends BodyWalk {
  readonly fields: FieldTable;
  protected readonly reader: R;
  protected bytes: Uint8Array = NOTHING;
  protected records = 0;
  protected dropped = 0;
  protected unreadable = 0;
  protected edited = 0;
  /** The fault of the last record that could not be scanned, and the number of such records. */
  protected fault: UndecodableError | undefined;
  private faults = 0;
  private alwaysRewrite = false;
  /** Whether the walk is returning for a pause: the results of its functions then mean nothing. */
  protected isPaused = false;
  /** Where the records continue that were left for a pause. */
  protected pausedAt = 0;
  private readonly cutter = new ListCutter(this.rewriter);

  constructor(fields: FieldTable, reader: R) {
    super();
    this.fields = fields;
    this.reader = reader;
  }

  open(body: Uint8Array, alwaysRewrite: boolean): void {
    this.bytes = body;
    this.alwaysRewrite = alwaysRewrite;
    this.reader.open(body);
    this.rewriter.open(body);
    this.records = this.dropped = this.unreadable = this.edited = this.faults = 0;
    this.fault = undefined;
    this.isPaused = false;
  }

  protected override get isRewritten(): boolean {
    return this.alwaysRewrite || this.dropped + this.edited > 0;
  }

  override outcome(): FilterOutcome {
    const { records, dropped, unreadable, edited } = this;
    const counts = { records, dropped, unreadable, edited };
    if (!this.isRewritten) return counts;
    return { ...counts, body: this.rewriter.finish() };
  }

  /** Judges the record that was scanned last. Returns whether it stays. */
  protected abstract judge(evaluation: Evaluation, start: number, end: number): boolean;

  override release(): void {
    this.bytes = NOTHING;
    this.rewriter.release();
    this.reader.release();
  }

  protected countUnreadable(): void {
    this.records++;
    this.unreadable++;
  }

  /**
   * Scans the record at `at`; returns the offset after it, or -1 if it is broken, with the reason
   * in `fault`.
   */
  protected tryScan(at: number, depth: number): number {
    try {
      return this.reader.scan(at, depth);
    } catch (error) {
      if (!(error instanceof UndecodableError) || this.faults === BROKEN_RECORDS_MAX) throw error;
      this.fault = error;
      this.faults++;
      return -1;
    }
  }

  /** Walks the array at `at`, with `depth` open containers around its records; returns its end. */
  protected walkArray(evaluation: Evaluation, at: number, depth: number): number {
    this.cutter.begin();
    return this.walkElements(evaluation, enterContainer(this.bytes, at), depth);
  }

  /** Continues an array where it was left. */
  protected resumeArray(evaluation: Evaluation, depth: number): number {
    this.isPaused = false;
    return this.walkElements(evaluation, this.pausedAt, depth);
  }

  /** Whether to pause before the record at `at`. */
  protected pausesAt(at: number): boolean {
    if (!this.isPauseDue(at)) return false;
    this.isPaused = true;
    this.pausedAt = at;
    return true;
  }

  /** Elements that are not records, or are broken, pass; the others are judged. */
  private walkElements(evaluation: Evaluation, at: number, depth: number): number {
    const { bytes, cutter } = this;
    while (at >= 0) {
      const start = at;
      cutter.enter(start);
      at = bytes[start] === OPEN_OBJECT ? this.tryScan(start, depth) : -1;
      // The following bytes show whether this is the whole element.
      const isRecord = at >= 0 && endsElement(bytes, at);
      if (isRecord) {
        if (this.judge(evaluation, start, at)) cutter.keep(at);
        else cutter.drop(at);
      } else {
        this.countUnreadable();
        at = behindBroken(bytes, start);
        cutter.keep(at);
      }
      at = nextElement(bytes, at);
      if (this.pausesAt(at)) return at;
    }
    return ~at;
  }
}
