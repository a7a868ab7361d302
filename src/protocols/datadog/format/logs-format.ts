// Bodies of Datadog log requests: an array of objects, one object, or objects one after the other,
// as in NDJSON; a byte order mark before them is skipped. Finds the records, has them judged, and
// cuts and patches the text. Everything that was neither dropped nor edited leaves as the bytes
// that came in.

import { UndecodableError } from "../../../core/errors.ts";
import { encodeUtf8 } from "../../../core/utf8.ts";
import {
  CLOSE_OBJECT,
  expectEnd,
  OPEN_ARRAY,
  OPEN_OBJECT,
  skipBom,
  skipSpace,
  skipValue,
} from "../../../core/json/index.ts";
import { keptWalkFormat, KeptWalks } from "../../../policy/body-walk.ts";
import {
  type Evaluation,
  type FieldTable,
  type FilterOutcome,
  type RecordFormat,
  Verdict,
} from "../../../policy/record-port.ts";
import { DatadogLogEditor } from "./editor.ts";
import { LogReader } from "./log-reader.ts";
import { RecordListWalk } from "./record-list.ts";
import { RequestAttributes, RequestEdits } from "./request-attributes.ts";

const NEWLINE = 0x0a;
const RETURN = 0x0d;
const SPACE = 0x20;
const TAB = 0x09;
const STRUCTURE = encodeUtf8('{}[]",');
/** How many consecutive broken lines may precede a whole one. */
const LINES_AHEAD_MAX = 16;

/** The format of Datadog's log requests, in JSON. */
export interface DatadogLogsFormat extends RecordFormat {
  /** The format of requests with this query, which begins with "?" or is empty. */
  withQuery(query: string): RecordFormat;
}

/**
 * Datadog logs: a JSON object, a list of them, or one per line. Not re-entrant; it may serve any
 * number of requests, one after the other. Throws UndecodableError for a body whose records cannot
 * be separated. Source: Datadog API reference, "Send logs".
 *
 * @example
 * const { body: left } = datadogLogsFormat().withQuery("?ddtags=env:prod").filter(body,
 * evaluation); console.log(left ?? body);
 */
export function datadogLogsFormat(): DatadogLogsFormat {
  const walks = new KeptWalks((fields) => new LogsWalk(fields));
  const formatOf = (attributes?: RequestAttributes): RecordFormat =>
    keptWalkFormat(walks, {
      signal: "log",
      records: "logs",
      isJson: true,
      open: (walk, body, alwaysRewrite) => walk.openRequest(attributes, body, alwaysRewrite),
    });
  const plain = formatOf();
  return {
    ...plain,
    withQuery(query) {
      const attributes = RequestAttributes.of(query);
      return attributes === undefined ? plain : formatOf(attributes);
    },
  };
}

class LogsWalk extends RecordListWalk<LogReader> {
  private readonly editor = new DatadogLogEditor();
  /** The attributes that the request gives to all of its records. */
  private attributes: RequestAttributes | undefined;
  private requestEdits: RequestEdits | undefined;
  /** Where the last line begins that was found whole after broken ones. */
  private wholeLineAt = -1;
  private isArray = false;
  /** Up to here it is known that there are only objects. */
  private known = 0;
  /** How far this was checked when a pause was due; before `known`: no pause was due. */
  private aheadAt = 0;
  /** Where the record begins that was judged last. */
  private judgedFrom = 0;
  private judgedTo = 0;

  constructor(fields: FieldTable) {
    super(fields, new LogReader(fields));
  }

  openRequest(
    attributes: RequestAttributes | undefined,
    body: Uint8Array,
    alwaysRewrite: boolean,
  ): void {
    this.open(body, alwaysRewrite);
    this.attributes = attributes;
    if (attributes !== undefined) this.reader.openRequest(attributes.text);
  }

  protected override walk(evaluation: Evaluation): boolean {
    return this.isPaused ? this.resume(evaluation) : this.begin(evaluation);
  }

  override outcome(): FilterOutcome {
    const outcome = super.outcome();
    const query = this.requestEdits?.query();
    return query === undefined ? outcome : { ...outcome, query };
  }

  override release(): void {
    super.release();
    this.editor.close();
    this.attributes = undefined;
    this.requestEdits = undefined;
  }

