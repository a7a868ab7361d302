// Decides which value counts where a document spells one name several times. Of equal keys of an
// object the last one counts, as JSON.parse has it; of the spellings of a dotted name the one with
// the longest first key, then the longest second key, and so on: `{"a.b":1}` before
// `{"a":{"b":2}}`. Nulls are nothing.

import { BACKSLASH, type JsonNode } from "../core/json/index.ts";
import { type Findings, Found } from "./findings.ts";
import { decimal, type NameTable } from "./name-table.ts";

interface Candidate {
  readonly value: JsonNode;
  /** Lengths of the keys on the way. */
  readonly keys: readonly number[];
}

/** Fills `findings` anew from the document `root` of `bytes`. */
export function refindCarefully(
  root: JsonNode,
  bytes: Uint8Array,
  names: NameTable,
  findings: Findings,
): void {
  const best = new Map<number, Candidate>();
  collect(root, -1, [], names, best);
  findings.begin();
  for (const [node, { value }] of best) {
    const { text, type } = value;
    const start = text.byteOffset - bytes.byteOffset;
    const end = start + text.length;
    if (type === "string") {
      const quote = text.includes(BACKSLASH) ? ~(end - 1) : end - 1;
      findings.put(node, Found.string, start + 1, quote);
    } else if (type === "number") findings.put(node, Found.number, start, end);
    else if (type === "object") findings.put(node, Found.object, start, end);
    else if (type === "array") findings.put(node, Found.array, start, end);
    else findings.put(node, Found.bool, type === "true" ? 1 : 0, 0);
  }
}

function collect(
  container: JsonNode,
  prefix: number,
  keys: readonly number[],
  names: NameTable,
  best: Map<number, Candidate>,
): void {
  for (const [node, { value, key }] of entriesOf(container, prefix, names)) {
    if (value.type === "null") continue;
    const candidate = { value, keys: [...keys, key] };
    const other = best.get(node);
    if (other === undefined || comesFirst(candidate.keys, other.keys)) best.set(node, candidate);
    if (names.isPrefix(node)) collect(value, node, candidate.keys, names, best);
  }
}

/**
 * Values of an object or array by the nodes of their keys, and lengths of these; of equal keys the
 * last.
 */
function entriesOf(
  container: JsonNode,
  prefix: number,
  names: NameTable,
): Map<number, { readonly value: JsonNode; readonly key: number }> {
  const entries = new Map<number, { readonly value: JsonNode; readonly key: number }>();
  const isArray = container.type === "array";
  for (const [i, value] of container.children.entries()) {
    const key = isArray ? decimal(i) : value.key;
    const node = names.findKey(prefix, key, 0, key.length);
    if (node >= 0) entries.set(node, { value, key: key.length });
  }
  return entries;
}

function comesFirst(keys: readonly number[], others: readonly number[]): boolean {
  for (let i = 0; i < keys.length; i++) {
    const difference = (keys[i] as number) - (others[i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return false;
}
