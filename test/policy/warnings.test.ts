// What a policy is warned of although it is legal, each with a near miss that is not.

import { describe, expect, test } from "bun:test";
import { AUTHORING, decodePolicy } from "../../src/policy/index.ts";
import { policyWarnings } from "../../src/policy/warnings.ts";

function warningsOf(target: object): readonly string[] {
  const policy = decodePolicy({ id: "a", name: "a", ...target }, AUTHORING);
  expect(policy.errors).toEqual([]);
  return policyWarnings(policy);
}
const ofMatch = (...match: object[]): readonly string[] =>
  warningsOf({ log: { match, keep: "none" } });
const body = { log_field: "body", exists: true };
const TRACE_ID = "4BF92F3577B34DA6A3CE929D0E0E4736";

describe("a matcher that can never match", () => {
  const cases: [object, string, object][] = [
    [
      { log_field: "severity_number", equals: "17" },
      "never matches: severity_number is a number: write 17 without quotes",
      { log_field: "severity_number", equals: 17 },
    ],
    [
      { log_field: "severity_number", regex: "^1" },
      "never matches: severity_number is a number",
      { log_field: "severity_number", gte: 10 },
    ],
    [
      { log_field: "severity_text", gte: 17 },
      "never matches: severity_text is a string",
      { log_field: "severity_text", equals: "17" },
    ],
    [
      { log_field: "severity_text", equals: true },
      "never matches: severity_text is a string",
      { log_field: "body", equals: true },
    ],
    [
      { log_field: "trace_id", equals: `${TRACE_ID}0` },
      "never matches: trace_id has 32 hex digits, not 33",
      { log_field: "trace_id", equals: TRACE_ID },
    ],
    [
      { log_field: "span_id", equals: "span-1" },
      "never matches: span_id has hex digits only",
      { log_field: "span_id", equals: "00F067AA0BA902B7" },
    ],
    [
      { log_field: "span_id", starts_with: "00f067aa0ba902b7a" },
      "never matches: span_id has 16 hex digits, not 17",
      { log_field: "span_id", starts_with: "00F067AA0BA902B7" },
    ],
    [
      { log_field: "trace_id", equals: { hex_value: "abcd" } },
      "never matches: trace_id has 16 bytes, not 2",
      { log_field: "trace_id", equals: { hex_value: TRACE_ID } },
    ],
    [
      { log_field: "trace_id", gt: 3 },
      "never matches: trace_id is an id, not a number",
      { log_attribute: "trace_id", gt: 3 },
    ],
    [
      { log_field: "trace_id", regex: "^4BF9" },
      "never matches: trace_id is seen as lower-case hex; write the pattern in lower case",
      { log_field: "trace_id", regex: "^4BF9", case_insensitive: true },
    ],
    [
      { log_field: "severity_text", equals: "" },
      "never matches: an empty severity_text counts as missing: use exists: false",
      { log_attribute: "x", equals: "" },
    ],
    [
      { log_field: "severity_text", gt: 1, negate: true },
      "always matches: severity_text is a string",
      { log_field: "body", gt: 1, negate: true },
    ],
  ];
  test.each(cases)("%j", (matcher, warning, fine) => {
    expect(ofMatch(body, matcher)).toEqual([`log: match[1]: ${warning}`]);
    expect(ofMatch(body, fine)).toEqual([]);
  });
});

test("a pattern of an id with escapes, classes or flags is not taken for upper-case hex", () => {
  for (const regex of ["(?i)^4BF9", "\\pL", "[[:alpha:]]", "\\D", "(?P<ABC>0)", "^[0-9a-fA-F]+$"]) {
    expect(ofMatch({ log_field: "trace_id", regex })).toEqual([]);
  }
});

test("a condition on an empty text matches every string", () => {
  for (const [op, words] of [
    ["regex", "regex"],
    ["starts_with", "starts_with"],
    ["contains", "contains"],
  ]) {
    expect(ofMatch({ log_field: "body", [op!]: "" })).toEqual([
      `log: match[0]: matches every string: its ${words} is empty`,
    ]);
  }
  expect(ofMatch({ log_field: "body", regex: "", negate: true })).toEqual([
    "log: match[0]: never matches: its regex is empty",
  ]);
});

