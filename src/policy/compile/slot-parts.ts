// The parts of a slot's index: posting lists, whole strings with prefixes and suffixes, and
// substrings. Each part is filled once and written to flat memory, from which any thread can read
// it.

import type { FlatReader, FlatWriter } from "../matching/flat-memory.ts";
import { AffixTrie } from "../matching/affix-trie.ts";
import { Automaton } from "../matching/automaton.ts";
import { ByteTable } from "../matching/byte-table.ts";
import type { Literal } from "../matching/literal.ts";
import type { Meter } from "../../regex/index.ts";

/** Collects lists of numbers by key. */
export class PostingsBuilder {
  private readonly lists: number[][] = [];

  add(key: number, hit: number): void {
    (this.lists[key] ??= []).push(hit);
  }

  write(keys: number, out: FlatWriter): void {
    const offsets = new Int32Array(keys + 1);
    const items: number[] = [];
    for (let key = 0; key < keys; key++) {
      for (const hit of this.lists[key] ?? []) items.push(hit);
      offsets[key + 1] = items.length;
    }
    out.ints(offsets);
    out.ints(items);
  }
}

/** Lists of numbers by key. */
class Postings {
  private readonly offsets: Int32Array;
  private readonly items: Int32Array;

  constructor(from: FlatReader) {
    this.offsets = from.ints();
    this.items = from.ints();
  }

  copy(key: number, out: Int32Array, count: number): number {
    let at = count;
    const to = this.offsets[key + 1] as number;
    for (let i = this.offsets[key] as number; i < to; i++) out[at++] = this.items[i] as number;
    return at;
  }
}

/** Byte strings, each with the predicates that it hits. */
export class HitStringsBuilder {
  private readonly table = new ByteTable();
  private readonly hits = new PostingsBuilder();

  add(bytes: Uint8Array, hit: number): void {
    this.hits.add(this.table.add(bytes), hit);
  }

  write(out: FlatWriter): void {
    out.int(this.table.size);
    if (this.table.size === 0) return;
    this.table.write(out);
    this.hits.write(this.table.size, out);
  }
}

export class HitStrings {
  private readonly table: ByteTable;
  private readonly hits: Postings;

  private constructor(from: FlatReader) {
    this.table = ByteTable.read(from);
    this.hits = new Postings(from);
  }

  /** Undefined: there are none. */
  static read(from: FlatReader): HitStrings | undefined {
    return from.int() === 0 ? undefined : new HitStrings(from);
  }

  search(bytes: Uint8Array, start: number, end: number, out: Int32Array, count: number): number {
    const found = this.table.find(bytes, start, end);
    return found < 0 ? count : this.hits.copy(found, out, count);
  }
}

/** Prefixes or suffixes, each with the predicates that it hits. */
class HitAffixesBuilder {
  private readonly trie: AffixTrie;
  private readonly hits = new PostingsBuilder();

  constructor(backwards: boolean) {
    this.trie = new AffixTrie(backwards);
  }

  add(bytes: Uint8Array, hit: number): void {
    this.hits.add(this.trie.add(bytes), hit);
  }

  write(out: FlatWriter): void {
    out.int(this.trie.size);
    if (this.trie.size === 0) return;
    this.trie.write(out);
    this.hits.write(this.trie.size, out);
  }
}

class HitAffixes {
  private readonly trie: AffixTrie;
  private readonly hits: Postings;
  private readonly scratch: Int32Array;

  private constructor(from: FlatReader, backwards: boolean) {
    this.trie = AffixTrie.read(from, backwards);
    this.hits = new Postings(from);
    this.scratch = new Int32Array(this.trie.size);
  }

  /** Undefined: there are none. */
  static read(from: FlatReader, backwards: boolean): HitAffixes | undefined {
    return from.int() === 0 ? undefined : new HitAffixes(from, backwards);
  }

  search(bytes: Uint8Array, start: number, end: number, out: Int32Array, from: number): number {
    const { scratch, hits } = this;
    const found = this.trie.walk(bytes, start, end, scratch);
    let count = from;
    for (let i = 0; i < found; i++) count = hits.copy(scratch[i] as number, out, count);
    return count;
  }
}

/** Whole strings, prefixes and suffixes of texts, either as they are or folded. */
export class AnchoredLiteralsBuilder {
  private readonly whole = new HitStringsBuilder();
  private readonly prefixes = new HitAffixesBuilder(false);
  private readonly suffixes = new HitAffixesBuilder(true);
  private isEmpty = true;

  add({ op, bytes }: Literal, hit: number): void {
    this.isEmpty = false;
    if (op === "equals") this.whole.add(bytes, hit);
    else (op === "starts_with" ? this.prefixes : this.suffixes).add(bytes, hit);
  }

  write(out: FlatWriter): void {
    out.int(this.isEmpty ? 0 : 1);
    if (this.isEmpty) return;
    this.whole.write(out);
    this.prefixes.write(out);
    this.suffixes.write(out);
  }
}

export class AnchoredLiterals {
  private readonly whole: HitStrings | undefined;
  private readonly prefixes: HitAffixes | undefined;
  private readonly suffixes: HitAffixes | undefined;

  private constructor(from: FlatReader) {
    this.whole = HitStrings.read(from);
    this.prefixes = HitAffixes.read(from, false);
    this.suffixes = HitAffixes.read(from, true);
  }

  /** Undefined: there are none. */
  static read(from: FlatReader): AnchoredLiterals | undefined {
    return from.int() === 0 ? undefined : new AnchoredLiterals(from);
  }

  search(bytes: Uint8Array, start: number, end: number, out: Int32Array, from: number): number {
    let count = from;
    if (this.whole !== undefined) count = this.whole.search(bytes, start, end, out, count);
    if (this.prefixes !== undefined) count = this.prefixes.search(bytes, start, end, out, count);
    if (this.suffixes !== undefined) count = this.suffixes.search(bytes, start, end, out, count);
    return count;
  }
}

/** What strings may contain: needles of literals and guards of regexes. */
export class Contained {
  readonly folding: boolean;
  private readonly automaton: Automaton;
  private readonly hits: Postings;
  private readonly found: Int32Array;
  private readonly seen: Int32Array;
  private serial = 0;

  private constructor(from: FlatReader, patterns: number) {
    this.folding = from.int() === 1;
    this.automaton = Automaton.read(from);
    this.hits = new Postings(from);
    this.found = new Int32Array(patterns);
    this.seen = new Int32Array(patterns);
  }

  static write(
    automaton: Automaton | undefined,
    folding: boolean,
    hits: PostingsBuilder,
    patterns: number,
    out: FlatWriter,
  ): void {
    out.int(patterns);
    if (automaton === undefined) return;
    out.int(folding ? 1 : 0);
    automaton.write(out);
    hits.write(patterns, out);
  }

  /** Undefined: there is nothing to search for. */
  static read(from: FlatReader): Contained | undefined {
    const patterns = from.int();
    return patterns === 0 ? undefined : new Contained(from, patterns);
  }

  search(
    bytes: Uint8Array,
    start: number,
    end: number,
    out: Int32Array,
    from: number,
    meter: Meter,
  ): number {
    this.serial = (this.serial + 1) | 0;
    if (this.serial === 0) {
      this.seen.fill(0);
      this.serial = 1;
    }
    const { found, seen, serial } = this;
    const patterns = this.automaton.search(bytes, start, end, found, seen, serial, meter);
    let count = from;
    for (let i = 0; i < patterns; i++) count = this.hits.copy(found[i] as number, out, count);
    return count;
  }
}
