// The searches of scripts/fuzz run, and see what they search for.

import { expect, test } from "bun:test";
import { costsOf, searchCosts, STEPS_MAX } from "../../scripts/fuzz/costs.ts";
import { PairSource, textOf } from "../../scripts/fuzz/regex-pairs.ts";

const pair = { patterns: ["(?s)a.*z|a"], piece: "ab", copies: 2000, mixed: 0 };

test("what a pair costs is counted for each way, and invalid patterns cost nothing", () => {
  const costs = costsOf(pair);
  expect(costs.map(({ way }) => way)).toEqual(["test", "walk", "set"]);
  for (const { steps } of costs) {
    expect(steps).toBeGreaterThan(0);
    expect(steps).toBeLessThan(STEPS_MAX);
  }
  expect(costsOf({ ...pair, patterns: ["("] })).toEqual([]);
});

test("a mixed text has the letters of its piece, the same each time", () => {
  expect(textOf(pair)).toBe("ab".repeat(2000));
  const mixed = { ...pair, mixed: 7 };
  expect(textOf(mixed)).toBe(textOf(mixed));
  expect(textOf(mixed)).toMatch(/^[ab]{4000}$/);
  expect(textOf(mixed)).not.toBe(textOf({ ...pair, mixed: 8 }));
});

test("no pair of a short search costs more than it may, and the same seed finds the same", () => {
  const search = (): string => JSON.stringify(searchCosts(new PairSource(42), (runs) => runs < 60));
  const found = search();
  expect(search()).toBe(found);
  const costs = JSON.parse(found) as { steps: number }[];
  expect(costs.filter(({ steps }) => steps > STEPS_MAX)).toEqual([]);
  expect(costs.length).toBeGreaterThan(20);
});
