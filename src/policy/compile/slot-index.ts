// All predicates of one slot that policies are found by. A value is looked at once, whatever their
// number: hashed for whole strings, walked for prefixes and suffixes, passed through one automaton
// for what it contains, searched in an interval tree for numbers; regexes that nothing guards share
// one set.

import { REGEX_SET_CACHE_BYTES_MAX } from "../../core/limits.ts";
import { type Predicate, SHORT_TEXT_BYTES } from "./predicate.ts";
import { ValueKind } from "../record-port.ts";
import type { ValueStore } from "../value-store.ts";
import { AffixTrie } from "../matching/affix-trie.ts";
import { type Automaton, AutomatonBuilder } from "../matching/automaton.ts";
import { ByteTable } from "../matching/byte-table.ts";
import { type Interval, IntervalTree } from "../matching/intervals.ts";
import { FoldedText, isAscii, type Literal } from "../matching/literal.ts";
import { NeedleChooser } from "../matching/needles.ts";
import { buildRegexSet, type Meter, type Regex, type RegexSet } from "../../regex/index.ts";

/** Room for the states of the regexes of one slot that no literal guards. */
const SET_CACHE_BYTES_PER_REGEX = 256 * 1024;

/** Steps (regex/meter.ts) of folding one byte, and of looking for whole texts and affixes. */
const STEPS_PER_FOLDED_BYTE = 4;

/** Work per step of building. */
const PREDICATES_PER_STEP = 100;

/** A hit says which predicate, doubled; odd: it only may be true and must be confirmed. */
export const HIT_CONFIRM = 1;

/** Lists of numbers by key, flat once filled. */
class Postings {
  private readonly lists: number[][] = [];
  private offsets: Int32Array = new Int32Array(1);
  private items: Int32Array = new Int32Array(0);

  add(key: number, hit: number): void {
    (this.lists[key] ??= []).push(hit);
  }
  seal(keys: number): void {
    this.offsets = new Int32Array(keys + 1);
    const items: number[] = [];
    for (let key = 0; key < keys; key++) {
      for (const hit of this.lists[key] ?? []) items.push(hit);
      this.offsets[key + 1] = items.length;
    }
    this.items = Int32Array.from(items);
    this.lists.length = 0;
  }
  copy(key: number, out: Int32Array, count: number): number {
    let at = count;
    const to = this.offsets[key + 1] as number;
    for (let i = this.offsets[key] as number; i < to; i++) out[at++] = this.items[i] as number;
    return at;
  }
}

/** Whole strings, prefixes and suffixes, for texts as they are or folded. */
class AnchoredLiterals {
  private readonly whole = new ByteTable();
  private readonly prefixes = new AffixTrie(false);
  private readonly suffixes = new AffixTrie(true);
  private readonly wholeHits = new Postings();
  private readonly prefixHits = new Postings();
  private readonly suffixHits = new Postings();
  private scratch = new Int32Array(0);

  get size(): number {
    return this.whole.size + this.prefixes.size + this.suffixes.size;
  }

  add(literal: Literal, hit: number): void {
    if (literal.op === "equals") this.wholeHits.add(this.whole.add(literal.bytes), hit);
    else if (literal.op === "starts_with") {
      this.prefixHits.add(this.prefixes.add(literal.bytes), hit);
    } else this.suffixHits.add(this.suffixes.add(literal.bytes), hit);
  }

  seal(): void {
    this.wholeHits.seal(this.whole.size);
    this.prefixHits.seal(this.prefixes.size);
    this.suffixHits.seal(this.suffixes.size);
    this.scratch = new Int32Array(Math.max(this.prefixes.size, this.suffixes.size));
  }

  search(bytes: Uint8Array, start: number, end: number, out: Int32Array, from: number): number {
    let count = from;
    if (this.whole.size > 0) {
      const found = this.whole.find(bytes, start, end);
      if (found >= 0) count = this.wholeHits.copy(found, out, count);
    }
    if (this.prefixes.size > 0) {
      const found = this.prefixes.walk(bytes, start, end, this.scratch);
      for (let i = 0; i < found; i++) {
        count = this.prefixHits.copy(this.scratch[i] as number, out, count);
      }
    }
    if (this.suffixes.size > 0) {
      const found = this.suffixes.walk(bytes, start, end, this.scratch);
      for (let i = 0; i < found; i++) {
        count = this.suffixHits.copy(this.scratch[i] as number, out, count);
      }
    }
    return count;
  }
}

