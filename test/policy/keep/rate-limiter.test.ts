// Fixed windows, on a clock that the test sets.

import { describe, expect, test } from "bun:test";
import { RATE_KEYS_MAX, RateLimiter } from "../../../src/policy/keep/rate-limiter.ts";

const passes = (limiter: RateLimiter, nowMs: number, key?: string): boolean =>
  limiter.take(limiter.window(key, nowMs));

describe("RateLimiter", () => {
  test("lets exactly its count through in a window", () => {
    const limiter = new RateLimiter(3, 1000);
    const results = [0, 1, 500, 999, 999].map((at) => passes(limiter, at));
    expect(results).toEqual([true, true, true, false, false]);
  });

  test("starts a new window when the old one has lasted its full length, not before", () => {
    const limiter = new RateLimiter(1, 1000);
    expect([100, 1099, 1100, 2099, 2100].map((at) => passes(limiter, at))).toEqual([
      true,
      false,
      true,
      false,
      true,
    ]);
  });

  test("gives each key a window of its own", () => {
    const limiter = new RateLimiter(1, 1000);
    const calls: [number, string][] = [
      [0, "a"],
      [1, "b"],
      [2, "a"],
      [1000, "a"],
      [1000, "b"],
      [1001, "b"],
    ];
    expect(calls.map(([at, key]) => passes(limiter, at, key))).toEqual([
      true,
      true,
      false,
      true,
      false,
      true,
    ]);
  });

  test("drops the oldest window when a key too many comes, and counts it", () => {
    const limiter = new RateLimiter(1, 1e9);
    for (let i = 0; i < RATE_KEYS_MAX; i++) passes(limiter, i, `k${i}`);
    expect([limiter.evicted, passes(limiter, RATE_KEYS_MAX, "k0")]).toEqual([0, false]);
    expect([passes(limiter, RATE_KEYS_MAX, "new"), limiter.evicted]).toEqual([true, 1]);
    expect(passes(limiter, RATE_KEYS_MAX, "k1")).toBe(false);
    expect(passes(limiter, RATE_KEYS_MAX, "k0")).toBe(true);
  });
});
