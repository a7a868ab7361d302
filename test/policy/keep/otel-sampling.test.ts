// Sampling of spans in OpenTelemetry's dialect: what stays, what is written, which of several
// policies decides, and both against an oracle that counts in whole numbers.

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { sampleOtelSpan, stricterTracestate } from "../../../src/policy/keep/otel-sampling.ts";
import type { SampleKeep } from "../../../src/policy/keep/trace-sampling.ts";
import type { Policy, Sampling } from "../../../src/policy/model.ts";
import { policyOf, testEngine } from "../../support/engine.ts";
import { putRecord } from "../../support/plain-record.ts";
import { Verdict } from "../../../src/policy/record-port.ts";

const base: SampleKeep = {
  kind: "otel_sample",
  percent: 50,
  mode: "hash_seed",
  precision: 4,
  hashSeed: 0,
  failClosed: true,
};
const sample = (options: Partial<Sampling>, traceId: string | undefined, tracestate = "") =>
  sampleOtelSpan({ ...base, ...options }, traceId, tracestate);
const written = (tracestate: string) => ({ keep: true, tracestate });
const UNTOUCHED = { keep: true };
const DROPPED = { keep: false };

/** A trace id whose last 56 bits are these 14 digits. */
const id = (digits: string): string => `0123456789abcdef00${digits}`;
const LOW = id("00000000000001");
const HIGH = id("ffffffffffffff");
const HALF = id("80000000000000");
const BELOW_HALF = id("7fffffffffffff");

