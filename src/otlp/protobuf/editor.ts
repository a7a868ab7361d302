// Edits one encoded record, Resource or InstrumentationScope. Untouched bytes and the order of
// fields stay. Of a field that occurs several times, and of entries with the same key, an edit
// leaves only one. A malformed message, or malformed part of it, is left alone.

import { bytesField, FieldCursor, joinPayloads } from "../../core/protobuf/index.ts";
import {
  type ChangeText,
  type Place,
  type RecordEditor,
  ValueKind,
  type ValueKindIndex,
} from "../../policy/record-port.ts";
import { AnyValueScan } from "./any-value.ts";
import { AttributeFinder, Search } from "./attribute-finder.ts";
import { EditBuffer, sameBytes } from "./edit-buffer.ts";
import { type EditLayout, Form } from "./edit-layout.ts";
import { isId, parseHex, writeHex } from "./hex.ts";
import { AnyValueTag, KeyValueListTag, KeyValueTag } from "./tags.ts";

const NOTHING = new Uint8Array(0);

function stringValue(text: Uint8Array): Uint8Array {
  return bytesField(AnyValueTag.string, text);
}

/** A field of a list: a KeyValue of this key and AnyValue. */
function entryField(tag: number, key: Uint8Array, anyValue: Uint8Array): Uint8Array {
  return bytesField(tag, bytesField(KeyValueTag.key, key), bytesField(KeyValueTag.value, anyValue));
}

/** Opened for one message after the other; the result is bytes[start, end). */
export class ProtobufRecordEditor implements RecordEditor {
  private layout: EditLayout;
  private readonly buffer = new EditBuffer();
  private readonly any = new AnyValueScan();
  private readonly finder = new AttributeFinder(this.buffer, this.any);
  private readonly cursor = new FieldCursor();
  /** What the field that was read last lies in. */
  private fieldBytes: Uint8Array = NOTHING;

  constructor(layout: EditLayout) {
    this.layout = layout;
  }

  /** Begins to edit the message bytes[start, end), which itself is left as it is. */
  open(layout: EditLayout, bytes: Uint8Array, start: number, end: number): void {
    this.layout = layout;
    this.buffer.open(bytes, start, end);
  }

  /** Whether the message is another than it was. */
  get changed(): boolean {
    return this.buffer.changed;
  }

  /** The message as it is now: bytes[start, end); borrowed until the next edit or open. */
  get bytes(): Uint8Array {
    return this.buffer.bytes;
  }
  get start(): number {
    return this.buffer.start;
  }
  get end(): number {
    return this.buffer.end;
  }

  kindAt(place: Place): ValueKindIndex {
    if (place.field >= 0) return this.fieldKind(place.field);
    const { finder } = this;
    const isThere = finder.find(this.layout, place) === Search.found && finder.readValue();
    return isThere ? this.anyKind() : ValueKind.absent;
  }

  textAt(place: Place): Uint8Array {
    if (this.kindAt(place) !== ValueKind.string) return NOTHING;
    const { start, stop } = this.any;
    if (place.field < 0) return this.finder.valueBytes.subarray(start, stop);
    const form = this.layout.forms[place.field];
    if (form !== Form.traceId && form !== Form.spanId) return this.fieldBytes.subarray(start, stop);
    const text = new Uint8Array((stop - start) * 2);
    writeHex(this.fieldBytes, start, stop, text, 0);
    return text;
  }

  rewrite(place: Place, change: ChangeText): boolean {
    const kind = this.kindAt(place);
    if (kind === ValueKind.absent) return false;
    const text = this.textAt(place);
    const changed = change(kind, text);
    if (changed === undefined) return false;
    if (kind === ValueKind.string && sameBytes(changed, 0, changed.length, text)) return false;
    return this.setText(place, changed);
  }

  setText(place: Place, text: Uint8Array): boolean {
    if (place.field >= 0) return this.setField(place.field, text);
    const { buffer, finder } = this;
    switch (finder.find(this.layout, place)) {
      case Search.found:
        this.removeEntries(place, 1);
        buffer.enter(finder.lengthAt, finder.start, finder.stop);
        buffer.replaceField(KeyValueTag.value, bytesField(KeyValueTag.value, stringValue(text)));
        return true;
      case Search.missing:
        this.append(place.path, text);
        return true;
      default:
        return false;
    }
  }

  remove(place: Place): boolean {
    if (place.field >= 0) return this.clearField(place.field);
    if (this.finder.find(this.layout, place) !== Search.found) return false;
    this.removeEntries(place, 0);
    return true;
  }

