// A trie of prefixes, or of suffixes read backwards, whose transitions are in one hash table. A
// walk takes as many steps as the text has bytes in common with the affix that it follows furthest,
// whatever the number of affixes. It is flat, so that threads can share it.

import { grownInts } from "../../core/bytes.ts";
import type { FlatReader, FlatWriter } from "./flat-memory.ts";
import { spread } from "../../core/hash.ts";

export class AffixTrie {
  /** Number of the affix that ends at a node, or -1. */
  private ends: Int32Array = new Int32Array(32).fill(-1);
  private table: Int32Array = new Int32Array(64);
  private mask = 31;
  /** Also the number of nodes, not counting the root. */
  private edges = 0;
  private affixes = 0;
  /** 1 for bytes that affixes begin or end with: most texts are ruled out at their first byte. */
  private readonly begins = new Uint8Array(256);

  private readonly backwards: boolean;

  /** `backwards`: the affixes are suffixes. */
  constructor(backwards: boolean) {
    this.backwards = backwards;
  }

  get size(): number {
    return this.affixes;
  }

  /** Returns the number of the affix, which is its order of insertion. */
  add(affix: Uint8Array): number {
    let node = 0;
    for (let i = 0; i < affix.length; i++) {
      const byte = affix[this.backwards ? affix.length - 1 - i : i] as number;
      const next = this.step(node, byte);
      node = next >= 0 ? next : this.addEdge(node, byte);
    }
    const known = this.ends[node] as number;
    if (known >= 0) return known;
    this.ends[node] = this.affixes;
    return this.affixes++;
  }

  /**
   * Writes the numbers of all affixes of bytes[start, end) into `hits`, which must have room;
   * returns their count.
   */
  walk(bytes: Uint8Array, start: number, end: number, hits: Int32Array): number {
    const { ends, backwards } = this;
    let count = 0;
    let node = 0;
    const length = end - start;
    if (length === 0 || this.begins[bytes[backwards ? end - 1 : start] as number] === 0) {
      if ((ends[0] as number) < 0) return 0;
      hits[0] = ends[0] as number;
      return 1;
    }
    for (let i = 0; i <= length; i++) {
      const affix = ends[node] as number;
      if (affix >= 0) hits[count++] = affix;
      if (i === length) break;
      node = this.step(node, bytes[backwards ? end - 1 - i : start + i] as number);
      if (node < 0) break;
    }
    return count;
  }

  write(out: FlatWriter): void {
    out.int(this.affixes);
    out.ints(this.ends, this.edges + 1);
    out.ints(this.table);
  }

  /** A trie for walking only: nothing can be added. */
  static read(from: FlatReader, backwards: boolean): AffixTrie {
    const trie = new AffixTrie(backwards);
    trie.affixes = from.int();
    trie.ends = from.ints();
    trie.table = from.ints();
    trie.mask = trie.table.length / 2 - 1;
    for (let byte = 0; byte < 256; byte++) trie.begins[byte] = trie.step(0, byte) < 0 ? 0 : 1;
    return trie;
  }

  private step(node: number, byte: number): number {
    const { table, mask } = this;
    const edge = ((node << 8) | byte) + 1;
    for (let at = spread(edge) & mask; ; at = (at + 1) & mask) {
      const found = table[at * 2] as number;
      if (found === edge) return table[at * 2 + 1] as number;
      if (found === 0) return -1;
    }
  }

  private addEdge(node: number, byte: number): number {
    const next = ++this.edges;
    if (next === this.ends.length) {
      this.ends = grownInts(this.ends, next * 2);
      this.ends.fill(-1, next);
    }
    if (this.edges * 2 > this.mask + 1) this.grow();
    this.insert(((node << 8) | byte) + 1, next);
    if (node === 0) this.begins[byte] = 1;
    return next;
  }

  private insert(edge: number, next: number): void {
    let at = spread(edge) & this.mask;
    while (this.table[at * 2] !== 0) at = (at + 1) & this.mask;
    this.table[at * 2] = edge;
    this.table[at * 2 + 1] = next;
  }

  private grow(): void {
    const old = this.table;
    this.table = new Int32Array(old.length * 2);
    this.mask = this.table.length / 2 - 1;
    for (let at = 0; at < old.length; at += 2) {
      if (old[at] !== 0) this.insert(old[at] as number, old[at + 1] as number);
    }
  }
}
