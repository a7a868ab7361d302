// Finds dotted names in an editable JSON tree: every value that goes by a name, with the one that
// counts first, by the rules of resolve-duplicate-keys.ts. Null counts as absent.

import { sameBytes } from "../../core/bytes.ts";
import { parseInt64 } from "../../core/int64.ts";
import { JsonNode, parseDouble, quoteJson } from "../../core/json/index.ts";
import { type TextChange, ValueKind, type ValueKindIndex } from "../../policy/record-port.ts";
import { decimal } from "./name-table.ts";

const DOT = 0x2e;
const int64 = new Int32Array(2);

/** One value on the way to another: a member of an object, or an element of an array. */
export interface Step {
  readonly parent: JsonNode;
  readonly value: JsonNode;
}
/** The way to a value, at least one step; the last one is the value itself. */
export type Way = readonly Step[];

interface Candidate extends Step {
  /** Bytes of the name that the key takes up. */
  readonly length: number;
}

/** The members of that key, null or not, the last one first: it is the one that counts. */
export function membersOf(parent: JsonNode, key: Uint8Array): JsonNode[] {
  if (parent.type !== "object") return [];
  return parent.children.filter((child) => child.hasKey(key)).reverse();
}

/** The ways to all values of a dotted name, the one that counts first. */
export function waysTo(parent: JsonNode, name: Uint8Array): Way[] {
  return candidatesOf(parent, name).flatMap(({ value, length }): Way[] => {
    if (value.type === "null") return [];
    if (length === name.length) return [[{ parent, value }]];
    const rest = waysTo(value, name.subarray(length + 1));
    return rest.map((way) => [{ parent, value }, ...way]);
  });
}

/** The value that a way leads to. */
export function valueAt(way: Way): JsonNode {
  const last = way.at(-1);
  if (last === undefined) throw new RangeError("a way has at least one step");
  return last.value;
}

/** Whether two ways have the same keys. */
export function sameKeys(a: Way, b: Way): boolean {
  return a.length === b.length && a.every((step, i) => sameKey(step, b[i] as Step));
}

function sameKey(a: Step, b: Step): boolean {
  if (a.parent.type === "object") return sameBytes(a.value.key, b.value.key);
  return a.parent.children.indexOf(a.value) === b.parent.children.indexOf(b.value);
}

/** What the name, or a part of it that ends at a dot, is a key of. */
function candidatesOf(parent: JsonNode, name: Uint8Array): Candidate[] {
  if (parent.type === "array") return elementOf(parent, name);
  if (parent.type !== "object") return [];
  const found: Candidate[] = [];
  for (const value of parent.children) {
    const length = value.beginningOf(name);
    const ends = length === name.length || (length >= 0 && name[length] === DOT);
    if (ends) found.push({ parent, value, length });
  }
  // Sorting is stable: of equal keys the last one comes first.
  return found.reverse().sort((a, b) => b.length - a.length);
}

function elementOf(parent: JsonNode, name: Uint8Array): Candidate[] {
  const dot = name.indexOf(DOT);
  const length = dot < 0 ? name.length : dot;
  const digits = name.subarray(0, length);
  const index = Number(String.fromCharCode(...digits.subarray(0, 16)));
  if (!Number.isSafeInteger(index) || !sameBytes(decimal(index), digits)) return [];
  const value = parent.children[index];
  return value === undefined ? [] : [{ parent, value, length }];
}

/** Makes a value this one, as in TextChange; a string that says so already keeps its spelling. */
export function setValue(value: JsonNode, text: Uint8Array, kind?: ValueKindIndex): void {
  const isText = kind === undefined || kind === ValueKind.string;
  if (isText && value.type === "string" && sameBytes(value.string, text)) return;
  value.replace(literalOf(text, kind));
}

/** Whether a value is this one, which is no string, as it would be written. */
export function saysValue(value: JsonNode, { kind, length, text }: TextChange): boolean {
  return sameBytes(value.text, literalOf(text.subarray(0, length), kind));
}

/** A value as JSON writes it: what JSON has no literal of is a string. */
export function literalOf(text: Uint8Array, kind: ValueKindIndex = ValueKind.string): Uint8Array {
  if (kind === ValueKind.bool || kind === ValueKind.int) return text;
  const isFinite = kind === ValueKind.double && Number.isFinite(parseDouble(text, 0, text.length));
  return isFinite ? text : quoteJson(text);
}

/**
 * The key of a member that gets another name in its object: its last part, which ends the path, is
 * another. A member that is found by a name as a whole is called so as a whole.
 */
export function renamedKey(key: Uint8Array, path: readonly Uint8Array[], to: Uint8Array) {
  const last = path.at(-1)?.length ?? 0;
  const before = path.length > 1 && key.length > last ? key.subarray(0, key.length - last) : [];
  return new Uint8Array([...before, ...to]);
}

/** A value that becomes the last member of an object, by that key. */
export interface Move {
  readonly value: JsonNode;
  readonly into: JsonNode;
  readonly key: Uint8Array;
}

/** Does moves in their order; nulls of the new names go. */
export function moveAll(moves: readonly Move[]): void {
  JsonNode.removeAll(moves.map(({ value }) => value));
  let before: Move | undefined;
  for (const { into, key, value } of moves) {
    const isSame = before?.into === into && sameBytes(before.key, key);
    if (!isSame) into.removeChildren((child) => child.type === "null" && child.hasKey(key));
    into.appendMember(key, value);
    before = { into, key, value };
  }
}

/** What a value is to policies. */
export function kindOfValue({ type, text }: JsonNode): ValueKindIndex {
  if (type === "string") return ValueKind.string;
  if (type === "true" || type === "false") return ValueKind.bool;
  if (type !== "number") return ValueKind.composite;
  return parseInt64(text, 0, text.length, int64) ? ValueKind.int : ValueKind.double;
}
