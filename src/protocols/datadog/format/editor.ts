// Edits one Datadog log in its JSON text. A value whose name occurs only once is found by its
// offset and patched in place: at the top of the record, inside a member, as a tag, or in the
// document inside the message. All other values, and those of the request, are edited in a tree
// (tree-editor.ts), which gives the same bytes wherever both can do the edit.

import { sameRange } from "../../../core/bytes.ts";
import { EditedText } from "../../../core/edited-text.ts";
import {
  CLOSE_OBJECT,
  COLON,
  COMMA,
  escapedLength,
  escapeInto,
  OPEN_OBJECT,
  QUOTE,
  releaseScratch,
  scanString,
  Scratch,
  skipSpace,
  unescapeToScratch,
} from "../../../core/json/index.ts";
import type { Rewriter } from "../../../core/rewriter.ts";
import { encodeUtf8 } from "../../../core/utf8.ts";
import type { Work } from "../../../core/work.ts";
import { Field, Scope } from "../../../policy/fields.ts";
import {
  type FoundValues,
  type FieldSelector,
  type RecordEditor,
  type TextChange,
  ValueKind,
  type ValueKindIndex,
} from "../../../policy/record-port.ts";
import { changesText, isTyped } from "../../../policy/text-change.ts";
import { dottedName } from "../../dotted/name-table.ts";
import { BODY_NAMES, STATUS_NAMES } from "./log-names.ts";
import { kindOfLiteral } from "./literal-kind.ts";
import { Known, PlainRecord, Search, type SearchIndex, Where } from "./plain-record.ts";
import type { RequestEdits } from "./request-attributes.ts";
import { TagList } from "./tag-list.ts";
import { DatadogTreeEditor } from "./tree-editor.ts";

const NOTHING = new Uint8Array(0);
const BODY_KEY = encodeUtf8(BODY_NAMES[0]);
const STATUS_KEY = encodeUtf8(STATUS_NAMES[0]);
const UNDERSCORE = 0x5f;
/** An escaped byte takes six at most: of short texts that much room is made unseen. */
const ESCAPED_BYTES_MAX = 6;
const SHORT_BYTES_MAX = 1024;

/** One editor serves one record after the other: open it, pass it on, check `changed`, write. */
export class DatadogLogEditor implements RecordEditor, FoundValues {
  /** The kind of the value that was looked up last. */
  kind: ValueKindIndex = ValueKind.absent;
  private readonly tree = new DatadogTreeEditor();
  private isTree = false;
  private readonly edits = new EditedText();
  /** Where the members of the record are; the reader may note them while it reads. */
  readonly record = new PlainRecord();
  private readonly scratch = new Scratch(1024);
  private readonly quoted = new Scratch(256);
  /** Dotted names of paths. */
  private readonly names = new WeakMap<readonly Uint8Array[], Uint8Array>();
  private isRead = false;
  private selector: FieldSelector | undefined;
  /** The key of a new value; undefined: no value can be added. */
  private key: Uint8Array | undefined;
  /** The text that was read last, unescaped: source[from, to). */
  private source: Uint8Array = NOTHING;
  private from = 0;
  private to = 0;

  get work(): Work | undefined {
    return this.tree.work;
  }
  set work(work: Work | undefined) {
    this.edits.work = this.tree.work = work;
  }

  /** Opens the record bytes[start, end), an object, of a request that may also have attributes. */
  open(bytes: Uint8Array, start: number, end: number, request?: RequestEdits): void {
    this.edits.open(bytes, start, end);
    this.isRead = this.record.isOf(bytes, start);
    this.isTree = request !== undefined;
    if (request !== undefined) this.tree.open(bytes, start, end, request);
  }

  /** Releases what was opened. */
  close(): void {
    this.tree.close();
    this.edits.release();
    this.record.forget();
    this.source = NOTHING;
    releaseScratch(this.scratch);
    releaseScratch(this.quoted);
  }

  /** Whether the record is another than it was. */
  get changed(): boolean {
    return this.edits.changed || (this.isTree && this.tree.changed);
  }

  get length(): number {
    return this.isTree ? this.tree.length : this.edits.length;
  }

  /** Writes the record as it is now in place of [start, end), which was opened. */
  writeTo(rewriter: Rewriter, start: number, end: number): void {
    if (!this.isTree) this.edits.writeTo(rewriter);
    else {
      const text = this.tree.print();
      rewriter.replace(start, end, text, 0, text.length);
    }
  }

  /** The record as it is now. */
  print(): Uint8Array {
    if (this.isTree) return this.tree.print();
    this.settle();
    return this.edits.bytes.slice(this.edits.start, this.edits.end);
  }

  find(selector: FieldSelector): FoundValues {
    if (this.isTree) return this.tree.find(selector);
    this.selector = selector;
    this.kind = ValueKind.absent;
    this.settle();
    const search = this.search(selector);
    if (search === Search.untold) return this.toTree();
    if (search === Search.found) this.kind = this.kindOfValue();
    return this;
  }

