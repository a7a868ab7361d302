// A JSON body with records in an array, as it is filtered: what every format of Datadog's does with
// the records of one, and with what it changed when the body is through.

import { UndecodableError } from "../core/errors.ts";
import {
  behindBroken,
  endsElement,
  enterContainer,
  ListCutter,
  nextElement,
  OPEN_OBJECT,
  Splices,
} from "../core/json/index.ts";
import { BROKEN_RECORDS_MAX } from "../core/limits.ts";
import type { Evaluation, FieldTable, FilterOutcome } from "../policy/record-port.ts";

const NOTHING = new Uint8Array(0);

/** Finds the values of one record after the other. */
interface RecordReader {
  open(bytes: Uint8Array): void;
  /** Reads the record at `at`, with that many containers open around it; the offset behind it. */
  scan(at: number, depth: number): number;
  release(): void;
}

/** Not re-entrant; one may serve any number of bodies, one after the other. */
export abstract class RecordListFilter<R extends RecordReader> {
  readonly fields: FieldTable;
  protected readonly reader: R;
  protected readonly splices = new Splices();
  protected bytes: Uint8Array = NOTHING;
  protected records = 0;
  protected dropped = 0;
  protected unreadable = 0;
  protected edited = 0;
  /** What the last record that could not be scanned is, and how many there were. */
  protected fault: UndecodableError | undefined;
  private faults = 0;

  constructor(fields: FieldTable, reader: R) {
    this.fields = fields;
    this.reader = reader;
  }

  run(body: Uint8Array, evaluation: Evaluation, alwaysRewrite: boolean): FilterOutcome {
    this.bytes = body;
    this.reader.open(body);
    this.records = this.dropped = this.unreadable = this.edited = this.faults = 0;
    this.fault = undefined;
    let done = false;
    evaluation.begin();
    try {
      this.walk(evaluation);
      const { records, dropped, unreadable, edited } = this;
      const changed = dropped + edited > 0;
      const output = changed || alwaysRewrite ? this.splices.apply(body) : undefined;
      done = true;
      const counts = { records, dropped, unreadable, edited, settlement: evaluation.commit() };
      return output === undefined ? counts : { ...counts, body: output };
    } finally {
      if (!done) evaluation.abort();
      this.release();
    }
  }

  /** Has every record of the body judged. */
  protected abstract walk(evaluation: Evaluation): void;
  /** Has the record judged that was scanned last; whether it stays. */
  protected abstract judge(evaluation: Evaluation, start: number, end: number): boolean;

  /** Keeps no bytes of the request, and no large buffers. */
  protected release(): void {
    this.bytes = NOTHING;
    this.splices.truncate(0);
    this.reader.release();
  }

  protected countUnreadable(): void {
    this.records++;
    this.unreadable++;
  }

  /**
   * Scans the record at `at`; returns the offset behind it, or -1 when it is broken, with the
   * reason in `fault`.
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

  /**
   * The array at `at`, with `depth` containers open around its records; the offset behind it. What
   * is no record, or a broken one, passes; the others are judged.
   */
  protected walkArray(evaluation: Evaluation, at: number, depth: number): number {
    const { bytes } = this;
    const cutter = new ListCutter(this.splices);
    cutter.begin();
    at = enterContainer(bytes, at);
    while (at >= 0) {
      const start = at;
      at = bytes[start] === OPEN_OBJECT ? this.tryScan(start, depth) : -1;
      // What follows tells whether it is all of the element.
      const isRecord = at >= 0 && endsElement(bytes, at);
      if (isRecord) {
        if (this.judge(evaluation, start, at)) cutter.keep(start, at);
        else cutter.drop(start, at);
      } else {
        this.countUnreadable();
        at = behindBroken(bytes, start);
        cutter.keep(start, at);
      }
      at = nextElement(bytes, at);
    }
    cutter.end();
    return ~at;
  }
}
