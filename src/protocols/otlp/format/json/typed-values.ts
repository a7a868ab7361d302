// Writes AnyValues in OTLP/JSON, of every kind that policies can set.

import { sameBytes } from "../../../../core/bytes.ts";
import { parseInt64 } from "../../../../core/int64.ts";
import { JsonNode, parseDouble, quoteJson } from "../../../../core/json/index.ts";
import { decodeUtf8, encodeUtf8 } from "../../../../core/utf8.ts";
import { ValueKind, type ValueKindIndex } from "../../../../policy/record-port.ts";
import { AnyValueMember } from "./names.ts";

const EMPTY_OBJECT = encodeUtf8("{}");

interface Member {
  readonly id: number;
  readonly name: Uint8Array;
  readonly snake: Uint8Array;
}

const MEMBERS: Readonly<Partial<Record<ValueKindIndex, Member>>> = {
  [ValueKind.bool]: member("bool", AnyValueMember.boolValue),
  [ValueKind.int]: member("int", AnyValueMember.intValue),
  [ValueKind.double]: member("double", AnyValueMember.doubleValue),
  [ValueKind.bytes]: member("bytes", AnyValueMember.bytesValue),
};
const STRING = member("string", AnyValueMember.stringValue);

function member(type: string, id: number): Member {
  return { id, name: encodeUtf8(`${type}Value`), snake: encodeUtf8(`${type}_value`) };
}

/** An AnyValue; `text` and `kind` as in TextChange (record-port.ts). `snake`: how it is spelled. */
export function anyValueOf(text: Uint8Array, kind: ValueKindIndex, snake = false): JsonNode {
  const { name, snake: snakeName } = MEMBERS[kind] ?? STRING;
  const value = JsonNode.of(EMPTY_OBJECT);
  value.appendMember(snake ? snakeName : name, JsonNode.of(literalOf(text, kind)));
  return value;
}

function literalOf(text: Uint8Array, kind: ValueKindIndex): Uint8Array {
  switch (kind) {
    case ValueKind.bool:
      return text;
    case ValueKind.double:
      return Number.isFinite(parseDouble(text, 0, text.length)) ? text : quoteJson(text);
    case ValueKind.bytes:
      return quoteJson(encodeUtf8(text.toBase64()));
    default:
      return quoteJson(text);
  }
}

const ours = new Int32Array(2);
const theirs = new Int32Array(2);

/** Whether a member of an AnyValue, by its id, is that value, which is no string. */
export function isValue(
  id: number,
  node: JsonNode,
  text: Uint8Array,
  kind: ValueKindIndex,
): boolean {
  if (MEMBERS[kind]?.id !== id) return false;
  if (kind === ValueKind.bool) return sameBytes(node.text, text);
  if (node.type !== "string" && node.type !== "number") return false;
  const own = node.type === "string" ? node.string : node.text;
  if (kind === ValueKind.bytes) return decodeUtf8(own) === text.toBase64();
  if (kind === ValueKind.double) {
    return Object.is(parseDouble(own, 0, own.length), parseDouble(text, 0, text.length));
  }
  const areWhole = parseInt64(own, 0, own.length, theirs) && parseInt64(text, 0, text.length, ours);
  return areWhole && ours[0] === theirs[0] && ours[1] === theirs[1];
}
