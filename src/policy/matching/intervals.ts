// Numeric conditions: every one is an interval (`= 5` is [5, 5], `> 3` is (3, ∞)). Integers are
// compared exactly over 64 bits, also with doubles. An implicit interval tree finds the intervals
// that hold a value in O(log n + found).

import { compareInt64, compareInt64Double } from "../../core/int64.ts";
import type { NumericBound, NumericScalar } from "../model.ts";

/** A number on the hot path: an exact integer, or a double. Reused, never kept. */
export class Num {
  isInt = true;
  hi = 0;
  lo = 0;
  double = 0;

  setInt(hi: number, lo: number): this {
    this.isInt = true;
    this.hi = hi;
    this.lo = lo;
    return this;
  }

  setDouble(value: number): this {
    this.isInt = false;
    this.double = value;
    return this;
  }

  static of(scalar: NumericScalar): Num {
    if (scalar.type === "double") return new Num().setDouble(scalar.value);
    const value = BigInt.asIntN(64, scalar.value);
    return new Num().setInt(Number(value >> 32n), Number(BigInt.asIntN(32, value)));
  }

  /** -1, 0, 1, or NaN if either is NaN. */
  compare(other: Num): number {
    if (this.isInt) {
      return other.isInt
        ? compareInt64(this.hi, this.lo, other.hi, other.lo)
        : compareInt64Double(this.hi, this.lo, other.double);
    }
    if (other.isInt) return -compareInt64Double(other.hi, other.lo, this.double);
    if (this.double < other.double) return -1;
    if (this.double > other.double) return 1;
    return this.double === other.double ? 0 : Number.NaN;
  }
}

/** An interval of numbers; an absent bound is open to infinity. */
export class Interval {
  readonly lower: NumericBound | undefined;
  readonly upper: NumericBound | undefined;
  readonly min: Num | undefined;
  readonly max: Num | undefined;
  private readonly minInclusive: boolean;
  private readonly maxInclusive: boolean;

  constructor(min: NumericBound | undefined, max: NumericBound | undefined) {
    this.lower = min;
    this.upper = max;
    this.min = min && Num.of(min.value);
    this.max = max && Num.of(max.value);
    this.minInclusive = min?.inclusive ?? true;
    this.maxInclusive = max?.inclusive ?? true;
  }

  static point(value: NumericScalar): Interval {
    const bound = { value, inclusive: true };
    return new Interval(bound, bound);
  }

  /** Whether it was made to hold exactly one number. */
  get isPoint(): boolean {
    return this.lower !== undefined && this.lower.value.value === this.upper?.value.value;
  }

  holds(value: Num): boolean {
    if (!value.isInt && value.double !== value.double) return false;
    return this.aboveMin(value) && this.belowMax(value);
  }

  aboveMin(value: Num): boolean {
    if (this.min === undefined) return true;
    const order = value.compare(this.min);
    return this.minInclusive ? order >= 0 : order > 0;
  }

  belowMax(value: Num): boolean {
    if (this.max === undefined) return true;
    const order = value.compare(this.max);
    return this.maxInclusive ? order <= 0 : order < 0;
  }

  /** Orders by lower bound; an absent one comes first. */
  static compareMins(a: Interval, b: Interval): number {
    if (a.min === undefined || b.min === undefined) {
      return (a.min === undefined ? 0 : 1) - (b.min === undefined ? 0 : 1);
    }
    return a.min.compare(b.min) || (a.minInclusive ? 0 : 1) - (b.minInclusive ? 0 : 1);
  }
}

/**
 * A balanced tree over intervals sorted by lower bound; each node knows the highest upper bound
 * below it.
 */
export class IntervalTree {
  private readonly sorted: Interval[];
  private readonly numbers: number[];
  /** By node: the interval of its subtree with the highest upper bound. */
  private readonly highest: Interval[];

  /** Intervals are reported by their index in `intervals`; those with a NaN bound hold nothing. */
  constructor(intervals: readonly Interval[]) {
    const usable = intervals
      .map((interval, number) => ({ interval, number }))
      .filter(({ interval }) => !hasNaN(interval));
    usable.sort((a, b) => Interval.compareMins(a.interval, b.interval));
    this.sorted = usable.map(({ interval }) => interval);
    this.numbers = usable.map(({ number }) => number);
    this.highest = this.sorted.slice();
    this.fill(0, this.sorted.length);
  }

  /**
   * Writes the indexes of the intervals that hold `value` into `hits`, which must have room;
   * returns their count.
   */
  search(value: Num, hits: Int32Array): number {
    if (!value.isInt && value.double !== value.double) return 0;
    return this.visit(0, this.sorted.length, value, hits, 0);
  }

  private visit(from: number, to: number, value: Num, hits: Int32Array, count: number): number {
    if (from >= to) return count;
    const middle = (from + to) >> 1;
    if (!(this.highest[middle] as Interval).belowMax(value)) return count;
    let found = this.visit(from, middle, value, hits, count);
    const interval = this.sorted[middle] as Interval;
    if (!interval.aboveMin(value)) return found;
    if (interval.belowMax(value)) hits[found++] = this.numbers[middle] as number;
    found = this.visit(middle + 1, to, value, hits, found);
    return found;
  }

  private fill(from: number, to: number): Interval | undefined {
    if (from >= to) return undefined;
    const middle = (from + to) >> 1;
    let top = this.sorted[middle] as Interval;
    for (const below of [this.fill(from, middle), this.fill(middle + 1, to)]) {
      if (below !== undefined && reachesHigher(below, top)) top = below;
    }
    this.highest[middle] = top;
    return top;
  }
}

function reachesHigher(a: Interval, b: Interval): boolean {
  if (b.max === undefined) return false;
  if (a.max === undefined) return true;
  const order = a.max.compare(b.max);
  return order > 0 || (order === 0 && a.belowMax(a.max));
}

function hasNaN(interval: Interval): boolean {
  const nan = (n: Num | undefined): boolean =>
    n !== undefined && !n.isInt && Number.isNaN(n.double);
  return nan(interval.min) || nan(interval.max);
}