describe("one sampling", () => {
  test.each([
    [5, "f333"],
    [10, "e666"],
    [25, "c"],
    [50, "8"],
    [99.9999, "0"],
    [100, "0"],
  ])("of %d %% writes as many digits as it may, cut, without zeros: th:%s", (percent, th) => {
    expect(sample({ percent }, HIGH)).toEqual(written(`ot=th:${th}`));
  });

  test("keeps at its threshold and drops below it, by the whole of it", () => {
    expect(sample({}, HALF)).toEqual(written("ot=th:8"));
    expect(sample({}, BELOW_HALF)).toEqual(DROPPED);
    expect(sample({ percent: 10 }, id("e6660000000000"))).toEqual(DROPPED);
    expect(sample({ percent: 10 }, id("e6670000000000")).keep).toBe(true);
  });

  test("takes rv before the trace id, and leaves it where it is", () => {
    expect(sample({}, LOW, "x=1,ot=a:b;rv:80000000000000")).toEqual(
      written("ot=a:b;rv:80000000000000;th:8,x=1"),
    );
    expect(sample({}, HIGH, "ot=rv:7fffffffffffff")).toEqual(DROPPED);
    expect(sample({}, undefined, "ot=rv:80000000000000").keep).toBe(true);
    // No 14 digits.
    expect(sample({}, HIGH, "ot=rv:7fff").keep).toBe(true);
  });

  test("of 0 % keeps nothing, of 100 % everything, whatever comes in", () => {
    expect(sample({ percent: 0 }, HIGH, "ot=th:0")).toEqual(DROPPED);
    expect(sample({ percent: 100 }, LOW)).toEqual(written("ot=th:0"));
    expect(sample({ percent: 100 }, undefined, "x=1")).toEqual(written("ot=th:0,x=1"));
    expect(sample({ percent: 100 }, HIGH, "ot=th:c")).toEqual(UNTOUCHED);
  });

  test.each(["hash_seed", "equalizing"] as const)("in mode %s never lowers", (mode) => {
    expect(sample({ mode }, HIGH, "x=1,ot=th:c")).toEqual(UNTOUCHED);
    expect(sample({ mode }, HIGH, "ot=th:80")).toEqual(UNTOUCHED);
    expect(sample({ mode }, HIGH, "ot=th:7f")).toEqual(written("ot=th:8"));
    expect(sample({ mode }, BELOW_HALF, "ot=th:7f")).toEqual(DROPPED);
  });

  test("in mode proportional takes a share of what arrived", () => {
    const mode = "proportional";
    expect(sample({ mode }, HIGH)).toEqual(written("ot=th:8"));
    expect(sample({ mode }, HIGH, "ot=th:8")).toEqual(written("ot=th:c"));
    expect(sample({ mode }, id("bfffffffffffff"), "ot=th:8")).toEqual(DROPPED);
    expect(sample({ mode, percent: 100 }, HIGH, "ot=th:8")).toEqual(UNTOUCHED);
  });

  test("writes more digits where fewer would be below what arrived", () => {
    const one = { mode: "proportional", percent: 99, precision: 1 } as const;
    expect(sample(one, HIGH, "ot=th:81")).toEqual(written("ot=th:82"));
    // Cut to nothing but what arrived, it stays as it came.
    expect(sample({ ...one, percent: 99.9999 }, HIGH, "ot=th:8")).toEqual(UNTOUCHED);
  });

  test("decides by itself where the span contradicts what arrived, which goes", () => {
    const modes = ["hash_seed", "proportional", "equalizing"] as const;
    for (const mode of modes) {
      expect(sample({ mode }, HALF, "x=1,ot=th:c;a:b")).toEqual(written("ot=a:b,x=1"));
      expect(sample({ mode }, HALF, "x=1,ot=th:c")).toEqual(written("x=1"));
      expect(sample({ mode }, BELOW_HALF, "ot=th:c")).toEqual(DROPPED);
      expect(sample({ mode, percent: 100 }, LOW, "ot=th:c")).toEqual(written(""));
    }
    expect(sample({}, HIGH, "ot=rv:80000000000000;th:80000000000001")).toEqual(
      written("ot=rv:80000000000000"),
    );
    // At what arrived there is no contradiction.
    expect(sample({}, HIGH, "ot=rv:90000000000000;th:9")).toEqual(UNTOUCHED);
  });

  test("with a seed writes the randomness that its threshold is for", () => {
    const seeded = sample({ hashSeed: 7, percent: 99 }, HIGH, "ot=rv:ffffffffffffff;a:b");
    expect(seeded.tracestate).toMatch(/^ot=a:b;rv:[0-9a-f]{14};th:028f$/);
    expect(sample({ hashSeed: 7, percent: 99 }, HIGH, "ot=th:c")).toEqual(UNTOUCHED);
    expect(sample({ hashSeed: 7, percent: 100 }, HIGH)).toEqual(written("ot=th:0"));
  });

  test("without anything to decide by drops the span, or leaves it as it is", () => {
    const missing = { keep: false, undecided: "missing_trace_id" } as const;
    expect(sample({}, undefined, "ot=th:4")).toEqual(missing);
    expect(sample({}, "abc")).toEqual({ keep: false, undecided: "invalid_trace_id" });
    expect(sample({ failClosed: false }, undefined, "ot=th:4")).toEqual(UNTOUCHED);
    expect(sample({ failClosed: false, percent: 0 }, undefined)).toEqual(DROPPED);
  });
});

test("of two tracestates the one with the higher threshold is stricter", () => {
  expect(stricterTracestate("ot=th:8", "ot=th:c")).toBe("ot=th:c");
  expect(stricterTracestate("ot=th:c", "ot=th:8")).toBe("ot=th:c");
  expect(stricterTracestate("ot=th:8,x=1", "x=1")).toBe("ot=th:8,x=1");
  expect(stricterTracestate("x=1", "ot=th:0,x=1")).toBe("ot=th:0,x=1");
});

// ---- several policies, and both dialects

const sampling = (
  id: string,
  options: Partial<Sampling>,
  kind: SampleKeep["kind"] = "otel_sample",
): Policy =>
  policyOf(
    id,
    [
      {
        field: { kind: "field", field: "name" },
        condition: { op: "contains", text: id },
        negate: false,
        caseInsensitive: false,
      },
    ],
    { ...base, ...options, kind },
    { signal: "trace" },
  );

interface Span {
  readonly name: string;
  readonly trace_id?: string;
  readonly trace_state?: string;
}

