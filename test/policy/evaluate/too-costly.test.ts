// A record has a bounded time. What is decided by then holds; what is not fails open and is
// counted; what may have to be redacted is replaced whole.

import { describe, expect, test } from "bun:test";
import type { FieldRef, Matcher, Policy, Transform } from "../../../src/policy/model.ts";
import type { Evaluation } from "../../../src/policy/record-port.ts";
import { policyOf, type TestEngine, testEngine } from "../../support/engine.ts";
import { type Editable, plainEditor } from "../../support/plain-editor.ts";
import { putRecord } from "../../support/plain-record.ts";

const body: FieldRef = { kind: "field", field: "body" };
const level: FieldRef = { kind: "field", field: "severity_text" };
const attribute = (key: string): FieldRef => ({ kind: "attribute", scope: "record", path: [key] });
const matching = (pattern: string, field: FieldRef = body, negate = false): Matcher => ({
  field,
  condition: { op: "regex", pattern },
  negate,
  caseInsensitive: false,
});
const equals = (field: FieldRef, value: string): Matcher => ({
  field,
  condition: { op: "equals", value: { type: "string", value } },
  negate: false,
  caseInsensitive: false,
});
const redacting = (id: string, matchers: readonly Matcher[], more: Partial<Transform> = {}) =>
  policyOf(
    id,
    matchers,
    { kind: "all" },
    {
      transform: { redact: [{ field: body, regex: "secret", replacement: "***" }], ...more },
    },
  );

/** Reads for longer than a record may take, and is in no record here. */
const COSTLY = "[a-m][a-z0-9 ]{300}[A-Z]";
const LONG = "a1 secret b2 ".repeat(160_000);
const SHORT = "a secret";

interface Judged {
  readonly verdict: number;
  readonly record: Editable;
  readonly matches: readonly string[] | undefined;
}

function judge(
  evaluation: Evaluation,
  text: string,
  attributes: Editable["attributes"] = {},
  fields: Record<string, string> = {},
): Judged {
  const record: Editable = { fields: { body: text, ...fields }, attributes: { ...attributes } };
  evaluation.begin();
  putRecord(evaluation, { fields: { body: text, ...fields } });
  const verdict = evaluation.decide(0);
  const matches = evaluation.lastMatches?.();
  if (verdict === 2) evaluation.editRecord(plainEditor(record));
  evaluation.commit();
  return { verdict, record, matches };
}

/** The clock goes on by 30 ms with each look. */
function slowEngine(policies: readonly Policy[]): { own: TestEngine; evaluation: Evaluation } {
  const own = testEngine(policies);
  own.tickMs = 30;
  return { own, evaluation: own.engine.evaluation("log")! };
}

