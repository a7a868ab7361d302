// A table of attribute names with dots between their parts. `{"http":{"method":"GET"}}` and
// `{"http.method":"GET"}` name the same attribute, so names are stored whole, and every prefix that
// ends at a dot is a node as well. Looking up a key costs one hash of its bytes, whatever the
// number of names.

import { encodeUtf8 } from "../../core/utf8.ts";
import { FNV32_START, fnv32, markOfKey, spread } from "../../core/hash.ts";

const DOT = 0x2e;
const FNV32_PRIME = 0x01000193;
/** Of a mark: more than one name has it. */
const SEVERAL = -1;

/** One step of the hash over a name's bytes. */
export function hashStep(hash: number, byte: number): number {
  return Math.imul(hash ^ byte, FNV32_PRIME);
}

/** An immutable set of dotted names, numbered from 0 in the order in which they are first met. */
export class NameTable {
  readonly size: number;
  /** Bytes of the longest name. */
  readonly longest: number;
  private readonly text: Uint8Array;
  /** By node: where its name starts in `text`; one more at the end. */
  private readonly starts: Int32Array;
  private readonly hashes: Int32Array;
  private readonly states: Int32Array;
  private readonly prefixes: Uint8Array;
  private readonly held: Uint8Array;
  private readonly table: Int32Array;
  private readonly mask: number;
  /**
   * Of keys, whole names and what stands behind their dots, by what tells most of them apart: the
   * node that has the mark, plus one; or SEVERAL.
   */
  private readonly marks: Int32Array;
  private readonly marksShift: number;

  /** `names`: each comes with all of its parts that end before a dot; repeated ones are one. */
  constructor(names: readonly Uint8Array[]) {
    const nodes = new Map<string, Uint8Array>();
    const prefixes = new Set<string>();
    for (const name of names) {
      nodes.set(name.join(), name);
      for (let at = name.indexOf(DOT); at >= 0; at = name.indexOf(DOT, at + 1)) {
        const prefix = name.subarray(0, at);
        const key = prefix.join();
        prefixes.add(key);
        if (!nodes.has(key)) nodes.set(key, prefix);
      }
    }
    this.size = nodes.size;
    this.starts = new Int32Array(nodes.size + 1);
    this.hashes = new Int32Array(nodes.size);
    this.states = new Int32Array(nodes.size);
    this.prefixes = new Uint8Array(nodes.size);
    this.held = new Uint8Array(nodes.size);
    let tableSize = 64;
    while (tableSize < nodes.size * 4) tableSize *= 2;
    this.table = new Int32Array(tableSize);
    this.mask = tableSize - 1;
    this.marks = new Int32Array(tableSize * 4);
    this.marksShift = Math.clz32(tableSize * 4) + 1;
    let length = 0;
    let longest = 0;
    for (const name of nodes.values()) {
      length += name.length;
      longest = Math.max(longest, name.length);
    }
    this.longest = longest;
    this.text = new Uint8Array(length);
    let node = 0;
    for (const [key, name] of nodes) this.insert(node++, name, prefixes.has(key));
  }

  private insert(node: number, name: Uint8Array, isPrefix: boolean): void {
    const start = this.starts[node] as number;
    this.text.set(name, start);
    this.starts[node + 1] = start + name.length;
    const state = fnv32(name, 0, name.length);
    const hash = spread(state);
    this.hashes[node] = hash;
    this.states[node] = hashStep(state, DOT);
    this.prefixes[node] = isPrefix ? 1 : 0;
    let at = hash & this.mask;
    while (this.table[at] !== 0) at = (at + 1) & this.mask;
    this.table[at] = node + 1;
    for (let from = 0; ; from++) {
      const mark = markOfKey(name, from, name.length) >>> this.marksShift;
      this.marks[mark] = this.marks[mark] === 0 ? node + 1 : SEVERAL;
      from = name.indexOf(DOT, from);
      if (from < 0) break;
    }
  }

  /** Hash that the bytes of a key below `prefix` continue; -1: at the top. */
  private seedBelow(prefix: number): number {
    return prefix < 0 ? FNV32_START : (this.states[prefix] as number);
  }

  /** Has arrays of this name looked into, so that what is in them is known to be bounded. */
  hold(node: number): void {
    this.held[node] = 1;
  }

  /** Whether elements of an array of this name are asked for. */
  isHeld(node: number): boolean {
    return this.held[node] === 1;
  }

  /** Whether some name goes on behind this one. */
  isPrefix(node: number): boolean {
    return this.prefixes[node] === 1;
  }

  /**
   * Node of the key bytes[start, end) below `prefix` (-1: at the top), or -1. `hash`: of the key,
   * from the seed of `prefix`, by hashStep.
   */
  find(hash: number, prefix: number, bytes: Uint8Array, start: number, end: number): number {
    const { table, mask, hashes } = this;
    const wanted = spread(hash);
    for (let at = wanted & mask; ; at = (at + 1) & mask) {
      const node = (table[at] as number) - 1;
      if (node < 0) return -1;
      if (hashes[node] === wanted && this.isAt(node, prefix, bytes, start, end)) return node;
    }
  }

  /** The same, and hashes the key. */
  findKey(prefix: number, bytes: Uint8Array, start: number, end: number): number {
    if (end - start > this.longest) return -1;
    const node = (this.marks[markOfKey(bytes, start, end) >>> this.marksShift] as number) - 1;
    // Nearly every key is told by that, and need not be hashed.
    if (node !== SEVERAL - 1) {
      return node >= 0 && this.isAt(node, prefix, bytes, start, end) ? node : -1;
    }
    return this.find(fnv32(bytes, start, end, this.seedBelow(prefix)), prefix, bytes, start, end);
  }

  private isAt(
    node: number,
    prefix: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): boolean {
    const { text, starts } = this;
    let at = starts[node] as number;
    const length = (starts[node + 1] as number) - at;
    if (prefix >= 0) {
      let from = starts[prefix] as number;
      const to = starts[prefix + 1] as number;
      if (length !== to - from + 1 + end - start) return false;
      for (; from < to; from++, at++) if (text[from] !== text[at]) return false;
      if (text[at++] !== DOT) return false;
    } else if (length !== end - start) return false;
    for (let i = start; i < end; i++, at++) if (bytes[i] !== text[at]) return false;
    return true;
  }
}

/** The dotted name of a path. */
export function dottedName(path: readonly Uint8Array[]): Uint8Array {
  const [only] = path;
  if (only !== undefined && path.length === 1) return only;
  let length = path.length - 1;
  for (const segment of path) length += segment.length;
  const name = new Uint8Array(length).fill(DOT);
  let at = 0;
  for (const segment of path) {
    name.set(segment, at);
    at += segment.length + 1;
  }
  return name;
}

const DECIMALS = Array.from({ length: 256 }, (_, i) => encodeUtf8(String(i)));

/** Decimal digits of an index. */
export function decimal(index: number): Uint8Array {
  return DECIMALS[index] ?? encodeUtf8(String(index));
}
