// Every spelling of a matcher and what it decodes to; every mistake and what is said of it.

import { describe, expect, test } from "bun:test";
import type { Matcher } from "../../../src/policy/model.ts";
import {
  authored,
  equalsInt,
  equalsText,
  field,
  logMatcher,
  matcherErrors,
  metricMatcher,
  traceMatcher,
  wired,
} from "./build.ts";

const CONDITIONS =
  "exact, regex, exists, starts_with, ends_with, contains, equals, gt, gte, lt, lte";
const LOG_SELECTORS =
  "log_field, log_attribute, resource_attribute, scope_attribute, " +
  "log_body, log_severity_text, log_severity_number, scope_name, scope_version";
const plain = { negate: false, caseInsensitive: false };

describe("field names", () => {
  for (const spelling of ["body", "BODY", "LOG_FIELD_BODY", "log_field_body", "Body", 1, 1n]) {
    test(`log_field ${String(spelling)} (${typeof spelling}) is the body`, () => {
      expect(logMatcher({ log_field: spelling, exists: true })).toEqual({
        field: field("body"),
        condition: { op: "exists" },
        ...plain,
      });
    });
  }

  const numbered: [string, number, Matcher["field"]][] = [
    ["severity_text", 2, field("severity_text")],
    ["trace_id", 3, field("trace_id")],
    ["span_id", 4, field("span_id")],
    ["event_name", 5, field("event_name")],
    ["resource_schema_url", 10, field("resource_schema_url")],
    ["scope_schema_url", 11, field("scope_schema_url")],
  ];
  for (const [name, number, ref] of numbered) {
    test(`log_field ${name} has number ${number}`, () => {
      expect(logMatcher({ log_field: name, exists: true }).field).toEqual(ref);
      expect(logMatcher({ logField: number, exists: true }).field).toEqual(ref);
    });
  }

  test("metric fields have the numbers of the schema", () => {
    const names = [1, 2, 3, 10, 11, 12, 13].map(
      (number) => metricMatcher({ metric_field: number, exists: true }).field,
    );
    expect(names).toEqual(
      (
        [
          "name",
          "description",
          "unit",
          "resource_schema_url",
          "scope_schema_url",
          "scope_name",
          "scope_version",
        ] as const
      ).map(field),
    );
  });

  test("trace fields have the numbers of the schema", () => {
    const names = [1, 2, 3, 4, 5, 10, 11, 12, 13].map(
      (number) => traceMatcher({ trace_field: number, exists: true }).field,
    );
    expect(names).toEqual(
      (
        [
          "name",
          "trace_id",
          "span_id",
          "parent_span_id",
          "trace_state",
          "resource_schema_url",
          "scope_schema_url",
          "scope_name",
          "scope_version",
        ] as const
      ).map(field),
    );
    expect(traceMatcher({ traceField: "TRACE_FIELD_TRACE_STATE", exists: true }).field).toEqual(
      field("trace_state"),
    );
  });

  test("log fields beyond the spec are known by name", () => {
    for (const name of ["severity_number", "scope_name", "scope_version"] as const) {
      expect(logMatcher({ log_field: name, exists: true }).field).toEqual(field(name));
    }
  });

  test("unknown and unspecified names are errors with a cure", () => {
    expect(matcherErrors("log", { log_field: "bodyy", exists: true })).toEqual([
      'log: match[0]: unknown log_field "bodyy"; did you mean "body"?',
    ]);
    expect(matcherErrors("metric", { metric_type: "guage" })).toEqual([
      'metric: match[0]: unknown metric_type "guage"; did you mean "gauge"?',
    ]);
    expect(matcherErrors("metric", { metric_type: 77 })).toEqual([
      "metric: match[0]: unknown metric_type 77; " +
        "use one of gauge, sum, histogram, exponential_histogram, summary",
    ]);
    expect(matcherErrors("metric", { aggregation_temporality: 0 })).toEqual([
      "metric: match[0]: aggregation_temporality is unspecified; use one of delta, cumulative",
    ]);
    expect(matcherErrors("trace", { span_kind: "SPAN_KIND_UNSPECIFIED" })).toEqual([
      "trace: match[0]: span_kind is unspecified; " +
        "use one of internal, server, client, producer, consumer",
    ]);
    expect(matcherErrors("trace", { trace_field: true, exists: true })).toEqual([
      "trace: match[0]: unknown trace_field true; use one of name, trace_id, span_id, " +
        "parent_span_id, trace_state, resource_schema_url, scope_schema_url, scope_name, " +
        "scope_version",
    ]);
  });
});

