// Edits one encoded record, Resource or InstrumentationScope of any shape, by building it anew.
// Untouched bytes and the order of fields stay. Entries with the same key are edited each by
// itself; of a field that occurs several times an edit leaves only one. A malformed message, or
// malformed part of it, is left alone.

import { sameRange } from "../../../../core/bytes.ts";
import { bytesField, FieldCursor } from "../../../../core/protobuf/index.ts";
import { COPIED_BYTE_NS, FIELD_NS, type Work } from "../../../../core/work.ts";
import { Scope } from "../../../../policy/fields.ts";
import {
  type FoundValues,
  type FieldSelector,
  type RecordEditor,
  type TextChange,
  ValueKind,
  type ValueKindIndex,
} from "../../../../policy/record-port.ts";
import { changesText, ConstantText, isTyped } from "../../../../policy/text-change.ts";
import { addEntry, changeEntries, GONE, renameEntries, withKey } from "./attribute-lists.ts";
import { type EditLayout, Form } from "./edit-layout.ts";
import { isId, parseHex, SPAN_ID_BYTES, TRACE_ID_BYTES, writeHex } from "./hex.ts";
import { fieldsIn, isWellFormed, NOTHING, withAppended, withField } from "./splice.ts";
import { KeyValueTag } from "./tags.ts";
import { anyValueOf } from "./typed-values.ts";
import { ValueScan } from "./value-scan.ts";

/** Of smaller messages it does not matter how many fields they have. */
const COUNTED_BYTES_MIN = 16 * 1024;
const NOWHERE: FieldSelector = { field: -1, scope: Scope.event, path: [] };

/** Opened for one message after the other; the result is bytes[start, end). */
export class ComposedEditor implements RecordEditor, FoundValues {
  readonly holdsBytes = true;
  /** The message as it is now. */
  bytes: Uint8Array = NOTHING;
  start = 0;
  end = 0;
  /** Whether the message is another than it was. */
  changed = false;
  /** What is asked before the message is gone through and built anew. */
  work: Work | undefined;
  /** Of the message as it was opened; -1: they were not counted yet. */
  private fields = -1;
  private layout: EditLayout;
  private readonly value = new ValueScan();
  private readonly cursor = new FieldCursor();
  /** Of the value that was looked for last. */
  kind: ValueKindIndex = ValueKind.absent;
  private ownText: Uint8Array = NOTHING;
  private selector: FieldSelector = NOWHERE;
  /** Occurrences of the field that was read last. */
  private parts = 0;

  constructor(layout: EditLayout) {
    this.layout = layout;
  }

  /** Begins to edit the message bytes[start, end), which itself is left as it is. */
  open(layout: EditLayout, bytes: Uint8Array, start: number, end: number): void {
    this.layout = layout;
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    this.changed = false;
    this.fields = -1;
  }

  get length(): number {
    return this.end - this.start;
  }

  find(selector: FieldSelector): FoundValues {
    this.selector = selector;
    if (this.work !== undefined) this.foresee(this.work);
    if (selector.field >= 0) this.readField(selector.field);
    else this.readFirst(selector);
    return this;
  }

  private foresee(work: Work): void {
    const { bytes, end, start } = this;
    work.spend((end - start) * COPIED_BYTE_NS);
    if (end - start <= COUNTED_BYTES_MIN) return;
    if (this.fields < 0) this.fields = fieldsIn(bytes, start, end, work.left / FIELD_NS);
    work.spend(this.fields * FIELD_NS);
  }

  empty(): void {
    this.take(NOTHING);
  }

  get text(): Uint8Array {
    return this.kind === ValueKind.string ? this.ownText : NOTHING;
  }

