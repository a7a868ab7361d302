// Policies of several groups of matchers against a straightforward reading: one group is enough,
// and a record that several match is matched once.

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import type { AttributeScope, Matcher } from "../../../src/policy/model.ts";
import { Verdict } from "../../../src/policy/record-port.ts";
import { countsOf, policyOf, testEngine } from "../../support/engine.ts";
import { matcherHolds, type PlainMap, putOwn, putRecord } from "../../support/plain-record.ts";

const name = fc.constantFrom("x", "y");
const word = fc.constantFrom("a", "b", "ab", "c");
const matcher: fc.Arbitrary<Matcher> = fc.record({
  field: fc.record({
    kind: fc.constant("attribute" as const),
    scope: fc.constantFrom<AttributeScope>("record", "scope", "resource"),
    path: name.map((key) => [key]),
  }),
  condition: fc.oneof(
    word.map((value) => ({ op: "equals", value: { type: "string", value } }) as const),
    word.map((text) => ({ op: "contains", text }) as const),
    fc.constant({ op: "exists" } as const),
  ),
  negate: fc.integer({ min: 0, max: 5 }).map((n) => n === 0),
  caseInsensitive: fc.constant(false),
});
const group = fc.array(matcher, { minLength: 1, maxLength: 3 });
const own: fc.Arbitrary<PlainMap> = fc.dictionary(name, word, { maxKeys: 2 });
const neverCalled = (): boolean => false;

function agrees(
  all: readonly Matcher[][][],
  resource: PlainMap,
  scope: PlainMap,
  inner: readonly PlainMap[],
): void {
  const { engine } = testEngine(
    all.map(([first = [], ...otherGroups], i) =>
      policyOf(`p${i}`, first, { kind: "all" }, { otherGroups }),
    ),
  );
  const evaluation = engine.evaluation("log")!;
  const explaining = engine.explaining("log")!;
  const want = new Map<string, number>();
  evaluation.begin();
  explaining.begin();
  inner.forEach((attributes, i) => {
    const record = { attributes: { record: attributes, resource, scope } };
    for (const one of [evaluation, explaining]) {
      if (i === 0) putRecord(one, record);
      else putOwn(one, record);
      one.decide(0);
    }
    const ids = all.flatMap((groups, p) => {
      const holds = groups.some((one) =>
        one.every((matcher) => matcherHolds(record, matcher, neverCalled)),
      );
      return holds ? [`p${p}`] : [];
    });
    for (const id of ids) want.set(id, (want.get(id) ?? 0) + 1);
    const explained = explaining.explanations[i]!.matched.map(({ id }) => id);
    expect(explained.toSorted()).toEqual(ids.toSorted());
  });
  evaluation.commit();
  for (const { id, hits } of engine.totals()) expect([id, hits]).toEqual([id, want.get(id) ?? 0]);
}

describe("a policy of several groups matches as its groups would, and once", () => {
  test("in small sets", () => {
    const sets = fc.array(fc.array(group, { minLength: 1, maxLength: 4 }), {
      minLength: 1,
      maxLength: 6,
    });
    fc.assert(fc.property(sets, own, own, fc.array(own, { maxLength: 4 }), agrees), {
      numRuns: 300,
    });
  });

  test("in sets in which every condition is shared, so that pairs find the groups", () => {
    const sets = fc.array(fc.array(group, { minLength: 1, maxLength: 3 }), {
      minLength: 40,
      maxLength: 60,
    });
    fc.assert(fc.property(sets, own, own, fc.array(own, { maxLength: 3 }), agrees), {
      numRuns: 60,
    });
  });
});

const has = (text: string): Matcher => ({
  field: { kind: "field", field: "body" },
  condition: { op: "contains", text },
  negate: false,
  caseInsensitive: false,
});

test("a limit is charged once for a record that several groups match", () => {
  const keep = { kind: "rate", count: 2, windowMs: 1000 } as const;
  const own = testEngine([policyOf("a", [has("x")], keep, { otherGroups: [[has("y")]] })]);
  const evaluation = own.engine.evaluation("log")!;
  evaluation.begin();
  const verdicts = ["x y", "z", "y", "x y"].map((body) => {
    putRecord(evaluation, { fields: { body } });
    return evaluation.decide(0);
  });
  evaluation.commit();
  expect(verdicts).toEqual([Verdict.keep, Verdict.keep, Verdict.keep, Verdict.drop]);
  expect(countsOf(own)).toEqual({ a: [3, 0] });
});

test("a policy after one with groups keeps its own matchers", () => {
  const own = testEngine([
    policyOf("a", [has("x")], { kind: "all" }, { otherGroups: [[has("y")], [has("z"), has("w")]] }),
    policyOf("b", [has("w")]),
    policyOf("c", [has("v")], { kind: "all" }, { otherGroups: [[has("x")]] }),
  ]);
  const evaluation = own.engine.evaluation("log")!;
  evaluation.begin();
  const verdicts = ["z", "z w", "y", "v", "x"].map((body) => {
    putRecord(evaluation, { fields: { body } });
    return evaluation.decide(0);
  });
  evaluation.commit();
  expect(verdicts).toEqual([0, 1, 0, 0, 0].map((drop) => (drop ? Verdict.drop : Verdict.keep)));
  expect(countsOf(own)).toEqual({ a: [2, 1], b: [1, 0], c: [2, 0] });
});