describe("attribute paths", () => {
  const ref = (scope: string, ...path: string[]) => ({ kind: "attribute", scope, path });

  test("are one string, a list, or an object with a path", () => {
    const paths = [
      "http.method",
      ["http.method"],
      { path: ["http.method"] },
      { path: "http.method" },
    ].map((path) => logMatcher({ log_attribute: path, exists: true }).field);
    expect(paths).toEqual(paths.map(() => ref("record", "http.method")) as never);
  });

  test("keep their segments, whole numbers included", () => {
    expect(logMatcher({ log_attribute: ["a", 0, 12n, "b c"], exists: true }).field).toEqual(
      ref("record", "a", "0", "12", "b c") as never,
    );
  });

  test("start in the scope that the selector names", () => {
    expect([
      logMatcher({ log_attribute: "k", exists: true }).field,
      logMatcher({ resourceAttribute: "k", exists: true }).field,
      logMatcher({ scope_attribute: "k", exists: true }).field,
      metricMatcher({ datapoint_attribute: "k", exists: true }).field,
      traceMatcher({ span_attribute: "k", exists: true }).field,
      traceMatcher({ eventAttribute: "k", exists: true }).field,
    ]).toEqual([
      ref("record", "k"),
      ref("resource", "k"),
      ref("scope", "k"),
      ref("record", "k"),
      ref("record", "k"),
      ref("event", "k"),
    ] as never);
  });

  for (const empty of [[], "", {}, { path: [] }, { path: "" }]) {
    test(`${JSON.stringify(empty)} is an empty path`, () => {
      expect(matcherErrors("log", { log_attribute: empty, exists: true })).toEqual([
        "log: match[0]: attribute has empty path",
      ]);
    });
  }

  test("of other things are errors", () => {
    expect(matcherErrors("log", { log_attribute: 5, exists: true })).toEqual([
      "log: match[0]: attribute: expected a path, found 5",
    ]);
    expect(matcherErrors("log", { log_attribute: ["a", ""], exists: true })).toEqual([
      'log: match[0]: attribute: "" is not a path segment; write a string',
    ]);
    expect(matcherErrors("log", { log_attribute: [1.5], exists: true })).toEqual([
      "log: match[0]: attribute: 1.5 is not a path segment; write a string",
    ]);
    expect(matcherErrors("log", { log_attribute: { paht: ["a"] }, exists: true })).toEqual([
      'log: match[0]: unknown key "paht"; did you mean "path"?',
      "log: match[0]: attribute has empty path",
    ]);
  });
});

