// What filters of OpenTelemetry's dialect decide, alone and in one set with other policies.

import { describe, expect, test } from "bun:test";
import type { Keep, Matcher, Policy } from "../../../src/policy/model.ts";
import { Verdict } from "../../../src/policy/record-port.ts";
import { countsOf, policyOf, testEngine } from "../../support/engine.ts";
import { putRecord } from "../../support/plain-record.ts";

const has = (text: string): Matcher => ({
  field: { kind: "field", field: "body" },
  condition: { op: "contains", text },
  negate: false,
  caseInsensitive: false,
});
const otel = (id: string, text: string, kind: "otel_keep" | "otel_drop"): Policy =>
  policyOf(id, [has(text)], { kind });
const tero = (id: string, text: string, keep: Keep): Policy => policyOf(id, [has(text)], keep);

/** Which of the records stay, what was counted, and which policy explains each. */
function judged(policies: readonly Policy[], bodies: readonly string[]) {
  const own = testEngine(policies);
  const evaluation = own.engine.evaluation("log")!;
  const explaining = own.engine.explaining("log")!;
  evaluation.begin();
  explaining.begin();
  const kept = bodies.filter((body) => {
    putRecord(explaining, { fields: { body } });
    const explained = explaining.decide(0);
    putRecord(evaluation, { fields: { body } });
    const verdict = evaluation.decide(0);
    expect(explained).toBe(verdict);
    return verdict !== Verdict.drop;
  });
  evaluation.commit();
  const winners = explaining.explanations.map(
    ({ winner }) => winner && `${winner.id}: ${winner.why}`,
  );
  return { kept, counts: countsOf(own), winners };
}

describe("filters alone", () => {
  test("keep what any keep matches, drop what else a drop matches, and pass the rest", () => {
    const set = [
      otel("a", "x", "otel_drop"),
      otel("b", "y", "otel_keep"),
      otel("c", "x", "otel_drop"),
    ];
    expect(judged(set, ["x", "x y", "y", "z"])).toEqual({
      kept: ["x y", "y", "z"],
      counts: { a: [1, 1], b: [2, 0], c: [1, 1] },
      winners: [
        "a: ACTION_DROP, and no ACTION_KEEP matches",
        "b: ACTION_KEEP, which exempts from ACTION_DROP",
        "b: ACTION_KEEP, which exempts from ACTION_DROP",
        undefined,
      ],
    });
  });
});

describe("filters beside other policies", () => {
  test("each decide alone, and what either drops is dropped", () => {
    const set = [
      otel("exempts", "k", "otel_keep"),
      otel("drops", "d", "otel_drop"),
      tero("none", "n", { kind: "none" }),
      tero("all", "a", { kind: "all" }),
    ];
    const { kept, counts } = judged(set, ["k d", "k n", "d a", "d n", "a", "k a", "n a"]);
    expect(kept).toEqual(["k d", "a", "k a"]);
    expect(counts).toEqual({
      // "k n" is dropped whatever it exempts from.
      exempts: [2, 1],
      // "k d" is exempt.
      drops: [2, 1],
      none: [3, 0],
      all: [2, 2],
    });
  });

  test("charge no limit for what they drop", () => {
    const set = [
      otel("drops", "d", "otel_drop"),
      tero("limit", "r", { kind: "rate", count: 1, windowMs: 1000 }),
    ];
    expect(judged(set, ["r d", "r d", "r", "r"]).kept).toEqual(["r"]);
  });

  test("leave sets without them as they are", () => {
    const set = [tero("none", "n", { kind: "none" }), tero("all", "a", { kind: "all" })];
    expect(judged(set, ["n a", "a"]).counts).toEqual({ all: [1, 1], none: [1, 0] });
  });
});
