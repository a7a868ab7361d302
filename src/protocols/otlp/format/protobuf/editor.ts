// Edits one encoded record, Resource or InstrumentationScope where its fields and attributes stand:
// what is edited is patched, everything else keeps its bytes. What is composed of several parts, or
// is an id, goes to composed-editor.ts, which gives the same bytes for all that both can do.

import { sameRange } from "../../../../core/bytes.ts";
import { EditedText } from "../../../../core/edited-text.ts";
import { VARINT_BYTES_MAX, varintSize, writeVarint } from "../../../../core/protobuf/index.ts";
import type { Rewriter } from "../../../../core/rewriter.ts";
import { MOVED_BYTE_NS, type Work } from "../../../../core/work.ts";
import {
  type FoundValues,
  type FieldSelector,
  type RecordEditor,
  type TextChange,
  ValueKind,
  type ValueKindIndex,
} from "../../../../policy/record-port.ts";
import { changesText, isTyped } from "../../../../policy/text-change.ts";
import { ComposedEditor } from "./composed-editor.ts";
import { type EditLayout, Form } from "./edit-layout.ts";
import { EntryAt, FoundEntries, FoundField, PlainAny } from "./found-entries.ts";
import { NestedLengths } from "./nested-lengths.ts";
import { AnyValueTag, KeyValueListTag, KeyValueTag } from "./tags.ts";

const NOTHING = new Uint8Array(0);

/** How what was looked up last is edited. */
const By = { entries: 0, field: 1, nothing: 2 } as const;

/** Opened for one message after the other; the result is bytes[start, end). */
export class ProtobufRecordEditor implements RecordEditor, FoundValues {
  readonly holdsBytes = true;
  /** Kind of the first value that was looked up last. */
  kind: ValueKindIndex = ValueKind.absent;
  private layout: EditLayout;
  private readonly edits = new EditedText();
  private readonly entries = new FoundEntries();
  private readonly targets = new FoundEntries();
  private readonly field = new FoundField();
  private readonly any = new PlainAny();
  private readonly composed: ComposedEditor;
  private isComposed = false;
  /** The fields around the entries that were looked up last; whether these are inside of maps. */
  private readonly around = new NestedLengths();
  private isNested = false;
  private by: (typeof By)[keyof typeof By] = By.nothing;
  private selector: FieldSelector | undefined;
  /** Of the field that was looked up last: its tag, form and text. */
  private tag = 0;
  private form: number = Form.none;
  private textStart = 0;
  private textEnd = 0;

  constructor(layout: EditLayout) {
    this.layout = layout;
    this.composed = new ComposedEditor(layout);
  }

  get work(): Work | undefined {
    return this.composed.work;
  }
  set work(work: Work | undefined) {
    this.edits.work = this.composed.work = this.entries.work = this.targets.work = work;
  }

  /** Begins to edit the message bytes[start, end), which itself is left as it is. */
  open(layout: EditLayout, bytes: Uint8Array, start: number, end: number): void {
    this.layout = layout;
    this.isComposed = false;
    this.edits.open(bytes, start, end);
  }

  /** Lets go of what was opened. */
  release(): void {
    this.edits.release();
    this.isComposed = false;
  }

  /** Whether the message is another than it was. */
  get changed(): boolean {
    return this.edits.changed || (this.isComposed && this.composed.changed);
  }

  /** Bytes of the message as it is now. */
  get length(): number {
    const { composed } = this;
    return this.isComposed ? composed.length : this.edits.length;
  }

  /** The message as it is now. */
  get bytes(): Uint8Array {
    return this.isComposed ? this.composed.bytes : this.settled().bytes;
  }
  get start(): number {
    return this.isComposed ? this.composed.start : this.settled().start;
  }
  get end(): number {
    return this.isComposed ? this.composed.end : this.settled().end;
  }

  /** Writes the message as it is now in place of [start, end), which was opened. */
  writeTo(rewriter: Rewriter, start: number, end: number): void {
    const { composed } = this;
    if (!this.isComposed) this.edits.writeTo(rewriter);
    else rewriter.replace(start, end, composed.bytes, composed.start, composed.end);
  }

  private settled(): EditedText {
    this.edits.settle();
    return this.edits;
  }

  find(selector: FieldSelector): FoundValues {
    if (this.isComposed) return this.composed.find(selector);
    const { layout } = this;
    this.edits.settle();
    this.selector = selector;
    this.kind = ValueKind.absent;
    this.by = By.nothing;
    if (selector.field >= 0) return this.findField(selector.field);
    if (selector.scope !== layout.scope || layout.attributesTag === 0) return this;
    if (selector.intoLists === true) return this.compose();
    return this.findEntries(selector.path) ? this.findFirst() : this.compose();
  }

  empty(): void {
    if (this.isComposed) {
      this.composed.empty();
      return;
    }
    this.edits.replaceAll();
  }