/** What becomes of each span: gone, or what its tracestate is to be; and the counts. */
function judged(policies: readonly Policy[], spans: readonly Span[]) {
  const { engine } = testEngine(policies);
  const evaluation = engine.evaluation("trace")!;
  evaluation.begin();
  const states = spans.map((fields) => {
    putRecord(evaluation, { fields: { ...fields } });
    const verdict = evaluation.decide(100);
    if (verdict === Verdict.drop) return "gone";
    let state: string | undefined;
    if (verdict === Verdict.edit) {
      evaluation.editRecord({
        length: 0,
        find: () => ({
          set: (text: Uint8Array) => void (state = Buffer.from(text).toString()),
          remove: () => void (state = ""),
        }),
      } as never);
    }
    return state ?? "as it came";
  });
  const settlement = evaluation.commit();
  const totals = engine.totals().filter(({ hits, misses }) => hits + misses > 0);
  const counts = Object.fromEntries(totals.map(({ id, hits, misses }) => [id, [hits, misses]]));
  return { states, counts, sampled: settlement?.sampled ?? 0, undecided: settlement?.undecided };
}

describe("of several samplings", () => {
  const set = [
    sampling("a", { percent: 100 }),
    sampling("b", { percent: 50 }),
    sampling("c", { percent: 25 }),
    sampling("d", { percent: 50, mode: "proportional" }),
    sampling("e", { percent: 0 }),
  ];

  test("the highest threshold decides; all that match a kept span hit, else that one", () => {
    const spans = [
      { name: "abc", trace_id: HIGH },
      { name: "abc", trace_id: HALF },
      { name: "ab", trace_id: HALF },
      { name: "ae", trace_id: HIGH },
      { name: "a", trace_id: LOW },
      { name: "z", trace_id: LOW },
    ];
    expect(judged(set, spans)).toMatchObject({
      states: ["ot=th:c", "gone", "ot=th:8", "gone", "ot=th:0", "as it came"],
      counts: { a: [3, 2], b: [2, 1], c: [2, 0], e: [1, 0] },
      sampled: 2,
    });
  });

  test("a share of what arrived may be the lowest", () => {
    const spans = [
      // Half of a quarter is less than a quarter …
      { name: "cd", trace_id: id("dfffffffffffff"), trace_state: "ot=th:c" },
      { name: "cd", trace_id: id("e0000000000000"), trace_state: "ot=th:c" },
      // … and half of all is not.
      { name: "cd", trace_id: id("c0000000000000"), trace_state: "ot=th:0" },
      { name: "cd", trace_id: id("c0000000000000"), trace_state: "x=1" },
    ];
    expect(judged(set, spans)).toMatchObject({
      states: ["gone", "ot=th:e", "ot=th:c", "ot=th:c,x=1"],
      counts: { c: [3, 1], d: [4, 0] },
    });
  });
});

describe("beside samplings of the other dialect", () => {
  const set = [
    sampling("a", { percent: 50 }),
    sampling("b", { percent: 25 }),
    sampling("p", { percent: 25 }, "sample"),
    sampling("q", { percent: 75 }, "sample"),
  ];

  test("a span stays if both keep it, with the higher threshold", () => {
    const spans = [
      { name: "aq", trace_id: HIGH },
      { name: "ap", trace_id: HIGH },
      // Only the one drops, then only the other, then both.
      { name: "bq", trace_id: HALF },
      { name: "ap", trace_id: HALF },
      { name: "bp", trace_id: HALF },
      { name: "abpq", trace_id: HALF },
    ];
    expect(judged(set, spans)).toMatchObject({
      states: ["ot=th:8", "ot=th:c", "gone", "gone", "gone", "gone"],
      counts: { a: [2, 2], b: [3, 0], p: [4, 0], q: [1, 2] },
      sampled: 4,
    });
  });

  test("what alone would be lowered stays", () => {
    const spans = [
      { name: "q", trace_id: HIGH, trace_state: "ot=th:c" },
      { name: "aq", trace_id: HIGH, trace_state: "ot=th:c" },
    ];
    expect(judged(set, spans).states).toEqual(["ot=th:4", "as it came"]);
  });

  test("a span without a trace id counts once as undecided", () => {
    expect(judged(set, [{ name: "ap" }])).toMatchObject({
      states: ["gone"],
      undecided: [{ policy: "a", reason: "missing_trace_id", records: 1 }],
      sampled: 1,
    });
  });
});