describe("when the time of a record is over", () => {
  test("what a policy hides is hidden when any of its groups may match, and only then", () => {
    const first = equals(level, "x");
    const grouped = (second: readonly Matcher[]): Policy => {
      const { target, ...policy } = redacting("hides", [first]);
      return { ...policy, target: { ...target!, otherGroups: [second] } };
    };
    const may = slowEngine([grouped([matching(COSTLY)])]);
    expect(judge(may.evaluation, LONG).record.fields).toEqual({ body: "***" });
    const other = equals(level, "y");
    const cannot = slowEngine([grouped([matching(COSTLY), other])]);
    expect(judge(cannot.evaluation, LONG, {}, { severity_text: "z" }).record.fields).toEqual({
      body: LONG,
      severity_text: "z",
    });
  });

  test("a drop that is not decided yet is none, and is counted", () => {
    const { evaluation } = slowEngine([policyOf("costly", [matching(COSTLY)])]);
    expect(judge(evaluation, LONG).verdict).toBe(0);
    expect(evaluation.takeTooCostly?.()).toEqual({ records: 1, values: 0 });
    expect(judge(evaluation, SHORT).verdict).toBe(0);
    expect(evaluation.takeTooCostly?.()).toEqual({ records: 0, values: 0 });
  });

  test("a negated matcher that is not decided does not hold", () => {
    const { evaluation } = slowEngine([policyOf("costly", [matching(COSTLY, body, true)])]);
    expect(judge(evaluation, LONG).verdict).toBe(0);
    expect(judge(evaluation, SHORT).verdict).toBe(1);
    expect(evaluation.takeTooCostly?.()).toEqual({ records: 1, values: 0 });
  });

  test("what another policy decides without that time holds", () => {
    const { evaluation } = slowEngine([
      policyOf("costly", [matching(COSTLY)]),
      policyOf("drops", [equals(level, "DEBUG")]),
    ]);
    expect(judge(evaluation, LONG, {}, { severity_text: "DEBUG" }).verdict).toBe(1);
    expect(evaluation.takeTooCostly?.()).toEqual({ records: 0, values: 0 });
    expect(judge(evaluation, LONG, {}, { severity_text: "INFO" }).verdict).toBe(0);
    expect(evaluation.takeTooCostly?.()).toEqual({ records: 1, values: 0 });
  });

  test("a policy that may match hides whole values, and does nothing else", () => {
    const { own, evaluation } = slowEngine([
      redacting("costly", [matching(COSTLY)], {
        remove: [attribute("token"), attribute("absent")],
        add: [{ field: attribute("added"), value: { type: "string", value: "x" }, upsert: true }],
        rename: [{ from: attribute("kept"), to: "renamed", upsert: true }],
        redact: [
          { field: body, regex: "secret", replacement: "***" },
          { field: attribute("user"), replacement: "[USER]" },
        ],
      }),
    ]);
    // For matching that is over, for edits it is not.
    own.tickMs = 3;
    const attributes = { kept: "yes", user: "bob", token: "t" };
    const { verdict, record } = judge(evaluation, LONG, attributes);
    expect(verdict).toBe(2);
    expect(record).toEqual({
      fields: { body: "***" },
      attributes: { kept: "yes", user: "[USER]" },
    });
    expect(evaluation.takeTooCostly?.()).toEqual({ records: 1, values: 2 });
    const { hits, misses, redact, remove } = own.engine.totals()[0]!;
    expect({ hits, misses, redact, remove }).toEqual({
      hits: 0,
      misses: 0,
      redact: { hits: 2, misses: 0 },
      remove: { hits: 1, misses: 1 },
    });
  });

  test("a policy that only removes does so when it may match", () => {
    const { evaluation } = slowEngine([
      redacting("costly", [matching(COSTLY)], { remove: [attribute("token")], redact: [] }),
    ]);
    const { verdict, record } = judge(evaluation, LONG, { token: "t", kept: "yes" });
    expect([verdict, record.attributes]).toEqual([2, { kept: "yes" }]);
    expect(judge(evaluation, SHORT, { token: "t" }).record.attributes).toEqual({ token: "t" });
    expect(evaluation.takeTooCostly?.()).toEqual({ records: 1, values: 1 });
  });

  test("a policy that redacts and is known not to match redacts nothing", () => {
    const { evaluation } = slowEngine([
      redacting("other", [equals(level, "DEBUG"), matching(COSTLY)]),
      policyOf("costly", [matching(COSTLY)]),
    ]);
    const { verdict, record } = judge(evaluation, LONG, {}, { severity_text: "INFO" });
    expect([verdict, record.fields["body"] === LONG]).toEqual([0, true]);
    expect(evaluation.takeTooCostly?.()).toEqual({ records: 1, values: 0 });
  });

  test("a policy whose match another one's regex did not leave time for may match, too", () => {
    const { evaluation } = slowEngine([
      policyOf("costly", [matching(COSTLY)]),
      redacting("z", [matching("[a-c][0-9]{2}")]),
    ]);
    expect(judge(evaluation, LONG).record.fields["body"]).toBe("***");
    expect(judge(evaluation, SHORT).record.fields["body"]).toBe(SHORT);
  });

  test("a matched policy redacts whole values when its own search takes too long", () => {
    const { own, evaluation } = slowEngine([
      redacting("costly", [matching("secret")], {
        redact: [{ field: body, regex: `X.{300}[0-9]|secret`, replacement: "<$0>" }],
      }),
    ]);
    expect(judge(evaluation, LONG.slice(0, 400_000)).record.fields["body"]).toBe("<>");
    expect(evaluation.takeTooCostly?.()).toEqual({ records: 0, values: 1 });
    expect(judge(evaluation, SHORT).record.fields["body"]).toBe("a <secret>");
    expect(own.engine.totals()[0]).toMatchObject({ hits: 2, redact: { hits: 2, misses: 0 } });
  });

  test("a value of which redacting makes too much is replaced whole, with time left", () => {
    const { own, evaluation } = slowEngine([
      redacting("grows", [matching("secret")], {
        redact: [{ field: body, regex: "e", replacement: "y".repeat(100_000) }],
      }),
    ]);
    own.tickMs = 0;
    const { record } = judge(evaluation, "secret eeeeeeeee");
    expect(record.fields["body"]).toBe("y".repeat(100_000));
    expect(evaluation.takeTooCostly?.()).toEqual({ records: 0, values: 1 });
  });

  test("what lasts for a resource stays undecided for all of its records", () => {
    const service = { kind: "attribute", scope: "resource", path: ["name"] } as const;
    const { evaluation } = slowEngine([policyOf("costly", [matching(COSTLY, service)])]);
    const slot = evaluation.fields.paths.slot(
      evaluation.fields.paths.child(
        evaluation.fields.paths.root(1),
        new TextEncoder().encode("name"),
        0,
        4,
      ),
    );
    const bytes = new TextEncoder().encode(LONG);
    evaluation.begin();
    evaluation.beginResource();
    evaluation.values.putString(slot, bytes, 0, bytes.length);
    evaluation.beginScope();
    for (let i = 0; i < 3; i++) {
      evaluation.beginRecord();
      expect(evaluation.decide(0)).toBe(0);
    }
    evaluation.beginResource();
    evaluation.values.putString(slot, bytes, 0, 10);
    evaluation.beginScope();
    evaluation.beginRecord();
    expect(evaluation.decide(0)).toBe(0);
    evaluation.commit();
    expect(evaluation.takeTooCostly?.()).toEqual({ records: 3, values: 0 });
  });
});

