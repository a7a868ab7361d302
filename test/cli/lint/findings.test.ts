// What `lint` says of policies that match nothing, everything, or what another one drops, and of
// regexes that cost much more than the others, each with a near miss.

import { describe, expect, test } from "bun:test";
import { lintMatchers } from "../../../src/cli/lint/matchers.ts";
import { type LintFinding, lintPolicies } from "../../../src/cli/lint/rules.ts";
import { lintSlowRegexes } from "../../../src/cli/lint/slow-regexes.ts";
import { AUTHORING, decodePolicySet, type Policy } from "../../../src/policy/index.ts";

type Json = Readonly<Record<string, unknown>>;

function decoded(...targets: readonly Json[]): readonly Policy[] {
  const policies = targets.map((target, i) => ({ id: `p${i}`, name: "n", ...target }));
  const set = decodePolicySet({ policies }, AUTHORING);
  expect(set.errors).toEqual([]);
  for (const { errors } of set.policies) expect(errors).toEqual([]);
  return set.policies;
}
const texts = (found: readonly LintFinding[]): readonly string[] =>
  found.map(({ index, rule, text }) => `${index} ${rule}: ${text}`);
const severity = (condition: Json): Json => ({ log_field: "severity_text", ...condition });
const number = (condition: Json): Json => ({ log_field: "severity_number", ...condition });
const attribute = (condition: Json): Json => ({ log_attribute: "a", ...condition });

describe("two matchers of one policy never hold together when", () => {
  const together = (...match: readonly Json[]): readonly string[] =>
    texts(lintMatchers(decoded({ log: { match, keep: "none" } })));
  const NEVER =
    "0 never-matches: log: match[1]: never matches together with match[0]: what satisfies one " +
    "does not satisfy the other";
  const cases: readonly (readonly [why: string, one: Json, other: Json, near: Json])[] = [
    [
      "one is the other one negated",
      attribute({ exact: "x" }),
      attribute({ exact: "x", negate: true }),
      attribute({ exact: "y", negate: true }),
    ],
    [
      "one is negated and follows from the other",
      attribute({ starts_with: "abc" }),
      attribute({ contains: "b", negate: true }),
      attribute({ contains: "d", negate: true }),
    ],
    [
      "a text lacks what is looked for",
      severity({ exact: "INFO" }),
      severity({ contains: "WARN" }),
      severity({ contains: "NF" }),
    ],
    [
      "a regex does not match the text",
      severity({ exact: "INFO" }),
      severity({ regex: "^(WARN|ERROR)$" }),
      severity({ regex: "^I" }),
    ],
    [
      "only the case differs",
      severity({ exact: "INFO" }),
      severity({ exact: "info" }),
      severity({ exact: "info", case_insensitive: true }),
    ],
    [
      "texts begin otherwise",
      severity({ starts_with: "WA" }),
      severity({ starts_with: "IN" }),
      severity({ starts_with: "WARN" }),
    ],
    ["numbers are apart", number({ gte: 17 }), number({ lt: 17 }), number({ lte: 17 })],
    ["numbers differ", number({ equals: 9 }), number({ equals: 17 }), number({ gte: 9 })],
  ];
  test.each(cases)("%s", (_, one, other, near) => {
    expect(together(one, other)).toEqual([NEVER]);
    expect(together(one, near)).toEqual([]);
  });

  test("they are of a field with one value, not of attributes, whose keys may repeat", () => {
    expect(together(attribute({ exact: "x" }), attribute({ contains: "y" }))).toEqual([]);
    const ids = [{ exact: "ab".repeat(16) }, { exact: "AB".repeat(16) }];
    expect(together(...ids.map((id) => ({ log_field: "trace_id", ...id })))).toEqual([]);
  });

  test("they are in one group, not in two", () => {
    const [info, warn] = [severity({ exact: "INFO" }), severity({ contains: "WARN" })];
    const grouped = (match_group: readonly (readonly Json[])[]): readonly string[] =>
      texts(lintMatchers(decoded({ log: { match_group, keep: "none" } })));
    expect(grouped([[info], [warn]])).toEqual([]);
    expect(grouped([[info], [info, warn]])).toEqual([
      "0 never-matches: log: match_group[1]: match[1]: never matches together with match_group[1]: " +
        "match[0]: what satisfies one does not satisfy the other",
    ]);
  });
});

