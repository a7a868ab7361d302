// How far another clock is, as calls tell.

import { expect, test } from "bun:test";
import { StoreClock } from "../../../src/runtime/shared-limits/store-clock.ts";

test("believes what it is told at first, then the middle of a call", () => {
  const clock = new StoreClock(7);
  expect(clock.offsetMs).toBe(7);
  clock.note(100, 104, 1102);
  expect(clock.offsetMs).toBe(1000);
});

test("believes the quickest call, whatever slower ones say", () => {
  const clock = new StoreClock(0);
  clock.note(100, 101, 1100.5);
  clock.note(200, 220, 1218);
  expect(clock.offsetMs).toBe(1000);
  clock.note(300, 300.5, 1300.75);
  expect(clock.offsetMs).toBe(1000.5);
});

test("forgets a quick call after ten seconds at most, because clocks drift", () => {
  const clock = new StoreClock(0);
  clock.note(0, 1, 1000.5);
  const offsets = [4_000, 6_000, 10_999, 12_000].map((atMs) => {
    clock.note(atMs, atMs + 4, atMs + 2 + 1003);
    return clock.offsetMs;
  });
  expect(offsets).toEqual([1000, 1000, 1000, 1003]);
});
