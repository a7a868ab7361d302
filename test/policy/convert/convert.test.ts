// Policies of one dialect in the other: what leaves is the same, whatever sets are like; and what
// cannot be converted says why.

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import {
  AUTHORING,
  convertPolicies,
  decodePolicy,
  type Policy,
  type PolicyDialect,
  writtenPolicy,
} from "../../../src/policy/index.ts";
import {
  conversionOf,
  decode,
  edit,
  filter,
  log,
  metric,
  metricFilter,
  otelEdit,
  readByDraft,
  span,
  validateRegex,
} from "./policies.ts";
import { BODIES, leaves, tailed } from "../policy-bodies.ts";
import { policiesOf } from "../random-policies.ts";
import { localEngine } from "../share/shared-engine.ts";

function allLeaves(policies: readonly Policy[], signal: "log" | "metric"): unknown {
  const evaluation = localEngine(policies).evaluation(signal);
  if (evaluation === undefined) return undefined;
  const bodies = BODIES.filter(([own]) => own === signal);
  const left = bodies.map(([, path, type, body]) => leaves(evaluation, path, type, body)?.left);
  if (signal === "metric") return left;
  return [left, tailed(evaluation).map((one) => (one as { left: unknown }).left)];
}

/** As files have them. */
function written(policies: readonly Policy[]): Policy[] {
  return policies.map((policy) =>
    decodePolicy(JSON.parse(JSON.stringify(writtenPolicy(policy))), AUTHORING),
  );
}

function converted(policies: readonly Policy[], to: PolicyDialect): Policy[] {
  return convertPolicies(policies, to, { validateRegex }).flatMap((one) => one.policies);
}

const dialectsOf = (policies: readonly Policy[]) =>
  policies.map(({ target }) => target?.dialect ?? "tero");

/** Filters of OpenTelemetry's dialect come from conversions alone. */
function dropping(policy: Policy, number: number): Policy {
  const { target } = policy;
  if (target === undefined) return policy;
  const isOtel = target.keep.kind.startsWith("otel");
  if (number % 3 > 0 || isOtel) return { ...policy, target: { ...target, keep: { kind: "none" } } };
  // Metrics have no percentages.
  return target.signal === "log"
    ? policy
    : { ...policy, target: { ...target, keep: { kind: "all" } } };
}

test.each(["log", "metric"] as const)(
  "a set of %ss behaves as its conversion into the other dialect, and as that back again",
  (signal) => {
    let count = 0;
    const sets = policiesOf(signal).map((all) => all.map(dropping));
    fc.assert(
      fc.property(sets, (policies) => {
        const plain = allLeaves(policies, signal);
        const conversion = converted(policies, "otel");
        for (const one of conversion) if (one.target?.dialect === "otel") readByDraft(one);
        const otel = written(conversion);
        expect(allLeaves(otel, signal)).toEqual(plain);
        const back = written(converted(otel, "tero"));
        expect(new Set(dialectsOf(back))).toEqual(new Set(["tero"]));
        expect(allLeaves(back, signal)).toEqual(plain);
        count += dialectsOf(otel).filter((dialect) => dialect === "otel").length;
      }),
      { numRuns: 60 },
    );
    expect(count).toBeGreaterThan(30);
  },
);