/** What strings contain: needles of literals and guards of regexes. */
class Contained {
  readonly automaton: Automaton;
  readonly folding: boolean;
  private readonly hits: Postings;
  private readonly found: Int32Array;
  private readonly seen: Int32Array;
  private serial = 0;

  constructor(automaton: Automaton, patterns: number, folding: boolean, hits: Postings) {
    hits.seal(patterns);
    this.automaton = automaton;
    this.folding = folding;
    this.hits = hits;
    this.found = new Int32Array(patterns);
    this.seen = new Int32Array(patterns);
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

const folded = new FoldedText();

export class SlotIndex {
  private readonly always: number[] = [];
  private readonly anyString: number[] = [];
  private readonly raw = new AnchoredLiterals();
  private readonly folded = new AnchoredLiterals();
  private contained: Contained | undefined;
  private intervals: IntervalTree | undefined;
  private readonly intervalPredicates: number[] = [];
  private readonly trues: number[] = [];
  private readonly falses: number[] = [];
  private readonly byteStrings = new ByteTable();
  private readonly byteHits = new Postings();
  private set: RegexSet | undefined;
  private readonly setPredicates: number[] = [];
  private scratch: Int32Array = new Int32Array(0);
  private hits = 0;

  private constructor() {}

  /** Builds in steps of a few milliseconds. */
  static *build(predicates: readonly Predicate[]): Generator<undefined, SlotIndex> {
    const index = new SlotIndex();
    const intervals: Interval[] = [];
    const searched: Predicate[] = [];
    for (const [i, predicate] of predicates.entries()) {
      index.hits += index.addSimple(predicate, intervals, searched);
      if (i % PREDICATES_PER_STEP === PREDICATES_PER_STEP - 1) yield;
    }
    index.raw.seal();
    index.folded.seal();
    index.byteHits.seal(index.byteStrings.size);
    index.intervals = intervals.length > 0 ? new IntervalTree(intervals) : undefined;
    yield;
    const regexes: Regex[] = [];
    yield* index.buildContained(searched, regexes);
    if (regexes.length > 0) {
      const cacheBytesMax = regexes.length * SET_CACHE_BYTES_PER_REGEX;
      index.set = yield* buildRegexSet(regexes, {
        cacheBytesMax: Math.min(cacheBytesMax, REGEX_SET_CACHE_BYTES_MAX),
      });
    }
    index.scratch = new Int32Array(Math.max(intervals.length, regexes.length));
    return index;
  }

  /** The most hits that one value can give. */
  get hitsMax(): number {
    return this.hits;
  }

  /**
   * Whether searching the value at `entry` takes time that has to be there: without it, hits are
   * missing.
   */
  needsTime(values: ValueStore, entry: number): boolean {
    if (values.kind(entry) !== ValueKind.string) return false;
    return this.set !== undefined || values.end(entry) - values.start(entry) > SHORT_TEXT_BYTES;
  }

  /**
   * Writes the hits of the value at `entry` into `out` from `from` on; returns the new count: of
   * those found so far when the meter ran out.
   */
  search(values: ValueStore, entry: number, out: Int32Array, from: number, meter: Meter): number {
    let count = from;
    for (let i = 0; i < this.always.length; i++) out[count++] = this.always[i] as number;
    switch (values.kind(entry)) {
      case ValueKind.string:
        return this.searchString(values, entry, out, count, meter);
      case ValueKind.int:
      case ValueKind.double:
        if (this.intervals === undefined) return count;
        return this.copyScratch(
          this.intervals.search(values.numberAt(entry), this.scratch),
          this.intervalPredicates,
          out,
          count,
        );
      case ValueKind.bool: {
        const list = values.bool(entry) ? this.trues : this.falses;
        for (let i = 0; i < list.length; i++) out[count++] = list[i] as number;
        return count;
      }
      case ValueKind.bytes: {
        if (this.byteStrings.size === 0) return count;
        const buffer = values.buffer(entry);
        const found = this.byteStrings.find(buffer, values.start(entry), values.end(entry));
        return found < 0 ? count : this.byteHits.copy(found, out, count);
      }
      default:
        return count;
    }
  }

  private searchString(
    values: ValueStore,
    entry: number,
    out: Int32Array,
    from: number,
    meter: Meter,
  ): number {
    const bytes = values.buffer(entry);
    const start = values.start(entry);
    const end = values.end(entry);
    const isShort = end - start <= SHORT_TEXT_BYTES;
    let count = from;
    for (let i = 0; i < this.anyString.length; i++) out[count++] = this.anyString[i] as number;
    if (!meter.spend(end - start) && !isShort) return count;
    if (this.raw.size > 0) count = this.raw.search(bytes, start, end, out, count);
    if (this.folded.size > 0) {
      if (!meter.spend((end - start) * STEPS_PER_FOLDED_BYTE) && !isShort) return count;
      const text = folded.fold(bytes, start, end);
      count = this.folded.search(text.bytes, 0, text.length, out, count);
    }
    const contained = this.contained;
    if (contained !== undefined) {
      if (contained.folding && !isAscii(bytes, start, end)) {
        if (!meter.spend((end - start) * STEPS_PER_FOLDED_BYTE) && !isShort) return count;
        const text = folded.fold(bytes, start, end);
        count = contained.search(text.bytes, 0, text.length, out, count, meter);
      } else count = contained.search(bytes, start, end, out, count, meter);
    }
    if (this.set !== undefined) {
      const found = this.set.search(bytes, start, end, this.scratch, meter);
      count = this.copyScratch(found, this.setPredicates, out, count);
    }
    return count;
  }

  private copyScratch(
    found: number,
    predicates: readonly number[],
    out: Int32Array,
    from: number,
  ): number {
    let count = from;
    for (let i = 0; i < found; i++) {
      out[count++] = predicates[this.scratch[i] as number] as number;
    }
    return count;
  }

  /** Puts a predicate where it belongs, or into `searched`; returns how many hits it can give. */
  private addSimple(predicate: Predicate, intervals: Interval[], searched: Predicate[]): number {
    const hit = predicate.id * 2;
    const { test } = predicate;
    switch (test.op) {
      case "exists":
        this.always.push(hit);
        return 1;
      case "never":
        return 0;
      case "any_string":
        this.anyString.push(hit);
        return 1;
      case "number":
        intervals.push(test.interval);
        this.intervalPredicates.push(hit);
        return 1;
      case "bool":
        (test.value ? this.trues : this.falses).push(hit);
        return 1;
      case "bytes":
        this.byteHits.add(this.byteStrings.add(test.value), hit);
        return 1;
      case "regex":
        searched.push(predicate);
        return 0;
      case "literals": {
        const anchored = test.literals.filter((literal) => literal.op !== "contains");
        for (const literal of anchored) {
          (literal.caseInsensitive ? this.folded : this.raw).add(literal, hit);
        }
        if (anchored.length < test.literals.length) searched.push(predicate);
        return anchored.length;
      }
    }
  }

  private *buildContained(
    predicates: readonly Predicate[],
    regexes: Regex[],
  ): Generator<undefined, void> {
    const folding = predicates.some(ignoresCase);
    const chooser = new NeedleChooser(folding);
    const owners: number[] = [];
    for (const { test } of predicates) {
      owners.push(addOwner(chooser, test));
      if (owners.length % PREDICATES_PER_STEP === 0) yield;
    }
    const builder = new AutomatonBuilder();
    const postings = new Postings();
    for (const [i, { id, test }] of predicates.entries()) {
      if (i % PREDICATES_PER_STEP === 0) yield;
      const owner = owners[i] as number;
      const choice = owner < 0 ? undefined : chooser.choose(owner);
      if (test.op === "regex" && (choice === undefined || !chooser.isSelective(choice))) {
        regexes.push(test.regex);
        this.setPredicates.push(id * 2);
        this.hits++;
        continue;
      }
      for (const needle of choice?.needles ?? []) {
        postings.add(builder.add(needle), id * 2 + (choice?.exact === true ? 0 : HIT_CONFIRM));
        this.hits++;
      }
    }
    if (builder.size === 0) return;
    const automaton = yield* builder.build(folding);
    this.contained = new Contained(automaton, builder.size, folding, postings);
  }
}

/**
 * The chooser's number for a predicate that strings are searched for; -1: nothing is required of
 * them.
 */
function addOwner(chooser: NeedleChooser, test: Predicate["test"]): number {
  if (test.op === "literals") {
    const contains = test.literals.filter((literal) => literal.op === "contains");
    return chooser.addContains(contains.map((literal) => literal.source));
  }
  if (test.op !== "regex" || test.shape.kind !== "guarded") return -1;
  return chooser.addGuarded(test.shape.required);
}

function ignoresCase({ test }: Predicate): boolean {
  if (test.op === "literals") {
    return test.literals.some((l) => l.op === "contains" && l.caseInsensitive);
  }
  if (test.op !== "regex" || test.shape.kind !== "guarded") return false;
  return test.shape.required.some((set) => set.some((literal) => literal.caseInsensitive));
}
