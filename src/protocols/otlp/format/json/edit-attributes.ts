// Attribute lists and AnyValues as editable JSON nodes: find, read, set, add. Members that are
// repeated make up one: lists join, objects merge, and of all else the last one counts.

import { sameBytes } from "../../../../core/bytes.ts";
import { decimalOf } from "../../../../core/decimal.ts";
import { JsonNode, quoteJson } from "../../../../core/json/index.ts";
import { encodeUtf8 } from "../../../../core/utf8.ts";
import { ValueKind, type ValueKindIndex } from "../../../../policy/record-port.ts";
import {
  ANY_VALUE_KEYS,
  AnyValueMember,
  KEY_VALUE_KEYS,
  KeyValueMember,
  KVLIST_KEYS,
} from "./names.ts";
import { anyValueOf, isValue } from "./typed-values.ts";

const KEY = encodeUtf8("key");
const VALUE = encodeUtf8("value");
const VALUES = encodeUtf8("values");
const KVLIST_VALUE = encodeUtf8("kvlistValue");
const EMPTY_ARRAY = encodeUtf8("[]");
const EMPTY_OBJECT = encodeUtf8("{}");
const NOTHING = new Uint8Array(0);
const UNDERSCORE = 0x5f;

type Path = readonly Uint8Array[];

/** An attribute, or an element of an array, and the list that it is in. */
export interface Entry {
  readonly list: JsonNode;
  readonly node: JsonNode;
  readonly isElement?: true;
}

function hasKey(entry: JsonNode, key: Uint8Array): boolean {
  if (entry.type !== "object") return false;
  const node = entry.member(KEY_VALUE_KEYS, KeyValueMember.key);
  if (node?.type === "string") return sameBytes(node.string, key);
  // A key that is not there is the empty one.
  return key.length === 0 && (node === undefined || node.type === "null");
}

/** All attributes to which the path leads, from these lists on; `intoLists` as in selectors. */
export function findAttributes(
  lists: readonly JsonNode[],
  path: Path,
  intoLists = false,
): readonly Entry[] {
  const found: Entry[] = [];
  findBelow(lists, { path, intoLists, found }, 0);
  return found;
}

interface Search {
  readonly path: Path;
  readonly intoLists: boolean;
  readonly found: Entry[];
}

function findBelow(lists: readonly JsonNode[], search: Search, depth: number): void {
  const { path, found } = search;
  const key = path[depth] ?? NOTHING;
  for (const list of lists) {
    for (const node of list.children) {
      if (!hasKey(node, key)) continue;
      if (depth === path.length - 1) found.push({ list, node });
      else findInside(valuesOf(node), search, depth + 1);
    }
  }
}

/** Goes on inside of what AnyValues come to: a map, or an array. */
function findInside(values: readonly JsonNode[], search: Search, depth: number): void {
  const { path, intoLists, found } = search;
  findBelow(listsIn(values), search, depth);
  let index = intoLists ? decimalOf(path[depth] ?? NOTHING) : -1;
  for (const list of index < 0 ? [] : elementLists(values)) {
    const node = list.children[index];
    if (node === undefined) {
      index -= list.children.length;
      continue;
    }
    if (depth === path.length - 1) found.push({ list, node, isElement: true });
    else findInside([node], search, depth + 1);
    return;
  }
}

/** The lists of elements of what is an array. */
function elementLists(values: readonly JsonNode[]): readonly JsonNode[] {
  const active = activeOf(values);
  if (active?.id !== AnyValueMember.arrayValue) return [];
  const arrays = active.nodes.filter((node) => node.type === "object");
  return arrays.flatMap((array) => arraysOf(array.children, (node) => node.keyId(KVLIST_KEYS)));
}

/** The values of what was found: one, unless the member is repeated. */
export function valuesAt({ node, isElement }: Entry): JsonNode[] {
  return isElement === true ? [node] : valuesOf(node);
}

/** Takes attributes out of the lists that they are in. */
export function removeAttributes(entries: readonly Entry[]): void {
  const nodes = new Set(entries.map(({ node }) => node));
  for (const list of new Set(entries.map((entry) => entry.list))) {
    list.removeChildren((node) => nodes.has(node));
  }
}

function valuesOf(entry: JsonNode): JsonNode[] {
  return entry.children.filter((node) => node.keyId(KEY_VALUE_KEYS) === KeyValueMember.value);
}

