// Filters in OpenTelemetry's own dialect: every form that is read, what it is read as, and what is
// refused, each with its near misses.

import { describe, expect, test } from "bun:test";
import { AUTHORING, decodePolicy, WIRE } from "../../../../src/policy/decode/index.ts";
import type { Policy } from "../../../../src/policy/model.ts";
import { equalsInt, equalsText, field } from "../build.ts";

const BODY = { target: { record_field: "LOG_RECORD_FIELD_BODY" }, predicate: { exists: {} } };
const filter = (log_filter: object, more: object = {}): Policy =>
  decodePolicy({ id: "a", log_filter, ...more }, AUTHORING);
const ofMatcher = (matcher: object): unknown => {
  const { errors, target } = filter({ matches: [matcher], action: "ACTION_DROP" });
  return errors.length > 0 ? errors : [target?.matchers[0]?.field, target?.matchers[0]?.condition];
};
const ofPredicate = (predicate: object, record_field = "BODY"): unknown => {
  const read = ofMatcher({ target: { record_field }, predicate }) as readonly unknown[];
  return typeof read[0] === "string" ? read : read[1];
};
const refused = (text: string): readonly string[] => [`log_filter: matches[0]: ${text}`];

describe("a filter", () => {
  test("has matchers and an action, which is short, full or a number", () => {
    const matchers = [
      { field: field("body"), condition: { op: "exists" }, negate: true, caseInsensitive: false },
    ] as const;
    const of = (action: unknown) => filter({ matches: [{ ...BODY, negate: true }], action });
    const target = (kind: string) => ({ signal: "log", dialect: "otel", matchers, keep: { kind } });
    expect(["ACTION_DROP", "drop", 2].map((action) => of(action).target)).toEqual(
      [0, 0, 0].map(() => target("otel_drop") as never),
    );
    expect(["ACTION_KEEP", "KEEP", 1].map((action) => of(action).target)).toEqual(
      [0, 0, 0].map(() => target("otel_keep") as never),
    );
  });

  test("needs no name, and is enabled unless it says otherwise, on the wire as well", () => {
    const wired = (more: object) =>
      decodePolicy({ id: "a", logFilter: { matches: [BODY], action: 2 }, ...more }, WIRE);
    const read = [wired({}), wired({ enabled: false }), wired({ name: "A" })];
    expect(read.map(({ name, enabled, errors }) => [name, enabled, errors])).toEqual([
      ["a", true, []],
      ["a", false, []],
      ["A", true, []],
    ]);
    const tero = decodePolicy({ id: "a", log: { match: [{ logField: 1, exists: true }] } }, WIRE);
    expect([tero.enabled, tero.errors]).toEqual([
      false,
      ["policy: name is missing; every policy needs one"],
    ]);
  });

  test("is refused without an action, without matchers, and beside another target", () => {
    expect(filter({ matches: [BODY] }).errors).toEqual([
      "log_filter: action: missing; write ACTION_KEEP or ACTION_DROP",
    ]);
    expect(filter({ action: "ACTION_DROP" }).errors).toEqual([
      "log_filter: matches: no matchers; give at least one",
    ]);
    const log = { match: [{ log_field: "body", exists: true }] };
    expect(filter({ matches: [BODY], action: 1 }, { log }).errors).toEqual([
      "policy: several targets: log, log_filter; give exactly one",
    ]);
    expect(filter({ matches: [BODY], action: 1 }, { extensions: [] }).errors).toEqual([
      "policy: extensions: not of OpenTelemetry's policies; take them away",
    ]);
  });
});