  rename(place: Place, to: Uint8Array, upsert: boolean): boolean {
    const { finder, layout } = this;
    if (place.field >= 0 || finder.find(layout, place) !== Search.found) return false;
    const renamed = finder.withKey(to, layout.attributesTag);
    const target: Place = { field: -1, scope: place.scope, path: [to] };
    if (finder.find(layout, target) === Search.found && !upsert) return false;
    finder.find(layout, place);
    this.removeEntries(place, 0);
    finder.find(layout, target);
    this.removeEntries(target, 0);
    this.buffer.leaveAll();
    this.buffer.replace(finder.appendAt, finder.appendAt, renamed);
    return true;
  }

  // Fields

  private fieldKind(field: number): ValueKindIndex {
    const form = this.layout.forms[field];
    if (form === Form.none || !this.readField(field)) return ValueKind.absent;
    const { any } = this;
    if (form === Form.anyValue) {
      const kind = any.member === 0 ? ValueKind.absent : this.anyKind();
      return kind === ValueKind.string && any.start === any.stop ? ValueKind.absent : kind;
    }
    if (form === Form.text) return any.start < any.stop ? ValueKind.string : ValueKind.absent;
    return isId(this.fieldBytes, any.start, any.stop) ? ValueKind.string : ValueKind.absent;
  }

  /** Finds a field's value into `any` and `fieldBytes`. False: it is not there or not readable. */
  private readField(field: number): boolean {
    const { any, cursor } = this;
    const { bytes, start, end } = this.buffer;
    const tag = this.layout.tags[field] as number;
    let parts = 0;
    cursor.open(bytes, start, end);
    while (cursor.next()) {
      if (cursor.tag !== tag) continue;
      parts++;
      any.start = cursor.start;
      any.stop = cursor.stop;
    }
    if (cursor.fault >= 0 || parts === 0) return false;
    this.fieldBytes = bytes;
    if (this.layout.forms[field] !== Form.anyValue) return true;
    if (parts === 1) return any.scan(bytes, any.start, any.stop);
    this.fieldBytes = joinPayloads(bytes, start, end, tag);
    return any.scan(this.fieldBytes, 0, this.fieldBytes.length);
  }

  private setField(field: number, text: Uint8Array): boolean {
    const { buffer, layout } = this;
    const form = layout.forms[field] as number;
    let value = text;
    if (form === Form.none || !this.isWellFormed()) return false;
    if (form === Form.anyValue) value = stringValue(text);
    else if (form !== Form.text) {
      const id = parseHex(text, form === Form.traceId ? 16 : 8);
      if (id === undefined) return this.clearField(field);
      value = id;
    }
    const tag = layout.tags[field] as number;
    buffer.leaveAll();
    buffer.replaceField(tag, bytesField(tag, value));
    return true;
  }

  private clearField(field: number): boolean {
    if (this.fieldKind(field) === ValueKind.absent) return false;
    this.buffer.leaveAll();
    this.buffer.replaceField(this.layout.tags[field] as number, NOTHING);
    return true;
  }

  private isWellFormed(): boolean {
    const { buffer, cursor } = this;
    cursor.open(buffer.bytes, buffer.start, buffer.end);
    let more = true;
    while (more) more = cursor.next();
    return cursor.fault < 0;
  }

  // Attributes

  private anyKind(): ValueKindIndex {
    switch (this.any.member) {
      case AnyValueTag.string:
        return ValueKind.string;
      case AnyValueTag.bool:
        return ValueKind.bool;
      case AnyValueTag.int:
        return ValueKind.int;
      case AnyValueTag.double:
        return ValueKind.double;
      case AnyValueTag.bytes:
        return ValueKind.bytes;
      default:
        return ValueKind.composite;
    }
  }

  /** After a search: takes entries with that key out until only the first `left` are there. */
  private removeEntries(place: Place, left: number): void {
    const { buffer, finder, layout } = this;
    if (finder.entries <= left) return;
    const key = place.path.at(-1) ?? NOTHING;
    const kept = finder.withoutEntries(key, left);
    buffer.replace(finder.entryAt, finder.lastStop, kept);
    finder.find(layout, place);
  }

  /** Appends the entry that a search did not find, with the maps that are missing on the way. */
  private append(path: readonly Uint8Array[], text: Uint8Array): void {
    const { appendAt, listTag, segment } = this.finder;
    let value = stringValue(text);
    for (let i = path.length - 1; i > segment; i--) {
      const values = entryField(KeyValueListTag.values, path[i] as Uint8Array, value);
      value = bytesField(AnyValueTag.kvlist, values);
    }
    const entry = entryField(listTag, path[segment] as Uint8Array, value);
    this.buffer.replace(appendAt, appendAt, entry);
  }
}
