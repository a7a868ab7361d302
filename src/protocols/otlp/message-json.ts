// Prints protobuf messages as proto3 JSON text, straight from their bytes, for copies of records,
// of which there are many. Anything unusual is left to the complete protobuf reader: it throws.

import type { DescField, DescMessage } from "@bufbuild/protobuf";
import { ScalarType } from "@bufbuild/protobuf";
import { base64Encode } from "@bufbuild/protobuf/wire";
import { FieldCursor, WireType } from "../../core/protobuf/index.ts";
import type { ByteWriter } from "../../core/json/index.ts";
import { decodeUtf8, encodeUtf8 } from "../../core/utf8.ts";
import { KeyValueSchema } from "../../proto/gen/opentelemetry/proto/common/v1/common_pb.ts";
import { writeUsualAttribute } from "./attribute-json.ts";

/** Another reader is to look at it. */
class Unusual extends Error {
  readonly code = "unusual";
}

type Kind = "message" | "enum" | ScalarType;

interface FieldPlan {
  /** With its colon. */
  readonly key: Uint8Array;
  readonly kind: Kind;
  readonly isList: boolean;
  /** Not written when it is zero or empty. */
  readonly isImplicit: boolean;
  /** Its bit, and those of the fields that cannot be there with it: its own, too, but for lists. */
  readonly bit: number;
  readonly rivals: number;
  /** Bytes are an id, which OTLP/JSON writes in hex. */
  readonly isId: boolean;
  /** Of a message; made when the first one comes, because they are in each other. */
  readonly message: DescMessage | undefined;
  plan: MessagePlan | undefined;
  /** Of a `KeyValue`. */
  readonly isAttribute: boolean;
}

/** What a value is read from. */
type Value = Pick<FieldCursor, "bytes" | "start" | "stop" | "hi" | "lo">;

/** Fields by their number. */
export type MessagePlan = readonly (FieldPlan | undefined)[];

const PLANS = new WeakMap<DescMessage, MessagePlan>();
/** Bytes fields that OTLP/JSON writes in hex, where proto3 JSON has base64. */
const ID_NAMES: ReadonlySet<string> = new Set(["traceId", "spanId", "parentSpanId"]);
const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const REPLACED = "\uFFFD";

export function planOf(message: DescMessage): MessagePlan {
  const known = PLANS.get(message);
  if (known !== undefined) return known;
  const plan: (FieldPlan | undefined)[] = [];
  for (const field of message.fields) plan[field.number] = fieldPlan(field, message.fields);
  PLANS.set(message, plan);
  return plan;
}

function fieldPlan(field: DescField, all: readonly DescField[]): FieldPlan {
  const { oneof, message } = field;
  const isList = field.fieldKind === "list";
  const bit = bitOf(all.indexOf(field));
  let rivals = isList ? 0 : bit;
  all.forEach((other, i) => {
    if (oneof !== undefined && other.oneof === oneof) rivals |= bitOf(i);
  });
  return {
    key: encodeUtf8(`${JSON.stringify(field.jsonName)}:`),
    kind: kindOf(field),
    isList,
    isImplicit: isImplicit(field),
    bit,
    rivals,
    isId: ID_NAMES.has(field.jsonName),
    message,
    plan: undefined,
    isAttribute: message?.typeName === KeyValueSchema.typeName,
  };
}

