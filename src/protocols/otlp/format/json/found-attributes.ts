// Finds the attributes of one key in a list, and what their values are, by offsets. What is odd, or
// repeats a member, is left to the tree (tree-editor.ts).

import { grownInts, sameRange } from "../../../../core/bytes.ts";
import {
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  enterContainer,
  MemberReader,
  nextInContainer,
  OPEN_ARRAY,
  OPEN_OBJECT,
  QUOTE,
  scanString,
  Scratch,
  skipValue,
  unescapeToScratch,
} from "../../../../core/json/index.ts";
import { PASSED_BYTE_NS, PATCH_NS, type Work } from "../../../../core/work.ts";
import { ValueKind, type ValueKindIndex } from "../../../../policy/record-port.ts";
import {
  ANY_VALUE_KEYS,
  AnyValueMember,
  KEY_VALUE_KEYS,
  KeyValueMember,
  KVLIST_KEYS,
} from "./names.ts";
import { Found } from "./buffered-values.ts";
import { USUAL_KEY_OFFSET, AttributeFastPath } from "./attribute-fast-path.ts";

const LETTER_N = 0x6e;
const LETTER_T = 0x74;
const LETTER_F = 0x66;
const UNDERSCORE = 0x5f;
const TIMES_PASSED = 3;

/** An AnyValue of one member, by offsets. */
export class FoundAny {
  /** The AnyValue is an object of just one member, which is known and no null. */
  isPlain = false;
  start = 0;
  end = 0;
  kind: ValueKindIndex = ValueKind.absent;
  /** Of a string, between its quotes; the end is complemented when it has escapes. */
  textStart = 0;
  textEnd = 0;
  isSnake = false;
  private readonly members = new MemberReader();

  /** Reads the value at `at`, which was scanned before. */
  read(bytes: Uint8Array, at: number): void {
    this.isPlain = false;
    if (bytes[at] !== OPEN_OBJECT) return;
    const keyAt = enterContainer(bytes, at);
    if (keyAt < 0) return;
    const id = this.members.idOf(bytes, keyAt, ANY_VALUE_KEYS);
    const { valueAt } = this.members;
    if (id === 0 || bytes[valueAt] === LETTER_N) return;
    this.kind = kindOf(id, bytes[valueAt] as number);
    let behind: number;
    if (this.kind === ValueKind.string) {
      this.textStart = valueAt + 1;
      this.textEnd = scanString(bytes, valueAt + 1);
      behind = (this.textEnd < 0 ? ~this.textEnd : this.textEnd) + 1;
    } else behind = skipValue(bytes, valueAt, 0);
    const next = nextInContainer(bytes, behind, CLOSE_OBJECT);
    if (next >= 0) return;
    this.isPlain = true;
    this.start = at;
    this.end = ~next;
    this.isSnake = false;
    for (let i = keyAt; i < valueAt; i++) if (bytes[i] === UNDERSCORE) this.isSnake = true;
  }
}

function kindOf(member: number, first: number): ValueKindIndex {
  const isString = first === QUOTE;
  switch (member) {
    case AnyValueMember.boolValue:
      return first === LETTER_T || first === LETTER_F ? ValueKind.bool : ValueKind.composite;
    case AnyValueMember.intValue:
    case AnyValueMember.doubleValue:
      if (first === OPEN_OBJECT || first === OPEN_ARRAY) return ValueKind.composite;
      if (first === LETTER_T || first === LETTER_F) return ValueKind.composite;
      return member === AnyValueMember.intValue ? ValueKind.int : ValueKind.double;
    case AnyValueMember.stringValue:
      return isString ? ValueKind.string : ValueKind.composite;
    case AnyValueMember.bytesValue:
      return isString ? ValueKind.bytes : ValueKind.composite;
    default:
      return ValueKind.composite;
  }
}

/** What is known of each found attribute. */
export const AttributeAt = {
  /** Of how many it is in the list. */
  ordinal: 0,
  start: 1,
  end: 2,
  /** Its key, between the quotes. */
  keyStart: 3,
  keyEnd: 4,
  valueStart: 5,
  valueEnd: 6,
  kind: 7,
  /** Of a string, as in FoundAny. */
  textStart: 8,
  textEnd: 9,
  /** 1: spelled in snake case. */
  isSnake: 10,
} as const;
const ATTRIBUTE_WIDTH = 11;

/** What a value has for a list of its own. */
export const NO_MAP = -1;
export const ODD_MAP = -2;

export class FoundAttributes {
  rows = new Int32Array(ATTRIBUTE_WIDTH * 8);
  count = 0;
  /** What is asked before one more is noted; undefined: nobody. */
  work: Work | undefined;
  /** Bytes of all found ones. */
  length = 0;
  /** Entries of the list, and the bracket that closes it. */
  total = 0;
  closeAt = 0;
  /** Something in the list is not told by offsets. */
  isOdd = false;
  private readonly usual = new AttributeFastPath();
  private readonly any = new FoundAny();
  private readonly members = new MemberReader();
  private readonly scratch = new Scratch(64);
  private keyStart = 0;
  private keyEnd = 0;

  /** Finds those of that key in the list at `listAt`. `view` is of `bytes`. */
  find(bytes: Uint8Array, view: DataView, listAt: number, key: Uint8Array): void {
    const { usual } = this;
    this.count = this.length = this.total = 0;
    this.isOdd = false;
    let at = enterContainer(bytes, listAt);
    while (at >= 0) {
      const behind = usual.read(bytes, view, at);
      if (behind < 0) at = this.readOther(bytes, at, key);
      else {
        const keyStart = at + USUAL_KEY_OFFSET;
        if (sameRange(bytes, keyStart, usual.keyEnd, key, 0, key.length)) this.addUsual(at, behind);
        at = behind;
      }
      this.total++;
      at = nextInContainer(bytes, at, CLOSE_ARRAY);
    }
    this.closeAt = ~at - 1;
  }

