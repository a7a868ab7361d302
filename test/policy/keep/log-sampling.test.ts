// Percentages of logs keep about their share: statistical, with seeded numbers.

import { describe, expect, test } from "bun:test";
import type { FieldRef, Keep, Matcher } from "../../../src/policy/model.ts";
import { Verdict } from "../../../src/policy/record-port.ts";
import { policyOf, testEngine } from "../../support/engine.ts";
import { type PlainRecord, putOwn, putRecord } from "../../support/plain-record.ts";

const RECORDS = 20_000;
const body: FieldRef = { kind: "field", field: "body" };
const user: FieldRef = { kind: "attribute", scope: "record", path: ["user"] };
const traceId: FieldRef = { kind: "field", field: "trace_id" };

/** A small generator with a fixed seed (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** How many of the records are kept. */
function kept(keep: Keep): number {
  const own = testEngine([policyOf("a", [hasBody], keep)]);
  const random = seeded(42);
  const evaluation = own.engine.evaluation("log")!;
  const hex = (): string =>
    Math.floor(random() * 0x10000000)
      .toString(16)
      .padStart(7, "0");
  let count = 0;
  evaluation.begin();
  putRecord(evaluation, {});
  for (let i = 0; i < RECORDS; i++) {
    own.random = random();
    putOwn(evaluation, {
      fields: { body: "x", trace_id: `000000000000000000${hex()}${hex()}` },
      attributes: { record: { user: `${hex()}-${hex()}` } },
    });
    if (evaluation.decide(0) === Verdict.keep) count++;
  }
  evaluation.commit();
  return count;
}

const hasBody: Matcher = {
  field: body,
  condition: { op: "exists" },
  negate: false,
  caseInsensitive: false,
};

/** Whether a record of that trace stays, with that draw. */
function stays(keep: Keep, fields: PlainRecord["fields"], draw = 0): boolean {
  const own = testEngine([policyOf("a", [hasBody], keep)]);
  own.random = draw;
  const evaluation = own.engine.evaluation("log")!;
  evaluation.begin();
  putRecord(evaluation, { fields: { body: "x", ...fields } });
  const verdict = evaluation.decide(0);
  evaluation.commit();
  return verdict === Verdict.keep;
}

test("without a key, draws below the share stay, and one at it does not", () => {
  const half: Keep = { kind: "percent", percent: 50 };
  expect([0, 0.25, 0.5, 0.75].map((draw) => stays(half, {}, draw))).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

test("by trace id, the id's own last 56 bits decide, as they do for spans", () => {
  const by = (percent: number): Keep => ({ kind: "percent", percent, key: traceId });
  const ids = ["00000000000000", "7fffffffffffff", "80000000000000", "ffffffffffffff"];
  const kept = (percent: number) =>
    ids.map((low) => stays(by(percent), { trace_id: `123456789012345678${low}` }));
  expect(kept(50)).toEqual([false, false, true, true]);
  expect(kept(0.5)).toEqual([false, false, false, true]);
  expect(kept(99.5)).toEqual([false, true, true, true]);
});

describe.each([
  ["without a key", undefined],
  ["by trace id", traceId],
  ["by an attribute", user],
] as const)("%s", (_, key) => {
  test.each([0.5, 10, 50, 99])("%d % keeps about its share", (percent) => {
    const keep: Keep = { kind: "percent", percent, ...(key === undefined ? {} : { key }) };
    const share = percent / 100;
    const fiveDeviations = 5 * Math.sqrt(RECORDS * share * (1 - share));
    expect(Math.abs(kept(keep) - RECORDS * share)).toBeLessThan(fiveDeviations);
  });

  test.each([
    [0, 0],
    [100, RECORDS],
  ])("%d % keeps exactly %d", (percent, count) => {
    expect(kept({ kind: "percent", percent, ...(key === undefined ? {} : { key }) })).toBe(count);
  });
});

describe("a small set of numbered keys", () => {
  const key: FieldRef = { kind: "attribute", scope: "record", path: ["pod"] };
  const shares = [10, 25, 50, 90];
  const sets: [string, (i: number) => string | number][] = [
    ["pod-0 to pod-99", (i) => `pod-${i}`],
    ["numbers", (i) => i],
    ["zero-padded", (i) => `host${String(i).padStart(4, "0")}.eu-west-1`],
    ["single characters", (i) => String.fromCharCode(0x100 + i)],
    ["addresses", (i) => `10.0.0.${i}`],
  ];
  test.each(sets)("%s keeps about its share", (_, nameOf) => {
    for (const percent of shares) {
      const own = testEngine([
        policyOf(
          "a",
          [{ field: key, condition: { op: "exists" }, negate: false, caseInsensitive: false }],
          { kind: "percent", percent, key },
        ),
      ]);
      const evaluation = own.engine.evaluation("log")!;
      evaluation.begin();
      putRecord(evaluation, {});
      let count = 0;
      for (let i = 0; i < 100; i++) {
        putOwn(evaluation, { attributes: { record: { pod: nameOf(i) } } });
        if (evaluation.decide(0) === Verdict.keep) count++;
      }
      evaluation.commit();
      const fourDeviations = 4 * Math.sqrt(percent * (1 - percent / 100));
      expect(Math.abs(count - percent)).toBeLessThan(fourDeviations);
    }
  });
});