function bitOf(index: number): number {
  if (index > 31) throw new Unusual("more fields than bits");
  return 1 << index;
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

/** By how deep a message is in others: nothing is made for each. */
const CURSORS: FieldCursor[] = [];

/**
 * Writes the members of a message as they come, with commas between them, without braces. Throws
 * for what is malformed, or unusual: a field that comes twice, a text that is not UTF-8.
 */
export function writeMembers(
  plan: MessagePlan,
  bytes: Uint8Array,
  from: number,
  to: number,
  out: ByteWriter,
  depth = 0,
): void {
  const cursor = (CURSORS[depth] ??= new FieldCursor());
  cursor.open(bytes, from, to);
  let seen = 0;
  let list: FieldPlan | undefined;
  let isFirst = true;
  while (cursor.next()) {
    const field = plan[cursor.tag >>> 3];
    if (field === undefined) continue;
    if (list === field) {
      writeItems(field, cursor, out, depth, false);
      continue;
    }
    if (list !== undefined) out.byte(CLOSE_BRACKET);
    list = undefined;
    if ((seen & (field.rivals | field.bit)) !== 0) throw new Unusual("comes again");
    seen |= field.bit;
    if (isNothing(field, cursor)) continue;
    if (!isFirst) out.byte(COMMA);
    isFirst = false;
    out.copy(field.key, 0, field.key.length);
    if (field.isList) {
      list = field;
      out.byte(OPEN_BRACKET);
      writeItems(field, cursor, out, depth, true);
    } else writeValue(field, cursor, cursor.tag & 7, out, depth);
  }
  if (list !== undefined) out.byte(CLOSE_BRACKET);
  cursor.check();
}

/** Whether it is as if it were not there. */
function isNothing(field: FieldPlan, cursor: FieldCursor): boolean {
  const wire = cursor.tag & 7;
  if (field.isList) return wire === WireType.bytes && isPacked(field) && isEmpty(cursor);
  if (!field.isImplicit || wire !== wireOf(field.kind)) return false;
  switch (wire) {
    case WireType.bytes:
      return isEmpty(cursor);
    case WireType.varint:
      return cursor.hi === 0 && cursor.lo === 0;
    default:
      for (let at = cursor.start; at < cursor.stop; at++) if (cursor.bytes[at] !== 0) return false;
      return true;
  }
}

function isEmpty({ start, stop }: Value): boolean {
  return start === stop;
}

/** Whether its items may stand together in one field. */
function isPacked({ kind }: FieldPlan): boolean {
  return wireOf(kind) !== WireType.bytes;
}

/** One field of a list: an item, or many of them packed. */
function writeItems(
  field: FieldPlan,
  cursor: FieldCursor,
  out: ByteWriter,
  depth: number,
  isFirst: boolean,
): void {
  const { bytes, stop, tag } = cursor;
  const own = wireOf(field.kind);
  let isNext = !isFirst;
  if ((tag & 7) === own) {
    if (isNext) out.byte(COMMA);
    writeValue(field, cursor, own, out, depth);
    return;
  }
  if ((tag & 7) !== WireType.bytes) throw new Unusual("another wire type");
  const item: Value = { bytes, start: cursor.start, stop: cursor.start, hi: 0, lo: 0 };
  while (item.stop < stop) {
    item.start = item.stop;
    item.stop = own === WireType.varint ? readVarint(item, stop) : item.start + widthOf(own);
    if (item.stop > stop) throw new Unusual("cut off");
    if (isNext) out.byte(COMMA);
    isNext = true;
    writeValue(field, item, own, out, depth);
  }
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

function writeValue(
  field: FieldPlan,
  cursor: Value,
  wire: number,
  out: ByteWriter,
  depth: number,
): void {
  const { kind } = field;
  if (wire !== wireOf(kind)) throw new Unusual("another wire type");
  const { bytes, start, stop, hi, lo } = cursor;
  switch (kind) {
    case "message": {
      if (field.isAttribute && writeUsualAttribute(bytes, start, stop, out)) return;
      if (field.message === undefined) throw new Unusual("no message");
      field.plan ??= planOf(field.message);
      out.byte(OPEN_BRACE);
      writeMembers(field.plan, bytes, start, stop, out, depth + 1);
      out.byte(CLOSE_BRACE);
      return;
    }
    case ScalarType.STRING:
      writeString(bytes, start, stop, out);
      return;
    case ScalarType.BYTES:
      if (field.isId) writeHex(bytes, start, stop, out);
      else out.ascii(`"${base64Encode(bytes.subarray(start, stop))}"`);
      return;
    case "enum":
    case ScalarType.INT32:
      out.ascii(String(lo));
      return;
    case ScalarType.UINT32:
      out.ascii(String(lo >>> 0));
      return;
    case ScalarType.SINT32:
      out.ascii(String((lo >>> 1) ^ -(lo & 1)));
      return;
    case ScalarType.BOOL:
      out.ascii(hi === 0 && lo === 0 ? "false" : "true");
      return;
    case ScalarType.INT64:
      out.ascii(longText(hi, lo));
      return;
    case ScalarType.UINT64:
      writeUnsigned(hi, lo, out);
      return;
    case ScalarType.FIXED64:
      writeUnsigned(intAt(bytes, start + 4), intAt(bytes, start), out);
      return;
    default:
      out.ascii(fixedText(kind, bytes, start));
  }
}

function writeHex(bytes: Uint8Array, start: number, stop: number, out: ByteWriter): void {
  out.byte(QUOTE);
  out.hex(bytes, start, stop);
  out.byte(QUOTE);
}

/** Most texts are nothing but characters that stand for themselves. */
function writeString(bytes: Uint8Array, start: number, stop: number, out: ByteWriter): void {
  out.byte(QUOTE);
  if (out.plain(bytes, start, stop)) {
    out.byte(QUOTE);
    return;
  }
  out.cut(out.length - 1);
  const text = decodeUtf8(bytes, start, stop);
  // It may be there by right; whoever looks at all of protobuf knows.
  if (text.includes(REPLACED)) throw new Unusual("perhaps not UTF-8");
  const json = encodeUtf8(JSON.stringify(text));
  out.copy(json, 0, json.length);
}

function fixedText(kind: ScalarType, bytes: Uint8Array, at: number): string {
  const lo = intAt(bytes, at);
  switch (kind) {
    case ScalarType.FIXED32:
      return String(lo >>> 0);
    case ScalarType.SFIXED32:
      return String(lo);
    case ScalarType.SFIXED64:
      return longText(intAt(bytes, at + 4), lo);
    case ScalarType.DOUBLE:
      return doubleText(new DataView(bytes.buffer, bytes.byteOffset + at, 8).getFloat64(0, true));
    default:
      throw new Unusual("a type that OTLP does not use");
  }
}

function intAt(bytes: Uint8Array, at: number): number {
  const low = (bytes[at] as number) | ((bytes[at + 1] as number) << 8);
  return low | ((bytes[at + 2] as number) << 16) | ((bytes[at + 3] as number) << 24);
}

const HALF = 0x1_0000_0000;
/** Halves below it make a number that is exact. */
const EXACT_HI = 0x20_0000;
const BILLION = 1_000_000_000;
const DIGITS_OF_BILLION = 9;

function writeUnsigned(hi: number, lo: number, out: ByteWriter): void {
  const high = hi >>> 0;
  out.byte(QUOTE);
  if (high < EXACT_HI) out.decimal(high * HALF + (lo >>> 0));
  else {
    // Times are such; by division in parts it takes a fraction of what BigInt does.
    const topWhole = Math.floor(high / BILLION);
    const middle = (high - topWhole * BILLION) * 0x1_0000 + (lo >>> 16);
    const middleWhole = Math.floor(middle / BILLION);
    const bottom = (middle - middleWhole * BILLION) * 0x1_0000 + (lo & 0xffff);
    const bottomWhole = Math.floor(bottom / BILLION);
    out.decimal(topWhole * HALF + middleWhole * 0x1_0000 + bottomWhole);
    out.digits(bottom - bottomWhole * BILLION, DIGITS_OF_BILLION);
  }
  out.byte(QUOTE);
}

function longText(hi: number, lo: number): string {
  if (hi >= -EXACT_HI && hi < EXACT_HI) return `"${hi * HALF + (lo >>> 0)}"`;
  return `"${(BigInt(hi) << 32n) | BigInt(lo >>> 0)}"`;
}

function doubleText(value: number): string {
  if (Number.isFinite(value)) return Object.is(value, -0) ? "-0" : String(value);
  return Number.isNaN(value) ? '"NaN"' : value > 0 ? '"Infinity"' : '"-Infinity"';
}
