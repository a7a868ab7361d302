// Edits the fields of a log record or span where they stand in its text: a string member, or the
// body, that is there once or not at all.

import { sameRange } from "../../../../core/bytes.ts";
import { COLON, QUOTE, scanString } from "../../../../core/json/index.ts";
import { encodeUtf8 } from "../../../../core/utf8.ts";
import { Field, type FieldIndex } from "../../../../policy/fields.ts";
import type { Signal } from "../../../../policy/model.ts";
import { type TextChange, ValueKind, type ValueKindIndex } from "../../../../policy/record-port.ts";
import { changesText } from "../../../../policy/text-change.ts";
import { type EditableField, editableFields, isHex } from "./editable-fields.ts";
import { FoundAny } from "./found-attributes.ts";
import type { RecordText } from "./record-text.ts";

const BODY: EditableField = { name: encodeUtf8("body"), idDigits: 0 };

export class FieldEdits {
  /** Kind of the field that was looked up last. */
  kind: ValueKindIndex = ValueKind.absent;
  private readonly record: RecordText;
  private readonly fields: ReadonlyMap<FieldIndex, EditableField>;
  private readonly any = new FoundAny();
  /** Undefined: records do not have it, or it cannot be edited. */
  private editable: EditableField | undefined;
  private member = 0;
  private isThere = false;
  /** Of a string, between its quotes; the end is complemented when it has escapes. */
  private textStart = 0;
  private textEnd = 0;

  constructor(record: RecordText, signal: Signal) {
    this.record = record;
    const fields = new Map(editableFields(signal));
    if (signal === "log") fields.set(Field.body, BODY);
    this.fields = fields;
  }

  /** Looks a field up; false when that takes a tree. */
  find(field: FieldIndex): boolean {
    const { record } = this;
    const { edits } = record;
    this.kind = ValueKind.absent;
    this.editable = this.fields.get(field);
    this.isThere = false;
    if (this.editable === undefined) return true;
    this.member = field + 1;
    let members = record.index();
    let count = members.counts[this.member] as number;
    if (count === 0) return true;
    const keyAt = members.keyAts[this.member] as number;
    const valueEnd = members.valueEnds[this.member] as number;
    if (edits.isPatched(keyAt, valueEnd)) {
      members = record.index(true);
      count = members.counts[this.member] as number;
    }
    if (count > 1) return false;
    this.isThere = count === 1;
    const valueAt = members.valueAts[this.member] as number;
    return this.editable === BODY ? this.readBody(valueAt) : this.readText(valueAt);
  }

  private readBody(valueAt: number): boolean {
    const { any } = this;
    any.read(this.record.edits.bytes, valueAt);
    if (!any.isPlain || any.kind === ValueKind.composite) return false;
    this.kind = any.kind;
    if (any.kind !== ValueKind.string) return true;
    this.textStart = any.textStart;
    this.textEnd = any.textEnd;
    if (this.textStart === this.textEnd) this.kind = ValueKind.absent;
    return true;
  }

  private readText(valueAt: number): boolean {
    const { record } = this;
    const { bytes } = record.edits;
    if (bytes[valueAt] !== QUOTE) return false;
    this.textStart = valueAt + 1;
    this.textEnd = scanString(bytes, this.textStart);
    const isEmpty = this.textStart === this.textEnd;
    this.kind = isEmpty || (this.isId && this.readId()) ? ValueKind.absent : ValueKind.string;
    return true;
  }

  private get isId(): boolean {
    return (this.editable?.idDigits ?? 0) > 0;
  }

  /** Reads the id in lower case; whether it is all zeros. */
  private readId(): boolean {
    this.record.readText(this.textStart, this.textEnd);
    return this.record.lowerHex();
  }

  /** The text as it counts, unescaped, and of an id in lower case. */
  private read(): void {
    const { kind, record } = this;
    if (kind !== ValueKind.string) record.readNothing();
    else if (this.isId) this.readId();
    else record.readText(this.textStart, this.textEnd);
  }

  get text(): Uint8Array {
    this.read();
    const { source, from, to } = this.record;
    return source.slice(from, to);
  }

  rewrite(change: TextChange): boolean {
    const { kind, record } = this;
    if (kind === ValueKind.absent) return false;
    this.read();
    if (!changesText(change, kind, record.source, record.from, record.to)) return false;
    return this.put(change.text, change.length);
  }

  set(text: Uint8Array): boolean {
    return this.put(text, text.length);
  }

  remove(): boolean {
    if (this.kind === ValueKind.absent) return false;
    this.record.removeMember(this.member);
    return true;
  }

  private put(text: Uint8Array, length: number): boolean {
    const { editable, record } = this;
    if (editable === undefined) return false;
    const { idDigits } = editable;
    if (idDigits > 0 && !isHex(text, length, idDigits)) return this.remove();
    if (!this.isThere) this.add(editable, text, length);
    else if (editable === BODY && this.any.kind !== ValueKind.string) {
      record.edits.replace(this.any.start, this.any.end);
      record.putStringValue(text, length, this.any.isSnake);
    } else if (!this.saysSo(text, length)) {
      const { textStart, textEnd } = this;
      record.edits.replace(textStart, textEnd < 0 ? ~textEnd : textEnd);
      record.putEscaped(text, 0, length);
    }
    return true;
  }

  /** Whether the member is that text already, letter by letter. */
  private saysSo(text: Uint8Array, length: number): boolean {
    const { record } = this;
    record.readText(this.textStart, this.textEnd);
    const { source, from, to } = record;
    return sameRange(source, from, to, text, 0, length);
  }

  private add(editable: EditableField, text: Uint8Array, length: number): void {
    const { record } = this;
    const { edits, members } = record;
    const { name } = editable;
    record.append(members.openAt, members.closeAt);
    edits.putByte(QUOTE);
    edits.put(name, 0, name.length);
    edits.putByte(QUOTE);
    edits.putByte(COLON);
    if (editable === BODY) record.putStringValue(text, length, false);
    else {
      edits.putByte(QUOTE);
      record.putEscaped(text, 0, length);
      edits.putByte(QUOTE);
    }
  }
}
