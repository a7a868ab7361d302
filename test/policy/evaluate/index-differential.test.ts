// The index against a straightforward reading of the spec, on random policy sets and random
// records.

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import type { AttributeScope, Condition, FieldRef, Matcher } from "../../../src/policy/model.ts";
import { Verdict } from "../../../src/policy/record-port.ts";
import { oracleFind } from "../../suites/regex-oracle.ts";
import { policyOf, testEngine } from "../../support/engine.ts";
import {
  matcherHolds,
  type PlainMap,
  type PlainRecord,
  type PlainValue,
  putOwn,
  putRecord,
} from "../../support/plain-record.ts";

const text = fc.string({
  unit: fc.constantFrom("a", "b", "A", "k", "\u212a", "é", " ", "1"),
  maxLength: 7,
});
const needle = fc.string({
  unit: fc.constantFrom("a", "b", "A", "k", "é"),
  minLength: 1,
  maxLength: 3,
});
const pattern = fc.constantFrom(
  "a",
  "^a",
  "a$",
  "^ab$",
  "^(ab|ba|k)$",
  "a|b1",
  "a+b",
  "^[ab]+$",
  "b.a",
  "(?i)AB",
  "a{2,3}",
  "^.*$",
  "",
  "[^a]k",
  "\\bab\\b",
  "a.*é",
  "(a|b)(1|k)",
);
const numeric = fc.oneof(
  fc.bigInt({ min: -3n, max: 3n }).map((value) => ({ type: "int", value }) as const),
  fc.constantFrom(-1.5, 0, 0.5, 2).map((value) => ({ type: "double", value }) as const),
);
const bound = fc.option(fc.record({ value: numeric, inclusive: fc.boolean() }), { nil: undefined });
const bytes = fc.uint8Array({ minLength: 0, maxLength: 2, max: 3 });

const condition: fc.Arbitrary<Condition> = fc.oneof(
  fc.constant<Condition>({ op: "exists" }),
  fc.record({
    op: fc.constantFrom("starts_with" as const, "ends_with" as const, "contains" as const),
    text: needle,
  }),
  fc.record({ op: fc.constant("regex" as const), pattern }),
  fc.record({
    op: fc.constant("equals" as const),
    value: fc.oneof(
      text.map((value) => ({ type: "string", value }) as const),
      fc.boolean().map((value) => ({ type: "bool", value }) as const),
      bytes.map((value) => ({ type: "bytes", value }) as const),
      numeric,
    ),
  }),
  fc.tuple(bound, bound).map(([min, max]) => ({
    op: "range" as const,
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
  })),
);

const key = fc.constantFrom("x", "y", "z.z");
const attribute = (scopes: readonly AttributeScope[]): fc.Arbitrary<FieldRef> =>
  fc.record({
    kind: fc.constant("attribute" as const),
    scope: fc.constantFrom(...scopes),
    path: fc.array(key, { minLength: 1, maxLength: 2 }),
  });
const field = (...names: string[]): fc.Arbitrary<FieldRef> =>
  fc.constantFrom(...names).map((name) => ({ kind: "field", field: name }) as FieldRef);

const value: fc.Arbitrary<PlainValue> = fc.oneof(
  text,
  fc.bigInt({ min: -3n, max: 3n }),
  fc.constantFrom(-1.5, 0, 0.5, 2, Number.NaN),
  fc.boolean(),
  bytes,
  fc.constant<PlainValue>(["list"]),
);
const map: fc.Arbitrary<PlainMap> = fc.dictionary(
  key,
  fc.oneof(value, fc.dictionary(key, value, { maxKeys: 2 })),
  { maxKeys: 3 },
);

const matcherOn = (ref: fc.Arbitrary<FieldRef>): fc.Arbitrary<Matcher> =>
  fc.record({ field: ref, condition, negate: fc.boolean(), caseInsensitive: fc.boolean() });
const setsOn = (ref: fc.Arbitrary<FieldRef>): fc.Arbitrary<Matcher[][]> =>
  fc.array(fc.array(matcherOn(ref), { minLength: 1, maxLength: 3 }), {
    minLength: 1,
    maxLength: 25,
  });

const answers = new Map<string, boolean>();
const re2 = (source: string, caseInsensitive: boolean, subject: string): boolean => {
  const key = JSON.stringify([source, caseInsensitive, subject]);
  const known = answers.get(key);
  if (known !== undefined) return known;
  const found = oracleFind(source, caseInsensitive, [subject])?.[0] !== null;
  answers.set(key, found);
  return found;
};