  rewrite(change: TextChange): boolean {
    const { selector } = this;
    if (selector.field >= 0) return this.rewriteField(selector.field, change);
    let hit = false;
    const changed = this.changeEntries(selector, (bytes, start, stop) => {
      const { value } = this;
      if (!value.scan(bytes, start, stop, KeyValueTag.value)) return undefined;
      const old = value.text;
      if (changesText(change, entryKind(value), old, 0, old.length)) {
        const any = anyValueOf(change.text.subarray(0, change.length), change.kind);
        if (isTyped(change) && sameRange(value.bytes, value.start, value.stop, any, 0, any.length))
          return undefined;
        hit = true;
        return withField(bytes, start, stop, KeyValueTag.value, bytesField(KeyValueTag.value, any));
      }
      if (!value.isComposed) return undefined;
      const field = value.asOneField(KeyValueTag.value);
      return withField(bytes, start, stop, KeyValueTag.value, field);
    });
    this.take(changed);
    return hit;
  }

  set(text: Uint8Array, kind?: ValueKindIndex): boolean {
    const { selector } = this;
    if (selector.field >= 0) return this.setField(selector.field, text, kind);
    if (this.kind !== ValueKind.absent) {
      this.rewrite(new ConstantText(text, kind));
      return true;
    }
    const { bytes, start, end, layout } = this;
    if (!this.hasList(selector)) return false;
    const value = bytesField(KeyValueTag.value, anyValueOf(text, kind));
    const added = addEntry(bytes, start, end, layout.attributesTag, selector.path, value);
    this.take(added);
    return added !== undefined;
  }

  remove(): boolean {
    const { selector } = this;
    if (selector.field >= 0) return this.clearField(selector.field);
    return this.take(this.changeEntries(selector, () => GONE));
  }

  rename(to: Uint8Array, upsert: boolean, within = false): boolean {
    const { selector } = this;
    if (selector.field >= 0) return false;
    const tag = this.layout.attributesTag;
    if (within && selector.path.length > 1) return this.renameWithin(selector, to, upsert);
    const renamed: Uint8Array[] = [];
    const without = this.changeEntries(selector, (bytes, start, stop) => {
      renamed.push(withKey(bytes, start, stop, to, tag));
      return GONE;
    });
    const target: FieldSelector = { field: -1, scope: selector.scope, path: [to] };
    if (without === undefined) return false;
    if (!upsert && this.find(target).kind !== ValueKind.absent) return false;
    this.take(without);
    this.find(target).remove();
    return this.take(withAppended(this.bytes, this.start, this.end, tag, renamed));
  }

  private renameWithin(selector: FieldSelector, to: Uint8Array, upsert: boolean): boolean {
    if (!this.hasList(selector)) return false;
    const { bytes, start, end, layout } = this;
    return this.take(
      renameEntries(
        bytes,
        start,
        end,
        layout.attributesTag,
        selector.path,
        { to, upsert },
        selector.intoLists,
      ),
    );
  }

  /** Whether there was a new message, which is this one from now on. */
  private take(message: Uint8Array | undefined): boolean {
    if (message === undefined) return false;
    const { bytes, start, end } = this;
    if (!sameRange(bytes, start, end, message, 0, message.length)) this.changed = true;
    this.bytes = message;
    this.start = 0;
    this.end = message.length;
    return true;
  }

  // Fields

  /** Reads a field into kind, text and parts. */
  private readField(field: number): void {
    const { bytes, cursor, end, layout, start, value } = this;
    const form = layout.forms[field] as number;
    const tag = layout.tags[field] as number;
    this.kind = ValueKind.absent;
    this.ownText = NOTHING;
    this.parts = 0;
    if (form === Form.none) return;
    if (form === Form.anyValue) {
      if (!value.scan(bytes, start, end, tag)) return;
      this.parts = value.parts;
      const isEmpty = value.kind === ValueKind.string && value.text.length === 0;
      if (isEmpty || value.any.member === 0) return;
      this.kind = value.kind;
      this.ownText = value.text;
      return;
    }
    let at = 0;
    let stop = 0;
    cursor.open(bytes, start, end);
    while (cursor.next()) {
      if (cursor.tag !== tag) continue;
      this.parts++;
      at = cursor.start;
      stop = cursor.stop;
    }
    const isThere = form === Form.text ? at < stop : isId(bytes, at, stop);
    if (cursor.fault >= 0 || !isThere) return;
    this.kind = ValueKind.string;
    this.ownText = form === Form.text ? bytes.subarray(at, stop) : hexOf(bytes, at, stop);
  }

