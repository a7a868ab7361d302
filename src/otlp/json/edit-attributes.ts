// Attribute lists and AnyValues as editable JSON nodes: find, read, set, add.

import { JsonNode, quoteJson } from "../../core/json/index.ts";
import { encodeUtf8 } from "../../core/utf8.ts";
import { ValueKind, type ValueKindIndex } from "../../policy/record-port.ts";
import {
  ANY_VALUE_KEYS,
  AnyValueMember,
  KEY_VALUE_KEYS,
  KeyValueMember,
  KVLIST_KEYS,
} from "./names.ts";

const KEY = encodeUtf8("key");
const VALUE = encodeUtf8("value");
const VALUES = encodeUtf8("values");
const STRING_VALUE = encodeUtf8("stringValue");
const STRING_VALUE_SNAKE = encodeUtf8("string_value");
const KVLIST_VALUE = encodeUtf8("kvlistValue");
const EMPTY_ARRAY = encodeUtf8("[]");
const EMPTY_OBJECT = encodeUtf8("{}");
const NOTHING = new Uint8Array(0);
const UNDERSCORE = 0x5f;

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function hasKey(entry: JsonNode, key: Uint8Array): boolean {
  if (entry.type !== "object") return false;
  const node = entry.member(KEY_VALUE_KEYS, KeyValueMember.key);
  if (node?.type === "string") return sameBytes(node.string, key);
  // A key that is not there is the empty one.
  return key.length === 0 && (node === undefined || node.type === "null");
}

/** The first entry of an attribute list with that key. */
export function findAttribute(list: JsonNode, key: Uint8Array): JsonNode | undefined {
  return list.children.find((entry) => hasKey(entry, key));
}

/** Takes all entries with that key out of the list, but for `kept`. */
export function removeAttributes(list: JsonNode, key: Uint8Array, kept?: JsonNode): void {
  list.removeChildren((entry) => entry !== kept && hasKey(entry, key));
}

/** The AnyValue of an attribute. */
export function valueOf(entry: JsonNode): JsonNode | undefined {
  return entry.member(KEY_VALUE_KEYS, KeyValueMember.value);
}

/** The member of an AnyValue that counts: the last that is not null; its id in ANY_VALUE_KEYS. */
function activeMember(value: JsonNode): { id: number; node: JsonNode } | undefined {
  let active: { id: number; node: JsonNode } | undefined;
  if (value.type !== "object") return undefined;
  for (const node of value.children) {
    const id = node.keyId(ANY_VALUE_KEYS);
    if (id === 0) continue;
    if (node.type !== "null") active = { id, node };
    else if (active?.id === id) active = undefined;
  }
  return active;
}

/**
 * Kind of an AnyValue: composite for an empty one, null, and whatever cannot be read. `absent` for
 * no node.
 */
export function kindOfAny(value: JsonNode | undefined): ValueKindIndex {
  const active = value && activeMember(value);
  if (active === undefined) return ValueKind.composite;
  const { id, node } = active;
  const { type } = node;
  if (id === AnyValueMember.boolValue) {
    return type === "true" || type === "false" ? ValueKind.bool : ValueKind.composite;
  }
  if (type !== "string" && type !== "number") return ValueKind.composite;
  if (id === AnyValueMember.intValue) return ValueKind.int;
  if (id === AnyValueMember.doubleValue) return ValueKind.double;
  if (type !== "string") return ValueKind.composite;
  if (id === AnyValueMember.stringValue) return ValueKind.string;
  return id === AnyValueMember.bytesValue ? ValueKind.bytes : ValueKind.composite;
}

/** Whether an AnyValue says nothing: null, {} or odd; as a body it is missing. */
export function isEmptyAny(value: JsonNode): boolean {
  const active = activeMember(value);
  if (active === undefined) return true;
  if (kindOfAny(value) !== ValueKind.composite) return false;
  const isList =
    active.id === AnyValueMember.arrayValue || active.id === AnyValueMember.kvlistValue;
  return !(isList && active.node.type === "object");
}

