// The limiter of limits that instances share: what it lets pass without anybody who hands out
// tokens, and what becomes of those that are handed out. That several together hold a limit is
// shown where they are supplied (test/runtime/shared-limits).

import { describe, expect, test } from "bun:test";
import { Worker } from "node:worker_threads";
import {
  createLeasedRate,
  LeaseControl,
  LeasedRateLimiter,
  LeaseLedger,
  type LeaseStanding,
  type RateKeep,
  type SharedRate,
} from "../../../src/policy/index.ts";
import { SharedLock } from "../../../src/policy/keep/shared-lock.ts";
import { Lease, LEASED_WINDOW_BYTES } from "../../../src/policy/keep/leased-windows.ts";
import { RATE_KEYS_MAX } from "../../../src/core/limits.ts";
import { alignedLimiterSuite } from "../../suites/rate-limiter-suite.ts";
import type { ThreadTask } from "./rate-limiter-thread.ts";

const ALONE: LeaseStanding = { offsetMs: 0, members: 1, rank: 0, isLeasing: false };
const COLLECT = { asksMax: 100, mayWant: true };

const keepOf = (count: number, windowMs = 1000, keyed = false): RateKeep => ({
  kind: "rate",
  count,
  windowMs,
  ...(keyed ? { key: { kind: "field", field: "body" } } : {}),
});

interface Made {
  readonly rate: SharedRate;
  readonly control: LeaseControl;
  readonly limiter: LeasedRateLimiter;
}

function make(keep: RateKeep, standing: Partial<LeaseStanding> = {}): Made {
  const rate = createLeasedRate(keep, () => 0.37);
  const control = LeaseControl.create({ ...ALONE, ...standing });
  return { rate, control, limiter: new LeasedRateLimiter(rate, keep, 1, control) };
}

/** How many of many records pass. */
function passing(limiter: LeasedRateLimiter, nowMs: number, key?: string): number {
  let passed = 0;
  for (let i = 0; i < 1000; i++) if (limiter.take(key, nowMs) !== undefined) passed++;
  return passed;
}

alignedLimiterSuite("LeasedRateLimiter, without others", (count, windowMs, keyed) => {
  return make(keepOf(count, windowMs, keyed)).limiter;
});

describe("without a lease", () => {
  test("windows begin when the common clock says so", () => {
    const { limiter } = make(keepOf(1), { offsetMs: 300 });
    const passed = [0, 699, 700, 1699, 1700].map((at) => limiter.take(undefined, at) !== undefined);
    expect(passed).toEqual([true, false, true, false, true]);
  });

  test.each([
    [100, 3, [34, 33, 33]],
    [2, 3, [1, 1, 1]],
    [4_294_967_295, 1, [1000]],
  ])("of a limit of %d each of %d instances has its share", (count, members, shares) => {
    const passed = shares.map((_, rank) =>
      passing(make(keepOf(count), { members, rank }).limiter, 0),
    );
    expect(passed).toEqual(shares);
  });

  test("has less of a window that others have leases of, the later it comes", () => {
    const standing = { members: 2, isLeasing: true };
    const passed = [0, 500, 750, 999].map((at) => passing(make(keepOf(100), standing).limiter, at));
    expect(passed).toEqual([50, 25, 12, 1]);
  });

  test("a clock that goes back gives nobody a window again", () => {
    const { limiter, control } = make(keepOf(5));
    expect(passing(limiter, 5000)).toBe(5);
    control.show({ ...ALONE, offsetMs: -2500 });
    expect(passing(limiter, 5000)).toBe(0);
  });
});

