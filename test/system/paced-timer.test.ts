// Looks are as often as there is something to see.

import { expect, test } from "bun:test";
import { PacedTimer } from "../../src/system/paced-timer.ts";
import { ManualClock } from "../o11y/manual-clock.ts";

function setUp(seen: () => boolean = () => false, startMs = 0) {
  const clock = new ManualClock(startMs);
  const looks: number[] = [];
  const timer: PacedTimer = new PacedTimer({
    look: () => {
      looks.push(clock.nowMs);
      if (seen()) timer.note();
    },
    busyMs: 100,
    idleMs: 5_000,
    schedule: clock.schedule,
    nowMs: clock.now,
  });
  timer.start();
  const note = (times: number): void => {
    for (let i = 0; i < times; i++) timer.note();
  };
  return { clock, looks, timer, note };
}

test("while nothing happens, looks are seldom", () => {
  const { clock, looks, timer } = setUp();
  expect(timer.isIdle).toBe(false);
  clock.advance(15_000);
  expect(looks).toEqual([100, 5_000, 10_000, 15_000]);
  expect(timer.isIdle).toBe(true);
});

test("when something happens, the next look is soon, and then as long as it goes on", () => {
  const { clock, looks, timer } = setUp();
  clock.advance(5_600);
  timer.note();
  timer.note();
  expect(timer.isIdle).toBe(false);
  clock.advance(400);
  timer.note();
  clock.advance(4_000);
  expect(looks).toEqual([100, 5_000, 6_000, 6_500, 7_000, 10_000]);
});

test("when more than fifty things happen between two looks, they are as often as they may be", () => {
  const { clock, looks, note } = setUp();
  clock.advance(5_010);
  note(50);
  clock.advance(490);
  expect(looks).toEqual([100, 5_000, 5_500]);
  clock.advance(10);
  note(51);
  clock.advance(90);
  expect(looks.slice(3)).toEqual([5_600]);
});

test("they stay so until less than half as much happens", () => {
  const { clock, looks, note } = setUp();
  for (let look = 1; look <= 3; look++) {
    note(5);
    clock.advance(100);
    expect(looks.at(-1)).toBe(look * 100);
  }
  note(4);
  clock.advance(100);
  note(10);
  clock.advance(600);
  expect(looks.slice(3)).toEqual([400, 500, 1_000]);
});

test("what a look itself sees counts", () => {
  const { clock, looks } = setUp(() => true);
  clock.advance(1_200);
  expect(looks).toEqual([100, 500, 1_000]);
});

test("looks of two timers are due at the same moments, whenever each was started", () => {
  const { clock, looks } = setUp(() => true, 10_030);
  const others: number[] = [];
  clock.advance(11);
  const other: PacedTimer = new PacedTimer({
    look: () => {
      others.push(clock.nowMs);
      other.note();
    },
    busyMs: 20,
    idleMs: 10_000,
    schedule: clock.schedule,
    nowMs: clock.now,
  });
  other.start();
  clock.advance(1_500);
  expect(looks).toEqual([10_100, 10_500, 11_000, 11_500]);
  expect(others).toEqual([10_060, 10_500, 11_000, 11_500]);
});

test("each look knows how long it has waited, at which pace, and how late it is", () => {
  const { clock, timer } = setUp();
  const known: number[][] = [];
  const advance = (ms: number): void => {
    clock.advance(ms);
    known.push([timer.waitedMs, timer.periodMs, timer.lateMs]);
  };
  advance(100);
  advance(4_900);
  clock.advance(20);
  timer.note();
  advance(480);
  clock.nowMs += 530;
  advance(0);
  expect(known).toEqual([
    [100, 100, 0],
    [4_900, 5_000, 0],
    [480, 500, 0],
    [500, 500, 30],
  ]);
});

test("it stops, also while it looks", () => {
  const first = setUp();
  first.timer.stop();
  first.timer.note();
  first.clock.advance(1000);
  expect(first.looks).toEqual([]);
  const second = setUp(() => {
    second.timer.stop();
    return true;
  });
  second.clock.advance(1000);
  expect(second.looks).toEqual([100]);
});
