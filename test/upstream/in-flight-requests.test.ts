// How long requests have waited, whatever else the thread did meanwhile.

import { expect, test } from "bun:test";
import { type InFlightRequest, InFlightRequests } from "../../src/upstream/in-flight-requests.ts";

function setting() {
  const clock = { ms: 0 };
  const waited: number[] = [];
  const look = ({ sinceMs }: InFlightRequest, nowMs: number): number =>
    waited.push(nowMs - sinceMs);
  const table = new InFlightRequests({ nowMs: () => clock.ms, look, sweepMs: 250 });
  const sweepAt = (ms: number): void => {
    clock.ms = ms;
    table.sweep();
  };
  return { table, waited, sweepAt };
}

test("a inFlight has waited since it began", () => {
  const { table, waited, sweepAt } = setting();
  table.take(undefined);
  sweepAt(250);
  sweepAt(600);
  expect(waited).toEqual([250, 600]);
});

test("time in which the thread was held is not the upstream's", () => {
  const { table, waited, sweepAt } = setting();
  const inFlight = table.take(undefined);
  sweepAt(250);
  // Due at 500; a second and a half late.
  sweepAt(2000);
  expect([waited, inFlight.sinceMs]).toEqual([[250, 500], 1500]);
  sweepAt(2250);
  expect(waited.at(-1)).toBe(750);
});

test("one that began while the thread was held has not waited yet", () => {
  const { table, waited, sweepAt } = setting();
  table.take(undefined);
  sweepAt(250);
  const late = table.take(undefined);
  late.sinceMs = 9000;
  sweepAt(10_000);
  expect(waited).toEqual([250, 500, 0]);
});
