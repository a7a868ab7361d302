// Puts the attributes that policies ask for: walks KeyValue messages with the program's key trie.
// Of equal keys each is put. Nothing is allocated per attribute, except for encodings that must be
// merged.

import { FieldCursor, joinPayloads } from "../../../../core/protobuf/index.ts";
import type { AttributePaths, Evaluation, FieldValues } from "../../../../policy/record-port.ts";
import { AnyValueScan, doubleAt } from "./any-value.ts";
import { AnyValueTag, KEY_VALUE_TYPES, KeyValueListTag, KeyValueTag } from "./tags.ts";
import { ASKED_PARTS_MAX, ASKED_VALUES_MAX, MAP_DEPTH_MAX } from "../../../../core/limits.ts";

/** Reads for one evaluation and one body. */
export class AttributeReader {
  private readonly paths: AttributePaths;
  private readonly values: FieldValues;
  private readonly any = new AnyValueScan();
  private readonly odd = new FieldCursor();
  /** Two cursors per depth of maps. */
  private readonly cursors: FieldCursor[] = [];

  /** That may still be put of the list at hand. */
  private valuesLeft = 0;
  /** Data points, events and links that the record at hand may still have. */
  private partsLeft = 0;
  /** That may be put of all of them, but for those that the one at hand was given; -1: none is. */
  private partValuesLeft = 0;
  private givenValues = -1;

  constructor(evaluation: Evaluation) {
    this.paths = evaluation.fields.paths;
    this.values = evaluation.values;
  }

  /** The list of a record, a resource or a scope begins. */
  begin(): void {
    this.valuesLeft = ASKED_VALUES_MAX;
    this.partsLeft = this.partValuesLeft = ASKED_PARTS_MAX;
    this.givenValues = -1;
  }

  /** Counts another part of the record; false: it is one too many. */
  takePart(): boolean {
    return --this.partsLeft >= 0;
  }

  /** The list of a part that was counted begins. */
  beginPart(): void {
    if (this.givenValues >= 0) this.partValuesLeft -= this.givenValues - this.valuesLeft;
    this.givenValues = this.valuesLeft = Math.min(ASKED_VALUES_MAX, this.partValuesLeft);
  }

  /**
   * Reads one KeyValue of a list whose keys hang under `parent`. False when it is malformed, or one
   * too many.
   */
  readEntry(bytes: Uint8Array, start: number, end: number, parent: number, depth: number): boolean {
    const paths = this.paths;
    // Budget: nearly every attribute is one that nobody asks for and has just a key and then a
    // value.
    const keyAt = start + 2;
    const keyEnd = keyAt + (bytes[start + 1] as number);
    if (bytes[start] === KeyValueTag.key && keyEnd < keyAt + 0x80 && keyEnd + 2 <= end) {
      let valueAt = keyEnd + 2;
      let size = bytes[keyEnd + 1] as number;
      if (size >= 0x80 && valueAt < end) {
        const high = bytes[valueAt++] as number;
        size = high < 0x80 ? (size & 0x7f) | (high << 7) : -1;
      }
      if (bytes[keyEnd] === KeyValueTag.value && valueAt + size === end) {
        const node = paths.child(parent, bytes, keyAt, keyEnd);
        return node < 0 || this.readValue(bytes, valueAt, end, node, depth);
      }
    }
    return this.readOddEntry(bytes, start, end, parent, depth);
  }

  /** Puts an AnyValue as the value of field `slot`: an empty string, or no member, is missing. */
  putField(slot: number, bytes: Uint8Array, start: number, end: number): boolean {
    const any = this.any;
    if (!any.scan(bytes, start, end)) return false;
    if (any.member === 0) return true;
    if (any.member === AnyValueTag.string && any.start === any.stop) return true;
    this.put(slot, bytes);
    return true;
  }

  /** A KeyValue with its fields in any order and number. */
  private readOddEntry(
    bytes: Uint8Array,
    start: number,
    end: number,
    parent: number,
    depth: number,
  ): boolean {
    const cursor = this.odd;
    let keyAt = start;
    let keyEnd = start;
    let valueAt = start;
    let valueEnd = start;
    let occurrences = 0;
    cursor.open(bytes, start, end);
    while (cursor.next()) {
      if (cursor.tag === KeyValueTag.key) {
        keyAt = cursor.start;
        keyEnd = cursor.stop;
      } else if (cursor.tag === KeyValueTag.value) {
        occurrences++;
        valueAt = cursor.start;
        valueEnd = cursor.stop;
      } else if (KEY_VALUE_TYPES.isMistyped(cursor.tag)) return false;
    }
    if (cursor.fault >= 0) return false;
    const node = this.paths.child(parent, bytes, keyAt, keyEnd);
    if (node < 0) return true;
    if (occurrences < 2) return this.readValue(bytes, valueAt, valueEnd, node, depth);
    const joined = joinPayloads(bytes, start, end, KeyValueTag.value);
    return joined !== undefined && this.readValue(joined, 0, joined.length, node, depth);
  }

  private readValue(
    bytes: Uint8Array,
    start: number,
    end: number,
    node: number,
    depth: number,
  ): boolean {
    const paths = this.paths;
    const any = this.any;
    if (!any.scan(bytes, start, end)) return false;
    const slot = paths.slot(node);
    if (slot >= 0) {
      if (--this.valuesLeft < 0) return false;
      this.put(slot, bytes);
    }
    if (any.member !== AnyValueTag.kvlist || !paths.hasChildren(node)) return true;
    return depth >= MAP_DEPTH_MAX || this.readMap(bytes, any.rowAt, end, node, depth + 1);
  }

  /** Reads the entries of all map members of the AnyValue that ends at `end`, from `start` on. */
  private readMap(
    bytes: Uint8Array,
    start: number,
    end: number,
    node: number,
    depth: number,
  ): boolean {
    const members = this.cursorAt(depth * 2);
    const entries = this.cursorAt(depth * 2 + 1);
    members.open(bytes, start, end);
    while (members.next()) {
      if (members.tag !== AnyValueTag.kvlist) continue;
      entries.open(bytes, members.start, members.stop);
      while (entries.next()) {
        if (entries.tag !== KeyValueListTag.values) continue;
        if (!this.readEntry(bytes, entries.start, entries.stop, node, depth)) return false;
      }
      if (entries.fault >= 0) return false;
    }
    return members.fault < 0;
  }

  private put(slot: number, bytes: Uint8Array): void {
    const values = this.values;
    const any = this.any;
    switch (any.member) {
      case AnyValueTag.string:
        values.putString(slot, bytes, any.start, any.stop);
        break;
      case AnyValueTag.bool:
        values.putBool(slot, (any.hi | any.lo) !== 0);
        break;
      case AnyValueTag.int:
        values.putInt(slot, any.hi, any.lo);
        break;
      case AnyValueTag.double:
        values.putDouble(slot, doubleAt(bytes, any.start));
        break;
      case AnyValueTag.bytes:
        values.putBytes(slot, bytes, any.start, any.stop);
        break;
      default:
        values.putComposite(slot);
    }
  }

  private cursorAt(index: number): FieldCursor {
    while (this.cursors.length <= index) this.cursors.push(new FieldCursor());
    return this.cursors[index] as FieldCursor;
  }
}
