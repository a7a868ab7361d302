// Push requests in protobuf, `logproto.PushRequest`, in clear. Finds the entries, has them judged,
// and cuts and patches the message; all else leaves as the bytes that came in. Of labels that are
// repeated the last count, as for protobuf.

import { UndecodableError } from "../../../core/errors.ts";
import { CONTAINER_FIELDS_MAX, OWNER_MEMBERS_MAX, PAIRS_BYTES_MAX } from "../../../core/limits.ts";
import { releaseScratch, Scratch } from "../../../core/json/index.ts";
import { bytesField, closeMessage, FieldCursor } from "../../../core/protobuf/index.ts";
import type { RecordFrame } from "../../../policy/extension-port.ts";
import { BodyWalk, keptWalkFormat, KeptWalks } from "../../../policy/body-walk.ts";
import {
  type Evaluation,
  type FieldTable,
  type FilterOutcome,
  type RecordFormat,
  Verdict,
} from "../../../policy/record-port.ts";
import { LokiEditor } from "./editor.ts";
import { keepOneLabel } from "./edits.ts";
import { EntryValues } from "./entry-values.ts";
import { LabelCursor, quoteLabel } from "./label-text.ts";
import type { PairList } from "./pair-list.ts";
import { printPairs, type PairSyntax } from "./pair-text.ts";
import { ProtobufEntry } from "./protobuf-entry.ts";
import { PushTag, StreamTag } from "./tags.ts";

const NOTHING = new Uint8Array(0);

/**
 * Loki pushes in protobuf, in clear: logproto.PushRequest. Not re-entrant; one may serve any number
 * of requests.
 *
 * @example
 * const { body: left } = lokiProtobufFormat().filter(body, evaluation);
 * console.log(left ?? body);
 */
export function lokiProtobufFormat(): RecordFormat {
  const walks = new KeptWalks((fields) => new PushWalk(fields));
  return keptWalkFormat(walks, {
    signal: "log",
    records: "logs",
    isJson: false,
    open: (walk, body, alwaysRewrite) => walk.open(body, alwaysRewrite),
  });
}

/** A field of the stream at hand, in the input and in the output. */
interface FieldSpan {
  readonly start: number;
  readonly stop: number;
  position: number;
}

