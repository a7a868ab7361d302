// Finds the attribute that a path leads to in a message that is being edited, and notes the
// messages around it, whose lengths follow an edit. It changes nothing but encodings that protobuf
// merges: a map in several parts on the way of a path is joined, so that the attribute in it has
// one place.

import { bytesField, FieldCursor, joinPayloads } from "../../core/protobuf/index.ts";
import type { Place } from "../../policy/record-port.ts";
import { type AnyValueScan, isMember } from "./any-value.ts";
import { copyField, type EditBuffer, sameBytes } from "./edit-buffer.ts";
import type { EditLayout } from "./edit-layout.ts";
import { AnyValueTag, KeyValueListTag, KeyValueTag } from "./tags.ts";

/** What a search came to; `blocked`: something on the way is no map, or malformed. */
export const Search = { found: 0, missing: 1, blocked: 2 } as const;
export type SearchResult = (typeof Search)[keyof typeof Search];

/** The result of a search stays until the buffer changes. */
export class AttributeFinder {
  /** The first entry with the key; it has been entered up to its list. */
  entryAt = 0;
  lengthAt = 0;
  start = 0;
  stop = 0;
  /** Entries with the same key in that list, and where the last of them ends. */
  entries = 0;
  lastStop = 0;
  /** Index of the path segment at which the search ended. */
  segment = 0;
  /** Tag of the entries of the list in which it ended, and where another one goes. */
  listTag = 0;
  appendAt = 0;
  /** The value that was read last, and the bytes it is in: its own when it had to be joined. */
  readonly any: AnyValueScan;
  valueBytes: Uint8Array;
  private place: Place | undefined;
  private moves = -1;
  private result: SearchResult = Search.blocked;
  private valueStart = 0;
  private valueStop = 0;
  private readonly buffer: EditBuffer;
  private readonly list = new FieldCursor();
  private readonly entry = new FieldCursor();

  constructor(buffer: EditBuffer, any: AnyValueScan) {
    this.buffer = buffer;
    this.any = any;
    this.valueBytes = buffer.bytes;
  }

  /** Searches again only when the place is another or the buffer has moved since. */
  find(layout: EditLayout, place: Place): SearchResult {
    const { buffer } = this;
    if (place === this.place && buffer.moves === this.moves) return this.result;
    this.result = this.search(layout, place);
    this.place = place;
    this.moves = buffer.moves;
    return this.result;
  }

  private search(layout: EditLayout, place: Place): SearchResult {
    const { buffer } = this;
    const { path } = place;
    if (place.scope !== layout.scope || layout.attributesTag === 0) return Search.blocked;
    buffer.leaveAll();
    this.listTag = layout.attributesTag;
    for (let i = 0; i < path.length; i++) {
      this.segment = i;
      const result = this.findEntry(path[i] as Uint8Array);
      if (result !== Search.found || i === path.length - 1) return result;
      const map = this.enterMap();
      if (map === Search.blocked) {
        this.entries = 0;
        return Search.blocked;
      }
      // It had to be joined, which has moved everything.
      if (map === Search.missing) return this.search(layout, place);
      this.listTag = KeyValueListTag.values;
    }
    return Search.blocked;
  }

  /** Reads the value of the found entry into `any` and `valueBytes`; false when it is malformed. */
  readValue(): boolean {
    const { any, entry } = this;
    const { bytes } = this.buffer;
    let parts = 0;
    let start = this.start;
    let stop = this.start;
    entry.open(bytes, this.start, this.stop);
    while (entry.next()) {
      if (entry.tag !== KeyValueTag.value) continue;
      parts++;
      start = entry.start;
      stop = entry.stop;
    }
    if (parts > 1) {
      this.valueBytes = joinPayloads(bytes, this.start, this.stop, KeyValueTag.value);
      start = 0;
      stop = this.valueBytes.length;
    } else this.valueBytes = bytes;
    this.valueStart = start;
    this.valueStop = stop;
    return any.scan(this.valueBytes, start, stop);
  }

  /** The found entry with another key, as a whole field of a list whose entries have this tag. */
  withKey(key: Uint8Array, tag: number): Uint8Array {
    const { bytes } = this.buffer;
    const { entry } = this;
    let at = this.start;
    let stop = this.start;
    entry.open(bytes, this.start, this.stop);
    while (entry.next()) {
      if (entry.tag !== KeyValueTag.key) continue;
      at = entry.fieldAt;
      stop = entry.stop;
    }
    return bytesField(
      tag,
      bytes.subarray(this.start, at),
      bytesField(KeyValueTag.key, key),
      bytes.subarray(stop, this.stop),
    );
  }