describe("the index agrees with looking at every policy in turn", () => {
  test("for logs, also when many records share a resource and a scope", () => {
    const refs = fc.oneof(
      attribute(["record", "resource", "scope"]),
      field("body", "severity_text", "resource_schema_url", "scope_name"),
    );
    const shared = fc.record({ resource: map, scope: map, url: text, name: text });
    const own = fc.record({ body: value, severity: text, record: map });
    fc.assert(
      fc.property(
        setsOn(refs),
        shared,
        fc.array(own, { minLength: 1, maxLength: 5 }),
        (sets, outer, inner) => {
          const ids = sets.map((_, i) => `p${String(i).padStart(2, "0")}`);
          const { engine } = testEngine(
            sets.map((set, i) => policyOf(ids[i]!, set, { kind: "all" })),
          );
          const evaluation = engine.evaluation("log")!;
          const want = new Map<string, number>();
          evaluation.begin();
          inner.forEach((one, i) => {
            const record: PlainRecord = {
              fields: {
                body: one.body,
                severity_text: one.severity,
                resource_schema_url: outer.url,
                scope_name: outer.name,
              },
              attributes: { record: one.record, resource: outer.resource, scope: outer.scope },
            };
            if (i === 0) putRecord(evaluation, record);
            else putOwn(evaluation, record);
            evaluation.decide(0);
            for (const [p, set] of sets.entries()) {
              if (!set.every((matcher) => matcherHolds(record, matcher, re2))) continue;
              want.set(ids[p]!, (want.get(ids[p]!) ?? 0) + 1);
            }
          });
          evaluation.commit();
          const got = new Map(
            engine.totals().flatMap(({ id, hits }) => (hits > 0 ? [[id, hits]] : [])),
          );
          expect(got).toEqual(new Map([...want].sort(([a], [b]) => (a < b ? -1 : 1))));
        },
      ),
      { numRuns: 400 },
    );
  });

  test("for metrics with several data points, and for spans with events and links", () => {
    const metricRefs = fc.oneof(attribute(["record"]), field("name", "metric_type"));
    const traceRefs = fc.oneof(
      attribute(["record", "event"]),
      field("name", "event_name", "link_trace_id"),
    );
    const several = fc.array(map, { maxLength: 3 });
    const names = fc.array(
      text.filter((one) => one !== ""),
      { maxLength: 3 },
    );
    const check = (signal: "metric" | "trace", sets: Matcher[][], record: PlainRecord): void => {
      const { engine } = testEngine(
        sets.map((set, i) => policyOf(`p${i}`, set, { kind: "all" }, { signal })),
      );
      const evaluation = engine.evaluation(signal)!;
      evaluation.begin();
      putRecord(evaluation, record);
      expect(evaluation.decide(0)).toBe(Verdict.keep);
      evaluation.commit();
      const hits = new Set(engine.totals().flatMap(({ id, hits }) => (hits > 0 ? [id] : [])));
      const want = sets.flatMap((set, i) =>
        set.every((matcher) => matcherHolds(record, matcher, re2)) ? [`p${i}`] : [],
      );
      expect(hits).toEqual(new Set(want));
    };
    fc.assert(
      fc.property(setsOn(metricRefs), several, text, (sets, points, name) =>
        check("metric", sets, {
          fields: { name, metric_type: 2n },
          attributes: { record: points },
        }),
      ),
      { numRuns: 200 },
    );
    fc.assert(
      fc.property(
        setsOn(traceRefs),
        several,
        names,
        names,
        map,
        (sets, events, eventNames, links, own) =>
          check("trace", sets, {
            fields: { name: "a", event_name: eventNames, link_trace_id: links },
            attributes: { record: own, event: events },
          }),
      ),
      { numRuns: 200 },
    );
  });

  test("for sets in which every condition is shared by many policies", () => {
    const level = fc.constantFrom<AttributeScope>("record", "scope", "resource");
    const name = fc.constantFrom("x", "y");
    const short = fc.constantFrom("a", "b", "c");
    const shared = fc.record({
      field: fc.record({
        kind: fc.constant("attribute" as const),
        scope: level,
        path: name.map((key) => [key]),
      }),
      condition: fc.oneof(
        short.map((value) => ({ op: "equals", value: { type: "string", value } }) as const),
        short.map((prefix) => ({ op: "starts_with", text: prefix }) as const),
      ),
      negate: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
      caseInsensitive: fc.constant(false),
    });
    const own = fc.dictionary(name, short, { maxKeys: 2 });
    const sets = fc.array(fc.array(shared, { minLength: 1, maxLength: 4 }), {
      minLength: 60,
      maxLength: 120,
    });
    fc.assert(
      fc.property(
        sets,
        own,
        own,
        fc.array(own, { maxLength: 4 }),
        (all, resource, scope, inner) => {
          const { engine } = testEngine(
            all.map((set, i) => policyOf(`p${i}`, set, { kind: "all" })),
          );
          const evaluation = engine.evaluation("log")!;
          const want = new Map<string, number>();
          evaluation.begin();
          inner.forEach((attributes, i) => {
            const record = { attributes: { record: attributes, resource, scope } };
            if (i === 0) putRecord(evaluation, record);
            else putOwn(evaluation, record);
            evaluation.decide(0);
            for (const [p, set] of all.entries()) {
              if (!set.every((matcher) => matcherHolds(record, matcher, re2))) continue;
              want.set(`p${p}`, (want.get(`p${p}`) ?? 0) + 1);
            }
          });
          evaluation.commit();
          for (const { id, hits } of engine.totals())
            expect([id, hits]).toEqual([id, want.get(id) ?? 0]);
        },
      ),
      { numRuns: 150 },
    );
  });
});