class PushWalk extends BodyWalk {
  readonly fields: FieldTable;
  private readonly values: EntryValues;
  private readonly editor = new LokiEditor();
  private readonly entry: ProtobufEntry;
  private readonly request = new FieldCursor();
  private readonly stream = new FieldCursor();
  private readonly scratch = new Scratch();
  private readonly labelCursor = new LabelCursor(this.scratch);
  private bytes: Uint8Array = NOTHING;
  private alwaysRewrite = false;
  private inStream = false;
  /** Where the stream is in the output: its field, and its length. */
  private streamPosition = 0;
  private lengthPosition = 0;
  /** The fields of the labels, of which the last one counts, and of their hash. */
  private readonly labels: FieldSpan[] = [];
  private readonly hashes: FieldSpan[] = [];
  /** The labels that count. */
  private labelsStart = 0;
  private labelsStop = 0;
  private isOdd = false;
  private kept: RecordFrame | undefined;
  private hasEntries = false;
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
    this.entry = new ProtobufEntry(this.values, this.editor, this.rewriter);
  }

  open(body: Uint8Array, alwaysRewrite: boolean): void {
    this.bytes = body;
    this.alwaysRewrite = alwaysRewrite;
    this.rewriter.open(body);
    this.request.open(body, 0, body.length);
    this.inStream = false;
    this.records = this.dropped = this.unreadable = this.edited = this.streamsEdited = 0;
  }

  protected override walk(evaluation: Evaluation): boolean {
    const { request } = this;
    for (;;) {
      if (this.inStream) {
        if (!this.walkStream(evaluation)) return false;
        this.leaveStream(evaluation);
        this.inStream = false;
        if (this.isPauseDue(request.stop)) return false;
      }
      if (!request.next()) break;
      if (request.tag !== PushTag.streams) continue;
      this.beginStream(evaluation);
      this.inStream = true;
    }
    request.check();
    return true;
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
    this.entry.release();
    this.values.release();
    this.editor.close();
    this.request.open(NOTHING, 0, 0);
    this.stream.open(NOTHING, 0, 0);
    this.labelCursor.open(NOTHING, 0, 0);
    releaseScratch(this.scratch);
  }

  /** Reads the labels, wherever in the stream they are. */
  private beginStream(evaluation: Evaluation): void {
    const { bytes, hashes, labels, request, rewriter, stream, values } = this;
    this.streamPosition = rewriter.positionOf(request.fieldAt);
    this.lengthPosition = rewriter.positionOf(request.lengthAt);
    labels.length = hashes.length = 0;
    this.hasEntries = this.keptAny = this.droppedAny = false;
    this.kept = undefined;
    values.labels.clear();
    this.scratch.reset();
    stream.open(bytes, request.start, request.stop);
    let fieldsLeft = CONTAINER_FIELDS_MAX;
    while (stream.next()) {
      const { fieldAt, start, stop, tag } = stream;
      if (--fieldsLeft < 0) throw new UndecodableError("too many fields in a stream", fieldAt);
      if (tag === StreamTag.entries) this.hasEntries = true;
      if (tag !== StreamTag.labels) continue;
      if (labels.length === OWNER_MEMBERS_MAX) {
        throw new UndecodableError("too many sets of labels in a stream", fieldAt);
      }
      labels.push({ start: fieldAt, stop, position: 0 });
      this.labelsStart = start;
      this.labelsStop = stop;
    }
    stream.check();
    this.isOdd = labels.length === 0 || !this.readLabels();
    evaluation.beginResource(request.fieldAt);
    if (!this.isOdd) values.reportStream(evaluation);
    evaluation.beginScope();
    stream.open(bytes, request.start, request.stop);
  }

  private readLabels(): boolean {
    const { bytes, labelCursor: cursor, labelsStart, labelsStop, values } = this;
    if (labelsStop - labelsStart > PAIRS_BYTES_MAX) return false;
    cursor.open(bytes, labelsStart, labelsStop);
    while (cursor.next()) {
      if (!values.labels.hasRoom(0)) return false;
      const { end, nameEnd, nameStart, start, texts } = cursor;
      values.labels.add(bytes, nameStart, nameEnd, texts, start, end);
    }
    return !cursor.isOdd;
  }

  /** The entries; false at a pause. */
  private walkStream(evaluation: Evaluation): boolean {
    const { hashes, labels, rewriter, stream } = this;
    while (stream.next()) {
      const { fieldAt, stop, tag } = stream;
      if (tag === StreamTag.entries) {
        this.walkEntry(evaluation, fieldAt, stop);
      } else if (tag === StreamTag.labels) {
        const span = labels.find(({ start }) => start === fieldAt);
        if (span !== undefined) span.position = rewriter.positionOf(fieldAt);
      } else if (tag === StreamTag.hash && hashes.length < OWNER_MEMBERS_MAX) {
        hashes.push({ start: fieldAt, stop, position: rewriter.positionOf(fieldAt) });
      }
      if (this.isPauseDue(stop)) return false;
    }
    return true;
  }

  private walkEntry(evaluation: Evaluation, fieldAt: number, stop: number): void {
    const { bytes, entry, stream } = this;
    const { lengthAt, start } = stream;
    this.records++;
    if (this.isOdd || !entry.read(bytes, start, stop)) {
      this.unreadable++;
      this.keptAny = true;
      return;
    }
    evaluation.beginRecord();
    entry.report(evaluation);
    const verdict = evaluation.decide(stop - start);
    if (evaluation.offering) {
      evaluation.offer(bytes, start, stop, "loki_protobuf", this.frame());
    }
    if (verdict === Verdict.drop) {
      this.dropped++;
      this.droppedAny = true;
      this.rewriter.cut(fieldAt, stop, this.rewriter.positionOf(fieldAt));
      return;
    }
    this.keptAny = true;
    if (verdict === Verdict.edit && entry.edit(evaluation, lengthAt)) this.edited++;
  }

  /** What stands around the entries of the stream; kept by whoever is offered one. */
  private frame(): RecordFrame {
    const { bytes, labelsStart, labelsStop } = this;
    this.kept ??= { resource: bytes.slice(labelsStart, labelsStop), scope: NOTHING };
    return this.kept;
  }

  private leaveStream(evaluation: Evaluation): void {
    const { editor, request, rewriter } = this;
    const editedBefore = this.streamsEdited;
    if (evaluation.endScope()) {
      editor.openNothing();
      evaluation.editScope(editor);
    }
    // Without entries that were judged nothing is due.
    if (evaluation.endResource() && this.hasEntries && !this.isOdd) this.editLabels(evaluation);
    const isEmptied = this.droppedAny || (this.alwaysRewrite && this.hasEntries);
    if (isEmptied && !this.keptAny) {
      // It goes as a whole, and with it what was done to its labels.
      this.streamsEdited = editedBefore;
      rewriter.cut(request.fieldAt, request.stop, this.streamPosition);
      return;
    }
    const { lengthAt, start, stop } = request;
    closeMessage(rewriter, lengthAt, start, stop, this.lengthPosition);
  }

  private editLabels(evaluation: Evaluation): void {
    const { bytes, editor, hashes, labels, rewriter } = this;
    editor.openLabels();
    this.openPairs(editor.pairs);
    evaluation.editResource(editor);
    if (!editor.changed) return;
    this.streamsEdited++;
    keepOneLabel(editor.pairs);
    const before = bytes.subarray(this.labelsStart, this.labelCursor.openAt);
    const field = bytesField(StreamTag.labels, before, printPairs(bytes, editor.pairs, SYNTAX));
    const counting = labels.at(-1);
    // The hash is of the labels that were. From the last one on, so that the positions of others
    // stay.
    const spans = [...labels, ...hashes].toSorted((one, other) => other.start - one.start);
    const last = spans[0]?.stop ?? 0;
    if (!rewriter.isBeyond(last - 1)) rewriter.copyTo(last);
    for (const span of spans) {
      const text = span === counting ? field : NOTHING;
      rewriter.splice(span.position, span.stop - span.start, text, 0, text.length);
    }
  }

  private openPairs(list: PairList): void {
    const { bytes, labelCursor: cursor, labelsStart, labelsStop } = this;
    cursor.open(bytes, labelsStart, labelsStop);
    while (cursor.next()) {
      const { end, from, literalEnd, literalStart, nameEnd, nameStart, start, texts, to } = cursor;
      list.read(bytes.subarray(nameStart, nameEnd), texts.subarray(start, end), {
        from,
        to,
        textFrom: literalStart,
        textTo: literalEnd,
      });
    }
  }
}

const EQUALS = 0x3d;
/** As Loki's own clients write them: a blank behind each comma. */
const SYNTAX: PairSyntax = {
  writeName: (name) => {
    const out = new Uint8Array(name.length + 1);
    out.set(name);
    out[name.length] = EQUALS;
    return out;
  },
  writeText: quoteLabel,
  blank: " ",
};
