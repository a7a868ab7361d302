// How listeners end, on a clock of the test's own.

import { expect, test } from "bun:test";
import { drainListeners } from "../../src/server/drain.ts";
import type { Listener } from "../../src/server/listener.ts";
import { ManualClock } from "../o11y/manual-clock.ts";

const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

function draining(deadlineMs: number, noticeMs?: number, pending = 2) {
  const clock = new ManualClock();
  const steps: string[] = [];
  const drained = Promise.withResolvers<void>();
  const listener: Listener = {
    url: "http://x",
    port: 1,
    pending,
    connections: pending,
    drain: () => {
      steps.push("drain");
      return drained.promise;
    },
    abort: async () => void steps.push("abort"),
  };
  const notice = noticeMs === undefined ? {} : { noticeMs };
  const { schedule } = clock;
  const unfinished = drainListeners([listener], { deadlineMs, ...notice, schedule });
  return { clock, steps, drained, unfinished };
}

test("new requests are taken until the notice is over, then those in flight are waited for", async () => {
  const { clock, steps, drained, unfinished } = draining(1000, 250);
  clock.advance(249);
  await settled();
  expect(steps).toEqual([]);
  clock.advance(1);
  await settled();
  expect(steps).toEqual(["drain"]);
  drained.resolve();
  expect(await unfinished).toBe(0);
  expect([steps, clock.pendingMs]).toEqual([["drain"], []]);
});

test("without a notice they close at once", async () => {
  const { steps, drained, unfinished } = draining(1000);
  expect(steps).toEqual(["drain"]);
  drained.resolve();
  expect(await unfinished).toBe(0);
});

test("requests that do not finish in time are cut and counted", async () => {
  const { clock, steps, unfinished } = draining(1000, 250);
  clock.advance(250);
  await settled();
  clock.advance(749);
  await settled();
  expect(steps).toEqual(["drain"]);
  clock.advance(1);
  expect(await unfinished).toBe(2);
  expect(steps).toEqual(["drain", "abort"]);
});

test("a connection that never ends counts as one although no request is in flight", async () => {
  const { clock, unfinished } = draining(10, undefined, 0);
  clock.advance(10);
  expect(await unfinished).toBe(1);
});
