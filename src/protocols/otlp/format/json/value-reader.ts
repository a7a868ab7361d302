// Reads OTLP/JSON objects by their plans and leaves the values that are asked for as pending puts.
// One pass, no objects and no strings; it also checks the text that it passes.

import {
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  enterContainer,
  failAt,
  JSON_DEPTH_MAX,
  type KeyTable,
  knownCount,
  knownEnd,
  MemberReader,
  nextInContainer,
  OPEN_ARRAY,
  OPEN_OBJECT,
  QUOTE,
  scanString,
  scanStringInWords,
  skipColon,
  type Scratch,
  skipValue,
} from "../../../../core/json/index.ts";
import type { FieldTable, FieldValues } from "../../../../policy/record-port.ts";
import { AnyReader } from "./any-reader.ts";
import { AttributeReader } from "./attribute-reader.ts";
import { enumNumber, Member, METRIC_DATA_KEYS } from "./names.ts";
import { Action, type ObjectPlan } from "./object-plan.ts";
import { ReadAmount } from "./read-amount.ts";
import { Found, BufferedValues } from "./buffered-values.ts";

const NOTHING = new Uint8Array(0);
const LETTER_N = 0x6e;
const LETTER_T = 0x74;
/** Containers of a list of attributes: itself, a KeyValue and its AnyValue. */
const USUAL_DEPTH = 3;

export class ValueReader {
  private bytes: Uint8Array = NOTHING;
  private view: DataView = new DataView(NOTHING.buffer);
  readonly pending = new BufferedValues();
  readonly members = new MemberReader();
  private readonly holding: Uint8Array;
  /** Set when something that is asked for is of a type that it must not have. */
  odd = false;
  readonly amount = new ReadAmount();
  /** Elements of the lists of objects that the record has and that are read or counted. */
  elements = 0;
  readonly any = new AnyReader(this.members);
  private readonly attributes: AttributeReader;

  constructor(fields: FieldTable) {
    this.holding = fields.holding;
    this.attributes = new AttributeReader(fields, this);
  }

  /** Begins to read a body. */
  open(body: Uint8Array): void {
    this.bytes = body;
    this.view = new DataView(body.buffer, body.byteOffset, body.byteLength);
    this.any.open(body, this.view);
    this.attributes.open(body, this.view);
  }

  /** Lets go of the body. */
  release(): void {
    this.open(NOTHING);
    this.pending.release();
  }

  /** Reads the record at `at` like an object; `odd` is set when there is too much in it. */
  readRecord(at: number, plan: ObjectPlan, depth: number): number {
    this.amount.begin();
    this.members.begin();
    this.elements = 0;
    const end = this.readObject(at, plan, depth);
    // What is around records is read by itself.
    this.amount.begin();
    return end;
  }

  /** Reports what was read; `odd` is set when it is too long to be decoded. */
  report(values: FieldValues, scratch: Scratch): void {
    if (!this.pending.flush(values, this.bytes, scratch)) this.odd = true;
  }

  /** Reads the object at `at`; returns the offset behind it. `depth`: containers open around it. */
  readObject(at: number, plan: ObjectPlan, depth: number): number {
    const bytes = this.bytes;
    const inside = depth + 1;
    const { marks } = plan;
    const openAt = at;
    if (inside > JSON_DEPTH_MAX) failAt(bytes, at, "less nesting");
    plan.seen = 0;
    marks?.begin(at);
    if (plan.tagSlot >= 0) this.pending.push(plan.tagSlot, Found.number, plan.tagValue, 0);
    at = enterContainer(bytes, at);
    while (at >= 0) {
      const keyAt = at;
      const id = this.members.idOf(bytes, at, plan.keys);
      const { valueAt } = this.members;
      at = valueAt;
      if (plan.actions[id] !== Action.skip) {
        at = this.readMember(at, plan, id, inside);
        if (this.amount.isFull) return skipValue(bytes, openAt, depth);
      } else {
        const c = bytes[at] as number;
        if (!plan.takes(id, c)) this.odd = true;
        if (c === QUOTE) at = this.skipString(at);
        else at = c === OPEN_ARRAY ? this.skipList(at, inside) : skipValue(bytes, at, inside);
      }
      if (marks !== undefined) marks.note(id, keyAt, valueAt, at);
      at = nextInContainer(bytes, at, CLOSE_OBJECT);
    }
    if (marks !== undefined) marks.closeAt = ~at - 1;
    return ~at;
  }

