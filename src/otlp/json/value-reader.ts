// Reads OTLP/JSON objects by their plans and leaves the values that are asked for as pending puts.
// One pass, no objects and no strings; it also checks the text that it passes.

import {
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  enterContainer,
  failAt,
  JSON_DEPTH_MAX,
  type KeyTable,
  MemberReader,
  nextInContainer,
  OPEN_ARRAY,
  OPEN_OBJECT,
  parseDouble,
  QUOTE,
  scanString,
  Scratch,
  skipValue,
  unescapeToScratch,
} from "../../core/json/index.ts";
import type { AttributePaths } from "../../policy/record-port.ts";
import {
  ANY_VALUE_KEYS,
  AnyValueMember,
  KEY_VALUE_KEYS,
  KeyValueMember,
  KVLIST_KEYS,
} from "./names.ts";
import { Action, type ObjectPlan } from "./object-plan.ts";
import { Found, PendingPuts } from "./pending-puts.ts";
import { USUAL_KEY_OFFSET, UsualAttribute } from "./usual-attribute.ts";

const LETTER_N = 0x6e;
const LETTER_T = 0x74;
const LETTER_F = 0x66;
/** No key was seen yet. */
const NO_KEY = -2;

export class ValueReader {
  bytes: Uint8Array = new Uint8Array(0);
  view: DataView = new DataView(new ArrayBuffer(0));
  readonly pending = new PendingPuts();
  readonly members = new MemberReader();
  private readonly paths: AttributePaths;
  private readonly usual = new UsualAttribute();
  private readonly scratch = new Scratch(64);
  /** By node: the attribute list that had its key last; the first of equal keys wins. */
  private listOfNode = new Int32Array(64);
  private list = 0;
  /** The AnyValue that was read last. */
  private kind: number = Found.nothing;
  private start = 0;
  private end = 0;

  constructor(paths: AttributePaths) {
    this.paths = paths;
  }

  /** Reads the object at `at`; returns the offset behind it. `depth`: containers open around it. */
  readObject(at: number, plan: ObjectPlan, depth: number): number {
    const bytes = this.bytes;
    const inside = depth + 1;
    if (inside > JSON_DEPTH_MAX) failAt(bytes, at, "less nesting");
    plan.seen = 0;
    if (plan.tagSlot >= 0) this.pending.push(plan.tagSlot, Found.number, plan.tagValue, 0);
    at = enterContainer(bytes, at);
    while (at >= 0) {
      const id = this.members.idOf(bytes, at, plan.keys);
      at = this.members.valueAt;
      if (plan.actions[id] === Action.skip) at = skipValue(bytes, at, inside);
      else at = this.readMember(at, plan, id, inside);
      at = nextInContainer(bytes, at, CLOSE_OBJECT);
    }
    return ~at;
  }

  /** Reads the value of an asked member. What the same member brought before is taken back. */
  readMember(at: number, plan: ObjectPlan, id: number, depth: number): number {
    const group = plan.groups[id] as number;
    const bit = 1 << group;
    const { pending } = this;
    const isNull = this.bytes[at] === LETTER_N;
    if ((plan.seen & bit) !== 0) {
      // A null hides what its own member brought, and no other member of a oneof.
      if (isNull && plan.last[group] !== id) return skipValue(this.bytes, at, depth);
      pending.cancel(plan.from[group] as number, plan.to[group] as number);
    }
    plan.seen |= bit;
    plan.last[group] = id;
    plan.from[group] = pending.count;
    at = isNull ? skipValue(this.bytes, at, depth) : this.readByAction(at, plan, id, depth);
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
      case Action.attributes:
        this.list++;
        return this.readAttributes(at, slot, depth);
      case Action.any:
        return this.readAnyField(at, slot, depth);
      case Action.enumeration: {
        const names = plan.enums[id];
        return names === undefined ? at : this.readEnum(at, slot, names, depth);
      }
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
    const bytes = this.bytes;
    at = enterContainer(bytes, at);
    while (at >= 0) {
      if (bytes[at] === OPEN_OBJECT) at = this.readObject(at, plan, depth + 1);
      else at = skipValue(bytes, at, depth + 1);
      at = nextInContainer(bytes, at, CLOSE_ARRAY);
    }
    return ~at;
  }

