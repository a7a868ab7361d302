// Reads lists of attributes in OTLP/JSON, and what is nested in them, and leaves the values that
// are asked for as pending puts. One pass, no objects and no strings; it also checks the text that
// it passes.

import { DECIMAL_BYTES_MAX, writeDecimal } from "../../../../core/decimal.ts";
import {
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  enterContainer,
  type MemberReader,
  nextInContainer,
  OPEN_ARRAY,
  OPEN_OBJECT,
  QUOTE,
  scanString,
  Scratch,
  skipValue,
  unescapeToScratch,
} from "../../../../core/json/index.ts";
import { ASKED_VALUES_MAX } from "../../../../core/limits.ts";
import type { AttributePaths, FieldTable } from "../../../../policy/record-port.ts";
import type { AnyReader } from "./any-reader.ts";
import { USUAL_KEY_OFFSET, AttributeFastPath } from "./attribute-fast-path.ts";
import { type BufferedValues, Found } from "./buffered-values.ts";
import { KEY_VALUE_KEYS, KeyValueMember, KVLIST_KEYS } from "./names.ts";
import type { ReadAmount } from "./read-amount.ts";

const NOTHING = new Uint8Array(0);
const LETTER_N = 0x6e;
/** No key was seen yet. */
const NO_KEY = -2;

/** What reading lists of attributes shares with reading what they are in. */
interface SharedParts {
  readonly pending: BufferedValues;
  readonly members: MemberReader;
  readonly any: AnyReader;
  readonly amount: ReadAmount;
}

export class AttributeReader {
  /** Set when something that is asked for is of a type that it must not have, or too much. */
  odd = false;
  readonly usual = new AttributeFastPath();
  private bytes: Uint8Array = NOTHING;
  private view: DataView = new DataView(NOTHING.buffer);
  private readonly paths: AttributePaths;
  private readonly holding: Uint8Array;
  private readonly pending: BufferedValues;
  private readonly members: MemberReader;
  private readonly any: AnyReader;
  private readonly amount: ReadAmount;
  private readonly scratch = new Scratch(64);
  private readonly digits = new Uint8Array(DECIMAL_BYTES_MAX);
  /** Of the element of an array that is read next. */
  private index = 0;

  constructor({ paths, holding }: FieldTable, { pending, members, any, amount }: SharedParts) {
    this.paths = paths;
    this.holding = holding;
    this.pending = pending;
    this.members = members;
    this.any = any;
    this.amount = amount;
  }

  /** Begins to read a body; `view` is of it. */
  open(body: Uint8Array, view: DataView): void {
    this.bytes = body;
    this.view = view;
  }

  /** The list of KeyValue at `at`: keys are looked up below `node`. */
  read(at: number, node: number, depth: number): number {
    const { amount, bytes } = this;
    if (bytes[at] !== OPEN_ARRAY) {
      return bytes[at] === LETTER_N ? skipValue(bytes, at, depth) : this.skipOdd(at, depth);
    }
    const listAt = at;
    const valuesMax = this.pending.count + ASKED_VALUES_MAX;
    at = enterContainer(bytes, at);
    while (at >= 0) {
      const end = this.readUsual(at, node);
      if (end >= 0) {
        amount.addUsual(end - at);
        at = end;
      } else {
        this.members.take(bytes, at);
        if (bytes[at] === OPEN_OBJECT) at = this.readKeyValue(at, node, depth + 2);
        else at = this.skipOdd(at, depth + 1);
      }
      if (amount.isFull || this.pending.count > valuesMax) return this.skipOdd(listAt, depth);
      at = nextInContainer(bytes, at, CLOSE_ARRAY);
    }
    return ~at;
  }

  /** Reads an attribute in its usual spelling; -1, and nothing is done, for all others. */
  private readUsual(at: number, node: number): number {
    const { any, usual, bytes } = this;
    const behind = usual.read(bytes, this.view, at);
    if (behind < 0) return -1;
    const child = this.paths.child(node, bytes, at + USUAL_KEY_OFFSET, usual.keyEnd);
    if (child >= 0) {
      any.kind = usual.kind;
      any.start = usual.start;
      any.end = usual.end;
      this.pendAttribute(child);
    }
    return behind;
  }

  private readKeyValue(start: number, node: number, depth: number): number {
    const bytes = this.bytes;
    let child = NO_KEY;
    let values = 0;
    let valueAt = -1;
    let readAt = -1;
    let at = enterContainer(bytes, start);
    while (at >= 0) {
      const id = this.members.idOf(bytes, at, KEY_VALUE_KEYS);
      at = this.members.valueAt;
      if (id === KeyValueMember.key) {
        if (bytes[at] === QUOTE) {
          const quote = scanString(bytes, at + 1);
          child = this.childOf(node, at + 1, quote);
          at = (quote < 0 ? ~quote : quote) + 1;
        } else if (bytes[at] === LETTER_N) {
          child = NO_KEY;
          at = skipValue(bytes, at, depth);
        } else {
          child = -1;
          at = this.skipOdd(at, depth);
        }
      } else if (id === KeyValueMember.value) {
        values++;
        valueAt = at;
        if (child >= 0) {
          readAt = at;
          at = this.any.read(at, depth);
        } else at = skipValue(bytes, at, depth);
      } else at = skipValue(bytes, at, depth);
      at = nextInContainer(bytes, at, CLOSE_OBJECT);
    }
    // A key that is not there is the empty one.
    if (child === NO_KEY) child = this.paths.child(node, bytes, 0, 0);
    if (child >= 0) {
      if (valueAt < 0) this.any.clear();
      else if (values > 1) this.readValues(start);
      else if (readAt !== valueAt) this.any.read(valueAt, 0);
      this.pendAttribute(child);
    }
    return ~at;
  }

