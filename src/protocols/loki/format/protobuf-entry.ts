// One entry of a protobuf push. Whatever an edit did not change stays as it came: other fields, the
// order of all fields, and untouched pairs of metadata.

import { bytesField, FieldCursor, varintSize, writeVarint } from "../../../core/protobuf/index.ts";
import { RECORD_FIELDS_MAX } from "../../../core/limits.ts";
import type { Rewriter } from "../../../core/rewriter.ts";
import type { Evaluation } from "../../../policy/record-port.ts";
import type { LokiEditor } from "./editor.ts";
import type { EntryValues } from "./entry-values.ts";
import type { Pair } from "./pair-list.ts";
import { EntryTag, PairTag } from "./tags.ts";

const NOTHING = new Uint8Array(0);

/** A range of the body, and what takes its place. */
interface Patch {
  readonly from: number;
  readonly to: number;
  readonly text: Uint8Array;
}

export class ProtobufEntry {
  private readonly values: EntryValues;
  private readonly editor: LokiEditor;
  private readonly rewriter: Rewriter;
  private readonly cursor = new FieldCursor();
  private readonly pair = new FieldCursor();
  private bytes: Uint8Array = NOTHING;
  private start = 0;
  private end = 0;
  /** Of several lines the last one counts. */
  private lineStart = 0;
  private lineEnd = 0;
  private lines = 0;
  private nameStart = 0;
  private nameEnd = 0;
  private textStart = 0;
  private textEnd = 0;

  constructor(values: EntryValues, editor: LokiEditor, rewriter: Rewriter) {
    this.values = values;
    this.editor = editor;
    this.rewriter = rewriter;
  }

  /** Keeps no bytes of the request. */
  release(): void {
    this.bytes = NOTHING;
    this.cursor.open(NOTHING, 0, 0);
    this.pair.open(NOTHING, 0, 0);
  }

  /** Finds the parts of the entry bytes[start, end); false: malformed, or too many of them. */
  read(bytes: Uint8Array, start: number, end: number): boolean {
    const { cursor, values } = this;
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    this.lineStart = this.lineEnd = this.lines = 0;
    values.metadata.clear();
    cursor.open(bytes, start, end);
    let fieldsLeft = RECORD_FIELDS_MAX;
    while (cursor.next()) {
      if (--fieldsLeft < 0) return false;
      if (cursor.tag === EntryTag.line) {
        this.lines++;
        this.lineStart = cursor.start;
        this.lineEnd = cursor.stop;
      } else if (cursor.tag === EntryTag.metadata) {
        const { start: from, stop } = cursor;
        if (!values.metadata.hasRoom(stop - from) || !this.readPair(from, stop)) return false;
        values.metadata.add(
          bytes,
          this.nameStart,
          this.nameEnd,
          bytes,
          this.textStart,
          this.textEnd,
        );
      }
    }
    return cursor.fault < 0;
  }

  /** Puts its values. */
  report(evaluation: Evaluation): void {
    this.values.setLine(this.bytes, this.lineStart, this.lineEnd);
    this.values.reportEntry(evaluation);
  }

  /** Has the entry edited whose field begins at `lengthAt` behind its tag; whether it changed. */
  edit(evaluation: Evaluation, lengthAt: number): boolean {
    const { bytes, cursor, editor, rewriter } = this;
    editor.openEntry(bytes.subarray(this.lineStart, this.lineEnd));
    cursor.open(bytes, this.start, this.end);
    while (cursor.next()) {
      if (cursor.tag !== EntryTag.metadata) continue;
      const { start, stop } = cursor;
      this.readPair(start, stop);
      const name = bytes.subarray(this.nameStart, this.nameEnd);
      const text = bytes.subarray(this.textStart, this.textEnd);
      editor.pairs.read(name, text, {
        from: cursor.fieldAt,
        to: stop,
        textFrom: start,
        textTo: stop,
      });
    }
    evaluation.editRecord(editor);
    if (!editor.changed) return false;
    const patches = this.patches();
    let size = this.end - this.start;
    for (const { from, to, text } of patches) size += text.length - (to - from);
    const length = new Uint8Array(varintSize(size));
    writeVarint(length, 0, size);
    rewriter.replace(lengthAt, this.start, length, 0, length.length);
    for (const { from, to, text } of patches) rewriter.replace(from, to, text, 0, text.length);
    return true;
  }

  /** The pair bytes[start, end); false: it is malformed. */
  private readPair(start: number, end: number): boolean {
    const { pair } = this;
    this.nameStart = this.nameEnd = this.textStart = this.textEnd = start;
    pair.open(this.bytes, start, end);
    while (pair.next()) {
      if (pair.tag === PairTag.name) {
        this.nameStart = pair.start;
        this.nameEnd = pair.stop;
      } else if (pair.tag === PairTag.text) {
        this.textStart = pair.start;
        this.textEnd = pair.stop;
      }
    }
    return pair.fault < 0;
  }

  /** What changes, in order: a long line that stays is not copied for it. */
  private patches(): readonly Patch[] {
    const { bytes, cursor, editor, end } = this;
    const patches: Patch[] = [];
    const bySource = new Map(editor.pairs.pairs.map((pair) => [pair.source?.from ?? -1, pair]));
    let line = 0;
    cursor.open(bytes, this.start, end);
    while (cursor.next()) {
      const { fieldAt: from, stop: to, tag } = cursor;
      if (tag === EntryTag.line && editor.lineChanged) {
        // Those that a later one hides go, so that nothing stays behind it.
        const isLast = ++line === this.lines;
        patches.push({ from, to, text: isLast ? this.newLine() : NOTHING });
      } else if (tag === EntryTag.metadata) {
        const pair = bySource.get(from);
        if (pair === undefined) patches.push({ from, to, text: NOTHING });
        else if (pair.isChanged) patches.push({ from, to, text: this.changedPair(pair) });
      }
    }
    const isNew = this.lines === 0 && editor.lineChanged;
    if (isNew) patches.push({ from: end, to: end, text: this.newLine() });
    for (const { name, source, text } of editor.pairs.pairs) {
      if (source === undefined) patches.push({ from: end, to: end, text: newPair(name, text) });
    }
    return patches;
  }

  private newLine(): Uint8Array {
    return bytesField(EntryTag.line, this.editor.line);
  }

  /** Its fields but for the text, and the text. */
  private changedPair({ source, text }: Pair): Uint8Array {
    const { bytes, pair } = this;
    const parts: Uint8Array[] = [];
    pair.open(bytes, source?.textFrom ?? 0, source?.textTo ?? 0);
    while (pair.next()) {
      if (pair.tag !== PairTag.text) parts.push(bytes.subarray(pair.fieldAt, pair.stop));
    }
    return bytesField(EntryTag.metadata, ...parts, bytesField(PairTag.text, text));
  }
}

function newPair(name: Uint8Array, text: Uint8Array): Uint8Array {
  return bytesField(
    EntryTag.metadata,
    bytesField(PairTag.name, name),
    bytesField(PairTag.text, text),
  );
}