  /** A string field: empty is missing, another type is not put. */
  private readText(at: number, slot: number, kind: number, depth: number): number {
    const bytes = this.bytes;
    if (bytes[at] !== QUOTE) return skipValue(bytes, at, depth);
    const quote = scanString(bytes, at + 1);
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
    const c = bytes[at] as number;
    let value = Number.NaN;
    if (c === QUOTE) {
      const id = names.find(bytes, at + 1, end - 1);
      value = id > 0 ? id - 1 : parseDouble(bytes, at + 1, end - 1);
    } else if (c === 0x2d || (c >= 0x30 && c <= 0x39)) value = parseDouble(bytes, at, end);
    if (value !== 0 && (value | 0) === value) this.pending.push(slot, Found.number, value, 0);
    return end;
  }

  /** An AnyValue field, the body: null, {} and the empty string are missing. */
  private readAnyField(at: number, slot: number, depth: number): number {
    at = this.readAny(at, depth);
    const { kind } = this;
    const missing = kind === Found.nothing || kind === Found.odd;
    if (!missing && !(kind === Found.string && this.start === this.end)) {
      this.pending.push(slot, kind, this.start, this.end);
    }
    return at;
  }

  /** The list of KeyValue at `at`: keys are looked up below `node`. */
  private readAttributes(at: number, node: number, depth: number): number {
    const bytes = this.bytes;
    if (bytes[at] !== OPEN_ARRAY) return skipValue(bytes, at, depth);
    at = enterContainer(bytes, at);
    while (at >= 0) {
      const end = this.readUsual(at, node);
      if (end >= 0) at = end;
      else if (bytes[at] === OPEN_OBJECT) at = this.readKeyValue(at, node, depth + 2);
      else at = skipValue(bytes, at, depth + 1);
      at = nextInContainer(bytes, at, CLOSE_ARRAY);
    }
    return ~at;
  }

  /** Reads an attribute in its usual spelling; -1, and nothing is done, for all others. */
  private readUsual(at: number, node: number): number {
    const { usual, bytes } = this;
    const behind = usual.read(bytes, this.view, at);
    if (behind < 0) return -1;
    const child = this.paths.child(node, bytes, at + USUAL_KEY_OFFSET, usual.keyEnd);
    if (child >= 0) {
      this.kind = usual.kind;
      this.start = usual.start;
      this.end = usual.end;
      this.pendAttribute(child);
    }
    return behind;
  }

  private readKeyValue(at: number, node: number, depth: number): number {
    const bytes = this.bytes;
    let child = NO_KEY;
    let valueAt = -1;
    let readAt = -1;
    at = enterContainer(bytes, at);
    while (at >= 0) {
      const id = this.members.idOf(bytes, at, KEY_VALUE_KEYS);
      at = this.members.valueAt;
      if (id === KeyValueMember.key) {
        if (bytes[at] === QUOTE) {
          const quote = scanString(bytes, at + 1);
          child = this.childOf(node, at + 1, quote);
          at = (quote < 0 ? ~quote : quote) + 1;
        } else {
          child = bytes[at] === LETTER_N ? NO_KEY : -1;
          at = skipValue(bytes, at, depth);
        }
      } else if (id === KeyValueMember.value) {
        valueAt = at;
        if (child >= 0) {
          readAt = at;
          at = this.readAny(at, depth);
        } else at = skipValue(bytes, at, depth);
      } else at = skipValue(bytes, at, depth);
      at = nextInContainer(bytes, at, CLOSE_OBJECT);
    }
    // A key that is not there is the empty one.
    if (child === NO_KEY) child = this.paths.child(node, bytes, 0, 0);
    if (child >= 0) {
      if (valueAt < 0) this.kind = Found.nothing;
      else if (readAt !== valueAt) this.readAny(valueAt, 0);
      this.pendAttribute(child);
    }
    return ~at;
  }

  private childOf(node: number, start: number, quote: number): number {
    if (quote >= 0) return this.paths.child(node, this.bytes, start, quote);
    const { scratch } = this;
    scratch.reset();
    const from = unescapeToScratch(this.bytes, start, ~quote, scratch);
    return this.paths.child(node, scratch.bytes, from, scratch.used);
  }

