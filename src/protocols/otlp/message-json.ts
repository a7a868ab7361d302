// Messages of protobuf as text of proto3 JSON, straight from their bytes: for copies of records,
// which are many. What is not as usual is left to the reader of all of protobuf: it throws.

import type { DescField, DescMessage } from "@bufbuild/protobuf";
import { ScalarType } from "@bufbuild/protobuf";
import { base64Encode } from "@bufbuild/protobuf/wire";
import { hexOf } from "../../core/bytes.ts";
import { FieldCursor, WireType } from "../../core/protobuf/index.ts";
import { decodeUtf8 } from "../../core/utf8.ts";

/** Another reader is to look at it. */
class Unusual extends Error {
  readonly code = "unusual";
}

type Kind = "message" | "enum" | ScalarType;

interface FieldPlan {
  readonly number: number;
  /** With its colon. */
  readonly key: string;
  readonly kind: Kind;
  readonly isList: boolean;
  /** Not written when it is zero or empty. */
  readonly isImplicit: boolean;
  /** Places of the others of which only one can be there. */
  readonly rivals: readonly number[];
  /** Bytes are an id, which OTLP/JSON writes in hex. */
  readonly isId: boolean;
  readonly message: () => MessagePlan | undefined;
}

/** What a value is read from. */
type Value = Pick<FieldCursor, "bytes" | "start" | "stop" | "hi" | "lo">;

/** Fields in the order of their numbers. */
export interface MessagePlan {
  readonly fields: readonly FieldPlan[];
  /** Place in `fields` by number. */
  readonly places: readonly (number | undefined)[];
}

const PLANS = new WeakMap<DescMessage, MessagePlan>();
/** Bytes fields that OTLP/JSON writes in hex, where proto3 JSON has base64. */
const ID_NAMES: ReadonlySet<string> = new Set(["traceId", "spanId", "parentSpanId"]);
const REPLACED = "\uFFFD";

export function planOf(message: DescMessage): MessagePlan {
  const known = PLANS.get(message);
  if (known !== undefined) return known;
  const sorted = message.fields.toSorted((a, b) => a.number - b.number);
  const places: (number | undefined)[] = [];
  sorted.forEach(({ number }, place) => (places[number] = place));
  const plan = { fields: sorted.map((field) => fieldPlan(field, sorted)), places };
  PLANS.set(message, plan);
  return plan;
}

function fieldPlan(field: DescField, all: readonly DescField[]): FieldPlan {
  const { oneof } = field;
  const message = field.message;
  return {
    number: field.number,
    key: `${JSON.stringify(field.jsonName)}:`,
    kind: kindOf(field),
    isList: field.fieldKind === "list",
    isImplicit: isImplicit(field),
    rivals:
      oneof === undefined
        ? []
        : all.flatMap((other, i) => (other !== field && other.oneof === oneof ? [i] : [])),
    isId: ID_NAMES.has(field.jsonName),
    message: () => (message === undefined ? undefined : planOf(message)),
  };
}

/** Of proto3: neither optional, nor one of several. */
function isImplicit({ fieldKind, oneof, proto }: DescField): boolean {
  return (fieldKind === "scalar" || fieldKind === "enum") && !oneof && !proto.proto3Optional;
}

function kindOf(field: DescField): Kind {
  if (field.message !== undefined) return "message";
  if (field.enum !== undefined) return "enum";
  return field.scalar;
}

/**
 * The members of a message, with commas between them, without braces. Throws for what is malformed,
 * or unusual: a message that is written in two parts, a text that is not UTF-8.
 */
export function membersOf(
  plan: MessagePlan,
  bytes: Uint8Array,
  from = 0,
  to = bytes.length,
): string {
  const texts: (string | undefined)[] = [];
  const cursor = new FieldCursor();
  cursor.open(bytes, from, to);
  while (cursor.next()) {
    const place = plan.places[cursor.tag >>> 3];
    if (place === undefined) continue;
    const field = plan.fields[place] as FieldPlan; // Places are those of fields.
    const before = texts[place];
    if (field.isList) {
      const items = itemsOf(field, cursor);
      if (items !== "") texts[place] = before === undefined ? items : `${before},${items}`;
      continue;
    }
    if (before !== undefined && field.kind === "message") throw new Unusual("merged");
    for (const rival of field.rivals) texts[rival] = undefined;
    texts[place] = valueOf(field, cursor, cursor.tag & 7);
  }
  cursor.check();
  let members = "";
  for (let place = 0; place < texts.length; place++) {
    const text = texts[place];
    if (text === undefined) continue;
    const { key, isList, isImplicit } = plan.fields[place] as FieldPlan;
    if (isImplicit && (text === "0" || text === '""' || text === "false" || text === '"0"')) {
      continue;
    }
    members += `${members === "" ? "" : ","}${key}${isList ? `[${text}]` : text}`;
  }
  return members;
}