  private begin(evaluation: Evaluation): boolean {
    const { bytes } = this;
    const at = skipSpace(bytes, skipBom(bytes));
    this.isArray = bytes[at] === OPEN_ARRAY;
    if (this.isArray) return this.endArray(this.walkArray(evaluation, at, 1));
    this.wholeLineAt = -1;
    this.known = at;
    this.aheadAt = 0;
    return this.walkSequence(evaluation, at);
  }

  private resume(evaluation: Evaluation): boolean {
    if (this.isArray) return this.endArray(this.resumeArray(evaluation, 1));
    this.isPaused = false;
    return this.walkSequence(evaluation, this.pausedAt);
  }

  private endArray(end: number): boolean {
    if (this.isPaused) return false;
    expectEnd(this.bytes, end);
    return true;
  }

  /**
   * One object, or several; a dropped one is removed with its line end. Lines that cannot be read
   * pass one by one; if nothing can be read, the body as a whole is undecodable. False at a pause.
   */
  private walkSequence(evaluation: Evaluation, at: number): boolean {
    const { bytes, rewriter } = this;
    while (at < bytes.length) {
      const start = at;
      at = bytes[start] === OPEN_OBJECT ? this.tryScan(start, 0) : -1;
      const next = at < 0 ? -1 : lineEnd(bytes, at);
      // A line is judged only if all of it can be: otherwise it would leave half edited.
      if (next > this.known && isInLine(bytes, next) && !this.looksAhead(start, next)) return false;
      if (next < 0 || this.known < 0) {
        at = this.passLine(start, at);
        this.known = at;
      } else {
        if (!this.judge(evaluation, start, at))
          rewriter.cut(start, next, rewriter.positionOf(start));
        at = next;
      }
      at = skipSpace(bytes, skipMark(bytes, skipSpace(bytes, at)));
      if (this.pausesAt(at)) return false;
    }
    if (this.unreadable > 0 && this.unreadable === this.records) throw this.whole(0);
    return true;
  }

  /**
   * Finds out what follows the record at `start` on its line, from `next` on. False at a pause; the
   * record is then scanned again.
   */
  private looksAhead(start: number, next: number): boolean {
    const { bytes } = this;
    let at = Math.max(next, this.aheadAt);
    while (at >= 0 && isInLine(bytes, at)) {
      at = objectEnd(bytes, at);
      if (this.isPauseDue(at)) {
        this.aheadAt = at;
        this.isPaused = true;
        this.pausedAt = start;
        return false;
      }
    }
    this.known = at;
    this.startOver();
    return true;
  }

  /**
   * Passes a line that is not a sequence of records; returns the offset after it. It must be a line
   * that cannot be part of a broken document over several lines, because nothing inside such a
   * document is a record. `end`: the end of its first object, or -1.
   */
  private passLine(start: number, end: number): number {
    const { bytes } = this;
    const newline = bytes.indexOf(NEWLINE, start);
    const stop = newline < 0 ? bytes.length : newline;
    this.countUnreadable();
    if (bytes[start] !== OPEN_OBJECT) {
      const behind = valueEnd(bytes, start);
      if (behind >= 0) return behind;
      if (!hasStructure(bytes, start, stop)) return stop;
      throw this.whole(start);
    }
    let last = stop - 1;
    while (last > start && (bytes[last] as number) <= SPACE) last--;
    const isLast = skipSpace(bytes, stop) === bytes.length;
    // If something is cut off, it is at its end; the scan may have continued after the line.
    const faultAt = end < 0 ? (this.fault?.offset ?? -1) : -1;
    const isCutOff = faultAt > last && faultAt <= skipSpace(bytes, stop);
    const hasTextBehind = end >= 0 && !hasStructure(bytes, end, stop);
    if (bytes[last] === CLOSE_OBJECT || isCutOff || hasTextBehind || isLast) return stop;
    if (end < 0 && this.leadsToWholeLine(stop)) return stop;
    throw this.whole(start);
  }