  empty(): void {
    if (this.isTree) {
      this.tree.empty();
      return;
    }
    const { edits } = this;
    edits.replaceAll();
    edits.putByte(OPEN_OBJECT);
    edits.putByte(CLOSE_OBJECT);
  }

  private search(selector: FieldSelector): SearchIndex {
    this.key = undefined;
    if (selector.field === Field.body) return this.searchKnown(Known.body, BODY_KEY);
    if (selector.field === Field.severity_text) return this.searchKnown(Known.status, STATUS_KEY);
    if (selector.field !== -1 || selector.scope === Scope.event) return Search.absent;
    const { path } = selector;
    // Only the tree adds values for which maps may have to be created.
    if (path.length === 1) this.key = path[0];
    return this.read().findAttribute(this.nameOf(path));
  }

  private nameOf(path: readonly Uint8Array[]): Uint8Array {
    if (path.length === 1) return path[0] as Uint8Array;
    let name = this.names.get(path);
    if (name === undefined) {
      name = dottedName(path);
      this.names.set(path, name);
    }
    return name;
  }

  private searchKnown(known: 1 | 2, key: Uint8Array): SearchIndex {
    this.key = key;
    return this.read().findKnown(known);
  }

  private read(): PlainRecord {
    const { edits, record } = this;
    if (!this.isRead) record.read(edits.bytes, edits.start);
    this.isRead = true;
    return record;
  }

  private settle(): void {
    if (this.edits.count === 0) return;
    this.edits.settle();
    this.isRead = false;
  }

  /** Continues with the tree; returns the values in their current state. */
  private toTree(): FoundValues {
    const { edits, tree } = this;
    tree.open(edits.bytes, edits.start, edits.end);
    this.isTree = true;
    return tree.find(this.selector as FieldSelector);
  }

  private kindOfValue(): ValueKindIndex {
    const { where, valueEnd, valueStart } = this.record;
    if (where === Where.tag) return ValueKind.string;
    return kindOfLiteral(this.textAround, valueStart, valueEnd);
  }

  /** Reads the text of the value; it is empty if the value is not a string. */
  private readText(): void {
    const { record, scratch } = this;
    const bytes = this.textAround;
    this.source = bytes;
    if (record.where === Where.tag) {
      this.from = record.valueStart;
      this.to = record.valueEnd;
      return;
    }
    this.from = this.to = record.valueStart + 1;
    if (this.kind !== ValueKind.string) return;
    const quote = scanString(bytes, this.from);
    this.to = quote;
    if (quote >= 0) return;
    scratch.reset();
    unescapeToScratch(bytes, record.valueStart + 1, ~quote, scratch);
    this.source = scratch.text;
    this.from = scratch.from;
    this.to = scratch.to;
  }

  get text(): Uint8Array {
    if (this.kind !== ValueKind.string) return NOTHING;
    this.readText();
    return this.source.slice(this.from, this.to);
  }

  /** There is only one value, so that every reach is the same. */
  rewrite(change: TextChange): boolean {
    if (isTyped(change) && this.kind !== ValueKind.absent) return this.toTree().rewrite(change);
    if (this.kind === ValueKind.absent) return false;
    this.readText();
    if (!changesText(change, this.kind, this.source, this.from, this.to)) return false;
    if (this.record.where === Where.tag) return this.putTag(change.text, change.length);
    this.put(change.text, change.length);
    return true;
  }

  set(text: Uint8Array, of: ValueKindIndex = ValueKind.string): boolean {
    const { edits, key, kind } = this;
    if (of !== ValueKind.string) return this.toTree().set(text, of);
    if (kind === ValueKind.absent) {
      const { selector } = this;
      if (selector?.field === -1 && selector.scope !== Scope.event && key === undefined) {
        return this.toTree().set(text);
      }
      if (key === undefined) return false;
      this.append(key);
      edits.putByte(QUOTE);
      this.putEscaped(text, text.length);
      edits.putByte(QUOTE);
      return true;
    }
    this.readText();
    if (this.record.where === Where.tag) {
      this.putTag(text, text.length);
      return true;
    }
    const { from, source, to } = this;
    const isSo = kind === ValueKind.string && sameRange(source, from, to, text, 0, text.length);
    if (!isSo) this.put(text, text.length);
    return true;
  }

  remove(): boolean {
    if (this.kind === ValueKind.absent) return false;
    this.cut();
    return true;
  }

