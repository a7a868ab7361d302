// When the program says that it is ready.

import { expect, test } from "bun:test";
import { Readiness } from "../../src/runtime/readiness.ts";

test("it is ready once it has started and the policies are there, whichever comes first", () => {
  let hasPolicies = false;
  const state = new Readiness(() => hasPolicies);
  expect(state.isReady).toBe(false);
  state.start();
  expect(state.isReady).toBe(false);
  hasPolicies = true;
  expect(state.isReady).toBe(true);
  const other = new Readiness(() => true);
  expect(other.isReady).toBe(false);
  other.start();
  expect(other.isReady).toBe(true);
});

test("while it is draining it is not ready, and policies do not change that", () => {
  const state = new Readiness(() => true);
  state.start();
  state.drain();
  expect(state.isReady).toBe(false);
});
