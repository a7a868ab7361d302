// Numeric conditions, exact over 64 bits, and the tree that finds them.

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { Interval, IntervalTree, Num } from "../../../src/policy/matching/intervals.ts";
import type { NumericBound, NumericScalar } from "../../../src/policy/model.ts";

const int = (value: bigint): NumericScalar => ({ type: "int", value });
const double = (value: number): NumericScalar => ({ type: "double", value });
const bound = (value: NumericScalar, inclusive: boolean): NumericBound => ({ value, inclusive });

describe("Interval", () => {
  const two53 = 9007199254740992n;
  const cases: [string, Interval, NumericScalar, boolean][] = [
    ["= 5 holds 5", Interval.point(int(5n)), int(5n), true],
    ["= 5 holds 5.0", Interval.point(int(5n)), double(5), true],
    ["= 5 does not hold 5.5", Interval.point(int(5n)), double(5.5), false],
    ["= 2^53+1 tells it from 2^53", Interval.point(int(two53 + 1n)), int(two53), false],
    [
      "= 2^53+1 tells it from the double 2^53",
      Interval.point(int(two53 + 1n)),
      double(2 ** 53),
      false,
    ],
    [
      "> 2^53 as a double holds 2^53+1",
      new Interval(bound(double(2 ** 53), false), undefined),
      int(two53 + 1n),
      true,
    ],
    ["> 5 does not hold 5", new Interval(bound(int(5n), false), undefined), int(5n), false],
    [
      "< 0 holds the smallest",
      new Interval(undefined, bound(int(0n), false)),
      int(-(2n ** 63n)),
      true,
    ],
    ["<= 1.5 holds 1", new Interval(undefined, bound(double(1.5), true)), int(1n), true],
    [
      ">= 0 does not hold NaN",
      new Interval(bound(int(0n), true), undefined),
      double(Number.NaN),
      false,
    ],
    ["no bounds do not hold NaN", new Interval(undefined, undefined), double(Number.NaN), false],
    ["= 0 holds -0", Interval.point(int(0n)), double(-0), true],
    [
      "> 2^63-1 holds infinity",
      new Interval(bound(int(2n ** 63n - 1n), false), undefined),
      double(Infinity),
      true,
    ],
  ];
  test.each(cases)("%s", (_, interval, value, holds) => {
    expect(interval.holds(Num.of(value))).toBe(holds);
  });
});

describe("IntervalTree", () => {
  const scalar = fc.oneof(
    fc.bigInt({ min: -4n, max: 4n }).map(int),
    fc.constantFrom(-2.5, 0.5, 3.25, Infinity, -Infinity, Number.NaN).map(double),
    fc.constantFrom(2n ** 63n - 1n, -(2n ** 63n)).map(int),
  );
  const side = fc.option(fc.record({ value: scalar, inclusive: fc.boolean() }), { nil: undefined });

  test("reports exactly the intervals that hold a value", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(side, side), { maxLength: 30 }), scalar, (sides, value) => {
        const intervals = sides.map(([min, max]) => new Interval(min, max));
        const hits = new Int32Array(intervals.length);
        const number = Num.of(value);
        const count = new IntervalTree(intervals).search(number, hits);
        const want = intervals.flatMap((interval, i) => (interval.holds(number) ? [i] : []));
        expect([...hits.subarray(0, count)].sort((a, b) => a - b)).toEqual(want);
      }),
      { numRuns: 1000 },
    );
  });
});