/** The text of an AnyValue of kind string. */
export function textOfAny(value: JsonNode | undefined): Uint8Array {
  const active = value && activeMember(value);
  const isString = active?.id === AnyValueMember.stringValue && active.node.type === "string";
  return isString ? active.node.string : NOTHING;
}

/**
 * Makes an AnyValue this string. One that says so already keeps its bytes; so does a member of its
 * own name.
 */
export function setAnyText(value: JsonNode, text: Uint8Array): void {
  const active = activeMember(value);
  const only = active !== undefined && value.children.length === 1;
  if (only && active.id === AnyValueMember.stringValue && active.node.type === "string") {
    if (!sameBytes(active.node.string, text)) active.node.replace(quoteJson(text));
    return;
  }
  const snake = active?.node.key.includes(UNDERSCORE) ?? false;
  value.replace(stringValue(text, snake).print());
}

function stringValue(text: Uint8Array, snake = false): JsonNode {
  const value = JsonNode.of(EMPTY_OBJECT);
  const key = snake ? STRING_VALUE_SNAKE : STRING_VALUE;
  value.appendMember(key, JsonNode.of(quoteJson(text)));
  return value;
}

/** A new AnyValue of kind string. */
export function newStringValue(text: Uint8Array): JsonNode {
  return stringValue(text);
}

/** Makes an existing attribute this string. */
export function setAttributeText(entry: JsonNode, text: Uint8Array): void {
  const value = valueOf(entry);
  if (value === undefined) entry.appendMember(VALUE, stringValue(text));
  else setAnyText(value, text);
}

/** Appends an attribute: a string, below one map for each segment of the path but the last. */
export function appendAttribute(
  list: JsonNode,
  path: readonly Uint8Array[],
  text: Uint8Array,
): void {
  const [key = NOTHING, ...rest] = path;
  const entry = JsonNode.of(EMPTY_OBJECT);
  entry.appendMember(KEY, JsonNode.of(quoteJson(key)));
  if (rest.length === 0) entry.appendMember(VALUE, stringValue(text));
  else {
    const values = JsonNode.of(EMPTY_ARRAY);
    appendAttribute(values, rest, text);
    const map = JsonNode.of(EMPTY_OBJECT);
    map.appendMember(VALUES, values);
    const value = JsonNode.of(EMPTY_OBJECT);
    value.appendMember(KVLIST_VALUE, map);
    entry.appendMember(VALUE, value);
  }
  list.appendElement(entry);
}

/** Changes the key of an attribute. */
export function renameAttribute(entry: JsonNode, key: Uint8Array): void {
  const node = entry.member(KEY_VALUE_KEYS, KeyValueMember.key);
  if (node === undefined) entry.appendMember(KEY, JsonNode.of(quoteJson(key)));
  else node.replace(quoteJson(key));
}

/** The list inside an attribute that is a map; with `create` also of one that has none yet. */
export function listInside(entry: JsonNode, create: boolean): JsonNode | undefined {
  const value = valueOf(entry);
  const active = value && activeMember(value);
  if (active?.id !== AnyValueMember.kvlistValue || active.node.type !== "object") return undefined;
  return arrayMember(active.node, active.node.member(KVLIST_KEYS, 1), VALUES, create);
}

/**
 * `member` of `owner` when it is an array; with `create` an absent or null one becomes an empty
 * array.
 */
export function arrayMember(
  owner: JsonNode,
  member: JsonNode | undefined,
  name: Uint8Array,
  create: boolean,
): JsonNode | undefined {
  if (member?.type === "array") return member;
  if (!create || (member !== undefined && member.type !== "null")) return undefined;
  if (member !== undefined) {
    member.replace(EMPTY_ARRAY);
    return member;
  }
  const list = JsonNode.of(EMPTY_ARRAY);
  owner.appendMember(name, list);
  return list;
}