  private rewriteField(field: number, change: TextChange): boolean {
    const { kind, layout, ownText: old, value, parts } = this;
    if (kind !== ValueKind.absent && changesText(change, kind, old, 0, old.length)) {
      const text = change.text.subarray(0, change.length);
      if (isTyped(change) && this.isBody(field, text, change.kind)) return false;
      return this.setField(field, text, change.kind);
    }
    // What nobody reads hides nothing from a redaction.
    const tag = layout.tags[field] as number;
    const isAny = layout.forms[field] === Form.anyValue;
    if (parts === 0 || !(isAny ? value.isComposed : parts > 1)) return false;
    const { bytes, cursor, start, end } = this;
    let one: Uint8Array = NOTHING;
    if (isAny) one = value.asOneField(tag);
    else {
      cursor.open(bytes, start, end);
      while (cursor.next()) {
        if (cursor.tag === tag) one = bytes.subarray(cursor.fieldAt, cursor.stop);
      }
    }
    this.take(withField(bytes, start, end, tag, one));
    return false;
  }

  /** Whether a field is an AnyValue that is this one already. */
  private isBody(field: number, text: Uint8Array, kind: ValueKindIndex | undefined): boolean {
    const { bytes, start, stop } = this.value;
    if (this.layout.forms[field] !== Form.anyValue) return false;
    const any = anyValueOf(text, kind);
    return sameRange(bytes, start, stop, any, 0, any.length);
  }

  private setField(
    field: number,
    text: Uint8Array,
    kind: ValueKindIndex = ValueKind.string,
  ): boolean {
    const { bytes, start, end, layout } = this;
    const form = layout.forms[field] as number;
    let value = text;
    if (form === Form.none || !isWellFormed(bytes, start, end)) return false;
    if (form === Form.anyValue) value = anyValueOf(text, kind);
    else if (kind !== ValueKind.string) return false;
    else if (form !== Form.text) {
      const id = parseHex(text, form === Form.traceId ? TRACE_ID_BYTES : SPAN_ID_BYTES);
      if (id === undefined) return this.clearField(field);
      value = id;
    }
    const tag = layout.tags[field] as number;
    return this.take(withField(bytes, start, end, tag, bytesField(tag, value)));
  }

  private clearField(field: number): boolean {
    this.readField(field);
    if (this.kind === ValueKind.absent) return false;
    const { bytes, start, end, layout } = this;
    return this.take(withField(bytes, start, end, layout.tags[field] as number, NOTHING));
  }

  // Attributes

  private hasList(selector: FieldSelector): boolean {
    return selector.scope === this.layout.scope && this.layout.attributesTag !== 0;
  }

  private changeEntries(
    selector: FieldSelector,
    change: (bytes: Uint8Array, start: number, stop: number) => Uint8Array | undefined,
  ): Uint8Array | undefined {
    if (!this.hasList(selector)) return undefined;
    const { bytes, start, end, layout } = this;
    const { path, intoLists } = selector;
    return changeEntries(bytes, start, end, layout.attributesTag, path, change, intoLists);
  }

  /** Reads the first entry that is selected into kind and text. */
  private readFirst(selector: FieldSelector): void {
    const { value } = this;
    this.kind = ValueKind.absent;
    this.ownText = NOTHING;
    this.changeEntries(selector, (bytes, start, stop) => {
      const isFirst = this.kind === ValueKind.absent;
      if (!isFirst || !value.scan(bytes, start, stop, KeyValueTag.value)) return undefined;
      this.kind = entryKind(value);
      this.ownText = value.text;
      return undefined;
    });
  }
}

/** An entry is there, whatever its value. */
function entryKind({ kind }: ValueScan): ValueKindIndex {
  return kind === ValueKind.absent ? ValueKind.composite : kind;
}

function hexOf(bytes: Uint8Array, start: number, stop: number): Uint8Array {
  const text = new Uint8Array((stop - start) * 2);
  writeHex(bytes, start, stop, text, 0);
  return text;
}
