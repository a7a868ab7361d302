// What every rate limiter does, whatever its windows lie in. On a clock that the test sets.

import { describe, expect, test } from "bun:test";
import { type RateCharge, type RateLimiter } from "../../src/policy/keep/rate-limiter.ts";
import { RATE_KEYS_MAX } from "../../src/core/limits.ts";

/** `keyed`: whether the policy has a sample key. */
export type CreateRateLimiter = (count: number, windowMs: number, keyed: boolean) => RateLimiter;

/** Limiters whose windows begin with a record. */
export function rateLimiterSuite(name: string, create: CreateRateLimiter): void {
  describe(name, () => {
    windowCases(create);
    countCases(create);
    keyCases(create);
    chargeCases(create);
  });
}

/** Limiters whose windows follow a clock: those of all keys begin at the same time. */
export function alignedLimiterSuite(name: string, create: CreateRateLimiter): void {
  describe(name, () => {
    countCases(create);
    keyCases(create);
    chargeCases(create);
  });
}

const passes = (limiter: RateLimiter, nowMs: number, key?: string): boolean =>
  limiter.take(key, nowMs) !== undefined;

function windowCases(create: CreateRateLimiter): void {
  test("lets exactly its count through in a window", () => {
    const limiter = create(3, 1000, false);
    const results = [0, 1, 500, 999, 999].map((at) => passes(limiter, at));
    expect(results).toEqual([true, true, true, false, false]);
  });

  test("starts a new window when the old one has lasted its full length, not before", () => {
    const limiter = create(1, 1000, false);
    expect([100, 1099, 1100, 2099, 2100].map((at) => passes(limiter, at))).toEqual([
      true,
      false,
      true,
      false,
      true,
    ]);
  });

  test("does not end a window before its time when the clock has parts of milliseconds", () => {
    const limiter = create(1, 1000, false);
    const results = [0.75, 1000, 1000.7].map((at) => passes(limiter, at));
    expect(results).toEqual([true, false, false]);
    expect(passes(limiter, 1002)).toBe(true);
  });

  test("begins a window with a record, not by the clock", () => {
    const limiter = create(1, 1000, false);
    expect([0, 5500, 6499, 6500].map((at) => passes(limiter, at))).toEqual([
      true,
      true,
      false,
      true,
    ]);
  });

  test("gives each key a window that begins with its own record", () => {
    const limiter = create(1, 1000, true);
    const calls: [number, string][] = [
      [0, "a"],
      [1, "b"],
      [1000, "a"],
      [1000, "b"],
      [1001, "b"],
    ];
    const results = calls.map(([at, key]) => passes(limiter, at, key));
    expect(results).toEqual([true, true, true, false, true]);
  });
}

function countCases(create: CreateRateLimiter): void {
  test.each([1, 2, 255, 256, 65_535, 65_536])("counts to %d and not further", (count) => {
    const limiter = create(count, 60_000, false);
    let passed = 0;
    for (let i = 0; i < count + 10; i++) if (passes(limiter, 5)) passed++;
    expect(passed).toBe(count);
  });

  test("takes the largest count and window that a policy can have", () => {
    const limiter = create(4_294_967_295, 4_294_967_295 * 60_000, false);
    expect([0, 1, 86_400_000].map((at) => passes(limiter, at))).toEqual([true, true, true]);
  });
}

function keyCases(create: CreateRateLimiter): void {
  test("gives each key a window of its own", () => {
    const limiter = create(1, 1000, true);
    const calls: [number, string][] = [
      [0, "a"],
      [1, "b"],
      [2, "a"],
      [3, "b"],
      [1001, "a"],
      [1001, "b"],
    ];
    const results = calls.map(([at, key]) => passes(limiter, at, key));
    expect(results).toEqual([true, true, false, false, true, true]);
  });

  test("tells keys apart that differ in one character, in order or in length", () => {
    const limiter = create(1, 1000, true);
    const keys = ["", "a", "b", "ab", "ba", "aa", "aaa", "\0", "\0\0", "ä", "日本", "😀"];
    expect(keys.map((key) => passes(limiter, 0, key))).toEqual(keys.map(() => true));
    expect(keys.map((key) => passes(limiter, 1, key))).toEqual(keys.map(() => false));
  });

  test("gives records without the key a window that no key shares", () => {
    const limiter = create(1, 1000, true);
    expect([passes(limiter, 0), passes(limiter, 0, ""), passes(limiter, 0)]).toEqual([
      true,
      true,
      false,
    ]);
  });

  test("drops the oldest window when a key too many comes, and counts it", () => {
    const limiter = create(1, 1e9, true);
    for (let i = 0; i < RATE_KEYS_MAX; i++) passes(limiter, i, `k${i}`);
    expect([limiter.evicted, passes(limiter, RATE_KEYS_MAX, "k0")]).toEqual([0, false]);
    expect([passes(limiter, RATE_KEYS_MAX, "new"), limiter.evicted]).toEqual([true, 1]);
    expect(passes(limiter, RATE_KEYS_MAX, "k1")).toBe(false);
    expect(passes(limiter, RATE_KEYS_MAX, "k0")).toBe(true);
    expect(limiter.evicted).toBe(2);
  });

  test("counts a key's age from its last window, not from its first", () => {
    const limiter = create(1, 1000, true);
    for (let i = 0; i < RATE_KEYS_MAX; i++) passes(limiter, 0, `k${i}`);
    passes(limiter, 1000, "k0");
    passes(limiter, 1000, "new");
    expect([passes(limiter, 1001, "k0"), limiter.evicted]).toEqual([false, 1]);
    // Its place was given to the new key.
    expect([passes(limiter, 1001, "k1"), limiter.evicted]).toEqual([true, 2]);
  });

  test("holds its bound however many keys come", () => {
    const limiter = create(1, 1e9, true);
    for (let i = 0; i < 3 * RATE_KEYS_MAX; i++) passes(limiter, i, `k${i}`);
    expect(limiter.evicted).toBe(2 * RATE_KEYS_MAX);
    const newest = Array.from({ length: 100 }, (_, i) => `k${3 * RATE_KEYS_MAX - 1 - i}`);
    expect(newest.some((key) => passes(limiter, 4 * RATE_KEYS_MAX, key))).toBe(false);
  });
}

function chargeCases(create: CreateRateLimiter): void {
  const charge = (limiter: RateLimiter, nowMs: number, key?: string): RateCharge => {
    const taken = limiter.take(key, nowMs);
    if (taken === undefined) throw new Error("the window is full");
    return taken;
  };

  test.each([undefined, "key"])("frees a place that is given back (key %p)", (key) => {
    const limiter = create(2, 1000, key !== undefined);
    const first = charge(limiter, 0, key);
    charge(limiter, 1, key);
    expect(passes(limiter, 2, key)).toBe(false);
    first.giveBack();
    expect([passes(limiter, 3, key), passes(limiter, 4, key)]).toEqual([true, false]);
  });

  test.each([undefined, "key"])("frees nothing in a later window (key %p)", (key) => {
    const limiter = create(1, 1000, key !== undefined);
    const old = charge(limiter, 0, key);
    charge(limiter, 1000, key);
    old.giveBack();
    expect(passes(limiter, 1001, key)).toBe(false);
  });

  test("frees nothing of the key that took the place of an evicted one", () => {
    const limiter = create(1, 1e9, true);
    const old = charge(limiter, 0, "k0");
    for (let i = 1; i < RATE_KEYS_MAX; i++) charge(limiter, 0, `k${i}`);
    charge(limiter, 0, "new");
    old.giveBack();
    expect(passes(limiter, 0, "new")).toBe(false);
  });
}