  /**
   * Reads the value of an asked member. One that its object repeats is what a repeated field of
   * protobuf is: lists join, objects merge, and of all else the last one counts.
   */
  readMember(at: number, plan: ObjectPlan, id: number, depth: number): number {
    const { bytes, pending } = this;
    const c = bytes[at] as number;
    const isNull = c === LETTER_N;
    if (!plan.takes(id, c)) this.odd = true;
    const group = plan.groups[id] as number;
    const bit = 1 << group;
    if ((plan.seen & bit) !== 0) {
      const isSame = plan.last[group] === id;
      if (isSame && (plan.actions[id] as number) >= Action.any) {
        return isNull ? skipValue(bytes, at, depth) : this.readMore(at, plan, id, depth);
      }
      // A null hides what its own member brought, and no other member of a oneof.
      if (isNull && !isSame) return skipValue(bytes, at, depth);
      if (!isSame) this.elements = 0;
      pending.cancel(plan.from[group] as number, plan.to[group] as number);
    }
    plan.seen |= bit;
    plan.last[group] = id;
    plan.from[group] = pending.count;
    at = isNull ? skipValue(bytes, at, depth) : this.readByAction(at, plan, id, depth);
    plan.to[group] = pending.count;
    return at;
  }

  /** Reads another occurrence of a member whose values merge. */
  private readMore(at: number, plan: ObjectPlan, id: number, depth: number): number {
    const { pending } = this;
    const group = plan.groups[id] as number;
    const from = plan.from[group] as number;
    const to = plan.to[group] as number;
    // What the member brings stays in one piece, so that it can be taken back.
    const isAny = plan.actions[id] === Action.any;
    const start = isAny || to === pending.count ? from : pending.moveToEnd(from, to);
    const before = pending.count;
    at = this.readByAction(at, plan, id, depth);
    if (!isAny) plan.from[group] = start;
    else if (this.any.kind === Found.nothing) return at;
    else {
      pending.cancel(from, to);
      plan.from[group] = before;
    }
    plan.to[group] = pending.count;
    return at;
  }

  private readByAction(at: number, plan: ObjectPlan, id: number, depth: number): number {
    const slot = plan.slots[id] as number;
    switch (plan.actions[id]) {
      case Action.text:
        return this.readText(at, slot, Found.string, depth);
      case Action.id:
        return this.readText(at, slot, Found.id, depth);
      case Action.flag:
        // Else it is as if it were not there.
        if (this.bytes[at] === LETTER_T) this.pending.push(slot, Found.bool, 1, 0);
        return skipValue(this.bytes, at, depth);
      case Action.attributes:
        return this.readAttributes(at, slot, depth);
      case Action.any:
        return this.readAnyField(at, slot, depth);
      case Action.enumeration: {
        const names = plan.enums[id];
        return names === undefined ? at : this.readEnum(at, slot, names, depth);
      }
      case Action.countIn:
        return this.countIn(at, depth);
      case Action.count:
        return this.countElements(at, depth);
      default: {
        const nested = plan.nested[id];
        if (nested === undefined) return skipValue(this.bytes, at, depth);
        const c = this.bytes[at];
        if (c === OPEN_OBJECT && plan.actions[id] === Action.object) {
          return this.readObject(at, nested, depth);
        }
        if (c === OPEN_ARRAY && plan.actions[id] === Action.objects) {
          return this.readObjects(at, nested, depth);
        }
        return skipValue(this.bytes, at, depth);
      }
    }
  }

  private readObjects(at: number, plan: ObjectPlan, depth: number): number {
    const { amount, bytes } = this;
    const listAt = at;
    at = enterContainer(bytes, at);
    while (at >= 0) {
      this.elements++;
      amount.beginPart();
      if (bytes[at] === OPEN_OBJECT) at = this.readObject(at, plan, depth + 1);
      else at = this.skipOdd(at, depth + 1);
      amount.addPart();
      if (amount.isFull) return this.skipOdd(listAt, depth);
      at = nextInContainer(bytes, at, CLOSE_ARRAY);
    }
    return ~at;
  }