/** What AnyValues that merge come to: the member that counts, all of them when they are maps. */
interface Active {
  readonly id: number;
  readonly nodes: JsonNode[];
  readonly last: JsonNode;
}

function activeOf(values: readonly JsonNode[]): Active | undefined {
  let active: Active | undefined;
  for (const value of values) {
    if (value.type !== "object") continue;
    for (const last of value.children) {
      const id = last.keyId(ANY_VALUE_KEYS);
      if (id === 0) continue;
      if (last.type === "null") {
        if (active?.id === id) active = undefined;
        continue;
      }
      const goesOn = active?.id === id && id >= AnyValueMember.arrayValue;
      const nodes: JsonNode[] = goesOn && active ? active.nodes : [];
      nodes.push(last);
      active = { id, last, nodes };
    }
  }
  return active;
}

/** Kind of an AnyValue: composite for an empty one, null, and whatever cannot be read. */
export function kindOfAny(values: readonly JsonNode[]): ValueKindIndex {
  const active = activeOf(values);
  if (active === undefined) return isBare(values) ? ValueKind.string : ValueKind.composite;
  const { id, last } = active;
  const { type } = last;
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

/** A string where an AnyValue belongs is no valid value, but a text that can be redacted. */
function isBare(values: readonly JsonNode[]): boolean {
  return values.at(-1)?.type === "string";
}

/** Whether an AnyValue says nothing: null, {} or odd; as a body it is missing. */
export function isEmptyAny(values: readonly JsonNode[]): boolean {
  const active = activeOf(values);
  if (active === undefined) return true;
  if (kindOfAny(values) !== ValueKind.composite) return false;
  const isList =
    active.id === AnyValueMember.arrayValue || active.id === AnyValueMember.kvlistValue;
  return !(isList && active.last.type === "object");
}

/** The text of an AnyValue of kind string. */
export function textOfAny(values: readonly JsonNode[]): Uint8Array {
  const active = activeOf(values);
  if (active === undefined) return isBare(values) ? (values.at(-1)?.string ?? NOTHING) : NOTHING;
  const isString = active.id === AnyValueMember.stringValue && active.last.type === "string";
  return isString ? active.last.string : NOTHING;
}

/** Whether AnyValues that merge are that value already, which is no string. */
export function saysValue(
  values: readonly JsonNode[],
  text: Uint8Array,
  kind: ValueKindIndex,
): boolean {
  const active = activeOf(values);
  return active !== undefined && isValue(active.id, active.last, text, kind);
}

/**
 * Makes AnyValues of one owner this value, of which one is left. A string that says so already
 * keeps its bytes; so does a member of its own name.
 */
export function setAny(
  owner: JsonNode,
  values: readonly JsonNode[],
  text: Uint8Array,
  kind: ValueKindIndex = ValueKind.string,
): void {
  const value = values.at(-1);
  if (value === undefined) return;
  if (values.length > 1) {
    const others = new Set(values.slice(0, -1));
    owner.removeChildren((node) => others.has(node));
  }
  const active = activeOf([value]);
  const only = active !== undefined && value.children.length === 1;
  const isText = kind === ValueKind.string && active?.last.type === "string";
  if (only && isText && active.id === AnyValueMember.stringValue) {
    if (!sameBytes(active.last.string, text)) active.last.replace(quoteJson(text));
    return;
  }
  const snake = active?.last.key.includes(UNDERSCORE) ?? false;
  value.replace(anyValueOf(text, kind, snake).print());
}

/** Takes out of AnyValues of one owner what a later member or value hides. */
export function removeHidden(owner: JsonNode, values: readonly JsonNode[]): void {
  const active = activeOf(values);
  if (active === undefined) return;
  const nodes = new Set(active.nodes);
  for (const value of values) {
    if (value.type !== "object") continue;
    value.removeChildren((node) => node.keyId(ANY_VALUE_KEYS) !== 0 && !nodes.has(node));
  }
  const bare = new Set(values.slice(0, -1).filter(({ type }) => type !== "object"));
  if (bare.size > 0) owner.removeChildren((node) => bare.has(node));
}

/** Makes an existing attribute, or an element, this value. */
export function setAttribute(
  entry: Entry,
  text: Uint8Array,
  kind: ValueKindIndex = ValueKind.string,
): void {
  const { node } = entry;
  const values = valuesAt(entry);
  if (values.length === 0) node.appendMember(VALUE, anyValueOf(text, kind));
  else setAny(node, values, text, kind);
}

/**
 * Appends an attribute of that AnyValue below the first entry on the way of its path that can take
 * it, with the maps that are missing. False when something on the way is no map.
 */
export function addAttribute(
  lists: readonly JsonNode[],
  path: Path,
  any: JsonNode,
  depth = 0,
): boolean {
  const last = lists.at(-1);
  if (last === undefined) return false;
  const entries =
    depth === path.length - 1 ? [] : findAttributes(lists, path.slice(depth, depth + 1));
  if (entries.length === 0) {
    appendAttribute(last, path.slice(depth), any);
    return true;
  }
  return entries.some(({ node }) => addAttribute(listsInside(node), path, any, depth + 1));
}

/** Appends an attribute: a value, below one map for each segment of the path but the last. */
function appendAttribute(list: JsonNode, path: Path, any: JsonNode): void {
  const [key = NOTHING, ...rest] = path;
  const entry = JsonNode.of(EMPTY_OBJECT);
  entry.appendMember(KEY, JsonNode.of(quoteJson(key)));
  if (rest.length === 0) entry.appendMember(VALUE, any);
  else {
    const values = JsonNode.of(EMPTY_ARRAY);
    appendAttribute(values, rest, any);
    const map = JsonNode.of(EMPTY_OBJECT);
    map.appendMember(VALUES, values);
    const value = JsonNode.of(EMPTY_OBJECT);
    value.appendMember(KVLIST_VALUE, map);
    entry.appendMember(VALUE, value);
  }
  list.appendElement(entry);
}

/**
 * Moves attributes to the end of the lists that they are in, by another name. Where that is taken,
 * nothing; with `upsert`, what has it goes first. Whether any was renamed.
 */
export function renameWithin(entries: readonly Entry[], to: Uint8Array, upsert: boolean): boolean {
  let isHit = false;
  const named = entries.filter(({ isElement }) => isElement !== true);
  for (const [list, own] of Map.groupBy(named, (entry) => entry.list)) {
    const targets = findAttributes([list], [to]);
    if (targets.length > 0 && !upsert) continue;
    removeAttributes(own);
    removeAttributes(targets);
    for (const { node } of own) {
      renameAttribute(node, to);
      list.appendElement(node);
    }
    isHit = true;
  }
  return isHit;
}

/** Changes the key of an attribute. */
export function renameAttribute(entry: JsonNode, key: Uint8Array): void {
  const node = entry.member(KEY_VALUE_KEYS, KeyValueMember.key);
  if (node === undefined) entry.appendMember(KEY, JsonNode.of(quoteJson(key)));
  else node.replace(quoteJson(key));
}

/** The lists inside an attribute that is a map, at least one. */
function listsInside(entry: JsonNode): JsonNode[] {
  return listsIn(valuesOf(entry), true);
}

/** The lists inside AnyValues that come to a map; with `create` at least one. */
function listsIn(values: readonly JsonNode[], create = false): JsonNode[] {
  const active = activeOf(values);
  if (active?.id !== AnyValueMember.kvlistValue) return [];
  const maps = active.nodes.filter((node) => node.type === "object");
  const lists = maps.flatMap((map) => arraysOf(map.children, (node) => node.keyId(KVLIST_KEYS)));
  const last = maps.at(-1);
  if (!create || lists.length > 0 || last === undefined) return lists;
  const list = newArray(last, last.member(KVLIST_KEYS, 1), VALUES);
  return list === undefined ? [] : [list];
}

function arraysOf(members: readonly JsonNode[], id: (node: JsonNode) => number): JsonNode[] {
  return members.filter((node) => node.type === "array" && id(node) === 1);
}

/** `member` of `owner` as a new array, when it is absent or null. */
export function newArray(
  owner: JsonNode,
  member: JsonNode | undefined,
  name: Uint8Array,
): JsonNode | undefined {
  if (member?.type === "null") {
    member.replace(EMPTY_ARRAY);
    return member;
  }
  if (member !== undefined) return undefined;
  const list = JsonNode.of(EMPTY_ARRAY);
  owner.appendMember(name, list);
  return list;
}
