// Counters per policy: bounded labels, nothing counted twice or lost, nothing that goes down.

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { type PolicyRow, PolicySeries } from "../../src/o11y/policy-series.ts";
import type { PolicyTotals } from "../../src/policy/index.ts";
import { COUNTS, countsOf as countsOfRow } from "../../src/policy/count-table.ts";

const NO_COUNTS = countsOfRow(new Float64Array(COUNTS));

const none = { hits: 0, misses: 0 };
function status(
  id: string,
  hits: number,
  misses = 0,
  more: Partial<PolicyTotals> = {},
): PolicyTotals {
  return {
    id,
    errors: [],
    remove: none,
    redact: none,
    rename: none,
    add: none,
    ...NO_COUNTS,
    hits,
    misses,
    dropped: hits,
    droppedBytes: hits * 10,
    isLoaded: true,
    ...more,
  };
}

function row(hits: number, misses: number): PolicyRow {
  return { ...NO_COUNTS, hits, misses, dropped: hits, droppedBytes: hits * 10 };
}

describe("labels", () => {
  test("go to the busiest policies; the rest is summed up", () => {
    const series = new PolicySeries(2);
    series.update([status("a", 1), status("b", 5, 2), status("c", 3), status("idle", 0)]);
    expect(series.labelled()).toEqual([
      ["b", row(5, 2)],
      ["c", row(3, 0)],
    ]);
    expect(series.other).toEqual(row(1, 0));
  });

  test("stay where they are until another policy has counted more than twice as much", () => {
    const series = new PolicySeries(1);
    series.update([status("a", 10), status("b", 0)]);
    series.update([status("a", 10), status("b", 20)]);
    expect(series.labelled()).toEqual([["a", row(10, 0)]]);
    series.update([status("a", 10), status("b", 21)]);
    expect(series.labelled()).toEqual([["b", row(1, 0)]]);
    expect(series.other).toEqual(row(30, 0));
  });

  test("of policies that are gone are free for others, and what they counted is others' then", () => {
    const series = new PolicySeries(1);
    series.update([status("a", 10)]);
    series.update([]);
    expect([series.labelled(), series.other]).toEqual([[["a", row(10, 0)]], row(0, 0)]);
    series.update([status("b", 1)]);
    expect([series.labelled(), series.other]).toEqual([[["b", row(1, 0)]], row(10, 0)]);
  });

  test("what policies counted last before the engine forgot them is others', once", () => {
    const series = new PolicySeries(1);
    const forgotten = (hits: number) => status("", hits, 0, { isLoaded: false, isForgotten: true });
    series.update([status("a", 5), status("b", 3)]);
    series.update([status("a", 5), forgotten(4)]);
    expect([series.labelled(), series.other]).toEqual([[["a", row(5, 0)]], row(4, 0)]);
    series.update([forgotten(10)]);
    expect([series.labelled(), series.other]).toEqual([[["a", row(5, 0)]], row(5, 0)]);
    series.update([status("a", 7), forgotten(10)]);
    expect([series.labelled(), series.other]).toEqual([[["a", row(12, 0)]], row(5, 0)]);
  });

  test("of policies that are not loaded are free, and what they counted is counted as others", () => {
    const series = new PolicySeries(1);
    series.update([status("a", 10), status("b", 1)]);
    series.update([status("a", 12, 0, { isLoaded: false }), status("b", 3)]);
    expect(series.labelled()).toEqual([["b", row(2, 0)]]);
    expect(series.other).toEqual(row(13, 0));
  });

  test("a policy that comes back goes on where it was, and nothing is counted again", () => {
    const series = new PolicySeries(2);
    series.update([status("a", 10), status("b", 5)]);
    series.update([status("a", 10, 0, { isLoaded: false }), status("b", 5)]);
    series.update([status("a", 11), status("b", 5)]);
    expect(series.labelled()).toEqual([
      ["a", row(11, 0)],
      ["b", row(5, 0)],
    ]);
    expect(series.other).toEqual(row(0, 0));
  });

  test("an id of 256 characters is a label, a longer one is not", () => {
    const series = new PolicySeries(2);
    const [long, longer] = ["x".repeat(256), "x".repeat(257)];
    series.update([status(long, 1), status(longer, 2)]);
    expect(series.labelled()).toEqual([[long, row(1, 0)]]);
    expect(series.other).toEqual(row(2, 0));
  });

  test("a policy that comes back with a smaller total began anew", () => {
    const series = new PolicySeries(1);
    series.update([status("a", 10)]);
    series.update([status("a", 4)]);
    expect(series.labelled()).toEqual([["a", row(14, 0)]]);
  });
});

test("transforms of all policies are summed up by kind and never go down", () => {
  const series = new PolicySeries(1);
  const transforms = { redact: { hits: 2, misses: 1 }, add: { hits: 0, misses: 4 } };
  series.update([
    status("a", 1, 0, transforms),
    status("b", 1, 0, { redact: { hits: 5, misses: 0 } }),
  ]);
  series.update([status("b", 1, 0, { redact: { hits: 6, misses: 0 } })]);
  expect(series.transforms).toEqual([none, { hits: 8, misses: 1 }, none, { hits: 0, misses: 4 }]);
});

test("every count is under exactly one label, and none goes down while it is shown", () => {
  const increase = fc.record({ by: fc.nat(50), isLoaded: fc.boolean() });
  const round = fc.array(increase, { minLength: 5, maxLength: 5 });
  fc.assert(
    fc.property(
      fc.array(round, { minLength: 1, maxLength: 20 }),
      fc.integer({ min: 1, max: 4 }),
      (rounds, max) => {
        const series = new PolicySeries(max);
        const totals = [0, 0, 0, 0, 0];
        let shown = new Map<string, number>();
        let other = 0;
        for (const increases of rounds) {
          for (const [i, { by }] of increases.entries()) totals[i]! += by;
          series.update(
            increases.map(({ isLoaded }, i) => status(`p${i}`, totals[i]!, 0, { isLoaded })),
          );
          expect(series.labelled().length).toBeLessThanOrEqual(max);
          const before = shown;
          shown = new Map(series.labelled().map(([id, { hits }]) => [id, hits]));
          for (const [id, hits] of shown) {
            expect(hits).toBeGreaterThanOrEqual(before.get(id) ?? 0);
          }
          expect(series.other.hits).toBeGreaterThanOrEqual(other);
          other = series.other.hits;
          const labelled = [...shown.values()].reduce((sum, hits) => sum + hits, 0);
          expect(labelled + other).toBe(totals.reduce((sum, total) => sum + total, 0));
        }
      },
    ),
    { numRuns: 200 },
  );
});
