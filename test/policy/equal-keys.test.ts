// Attributes whose keys are equal: all of their values are there at once, at every level, for as
// long as the level lasts.

import { expect, test } from "bun:test";
import { encodeUtf8 } from "../../src/core/utf8.ts";
import { type AttributeScope, type Matcher, Scope } from "../../src/policy/index.ts";
import { policyOf, testEngine } from "../support/engine.ts";

const is = (scope: AttributeScope, text: string, negate = false): Matcher => ({
  negate,
  caseInsensitive: false,
  field: { kind: "attribute", scope, path: ["k"] },
  condition: { op: "equals", value: { type: "string", value: text } },
});
const hasNone: Matcher = {
  negate: true,
  caseInsensitive: false,
  field: { kind: "attribute", scope: "record", path: ["k"] },
  condition: { op: "exists" },
};

type Values = readonly string[];

/** Whether records are dropped, all under one resource and scope. */
function drops(matchers: Matcher[], resource: Values, scope: Values, records: Values[]): boolean[] {
  const { engine } = testEngine([policyOf("p", matchers, { kind: "none" })]);
  const evaluation = engine.evaluation("log")!;
  const { fields, values } = evaluation;
  const put = (name: AttributeScope, texts: Values): void => {
    const root = fields.paths.root(Scope[name]);
    if (root < 0) return;
    const slot = fields.paths.slot(fields.paths.child(root, encodeUtf8("k"), 0, 1));
    for (const text of texts) values.putString(slot, encodeUtf8(text), 0, text.length);
  };
  const out: boolean[] = [];
  evaluation.begin();
  for (let round = 0; round < 2; round++) {
    evaluation.beginResource();
    put("resource", resource);
    evaluation.beginScope();
    put("scope", scope);
    for (const record of records) {
      evaluation.beginRecord();
      put("record", record);
      out.push(evaluation.decide(1) === 1);
    }
  }
  evaluation.commit();
  return out;
}

const twice = (...expected: boolean[]): boolean[] => [...expected, ...expected];

test("a matcher holds when it holds for any of them", () => {
  const records = [["x", "a"], ["a", "x", "y"], ["x", "y"], ["x", "y", "a"], []];
  const expected = twice(true, true, false, true, false);
  expect(drops([is("record", "a")], [], [], records)).toEqual(expected);
});

test("a negated matcher holds when it holds for none of them", () => {
  const records = [["x", "a"], ["a", "x"], ["x", "y"], []];
  expect(drops([is("record", "a", true)], [], [], records)).toEqual(
    twice(false, false, true, true),
  );
  expect(drops([hasNone], [], [], records)).toEqual(twice(false, false, false, true));
});

test("those of a resource and a scope last as long as these, whatever records have", () => {
  const many = Array.from({ length: 100 }, (_, i) => `${i}`);
  const resource = [...many, "r"];
  const scope = [...many, "s"];
  const records = [many, ["x"], [...many, "a"]];
  const matchers = [is("resource", "r"), is("scope", "s"), is("record", "a")];
  expect(drops(matchers, resource, scope, records)).toEqual(twice(false, false, true));
  expect(drops(matchers, resource, many, records)).toEqual(twice(false, false, false));
  expect(drops(matchers, many, scope, records)).toEqual(twice(false, false, false));
  const negated = [is("resource", "r", true), is("scope", "s"), is("record", "a")];
  expect(drops(negated, resource, scope, records)).toEqual(twice(false, false, false));
});