describe("conditions", () => {
  const cases: readonly (readonly [object, unknown])[] = [
    [{ log_field: "body", starts_with: "a.b" }, { regex: String.raw`^a\.b` }],
    [{ log_field: "body", ends_with: "(x)" }, { regex: String.raw`\(x\)$` }],
    [{ log_field: "body", contains: "a.b" }, { regex: String.raw`a\.b` }],
    [{ log_field: "severity_text", contains: "a.b" }, { contains: "a.b" }],
    [{ log_attribute: "a", contains: "a.b" }, { regex: String.raw`a\.b` }],
    [{ log_field: "body", exact: "x", case_insensitive: true }, { regex: "(?i)^x$" }],
    [{ log_field: "body", regex: "a|b", case_insensitive: true }, { regex: "(?i)a|b" }],
    [{ log_field: "trace_id", starts_with: "AB" }, { regex: "^ab" }],
    [{ log_field: "span_id", equals: { hex_value: "ABCD" } }, { equals: "abcd" }],
    [{ log_field: "severity_number", gte: 17 }, { gte: 17 }],
    [{ log_attribute: "a", equals: true }, { equals: true }],
  ];
  for (const [matcher, predicate] of cases) {
    test(`${JSON.stringify(matcher)} is ${JSON.stringify(predicate)}`, () => {
      const [policy] = conversionOf("otel", log(matcher))?.policies ?? [];
      expect(writtenPolicy(policy as Policy)).toMatchObject({
        log_filter: { matches: [{ predicate }], action: "ACTION_DROP" },
      });
    });
  }

  test("types and temporalities of metrics have names there, and numbers here", () => {
    const cases = [
      [
        { metric_type: "SUM" },
        {
          target: { descriptor_field: "METRIC_DESCRIPTOR_FIELD_TYPE" },
          predicate: { equals: "SUM" },
        },
      ],
      [
        { aggregation_temporality: "DELTA", negate: true },
        {
          target: { descriptor_field: "METRIC_DESCRIPTOR_FIELD_AGGREGATION_TEMPORALITY" },
          predicate: { equals: "DELTA" },
          negate: true,
        },
      ],
    ] as const;
    for (const [match, written] of cases) {
      const [otel] = conversionOf("otel", metric(match))?.policies ?? [];
      const tree = writtenPolicy(otel as Policy);
      expect(tree).toMatchObject({ metric_filter: { matches: [written], action: "ACTION_DROP" } });
      const [back] = conversionOf("tero", tree)?.policies ?? [];
      expect(back?.target?.matchers).toEqual(decode([metric(match)])[0]?.target?.matchers ?? []);
    }
  });

  test("a range of two ends is two matchers, groups are policies", () => {
    const range = log({ log_severity_number: { min: 1, max: 8 } });
    const [one] = conversionOf("otel", range)?.policies ?? [];
    expect(one?.target?.matchers.length).toBe(2);
    const groups = [[{ log_field: "body", exact: "a" }], [{ log_field: "body", exact: "b" }]];
    const grouped = { id: "p", name: "P", log: { match_group: groups, keep: "none" } };
    expect(conversionOf("otel", grouped)?.policies.map(({ id }) => id)).toEqual(["p", "p-2"]);
  });
});

