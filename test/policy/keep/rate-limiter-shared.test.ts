// The shared rate limiter under the suite of all rate limiters, then what is its own: several
// limiters over the same memory, threads at the same time, a thread that ended in the middle.

import { describe, expect, test } from "bun:test";
import { Worker } from "node:worker_threads";
import {
  array,
  assert,
  boolean,
  constantFrom,
  integer,
  option,
  property,
  record,
} from "fast-check";
import { LocalRateLimiter, type RateCharge } from "../../../src/policy/keep/rate-limiter.ts";
import {
  createSharedRates,
  type RateKeep,
  type SharedRate,
  SharedRateLimiter,
} from "../../../src/policy/keep/rate-limiter-shared.ts";
import { SharedLock } from "../../../src/policy/keep/shared-lock.ts";
import { rateLimiterSuite } from "../../suites/rate-limiter-suite.ts";
import type { ThreadTask } from "./rate-limiter-thread.ts";

const keepOf = (count: number, windowMs: number, keyed: boolean): RateKeep => ({
  kind: "rate",
  count,
  windowMs,
  ...(keyed ? { key: { kind: "field", field: "body" } } : {}),
});

function rateOf(keep: RateKeep): SharedRate {
  const [rate] = createSharedRates([keep], () => 0.37);
  return rate!;
}

rateLimiterSuite("SharedRateLimiter", (count, windowMs, keyed) => {
  const keep = keepOf(count, windowMs, keyed);
  return new SharedRateLimiter(rateOf(keep), keep, 1);
});

rateLimiterSuite("SharedRateLimiter, by turns through three of them", (count, windowMs, keyed) => {
  const keep = keepOf(count, windowMs, keyed);
  const rate = rateOf(keep);
  const limiters = [1, 2, 3].map((owner) => new SharedRateLimiter(rate, keep, owner));
  let calls = 0;
  return {
    get evicted() {
      return limiters[0]!.evicted;
    },
    take: (key, nowMs) => limiters[calls++ % 3]!.take(key, nowMs),
  };
});

test("does what the limiter of one thread does, call by call", () => {
  const call = record({
    afterMs: integer({ min: 0, max: 400 }),
    key: option(constantFrom("a", "b", "c"), { nil: undefined }),
    giveBack: boolean(),
  });
  assert(
    property(integer({ min: 1, max: 4 }), array(call), (count, calls) => {
      const keep = keepOf(count, 1000, true);
      const shared = new SharedRateLimiter(rateOf(keep), keep, 1);
      const local = new LocalRateLimiter(count, 1000);
      const open: [RateCharge, RateCharge][] = [];
      let nowMs = 0;
      for (const { afterMs, key, giveBack } of calls) {
        nowMs += afterMs;
        if (giveBack) for (const charge of open.shift() ?? []) charge.giveBack();
        const [ours, theirs] = [shared.take(key, nowMs), local.take(key, nowMs)];
        expect(ours === undefined).toBe(theirs === undefined);
        if (ours !== undefined && theirs !== undefined) open.push([ours, theirs]);
      }
    }),
    { numRuns: 200 },
  );
});

test("keeps the windows of several policies apart", () => {
  const keeps = [keepOf(1, 1000, false), keepOf(2, 1000, true), keepOf(3, 1000, false)];
  const rates = createSharedRates(keeps, () => 0.5);
  const passed = rates.map((rate, i) => {
    const limiter = new SharedRateLimiter(rate, keeps[i]!, 1);
    return [0, 1, 2, 3, 4].filter((at) => limiter.take(undefined, at) !== undefined).length;
  });
  expect(passed).toEqual([1, 2, 3]);
});

describe("threads at the same time", () => {
  const THREADS = 3;

  async function run(
    keep: RateKeep,
    more: Pick<ThreadTask, "attempts" | "keys" | "giveBackEvery">,
  ): Promise<Record<string, number>> {
    const rate = rateOf(keep);
    const gate = new SharedArrayBuffer(4);
    const threads = Array.from({ length: THREADS }, (_, i) => {
      const task: ThreadTask = { rate, keep, owner: i + 1, gate, threads: THREADS, ...more };
      const url = new URL("./rate-limiter-thread.ts", import.meta.url);
      const worker = new Worker(url, { workerData: task });
      return new Promise<Record<string, number>>((resolve, reject) => {
        worker.on("message", resolve);
        worker.on("error", reject);
      });
    });
    const sum: Record<string, number> = {};
    for (const taken of await Promise.all(threads)) {
      for (const [key, n] of Object.entries(taken)) sum[key] = (sum[key] ?? 0) + n;
    }
    return sum;
  }

  test("take together exactly the count of a window", async () => {
    const more = { attempts: 40_000, keys: [], giveBackEvery: 0 };
    expect(await run(keepOf(50_000, 600_000, false), more)).toEqual({ "": 50_000 });
  });

  test("take together exactly the count of each key's window", async () => {
    const more = { attempts: 20_000, keys: ["a", "b", "c", "d"], giveBackEvery: 0 };
    const sum = await run(keepOf(9000, 600_000, true), more);
    expect(sum).toEqual({ a: 9000, b: 9000, c: 9000, d: 9000 });
  });

  test("take together exactly the count when some is given back", async () => {
    const more = { attempts: 40_000, keys: [], giveBackEvery: 3 };
    expect(await run(keepOf(5000, 600_000, false), more)).toEqual({ "": 5000 });
    const keyed = { ...more, keys: ["a"] };
    expect(await run(keepOf(5000, 600_000, true), keyed)).toEqual({ a: 5000 });
  });
});

describe("a thread that ended while it held the lock of a table", () => {
  const keep = keepOf(1, 1000, true);
  // The lock is the first word after the window of records without a key and the numbers.
  const lockOf = (rate: SharedRate, owner: number): SharedLock =>
    new SharedLock(new Int32Array(rate.memory, 8 + 10_000 * 16), 0, owner);

  test("does not stop the others once its table is repaired", () => {
    const rate = rateOf(keep);
    const limiter = new SharedRateLimiter(rate, keep, 1);
    limiter.take("a", 0);
    limiter.take("b", 0);
    lockOf(rate, 2).lock();
    limiter.repair(2);
    expect([limiter.evicted, limiter.take("a", 1) !== undefined]).toEqual([2, true]);
    expect(limiter.take("a", 2)).toBeUndefined();
  });

  test("is not mistaken for a thread that lives", () => {
    const rate = rateOf(keep);
    const limiter = new SharedRateLimiter(rate, keep, 1);
    const other = lockOf(rate, 3);
    limiter.take("a", 0);
    other.lock();
    limiter.repair(2);
    expect(other.isHeldBy(3)).toBe(true);
    other.unlock();
    expect([limiter.evicted, limiter.take("a", 1)]).toEqual([0, undefined]);
  });
});
