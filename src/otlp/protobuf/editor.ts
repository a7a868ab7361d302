// Edits one encoded record, Resource or InstrumentationScope. Untouched bytes and the order of
// fields stay. Encodings that protobuf merges (a value in several parts) are joined when, and only
// when, a place inside them is looked for. A malformed part is as good as not there: nothing is
// changed.

import { bytesField, FieldCursor, joinPayloads } from "../../core/protobuf/index.ts";
import {
  type Place,
  type RecordEditor,
  ValueKind,
  type ValueKindIndex,
} from "../../policy/record-port.ts";
import { AnyValueScan } from "./any-value.ts";
import { EditBuffer } from "./edit-buffer.ts";
import { type EditLayout, Form } from "./edit-layout.ts";
import { isId, parseHex, writeHex } from "./hex.ts";
import { AnyValueTag, KeyValueListTag, KeyValueTag } from "./tags.ts";

const NOTHING = new Uint8Array(0);

/** What a search for an attribute came to. */
const Search = { found: 0, missing: 1, blocked: 2 } as const;
type SearchResult = (typeof Search)[keyof typeof Search];

function equalBytes(bytes: Uint8Array, start: number, end: number, text: Uint8Array): boolean {
  if (end - start !== text.length) return false;
  for (let i = 0; i < text.length; i++) if (bytes[start + i] !== text[i]) return false;
  return true;
}

function stringValue(text: Uint8Array): Uint8Array {
  return bytesField(AnyValueTag.string, text);
}

function keyValue(key: Uint8Array, anyValue: Uint8Array): Uint8Array {
  const keyField = bytesField(KeyValueTag.key, key);
  const valueField = bytesField(KeyValueTag.value, anyValue);
  const both = new Uint8Array(keyField.length + valueField.length);
  both.set(keyField);
  both.set(valueField, keyField.length);
  return both;
}

function idSize(form: number): number {
  return form === Form.traceId ? 16 : 8;
}

/** Opened for one message after the other; the result is `bytes` when `changed`. */
export class ProtobufRecordEditor implements RecordEditor {
  /** Whether any call has changed the message. */
  changed = false;
  private layout: EditLayout;
  private readonly buffer = new EditBuffer();
  private readonly any = new AnyValueScan();
  private readonly list = new FieldCursor();
  private readonly entry = new FieldCursor();
  // The entry that a search has found; where its list can be extended and the segment that was
  // missing.
  private entryAt = 0;
  private entryLengthAt = 0;
  private entryStart = 0;
  private entryStop = 0;
  private appendAt = 0;
  private listTag = 0;
  private missingAt = 0;
  // The value that was read last, in bytes of its own when it had to be joined.
  private valueBytes: Uint8Array = NOTHING;

  constructor(layout: EditLayout) {
    this.layout = layout;
  }

  /** Begins to edit the message bytes[start, end), which is left as it is. */
  open(layout: EditLayout, bytes: Uint8Array, start: number, end: number): void {
    this.layout = layout;
    this.changed = false;
    this.buffer.open(bytes, start, end);
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
    if (this.find(place) !== Search.found) return ValueKind.absent;
    return this.readEntryValue() ? this.anyKind() : ValueKind.absent;
  }

  textAt(place: Place): Uint8Array {
    if (this.kindAt(place) !== ValueKind.string) return NOTHING;
    const { any, valueBytes } = this;
    const form = place.field >= 0 ? this.layout.forms[place.field] : Form.anyValue;
    if (form !== Form.traceId && form !== Form.spanId) {
      return valueBytes.subarray(any.start, any.stop);
    }
    const text = new Uint8Array((any.stop - any.start) * 2);
    writeHex(valueBytes, any.start, any.stop, text, 0);
    return text;
  }

  setText(place: Place, text: Uint8Array): boolean {
    if (place.field >= 0) return this.setField(place.field, text);
    switch (this.find(place)) {
      case Search.found:
        this.buffer.enter(this.entryLengthAt, this.entryStart, this.entryStop);
        this.buffer.replaceField(
          KeyValueTag.value,
          bytesField(KeyValueTag.value, stringValue(text)),
        );
        break;
      case Search.missing:
        this.create(place.path, text);
        break;
      default:
        return false;
    }
    this.changed = true;
    return true;
  }

