// Puts the attributes that policies ask for: walks KeyValue messages with the program's key trie.
// Of equal keys each is put. Nothing is allocated per attribute, except for encodings that must be
// merged.

import { DECIMAL_BYTES_MAX, writeDecimal } from "../../../../core/decimal.ts";
import { FieldCursor, joinPayloads } from "../../../../core/protobuf/index.ts";
import type {
  AttributePaths,
  Evaluation,
  FieldValues,
  ValuePuts,
} from "../../../../policy/record-port.ts";
import { AnyValueScan, doubleAt } from "./any-value.ts";
import {
  AnyValueTag,
  ArrayValueTag,
  KEY_VALUE_TYPES,
  KeyValueListTag,
  KeyValueTag,
} from "./tags.ts";
import { ASKED_PARTS_MAX, ASKED_VALUES_MAX, MAP_DEPTH_MAX } from "../../../../core/limits.ts";

/** Reads for one evaluation and one body. */
export class AttributeReader {
  private readonly paths: AttributePaths;
  private readonly values: FieldValues;
  private readonly holding: Uint8Array;
  private readonly digits = new Uint8Array(DECIMAL_BYTES_MAX);
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
    this.holding = evaluation.fields.holding;
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
    this.put(this.values, slot, bytes);
    if (any.member !== AnyValueTag.array || this.holding[slot] !== 1) return true;
    return this.readArray(bytes, any.rowAt, end, -1, slot, 1);
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
      this.put(this.values, slot, bytes);
    }
    const { member, rowAt } = any;
    const isArray = member === AnyValueTag.array;
    if ((!isArray && member !== AnyValueTag.kvlist) || depth >= MAP_DEPTH_MAX) return true;
    const lists = paths.lists(node);
    if (isArray) {
      const held = slot >= 0 && this.holding[slot] === 1 ? slot : -1;
      const isAsked = lists >= 0 || held >= 0;
      return !isAsked || this.readArray(bytes, rowAt, end, lists, held, depth + 1);
    }
    if (paths.hasChildren(node) && !this.readMap(bytes, rowAt, end, node, depth + 1)) return false;
    return lists < 0 || lists === node || this.readMap(bytes, rowAt, end, lists, depth + 1);
  }

  /**
   * Reads the elements of all array members of the AnyValue that ends at `end`, from `start` on.
   * `node`: below which their indices are looked up; `held`: where each of them is put; -1: nobody
   * asks for that.
   */
  private readArray(
    bytes: Uint8Array,
    start: number,
    end: number,
    node: number,
    held: number,
    depth: number,
  ): boolean {
    const members = this.cursorAt(depth * 2);
    const elements = this.cursorAt(depth * 2 + 1);
    let index = 0;
    members.open(bytes, start, end);
    while (members.next()) {
      if (members.tag !== AnyValueTag.array) continue;
      elements.open(bytes, members.start, members.stop);
      while (elements.next()) {
        if (elements.tag !== ArrayValueTag.values) continue;
        const { start: from, stop } = elements;
        if (held >= 0 && !this.readHeld(bytes, from, stop, held)) return false;
        const length = node < 0 ? 0 : writeDecimal(index++, this.digits);
        const child = node < 0 ? -1 : this.paths.child(node, this.digits, 0, length);
        if (child >= 0 && !this.readValue(bytes, from, stop, child, depth)) return false;
      }
      if (elements.fault >= 0) return false;
    }
    return members.fault < 0;
  }

  /** Puts an element of an array that policies ask for as a whole. */
  private readHeld(bytes: Uint8Array, start: number, end: number, slot: number): boolean {
    if (!this.any.scan(bytes, start, end) || --this.valuesLeft < 0) return false;
    this.put(this.values.elements, slot, bytes);
    return true;
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

  private put(values: ValuePuts, slot: number, bytes: Uint8Array): void {
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