describe("a policy that matches everything", () => {
  const always = (target: Json): readonly string[] => texts(lintMatchers(decoded(target)));
  const log = (condition: Json, keep = "none"): Json => ({
    log: { match: [{ log_field: "body", ...condition }], keep },
  });

  test("is found by what all records have", () => {
    const ALL =
      "0 always-matches: log: keep: is for every log record that has a body: is that meant?";
    for (const condition of [{ exists: true }, { regex: ".*" }, { contains: "" }]) {
      expect(always(log(condition))).toEqual([ALL]);
    }
    expect(always(log({ exists: true }, "10%"))).toEqual([ALL]);
    const metric = { match: [{ metric_field: "name", exists: true }], keep: false };
    expect(always({ metric })).toEqual([
      "0 always-matches: metric: keep: is for every metric: is that meant?",
    ]);
    const trace = { match: [{ trace_field: "span_id", exists: true }], keep: { percentage: 10 } };
    expect(always({ trace })).toEqual([
      "0 always-matches: trace: keep: is for every span: is that meant?",
    ]);
    const matches = [{ target: { record_field: "NAME" }, predicate: { exists: {} } }];
    expect(always({ trace_sampling: { matches, sampling: { percentage: 5 } } })).toEqual([
      "0 always-matches: trace_sampling: sampling: is for every span: is that meant?",
    ]);
  });

  test("is none when something else is asked for, or it keeps all", () => {
    expect(always(log({ regex: ".+x" }))).toEqual([]);
    expect(always(log({ exists: false }))).toEqual([]);
    expect(always(log({ exists: true }, "all"))).toEqual([]);
    const match = [{ log_field: "body", exists: true }, severity({ exact: "DEBUG" })];
    expect(always({ log: { match, keep: "none" } })).toEqual([]);
    expect(always({ log: { match: [severity({ exists: true })], keep: "none" } })).toEqual([]);
  });
});

describe("a policy is shadowed by one that drops what follows from its matchers", () => {
  const shadowed = (own: Json, dropped: Json): readonly string[] =>
    texts(
      lintPolicies(
        decoded(
          { log: { match: [own], keep: "10%" } },
          { log: { match: [dropped], keep: "none" } },
        ),
      ),
    );
  const YES = '0 shadowed: log: never has an effect: "p1" drops all that it matches';
  const cases: readonly (readonly [own: Json, dropped: Json, near: Json])[] = [
    [{ exact: "GET /health" }, { starts_with: "GET" }, { starts_with: "PUT" }],
    [{ exact: "GET /health" }, { regex: "^GET /[a-z]+$" }, { regex: "^GET /[0-9]+$" }],
    [{ starts_with: "GET /" }, { contains: "/" }, { ends_with: "/" }],
    [
      { contains: "Health" },
      { contains: "health", case_insensitive: true },
      { contains: "health" },
    ],
    [{ exact: "x" }, { exists: true }, { exists: false }],
    [{ gt: 10 }, { gte: 10 }, { gt: 10.5 }],
    [{ equals: 5 }, { lte: 5 }, { lt: 5 }],
    [
      { contains: "a", negate: true },
      { contains: "ab", negate: true },
      { contains: "b", negate: true },
    ],
  ];
  test.each(cases)("%j by %j, not by %j", (own, dropped, near) => {
    expect(shadowed(attribute(own), attribute(dropped))).toEqual([YES]);
    expect(shadowed(attribute(own), attribute(near))).toEqual([]);
  });

  test("of the same field only", () => {
    const body = { log_field: "body", exists: true };
    expect(shadowed(attribute({ exact: "x" }), body)).toEqual([]);
  });
});

describe("a regex without a literal guard", () => {
  const slow = (...regexes: readonly string[]): readonly string[] =>
    texts(
      lintSlowRegexes(
        decoded(
          ...regexes.map((regex) => ({
            log: { match: [{ log_field: "body", regex }], keep: "none" },
          })),
        ),
      ),
    );
  const SLOW = "[a-m][a-z0-9 ]{40}[A-Z]";
  const text = (of: string): string =>
    "0 slow-regex: log: match[0]: regex: no literal guards it, and it costs about 3.8 ns a byte on " +
    `texts that nearly match, 3.8 times ${of}: give it a literal that is in every match, or ` +
    "repeat less";

  test("is told with its price against the rest", () => {
    expect(slow(SLOW)).toEqual([text("as much as the search for a literal")]);
    expect(slow(SLOW, "health")).toEqual([text("as much as the other regex")]);
    expect(slow(SLOW, "health", "error.*[0-9]x", "^GET")).toEqual([
      text("the median of the 3 other regexes"),
    ]);
  });

  test("is fine when it is as fast as others, or something guards it", () => {
    expect(slow("[a-z]{20}[0-9]{3}", "health")).toEqual([]);
    expect(slow("health[a-m][a-z0-9 ]{40}[A-Z]")).toEqual([]);
    expect(slow(SLOW, "[a-m][a-z0-9 ]{41}[A-Z]")).toEqual([]);
  });
});