  remove(place: Place): boolean {
    if (place.field >= 0) return this.clearField(place.field);
    if (this.find(place) !== Search.found) return false;
    this.buffer.replace(this.entryAt, this.entryStop, NOTHING);
    this.changed = true;
    return true;
  }

  rename(place: Place, to: Uint8Array, upsert: boolean): boolean {
    if (place.field >= 0 || this.find(place) !== Search.found) return false;
    const renamed = this.renamedEntry(to);
    const target: Place = { field: -1, scope: place.scope, path: [to] };
    const search = this.find(target);
    if (search === Search.blocked || (search === Search.found && !upsert)) return false;
    let more = this.remove(place);
    // The first of equal keys is the one that counts, so none may stay before the renamed entry.
    while (more) more = this.remove(target);
    this.buffer.replace(this.appendAt, this.appendAt, renamed);
    this.changed = true;
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
    if (form === Form.number) return any.lo === 0 ? ValueKind.absent : ValueKind.int;
    if (form === Form.text) return any.start < any.stop ? ValueKind.string : ValueKind.absent;
    return isId(this.valueBytes, any.start, any.stop) ? ValueKind.string : ValueKind.absent;
  }

  /**
   * Finds the value of a field into `any` and `valueBytes`. False: it is not there or not readable.
   */
  private readField(field: number): boolean {
    const { any, buffer, list } = this;
    const { bytes, start, end } = buffer;
    const tag = this.layout.tags[field] as number;
    let count = 0;
    list.open(bytes, start, end);
    while (list.next()) {
      if (list.tag !== tag) continue;
      count++;
      any.start = list.start;
      any.stop = list.stop;
      any.lo = list.lo;
    }
    if (list.fault >= 0 || count === 0) return false;
    this.valueBytes = bytes;
    if (this.layout.forms[field] !== Form.anyValue) return true;
    if (count === 1) return any.scan(bytes, any.start, any.stop);
    this.valueBytes = joinPayloads(bytes, start, end, tag);
    return any.scan(this.valueBytes, 0, this.valueBytes.length);
  }

  private setField(field: number, text: Uint8Array): boolean {
    const form = this.layout.forms[field] as number;
    const tag = this.layout.tags[field] as number;
    if (form === Form.none || form === Form.number || !this.wellFormed()) return false;
    let value = text;
    if (form === Form.anyValue) value = stringValue(text);
    else if (form !== Form.text) {
      const id = parseHex(text, idSize(form));
      if (id === undefined) return this.clearField(field);
      value = id;
    }
    this.buffer.leaveAll();
    this.buffer.replaceField(tag, bytesField(tag, value));
    this.changed = true;
    return true;
  }

  private clearField(field: number): boolean {
    if (this.layout.forms[field] === Form.number) return false;
    if (this.fieldKind(field) === ValueKind.absent) return false;
    this.buffer.leaveAll();
    this.buffer.replaceField(this.layout.tags[field] as number, NOTHING);
    this.changed = true;
    return true;
  }

  private wellFormed(): boolean {
    const { list, buffer } = this;
    list.open(buffer.bytes, buffer.start, buffer.end);
    let more = true;
    while (more) more = list.next();
    return list.fault < 0;
  }

  // Attributes

  /** Searches the entry at the place's path; on the way into maps the buffer is entered. */
  private find(place: Place): SearchResult {
    const { buffer, layout } = this;
    const { path } = place;
    if (place.scope !== layout.scope || layout.attributesTag === 0) return Search.blocked;
    buffer.leaveAll();
    this.listTag = layout.attributesTag;
    for (let i = 0; i < path.length; i++) {
      this.missingAt = i;
      const result = this.findEntry(path[i] as Uint8Array);
      if (result !== Search.found || i === path.length - 1) return result;
      const map = this.enterMap();
      if (map === Search.blocked) return Search.blocked;
      // The entry was joined, which has moved it.
      if (map === Search.missing) return this.find(place);
      this.listTag = KeyValueListTag.values;
    }
    return Search.blocked;
  }