  /** The fields from the first to the last entry with the key, without all but `left` of those. */
  withoutEntries(key: Uint8Array, left: number): Uint8Array {
    const { list, listTag } = this;
    const out = new Uint8Array(this.lastStop - this.entryAt);
    let size = 0;
    let kept = 0;
    list.open(this.buffer.bytes, this.entryAt, this.lastStop);
    while (list.next()) {
      const isEntry = list.tag === listTag && this.hasKey(list.start, list.stop, key);
      if (!isEntry || kept++ < left) size = copyField(list, out, size);
    }
    return out.subarray(0, size);
  }

  private findEntry(key: Uint8Array): SearchResult {
    const { buffer, list, listTag } = this;
    this.entries = 0;
    this.appendAt = buffer.innerEnd;
    list.open(buffer.bytes, buffer.innerStart, buffer.innerEnd);
    while (list.next()) {
      if (list.tag !== listTag) continue;
      this.appendAt = list.stop;
      if (!this.hasKey(list.start, list.stop, key)) continue;
      this.lastStop = list.stop;
      if (this.entries++ > 0) continue;
      this.entryAt = list.fieldAt;
      this.lengthAt = list.lengthAt;
      this.start = list.start;
      this.stop = list.stop;
    }
    if (list.fault >= 0) return Search.blocked;
    return this.entries > 0 ? Search.found : Search.missing;
  }

  /** A malformed entry has no key. */
  private hasKey(start: number, end: number, key: Uint8Array): boolean {
    const { entry } = this;
    const { bytes } = this.buffer;
    // Nearly every entry is a short key and then its value, which ends with it.
    const size = bytes[start + 1] as number;
    const valueAt = start + size + 4;
    if (bytes[start] === KeyValueTag.key && size < 0x80 && valueAt <= end) {
      const isPlain = bytes[valueAt - 2] === KeyValueTag.value;
      if (isPlain && valueAt + (bytes[valueAt - 1] as number) === end && end - valueAt < 0x80) {
        return sameBytes(bytes, start + 2, valueAt - 2, key);
      }
    }
    let keyAt = start;
    let keyEnd = start;
    entry.open(bytes, start, end);
    while (entry.next()) {
      if (entry.tag !== KeyValueTag.key) continue;
      keyAt = entry.start;
      keyEnd = entry.stop;
    }
    return entry.fault < 0 && sameBytes(bytes, keyAt, keyEnd, key);
  }

  /** Enters the map of the found entry. `missing`: it was joined, search again. */
  private enterMap(): SearchResult {
    const { any, buffer, entry } = this;
    if (!this.readValue() || any.member !== AnyValueTag.kvlist) return Search.blocked;
    buffer.enter(this.lengthAt, this.start, this.stop);
    if (this.valueBytes !== buffer.bytes || any.members !== 1) {
      const { changed } = buffer;
      buffer.replaceField(KeyValueTag.value, this.joinedMap());
      // The same message by protobuf's rules; it goes out only when something else changes as well.
      buffer.changed = changed;
      return Search.missing;
    }
    entry.open(buffer.bytes, this.start, this.stop);
    while (entry.next()) {
      if (entry.tag === KeyValueTag.value) buffer.enter(entry.lengthAt, entry.start, entry.stop);
    }
    buffer.enter(any.lengthAt, any.start, any.stop);
    return Search.found;
  }

  /** The value that was read last, a map, as a value field with all of it in one member. */
  private joinedMap(): Uint8Array {
    const { any, entry, valueBytes } = this;
    const parts: Uint8Array[] = [];
    entry.open(valueBytes, this.valueStart, this.valueStop);
    while (entry.next()) {
      if (!isMember(entry.tag)) parts.push(valueBytes.subarray(entry.fieldAt, entry.stop));
    }
    const map = joinPayloads(valueBytes, any.rowAt, any.stop, AnyValueTag.kvlist);
    return bytesField(KeyValueTag.value, bytesField(AnyValueTag.kvlist, map), ...parts);
  }
}