  at(index: number, what: number): number {
    return this.rows[index * ATTRIBUTE_WIDTH + what] as number;
  }

  /** Offset of the list in the map that a found attribute is; NO_MAP, or ODD_MAP. */
  mapOf(bytes: Uint8Array, index: number): number {
    const { members } = this;
    if (this.at(index, AttributeAt.kind) !== ValueKind.composite) return NO_MAP;
    const keyAt = enterContainer(bytes, this.at(index, AttributeAt.valueStart));
    if (members.idOf(bytes, keyAt, ANY_VALUE_KEYS) !== AnyValueMember.kvlistValue) return NO_MAP;
    const { valueAt } = members;
    if (bytes[valueAt] !== OPEN_OBJECT) return ODD_MAP;
    const inner = enterContainer(bytes, valueAt);
    if (inner < 0 || members.idOf(bytes, inner, KVLIST_KEYS) === 0) return ODD_MAP;
    const listAt = members.valueAt;
    if (bytes[listAt] !== OPEN_ARRAY) return ODD_MAP;
    const behind = skipValue(bytes, listAt, 0);
    return nextInContainer(bytes, behind, CLOSE_OBJECT) < 0 ? listAt : ODD_MAP;
  }

  private addUsual(at: number, behind: number): void {
    const { usual } = this;
    const row = this.add(at, behind, at + USUAL_KEY_OFFSET, usual.keyEnd);
    const { rows } = this;
    rows[row + AttributeAt.valueStart] = usual.keyEnd + VALUE_OFFSET;
    rows[row + AttributeAt.valueEnd] = behind - 1;
    rows[row + AttributeAt.kind] = usual.kind === Found.string ? ValueKind.string : ValueKind.int;
    rows[row + AttributeAt.textStart] = usual.start;
    rows[row + AttributeAt.textEnd] = usual.end;
    rows[row + AttributeAt.isSnake] = 0;
  }

  private add(start: number, end: number, keyStart: number, keyEnd: number): number {
    this.work?.spend(PATCH_NS);
    this.length += end - start;
    const row = this.count++ * ATTRIBUTE_WIDTH;
    if (row === this.rows.length) this.rows = grownInts(this.rows, row * 2);
    const { rows } = this;
    rows[row + AttributeAt.ordinal] = this.total;
    rows[row + AttributeAt.start] = start;
    rows[row + AttributeAt.end] = end;
    rows[row + AttributeAt.keyStart] = keyStart;
    rows[row + AttributeAt.keyEnd] = keyEnd;
    return row;
  }

  /** An entry in any spelling; returns the offset behind it. */
  private readOther(bytes: Uint8Array, start: number, key: Uint8Array): number {
    if (bytes[start] !== OPEN_OBJECT) return skipValue(bytes, start, 0);
    const { any, members } = this;
    let keys = 0;
    let values = 0;
    let matches = key.length === 0;
    let valueAt = 0;
    let at = enterContainer(bytes, start);
    while (at >= 0) {
      const id = members.idOf(bytes, at, KEY_VALUE_KEYS);
      at = members.valueAt;
      if (id === KeyValueMember.key) {
        keys++;
        matches = bytes[at] === QUOTE && this.isKey(bytes, at + 1, key);
      } else if (id === KeyValueMember.value) {
        values++;
        valueAt = at;
      }
      at = skipValue(bytes, at, 0);
      at = nextInContainer(bytes, at, CLOSE_OBJECT);
    }
    // A key that is not there, or null, is the empty one.
    if (keys !== 1 && (keys > 1 || matches)) this.isOdd = true;
    if (keys === 1 && key.length === 0 && !matches) this.isOdd = true;
    if (!matches || this.isOdd) return ~at;
    // It was passed, is read, and may be passed once more for what is in it.
    this.work?.spend((~at - start) * TIMES_PASSED * PASSED_BYTE_NS);
    if (values === 1) any.read(bytes, valueAt);
    if (values !== 1 || !any.isPlain) {
      this.isOdd = true;
      return ~at;
    }
    this.addAny(start, ~at);
    return ~at;
  }

  private addAny(start: number, end: number): void {
    const { any } = this;
    const row = this.add(start, end, this.keyStart, this.keyEnd);
    const { rows } = this;
    rows[row + AttributeAt.valueStart] = any.start;
    rows[row + AttributeAt.valueEnd] = any.end;
    rows[row + AttributeAt.kind] = any.kind;
    rows[row + AttributeAt.textStart] = any.textStart;
    rows[row + AttributeAt.textEnd] = any.textEnd;
    rows[row + AttributeAt.isSnake] = any.isSnake ? 1 : 0;
  }

  private isKey(bytes: Uint8Array, start: number, key: Uint8Array): boolean {
    const { scratch } = this;
    const quote = scanString(bytes, start);
    this.keyStart = start;
    this.keyEnd = quote < 0 ? ~quote : quote;
    if (quote >= 0) return sameRange(bytes, start, quote, key, 0, key.length);
    scratch.reset();
    unescapeToScratch(bytes, start, ~quote, scratch);
    return sameRange(scratch.text, scratch.from, scratch.to, key, 0, key.length);
  }
}

/** From the quote behind a usual key to its AnyValue. */
const VALUE_OFFSET = '","value":'.length;
