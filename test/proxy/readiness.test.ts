// When the program says that it is ready, on a clock of the test's own.

import { expect, test } from "bun:test";
import { Readiness } from "../../src/proxy/readiness.ts";

function readiness() {
  const timers: { delayMs: number; run: () => void; cancelled: boolean }[] = [];
  const state = new Readiness({
    readyTimeoutMs: 7,
    schedule: (delayMs, run) => {
      const timer = { delayMs, run, cancelled: false };
      timers.push(timer);
      return () => void (timer.cancelled = true);
    },
  });
  return { state, timers };
}

test("it is ready once it is bound and the providers have answered", async () => {
  const { state, timers } = readiness();
  expect(state.isReady).toBe(false);
  state.bound();
  expect(state.isReady).toBe(false);
  const answered = Promise.withResolvers<void>();
  state.waitForProviders(answered.promise);
  expect(state.isReady).toBe(false);
  answered.resolve();
  await Promise.resolve();
  await Promise.resolve();
  expect([state.isReady, timers[0]?.cancelled]).toEqual([true, true]);
});

test("it is not ready before it is bound, whatever the providers say", async () => {
  const { state } = readiness();
  state.waitForProviders(Promise.resolve());
  await Promise.resolve();
  await Promise.resolve();
  expect(state.isReady).toBe(false);
  state.bound();
  expect(state.isReady).toBe(true);
});

test("providers that do not answer have their time and no more", () => {
  const { state, timers } = readiness();
  state.bound();
  state.waitForProviders(new Promise(() => undefined));
  expect([state.isReady, timers[0]?.delayMs]).toEqual([false, 7]);
  timers[0]?.run();
  expect(state.isReady).toBe(true);
});

test("while it is draining it is not ready, and providers do not change that", async () => {
  const { state } = readiness();
  state.bound();
  state.draining();
  state.waitForProviders(Promise.resolve());
  await Promise.resolve();
  await Promise.resolve();
  expect(state.isReady).toBe(false);
});
