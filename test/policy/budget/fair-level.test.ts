// Max-min fairness of what patterns want.

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { fairLevel } from "../../../src/policy/budget/fair-level.ts";

describe("the fair level", () => {
  const CASES: readonly (readonly [wants: readonly number[], room: number, level: number])[] = [
    [[10, 20, 100], 90, 60],
    [[10, 20, 100], 60, 30],
    [[10, 20, 100], 15, 5],
    // All fit: what is left besides is for one that grows.
    [[10, 20, 100], 130, 100],
    [[10, 20, 100], 200, 170],
    [[], 50, 50],
    [[0, 0], 50, 50],
    [[40, 40], 50, 25],
    [[40], 0, 0],
    [[40], -5, 0],
  ];
  for (const [wants, room, level] of CASES) {
    test(`of ${JSON.stringify(wants)} with room for ${room} is ${level}`, () => {
      expect(fairLevel(wants, room)).toBe(level);
    });
  }

  test("gives away all the room, and never more", () => {
    const wants = fc.array(fc.integer({ min: 0, max: 1_000_000 }), { maxLength: 200 });
    fc.assert(
      fc.property(wants, fc.integer({ min: 1, max: 10_000_000 }), (all, room) => {
        const level = fairLevel(all, room);
        const given = all.reduce((sum, want) => sum + Math.min(want, level), 0);
        const wanted = all.reduce((sum, want) => sum + want, 0);
        expect(given).toBeCloseTo(Math.min(wanted, room), 3);
      }),
    );
  });
});
