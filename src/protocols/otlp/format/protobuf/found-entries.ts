// Finds the attributes of one key in an encoded message, or one of its fields, by offsets. What is
// composed of several parts, or malformed, is left to composed-editor.ts.

import { grownInts, sameRange } from "../../../../core/bytes.ts";
import { FieldCursor } from "../../../../core/protobuf/index.ts";
import { PATCH_NS, type Work } from "../../../../core/work.ts";
import { ValueKind, type ValueKindIndex } from "../../../../policy/record-port.ts";
import { AnyValueScan } from "./any-value.ts";
import { hasKey } from "./attribute-lists.ts";
import { AnyValueTag, KeyValueTag } from "./tags.ts";
import { kindOfMember } from "./value-scan.ts";

/** An AnyValue of one member and nothing else. */
export class PlainAny {
  kind: ValueKindIndex = ValueKind.absent;
  /** Of a string. */
  textStart = 0;
  textEnd = 0;
  /** The one member. */
  readonly any = new AnyValueScan();

  get isString(): boolean {
    return this.kind === ValueKind.string;
  }

  /** Reads bytes[start, end); false when it is anything else. */
  read(bytes: Uint8Array, start: number, end: number): boolean {
    const { any } = this;
    if (!any.scan(bytes, start, end)) return false;
    if (any.members !== 1 || any.rowAt !== start || any.stop !== end) return false;
    this.kind = kindOfMember(any.member);
    this.textStart = any.start;
    this.textEnd = any.member === AnyValueTag.string ? any.stop : any.start;
    return true;
  }
}

/** What is known of each found attribute. */
export const EntryAt = {
  fieldAt: 0,
  lengthAt: 1,
  /** Its KeyValue, which ends with its value. */
  start: 2,
  stop: 3,
  keyEnd: 4,
  kind: 5,
  textStart: 6,
  textEnd: 7,
  /** Its AnyValue, which ends with it. */
  anyStart: 8,
  /** Of a map: its list, and where that has its length; of what is none, 0. */
  mapLengthAt: 9,
  mapStart: 10,
  mapStop: 11,
} as const;
const WIDTH = 12;

export class FoundEntries {
  count = 0;
  /** Behind the last entry of the list that was not found; -1: there is none. */
  lastStop = -1;
  /** What is asked before one more is noted; undefined: nobody. */
  work: Work | undefined;
  /** Bytes of all found ones. */
  length = 0;
  private rows = new Int32Array(WIDTH * 8);
  private readonly any = new PlainAny();
  private readonly cursor = new FieldCursor();

  /** Finds the entries of that key among the fields `tag`; false when offsets do not tell. */
  find(bytes: Uint8Array, start: number, end: number, tag: number, key: Uint8Array): boolean {
    const { cursor } = this;
    this.count = this.length = 0;
    this.lastStop = -1;
    cursor.open(bytes, start, end);
    while (cursor.next()) {
      if (cursor.tag !== tag) continue;
      const isFound = this.isUsual(bytes, key);
      if (!isFound && hasKey(bytes, cursor.start, cursor.stop, key)) return false;
      if (isFound && !this.add(bytes, key)) return false;
      if (!isFound) this.lastStop = cursor.stop;
    }
    return cursor.fault < 0;
  }

  at(index: number, what: number): number {
    return this.rows[index * WIDTH + what] as number;
  }

  /** Whether the entry at hand is that key, and behind it a value that ends with it. */
  private isUsual(bytes: Uint8Array, key: Uint8Array): boolean {
    const { start, stop } = this.cursor;
    const { length } = key;
    if (length >= 0x80 || bytes[start] !== KeyValueTag.key || bytes[start + 1] !== length) {
      return false;
    }
    const valueAt = start + 2 + length;
    if (valueAt + 2 > stop || bytes[valueAt] !== KeyValueTag.value) return false;
    return (
      this.anyStart(bytes, valueAt + 1) >= 0 &&
      sameRange(bytes, start + 2, valueAt, key, 0, key.length)
    );
  }

  /** Where the AnyValue begins whose length is at `lengthAt`, if it ends with the entry; or -1. */
  private anyStart(bytes: Uint8Array, lengthAt: number): number {
    const { stop } = this.cursor;
    let at = lengthAt;
    let size = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = bytes[at++] as number;
      size |= (byte & 0x7f) << shift;
      if (byte < 0x80) return at + size === stop ? at : -1;
    }
    return -1;
  }

  private add(bytes: Uint8Array, key: Uint8Array): boolean {
    const { any, cursor } = this;
    const { start, stop } = cursor;
    const keyEnd = start + 2 + key.length;
    const anyStart = this.anyStart(bytes, keyEnd + 1);
    if (!any.read(bytes, anyStart, stop)) return false;
    const member = any.any;
    const isMap = member.member === AnyValueTag.kvlist;
    this.work?.spend(PATCH_NS);
    this.length += stop - start;
    const row = this.count++ * WIDTH;
    if (row === this.rows.length) this.rows = grownInts(this.rows, row * 2);
    const { rows } = this;
    rows[row + EntryAt.fieldAt] = cursor.fieldAt;
    rows[row + EntryAt.lengthAt] = cursor.lengthAt;
    rows[row + EntryAt.start] = start;
    rows[row + EntryAt.stop] = stop;
    rows[row + EntryAt.keyEnd] = keyEnd;
    rows[row + EntryAt.kind] = any.kind;
    rows[row + EntryAt.textStart] = any.textStart;
    rows[row + EntryAt.textEnd] = any.textEnd;
    rows[row + EntryAt.anyStart] = anyStart;
    rows[row + EntryAt.mapLengthAt] = isMap ? member.lengthAt : 0;
    rows[row + EntryAt.mapStart] = member.start;
    rows[row + EntryAt.mapStop] = member.stop;
    return true;
  }
}

/** A field of text, or an AnyValue, that is there once or not at all. */
export class FoundField {
  isThere = false;
  fieldAt = 0;
  start = 0;
  stop = 0;
  private readonly cursor = new FieldCursor();

  /** Finds the field `tag`; false when there are several, or the message is malformed. */
  find(bytes: Uint8Array, start: number, end: number, tag: number): boolean {
    const { cursor } = this;
    this.isThere = false;
    let isSeveral = false;
    cursor.open(bytes, start, end);
    while (cursor.next()) {
      if (cursor.tag !== tag) continue;
      isSeveral ||= this.isThere;
      this.isThere = true;
      this.fieldAt = cursor.fieldAt;
      this.start = cursor.start;
      this.stop = cursor.stop;
    }
    return cursor.fault < 0 && !isSeveral;
  }
}