  /** Reads all values of the KeyValue at `at`, which was scanned before, as one: they merge. */
  private readValues(at: number): void {
    const bytes = this.bytes;
    this.any.clear();
    at = enterContainer(bytes, at);
    while (at >= 0) {
      const id = this.members.idOf(bytes, at, KEY_VALUE_KEYS);
      at = this.members.valueAt;
      at = id === KeyValueMember.value ? this.any.readMore(at, 0) : skipValue(bytes, at, 0);
      at = nextInContainer(bytes, at, CLOSE_OBJECT);
    }
  }

  private childOf(node: number, start: number, quote: number): number {
    if (quote >= 0) return this.paths.child(node, this.bytes, start, quote);
    const { scratch } = this;
    scratch.reset();
    unescapeToScratch(this.bytes, start, ~quote, scratch);
    return this.paths.child(node, scratch.text, scratch.from, scratch.to);
  }

  /** The AnyValue read last is the value of an attribute of `node`; each of equal keys is put. */
  private pendAttribute(node: number): void {
    const { kind, start, end } = this.any;
    const slot = this.paths.slot(node);
    if (kind === Found.odd) this.odd = true;
    if (slot >= 0) {
      this.pending.push(slot, kind, start, end);
      this.amount.addValue();
    }
    if (kind === Found.array) {
      const lists = this.paths.lists(node);
      const held = slot >= 0 && this.holding[slot] === 1 ? slot : -1;
      if (lists >= 0 || held >= 0) this.readArrays(lists, held);
    } else if (kind === Found.map) this.readMaps(node);
  }

  /** Looks for attributes inside the maps that make up the AnyValue read last. */
  private readMaps(node: number): void {
    const { paths } = this;
    const lists = paths.lists(node);
    const hasOwn = paths.hasChildren(node);
    const hasLists = lists >= 0 && lists !== node;
    if (!hasOwn && !hasLists) return;
    const { parts, partCount, start } = this.any;
    const maps = partCount < 2 ? undefined : parts.slice(0, partCount);
    const own = (below: number): void => {
      if (maps === undefined) this.readMap(start, below);
      else for (const map of maps) this.readMap(map, below);
    };
    if (hasOwn) own(node);
    if (hasLists) own(lists);
  }

  /** Looks for attributes inside the KeyValueList at `at`, which was scanned before. */
  private readMap(at: number, node: number): void {
    const bytes = this.bytes;
    at = enterContainer(bytes, at);
    while (at >= 0) {
      const id = this.members.idOf(bytes, at, KVLIST_KEYS);
      at = this.members.valueAt;
      at = id === 0 ? skipValue(bytes, at, 0) : this.read(at, node, 0);
      at = nextInContainer(bytes, at, CLOSE_OBJECT);
    }
  }

  /** Puts the elements of the array that was read last as an AnyValue. */
  readHeld(slot: number): void {
    this.readArrays(-1, slot);
  }

  /**
   * Reads the elements of the arrays that make up the AnyValue read last. `node`: below which their
   * indices are looked up; `held`: where each of them is put; -1: nobody asks for that.
   */
  private readArrays(node: number, held: number): void {
    const { parts, partCount, start } = this.any;
    this.index = 0;
    if (partCount < 2) this.readArray(start, node, held);
    else for (const array of parts.slice(0, partCount)) this.readArray(array, node, held);
  }

  /** Reads the elements of the ArrayValue at `at`, which was scanned before. */
  private readArray(at: number, node: number, held: number): void {
    const bytes = this.bytes;
    at = enterContainer(bytes, at);
    while (at >= 0) {
      const id = this.members.idOf(bytes, at, KVLIST_KEYS);
      at = this.members.valueAt;
      const isList = id !== 0 && bytes[at] === OPEN_ARRAY;
      if (id !== 0 && !isList && bytes[at] !== LETTER_N) this.odd = true;
      at = isList ? this.readElements(at, node, held) : skipValue(bytes, at, 0);
      at = nextInContainer(bytes, at, CLOSE_OBJECT);
    }
  }

  private readElements(at: number, node: number, held: number): number {
    const { any, bytes, digits, members, paths, pending } = this;
    const listAt = at;
    const valuesMax = pending.count + ASKED_VALUES_MAX;
    let { index } = this;
    at = enterContainer(bytes, at);
    while (at >= 0) {
      members.take(bytes, at);
      at = any.read(at, 0);
      if (held >= 0) pending.pushElement(held, any.kind, any.start, any.end);
      const length = node < 0 ? 0 : writeDecimal(index++, digits);
      const child = node < 0 ? -1 : paths.child(node, digits, 0, length);
      if ((held >= 0 || child >= 0) && any.kind === Found.odd) this.odd = true;
      if (child >= 0) this.pendAttribute(child);
      if (pending.count > valuesMax) return this.skipOdd(listAt, 0);
      at = nextInContainer(bytes, at, CLOSE_ARRAY);
    }
    this.index = index;
    return ~at;
  }

  /** Skips a value of a type that is not expected, or with more in it than anyone reads. */
  private skipOdd(at: number, depth: number): number {
    this.odd = true;
    return skipValue(this.bytes, at, depth);
  }
}