describe("a matcher", () => {
  test("names its target in every way that the draft has", () => {
    const attribute = (scope: string, ...path: string[]) => ({ kind: "attribute", scope, path });
    const cases: [object, unknown][] = [
      [{ record_field: "LOG_RECORD_FIELD_SEVERITY_NUMBER" }, field("severity_number")],
      [{ recordField: 6 }, field("event_name")],
      [{ scope_field: "SCOPE_FIELD_NAME" }, field("scope_name")],
      [{ scope_field: "VERSION" }, field("scope_version")],
      [{ scope_field: 3 }, field("scope_schema_url")],
      [{ log_attribute: "a.b" }, attribute("record", "a.b")],
      [{ resource_attribute: ["a", "b"] }, attribute("resource", "a", "b")],
      [{ scope_attribute: { path: ["0", "b1"] } }, attribute("scope", "0", "b1")],
    ];
    for (const [target, want] of cases) {
      expect(ofMatcher({ target, predicate: { exists: {} } })).toEqual([want, { op: "exists" }]);
      expect(ofMatcher({ ...target, exists: {} })).toEqual([want, { op: "exists" }]);
    }
  });

  test("has one predicate", () => {
    expect(ofPredicate({ equals: "x" })).toEqual(equalsText("x"));
    expect(ofPredicate({ equals: { int_value: "5" } })).toEqual(equalsInt(5n));
    expect(ofPredicate({ regex: "^x" })).toEqual({ op: "regex", pattern: "^x" });
    expect(ofPredicate({ contains: "x" })).toEqual({
      op: "holds",
      value: { type: "string", value: "x" },
    });
    expect(ofPredicate({ contains: 5 })).toEqual({
      op: "holds",
      value: { type: "int", value: 5n },
    });
    expect(ofPredicate({ contains: { stringValue: "x" } }, "EVENT_NAME")).toEqual({
      op: "contains",
      text: "x",
    });
    const value = { type: "int", value: 17n };
    expect(ofPredicate({ gte: 17 }, "SEVERITY_NUMBER")).toEqual({
      op: "range",
      min: { value, inclusive: true },
    });
    expect(ofPredicate({ lt: 17 }, "SEVERITY_NUMBER")).toEqual({
      op: "range",
      max: { value, inclusive: false },
    });
    expect(ofPredicate({ equals: "ab" }, "SPAN_ID")).toEqual(equalsText("ab"));
  });

  const mistakes: [object, string][] = [
    [
      { target: { record_field: "BODY" } },
      "no predicate; give one of exists, equals, regex, gt, gte, lt, lte, contains",
    ],
    [
      { ...BODY, predicate: {} },
      "predicate: no predicate; give one of exists, equals, regex, gt, gte, lt, lte, contains",
    ],
    [
      { ...BODY, predicate: { exists: {}, gt: 1 } },
      "predicate: several predicates: exists, gt; give exactly one",
    ],
    [
      { ...BODY, predicate: { exists: true } },
      "predicate: exists: expected {}, found true; absence is {} with negate: true",
    ],
    [{ ...BODY, equals: "x" }, "put equals inside predicate"],
    [
      { ...BODY, predicate: { exact: "x" } },
      'predicate: unknown key "exact"; known keys: exists, equals, regex, gt, gte, lt, lte, contains',
    ],
    [{ ...BODY, target: { log_attribute: [] } }, "target: attribute has empty path"],
    [
      { ...BODY, predicate: { equals: { hex_value: "ab" } } },
      "predicate: equals: hex_value is not of this dialect; ids are texts",
    ],
  ];
  for (const [matcher, want] of mistakes) {
    test(`is refused: ${want}`, () => {
      const read = ofMatcher(matcher) as readonly string[];
      expect(read[0]).toBe(refused(want)[0]);
    });
  }

  test("of an id or a severity reads texts that are not what others see there", () => {
    const read = (predicate: object, record_field: string) =>
      ofMatcher({ target: { record_field }, predicate });
    const asText = (name: "trace_id" | "severity_number") => ({ ...field(name), as: "text" });
    expect(read({ equals: "AB" }, "TRACE_ID")).toEqual([asText("trace_id"), equalsText("AB")]);
    expect(read({ equals: "ab" }, "TRACE_ID")).toEqual([field("trace_id"), equalsText("ab")]);
    const pattern = { op: "regex", pattern: "^1" };
    expect(read({ regex: "^1" }, "SEVERITY_NUMBER")).toEqual([asText("severity_number"), pattern]);
    expect(read({ regex: "^1" }, "TRACE_ID")).toEqual([field("trace_id"), pattern]);
  });

  test("with digits behind the first segment may lead into arrays", () => {
    const read = (path: readonly (string | number)[]) =>
      (ofMatcher({ target: { log_attribute: path }, predicate: { exists: {} } }) as object[])[0];
    const attribute = (...path: string[]) => ({ kind: "attribute", scope: "record", path });
    expect(read(["a", "0"])).toEqual({ ...attribute("a", "0"), intoLists: true });
    expect(read(["a", 1, "b"])).toEqual({ ...attribute("a", "1", "b"), intoLists: true });
    expect(read(["0", "a"])).toEqual(attribute("0", "a"));
    expect(read(["a", "1b"])).toEqual(attribute("a", "1b"));
  });
});
