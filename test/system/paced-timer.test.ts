// Looks are as often as there is something to see.

import { expect, test } from "bun:test";
import { PacedTimer } from "../../src/system/paced-timer.ts";
import { ManualClock } from "../o11y/manual-clock.ts";

function setUp(seen: () => boolean = () => false) {
  const clock = new ManualClock(0);
  const looks: number[] = [];
  const timer: PacedTimer = new PacedTimer({
    look: () => {
      looks.push(clock.nowMs);
      if (seen()) timer.note();
    },
    busyMs: 10,
    idleMs: 100,
    schedule: clock.schedule,
  });
  timer.start();
  return { clock, looks, timer };
}

test("while nothing happens, looks are seldom", () => {
  const { clock, looks, timer } = setUp();
  expect(timer.delayMs).toBe(10);
  clock.advance(310);
  expect(looks).toEqual([10, 110, 210, 310]);
  expect(timer.delayMs).toBe(100);
});

test("when something happens, the next look is soon, and then as long as it goes on", () => {
  const { clock, looks, timer } = setUp();
  clock.advance(50);
  timer.note();
  timer.note();
  clock.advance(15);
  timer.note();
  clock.advance(10);
  expect(looks).toEqual([10, 60, 70]);
  clock.advance(105);
  expect(looks).toEqual([10, 60, 70, 80, 180]);
});

test("what a look itself sees counts", () => {
  const { clock, looks } = setUp(() => true);
  clock.advance(40);
  expect(looks).toEqual([10, 20, 30, 40]);
});

test("each look knows how long it has waited, whatever the next one will wait", () => {
  const { clock, looks, timer } = setUp();
  const waits: number[] = [];
  for (const ms of [10, 100, 50, 10, 10]) {
    clock.advance(ms);
    if (ms === 50) timer.note();
    waits.push(timer.waitedMs);
  }
  expect(looks).toEqual([10, 110, 170, 180]);
  expect(waits).toEqual([10, 100, 100, 10, 10]);
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
  expect(second.looks).toEqual([10]);
});