  /**
   * Whether lines that begin like objects follow, up to a whole one: lines inside a broken document
   * do not look like this up to its end. The result holds for all of these lines.
   */
  private leadsToWholeLine(at: number): boolean {
    const { bytes } = this;
    for (let lines = 0; at >= 0 && lines < LINES_AHEAD_MAX; lines++) {
      if (at <= this.wholeLineAt) return true;
      const start = skipSpace(bytes, at);
      if (bytes[start] !== OPEN_OBJECT) return false;
      if (objectsEnd(bytes, start) >= 0) this.wholeLineAt = start;
      else at = bytes.indexOf(NEWLINE, start);
    }
    return false;
  }

  /** The error for a body whose records cannot be separated. */
  private whole(at: number): UndecodableError {
    return this.fault ?? new UndecodableError("JSON: an object expected", at);
  }

  protected override judge(evaluation: Evaluation, start: number, end: number): boolean {
    if (!this.reader.report(evaluation, start)) {
      this.countUnreadable();
      return true;
    }
    this.records++;
    const verdict = evaluation.decide(end - start);
    if (evaluation.offering) {
      evaluation.offer(this.bytes, start, end, "datadog_json", this.attributes?.frame);
    }
    this.judgedFrom = start;
    this.judgedTo = end;
    if (verdict === Verdict.edit) {
      this.openEditor();
      this.editRecord(evaluation, this.editor);
      return true;
    }
    this.endContainers(evaluation, false);
    if (verdict !== Verdict.drop) return true;
    this.dropped++;
    return false;
  }

  protected override leaveEdited(evaluation: Evaluation): void {
    this.endContainers(evaluation, true);
  }

  private openEditor(): void {
    if (this.attributes !== undefined) this.requestEdits ??= new RequestEdits(this.attributes);
    this.editor.open(this.bytes, this.judgedFrom, this.judgedTo, this.requestEdits);
    this.reader.noteMembers(this.editor.record);
  }

  /** Each record is its own scope and resource, whose attributes are the record's. */
  private endContainers(evaluation: Evaluation, isOpen: boolean): void {
    const { editor } = this;
    if (evaluation.endScope()) {
      if (!isOpen) this.openEditor();
      isOpen = true;
      evaluation.editScope(editor);
    }
    if (evaluation.endResource()) {
      if (!isOpen) this.openEditor();
      isOpen = true;
      evaluation.editResource(editor);
    }
    if (!isOpen || !editor.changed) return;
    this.edited++;
    editor.writeTo(this.rewriter, this.judgedFrom, this.judgedTo);
  }
}

/** Offset after the white space that follows a record on its line, and after the line's end. */
function lineEnd(bytes: Uint8Array, at: number): number {
  while (bytes[at] === SPACE || bytes[at] === TAB || bytes[at] === RETURN) at++;
  return bytes[at] === NEWLINE ? at + 1 : at;
}

/** Whether anything else is on the line before `at`. */
function isInLine(bytes: Uint8Array, at: number): boolean {
  return at < bytes.length && bytes[at - 1] !== NEWLINE;
}

/** Offset after the objects that follow on the line; -1 if there is anything else on it. */
function objectsEnd(bytes: Uint8Array, at: number): number {
  do at = objectEnd(bytes, at);
  while (at >= 0 && isInLine(bytes, at));
  return at;
}

/**
 * Offset after the object at `at`, and after the line if that ends there; -1: there is no object.
 */
function objectEnd(bytes: Uint8Array, at: number): number {
  if (bytes[at] !== OPEN_OBJECT) return -1;
  try {
    return lineEnd(bytes, skipValue(bytes, at, 0));
  } catch (error) {
    if (error instanceof UndecodableError) return -1;
    throw error;
  }
}

/** Offset after the value at `at` and its line, if nothing else is on it; otherwise -1. */
function valueEnd(bytes: Uint8Array, at: number): number {
  try {
    const end = lineEnd(bytes, skipValue(bytes, at, 0));
    return isInLine(bytes, end) ? -1 : end;
  } catch (error) {
    if (error instanceof UndecodableError) return -1;
    throw error;
  }
}

/** Whether a text contains characters of a document's structure. */
function hasStructure(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (STRUCTURE.includes(bytes[at] as number)) return true;
  return false;
}

/** Files that begin with a byte order mark may have been concatenated. */
function skipMark(bytes: Uint8Array, at: number): number {
  return bytes[at] === 0xef && bytes[at + 1] === 0xbb && bytes[at + 2] === 0xbf ? at + 3 : at;
}
