// Bodies of Datadog log requests: an array of objects, one object, or objects one after the other,
// as NDJSON has them; a byte order mark before them is passed. Finds the records, has them judged,
// and cuts and patches the text. Everything that was neither dropped nor edited leaves as the bytes
// that came in.

import { UndecodableError } from "../core/errors.ts";
import {
  CLOSE_OBJECT,
  expectEnd,
  failAt,
  OPEN_ARRAY,
  OPEN_OBJECT,
  skipBom,
  skipSpace,
} from "../core/json/index.ts";
import {
  type Evaluation,
  type FieldTable,
  type RecordFormat,
  Verdict,
} from "../policy/record-port.ts";
import { DatadogLogEditor } from "./editor.ts";
import { LogReader } from "./log-reader.ts";
import { RecordListFilter } from "./record-list.ts";

/** Lines that cannot be read, in one body; with more, the body as a whole counts as undecodable. */
export const UNREADABLE_LINES_MAX = 10_000;

const NEWLINE = 0x0a;
const RETURN = 0x0d;
const SPACE = 0x20;
const TAB = 0x09;

/**
 * Datadog logs, JSON. Not re-entrant; one may serve any number of requests, one after the other.
 */
export function datadogLogsFormat(): RecordFormat {
  let filter: LogsFilter | undefined;
  return {
    filter(body, evaluation, options) {
      if (evaluation.fields.signal !== "log") {
        throw new TypeError(`a program for ${evaluation.fields.signal}s cannot filter logs`);
      }
      if (filter?.fields !== evaluation.fields) filter = new LogsFilter(evaluation.fields);
      return filter.run(body, evaluation, options?.alwaysRewrite ?? false);
    },
  };
}

class LogsFilter extends RecordListFilter<LogReader> {
  private readonly editor = new DatadogLogEditor();

  constructor(fields: FieldTable) {
    super(fields, new LogReader(fields));
  }

  protected override walk(evaluation: Evaluation): void {
    const { bytes } = this;
    const at = skipSpace(bytes, skipBom(bytes));
    if (bytes[at] === OPEN_ARRAY) expectEnd(bytes, this.walkArray(evaluation, at, 1));
    else this.walkSequence(evaluation, at);
  }

  protected override release(): void {
    super.release();
    this.editor.close();
  }

  /**
   * One object, or several; a dropped one takes its line end with it. A line that cannot be read is
   * passed.
   */
  private walkSequence(evaluation: Evaluation, at: number): void {
    const { bytes, reader } = this;
    while (at < bytes.length) {
      const start = at;
      try {
        at = bytes[at] === OPEN_OBJECT ? reader.scan(at, 0) : failAt(bytes, at, "an object");
      } catch (error) {
        if (!(error instanceof UndecodableError)) throw error;
        at = skipSpace(bytes, this.passLine(start, error));
        continue;
      }
      const next = lineEnd(bytes, at);
      if (!this.judge(evaluation, start, at)) this.splices.add(start, next);
      at = skipSpace(bytes, next);
    }
  }

  /**
   * Passes a line without a readable record; returns the offset behind it. Only a line that is
   * whole, or the last one of several: others may be parts of one broken document, and nothing
   * inside that is a record.
   */
  private passLine(start: number, error: UndecodableError): number {
    const { bytes } = this;
    const newline = bytes.indexOf(NEWLINE, start);
    const end = newline < 0 ? bytes.length : newline;
    let last = end - 1;
    while (last > start && (bytes[last] as number) <= SPACE) last--;
    const isWhole = bytes[start] === OPEN_OBJECT && bytes[last] === CLOSE_OBJECT;
    const isLast = skipSpace(bytes, end) === bytes.length;
    if (isLast ? this.records === 0 : !isWhole) throw error;
    // To find out that a line is broken costs more than to read one that is not.
    if (this.unreadable === UNREADABLE_LINES_MAX) throw error;
    this.countUnreadable();
    return end;
  }

  protected override judge(evaluation: Evaluation, start: number, end: number): boolean {
    this.reader.report(evaluation);
    this.records++;
    const verdict = evaluation.decide(end - start);
    if (evaluation.offering) evaluation.offer(this.bytes, start, end, "datadog_json");
    const kept = verdict !== Verdict.drop;
    if (verdict === Verdict.edit) {
      this.editor.open(this.bytes, start, end);
      evaluation.editRecord(this.editor);
    }
    this.endContainers(evaluation, verdict === Verdict.edit, start, end);
    if (!kept) this.dropped++;
    return kept;
  }

  /** Each record is its own scope and resource, and their attributes are the record's. */
  private endContainers(evaluation: Evaluation, isOpen: boolean, start: number, end: number): void {
    const { editor } = this;
    if (evaluation.endScope()) {
      if (!isOpen) editor.open(this.bytes, start, end);
      isOpen = true;
      evaluation.editScope(editor);
    }
    if (evaluation.endResource()) {
      if (!isOpen) editor.open(this.bytes, start, end);
      isOpen = true;
      evaluation.editResource(editor);
    }
    if (!isOpen || !editor.changed) return;
    this.edited++;
    this.splices.add(start, end, editor.print());
  }
}

/** Offset behind the whitespace that follows a record on its line, and behind the line's end. */
function lineEnd(bytes: Uint8Array, at: number): number {
  while (bytes[at] === SPACE || bytes[at] === TAB || bytes[at] === RETURN) at++;
  return bytes[at] === NEWLINE ? at + 1 : at;
}
