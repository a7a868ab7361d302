// How the time of stopping is shared.

import { expect, test } from "bun:test";
import { inTime } from "../../../src/tail/program/in-time.ts";

test("two parts that use all that they are given leave time for the disk and the end", () => {
  const given: number[] = [];
  const deaf = { drain: (ms: number) => void given.push(ms), stop: () => undefined };
  const parts = [
    inTime(deaf, { shutdownTimeoutMs: 200 }),
    inTime(deaf, { shutdownTimeoutMs: 200 }),
  ];
  // The program has ten seconds more, for the disk.
  for (const part of parts) part?.drain?.(10_100);
  expect(given).toEqual([60, 60]);
  inTime(deaf, { shutdownTimeoutMs: 200 })?.drain?.(10);
  expect(given.at(-1)).toBe(10);
  expect(inTime(undefined, { shutdownTimeoutMs: 200 })).toBeUndefined();
});