describe("selectors", () => {
  test("exactly one is given", () => {
    expect(matcherErrors("log", { exists: true })).toEqual([
      `log: match[0]: no field; give one of ${LOG_SELECTORS}`,
    ]);
    expect(matcherErrors("log", { log_field: "body", log_attribute: "a", exists: true })).toEqual([
      "log: match[0]: several fields: log_field, log_attribute; give exactly one",
    ]);
    expect(matcherErrors("log", {})).toEqual([
      `log: match[0]: no field; give one of ${LOG_SELECTORS}`,
      `log: match[0]: no condition; give one of ${CONDITIONS}`,
    ]);
  });

  test("those of another signal are unknown keys", () => {
    expect(matcherErrors("log", { log_field: "body", span_kind: 2, exists: true })).toEqual([
      'log: match[0]: unknown key "span_kind"; known keys: ' +
        `${LOG_SELECTORS}, ${CONDITIONS}, negate, case_insensitive`,
    ]);
    expect(matcherErrors("log", { logfeild: "body", exists: true })[0]).toBe(
      'log: match[0]: unknown key "logfeild"; did you mean "log_field"?',
    );
  });

  test("a key in both spellings is an error", () => {
    expect(matcherErrors("log", { log_field: "body", logField: "body", exists: true })).toEqual([
      'log: match[0]: "log_field" is given twice; give it once',
    ]);
  });

  test("the wire ignores unknown keys and knows no nested spellings", () => {
    const of = (matcher: unknown) => wired({ log: { match: [matcher] } });
    expect(of({ logField: 1, exists: true, newer: 1 }).errors).toEqual([]);
    expect(of({ log_body: { exists: true } }).errors[0]).toBe(
      "log: match[0]: no field; " +
        "give one of log_field, log_attribute, resource_attribute, scope_attribute",
    );
  });
});

describe("selectors that are conditions", () => {
  test("enums become equals with their number", () => {
    expect([
      metricMatcher({ metric_type: "exponential_histogram" }),
      metricMatcher({ metricType: "METRIC_TYPE_SUM", negate: true }),
      metricMatcher({ aggregation_temporality: "cumulative" }),
      traceMatcher({ span_kind: "SERVER" }),
      traceMatcher({ span_kind: "SPAN_KIND_CONSUMER" }),
      traceMatcher({ span_status: "ERROR" }),
    ]).toEqual([
      { field: field("metric_type"), condition: equalsInt(4n), ...plain },
      { field: field("metric_type"), condition: equalsInt(2n), ...plain, negate: true },
      { field: field("aggregation_temporality"), condition: equalsInt(2n), ...plain },
      { field: field("span_kind"), condition: equalsInt(2n), ...plain },
      { field: field("span_kind"), condition: equalsInt(5n), ...plain },
      { field: field("span_status"), condition: equalsInt(2n), ...plain },
    ]);
  });

  test("an unset span status has three names and a number", () => {
    for (const status of ["SPAN_STATUS_CODE_UNSET", "unset", "SPAN_STATUS_CODE_UNSPECIFIED", 0]) {
      expect(traceMatcher({ span_status: status, exists: true }).condition).toEqual(equalsInt(0n));
    }
  });

  test("names become equals with a string", () => {
    expect([
      traceMatcher({ event_name: "exception", case_insensitive: true }),
      traceMatcher({ link_trace_id: "0AF7651916CD43DD8448EB211C80319C" }),
    ]).toEqual([
      {
        field: field("event_name"),
        condition: equalsText("exception"),
        negate: false,
        caseInsensitive: true,
      },
      {
        field: field("link_trace_id"),
        condition: equalsText("0af7651916cd43dd8448eb211c80319c"),
        ...plain,
      },
    ]);
  });

  test("exists beside them changes nothing when true and inverts when false", () => {
    const negate = (tree: Record<string, unknown>) =>
      traceMatcher({ span_kind: 2, ...tree }).negate;
    expect([
      negate({ exists: true }),
      negate({ exists: false }),
      negate({ exists: false, negate: true }),
      traceMatcher({ event_name: "x", exists: false }).negate,
    ]).toEqual([false, true, false, true]);
  });

  test("event_name allows a condition that repeats it", () => {
    for (const beside of [{ exact: "x" }, { equals: "x" }, { equals: { string_value: "x" } }]) {
      expect(traceMatcher({ event_name: "x", ...beside }).condition).toEqual(equalsText("x"));
    }
    expect(matcherErrors("trace", { event_name: "x", exact: "y" })).toEqual([
      "trace: match[0]: event_name is a condition in itself; take exact away",
    ]);
  });

  test("other conditions beside them are errors", () => {
    expect(matcherErrors("trace", { span_kind: "server", regex: "a" })).toEqual([
      "trace: match[0]: span_kind is a condition in itself; take regex away",
    ]);
    expect(matcherErrors("trace", { event_name: "" })).toEqual([
      "trace: match[0]: event_name is empty",
    ]);
    expect(matcherErrors("trace", { link_trace_id: "0af7" })).toEqual([
      'trace: match[0]: link_trace_id: "0af7" is not 32 hex digits',
    ]);
    expect(matcherErrors("trace", { event_name: 5 })).toEqual([
      'trace: match[0]: event_name: expected a string, found 5; write it in quotes: "5"',
    ]);
  });
});

