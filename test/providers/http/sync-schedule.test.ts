// When the next sync is due.

import { describe, expect, test } from "bun:test";
import { nextPollMs, nextRetryMs } from "../../../src/providers/http/sync-schedule.ts";

describe("after a good sync", () => {
  const cases: [string, number, number, number][] = [
    ["the configured interval when there is no recommendation", 60_000, 0, 60_000],
    ["a shorter recommendation is followed", 60_000, 30, 30_000],
    ["but never below a second", 60_000, 0.2, 1_000],
    ["a longer one is followed", 60_000, 120, 120_000],
    ["up to three times the configured interval", 60_000, 180, 180_000],
    ["and no further", 60_000, 181, 180_000],
    ["far beyond", 1_000, 86_400, 3_000],
    ["an interval below the floor is the operator's business", 100, 30, 300],
  ];
  for (const [name, pollMs, recommendedS, expected] of cases)
    test(name, () => {
      expect(nextPollMs(pollMs, recommendedS, 0)).toBe(expected);
    });

  test("the wait is up to a tenth shorter, at random", () => {
    expect(nextPollMs(60_000, 0, 0.5)).toBe(57_000);
    expect(nextPollMs(60_000, 0, 0.999_999)).toBe(54_000);
  });
});

describe("after failed syncs", () => {
  const waits = (pollMs: number): number[] =>
    [1, 2, 3, 4, 5, 6, 7, 8, 1_000].map((failures) => nextRetryMs(failures, pollMs, 0, 0));

  test("doubling, up to the interval, but at least up to 5 s and at most up to 60 s", () => {
    expect(waits(20_000)).toEqual([1, 2, 4, 8, 16, 20, 20, 20, 20].map((s) => s * 1_000));
    expect(waits(1_000)).toEqual([1, 2, 4, 5, 5, 5, 5, 5, 5].map((s) => s * 1_000));
    expect(waits(600_000)).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60].map((s) => s * 1_000));
  });

  test("up to a half shorter, at random", () => {
    expect(nextRetryMs(3, 60_000, 0, 0.5)).toBe(3_000);
    expect(nextRetryMs(3, 60_000, 0, 0.999_999)).toBe(2_000);
  });

  test("never before what the control plane asked for, up to five minutes", () => {
    expect(nextRetryMs(1, 60_000, 30_000, 0)).toBe(30_000);
    expect(nextRetryMs(1, 60_000, 300_001, 0)).toBe(300_000);
    expect(nextRetryMs(3, 60_000, 100, 0)).toBe(4_000);
  });
});
