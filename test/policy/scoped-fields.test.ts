// Records that share their named fields: an evaluation in which these last must judge and count
// like one to which they are put again for every record.

import { expect, test } from "bun:test";
import { encodeUtf8 } from "../../src/core/utf8.ts";
import { type Evaluation, Field, type Matcher, Scope } from "../../src/policy/index.ts";
import { countsOf, policyOf, testEngine } from "../support/engine.ts";

const plain = { negate: false, caseInsensitive: false } as const;
const equals = (text: string) =>
  ({ op: "equals", value: { type: "string", value: text } }) as const;
const name = (text: string): Matcher => ({
  ...plain,
  field: { kind: "field", field: "name" },
  condition: equals(text),
});
const attribute = (key: string, text: string): Matcher => ({
  ...plain,
  field: { kind: "attribute", scope: "record", path: [key] },
  condition: equals(text),
});
const not = (matcher: Matcher): Matcher => ({ ...matcher, negate: true });

const POLICIES = [
  [name("a")],
  [name("b"), attribute("x", "1")],
  [not(name("a")), attribute("x", "2")],
  [not(name("c")), not(name("d")), not(attribute("x", "3"))],
  [attribute("x", "4")],
].map((matchers, i) => policyOf(`p${i}`, matchers, { kind: "none" }, { signal: "metric" }));

/** Names of a record, then values of its attribute x, which may come twice. */
const RECORDS: readonly (readonly [readonly string[], readonly string[]])[] = [
  [["a"], []],
  [["b"], ["1"]],
  [["b"], ["2"]],
  [["b"], ["3", "1"]],
  [
    ["c", "a"],
    ["2", "3"],
  ],
  [
    ["c", "a"],
    ["4", "3"],
  ],
  [["c", "d"], ["3"]],
  [
    ["d", "c"],
    ["2", "4"],
  ],
  [[], ["3"]],
  [[], []],
];

/** Judges the records in order; `isScoped`: names are put only when they change. */
function verdicts(evaluation: Evaluation, isScoped: boolean): number[] {
  const { fields, values } = evaluation;
  const nameSlot = fields.fieldSlots[Field.name]!;
  const key = encodeUtf8("x");
  const slot = fields.paths.slot(
    fields.paths.child(fields.paths.root(Scope.record), key, 0, key.length),
  );
  const putNames = (names: readonly string[]): void => {
    for (const text of names) values.addString(nameSlot, encodeUtf8(text), 0, text.length);
  };
  const out: number[] = [];
  let last: readonly string[] | undefined;
  evaluation.begin();
  for (const [names, xs] of [...RECORDS, ...RECORDS.toReversed()]) {
    if (isScoped && names !== last) {
      evaluation.beginScope();
      putNames(names);
      last = names;
    }
    evaluation.beginRecord();
    if (!isScoped) putNames(names);
    for (const text of xs) values.putString(slot, encodeUtf8(text), 0, text.length);
    out.push(evaluation.decide(0));
  }
  evaluation.commit();
  return out;
}

test("verdicts and counts are those of fields that are put for every record", () => {
  const plainEngine = testEngine(POLICIES);
  const scopedEngine = testEngine(POLICIES);
  const want = verdicts(plainEngine.engine.evaluation("metric")!, false);
  const got = verdicts(scopedEngine.engine.evaluation("metric")!.withScopedFields!(), true);
  expect(got).toEqual(want);
  expect(got).toContain(0);
  expect(countsOf(scopedEngine)).toEqual(countsOf(plainEngine));
});

test("a record that goes by two names matches by either, and its negation by none", () => {
  const { engine } = testEngine(POLICIES);
  const evaluation = engine.evaluation("metric")!.withScopedFields!();
  const nameSlot = evaluation.fields.fieldSlots[Field.name]!;
  const judge = (...names: string[]): [number, boolean | undefined] => {
    evaluation.begin();
    for (const text of names) {
      evaluation.values.addString(nameSlot, encodeUtf8(text), 0, text.length);
    }
    evaluation.beginRecord();
    const verdict = evaluation.decide(0);
    const { matching } = evaluation;
    evaluation.commit();
    return [verdict, matching];
  };
  expect(judge("z", "a")).toEqual([1, true]);
  expect(judge("a", "z")).toEqual([1, true]);
  expect(judge("z", "c")).toEqual([0, false]);
  expect(judge("z", "y")).toEqual([1, true]);
});