test("matchers of one field that exclude each other", () => {
  const a = { log_field: "severity_text", equals: "INFO" };
  expect(ofMatch(a, { log_field: "severity_text", equals: "WARN" })).toEqual([
    "log: match[1]: never matches together with match[0]: the value cannot equal both",
  ]);
  expect(ofMatch(a, { log_field: "severity_text", exists: false })).toEqual([
    "log: match[1]: never matches together with match[0]: a missing value satisfies only one of them",
  ]);
  expect(
    ofMatch(a, { log_field: "severity_text", equals: "info", case_insensitive: true }),
  ).toEqual([]);
  // Attributes may have equal keys.
  expect(ofMatch({ log_attribute: "a", equals: "1" }, { log_attribute: "a", equals: "2" })).toEqual(
    [],
  );
  expect(ofMatch({ log_attribute: "a", exists: false }, { ...a, negate: true })).toEqual([]);
});

test("of groups, which do not contradict each other, but may themselves", () => {
  const debug = { log_field: "severity_text", equals: "DEBUG" };
  const info = { log_field: "severity_text", equals: "INFO" };
  expect(warningsOf({ log: { match_group: [[debug], [info]], keep: "none" } })).toEqual([]);
  expect(warningsOf({ log: { match_group: [[body], [debug, info]], keep: "none" } })).toEqual([
    "log: match_group[1]: match[1]: never matches together with match[0]: the value cannot equal both",
  ]);
});

describe("a transform that does nothing", () => {
  const ofTransform = (transform: object, keep = "all"): readonly string[] =>
    warningsOf({ log: { match: [body], keep, transform } });

  test("under keep: none", () => {
    const transform = { remove: [{ log_attribute: "a" }] };
    expect(ofTransform(transform, "none")).toEqual([
      "log: transform: never runs, because keep is none: only kept records are transformed",
    ]);
    expect(ofTransform(transform, "1%")).toEqual([]);
  });

  test("because the replacement names a group that the regex lacks", () => {
    const redact = (regex: string, replacement: string) =>
      ofTransform({ redact: [{ log_field: "body", regex, replacement }] });
    expect(redact("a(b)", "$1-$2")).toEqual([
      "log: transform: redact[0]: replacement: $2 is always empty: the regex has 1 group",
    ]);
    expect(redact("(?P<x>a)(b)", "${y}")).toEqual([
      "log: transform: redact[0]: replacement: ${y} is always empty: the regex has 2 groups",
    ]);
    expect(redact("(?P<x>a)", "${x}$0$1$$2")).toEqual([]);
  });

  test("because of what it addresses", () => {
    const transform = {
      remove: [{ log_field: "resource_schema_url" }],
      redact: [{ log_field: "scope_schema_url" }],
      rename: [{ from_log_field: "body", to: "x" }],
      add: [{ log_field: "trace_id", value: "x" }],
    };
    expect(ofTransform(transform)).toEqual([
      "log: transform: remove[0]: does nothing: resource_schema_url cannot be changed",
      "log: transform: redact[0]: does nothing: scope_schema_url cannot be changed",
      "log: transform: rename[0]: does nothing: body is a field, not an attribute",
      "log: transform: add[0]: clears trace_id: the value is not 32 hex digits",
    ]);
    expect(ofTransform({ add: [{ log_field: "trace_id", value: TRACE_ID }] })).toEqual([]);
  });
});

test("a seed in a mode that takes none", () => {
  const ofKeep = (keep: object): readonly string[] =>
    warningsOf({ trace: { match: [{ trace_field: "name", exists: true }], keep } });
  expect(ofKeep({ percentage: 1, mode: "proportional", hash_seed: 7 })).toEqual([
    "trace: keep: hash_seed has no effect in mode proportional",
  ]);
  expect(ofKeep({ percentage: 1, mode: "hash_seed", hash_seed: 7 })).toEqual([]);
});