describe("when the time for edits is over", () => {
  const redacts = (key: string) => ({ field: attribute(key), replacement: "[X]" });
  const x = { type: "string", value: "x" } as const;
  const adds = (key: string) => ({ field: attribute(key), value: x, upsert: false });
  const edits = (id: string, transform: Partial<Transform>): Policy =>
    policyOf(id, [matching("secret")], { kind: "all" }, { transform });
  const attributes = { a: "1", b: "2", c: "3" };

  test("what is still to be hidden goes with all that the record says", () => {
    const { own, evaluation } = slowEngine([
      edits("1", { redact: [redacts("a"), redacts("b")] }),
      edits("2", { redact: [redacts("c")], add: [adds("d")] }),
    ]);
    own.tickMs = 10;
    expect(judge(evaluation, LONG, attributes).record).toEqual({ fields: {}, attributes: {} });
    expect(evaluation.takeTooCostly?.()).toEqual({ records: 1, values: 1 });
    const [first, second] = own.engine.totals();
    expect([first!.redact, second!.redact, second!.add]).toEqual([
      { hits: 2, misses: 0 },
      { hits: 0, misses: 1 },
      { hits: 0, misses: 0 },
    ]);
    expect(judge(evaluation, SHORT, attributes).record.attributes).toEqual({
      a: "[X]",
      b: "[X]",
      c: "[X]",
      d: "x",
    });
    expect(evaluation.takeTooCostly?.()).toEqual({ records: 0, values: 0 });
  });

  test("what only adds and renames is left undone, and nothing is taken out", () => {
    const { own, evaluation } = slowEngine([
      edits("1", { redact: [redacts("a"), redacts("b")] }),
      edits("2", { add: [adds("d")], rename: [{ from: attribute("c"), to: "e", upsert: true }] }),
    ]);
    own.tickMs = 10;
    const { record } = judge(evaluation, LONG, attributes);
    expect(record.attributes).toEqual({ a: "[X]", b: "[X]", c: "3" });
    expect(record.fields["body"]).toBe(LONG);
    expect(evaluation.takeTooCostly?.()).toEqual({ records: 1, values: 0 });
  });

  test("a thread that was held up is no large record", () => {
    const { own, evaluation } = slowEngine([
      edits("1", { redact: [redacts("a"), redacts("b"), redacts("c")] }),
    ]);
    own.tickMs = 1000;
    const text = "secret ".repeat(10_000);
    expect(judge(evaluation, text, attributes).record).toEqual({
      fields: { body: text },
      attributes: { a: "[X]", b: "[X]", c: "[X]" },
    });
    expect(evaluation.takeTooCostly?.()).toEqual({ records: 0, values: 0 });
  });
});

test("a record within its time is decided, however costly its policies are", () => {
  const own = testEngine([policyOf("costly", [matching(COSTLY)])]);
  const evaluation = own.engine.evaluation("log")!;
  const text = `${LONG.slice(0, 5000)}a${"b".repeat(300)}C`;
  expect(judge(evaluation, text).verdict).toBe(1);
  expect(evaluation.takeTooCostly?.()).toEqual({ records: 0, values: 0 });
});

test("of records that spent what a body may, costly ones fail open and plain ones are decided", () => {
  const text = "abc def0 1234 ".repeat(64);
  const { engine } = testEngine([
    policyOf("costly", [matching("[a-m][a-z0-9 ]{500}[A-Z]")]),
    policyOf("plain", [matching("[0-9] x[0-9]+$", level)]),
  ]);
  const evaluation = engine.evaluation("log")!;
  /** Has so many records of each kind judged as one body; those that were costly. */
  const judgeBody = (count: number): number => {
    evaluation.begin();
    for (let i = 0; i < count; i++) {
      putRecord(evaluation, { fields: { body: text } });
      expect(evaluation.decide(0)).toBe(0);
      putRecord(evaluation, { fields: { severity_text: "1 x22" } });
      expect(evaluation.decide(0)).toBe(1);
    }
    evaluation.commit();
    return evaluation.takeTooCostly?.().records ?? 0;
  };
  const undecided = judgeBody(500);
  expect(undecided).toBeGreaterThan(100);
  expect(undecided).toBeLessThan(500);
  // The next body begins anew.
  expect(judgeBody(1)).toBe(0);
});
