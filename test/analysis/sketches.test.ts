// The sketches hold to the errors that are stated for them.

import { describe, expect, test } from "bun:test";
import { HyperLogLog } from "../../src/analysis/hyper-log-log.ts";
import { SpaceSaving } from "../../src/analysis/space-saving.ts";
import { spread } from "../../src/core/hash.ts";

/** Hashes of numbers, well spread. */
const hashOf = (number: number): number => spread(spread(Math.imul(number + 1, 0x9e3779b1)));

describe("HyperLogLog", () => {
  test.each([0, 1, 47, 48])("of %d things is exact, however often each comes", (things) => {
    const counter = new HyperLogLog(10);
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < things; i++) counter.add(hashOf(i));
    }
    expect(counter.estimate()).toBe(things);
  });

  test.each([49, 500, 5000, 100_000, 1_000_000])(
    "of %d things is within three errors",
    (things) => {
      const counter = new HyperLogLog(10);
      for (let i = 0; i < things; i++) counter.add(hashOf(i));
      const off = Math.abs(counter.estimate() / things - 1);
      expect(off).toBeLessThan(3 * HyperLogLog.relativeError(10));
      expect(counter.bytes).toBe(1024);
    },
  );

  test("merged is as if one had counted all", () => {
    const [one, other, all] = [new HyperLogLog(8), new HyperLogLog(8), new HyperLogLog(8)];
    for (let i = 0; i < 3000; i++) {
      (i % 3 === 0 ? one : other).add(hashOf(i));
      all.add(hashOf(i));
    }
    const few = new HyperLogLog(8);
    for (let i = 0; i < 20; i++) few.add(hashOf(i));
    one.merge(other.counts);
    one.merge(few.counts);
    expect(one.estimate()).toBe(all.estimate());
  });
});

describe("SpaceSaving", () => {
  test("holds what weighs more than its share, with no weight too low or too high by more", () => {
    const places = 50;
    const gone: number[] = [];
    const things = new Map<number, { number: number; weight: number; error: number }>();
    const held = new SpaceSaving<{ number: number; weight: number; error: number }>(
      places,
      ({ number }) => {
        gone.push(number);
        things.delete(number);
      },
    );
    const truth = new Map<number, number>();
    let total = 0;
    for (let i = 0; i < 100_000; i++) {
      // A few come often, the others once.
      const number = i % 3 === 0 ? i % 30 : i + 1000;
      truth.set(number, (truth.get(number) ?? 0) + 1);
      total++;
      const known = things.get(number);
      if (known !== undefined) known.weight++;
      else {
        const thing = { number, weight: 1, error: 0 };
        things.set(number, thing);
        held.add(thing);
      }
    }
    expect([held.size, gone.length > 0]).toEqual([places, true]);
    expect(held.errorMax).toBeLessThanOrEqual(total / places);
    for (const { number, weight, error } of held.things()) {
      const real = truth.get(number) ?? 0;
      expect([weight >= real, weight - error <= real, error <= total / places]).toEqual([
        true,
        true,
        true,
      ]);
    }
    const heavy = [...truth].filter(([, weight]) => weight > total / places);
    expect(heavy.length).toBe(10);
    expect(heavy.filter(([number]) => !things.has(number))).toEqual([]);
  });
});
