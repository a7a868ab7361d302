// Line rules: one after the other, on the text of each line, before policies.

import { describe, expect, test } from "bun:test";
import { createRegexValidator } from "../../../src/re2/index.ts";
import { type LineRule, LineRules } from "../../../src/protocols/lines/index.ts";
import { drop, filterText, formatOf, left } from "./filter-lines.ts";

const include = (pattern: string): LineRule => ({ kind: "include", pattern });
const exclude = (pattern: string): LineRule => ({ kind: "exclude", pattern });

describe("which lines stay", () => {
  test.each<[string, LineRule[], string, string]>([
    ["all without rules", [], "a\nb\n", "a\nb\n"],
    ["those that include a match", [include("a")], "a\nb\nba\n", "a\nba\n"],
    ["those without an excluded match", [exclude("a")], "a\nb\nba\n", "b\n"],
    ["includes are all to match", [include("a"), include("b")], "a\nb\nab\n", "ab\n"],
    ["in any order of kinds", [exclude("x"), include("a")], "ax\na\nb\n", "a\n"],
    ["or either, as alternatives", [include("a|b")], "a\nb\nc\n", "a\nb\n"],
    ["empty lines", [exclude("^$")], "a\n\n\r\nb\n", "a\nb\n"],
    ["anchors are the line's, without its end", [include("^a$")], "a\r\nab\na\n", "a\r\na\n"],
    ["a dot is no line end", [include("a.b")], "a\nb\n", ""],
    ["flags", [include("(?i)ERR")], "err\nok\n", "err\n"],
    ["a last line without an end", [exclude("b")], "a\nb", "a\n"],
  ])("%s", (_, rules, text, expected) => {
    expect(left(text, { rules })).toBe(expected);
  });

  test("policies see what rules left", () => {
    const { text, outcome } = filterText("a\nb\nc\n", {
      rules: [exclude("a")],
      policies: [drop({ log_field: "body", regex: "a|b" })],
    });
    expect([text, outcome.excluded, outcome.records, outcome.dropped]).toEqual(["c\n", 1, 2, 1]);
  });

  test("a block passes without a look when there is nothing to look for", () => {
    expect(formatOf({}).passes(undefined)).toBe(true);
    expect(formatOf({ rules: [include("a")] }).passes(undefined)).toBe(false);
  });
});

describe("patterns", () => {
  const validateRegex = createRegexValidator({});
  test.each([
    [include("("), '--include "(" is no regular expression of RE2: missing )'],
    [exclude("a(?=b)"), '--exclude "a(?=b)" is no regular expression of RE2: '],
    [exclude("(a)\\1"), '--exclude "(a)\\\\1" is no regular expression of RE2: '],
  ])("what RE2 does not take is refused: %j", (rule, message) => {
    expect(() => new LineRules([rule], validateRegex)).toThrow(message);
  });
});
