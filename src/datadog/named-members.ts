// Finds dotted names in an editable JSON tree, by the rules of careful-finder.ts: of equal keys the
// last counts, of the spellings of a name the one with the longest first key, and null is nothing.

import { type JsonNode, quoteJson } from "../core/json/index.ts";
import { decimal } from "./name-table.ts";

const DOT = 0x2e;

/** One value on the way to another: a member of an object, or an element of an array. */
export interface Step {
  readonly owner: JsonNode;
  readonly value: JsonNode;
}
/** The way to a value, at least one step; the last one is the value itself. */
export type Way = readonly Step[];

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** The member of that key which counts, null or not. */
export function memberOf(owner: JsonNode, key: Uint8Array): JsonNode | undefined {
  if (owner.type !== "object") return undefined;
  const { children } = owner;
  for (let i = children.length - 1; i >= 0; i--) {
    const child = children[i];
    if (child?.hasKey(key)) return child;
  }
  return undefined;
}

/** The way to the value of a dotted name. */
export function findNamed(owner: JsonNode, name: Uint8Array): Way | undefined {
  if (owner.type === "array") return findIndexed(owner, name);
  for (let end = name.length; end >= 0; end = end > 0 ? name.lastIndexOf(DOT, end - 1) : -1) {
    const value = memberOf(owner, name.subarray(0, end));
    const way = value && follow(owner, value, name, end);
    if (way !== undefined) return way;
  }
  return undefined;
}

function findIndexed(owner: JsonNode, name: Uint8Array): Way | undefined {
  const dot = name.indexOf(DOT);
  const end = dot < 0 ? name.length : dot;
  const digits = name.subarray(0, end);
  const index = Number(String.fromCharCode(...digits));
  if (!Number.isSafeInteger(index) || !sameBytes(decimal(index), digits)) return undefined;
  const value = owner.children[index];
  return value && follow(owner, value, name, end);
}

function follow(owner: JsonNode, value: JsonNode, name: Uint8Array, end: number): Way | undefined {
  if (value.type === "null") return undefined;
  if (end === name.length) return [{ owner, value }];
  if (value.type !== "object" && value.type !== "array") return undefined;
  const rest = findNamed(value, name.subarray(end + 1));
  return rest && [{ owner, value }, ...rest];
}

/**
 * Takes out what repeats the keys of the way and does not count, so that no reader takes it for the
 * value.
 */
export function removeShadowed(way: Way): void {
  for (const { owner, value } of way) {
    if (owner.type !== "object") continue;
    const { key } = value;
    owner.removeChildren((child) => child !== value && child.hasKey(key));
  }
}

/** Makes a value this string; one that says so already keeps its spelling. */
export function setString(value: JsonNode, text: Uint8Array): void {
  if (value.type === "string" && sameBytes(value.string, text)) return;
  value.replace(quoteJson(text));
}
