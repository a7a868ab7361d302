// How late the event loop runs, on a clock of its own.

import { expect, test } from "bun:test";
import { DelayMax, LoopDelay } from "../../src/o11y/loop-delay.ts";
import { ManualClock } from "./manual-clock.ts";

function setUp(isBusy = true) {
  const clock = new ManualClock(1_000);
  const delays: number[] = [];
  const max = new DelayMax(clock.nowMs);
  const delay = new LoopDelay({
    onDelay: (delayMs) => {
      if (isBusy) delay.note();
      delays.push(delayMs);
      max.note(delayMs, clock.nowMs);
    },
    nowMs: clock.now,
    schedule: clock.schedule,
    intervalMs: 20,
  });
  delay.start();
  if (isBusy) delay.note();
  /** The loop does nothing for that long; what was due runs after it. */
  const block = (ms: number): void => {
    clock.nowMs += ms;
    clock.advance(0);
  };
  return { clock, delays, delay, block, maxMs: () => max.at(clock.nowMs) };
}

test("a loop that is on time has no delay", () => {
  const { clock, delays, maxMs } = setUp();
  clock.advance(60);
  expect(delays).toEqual([0, 0, 0]);
  expect(maxMs()).toBe(0);
});

test("a block is seen by every tick that it covers", () => {
  const { delays, maxMs, block } = setUp();
  block(100);
  expect(delays).toEqual([80, 60, 40, 20]);
  expect(maxMs()).toBe(80);
});

test("a suspended machine does not flood the histogram", () => {
  const { delays, block } = setUp();
  block(3_600_000);
  expect(delays.length).toBe(500);
});

test("the greatest delay is that of the last 30 to 60 seconds", () => {
  const { clock, maxMs, block } = setUp();
  block(70);
  clock.advance(29_000);
  expect(maxMs()).toBe(50);
  clock.advance(25_000);
  expect(maxMs()).toBe(50);
  clock.advance(10_000);
  expect(maxMs()).toBe(0);
});

test("without requests it looks seldom, with a few of them twice a second", () => {
  const { clock, delay, delays, block } = setUp(false);
  clock.advance(30_000);
  expect(delays).toEqual([0, 0, 0, 0]);
  delay.note();
  block(1_300);
  expect(delays.slice(4)).toEqual([800, 300]);
  clock.advance(700);
  expect(delays.slice(6)).toEqual([0]);
});

test("many requests have it look often again at once", () => {
  const { delay, delays, clock, block } = setUp(false);
  clock.advance(20_000);
  for (let request = 0; request < 51; request++) delay.note();
  block(100);
  expect(delays.slice(3)).toEqual([80, 60, 40, 20]);
});

test("stops", () => {
  const { clock, delay } = setUp();
  delay.stop();
  expect(clock.pendingMs).toEqual([]);
});
