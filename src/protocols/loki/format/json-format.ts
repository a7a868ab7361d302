// Push requests in JSON: `{"streams":[{"stream":{label: text, …},"values":[[time, line], [time,
// line, {name: text, …}], …]}]}`. Finds the entries, has them judged, and cuts and patches the
// text; all else leaves as the bytes that came in. Of what is repeated all lists are judged, and
// the last labels count, as for Loki. Source: Loki HTTP API, "Ingest logs".

import {
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  enterContainer,
  failAt,
  hasRest,
  KeyTable,
  ListCutter,
  MemberReader,
  nextInContainer,
  OPEN_ARRAY,
  OPEN_OBJECT,
  releaseScratch,
  scanString,
  Scratch,
  skipBom,
  skipSpace,
  skipValue,
  unescaped,
} from "../../../core/json/index.ts";
import type { RecordFrame } from "../../../policy/extension-port.ts";
import { BodyWalk, keptWalkFormat, KeptWalks } from "../../../policy/body-walk.ts";
import {
  type Evaluation,
  type FieldTable,
  type FilterOutcome,
  type RecordFormat,
  Verdict,
} from "../../../policy/record-port.ts";
import { decodeUtf8 } from "../../../core/utf8.ts";
import { LokiEditor } from "./editor.ts";
import { keepOneLabel } from "./edits.ts";
import { EntryValues } from "./entry-values.ts";
import { JsonEntry } from "./json-entry.ts";
import { LabelPlaces } from "./label-places.ts";
import { openJsonPairs, printJsonPairs, readJsonPairs } from "./json-pairs.ts";

const NOTHING = new Uint8Array(0);
const ROOT_KEYS = new KeyTable({ streams: 1 });
const StreamMember = { stream: 1, values: 2 } as const;
const STREAM_KEYS = new KeyTable(StreamMember);
/** Containers that are open around a stream, and around its members. */
const [STREAM_DEPTH, MEMBER_DEPTH] = [2, 3];

/**
 * Loki pushes in JSON. Not re-entrant; one may serve any number of requests. Source: Loki HTTP API,
 * "Ingest logs".
 *
 * @example
 * const { body: left } = lokiJsonFormat().filter(body, evaluation);
 * console.log(left ?? body);
 */
export function lokiJsonFormat(): RecordFormat {
  const walks = new KeptWalks((fields) => new PushWalk(fields));
  return keptWalkFormat(walks, {
    signal: "log",
    records: "logs",
    isJson: true,
    open: (walk, body, alwaysRewrite) => walk.open(body, alwaysRewrite),
  });
}

/** Whether the member whose key is at `at` holds the streams: Loki takes that in any case. */
function isStreams(bytes: Uint8Array, at: number): boolean {
  const quote = scanString(bytes, at + 1);
  const name = decodeUtf8(unescaped(bytes, at + 1, quote < 0 ? ~quote : quote));
  return name.toLowerCase() === "streams";
}

/** What the walk is in the middle of. */
type Level = "start" | "request" | "streams" | "stream" | "entries";

class PushWalk extends BodyWalk {
  readonly fields: FieldTable;
  private readonly values: EntryValues;
  private readonly editor = new LokiEditor();
  private readonly members = new MemberReader();
  private readonly streamCutter = new ListCutter(this.rewriter);
  private readonly entryCutter = new ListCutter(this.rewriter);
  private readonly labelScratch = new Scratch();
  private readonly entry: JsonEntry;
  private bytes: Uint8Array = NOTHING;
  private alwaysRewrite = false;
  private level: Level = "start";
  /** Where to go on in each of them; negative behind their ends. */
  private requestAt = 0;
  private streamsAt = 0;
  private memberAt = 0;
  private entryAt = 0;
  /** The stream's labels, wherever they are; whether those that count can be read. */
  private readonly labels = new LabelPlaces();
  private isOdd = false;
  /** Whether they were put, and whether all of the stream had been looked at by then. */
  private isReported = false;
  private readBehind = false;
  private kept: RecordFrame | undefined;
  private hasValues = false;
  private keptAny = false;
  private droppedAny = false;
  private records = 0;
  private dropped = 0;
  private unreadable = 0;
  private edited = 0;
  private streamsEdited = 0;

  constructor(fields: FieldTable) {
    super();
    this.fields = fields;
    this.values = new EntryValues(fields);
    this.entry = new JsonEntry(this.values, this.editor, this.rewriter);
  }

  open(body: Uint8Array, alwaysRewrite: boolean): void {
    this.bytes = body;
    this.alwaysRewrite = alwaysRewrite;
    this.isAgain = false;
    this.rewriter.open(body);
    this.level = "start";
    this.members.begin();
    this.records = this.dropped = this.unreadable = this.edited = this.streamsEdited = 0;
  }