describe("nested spellings of log fields", () => {
  test("hold the condition inside", () => {
    expect([
      logMatcher({ log_body: { regex: "a|b" } }),
      logMatcher({ log_severity_text: { exact: "ERROR", case_insensitive: true } }),
      logMatcher({ scope_name: { starts_with: "io." }, negate: true }),
      logMatcher({ scope_version: { exists: false } }),
      logMatcher({ log_severity_number: { gte: 17 } }),
    ]).toEqual([
      { field: field("body"), condition: { op: "regex", pattern: "a|b" }, ...plain },
      {
        field: field("severity_text"),
        condition: equalsText("ERROR"),
        negate: false,
        caseInsensitive: true,
      },
      {
        field: field("scope_name"),
        condition: { op: "starts_with", text: "io." },
        negate: true,
        caseInsensitive: false,
      },
      { field: field("scope_version"), condition: { op: "exists" }, ...plain, negate: true },
      {
        field: field("severity_number"),
        condition: { op: "range", min: { value: { type: "int", value: 17n }, inclusive: true } },
        ...plain,
      },
    ]);
  });

  test("min and max are a range with both ends", () => {
    const bound = (value: bigint) => ({ value: { type: "int", value }, inclusive: true });
    expect([
      logMatcher({ log_severity_number: { min: 17, max: 21 } }).condition,
      logMatcher({ log_severity_number: { min: 17, max: 17 } }).condition,
      logMatcher({ log_severity_number: { max: 8 } }).condition,
    ]).toEqual([
      { op: "range", min: bound(17n), max: bound(21n) },
      { op: "range", min: bound(17n), max: bound(17n) },
      { op: "range", max: bound(8n) },
    ] as never);
  });

  test("mistakes inside say where", () => {
    expect([
      matcherErrors("log", { log_severity_number: { min: 21, max: 17 } }),
      matcherErrors("log", { log_severity_number: { min: 1, gte: 1 } }),
      matcherErrors("log", { log_body: "text" }),
      matcherErrors("log", { log_body: {} }),
      matcherErrors("log", { log_body: { exists: true }, regex: "a" }),
    ]).toEqual([
      ["log: match[0]: log_severity_number: min 21 is above max 17"],
      [
        "log: match[0]: log_severity_number: " +
          "several conditions: min or max and gte; give exactly one",
      ],
      ['log: match[0]: log_body: expected an object, found "text"'],
      [`log: match[0]: log_body: no condition; give one of ${CONDITIONS}`],
      ["log: match[0]: put regex inside log_body"],
    ]);
  });
});

describe("the list of matchers", () => {
  test("is needed and not empty", () => {
    const errors = (log: unknown) => authored({ log }).errors;
    const none = ["log: match: no matchers; give at least one"];
    expect([
      errors({}),
      errors({ match: [] }),
      errors({ match: null }),
      errors({ match: {} }),
    ]).toEqual([none, none, none, ["log: match: expected a list, found an object"]]);
  });

  test("keeps its numbering when some are unreadable", () => {
    const policy = authored({
      log: { match: [5, { log_attribute: [], regex: "a" }, { log_field: "body", exact: "x" }] },
    });
    expect(policy.errors).toEqual([
      "log: match[0]: expected an object, found 5",
      "log: match[1]: attribute has empty path",
    ]);
    expect(policy.target?.matchers.map(({ condition }) => condition)).toEqual([
      { op: "exists" },
      { op: "regex", pattern: "a" },
      equalsText("x"),
    ]);
  });
});