  /** Finds the entries at the end of a path through maps, each of which is there once. */
  private findEntries(path: readonly Uint8Array[]): boolean {
    const { around, edits, entries } = this;
    const last = path.length - 1;
    this.isNested = last > 0;
    around.clear();
    if (last < 0 || !this.findIn(entries, path[0] as Uint8Array)) return false;
    for (let depth = 1; depth <= last && entries.count > 0; depth++) {
      if (entries.count > 1) return false;
      const start = entries.at(0, EntryAt.start);
      const stop = entries.at(0, EntryAt.stop);
      const lengthAt = entries.at(0, EntryAt.mapLengthAt);
      const from = entries.at(0, EntryAt.mapStart);
      const to = entries.at(0, EntryAt.mapStop);
      around.add(entries.at(0, EntryAt.lengthAt), start, stop);
      around.add(entries.at(0, EntryAt.keyEnd) + 1, entries.at(0, EntryAt.anyStart), stop);
      around.add(lengthAt, from, to);
      const key = path[depth] as Uint8Array;
      // What is no map has nothing inside.
      if (lengthAt === 0) entries.count = 0;
      else if (!entries.find(edits.bytes, from, to, KeyValueListTag.values, key)) return false;
    }
    return true;
  }

  /** Has the fields around what was edited tell their sizes. */
  private fit(lengthBefore: number): void {
    const { around, edits } = this;
    if (this.isNested) around.patch(edits, edits.length - lengthBefore);
  }

  private findIn(entries: FoundEntries, key: Uint8Array): boolean {
    const { bytes, start, end } = this.edits;
    return entries.find(bytes, start, end, this.layout.attributesTag, key);
  }

  private findFirst(): FoundValues {
    const { entries } = this;
    this.by = By.entries;
    if (entries.count > 0) this.kind = entries.at(0, EntryAt.kind) as ValueKindIndex;
    return this;
  }

  private findField(field: number): FoundValues {
    const { any, edits, layout } = this;
    const found = this.field;
    this.form = layout.forms[field] as number;
    this.tag = layout.tags[field] as number;
    if (this.form === Form.none) return this;
    const isId = this.form !== Form.text && this.form !== Form.anyValue;
    if (isId || !found.find(edits.bytes, edits.start, edits.end, this.tag)) return this.compose();
    this.by = By.field;
    this.textStart = this.textEnd = 0;
    if (!found.isThere) return this;
    let kind: ValueKindIndex = ValueKind.string;
    this.textStart = found.start;
    this.textEnd = found.stop;
    if (this.form === Form.anyValue) {
      if (!any.read(edits.bytes, found.start, found.stop)) return this.compose();
      ({ kind, textStart: this.textStart, textEnd: this.textEnd } = any);
    }
    const isEmpty = kind === ValueKind.string && this.textStart === this.textEnd;
    this.kind = isEmpty ? ValueKind.absent : kind;
    return this;
  }

  /** Goes on with the editor of any message; the values as they are now. */
  private compose(): FoundValues {
    const { composed, edits, layout } = this;
    composed.open(layout, edits.bytes, edits.start, edits.end);
    this.isComposed = true;
    return composed.find(this.selector as FieldSelector);
  }

  get text(): Uint8Array {
    const { entries } = this;
    if (this.kind !== ValueKind.string) return NOTHING;
    const isField = this.by === By.field;
    const start = isField ? this.textStart : entries.at(0, EntryAt.textStart);
    return this.edits.bytes.slice(start, isField ? this.textEnd : entries.at(0, EntryAt.textEnd));
  }

  rewrite(change: TextChange): boolean {
    const { by, edits, entries, kind } = this;
    if (isTyped(change) && by !== By.nothing) return this.compose().rewrite(change);
    if (by === By.field) {
      if (kind === ValueKind.absent) return false;
      if (!changesText(change, kind, edits.bytes, this.textStart, this.textEnd)) return false;
      this.putField(change.text, change.length);
      return true;
    }
    if (by === By.nothing) return false;
    let hit = false;
    const { length } = edits;
    for (let i = 0; i < entries.count; i++) {
      const of = entries.at(i, EntryAt.kind) as ValueKindIndex;
      const start = entries.at(i, EntryAt.textStart);
      if (!changesText(change, of, edits.bytes, start, entries.at(i, EntryAt.textEnd))) continue;
      this.putEntry(i, change.text, change.length);
      hit = true;
    }
    if (hit) this.fit(length);
    return hit;
  }

