// Rate limits of several policies on one record: all must have room, and all are charged or none.

import { expect, test } from "bun:test";
import type { FieldRef, Keep, Matcher } from "../../../src/policy/model.ts";
import { Verdict, type VerdictIndex } from "../../../src/policy/record-port.ts";
import { countsOf, policyOf, type TestEngine, testEngine } from "../../support/engine.ts";
import { type PlainRecord, putRecord } from "../../support/plain-record.ts";

const { keep, drop } = Verdict;
const limit = (count: number): Keep => ({ kind: "rate", count, windowMs: 1000 });
const has = (text: string): Matcher => ({
  field: { kind: "field", field: "body" },
  condition: { op: "contains", text },
  negate: false,
  caseInsensitive: false,
});
const log = (text: string): PlainRecord => ({ fields: { body: text } });

/** Judges records of one request. */
function judge({ engine }: TestEngine, ...records: readonly PlainRecord[]): VerdictIndex[] {
  const evaluation = engine.evaluation("log")!;
  evaluation.begin();
  const verdicts = records.map((record) => {
    putRecord(evaluation, record);
    return evaluation.decide(0);
  });
  evaluation.commit();
  return verdicts;
}

test("every rate limit must have room, whatever the order of their ids", () => {
  for (const [a, b] of [
    [1000, 2],
    [2, 1000],
  ] as const) {
    const own = testEngine([
      policyOf("a", [has("x")], limit(a)),
      policyOf("b", [has("x")], limit(b)),
    ]);
    const verdicts = judge(own, ...Array.from({ length: 20 }, () => log("x")));
    expect(verdicts.filter((verdict) => verdict === keep).length).toBe(2);
    const winner = a === 2 ? "a" : "b";
    expect(countsOf(own)).toEqual({
      a: winner === "a" ? [20, 0] : [2, 18],
      b: winner === "b" ? [20, 0] : [2, 18],
    });
  }
});

test("a limit is charged only when all have room", () => {
  const own = testEngine([
    policyOf("a", [has("x")], limit(2)),
    policyOf("b", [has("narrow")], limit(1)),
    policyOf("c", [has("x")], { kind: "percent", percent: 100 }),
  ]);
  const verdicts = judge(
    own,
    log("x narrow"),
    log("x narrow"),
    log("x narrow"),
    log("x"),
    log("x"),
  );
  expect(verdicts).toEqual([keep, drop, drop, keep, drop]);
});

test("of limits without room the lowest id is the one that dropped", () => {
  const own = testEngine([
    policyOf("b", [has("x")], limit(1)),
    policyOf("a", [has("x")], limit(1)),
  ]);
  expect(judge(own, log("x"), log("x"))).toEqual([keep, drop]);
  expect(countsOf(own)).toEqual({ a: [2, 0], b: [1, 1] });
});

test("of limits without room the lowest id dropped, whatever is found first in a record", () => {
  for (const text of ["left right", "right left"]) {
    const own = testEngine([
      policyOf("a", [has("right")], limit(1)),
      policyOf("b", [has("left")], limit(1)),
    ]);
    expect(judge(own, log(text), log(text))).toEqual([keep, drop]);
    expect(countsOf(own)).toEqual({ a: [2, 0], b: [1, 1] });
  }
});

test("limits of several policies hold per value of each one's key", () => {
  const byUser: FieldRef = { kind: "attribute", scope: "record", path: ["user"] };
  const own = testEngine([
    policyOf("a", [has("x")], { kind: "rate", count: 3, windowMs: 1000 }),
    policyOf("b", [has("x")], { kind: "rate", count: 1, windowMs: 1000, key: byUser }),
  ]);
  const of = (user: string): PlainRecord => ({
    fields: { body: "x" },
    attributes: { record: { user } },
  });
  expect(judge(own, of("1"), of("1"), of("2"), of("2"), of("3"), of("4"))).toEqual([
    keep,
    drop,
    keep,
    drop,
    keep,
    drop,
  ]);
});