  /** The AnyValue read last is the value of the attribute of `node`. */
  private pendAttribute(node: number): void {
    if (node >= this.listOfNode.length) {
      const larger = new Int32Array(Math.max(node + 1, this.listOfNode.length * 2));
      larger.set(this.listOfNode);
      this.listOfNode = larger;
    }
    if (this.listOfNode[node] === this.list) return;
    this.listOfNode[node] = this.list;
    const { kind, start } = this;
    const slot = this.paths.slot(node);
    if (slot >= 0) this.pending.push(slot, kind, start, this.end);
    if (kind === Found.map && this.paths.hasChildren(node)) this.readMap(start, node);
  }

  /** Looks for attributes inside the KeyValueList at `at`, which was scanned before. */
  private readMap(at: number, node: number): void {
    const bytes = this.bytes;
    let values = -1;
    at = enterContainer(bytes, at);
    while (at >= 0) {
      const id = this.members.idOf(bytes, at, KVLIST_KEYS);
      at = this.members.valueAt;
      if (id !== 0) values = at;
      at = nextInContainer(bytes, skipValue(bytes, at, 0), CLOSE_OBJECT);
    }
    if (values >= 0) this.readAttributes(values, node, 0);
  }

  /** Reads an AnyValue into kind, start and end; of several values the last one counts. */
  private readAny(at: number, depth: number): number {
    const bytes = this.bytes;
    this.kind = Found.nothing;
    this.start = this.end = 0;
    if (bytes[at] !== OPEN_OBJECT) {
      if (bytes[at] !== LETTER_N) this.kind = Found.odd;
      return skipValue(bytes, at, depth);
    }
    if (depth >= JSON_DEPTH_MAX) failAt(bytes, at, "less nesting");
    let current = 0;
    at = enterContainer(bytes, at);
    while (at >= 0) {
      const id = this.members.idOf(bytes, at, ANY_VALUE_KEYS);
      at = this.members.valueAt;
      if (id === 0) at = skipValue(bytes, at, depth + 1);
      else if (bytes[at] === LETTER_N) {
        // As if it were not there, but it hides a former member of its name.
        if (id === current) this.kind = Found.nothing;
        at = skipValue(bytes, at, depth + 1);
      } else {
        current = id;
        if (id === AnyValueMember.stringValue && bytes[at] === QUOTE) {
          const quote = scanString(bytes, at + 1);
          this.kind = Found.string;
          this.start = at + 1;
          this.end = quote;
          at = (quote < 0 ? ~quote : quote) + 1;
        } else at = this.readTyped(at, id, depth + 1);
      }
      at = nextInContainer(bytes, at, CLOSE_OBJECT);
    }
    return ~at;
  }

  /** The value of a member of an AnyValue. */
  private readTyped(at: number, member: number, depth: number): number {
    const bytes = this.bytes;
    const c = bytes[at] as number;
    if (c === QUOTE) {
      const quote = scanString(bytes, at + 1);
      this.kind = kindOfString(member);
      this.start = at + 1;
      this.end = quote;
      return (quote < 0 ? ~quote : quote) + 1;
    }
    const end = skipValue(bytes, at, depth);
    this.start = at;
    this.end = end;
    this.kind = Found.odd;
    if (c === OPEN_OBJECT) {
      if (member === AnyValueMember.arrayValue) this.kind = Found.array;
      else if (member === AnyValueMember.kvlistValue) this.kind = Found.map;
    } else if (c === LETTER_T || c === LETTER_F) {
      if (member === AnyValueMember.boolValue) {
        this.kind = Found.bool;
        this.start = c === LETTER_T ? 1 : 0;
      }
    } else if (c !== OPEN_ARRAY) {
      if (member === AnyValueMember.intValue) this.kind = Found.int;
      else if (member === AnyValueMember.doubleValue) this.kind = Found.double;
    }
    return end;
  }
}

/** What a JSON string is as the value of a member of an AnyValue. */
function kindOfString(member: number): number {
  if (member === AnyValueMember.stringValue) return Found.string;
  if (member === AnyValueMember.bytesValue) return Found.base64;
  if (member === AnyValueMember.intValue) return Found.int;
  return member === AnyValueMember.doubleValue ? Found.double : Found.odd;
}
