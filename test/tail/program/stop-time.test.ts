// How the time of stopping is shared.

import { expect, test } from "bun:test";
import { StopTime } from "../../../src/tail/program/stop-time.ts";

test("parts that use all that they are given leave time for the disk and the end", () => {
  const given: number[] = [];
  let nowMs = 1000;
  const time = new StopTime(200, () => nowMs);
  const deaf = (ms: number): void => {
    given.push(ms);
    nowMs += ms;
  };
  const parts = [1, 2, 3].map(() => time.within({ drain: deaf, stop: deaf }));
  // Long after the start; and the program has ten seconds more, for the disk.
  nowMs = 500_000;
  for (const part of parts) part?.drain?.(10_100);
  for (const part of parts) part?.stop?.(10_100);
  expect(given).toEqual([100, 20, 0, 0, 0, 0]);
  expect(nowMs - 500_000).toBe(120);
});

test("what one part does not use is there for the next ones", () => {
  const given: number[] = [];
  const time = new StopTime(200, () => 0);
  const part = time.within({ drain: (ms) => void given.push(ms) });
  for (const ms of [500, 500, 10, 500]) part?.drain?.(ms);
  expect(given).toEqual([100, 100, 10, 100]);
  expect(time.within(undefined)).toBeUndefined();
});