// ---- the oracle

const ALL = 2n ** 56n;
const fraction = (digits: string): bigint => BigInt(`0x${digits.padEnd(14, "0")}`);
const own = (percent: number): bigint =>
  BigInt(Math.floor((1 - Math.fround(percent) / 100) * 2 ** 56));

/** The threshold of a sampling for a span with this arriving one. */
function thresholdOf({ percent, mode }: Sampling, arriving: bigint | undefined): bigint {
  if (percent === 0) return ALL;
  if (mode !== "proportional" || arriving === undefined || percent === 100) {
    const mine = percent === 100 ? 0n : own(percent);
    return arriving !== undefined && arriving > mine ? arriving : mine;
  }
  return ALL - BigInt(Math.floor((Math.fround(percent) / 100) * Number(ALL - arriving)));
}

function oracle(set: readonly Sampling[], span: { r: string; th?: string; rv?: string }): string {
  const r = fraction(span.rv ?? span.r);
  const arrived = span.th === undefined ? undefined : fraction(span.th);
  const arriving = arrived !== undefined && r >= arrived ? arrived : undefined;
  const threshold = set.map((one) => thresholdOf(one, arriving)).reduce((a, b) => (a > b ? a : b));
  if (r < threshold) return "gone";
  const rv = span.rv === undefined ? [] : [`rv:${span.rv}`];
  if (arrived !== undefined && arriving === undefined) {
    return rv.length === 0 ? "" : `ot=${rv[0]}`;
  }
  if (threshold === arriving) return "as it came";
  const digits = threshold.toString(16).padStart(14, "0").slice(0, 14);
  let cut = digits.slice(0, 4);
  const floor = arriving ?? 0n;
  for (let n = 5; n <= 14 && fraction(cut) < floor; n++) cut = digits.slice(0, n);
  if (fraction(cut) === arriving) return "as it came";
  return `ot=${[...rv, `th:${cut.replace(/0+$/, "") || "0"}`].join(";")}`;
}

test("any set decides as the oracle does", () => {
  const digits = fc
    .array(fc.constantFrom(...Array.from("0123456789abcdef")), { minLength: 14, maxLength: 14 })
    .map((all) => all.join(""));
  const some = (mode: Sampling["mode"]): fc.Arbitrary<Sampling> =>
    fc.constantFrom(0, 1, 5, 10, 25, 33.3, 50, 66, 75, 99, 100).map((percent) => ({
      ...base,
      percent,
      mode,
    }));
  const policies = fc.array(
    fc.oneof(
      { weight: 3, arbitrary: some("hash_seed") },
      { weight: 2, arbitrary: some("equalizing") },
      { weight: 3, arbitrary: some("proportional") },
    ),
    { minLength: 1, maxLength: 4 },
  );
  const span = fc.record(
    {
      r: digits,
      rv: digits,
      th: fc.oneof(fc.constantFrom("0", "4", "8", "c", "e", "8001"), digits).map((th) =>
        // No zeros at the end.
        th === "0" ? th : th.replace(/0+$/, "") || "0",
      ),
    },
    { requiredKeys: ["r"] },
  );
  fc.assert(
    fc.property(policies, span, (set, one) => {
      const parts = [
        ...(one.rv === undefined ? [] : [`rv:${one.rv}`]),
        ...(one.th === undefined ? [] : [`th:${one.th}`]),
      ];
      const trace_state = parts.length === 0 ? {} : { trace_state: `ot=${parts.join(";")}` };
      const all = set.map((options, i) => sampling(`p${i}`, options));
      const name = all.map(({ id }) => id).join();
      const { states } = judged(all, [{ name, trace_id: id(one.r), ...trace_state }]);
      expect(states).toEqual([oracle(set, one)]);
    }),
    { numRuns: 2000, seed: 20261130 },
  );
});
