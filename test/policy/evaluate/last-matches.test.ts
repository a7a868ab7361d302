// Which policies matched the record that was just decided, for those who look at single records.

import { expect, test } from "bun:test";
import type { Keep, Matcher } from "../../../src/policy/model.ts";
import { policyOf, testEngine } from "../../support/engine.ts";
import { putRecord } from "../../support/plain-record.ts";

const has = (text: string): Matcher => ({
  field: { kind: "field", field: "body" },
  condition: { op: "contains", text },
  negate: false,
  caseInsensitive: false,
});
const rate: Keep = { kind: "rate", count: 1, windowMs: 1000 };

test("the deciding policy comes first, the others follow, and those that do not match are not there", () => {
  const { engine } = testEngine([
    policyOf("a", [has("x")], { kind: "all" }),
    policyOf("b", [has("y")], { kind: "none" }),
    policyOf("c", [has("x")], rate),
    policyOf("d", [has("x")], { kind: "all" }),
  ]);
  const evaluation = engine.evaluation("log")!;
  const matchesOf = (body: string): readonly string[] | undefined => {
    evaluation.begin();
    putRecord(evaluation, { fields: { body } });
    evaluation.decide(0);
    const ids = evaluation.lastMatches?.();
    evaluation.commit();
    return ids;
  };
  const [first, ...others] = matchesOf("x") ?? [];
  expect([first, others.sort()]).toEqual(["c", ["a", "d"]]);
  expect(matchesOf("y")).toEqual(["b"]);
  expect(matchesOf("z")).toEqual([]);
  expect(matchesOf("xy")?.[0]).toBe("b");
});
