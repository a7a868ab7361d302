// Which patterns validate warns of, and what it says.

import { describe, expect, test } from "bun:test";
import type { Policy } from "../../src/policy/model.ts";
import { priceWarnings } from "../../src/policy/prices.ts";
import { policyOf } from "../support/engine.ts";
import { finish } from "../support/steps.ts";

const field = { kind: "field", field: "body" } as const;
const dropping = (id: string, pattern: string): Policy =>
  policyOf(id, [
    { field, condition: { op: "regex", pattern }, negate: false, caseInsensitive: false },
  ]);
const redacting = (id: string, regex: string): Policy =>
  policyOf(
    id,
    [],
    { kind: "all" },
    { transform: { redact: [{ field, regex, replacement: "#" }] } },
  );

/** The warnings by policy, prices as N. */
function warnings(...policies: Policy[]): Record<string, string[]> {
  const found = finish(priceWarnings(policies));
  return Object.fromEntries(
    [...found].map(([id, texts]) => [
      id,
      texts.map((text) => text.replace(/about \d+/, "about N")),
    ]),
  );
}
const cost = (where: string, pattern: string): string =>
  `${where}: regex ${JSON.stringify(pattern)} costs about N ns a byte on texts that nearly match, ` +
  "200 ns are a good bound; large records take longer than record_time_max_ms then: repeat less, " +
  "or give it a literal that is in every match";

describe("priceWarnings", () => {
  for (const pattern of [
    "[a-m][a-z0-9 ]{500}[A-Z]",
    "([a-m][a-z0-9 ]{0,998}[A-Z])",
    "[a-m][a-z0-9 ]{50}[#A-Z]",
    "secret.{300}[a-z]{3}[0-9]|x.{80}[0-9]y",
  ]) {
    test(`warns of matching by /${pattern}/`, () => {
      expect(warnings(dropping("p", pattern))).toEqual({ p: [cost("log body", pattern)] });
    });
  }

  test("warns of redactions, which are searched for backwards", () => {
    const pattern = "X.{300}[0-9]|secret";
    expect(warnings(redacting("p", pattern))).toEqual({ p: [cost("redact", pattern)] });
  });

  test("has no word for common patterns, however they are used", () => {
    const common = [
      "\\d+",
      "error|warning",
      "^\\s*$",
      ".*",
      "\\b\\d(?:[ -]?\\d){12,15}\\b",
      "[a-zA-Z0-9._%+-]+@[a-zA-Z0-9.-]+\\.[a-zA-Z]{2,}",
      "(?:(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)\\.){3}(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)",
      "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
      "(?i)(?:password|token|secret)\\s*[=:]\\s*\\S+",
    ];
    const policies = common.flatMap((pattern, i) => [
      dropping(`d${i}`, pattern),
      redacting(`r${i}`, pattern),
    ]);
    expect(warnings(...policies)).toEqual({});
  });

  test("warns of patterns that cost too much together, and names the costliest", () => {
    const policies = Array.from({ length: 20 }, (_, i) =>
      dropping(`p${i}`, `[a-m][a-z0-9 ]{${22 + i}}[#A-Z]`),
    );
    const found = Object.entries(warnings(...policies));
    expect(found.length).toBe(1);
    expect(found[0]?.[1][0]).toStartWith(
      "log body: the 20 regexes that no literal guards cost about N ns a byte together",
    );
  });
});
