// What the engine decides, counts and keeps, on records without a wire format.

import { describe, expect, test } from "bun:test";
import { COUNTED_SETS_MAX } from "../../src/core/limits.ts";
import { compareUtf8 } from "../../src/core/utf8.ts";
import type { FieldRef, Keep, Matcher, Policy } from "../../src/policy/model.ts";
import { Verdict, type VerdictIndex } from "../../src/policy/record-port.ts";
import { countsOf, policyOf, type TestEngine, testEngine } from "../support/engine.ts";
import { type PlainRecord, putOwn, putRecord } from "../support/plain-record.ts";

const body: FieldRef = { kind: "field", field: "body" };
const severity: FieldRef = { kind: "field", field: "severity_text" };
const matcher = (field: FieldRef, condition: Matcher["condition"], negate = false): Matcher => ({
  field,
  condition,
  negate,
  caseInsensitive: false,
});
const has = (text: string): Matcher => matcher(body, { op: "contains", text });
const log = (text: string): PlainRecord => ({ fields: { body: text } });
const attributeLog = (record: Record<string, string>): PlainRecord => ({ attributes: { record } });

/** Judges records one request each. */
function judge(own: TestEngine, ...records: readonly PlainRecord[]): VerdictIndex[] {
  return records.map((record) => {
    const evaluation = own.engine.evaluation("log")!;
    evaluation.begin();
    putRecord(evaluation, record);
    const verdict = evaluation.decide(0);
    evaluation.commit();
    return verdict;
  });
}
const { keep, drop } = Verdict;

describe("which policy decides", () => {
  const order: [string, Keep, Keep][] = [
    ["none before 0 %", { kind: "none" }, { kind: "percent", percent: 0 }],
    [
      "a lower percentage before a higher one",
      { kind: "percent", percent: 10 },
      { kind: "percent", percent: 20 },
    ],
    [
      "100 % before a rate",
      { kind: "percent", percent: 100 },
      { kind: "rate", count: 1, windowMs: 1000 },
    ],
    ["a rate before all", { kind: "rate", count: 1, windowMs: 1000 }, { kind: "all" }],
  ];
  test.each(order)("%s", (_, winner, loser) => {
    const own = testEngine([
      policyOf("a-loser", [has("x")], loser),
      policyOf("b-winner", [has("x")], winner),
    ]);
    own.random = 0.999;
    own.nowMs = 5;
    const [verdict] = judge(own, log("x"));
    const dropped = verdict === drop;
    expect(countsOf(own)).toEqual({
      "a-loser": dropped ? [0, 1] : [1, 0],
      "b-winner": [1, 0],
    });
    if (winner.kind === "rate") expect(judge(own, log("x"))).toEqual([drop]);
  });

  test("among equals the lowest id by bytes, whatever the order of the set", () => {
    const own = testEngine([
      policyOf("b", [has("x")]),
      policyOf("a", [has("x")]),
      policyOf("B", [has("x")]),
    ]);
    expect(judge(own, log("x"))).toEqual([drop]);
    expect(countsOf(own)).toEqual({ B: [1, 0], a: [0, 1], b: [0, 1] });
  });

  test("a record that nothing matches is kept and counted nowhere", () => {
    const own = testEngine([policyOf("a", [has("x")])]);
    expect(judge(own, log("y"), {}, attributeLog({ x: "x" }))).toEqual([keep, keep, keep]);
    expect(countsOf(own)).toEqual({});
  });

  test("a record that is dropped otherwise charges no rate limit", () => {
    const rate: Keep = { kind: "rate", count: 1, windowMs: 1000 };
    const own = testEngine([policyOf("a", [has("x")], rate), policyOf("b", [has("drop")])]);
    expect(judge(own, log("x drop"), log("x"), log("x"))).toEqual([drop, keep, drop]);
  });

  test("ids order as their UTF-8 bytes do, beyond 16 bits too", () => {
    const ids = ["a", "b", "é", "\ue000", "\uffff", "\u{10000}", "\u{1f600}"];
    expect([...ids].reverse().sort(compareUtf8)).toEqual(ids);
    expect(compareUtf8("ab", "a")).toBeGreaterThan(0);
    expect(compareUtf8("a", "a")).toBe(0);
  });
});