  /** Searches the first entry with this key in the list of what was entered last. */
  private findEntry(key: Uint8Array): SearchResult {
    const { buffer, list, listTag } = this;
    const { bytes } = buffer;
    let result: SearchResult = Search.missing;
    this.appendAt = buffer.innerEnd;
    list.open(bytes, buffer.innerStart, buffer.innerEnd);
    while (list.next()) {
      if (list.tag !== listTag) continue;
      this.appendAt = list.stop;
      if (result === Search.found || !this.hasKey(list.start, list.stop, key)) continue;
      result = Search.found;
      this.entryAt = list.fieldAt;
      this.entryLengthAt = list.lengthAt;
      this.entryStart = list.start;
      this.entryStop = list.stop;
    }
    return list.fault < 0 ? result : Search.blocked;
  }

  private hasKey(start: number, end: number, key: Uint8Array): boolean {
    const { entry } = this;
    const { bytes } = this.buffer;
    let keyAt = start;
    let keyEnd = start;
    entry.open(bytes, start, end);
    while (entry.next()) {
      if (entry.tag !== KeyValueTag.key) continue;
      keyAt = entry.start;
      keyEnd = entry.stop;
    }
    return entry.fault < 0 && equalBytes(bytes, keyAt, keyEnd, key);
  }

  /** Finds the value of the found entry into `any` and `valueBytes`; false when it is malformed. */
  private readEntryValue(): boolean {
    const { any, entry, entryStart, entryStop } = this;
    const { bytes } = this.buffer;
    let count = 0;
    let start = entryStart;
    let stop = entryStart;
    entry.open(bytes, entryStart, entryStop);
    while (entry.next()) {
      if (entry.tag !== KeyValueTag.value) continue;
      count++;
      start = entry.start;
      stop = entry.stop;
    }
    this.valueBytes = bytes;
    if (count < 2) return any.scan(bytes, start, stop);
    this.valueBytes = joinPayloads(bytes, entryStart, entryStop, KeyValueTag.value);
    return any.scan(this.valueBytes, 0, this.valueBytes.length);
  }

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

  /** Enters the map of the found entry. `missing`: it had to be joined first, search again. */
  private enterMap(): SearchResult {
    const { any, buffer, entry } = this;
    if (!this.readEntryValue() || any.member !== AnyValueTag.kvlist) return Search.blocked;
    buffer.enter(this.entryLengthAt, this.entryStart, this.entryStop);
    if (this.valueBytes !== buffer.bytes || any.members !== 1) {
      const map = joinPayloads(this.valueBytes, any.rowAt, any.stop, AnyValueTag.kvlist);
      const value = bytesField(AnyValueTag.kvlist, map);
      buffer.replaceField(KeyValueTag.value, bytesField(KeyValueTag.value, value));
      return Search.missing;
    }
    entry.open(buffer.bytes, this.entryStart, this.entryStop);
    while (entry.next()) {
      if (entry.tag === KeyValueTag.value) buffer.enter(entry.lengthAt, entry.start, entry.stop);
    }
    buffer.enter(any.lengthAt, any.start, any.stop);
    return Search.found;
  }

  /** Appends the entry that a search did not find, with the maps that are missing on the way. */
  private create(path: readonly Uint8Array[], text: Uint8Array): void {
    let value = stringValue(text);
    for (let i = path.length - 1; i > this.missingAt; i--) {
      const item = bytesField(KeyValueListTag.values, keyValue(path[i] as Uint8Array, value));
      value = bytesField(AnyValueTag.kvlist, item);
    }
    const entry = keyValue(path[this.missingAt] as Uint8Array, value);
    this.buffer.replace(this.appendAt, this.appendAt, bytesField(this.listTag, entry));
  }

  /** The found entry under another key, as a whole field of the top-level list. */
  private renamedEntry(key: Uint8Array): Uint8Array {
    const { bytes } = this.buffer;
    const { entry, entryStart, entryStop } = this;
    let at = entryStart;
    let stop = entryStart;
    entry.open(bytes, entryStart, entryStop);
    while (entry.next()) {
      if (entry.tag !== KeyValueTag.key) continue;
      at = entry.fieldAt;
      stop = entry.stop;
    }
    return bytesField(
      this.layout.attributesTag,
      bytes.subarray(entryStart, at),
      bytesField(KeyValueTag.key, key),
      bytes.subarray(stop, entryStop),
    );
  }
}