  rename(to: Uint8Array, upsert: boolean, within = false): boolean {
    const { edits, record, selector } = this;
    if (selector?.field !== -1 || this.kind === ValueKind.absent) return false;
    // The tree handles existing targets, and nested names.
    const isNested = within && selector.path.length > 1;
    if (isNested || record.mayHave(to)) return this.toTree().rename(to, upsert, within);
    if (record.where === Where.tag) return this.renameTag(to);
    const { message } = record;
    const isDocument = record.where === Where.document;
    const isAlone = this.cut();
    const closeAt = isDocument ? message.end - 1 : record.closeAt;
    this.replace(closeAt, closeAt);
    if (!isAlone) edits.putByte(COMMA);
    this.putQuoted(to, to.length);
    edits.putByte(COLON);
    const { valueEnd, valueStart } = record;
    if (!isDocument) edits.put(edits.bytes, valueStart, valueEnd);
    else edits.put(edits.bytes, message.originOf(valueStart), message.originOf(valueEnd));
    return true;
  }

  /** Gives the tag another key, if tags can have it. */
  private renameTag(to: Uint8Array): boolean {
    const { edits, record } = this;
    if (!TagList.canHave(to)) return false;
    edits.replace(record.keyStart, record.keyEnd);
    this.putEscaped(to, to.length);
    return true;
  }

  /** Gives the tag a value, in which commas become "_". Returns whether that changed it. */
  private putTag(text: Uint8Array, length: number): boolean {
    const { edits, from, record, source, to } = this;
    let isSame = length === to - from;
    for (let i = 0; isSame && i < length; i++) {
      const c = text[i] as number;
      isSame = source[from + i] === (c === COMMA ? UNDERSCORE : c);
    }
    if (isSame) return false;
    edits.replace(record.valueStart, record.valueEnd);
    if (record.valueStart === record.keyEnd) edits.putByte(COLON);
    const start = edits.stored;
    this.putEscaped(text, length);
    const { store, stored } = edits;
    for (let at = start; at < stored; at++) if (store[at] === COMMA) store[at] = UNDERSCORE;
    return true;
  }

  /** The text that the value's offsets refer to. */
  private get textAround(): Uint8Array {
    const { edits, record } = this;
    return record.where === Where.document ? record.message.bytes : edits.bytes;
  }

  /** Begins a patch in the text that contains the value. */
  private replace(start: number, end: number): void {
    const { edits, record } = this;
    const { message } = record;
    if (record.where !== Where.document) edits.replace(start, end);
    else edits.replace(message.originOf(start), message.originOf(end));
  }

  /** Removes the value with its comma. Returns whether its record, or document, has no other. */
  private cut(): boolean {
    const { edits, record } = this;
    if (record.where === Where.tag) {
      edits.replace(record.partStart, record.partEnd);
      return false;
    }
    const bytes = this.textAround;
    let before = record.keyStart - 2;
    while ((bytes[before] as number) <= 0x20) before--;
    const behind = skipSpace(bytes, record.valueEnd);
    const isFirst = bytes[before] !== COMMA;
    const isLast = bytes[behind] !== COMMA;
    this.replace(isFirst ? before + 1 : before, isFirst && !isLast ? behind + 1 : behind);
    const { where } = record;
    return (
      isFirst &&
      isLast &&
      before === (where === Where.document ? record.message.start : record.openAt)
    );
  }

  /** Begins a patch that appends a member with that key. */
  private append(key: Uint8Array): void {
    const { edits } = this;
    const { closeAt, openAt } = this.read();
    if (skipSpace(edits.bytes, openAt + 1) === closeAt) edits.replace(openAt + 1, closeAt);
    else {
      edits.replace(closeAt, closeAt);
      edits.putByte(COMMA);
    }
    edits.putByte(QUOTE);
    this.putEscaped(key, key.length);
    edits.putByte(QUOTE);
    edits.putByte(COLON);
  }

  private put(text: Uint8Array, length: number): void {
    this.replace(this.record.valueStart, this.record.valueEnd);
    this.putQuoted(text, length);
  }

  /** Puts a JSON string; in a document, as it is written in the message. */
  private putQuoted(text: Uint8Array, length: number): void {
    const { edits, quoted, record } = this;
    const isDocument = record.where === Where.document;
    if (!isDocument) {
      edits.putByte(QUOTE);
      this.putEscaped(text, length);
      edits.putByte(QUOTE);
      return;
    }
    quoted.reset();
    quoted.reserve(escapedLength(text, 0, length) + 2);
    const { bytes } = quoted;
    bytes[0] = QUOTE;
    const end = escapeInto(text, 0, length, bytes, 1);
    bytes[end] = QUOTE;
    this.putEscaped(bytes, end + 1);
  }

  private putEscaped(text: Uint8Array, length: number): void {
    const { edits } = this;
    const isShort = length <= SHORT_BYTES_MAX;
    edits.reserve(isShort ? length * ESCAPED_BYTES_MAX : escapedLength(text, 0, length));
    edits.wrote(escapeInto(text, 0, length, edits.store, edits.stored));
  }
}
