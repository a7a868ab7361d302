// What limits that instances share let pass, in each window and over all instances.

import { describe, expect, test } from "bun:test";
import { array, assert, asyncProperty, integer } from "fast-check";
import type { RateKeep } from "../../../src/policy/index.ts";
import { type Demand, SimulatedFleet } from "./simulated-fleet.ts";

const keepOf = (count: number, windowMs = 1000): RateKeep => ({ kind: "rate", count, windowMs });
const KEYED: RateKeep = { ...keepOf(20), key: { kind: "field", field: "body" } };

/** Records a second to each instance, spread over the window. */
const steady =
  (...perSecond: number[]): Demand =>
  (i, atMs) => {
    const rate = (perSecond[i] ?? 0) / 1000;
    return Math.floor((atMs + 10) * rate) - Math.floor(atMs * rate);
  };
/** All records of a window at once, so long after its start. */
const burst =
  (atMs: number, ...records: number[]): Demand =>
  (i, nowMs) =>
    nowMs === atMs ? (records[i] ?? 0) : 0;

async function fleetOf(instances: number, keep: RateKeep): Promise<SimulatedFleet> {
  const fleet = new SimulatedFleet(keep);
  await fleet.add(instances);
  // They hear of one another.
  await fleet.idle(keep.windowMs);
  return fleet;
}

describe("over all instances, while the store answers", () => {
  test.each([
    [1, [500]],
    [2, [500, 500]],
    [2, [5000, 150]],
    [3, [1000, 0, 30]],
    [4, [60, 60, 60, 60]],
  ])("passes exactly the limit when %d are asked for more: %p", async (instances, perSecond) => {
    const fleet = await fleetOf(instances, keepOf(100));
    expect(await fleet.passed(8, steady(...perSecond))).toEqual(
      Array.from({ length: 8 }, () => 100),
    );
  });

  test.each([[[40, 40]], [[90, 5]], [[0, 100]], [[30, 30, 30]], [[1, 0, 97]]])(
    "loses nothing of what the limit allows: %p",
    async (perSecond) => {
      const fleet = await fleetOf(perSecond.length, keepOf(100));
      const sum = perSecond.reduce((a, b) => a + b);
      await fleet.passed(2, steady(...perSecond));
      expect(await fleet.passed(5, steady(...perSecond))).toEqual([sum, sum, sum, sum, sum]);
    },
  );

  test("lets the first records of an instance that was silent pass at once", async () => {
    const fleet = await fleetOf(2, keepOf(100));
    await fleet.passed(5, steady(50, 0));
    // All at once: nobody could have asked the store in between.
    expect((await fleet.window(burst(0, 0, 25))).passed).toBe(25);
  });

  test("passes a limit's worth although all load moves from one instance to another", async () => {
    const fleet = await fleetOf(2, keepOf(100));
    await fleet.passed(4, steady(1000, 0));
    expect(await fleet.passed(3, steady(0, 1000))).toEqual([100, 100, 100]);
    expect(await fleet.passed(3, steady(1000, 0))).toEqual([100, 100, 100]);
  });

  test.each([1, 2, 3, 7])("holds limits as small as %d", async (count) => {
    const fleet = await fleetOf(3, keepOf(count));
    await fleet.passed(2, steady(100, 100, 100));
    expect(await fleet.passed(4, steady(100, 100, 100))).toEqual([count, count, count, count]);
  });

  test("holds in windows of minutes", async () => {
    const fleet = await fleetOf(2, keepOf(1000, 60_000));
    expect(await fleet.passed(2, steady(30, 10))).toEqual([1000, 1000]);
  });

  test("never passes more than the limit in any window, whatever comes", async () => {
    const slots = array(integer({ min: 0, max: 60 }), { minLength: 10, maxLength: 10 });
    const windows = array(array(slots, { minLength: 3, maxLength: 3 }), {
      minLength: 6,
      maxLength: 6,
    });
    await assert(
      asyncProperty(integer({ min: 1, max: 300 }), windows, async (count, demands) => {
        const fleet = await fleetOf(3, keepOf(count));
        for (const demand of demands) {
          const { asked, passed } = await fleet.window((i, atMs) =>
            atMs % 100 === 50 ? (demand[i]?.[Math.floor(atMs / 100)] ?? 0) : 0,
          );
          expect(passed).toBeLessThanOrEqual(Math.min(count, asked));
        }
      }),
      { numRuns: 40 },
    );
  });

  test("gives what an upstream refused to others who lack it", async () => {
    const fleet = await fleetOf(2, keepOf(10));
    await fleet.passed(3, steady(100, 0));
    const charges = Array.from({ length: 10 }, () => fleet.instances[0]!.take());
    for (const charge of charges) charge?.giveBack();
    const had = charges.filter((charge) => charge !== undefined).length;
    expect(had).toBeGreaterThan(5);
    expect((await fleet.window(steady(0, 100))).passed).toBe(10);
  });

  test("limits each key by itself", async () => {
    const fleet = await fleetOf(2, KEYED);
    const keys = ["sa", "sb", undefined];
    expect(await fleet.passed(5, steady(50, 50), keys)).toEqual([60, 60, 60, 60, 60]);
    expect(await fleet.passed(4, steady(500, 0), keys)).toEqual([60, 60, 60, 60]);
  });
});