describe("percentages and rates", () => {
  test("without a key each record is an independent draw", () => {
    const own = testEngine([policyOf("a", [has("x")], { kind: "percent", percent: 50 })]);
    own.random = 0.49;
    expect(judge(own, log("x"))).toEqual([keep]);
    own.random = 0.5;
    expect(judge(own, log("x"))).toEqual([drop]);
  });

  test("with a key equal values share their fate, and an absent key is drawn", () => {
    const key: FieldRef = { kind: "attribute", scope: "record", path: ["user"] };
    const own = testEngine([
      policyOf("a", [matcher(severity, { op: "exists" })], { kind: "percent", percent: 50, key }),
    ]);
    const verdicts = (random: number): VerdictIndex[] => {
      own.random = random;
      const records = Array.from({ length: 64 }, (_, i) => ({
        fields: { severity_text: "INFO" },
        attributes: { record: { user: `u${i}` } },
      }));
      return judge(own, ...records);
    };
    expect(verdicts(0)).toEqual(verdicts(0.999));
    expect(new Set(verdicts(0)).size).toBe(2);
    own.random = 0.999;
    expect(judge(own, { fields: { severity_text: "INFO" } })).toEqual([drop]);
  });

  test("a trace id as key is compared by its last seven bytes", () => {
    const key: FieldRef = { kind: "field", field: "trace_id" };
    const own = testEngine([policyOf("a", [has("x")], { kind: "percent", percent: 25, key })]);
    const record = (digits: string): PlainRecord => ({
      fields: { body: "x", trace_id: `ffffffffffffffffff${digits}` },
    });
    expect(judge(own, record("c0000000000000"), record("bfffffffffffff"))).toEqual([keep, drop]);
  });

  test("a rate holds per value of its key", () => {
    const key: FieldRef = { kind: "attribute", scope: "record", path: ["user"] };
    const own = testEngine([
      policyOf("a", [matcher(key, { op: "exists" })], {
        kind: "rate",
        count: 1,
        windowMs: 1000,
        key,
      }),
    ]);
    const [a, b] = [attributeLog({ user: "a" }), attributeLog({ user: "b" })];
    expect(judge(own, a, b, a, b)).toEqual([keep, keep, drop, drop]);
    own.nowMs = 1000;
    expect(judge(own, a)).toEqual([keep]);
  });
});

describe("a request", () => {
  test("that turns out undecodable counts nothing and gives its charges back", () => {
    const rate: Keep = { kind: "rate", count: 1, windowMs: 1000 };
    const own = testEngine([policyOf("a", [has("x")], rate)]);
    const evaluation = own.engine.evaluation("log")!;
    evaluation.begin();
    putRecord(evaluation, log("x"));
    expect(evaluation.decide(0)).toBe(keep);
    evaluation.abort();
    expect(countsOf(own)).toEqual({});
    expect(judge(own, log("x"), log("x"))).toEqual([keep, drop]);
  });

  test("remembers nothing of the record, scope or resource before", () => {
    const resource: FieldRef = { kind: "attribute", scope: "resource", path: ["env"] };
    const own = testEngine([
      policyOf("a", [
        matcher(resource, { op: "equals", value: { type: "string", value: "ci" } }),
        has("x"),
      ]),
    ]);
    const evaluation = own.engine.evaluation("log")!;
    evaluation.begin();
    putRecord(evaluation, { fields: { body: "x" }, attributes: { resource: { env: "ci" } } });
    const verdicts = [evaluation.decide(0)];
    putOwn(evaluation, {});
    verdicts.push(evaluation.decide(0));
    putOwn(evaluation, log("x"));
    verdicts.push(evaluation.decide(0));
    putRecord(evaluation, log("x"));
    verdicts.push(evaluation.decide(0));
    evaluation.commit();
    expect(verdicts).toEqual([drop, keep, drop, keep]);
  });
});

describe("replacing the set", () => {
  const rate: Keep = { kind: "rate", count: 2, windowMs: 1000 };

  test("keeps counters and rate windows of policies that stay as they are", () => {
    const own = testEngine([policyOf("a", [has("x")], rate)]);
    expect(judge(own, log("x"))).toEqual([keep]);
    own.load([policyOf("a", [has("x")], rate), policyOf("b", [has("y")])]);
    expect(judge(own, log("x"), log("x"), log("y"))).toEqual([keep, drop, drop]);
    expect(countsOf(own)).toEqual({ a: [3, 0], b: [1, 0] });
  });

  test("starts a new window when the policy's keep has changed", () => {
    const own = testEngine([policyOf("a", [has("x")], { ...rate, count: 1 })]);
    expect(judge(own, log("x"), log("x"))).toEqual([keep, drop]);
    own.load([policyOf("a", [has("x")], { ...rate, count: 2 })]);
    expect(judge(own, log("x"))).toEqual([keep]);
  });

  test("lets a request end with the set that it began with", () => {
    const own = testEngine([policyOf("a", [has("x")])]);
    const evaluation = own.engine.evaluation("log")!;
    evaluation.begin();
    own.load([]);
    putRecord(evaluation, log("x"));
    expect(evaluation.decide(0)).toBe(drop);
    evaluation.commit();
    expect(own.engine.evaluation("log")).toBeUndefined();
    const [status] = own.engine.takeDelta().statuses;
    expect([status?.id, status?.hits]).toEqual(["a", 1]);
  });

  test("has no evaluation for a signal that no working policy looks at", () => {
    const disabled = policyOf("off", [has("x")], { kind: "none" }, { enabled: false });
    const broken: Policy = { ...policyOf("bad", [has("x")]), errors: ["log: keep: …"] };
    const own = testEngine();
    const summary = own.load([disabled, broken]);
    expect(own.engine.evaluation("log")).toBeUndefined();
    expect(summary.counts).toEqual({ log: 0, metric: 0, trace: 0 });
    expect(summary.policies.map(({ id, enabled, errors }) => [id, enabled, errors])).toEqual([
      ["bad", true, ["log: keep: …"]],
      ["off", false, []],
    ]);
  });

  test("replacing does its work in steps and swaps at the last one", () => {
    const own = testEngine();
    const many = Array.from({ length: 1000 }, (_, i) => policyOf(`p${i}`, [has(`text ${i}`)]));
    const steps = own.engine.replace(many);
    let count = 0;
    while (steps.next().done !== true) {
      expect(own.engine.snapshot.version).toBe(0);
      count++;
    }
    expect(count).toBeGreaterThan(20);
    expect(own.engine.snapshot.version).toBe(1);
  });
});

