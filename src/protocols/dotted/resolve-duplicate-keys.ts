// Orders the values of names that a document has several times: the one that counts comes first. Of
// the spellings of a dotted name that is the one with the longest first key, then the longest
// second key, and so on: `{"a.b":1}` before `{"a":{"b":2}}`; of equal keys of an object it is the
// last one, as JSON.parse has it. Nulls count as absent.

import { BACKSLASH, type JsonNode } from "../../core/json/index.ts";
import { type ScanResult, Found } from "./scan-result.ts";
import { decimal, type NameTable } from "./name-table.ts";

interface Candidate {
  readonly value: JsonNode;
  /** Lengths of the keys on the way. */
  readonly keys: readonly number[];
}

/** Fills `scanResult` again, from the document `root` of `bytes`. */
export function resolveDuplicateKeys(
  root: JsonNode,
  bytes: Uint8Array,
  names: NameTable,
  scanResult: ScanResult,
): void {
  const found = new Map<number, Candidate[]>();
  collect(root, -1, [], names, found);
  scanResult.begin();
  for (const [node, candidates] of found) {
    // Sorting is stable, and they come from the last of equal keys to the first.
    candidates.sort((a, b) => longerFirst(a.keys, b.keys));
    for (const { value } of candidates) addValue(scanResult, node, value, bytes);
  }
}

function addValue(scanResult: ScanResult, node: number, value: JsonNode, bytes: Uint8Array): void {
  const { text, type } = value;
  const start = text.byteOffset - bytes.byteOffset;
  const end = start + text.length;
  if (type === "string") {
    const quote = text.includes(BACKSLASH) ? ~(end - 1) : end - 1;
    scanResult.add(node, Found.string, start + 1, quote);
  } else if (type === "number") scanResult.add(node, Found.number, start, end);
  else if (type === "object") scanResult.add(node, Found.object, start, end);
  else if (type === "array") scanResult.add(node, Found.array, start, end);
  else scanResult.add(node, Found.bool, type === "true" ? 1 : 0, 0);
}

function collect(
  container: JsonNode,
  prefix: number,
  keys: readonly number[],
  names: NameTable,
  found: Map<number, Candidate[]>,
): void {
  const { children } = container;
  const isArray = container.type === "array";
  for (let i = children.length - 1; i >= 0; i--) {
    const value = children[i] as JsonNode;
    if (value.type === "null") continue;
    const key = isArray ? decimal(i) : value.key;
    const node = names.findKey(prefix, key, 0, key.length);
    if (node < 0) continue;
    const candidate = { value, keys: [...keys, key.length] };
    const others = found.get(node);
    if (others === undefined) found.set(node, [candidate]);
    else others.push(candidate);
    if (names.isPrefix(node)) collect(value, node, candidate.keys, names, found);
  }
}

function longerFirst(keys: readonly number[], others: readonly number[]): number {
  for (let i = 0; i < keys.length; i++) {
    const difference = (others[i] ?? 0) - (keys[i] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}