  protected override walk(evaluation: Evaluation): boolean {
    for (;;) {
      switch (this.level) {
        case "start":
          this.begin();
          break;
        case "request":
          if (this.requestAt < 0) {
            this.passRest(~this.requestAt);
            return true;
          }
          this.walkRequest();
          break;
        case "streams":
          this.walkStreams(evaluation);
          break;
        case "stream":
          this.walkStream(evaluation);
          if (this.memberAt < 0 && this.isPauseDue(this.streamsAt)) return false;
          break;
        case "entries":
          this.walkEntries(evaluation);
          if (this.isPauseDue(this.entryAt)) return false;
      }
    }
  }

  protected override again(): void {
    this.open(this.bytes, this.alwaysRewrite);
  }

  protected override get isRewritten(): boolean {
    return this.alwaysRewrite || this.dropped + this.edited + this.streamsEdited > 0;
  }

  override outcome(): FilterOutcome {
    const { records, dropped, unreadable, edited } = this;
    const counts = { records, dropped, unreadable, edited };
    if (!this.isRewritten) return counts;
    return { ...counts, body: this.rewriter.finish() };
  }

  override release(): void {
    this.bytes = NOTHING;
    this.rewriter.release();
    this.values.release();
    this.editor.close();
    releaseScratch(this.labelScratch);
    this.entry.release();
  }

  private begin(): void {
    const { bytes } = this;
    const at = skipSpace(bytes, skipBom(bytes));
    if (bytes[at] !== OPEN_OBJECT) failAt(bytes, at, "an object");
    this.requestAt = enterContainer(bytes, at);
    this.level = "request";
  }

  /** One member of the request. */
  private walkRequest(): void {
    const { bytes, members } = this;
    const id = members.idOf(bytes, this.requestAt, ROOT_KEYS);
    const at = members.valueAt;
    if (bytes[at] === OPEN_ARRAY && (id === 1 || isStreams(bytes, this.requestAt))) {
      this.streamCutter.begin();
      this.streamsAt = enterContainer(bytes, at);
      this.level = "streams";
      return;
    }
    this.requestAt = nextInContainer(bytes, skipValue(bytes, at, 1), CLOSE_OBJECT);
  }

  /** One stream, or the end of their list. */
  private walkStreams(evaluation: Evaluation): void {
    const { bytes, streamCutter, streamsAt: at } = this;
    if (at < 0) {
      this.requestAt = nextInContainer(bytes, ~at, CLOSE_OBJECT);
      this.level = "request";
      return;
    }
    streamCutter.enter(at);
    if (bytes[at] !== OPEN_OBJECT) {
      this.countUnreadable();
      const end = skipValue(bytes, at, STREAM_DEPTH);
      streamCutter.keep(end);
      this.streamsAt = nextInContainer(bytes, end, CLOSE_ARRAY);
      return;
    }
    evaluation.beginResource(at);
    this.labels.clear();
    this.isOdd = this.hasValues = this.keptAny = this.droppedAny = false;
    this.isReported = this.readBehind = false;
    this.kept = undefined;
    this.members.begin();
    this.memberAt = enterContainer(bytes, at);
    this.level = "stream";
  }

  /** One member of a stream, or its end. */
  private walkStream(evaluation: Evaluation): void {
    const { bytes, members, memberAt } = this;
    if (memberAt < 0) {
      this.leaveStream(evaluation, ~memberAt);
      return;
    }
    const id = members.idOf(bytes, memberAt, STREAM_KEYS);
    const at = members.valueAt;
    if (id === StreamMember.values && bytes[at] === OPEN_ARRAY) {
      if (!this.isReported) this.reportStream(evaluation, at);
      this.hasValues = true;
      this.entryCutter.begin();
      this.entryAt = enterContainer(bytes, at);
      this.level = "entries";
      return;
    }
    const isLabels = id === StreamMember.stream;
    if (isLabels && this.isReported && !this.readBehind) this.tooEarly();
    const isNew = isLabels && !this.isReported;
    const end = isNew ? this.readLabels(at) : skipValue(bytes, at, MEMBER_DEPTH);
    // Known only now for labels that were looked up before.
    if (isLabels) this.labels.note(bytes, at, end, this.rewriter.positionOf(at));
    this.memberAt = nextInContainer(bytes, end, CLOSE_OBJECT);
  }