describe("counts handed out", () => {
  const matchOnce = (own: TestEngine): void => void judge(own, log("x"));

  test("come again until they are acknowledged", () => {
    const own = testEngine([policyOf("a", [has("x")])]);
    matchOnce(own);
    const first = own.engine.takeDelta();
    matchOnce(own);
    const second = own.engine.takeDelta();
    expect([first.statuses[0]?.hits, second.statuses[0]?.hits]).toEqual([1, 2]);
    second.acknowledge();
    expect(own.engine.takeDelta().statuses[0]?.hits).toBe(0);
    expect(own.engine.totals()[0]?.hits).toBe(2);
  });

  test("are forgotten only as far as they were handed out", () => {
    const own = testEngine([policyOf("a", [has("x")])]);
    matchOnce(own);
    const delta = own.engine.takeDelta();
    matchOnce(own);
    delta.acknowledge();
    expect(own.engine.takeDelta().statuses[0]?.hits).toBe(1);
  });

  test("an older delta can no longer be acknowledged when a newer one was taken", () => {
    const own = testEngine([policyOf("a", [has("x")])]);
    matchOnce(own);
    const older = own.engine.takeDelta();
    const newer = own.engine.takeDelta();
    older.acknowledge();
    expect(own.engine.takeDelta().statuses[0]?.hits).toBe(1);
    newer.acknowledge();
    expect(own.engine.takeDelta().statuses[0]?.hits).toBe(1);
  });

  test("of a policy that went away are still delivered, then forgotten", () => {
    const own = testEngine([policyOf("a", [has("x")])]);
    matchOnce(own);
    own.load([]);
    const delta = own.engine.takeDelta();
    expect(delta.statuses.map(({ id, hits }) => [id, hits])).toEqual([["a", 1]]);
    delta.acknowledge();
    expect(own.engine.takeDelta().statuses).toEqual([]);
  });

  test("of a policy that went away are among the totals as long as they would go on", () => {
    const own = testEngine([policyOf("a", [has("x")])]);
    const totals = () => own.engine.totals().map(({ id, hits, isLoaded }) => [id, hits, isLoaded]);
    matchOnce(own);
    own.load([]);
    own.engine.takeDelta().acknowledge();
    expect(totals()).toEqual([["a", 1, false]]);
    own.load([policyOf("a", [has("x")])]);
    expect(totals()).toEqual([["a", 1, true]]);
    for (let i = 1; i < COUNTED_SETS_MAX; i++) own.load([]);
    own.engine.takeDelta().acknowledge();
    expect(totals()).toEqual([["a", 1, false]]);
    own.load([]);
    expect(totals()).toEqual([]);
  });

  test("of a policy that went away are not forgotten before they were acknowledged", () => {
    const own = testEngine([policyOf("a", [has("x")])]);
    matchOnce(own);
    for (let i = 0; i <= COUNTED_SETS_MAX; i++) own.load([]);
    const delta = own.engine.takeDelta();
    expect(delta.statuses.map(({ id, hits }) => [id, hits])).toEqual([["a", 1]]);
    delta.acknowledge();
    expect(own.engine.totals()).toEqual([]);
  });

  test("of a request that ends long after its policy went away are delivered", () => {
    const own = testEngine([policyOf("a", [has("x")])]);
    const evaluation = own.engine.evaluation("log")!;
    evaluation.begin();
    for (let i = 1; i < COUNTED_SETS_MAX; i++) {
      own.load([]);
      own.engine.takeDelta().acknowledge();
    }
    putRecord(evaluation, log("x"));
    evaluation.decide(0);
    evaluation.commit();
    const { statuses } = own.engine.takeDelta();
    expect(statuses.map(({ id, hits }) => [id, hits])).toEqual([["a", 1]]);
  });
});

describe("a policy that cannot be compiled although RE2 accepts it", () => {
  test("is inert and says why, and the others run", () => {
    const own = testEngine();
    const broken = policyOf("broken", [matcher(body, { op: "regex", pattern: "(" })]);
    const summary = own.load([broken, policyOf("works", [has("x")])]);
    expect(summary.counts.log).toBe(1);
    expect(summary.policies.map(({ id, errors }) => [id, errors.length])).toEqual([
      ["broken", 1],
      ["works", 0],
    ]);
    expect(summary.policies[0]?.errors[0]).toStartWith("log: cannot be compiled: ");
    expect(judge(own, log("x"), log("("))).toEqual([drop, keep]);
  });
});
