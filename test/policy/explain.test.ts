// Explanations: their text, and that they agree with evaluating.

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import type { Condition, FieldRef, Keep, Matcher } from "../../src/policy/model.ts";
import type { RecordExplanation } from "../../src/policy/explanation.ts";
import { countsOf, policyOf, testEngine } from "../support/engine.ts";
import { plainEditor } from "../support/plain-editor.ts";
import { type PlainRecord, putRecord } from "../support/plain-record.ts";

const body: FieldRef = { kind: "field", field: "body" };
const level: FieldRef = { kind: "attribute", scope: "record", path: ["http", "status"] };
const matcher = (field: FieldRef, condition: Condition, negate = false): Matcher => ({
  field,
  condition,
  negate,
  caseInsensitive: false,
});
const has = (text: string): Matcher => matcher(body, { op: "contains", text });
const status500 = matcher(level, { op: "equals", value: { type: "int", value: 500n } });

describe("an explanation", () => {
  test("names what matched by which value, what won and why, and what came close", () => {
    const { engine } = testEngine([
      policyOf("drop-health", [has("/health")]),
      policyOf("keep-all", [has("GET"), matcher(level, { op: "exists" })], { kind: "all" }),
      policyOf("near", [has("GET"), status500, has("nothing")]),
      policyOf("far", [has("nothing")]),
    ]);
    const evaluation = engine.explaining("log")!;
    evaluation.begin();
    putRecord(evaluation, {
      fields: { body: "GET /health" },
      attributes: { record: { http: { status: 200n } } },
    });
    evaluation.decide(0);
    evaluation.commit();
    expect(evaluation.explanations).toEqual([
      {
        verdict: "drop",
        matched: [
          {
            id: "drop-health",
            name: "Policy drop-health",
            keep: "none",
            matchers: [
              { matcher: 'body contains "/health"', values: ['"GET /health"'], holds: true },
            ],
          },
          {
            id: "keep-all",
            name: "Policy keep-all",
            keep: "all",
            matchers: [
              { matcher: 'body contains "GET"', values: ['"GET /health"'], holds: true },
              {
                matcher: 'record attribute ["http","status"] exists',
                values: ["200"],
                holds: true,
              },
            ],
          },
        ],
        nearMisses: [
          {
            id: "near",
            name: "Policy near",
            keep: "none",
            holding: 1,
            matchers: [
              { matcher: 'body contains "GET"', values: ['"GET /health"'], holds: true },
              {
                matcher: 'record attribute ["http","status"] equals 500',
                values: ["200"],
                holds: false,
              },
              { matcher: 'body contains "nothing"', values: ['"GET /health"'], holds: false },
            ],
            firstFailed: {
              matcher: 'record attribute ["http","status"] equals 500',
              values: ["200"],
              holds: false,
            },
          },
        ],
        winner: { id: "drop-health", why: "keep none is the most restrictive of 2" },
        edits: [],
      },
    ]);
  });

  test("shows the group that holds, or of those that do not the nearest", () => {
    const other = { matcher: 'body contains "x"', values: ['"y z"'], holds: false };
    const held = { matcher: 'body contains "y"', values: ['"y z"'], holds: true };
    const { engine } = testEngine([
      policyOf("a", [has("x")], { kind: "all" }, { otherGroups: [[has("y")], [has("z")]] }),
      policyOf("b", [has("x")], { kind: "all" }, { otherGroups: [[has("y"), has("x")]] }),
      policyOf("c", [has("y")], { kind: "all" }, { otherGroups: [] }),
    ]);
    const evaluation = engine.explaining("log")!;
    evaluation.begin();
    putRecord(evaluation, { fields: { body: "y z" } });
    evaluation.decide(0);
    const [{ matched, nearMisses }] = evaluation.explanations as [RecordExplanation];
    expect(matched.map(({ id, group, matchers }) => [id, group, matchers])).toEqual([
      ["a", 1, [held]],
      ["c", 0, [held]],
    ]);
    expect(nearMisses.map(({ id, group, matchers }) => [id, group, matchers])).toEqual([
      ["b", 1, [held, other]],
    ]);
  });

  test("shows each edit before and after, in the order in which they run", () => {
    const user: FieldRef = { kind: "attribute", scope: "record", path: ["user"] };
    const { engine } = testEngine([
      policyOf(
        "a",
        [has("x")],
        { kind: "all" },
        {
          transform: {
            redact: [{ field: user, replacement: "[$0]", regex: "[0-9]+" }],
            rename: [{ from: user, to: "who", upsert: false }],
            remove: [{ kind: "attribute", scope: "record", path: ["absent"] }],
          },
        },
      ),
    ]);
    const evaluation = engine.explaining("log")!;
    evaluation.begin();
    putRecord(evaluation, { fields: { body: "x" } });
    evaluation.decide(0);
    evaluation.editRecord(plainEditor({ fields: {}, attributes: { user: "u12" } }));
    evaluation.commit();
    expect(evaluation.explanations[0]?.edits).toEqual([
      {
        policy: "a",
        operation: 'remove record attribute "absent"',
        before: undefined,
        after: undefined,
        changed: false,
      },
      {
        policy: "a",
        operation: 'redact matches in record attribute "user"',
        before: "u12",
        after: "u[12]",
        changed: true,
      },
      {
        policy: "a",
        operation: 'rename record attribute "user" to "who"',
        before: "u[12]",
        after: undefined,
        changed: true,
      },
    ]);
  });

  test("says that a policy of one matcher would match in another case, and of no other one", () => {
    const equals = (text: string): Matcher =>
      matcher(body, { op: "equals", value: { type: "string", value: text } });
    const { engine } = testEngine([
      policyOf("equal", [equals("DEBUG")]),
      policyOf("part", [has("EBU")]),
      policyOf("other", [equals("DEBUGS")]),
      policyOf("not", [matcher(body, { op: "contains", text: "debug" }, true)]),
    ]);
    const evaluation = engine.explaining("log")!;
    evaluation.begin();
    putRecord(evaluation, { fields: { body: "debug" } });
    evaluation.decide(0);
    evaluation.commit();
    const [{ nearMisses }] = evaluation.explanations as [(typeof evaluation.explanations)[0]];
    expect(nearMisses.map(({ id, firstFailed }) => [id, firstFailed.butForCase])).toEqual([
      ["equal", true],
      ["part", true],
    ]);
  });

  test("counts nothing and charges no rate limit", () => {
    const rate: Keep = { kind: "rate", count: 1, windowMs: 1000 };
    const own = testEngine([policyOf("a", [has("x")], rate)]);
    const evaluation = own.engine.explaining("log")!;
    for (let i = 0; i < 3; i++) {
      evaluation.begin();
      putRecord(evaluation, { fields: { body: "x" } });
      evaluation.decide(0);
      evaluation.commit();
    }
    expect(evaluation.explanations.map(({ verdict }) => verdict)).toEqual(["keep", "keep", "keep"]);
    expect(countsOf(own)).toEqual({});
  });

  test("agrees with evaluating about the verdict and about who matched", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 4 });
    const condition: fc.Arbitrary<Condition> = fc.oneof(
      fc.constant<Condition>({ op: "exists" }),
      fc.record({
        op: fc.constantFrom("contains" as const, "starts_with" as const, "ends_with" as const),
        text: fc.string({ unit: fc.constantFrom("a", "b"), minLength: 1, maxLength: 2 }),
      }),
      text.map((value) => ({ op: "equals", value: { type: "string", value } }) as const),
      fc.constantFrom("a+b", "^a|b$").map((pattern) => ({ op: "regex", pattern }) as const),
    );
    const one = fc.tuple(fc.constantFrom(body, level), condition, fc.boolean());
    const keep = fc.constantFrom<Keep>(
      { kind: "none" },
      { kind: "all" },
      { kind: "percent", percent: 50 },
    );
    const set = fc.array(fc.tuple(fc.array(one, { minLength: 1, maxLength: 3 }), keep), {
      maxLength: 15,
    });
    fc.assert(
      fc.property(set, text, text, fc.constantFrom(0.2, 0.8), (policies, first, second, random) => {
        const own = testEngine(
          policies.map(([matchers, how], i) =>
            policyOf(
              `p${i}`,
              matchers.map((parts) => matcher(...parts)),
              how,
            ),
          ),
        );
        own.random = random;
        const record: PlainRecord = {
          fields: { body: first },
          attributes: { record: { http: { status: second } } },
        };
        const [evaluation, explaining] = [
          own.engine.evaluation("log"),
          own.engine.explaining("log"),
        ];
        if (evaluation === undefined || explaining === undefined) return;
        const verdicts = [evaluation, explaining].map((each) => {
          each.begin();
          putRecord(each, record);
          const verdict = each.decide(0);
          each.commit();
          return verdict;
        });
        expect(verdicts[1]).toBe(verdicts[0]);
        const [explanation] = explaining.explanations;
        const counted = own.engine.totals().filter(({ hits, misses }) => hits + misses > 0);
        const ids = counted.map(({ id }) => id);
        expect(explanation?.matched.map(({ id }) => id)).toEqual(ids);
      }),
      { numRuns: 400 },
    );
  });
});