/** One field of a list: an item, or many of them packed. */
function itemsOf(field: FieldPlan, cursor: FieldCursor): string {
  const { bytes, stop, tag } = cursor;
  const own = wireOf(field.kind);
  if ((tag & 7) === own) return valueOf(field, cursor, own);
  if ((tag & 7) !== WireType.bytes) throw new Unusual("another wire type");
  let items = "";
  const item: Value = { bytes, start: cursor.start, stop: cursor.start, hi: 0, lo: 0 };
  while (item.stop < stop) {
    item.start = item.stop;
    item.stop = own === WireType.varint ? readVarint(item, stop) : item.start + widthOf(own);
    if (item.stop > stop) throw new Unusual("cut off");
    items += `${items === "" ? "" : ","}${valueOf(field, item, own)}`;
  }
  return items;
}

function widthOf(wire: number): number {
  return wire === WireType.fixed64 ? 8 : 4;
}

/** Notes what the varint at `start` says; answers where it ends. */
function readVarint(item: Value, end: number): number {
  item.hi = item.lo = 0;
  let at = item.start;
  for (let shift = 0; shift < 70 && at < end; shift += 7) {
    const byte = item.bytes[at++] as number;
    const bits = byte & 0x7f;
    if (shift < 28) item.lo |= bits << shift;
    else if (shift === 28) {
      item.lo |= bits << 28;
      item.hi = bits >>> 4;
    } else item.hi |= bits << (shift - 32);
    if (byte < 0x80) return at;
  }
  throw new Unusual("a varint that is cut off");
}

function wireOf(kind: Kind): number {
  switch (kind) {
    case "message":
    case ScalarType.STRING:
    case ScalarType.BYTES:
      return WireType.bytes;
    case ScalarType.DOUBLE:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return WireType.fixed64;
    case ScalarType.FLOAT:
    case ScalarType.FIXED32:
    case ScalarType.SFIXED32:
      return WireType.fixed32;
    default:
      return WireType.varint;
  }
}

function valueOf(field: FieldPlan, cursor: Value, wire: number): string {
  const { kind } = field;
  if (wire !== wireOf(kind)) throw new Unusual("another wire type");
  const { bytes, start, stop, hi, lo } = cursor;
  switch (kind) {
    case "message": {
      const plan = field.message();
      if (plan === undefined) throw new Unusual("no plan");
      return `{${membersOf(plan, bytes, start, stop)}}`;
    }
    case "enum":
    case ScalarType.INT32:
      return String(lo);
    case ScalarType.UINT32:
      return String(lo >>> 0);
    case ScalarType.SINT32:
      return String((lo >>> 1) ^ -(lo & 1));
    case ScalarType.BOOL:
      return hi === 0 && lo === 0 ? "false" : "true";
    case ScalarType.INT64:
      return longText(hi, lo);
    case ScalarType.UINT64:
      return unsignedText(hi, lo);
    case ScalarType.STRING:
      return stringText(bytes, start, stop);
    case ScalarType.BYTES:
      return bytesText(bytes.subarray(start, stop), field.isId);
    default:
      return fixedText(kind, bytes, start);
  }
}

function fixedText(kind: ScalarType, bytes: Uint8Array, at: number): string {
  const lo = intAt(bytes, at);
  switch (kind) {
    case ScalarType.FIXED32:
      return String(lo >>> 0);
    case ScalarType.SFIXED32:
      return String(lo);
    case ScalarType.FIXED64:
      return unsignedText(intAt(bytes, at + 4), lo);
    case ScalarType.SFIXED64:
      return longText(intAt(bytes, at + 4), lo);
    case ScalarType.DOUBLE:
      return doubleText(new DataView(bytes.buffer, bytes.byteOffset + at, 8).getFloat64(0, true));
    default:
      throw new Unusual("a type that OTLP does not use");
  }
}

function intAt(bytes: Uint8Array, at: number): number {
  const [a = 0, b = 0, c = 0, d = 0] = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]];
  return a | (b << 8) | (c << 16) | (d << 24);
}

const HALF = 0x1_0000_0000;
/** Halves below it make a number that is exact. */
const EXACT_HI = 0x20_0000;

function unsignedText(hi: number, lo: number): string {
  const high = hi >>> 0;
  if (high < EXACT_HI) return `"${high * HALF + (lo >>> 0)}"`;
  return `"${(BigInt(high) << 32n) | BigInt(lo >>> 0)}"`;
}

function longText(hi: number, lo: number): string {
  if (hi >= -EXACT_HI && hi < EXACT_HI) return `"${hi * HALF + (lo >>> 0)}"`;
  return `"${(BigInt(hi) << 32n) | BigInt(lo >>> 0)}"`;
}

function doubleText(value: number): string {
  if (Number.isFinite(value)) return Object.is(value, -0) ? "-0" : String(value);
  return Number.isNaN(value) ? '"NaN"' : value > 0 ? '"Infinity"' : '"-Infinity"';
}

function stringText(bytes: Uint8Array, start: number, stop: number): string {
  const text = decodeUtf8(bytes, start, stop);
  // It may be there by right; whoever looks at all of protobuf knows.
  if (text.includes(REPLACED)) throw new Unusual("perhaps not UTF-8");
  return JSON.stringify(text);
}

function bytesText(bytes: Uint8Array, isId: boolean): string {
  return `"${isId ? hexOf(bytes) : base64Encode(bytes)}"`;
}
