// Sampling of spans: thresholds, randomness and what is written.

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import type { SampleKeep } from "../../../src/policy/keep/trace-sampling.ts";
import { sampleSpan } from "../../../src/policy/keep/trace-sampling.ts";
import { policyOf, type TestEngine, testEngine } from "../../support/engine.ts";
import { putRecord } from "../../support/plain-record.ts";

const base: SampleKeep = {
  kind: "sample",
  percent: 50,
  mode: "hash_seed",
  precision: 4,
  hashSeed: 0,
  failClosed: true,
};
const sample = (options: Partial<SampleKeep>, traceId: string | undefined, tracestate = "") =>
  sampleSpan({ ...base, ...options }, traceId, tracestate);

/** A trace id whose last 56 bits are these 14 digits. */
const id = (digits: string): string => `0123456789abcdef00${digits}`;
const LOW = id("00000000000001");
const HIGH = id("ffffffffffffff");
const HALF = id("80000000000000");
const BELOW_HALF = id("7fffffffffffff");

describe("sampleSpan", () => {
  test.each([
    [10, "e666"],
    [25, "c"],
    [50, "8"],
    [75, "4"],
    [100, "0"],
  ])("writes the threshold of %d %% as th:%s", (percent, th) => {
    expect(sample({ percent }, HIGH)).toEqual({ keep: true, tracestate: `ot=th:${th}` });
  });

  test("keeps at the threshold and drops just below it", () => {
    expect(sample({}, HALF).keep).toBe(true);
    expect(sample({}, BELOW_HALF)).toEqual({ keep: false });
  });

  test("compares with the whole threshold, not with the digits that it writes", () => {
    expect(sample({ percent: 10 }, id("e6660000000000")).keep).toBe(false);
    expect(sample({ percent: 10 }, id("e6670000000000")).keep).toBe(true);
  });

  test.each([
    [1, "e"],
    [2, "e6"],
    [6, "e66666"],
  ])("cuts the written threshold to %d digits", (precision, th) => {
    expect(sample({ percent: 10, precision }, HIGH).tracestate).toBe(`ot=th:${th}`);
  });

  test("writes all fourteen digits of a float32 percentage when asked to", () => {
    // 0.1f is 0.100000001490116…: T = floor((1 - 0.1f / 100) * 2^56).
    const want = BigInt(Math.floor((1 - Math.fround(0.1) / 100) * 2 ** 56)).toString(16);
    expect(sample({ percent: 0.1, precision: 14 }, HIGH).tracestate).toBe(
      `ot=th:${want.replace(/0+$/, "")}`,
    );
  });

  test("drops everything at 0 % and keeps everything at 100 %, whatever comes in", () => {
    expect(sample({ percent: 0 }, HIGH)).toEqual({ keep: false });
    expect(sample({ percent: 100 }, undefined, "ot=rv:00000000000000")).toEqual({
      keep: true,
      tracestate: "ot=rv:00000000000000;th:0",
    });
  });

  test("prefers explicit randomness to the trace id", () => {
    expect(sample({}, LOW, "ot=rv:80000000000000")).toEqual({
      keep: true,
      tracestate: "ot=rv:80000000000000;th:8",
    });
    expect(sample({}, HIGH, "ot=rv:7fffffffffffff")).toEqual({ keep: false });
  });

  test("takes randomness of the wrong length as absent and leaves it where it is", () => {
    expect(sample({}, HIGH, "ot=rv:abc123").tracestate).toBe("ot=rv:abc123;th:8");
    expect(sample({}, LOW, "ot=rv:ffffffffffffffff").keep).toBe(false);
  });

  test("leaves a span alone whose randomness contradicts its threshold", () => {
    expect(sample({ percent: 1 }, LOW, "ot=rv:10000000000000;th:c")).toEqual({ keep: true });
  });

  test.each(["hash_seed", "proportional", "equalizing"] as const)(
    "leaves an incoming threshold as it is at 100 %% under %s",
    (mode) => {
      for (const tracestate of ["v=1,ot=th:c", "ot=th:0", "ot=rv:00000000000000;th:fd70a4"]) {
        expect(sample({ percent: 100, mode }, LOW, tracestate)).toEqual({ keep: true });
      }
      expect(sample({ percent: 100, mode }, LOW, "ot=th:xyz").tracestate).toBe("ot=th:0");
    },
  );

  test("writes precision digits behind the leading f digits of a threshold", () => {
    const written = (percent: number, precision = 4) =>
      sample({ percent, precision }, HIGH).tracestate;
    expect(written(0.0005)).toBe("ot=th:ffffac1d");
    expect(written(0.0005, 1)).toBe("ot=th:ffffa");
    expect(written(1)).toBe("ot=th:fd70a");
    expect(written(0.000_000_001, 14)).toMatch(/^ot=th:f{9}[0-9a-e][0-9a-f]{0,4}$/);
    expect(written(99.9)).toBe("ot=th:0041");
  });

  test("a threshold that decides anew is never written below the one that came in", () => {
    // 0.99 and 0.9900001 differ in the sixth digit only.
    const { tracestate } = sample(
      { mode: "proportional", percent: 99.999, precision: 1 },
      HIGH,
      "ot=th:fd70a4",
    );
    expect(tracestate).toBe("ot=th:fd70a5");
    expect(sample({ mode: "equalizing", percent: 0.99999 }, HIGH, "ot=th:fd70a4").tracestate).toBe(
      "ot=th:fd70a5",
    );
  });

  test("equalizing writes back the threshold that decides as it was", () => {
    for (const digits of ["fd70a4", "fd70a40", "ffffffffffffff", "800001"]) {
      expect(sample({ mode: "equalizing" }, HIGH, `ot=th:${digits};a:b`)).toEqual({
        keep: true,
        tracestate: `ot=a:b;th:${digits}`,
      });
    }
  });

  test("never lowers a threshold but under hash_seed with the seed 0", () => {
    const hex = fc.stringMatching(/^[0-9a-f]{1,14}$/);
    const padded = (digits: string) => digits.padEnd(14, "0");
    fc.assert(
      fc.property(
        fc.constantFrom("hash_seed", "proportional", "equalizing") as fc.Arbitrary<
          SampleKeep["mode"]
        >,
        fc.double({ min: 0, max: 100, noNaN: true }),
        fc.integer({ min: 1, max: 14 }),
        fc.stringMatching(/^[0-9a-f]{14}$/),
        hex,
        (mode, percent, precision, digits, incoming) => {
          const { tracestate } = sample(
            { mode, percent, precision, hashSeed: 1 },
            id(digits),
            `ot=th:${incoming}`,
          );
          const written = tracestate?.match(/th:([0-9a-f]+)$/)?.[1];
          if (written !== undefined) expect(padded(written) >= padded(incoming)).toBe(true);
        },
      ),
    );
  });

  test("overwrites an incoming threshold under hash_seed, also with a lower one", () => {
    expect(sample({}, HIGH, "ot=th:c").tracestate).toBe("ot=th:8");
  });

  test("proportional takes its share of what is left", () => {
    expect(sample({ mode: "proportional" }, id("c0000000000000"), "ot=th:8")).toEqual({
      keep: true,
      tracestate: "ot=th:c",
    });
    expect(sample({ mode: "proportional" }, id("bfffffffffffff"), "ot=th:8").keep).toBe(false);
  });

  test("equalizing keeps what was already sampled harder, and raises what was not", () => {
    expect(sample({ mode: "equalizing" }, LOW, "ot=th:c")).toEqual({
      keep: true,
      tracestate: "ot=th:c",
    });
    expect(sample({ mode: "equalizing" }, BELOW_HALF, "ot=th:4").keep).toBe(false);
    expect(sample({ mode: "equalizing" }, HALF, "ot=th:4").tracestate).toBe("ot=th:8");
    expect(sample({ mode: "equalizing" }, LOW, "ot=th:8").keep).toBe(false);
  });

  test("without an id follows fail_closed", () => {
    expect(sample({ failClosed: true }, undefined)).toEqual({
      keep: false,
      undecided: "missing_trace_id",
    });
    expect(sample({ failClosed: true, hashSeed: 0 }, "abc")).toEqual({
      keep: false,
      undecided: "invalid_trace_id",
    });
    expect(sample({ failClosed: false }, undefined, "a=1")).toEqual({ keep: true });
    expect(sample({}, undefined, "ot=rv:90000000000000").keep).toBe(true);
  });

  test("hashes the raw id and the seed when the seed is not zero", () => {
    let hash = 0xcbf29ce484222325n;
    const bytes = [...Buffer.from(LOW, "hex"), 7, 0, 0, 0];
    for (const byte of bytes) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
    const randomness = hash & ((1n << 56n) - 1n);
    const percent = 50;
    expect(sample({ hashSeed: 7, percent }, LOW, "ot=rv:00000000000000").keep).toBe(
      randomness >= 1n << 55n,
    );
    const seeds = Array.from({ length: 200 }, (_, i) => sample({ hashSeed: i + 1 }, LOW).keep);
    const kept = seeds.filter(Boolean).length;
    expect(kept).toBeGreaterThan(60);
    expect(kept).toBeLessThan(140);
  });

  test("writes the randomness of a seed beside its threshold, so that the next sampler agrees", () => {
    const ids = Array.from({ length: 10_000 }, (_, i) =>
      id(
        ((BigInt(i + 1) * 0x9e3779b97f4a7c15n) & ((1n << 56n) - 1n)).toString(16).padStart(14, "0"),
      ),
    );
    const first = ids.flatMap((one) => {
      const { keep, tracestate } = sample({ percent: 10, hashSeed: 22 }, one, "ot=a:b");
      return keep ? [[one, tracestate as string] as const] : [];
    });
    for (const [, tracestate] of first) {
      expect(tracestate).toMatch(/^ot=a:b;rv:[0-9a-f]{14};th:e666$/);
    }
    const second = first.filter(
      ([one, tracestate]) => sample({ mode: "proportional" }, one, tracestate).keep,
    );
    // Five standard deviations around 10 % of 10,000, and half of what was left.
    expect(Math.abs(first.length - 1000)).toBeLessThan(5 * Math.sqrt(900));
    expect(Math.abs(second.length - first.length / 2)).toBeLessThan(
      5 * Math.sqrt(first.length / 4),
    );
  });

  test("the randomness of a seed takes the place of another, unless that was sampled harder", () => {
    const seeded = sample({ hashSeed: 1, percent: 99.9 }, LOW).tracestate as string;
    expect(
      sample({ hashSeed: 1, percent: 99.9 }, LOW, "ot=rv:c0000000000000;th:0").tracestate,
    ).toBe(seeded);
    expect(sample({ hashSeed: 1, percent: 99.9 }, LOW, "ot=rv:c0000000000000;th:8")).toEqual({
      keep: true,
    });
  });

  test("puts ot first, th last in it, and keeps the other vendors in order", () => {
    expect(sample({}, HIGH, "congo=t61rcWkgMzE , ot=th:1;foo:bar,, rojo=00f067aa").tracestate).toBe(
      "ot=foo:bar;th:8,congo=t61rcWkgMzE,rojo=00f067aa",
    );
  });

  test("is not confused by a vendor whose name ends in ot", () => {
    expect(sample({}, LOW, "foot=rv:ffffffffffffff")).toEqual({ keep: false });
    expect(sample({}, HIGH, "foot=th:0").tracestate).toBe("ot=th:8,foot=th:0");
  });

  test("keeps at most 32 members, as the trace context standard asks", () => {
    const vendors = Array.from({ length: 32 }, (_, i) => `v${i}=1`);
    const written = sample({}, HIGH, vendors.join(",")).tracestate?.split(",");
    expect(written).toEqual(["ot=th:8", ...vendors.slice(0, 31)]);
  });

  test("keeps about its percentage of random ids", () => {
    const digits = fc.bigInt({ min: 0n, max: (1n << 56n) - 1n });
    const ids = fc
      .sample(fc.tuple(digits), { numRuns: 4000, seed: 7 })
      .map(([n]) =>
        id(((n * 0x9e3779b97f4a7c15n) & ((1n << 56n) - 1n)).toString(16).padStart(14, "0")),
      );
    for (const percent of [10, 50, 75]) {
      const kept = ids.filter((one) => sample({ percent }, one).keep).length;
      // Five standard deviations.
      const spread = 5 * Math.sqrt(ids.length * (percent / 100) * (1 - percent / 100));
      expect(Math.abs(kept - (ids.length * percent) / 100)).toBeLessThan(spread);
    }
  });
});

