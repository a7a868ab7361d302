// All predicates of one slot by which policies are found. Each value is processed once, however
// many predicates there are: it is hashed for whole strings, walked for prefixes and suffixes, run
// through one automaton for substrings, and looked up in an interval tree for numbers. Regexes
// without a guard share one set. The tables are views of flat memory, which slot-index-builder.ts
// writes.

import type { FlatReader } from "../matching/flat-memory.ts";
import { REGEX_SET_CACHE_BYTES_MAX } from "../../core/limits.ts";
import { type PredicateTest, SHORT_TEXT_BYTES } from "./predicate.ts";
import { ValueKind } from "../record-port.ts";
import type { ValueStore } from "../value-store.ts";
import { type Interval, IntervalTree } from "../matching/intervals.ts";
import { FoldedText, isAscii } from "../matching/literal.ts";
import { buildRegexSet, type Meter, type Regex, type RegexSet } from "../../regex/index.ts";
import { AnchoredLiterals, Contained, HitStrings } from "./slot-parts.ts";

/** Memory for the states of each regex of one slot that no literal guards. */
const SET_CACHE_BYTES_PER_REGEX = 256 * 1024;

/** Steps (regex/meter.ts) for folding one byte, and for looking up whole texts and affixes. */
const STEPS_PER_FOLDED_BYTE = 4;

/** Work per step of preparing. */
const PREDICATES_PER_STEP = 100;

/**
 * A hit is a predicate's number, doubled; if odd, the predicate may be true and must be confirmed.
 */
export const HIT_CONFIRM = 1;

const folded = new FoldedText();

export class SlotIndex {
  /** The most hits that one value can give. */
  readonly hitsMax: number;
  private readonly always: Int32Array;
  private readonly anyString: Int32Array;
  private readonly trues: Int32Array;
  private readonly falses: Int32Array;
  private readonly intervalPredicates: Int32Array;
  private readonly setPredicates: Int32Array;
  private readonly raw: AnchoredLiterals | undefined;
  private readonly folded: AnchoredLiterals | undefined;
  private readonly byteStrings: HitStrings | undefined;
  private readonly contained: Contained | undefined;
  private readonly containedBytes: Contained | undefined;
  /** The index of elements of arrays. */
  private readonly elements: SlotIndex | undefined;
  private intervals: IntervalTree | undefined;
  private set: RegexSet | undefined;
  private scratch: Int32Array = new Int32Array(0);

  /** Reads what writeSlotIndex has written. */
  constructor(from: FlatReader) {
    this.hitsMax = from.int();
    this.always = from.ints();
    this.anyString = from.ints();
    this.trues = from.ints();
    this.falses = from.ints();
    this.intervalPredicates = from.ints();
    this.setPredicates = from.ints();
    this.raw = AnchoredLiterals.read(from);
    this.folded = AnchoredLiterals.read(from);
    this.byteStrings = HitStrings.read(from);
    this.contained = Contained.read(from);
    this.containedBytes = Contained.read(from);
    this.elements = from.int() === 0 ? undefined : new SlotIndex(from);
  }

  /**
   * Makes what each thread needs for itself, in steps of a few milliseconds; before that, numbers
   * and unguarded regexes are not found.
   */
  *prepare(testOf: (predicate: number) => PredicateTest): Generator<undefined, void> {
    if (this.elements !== undefined) {
      yield* this.elements.prepare((predicate) => elementTest(testOf(predicate)));
    }
    const intervals: Interval[] = [];
    for (const [i, hit] of this.intervalPredicates.entries()) {
      const test = testOf(hit >> 1);
      if (test.op === "number") intervals.push(test.interval);
      if (i % PREDICATES_PER_STEP === PREDICATES_PER_STEP - 1) yield;
    }
    const regexes: Regex[] = [];
    for (const [i, hit] of this.setPredicates.entries()) {
      const test = testOf(hit >> 1);
      if (test.op === "regex") regexes.push(test.regex);
      if (i % PREDICATES_PER_STEP === PREDICATES_PER_STEP - 1) yield;
    }
    if (intervals.length > 0) this.intervals = new IntervalTree(intervals);
    if (regexes.length > 0) {
      const cacheBytesMax = regexes.length * SET_CACHE_BYTES_PER_REGEX;
      this.set = yield* buildRegexSet(regexes, {
        cacheBytesMax: Math.min(cacheBytesMax, REGEX_SET_CACHE_BYTES_MAX),
      });
    }
    this.scratch = new Int32Array(Math.max(intervals.length, regexes.length));
  }

  /**
   * Whether searching the value at `entry` takes so much time that it must be allowed for; if it is
   * not, hits are missing.
   */
  needsTime(values: ValueStore, entry: number): boolean {
    const index = values.isElement(entry) ? this.elements : this;
    return index !== undefined && index.needsTimeFor(values, entry);
  }

  private needsTimeFor(values: ValueStore, entry: number): boolean {
    const kind = values.kind(entry);
    const isLong = values.end(entry) - values.start(entry) > SHORT_TEXT_BYTES;
    if (kind === ValueKind.bytes) return this.containedBytes !== undefined && isLong;
    return kind === ValueKind.string && (this.set !== undefined || isLong);
  }

  /**
   * Writes the hits of the value at `entry` into `out` from `from` on; returns the new count. If
   * the meter ran out, these are only the hits found so far.
   */
  search(values: ValueStore, entry: number, out: Int32Array, from: number, meter: Meter): number {
    if (!values.isElement(entry)) return this.searchAny(values, entry, out, from, meter);
    const { elements } = this;
    return elements === undefined ? from : elements.searchAny(values, entry, out, from, meter);
  }

  private searchAny(
    values: ValueStore,
    entry: number,
    out: Int32Array,
    from: number,
    meter: Meter,
  ): number {
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
      case ValueKind.bytes:
        return this.searchBytes(values, entry, out, count, meter);
      default:
        return count;
    }
  }

  private searchBytes(
    values: ValueStore,
    entry: number,
    out: Int32Array,
    from: number,
    meter: Meter,
  ): number {
    const { byteStrings, containedBytes } = this;
    const bytes = values.buffer(entry);
    const start = values.start(entry);
    const end = values.end(entry);
    let count = from;
    if (byteStrings !== undefined) count = byteStrings.search(bytes, start, end, out, count);
    if (containedBytes === undefined) return count;
    if (!meter.spend(end - start) && end - start > SHORT_TEXT_BYTES) return count;
    return containedBytes.search(bytes, start, end, out, count, meter);
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
    if (this.raw !== undefined) count = this.raw.search(bytes, start, end, out, count);
    if (this.folded !== undefined) {
      if (!meter.spend((end - start) * STEPS_PER_FOLDED_BYTE) && !isShort) return count;
      const text = folded.fold(bytes, start, end);
      count = this.folded.search(text.bytes, 0, text.length, out, count);
    }
    const { contained } = this;
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

  private copyScratch(found: number, hits: Int32Array, out: Int32Array, from: number): number {
    let count = from;
    for (let i = 0; i < found; i++) out[count++] = hits[this.scratch[i] as number] as number;
    return count;
  }
}

/** The test that is applied to an element of an array. */
function elementTest(test: PredicateTest): PredicateTest {
  return test.op === "holds" ? test.element : test;
}