  /** Counts the points in the data of a metric. */
  private countIn(at: number, depth: number): number {
    const { bytes } = this;
    if (bytes[at] !== OPEN_OBJECT) return skipValue(bytes, at, depth);
    const inside = depth + 1;
    let next = enterContainer(bytes, at);
    while (next >= 0) {
      if (bytes[next] !== QUOTE) failAt(bytes, next, "a key");
      const quote = scanString(bytes, next + 1);
      const valueAt = skipColon(bytes, (quote < 0 ? ~quote : quote) + 1);
      const isPoints = bytes[valueAt] === OPEN_ARRAY && isPointsKey(bytes, next + 1, quote);
      const end = isPoints
        ? this.countElements(valueAt, inside)
        : skipValue(bytes, valueAt, inside);
      next = nextInContainer(bytes, end, CLOSE_OBJECT);
    }
    return ~next;
  }

  private countElements(at: number, depth: number): number {
    const { bytes } = this;
    const count = knownCount(bytes, at);
    if (bytes[at] !== OPEN_ARRAY || count !== undefined) {
      this.elements += count ?? 0;
      return skipValue(bytes, at, depth);
    }
    let next = enterContainer(bytes, at);
    while (next >= 0) {
      this.elements++;
      next = nextInContainer(bytes, skipValue(bytes, next, depth + 1), CLOSE_ARRAY);
    }
    return ~next;
  }

  private skipString(at: number): number {
    const quote = scanStringInWords(this.bytes, this.view, at + 1);
    return (quote < 0 ? ~quote : quote) + 1;
  }

  /** Skips a list, most of which are attributes in their usual spelling. */
  private skipList(at: number, depth: number): number {
    const { bytes, view } = this;
    const { usual } = this.attributes;
    const isKnown = knownEnd(bytes, at) !== undefined;
    if (isKnown || depth + USUAL_DEPTH > JSON_DEPTH_MAX) return skipValue(bytes, at, depth);
    let next = enterContainer(bytes, at);
    while (next >= 0) {
      const behind = usual.read(bytes, view, next);
      const end = behind < 0 ? skipValue(bytes, next, depth + 1) : behind;
      next = nextInContainer(bytes, end, CLOSE_ARRAY);
    }
    return ~next;
  }

  /** Skips a value of a type that is not expected, or with more in it than anyone reads. */
  private skipOdd(at: number, depth: number): number {
    this.odd = true;
    return skipValue(this.bytes, at, depth);
  }

  /** A string field: empty is missing, another type is not put. */
  private readText(at: number, slot: number, kind: number, depth: number): number {
    const bytes = this.bytes;
    if (bytes[at] !== QUOTE) return skipValue(bytes, at, depth);
    const quote = scanStringInWords(bytes, this.view, at + 1);
    if (quote !== at + 1) this.pending.push(slot, kind, at + 1, quote);
    return (quote < 0 ? ~quote : quote) + 1;
  }

  /**
   * A number, its digits in a string, or its name. 0 is "unspecified" in all of OTLP and is not
   * put.
   */
  private readEnum(at: number, slot: number, names: KeyTable, depth: number): number {
    const bytes = this.bytes;
    const end = skipValue(bytes, at, depth);
    const value = enumNumber(bytes, at, end, names);
    if (value !== 0 && (value | 0) === value) this.pending.push(slot, Found.number, value, 0);
    return end;
  }

  /** An AnyValue field, the body: null, {} and the empty string are missing. */
  private readAnyField(at: number, slot: number, depth: number): number {
    at = this.any.read(at, depth);
    const { kind, start, end } = this.any;
    if (kind === Found.odd) this.odd = true;
    const missing = kind === Found.nothing || kind === Found.odd;
    if (!missing && !(kind === Found.string && start === end)) {
      this.pending.push(slot, kind, start, end);
      if (kind === Found.array && this.holding[slot] === 1) {
        this.attributes.readHeld(slot);
        this.takeOdd();
      }
    }
    return at;
  }

  private readAttributes(at: number, node: number, depth: number): number {
    const end = this.attributes.read(at, node, depth);
    this.takeOdd();
    return end;
  }

  private takeOdd(): void {
    const { attributes } = this;
    if (!attributes.odd) return;
    attributes.odd = false;
    this.odd = true;
  }
}

/** `quote`: the end of the key; complemented when it has escapes. */
function isPointsKey(bytes: Uint8Array, start: number, quote: number): boolean {
  const id =
    quote < 0
      ? METRIC_DATA_KEYS.idOfEscaped(bytes, start, ~quote)
      : METRIC_DATA_KEYS.idOf(bytes, start, quote);
  return id === Member.dataPoints;
}