  /** Reads the labels at `at`, in place of those before them; the offset behind them. */
  private readLabels(at: number): number {
    const { bytes, labelScratch, values } = this;
    labelScratch.reset();
    values.labels.clear();
    this.isOdd = bytes[at] !== OPEN_OBJECT;
    if (this.isOdd) return skipValue(bytes, at, MEMBER_DEPTH);
    const end = readJsonPairs(bytes, at, MEMBER_DEPTH + 1, values.labels, labelScratch);
    this.isOdd = end < 0;
    return end < 0 ? ~end : end;
  }

  /**
   * Puts the labels before the first entry of the list at `at`, wherever they are. Those before it
   * are hardly ever repeated behind it.
   */
  private reportStream(evaluation: Evaluation, at: number): void {
    const { bytes, labels, members } = this;
    if (this.isAgain || labels.count === 0) {
      this.readBehind = true;
      let next = nextInContainer(bytes, skipValue(bytes, at, MEMBER_DEPTH), CLOSE_OBJECT);
      while (next >= 0) {
        const isLabels = members.idOf(bytes, next, STREAM_KEYS) === StreamMember.stream;
        const start = members.valueAt;
        const end = isLabels ? this.readLabels(start) : skipValue(bytes, start, MEMBER_DEPTH);
        if (isLabels) labels.note(bytes, start, end, 0);
        next = nextInContainer(bytes, end, CLOSE_OBJECT);
      }
      if (labels.count === 0) this.isOdd = true;
    }
    this.isReported = true;
    if (!this.isOdd) this.values.reportStream(evaluation);
    evaluation.beginScope();
  }

  /** One entry, or the end of their list. */
  private walkEntries(evaluation: Evaluation): void {
    const { bytes, entryAt: start, entryCutter: cutter } = this;
    if (start < 0) {
      this.keptAny ||= cutter.keptAny;
      this.droppedAny ||= cutter.droppedAny;
      this.memberAt = nextInContainer(bytes, ~start, CLOSE_OBJECT);
      this.level = "stream";
      return;
    }
    cutter.enter(start);
    const end = this.entry.read(bytes, start);
    if (end < 0 || this.isOdd) this.countUnreadable();
    const stop = end < 0 ? ~end : end;
    if (end < 0 || this.isOdd || this.judge(evaluation, start, stop)) cutter.keep(stop);
    else cutter.drop(stop);
    this.entryAt = nextInContainer(bytes, stop, CLOSE_ARRAY);
  }

  private judge(evaluation: Evaluation, start: number, end: number): boolean {
    evaluation.beginRecord();
    this.entry.report(evaluation);
    this.records++;
    const verdict = evaluation.decide(end - start);
    if (evaluation.offering) evaluation.offer(this.bytes, start, end, "loki_json", this.frame());
    if (verdict === Verdict.drop) {
      this.dropped++;
      return false;
    }
    if (verdict === Verdict.edit && this.entry.edit(evaluation)) this.edited++;
    return true;
  }

  /** What stands around the entries of the stream; kept by whoever is offered one. */
  private frame(): RecordFrame {
    const { start, end } = this.labels;
    this.kept ??= { resource: this.bytes.slice(start, end), scope: NOTHING };
    return this.kept;
  }

  private leaveStream(evaluation: Evaluation, end: number): void {
    const { bytes, editor, streamCutter } = this;
    const editedBefore = this.streamsEdited;
    if (!this.hasValues) evaluation.beginScope();
    if (evaluation.endScope()) {
      editor.openNothing();
      evaluation.editScope(editor);
    }
    // Without entries that were judged nothing is due.
    if (evaluation.endResource() && this.hasValues && !this.isOdd) this.editLabels(evaluation);
    const isEmptied = this.droppedAny || (this.alwaysRewrite && this.hasValues);
    if (isEmptied && !this.keptAny) {
      // It goes as a whole, and with it what was done to its labels.
      this.streamsEdited = editedBefore;
      streamCutter.drop(end);
    } else streamCutter.keep(end);
    this.streamsAt = nextInContainer(bytes, end, CLOSE_ARRAY);
    this.level = "streams";
  }

  private editLabels(evaluation: Evaluation): void {
    const { bytes, editor, labels, rewriter } = this;
    editor.openLabels();
    openJsonPairs(bytes, labels.start, editor.pairs);
    evaluation.editResource(editor);
    if (!editor.changed) return;
    this.streamsEdited++;
    keepOneLabel(editor.pairs);
    labels.replace(rewriter, printJsonPairs(bytes, editor.pairs));
  }

  private passRest(end: number): void {
    if (hasRest(this.bytes, end, this.records - this.unreadable)) this.countUnreadable();
  }

  private countUnreadable(): void {
    this.records++;
    this.unreadable++;
  }
}