describe("what a ledger is answered", () => {
  const leasing = { isLeasing: true };

  test("a claim leaves what there was of it, and never takes back what has passed", () => {
    for (const [claimed, expected] of [
      [10, 7],
      [5, 2],
      [0, 0],
    ] as const) {
      const { limiter } = make(keepOf(10), leasing);
      const ledger = new LeaseLedger(limiter.whole);
      for (let i = 0; i < 3; i++) limiter.take(undefined, 0);
      const [ask] = ledger.collect({ ...COLLECT, storeMs: 0 });
      expect(ask).toMatchObject({ window: 0, claim: 10, want: 0 });
      ledger.answer(ask!, { claimed, granted: 0, next: 0 });
      expect(passing(limiter, 0)).toBe(expected);
    }
  });

  test("announces the next window at half of one, and leases it at three quarters", () => {
    const { limiter } = make(keepOf(10), leasing);
    const ledger = new LeaseLedger(limiter.whole);
    for (let i = 0; i < 4; i++) limiter.take(undefined, 0);
    const asks = [0, 499, 500, 749, 750].map((storeMs) => {
      const [ask] = ledger.collect({ ...COLLECT, storeMs });
      if (ask !== undefined) ledger.answer(ask, { claimed: ask.claim, granted: 0, next: 6 });
      return ask && { announce: ask.announce, lease: ask.lease };
    });
    expect(asks).toEqual([
      { announce: undefined, lease: undefined },
      undefined,
      { announce: 8, lease: undefined },
      undefined,
      { announce: undefined, lease: 8 },
    ]);
    expect([passing(limiter, 999), passing(limiter, 1000)]).toEqual([6, 6]);
  });

  test("announces what was asked for, refused records included, as if it went on like that", () => {
    for (const [records, announce] of [
      [3, 6],
      [10, 20],
      [14, 28],
    ] as const) {
      const { limiter } = make(keepOf(10), leasing);
      for (let i = 0; i < records; i++) limiter.take(undefined, 0);
      const [ask] = new LeaseLedger(limiter.whole).collect({ ...COLLECT, storeMs: 500 });
      expect([records, ask?.announce]).toEqual([records, announce]);
    }
  });

  test("announces half as much for each window in which nobody asked", () => {
    for (const [storeMs, announce] of [
      [1500, 16],
      [2500, 8],
      [3500, 4],
      [5500, 1],
      [100_500, 0],
    ] as const) {
      const { limiter } = make(keepOf(10), leasing);
      for (let i = 0; i < 16; i++) limiter.take(undefined, 0);
      const [ask] = new LeaseLedger(limiter.whole).collect({ ...COLLECT, storeMs });
      expect([storeMs, ask?.announce]).toEqual([storeMs, announce]);
    }
  });

  test("tokens that come after their window has ended are nobody's", () => {
    const { limiter } = make(keepOf(10), leasing);
    const ledger = new LeaseLedger(limiter.whole);
    const [ask] = ledger.collect({ ...COLLECT, storeMs: 0 });
    expect(passing(limiter, 1000)).toBe(10);
    ledger.answer(ask!, { claimed: 10, granted: 10, next: 0 });
    expect(passing(limiter, 1001)).toBe(0);
  });

  test("gives up what a window does not need, and all when it leaves", () => {
    const { limiter } = make(keepOf(10), leasing);
    const ledger = new LeaseLedger(limiter.whole);
    for (let i = 0; i < 2; i++) limiter.take(undefined, 0);
    const [ask] = ledger.collect({ ...COLLECT, storeMs: 0 });
    const { name } = ask!;
    // Nobody knows of a share yet: it is no token of anybody's.
    expect([ledger.giveUp(name, 0, 500), ledger.giveUpAll(500)]).toEqual([0, []]);
    ledger.answer(ask!, { claimed: 10, granted: 0, next: 0 });
    // Two in the first half: two more in the second.
    expect(ledger.giveUp(name, 1, 500)).toBe(0);
    expect(ledger.giveUp(name, 0, 500)).toBe(6);
    expect(ledger.giveUpAll(600)).toEqual([{ name, window: 0, tokens: 2 }]);
    expect(passing(limiter, 700)).toBe(0);
  });

  test("gives up of keys what is leased in the window that ends, and of no other", () => {
    const { limiter } = make(keepOf(10, 1000, true), leasing);
    const ledger = new LeaseLedger(limiter.keyed!);
    const lease = (key: string, atMs: number): string => {
      limiter.take(key, atMs);
      const [ask] = ledger.collect({ ...COLLECT, storeMs: atMs });
      ledger.answer(ask!, { claimed: 10, granted: 0, next: 0 });
      return ask!.name;
    };
    lease("before", 0);
    const [first, second] = [lease("first", 1000), lease("second", 1000)];
    limiter.take("share", 1000);
    const given = [
      { name: first, window: 1, tokens: 9 },
      { name: second, window: 1, tokens: 9 },
    ];
    expect([ledger.giveUpAll(1999), ledger.giveUpAll(1999)]).toEqual([given, []]);
    const left = ["first", "second", "share"].map((key) => passing(limiter, 1999, key));
    expect(left).toEqual([0, 0, 9]);
  });

  test("a lease that comes when its window has begun takes the place of the share", () => {
    for (const [next, expected] of [
      [6, 5],
      [1, 0],
      [0, 0],
    ] as const) {
      const { limiter } = make(keepOf(10), leasing);
      const ledger = new LeaseLedger(limiter.whole);
      for (let i = 0; i < 4; i++) limiter.take(undefined, 0);
      const [first] = ledger.collect({ ...COLLECT, storeMs: 500 });
      ledger.answer(first!, { claimed: 10, granted: 0, next: 0 });
      const [ask] = ledger.collect({ ...COLLECT, storeMs: 750 });
      expect(ask?.lease).toBe(8);
      limiter.take(undefined, 1000);
      ledger.answer(ask!, { claimed: 0, granted: 3, next });
      expect([next, passing(limiter, 1000)]).toEqual([next, expected]);
    }
  });

  test("asks again for what there was not of its claim, less as the window passes", () => {
    const wants = [250, 500, 750].map((storeMs) => {
      const { limiter } = make(keepOf(10), leasing);
      const ledger = new LeaseLedger(limiter.whole);
      const [claim] = ledger.collect({ ...COLLECT, storeMs: 0 });
      ledger.answer(claim!, { claimed: 2, granted: 0, next: 0 });
      // Its part is asked for once.
      const [part] = ledger.collect({ ...COLLECT, storeMs: 0 });
      ledger.answer(part!, { claimed: 0, granted: 0, next: 0 });
      return [part!.want, ledger.collect({ ...COLLECT, storeMs })[0]?.want];
    });
    expect(wants).toEqual([
      [8, 4],
      [8, 2],
      [8, 0],
    ]);
  });

  test("asks for more when it lacks tokens, unless it may not", () => {
    const { limiter } = make(keepOf(10), leasing);
    const ledger = new LeaseLedger(limiter.whole);
    const [ask] = ledger.collect({ ...COLLECT, storeMs: 0 });
    ledger.answer(ask!, { claimed: 0, granted: 0, next: 0 });
    for (let i = 0; i < 5; i++) limiter.take(undefined, 0);
    expect(ledger.collect({ ...COLLECT, storeMs: 400, mayWant: false })).toEqual([]);
    const [more] = ledger.collect({ ...COLLECT, storeMs: 400 });
    expect(more).toMatchObject({ claim: 0, want: 10 });
    ledger.answer(more!, { claimed: 0, granted: 8, next: 0 });
    expect(passing(limiter, 400)).toBe(8);
  });

  test("what a key that went was leased is not another's", () => {
    const { limiter } = make(keepOf(1, 1e9, true), leasing);
    limiter.take("first", 0);
    const ledger = new LeaseLedger(limiter.keyed!);
    const [ask] = ledger.collect({ ...COLLECT, storeMs: 0 });
    for (let i = 0; i < RATE_KEYS_MAX; i++) limiter.take(`k${i}`, 0);
    ledger.answer(ask!, { claimed: 1, granted: 1000, next: 0 });
    expect(passing(limiter, 0, `k${RATE_KEYS_MAX - 1}`)).toBe(0);
  });

  test("collects no more than it is allowed, and the others the next time", () => {
    const { limiter } = make(keepOf(1, 1000, true), leasing);
    for (let i = 0; i < 25; i++) limiter.take(`k${i}`, 0);
    const ledger = new LeaseLedger(limiter.keyed!);
    const names = [10, 10, 10].map((asksMax) => {
      return ledger.collect({ storeMs: 0, asksMax, mayWant: true }).map(({ name }) => name);
    });
    expect(names.map((some) => some.length)).toEqual([10, 10, 10]);
    expect(new Set(names.flat()).size).toBe(25);
  });

  test("names a key alike in every instance", () => {
    const nameOf = (key: string): string => {
      const { limiter } = make(keepOf(1, 1000, true));
      limiter.take(key, 0);
      const [ask] = new LeaseLedger(limiter.keyed!).collect({ ...COLLECT, storeMs: 0 });
      return ask!.name;
    };
    expect(nameOf("tenant-1")).toBe(nameOf("tenant-1"));
    expect(nameOf("tenant-1")).not.toBe(nameOf("tenant-2"));
  });
});