describe("spans that fail_closed drops", () => {
  const keepOf = (failClosed: boolean): SampleKeep => ({ ...base, failClosed });
  const engineOf = (...ids: [string, boolean][]) =>
    testEngine(ids.map(([id, closed]) => policyOf(id, [], keepOf(closed), { signal: "trace" })));

  function request(own: TestEngine, traceIds: readonly (string | undefined)[]) {
    const evaluation = own.engine.evaluation("trace")!;
    evaluation.begin();
    for (const trace_id of traceIds) {
      putRecord(evaluation, { fields: trace_id === undefined ? {} : { trace_id } });
      evaluation.decide(0);
    }
    return evaluation.commit();
  }

  test("are told by policy and reason, and are among the sampled ones", () => {
    const settlement = request(engineOf(["a", true]), [undefined, "ab", undefined, HIGH, LOW]);
    expect([settlement?.sampled, settlement?.undecided]).toEqual([
      4,
      [
        { policy: "a", reason: "missing_trace_id", records: 2 },
        { policy: "a", reason: "invalid_trace_id", records: 1 },
      ],
    ]);
  });

  test("are none when it is off, or when there was something to decide by", () => {
    expect(request(engineOf(["a", false]), [undefined, "ab"])).toBeUndefined();
    expect(request(engineOf(["a", true]), [HIGH, LOW])?.undecided).toEqual([]);
  });
});