  set(text: Uint8Array, kind: ValueKindIndex = ValueKind.string): boolean {
    const { by, edits, entries, textEnd, textStart } = this;
    if (by === By.nothing) return false;
    if (kind !== ValueKind.string) return this.compose().set(text, kind);
    if (by === By.field) {
      const isText = this.field.isThere && (this.form === Form.text || this.any.isString);
      const isSo = isText && sameRange(edits.bytes, textStart, textEnd, text, 0, text.length);
      if (!isSo) this.putField(text, text.length);
      return true;
    }
    // Maps may have to be made.
    if (this.isNested && entries.count === 0) return this.compose().set(text);
    const { length } = edits;
    for (let i = 0; i < entries.count; i++) {
      const isString = entries.at(i, EntryAt.kind) === ValueKind.string;
      const start = entries.at(i, EntryAt.textStart);
      const end = entries.at(i, EntryAt.textEnd);
      const isSo = isString && sameRange(edits.bytes, start, end, text, 0, text.length);
      if (!isSo) this.putEntry(i, text, text.length);
    }
    if (entries.count === 0) this.addEntry(text);
    else if (edits.count > 0) this.fit(length);
    return true;
  }

  remove(): boolean {
    const { edits, entries } = this;
    if (this.kind === ValueKind.absent) return false;
    const { length } = edits;
    if (this.by === By.field) edits.replace(this.field.fieldAt, this.field.stop);
    else {
      this.cutEntries(entries);
      this.fit(length);
    }
    return true;
  }

  rename(to: Uint8Array, upsert: boolean, within?: boolean): boolean {
    const { edits, entries, targets, layout } = this;
    if (this.by !== By.entries || entries.count === 0) return false;
    const isTold = !this.isNested && this.findIn(targets, to);
    // The other one knows what becomes of those that are there, and how they come out of a map.
    if (!isTold || (targets.count > 0 && upsert)) return this.compose().rename(to, upsert, within);
    if (targets.count > 0) return false;
    this.work?.spend(entries.length * MOVED_BYTE_NS);
    this.cutEntries(entries);
    const at = entries.lastStop < 0 ? edits.end : entries.lastStop;
    edits.replace(at, at);
    for (let i = 0; i < entries.count; i++) {
      const keyEnd = entries.at(i, EntryAt.keyEnd);
      const stop = entries.at(i, EntryAt.stop);
      this.putLength(layout.attributesTag, 1 + sizeWithLength(to.length) + stop - keyEnd);
      this.putText(KeyValueTag.key, to, to.length);
      edits.put(edits.bytes, keyEnd, stop);
    }
    return true;
  }

  private cutEntries(entries: FoundEntries): void {
    for (let i = 0; i < entries.count; i++) {
      this.edits.replace(entries.at(i, EntryAt.fieldAt), entries.at(i, EntryAt.stop));
    }
  }

  /** Makes a found entry a string: its key stays as it is spelled. */
  private putEntry(index: number, text: Uint8Array, length: number): void {
    const { edits, entries } = this;
    const { bytes } = edits;
    const start = entries.at(index, EntryAt.start);
    const keyEnd = entries.at(index, EntryAt.keyEnd);
    const anySize = 1 + sizeWithLength(length);
    edits.replace(entries.at(index, EntryAt.lengthAt), entries.at(index, EntryAt.stop));
    this.putVarint(keyEnd - start + 1 + sizeWithLength(anySize));
    edits.put(bytes, start, keyEnd);
    this.putAny(KeyValueTag.value, text, length);
  }

  private addEntry(text: Uint8Array): void {
    const { edits, entries, layout, selector } = this;
    const key = selector?.path[0] ?? NOTHING;
    const at = entries.lastStop < 0 ? edits.end : entries.lastStop;
    const anySize = 1 + sizeWithLength(text.length);
    edits.replace(at, at);
    const size = 2 + sizeWithLength(key.length) + sizeWithLength(anySize);
    this.putLength(layout.attributesTag, size);
    this.putText(KeyValueTag.key, key, key.length);
    this.putAny(KeyValueTag.value, text, text.length);
  }

  /** Makes the found field say text[0, length), or puts it last. */
  private putField(text: Uint8Array, length: number): void {
    const { edits, field } = this;
    if (field.isThere) edits.replace(field.fieldAt, field.stop);
    else edits.replace(edits.end, edits.end);
    if (this.form === Form.anyValue) this.putAny(this.tag, text, length);
    else this.putText(this.tag, text, length);
  }

  /** Puts a field that is an AnyValue, a string. */
  private putAny(tag: number, text: Uint8Array, length: number): void {
    this.putLength(tag, 1 + sizeWithLength(length));
    this.putText(AnyValueTag.string, text, length);
  }

  private putText(tag: number, text: Uint8Array, length: number): void {
    this.putLength(tag, length);
    this.edits.put(text, 0, length);
  }

  /** Puts the tag of a length-delimited field and its length. */
  private putLength(tag: number, length: number): void {
    const { edits } = this;
    edits.reserve(2 * VARINT_BYTES_MAX);
    const { store } = edits;
    edits.wrote(writeVarint(store, writeVarint(store, edits.stored, tag), length));
  }

  private putVarint(value: number): void {
    const { edits } = this;
    edits.reserve(VARINT_BYTES_MAX);
    edits.wrote(writeVarint(edits.store, edits.stored, value));
  }
}

/** Bytes of so many with their length before them. */
function sizeWithLength(length: number): number {
  return varintSize(length) + length;
}