test("threads at the same time take together exactly what there is", async () => {
  const THREADS = 3;
  const keep = keepOf(30_000, 600_000);
  const { rate, control } = make(keep);
  const gate = new SharedArrayBuffer(4);
  const url = new URL("./rate-limiter-thread.ts", import.meta.url);
  const more = { attempts: 20_000, keys: [], giveBackEvery: 3, leases: control.memory };
  const taken = Array.from({ length: THREADS }, async (_, i) => {
    const task: ThreadTask = { rate, keep, owner: i + 1, gate, threads: THREADS, ...more };
    const worker = new Worker(url, { workerData: task });
    return new Promise<Record<string, number>>((resolve, reject) => {
      worker.on("message", resolve);
      worker.on("error", reject);
    });
  });
  const sum = (await Promise.all(taken)).reduce((all, one) => all + (one[""] ?? 0), 0);
  expect(sum).toBe(30_000);
});

test("a thread that ended while it held a lock does not stop the others", () => {
  const keep = keepOf(1, 1000, true);
  const { rate, limiter } = make(keep);
  limiter.take("a", 0);
  // The lock is the first word after the numbers: 11 of each entry.
  const words = (byteOffset: number, entries: number) =>
    new Int32Array(rate.memory, byteOffset + entries * Lease.numbers * 8);
  new SharedLock(words(0, 1), 0, 2).lock();
  new SharedLock(words(LEASED_WINDOW_BYTES, RATE_KEYS_MAX), 0, 2).lock();
  limiter.repair(2);
  expect([limiter.take(undefined, 0), limiter.take("a", 0)].includes(undefined)).toBe(false);
});