describe("instances that come and go", () => {
  test("one that comes gets its part, and the limit holds", async () => {
    const fleet = await fleetOf(1, keepOf(100));
    await fleet.passed(3, steady(1000));
    await fleet.add();
    expect(await fleet.passed(3, steady(1000, 1000))).toEqual([100, 100, 100]);
  });

  test("one that comes has what others do not need before its first records", async () => {
    const fleet = await fleetOf(1, keepOf(100));
    await fleet.passed(3, steady(20));
    await fleet.add();
    expect((await fleet.window(burst(100, 0, 45))).passed).toBe(45);
  });

  test.each([
    [0, 5],
    [3, 2],
    [5, 0],
  ])("one that comes late has what is left, when %d of 5 are gone", async (gone, left) => {
    const fleet = new SimulatedFleet(keepOf(5, 60_000));
    await fleet.add();
    const takeAll = (i: number): number =>
      Array.from({ length: 20 }, () => fleet.instances[i]!.take()).filter(Boolean).length;
    for (let i = 0; i < gone; i++) expect(fleet.instances[0]!.take()).toBeDefined();
    await fleet.idle(30_000);
    await fleet.instances[0]!.limits.stop();
    fleet.instances.splice(0);
    await fleet.idle(15_000);
    await fleet.add();
    await fleet.idle(200);
    expect(takeAll(0)).toBe(left);
  });

  test("one that leaves gives back what it has", async () => {
    const fleet = await fleetOf(2, keepOf(100));
    await fleet.passed(3, steady(50, 50));
    const [leaving] = fleet.instances.splice(1);
    await leaving!.limits.stop();
    expect(await fleet.passed(3, steady(500))).toEqual([100, 100, 100]);
    expect(fleet.instances[0]!.limits.status()).toEqual({ state: "leasing", members: 1 });
  });

  test("one that was killed is forgotten", async () => {
    const fleet = await fleetOf(2, keepOf(100));
    await fleet.passed(3, steady(500, 500));
    fleet.instances.pop();
    await fleet.passed(7, steady(500));
    expect(fleet.instances[0]!.limits.status()).toEqual({ state: "leasing", members: 1 });
    expect(await fleet.passed(2, steady(500))).toEqual([100, 100]);
  });
});

describe("without the store", () => {
  test("each instance has its share, which together are the limit", async () => {
    const fleet = await fleetOf(3, keepOf(100));
    await fleet.passed(3, steady(500, 500, 500));
    fleet.store.isAway = true;
    const asked = steady(500, 500, 500);
    expect(await fleet.passed(4, asked)).toEqual([100, 100, 100, 100]);
    const alone = await fleet.passed(1, steady(500, 0, 0));
    expect(alone).toEqual([34]);
    expect(fleet.instances.map(({ said }) => said.at(-1))).toEqual(["away 3", "away 3", "away 3"]);
  });

  test("each instance has one token at least", async () => {
    const fleet = await fleetOf(3, keepOf(2));
    await fleet.passed(3, steady(500, 500, 500));
    fleet.store.isAway = true;
    await fleet.passed(2, steady(500, 500, 500));
    expect(await fleet.passed(2, steady(500, 500, 500))).toEqual([3, 3]);
  });

  test("the limit holds again when an empty store is back, and from its first window on", async () => {
    const fleet = await fleetOf(3, keepOf(100));
    await fleet.passed(3, steady(500, 500, 500));
    fleet.store.isAway = true;
    await fleet.passed(3, steady(500, 500, 500));
    fleet.store.forget();
    fleet.store.isAway = false;
    expect(await fleet.passed(5, steady(500, 500, 500))).toEqual([100, 100, 100, 100, 100]);
    const said = fleet.instances.map((one) => one.said.slice(-2));
    expect(said).toEqual([
      ["away 3", "shared 3"],
      ["away 3", "shared 3"],
      ["away 3", "shared 3"],
    ]);
  });

  test("nothing is lost from the start on, and it is said once", async () => {
    const fleet = new SimulatedFleet(keepOf(100));
    fleet.store.isAway = true;
    await fleet.add(2);
    expect(await fleet.passed(3, steady(100, 100))).toEqual([200, 200, 200]);
    expect(fleet.instances.map(({ said }) => said)).toEqual([["away 1"], ["away 1"]]);
    fleet.store.isAway = false;
    await fleet.passed(2, steady(100, 100));
    expect(await fleet.passed(3, steady(100, 100))).toEqual([100, 100, 100]);
  });
});