describe("what would be lost is told, and the policy stays as it is", () => {
  const body = { log_field: "body", exact: "x" };
  const cases: readonly (readonly [PolicyDialect, readonly object[], string])[] = [
    ["otel", [log(body, { keep: "10%" })], "that dialect has no percentages and rates of logs"],
    ["otel", [log(body, { keep: "all" })], "keep: all does nothing, and that dialect has no such"],
    [
      "otel",
      [edit({ redact: [{ log_attribute: "a", replacement: "" }] })],
      "an empty replacement is [REDACTED] there",
    ],
    [
      "otel",
      [edit({ rename: [{ from_log_attribute: ["a", "b"], to: "c" }] })],
      "a renamed value stays in its map there, and here goes to the top of the list",
    ],
    [
      "otel",
      [edit({ add: [{ log_attribute: ["a", "0"], value: "x" }] })],
      "paths with digits may lead into arrays there",
    ],
    [
      "otel",
      [
        {
          id: "p",
          name: "P",
          log: {
            match_group: [[body], [{ log_field: "body", exact: "y" }]],
            keep: "all",
            transform: { remove: [{ log_attribute: "a" }] },
          },
        },
      ],
      "its groups are policies there, and would each transform what several of them match",
    ],
    [
      "tero",
      [otelEdit({ add: [{ target: { log_attribute: "a" }, value: 1 }] })],
      "that dialect adds texts alone",
    ],
    [
      "tero",
      [otelEdit({ rename: [{ from: { log_attribute: ["a", "b"] }, to: "c" }] })],
      "a renamed value goes to the top of the list there, and here stays in its map",
    ],
    [
      "tero",
      [otelEdit({ remove: [{ target: { log_attribute: ["a", "0"] } }] })],
      "that dialect has no paths into arrays",
    ],
    [
      "otel",
      [span({ percentage: 50 })],
      "spans that arrive with a threshold in their tracestate are sampled otherwise there",
    ],
    [
      "otel",
      [span({ percentage: 0 }, { span_kind: "INTERNAL" })],
      "INTERNAL is there what is not set, too",
    ],
    [
      "otel",
      [metric({ datapoint_attribute: "a", exists: true })],
      "by attributes of data points, OpenTelemetry's dialect drops these one by one",
    ],
    [
      "otel",
      [log({ log_severity_number: { min: 1, max: 8 }, negate: true })],
      "that dialect has no range of two ends that could be negated",
    ],
    [
      "otel",
      [log(body), filter("ACTION_KEEP", "k")],
      'ACTION_KEEP of "k" exempts from drops of OpenTelemetry\'s dialect alone',
    ],
    [
      "tero",
      [filter("ACTION_DROP"), filter("ACTION_KEEP", "k")],
      'ACTION_KEEP of "k" exempts from drops of OpenTelemetry\'s dialect alone',
    ],
    [
      "tero",
      [filter("ACTION_KEEP")],
      "ACTION_KEEP exempts from other policies, which keep: all does not",
    ],
    ["tero", [{ id: "p" }], "it has errors"],
  ];
  for (const [to, trees, reason] of cases) {
    test(`to ${to}: ${reason}`, () => {
      const [policy] = decode(trees);
      expect(conversionOf(to, ...trees)).toEqual({
        policies: [policy as Policy],
        reasons: [reason],
      });
    });
  }

  test("what the other dialect cannot say is found when it is read again", () => {
    const reason = conversionOf("otel", log({ log_field: "resource_schema_url", exact: "x" }))
      ?.reasons[0];
    expect(reason).toStartWith("it would not be read there: log_filter: matches[0]:");
    const path = conversionOf("otel", log({ log_attribute: ["a", "0"], exact: "x" }))?.reasons[0];
    expect(path).toBe("paths with digits may lead into arrays there");
    const digits = conversionOf("otel", log({ log_field: "severity_number", regex: "1" }))
      ?.reasons[0];
    expect(digits).toBe("patterns find digits of severity_number there, and here nothing");
  });

  test("what the other dialect has not of metrics stays there", () => {
    const reasonOf = (target: object, predicate: object) =>
      conversionOf("tero", metricFilter(target, predicate))?.reasons[0];
    expect(reasonOf({ datapoint_attribute: "a" }, { exists: {} })).toBe(
      "by attributes of data points, OpenTelemetry's dialect drops these one by one",
    );
    expect(reasonOf({ descriptor_field: "TYPE" }, { regex: "SUM" })).toBe(
      "metric_type is read otherwise by texts there",
    );
    expect(reasonOf({ descriptor_field: "TYPE" }, { equals: "sum" })).toBe(
      "metric_type is read otherwise by texts there",
    );
    expect(reasonOf({ descriptor_field: "IS_MONOTONIC" }, { equals: true })).toStartWith(
      "it would not be read there: ",
    );
  });

  test("what OpenTelemetry's dialect reads otherwise stays there", () => {
    const reasonOf = (target: object, predicate: object): string | undefined =>
      conversionOf("tero", {
        id: "p",
        log_filter: { matches: [{ target, predicate }], action: "ACTION_DROP" },
      })?.reasons[0];
    expect([
      reasonOf({ log_attribute: "a" }, { contains: "x" }),
      reasonOf({ log_attribute: ["a", "0"] }, { exists: {} }),
      reasonOf({ record_field: "SEVERITY_NUMBER" }, { regex: "1" }),
      reasonOf({ record_field: "TRACE_ID" }, { equals: "AB" }),
      reasonOf({ record_field: "TRACE_ID" }, { equals: "ab" }),
    ]).toEqual([
      "contains looks into arrays there, and here not",
      "that dialect has no paths into arrays",
      "severity_number is read otherwise by texts there",
      "trace_id is read otherwise by texts there",
      undefined,
    ]);
  });
});
