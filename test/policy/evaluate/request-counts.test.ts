// What one request counts: for every policy that it met, however many, and to the byte.

import { expect, test } from "bun:test";
import type { Matcher } from "../../../src/policy/model.ts";
import { countsOf, policyOf, type TestEngine, testEngine } from "../../support/engine.ts";
import { putRecord } from "../../support/plain-record.ts";

const has = (text: string): Matcher => ({
  field: { kind: "field", field: "body" },
  condition: { op: "contains", text },
  negate: false,
  caseInsensitive: false,
});

/** Judges records of 10 bytes as one request. */
function judge({ engine }: TestEngine, bodies: readonly string[]) {
  const evaluation = engine.evaluation("log")!;
  evaluation.begin();
  for (const body of bodies) {
    putRecord(evaluation, { fields: { body } });
    evaluation.decide(10);
  }
  return evaluation.commit();
}

test.each([1, 8, 9, 40])("a request that met %d policies counts for each of them", (count) => {
  const ids = Array.from({ length: count }, (_, i) => `p${i}`);
  const own = testEngine(ids.map((id) => policyOf(id, [has(`<${id}>`)])));
  const bodies = ids.map((id) => `<${id}>`);
  judge(own, [...bodies, ...bodies]);
  const twice: ReturnType<typeof countsOf> = Object.fromEntries(ids.map((id) => [id, [2, 0]]));
  expect(countsOf(own)).toEqual(twice);
  judge(own, bodies.slice(-1));
  expect(countsOf(own)).toEqual({ ...twice, [ids.at(-1)!]: [3, 0] });
});

test("what no record accounts for is counted for the policy that took the last one", () => {
  const own = testEngine([
    policyOf("drop", [has("x")]),
    policyOf("half", [has("y")], { kind: "percent", percent: 50 }),
  ]);
  own.random = 0.9;
  const bytes = () =>
    own.engine.totals().map((row) => [row.id, row.droppedBytes, row.sampledBytes]);
  judge(own, ["y", "x", "z"])?.close(23);
  expect(bytes()).toEqual([
    ["drop", 13, 0],
    ["half", 0, 10],
  ]);
  judge(own, ["x", "y"])?.close(21);
  expect(bytes()).toEqual([
    ["drop", 23, 0],
    ["half", 0, 21],
  ]);
});

test("a request that failed before its end counts nothing, and gives back what it was charged", () => {
  const own = testEngine([
    policyOf("drop", [has("x")]),
    policyOf("limit", [has("y")], { kind: "rate", count: 1, windowMs: 1000 }),
  ]);
  const evaluation = own.engine.evaluation("log")!;
  for (const body of ["y", "x"]) {
    evaluation.begin();
    putRecord(evaluation, { fields: { body } });
    evaluation.decide(10);
  }
  judge(own, ["y"]);
  expect(countsOf(own)).toEqual({ limit: [1, 0] });
});
