// Errors of patterns point into them, however they are written in the file.

import { describe, expect, test } from "bun:test";
import { refined } from "../../../src/cli/terminal/regex-place.ts";
import { createRegexValidator } from "../../../src/re2/index.ts";

const validateRegex = createRegexValidator();

/** What of the pattern, as it stands in the text, RE2's words point at. */
function meant(pattern: string, spell: (pattern: string) => string): string | undefined {
  const text = `first line\n  at: {"regex": ${spell(pattern)}}\n`;
  const reason = validateRegex(pattern);
  expect(reason).toBeString();
  const message = `"id": log: match[0]: invalid regex "${pattern}": ${reason}`;
  const span = refined(text, { line: 2, column: 7 }, message);
  if (span === undefined) return undefined;
  const line = text.split("\n")[span.line - 1]!;
  return `${span.column} ${line.slice(span.column - 1, span.column - 1 + span.length)}`;
}

const json = (pattern: string): string => JSON.stringify(pattern);
const single = (pattern: string): string => `'${pattern.replaceAll("'", "''")}'`;
const plain = (pattern: string): string => pattern;

const CASES: readonly (readonly [pattern: string, inJson: string, inYaml: string])[] = [
  ["a(b", "19 (", "19 ("],
  ["x(?:(a|b)", "19 (", "19 ("],
  ["[(]\\((", "24 (", "23 ("],
  ["a)", "19 )", "19 )"],
  ["[a", "18 [a", "18 [a"],
  ["b[z-a]", "20 z-a", "20 z-a"],
  ["a**b", "19 **", "19 **"],
  ["'a|*b", "21 *", "22 *"],
  ["y(?=x)", "19 (?=", "19 (?="],
  ["ab\\Z", "20 \\\\Z", "20 \\Z"],
  ["a{3,2}", "19 {3,2}", "19 {3,2}"],
  ["a\\", "19 \\\\", "19 \\"],
];

describe("an error of a pattern points at what RE2 names", () => {
  for (const [pattern, inJson, inYaml] of CASES) {
    test(pattern, () => {
      expect(meant(pattern, json)).toBe(inJson);
      expect(meant(pattern, single)).toBe(inYaml);
    });
  }

  test("however many escapes are in a class that is not closed", () => {
    // Each once doubled the time.
    expect(meant(`a)[${"\\\\".repeat(40)}`, plain)).toBe("18 )");
  });

  test("in YAML without quotes", () => {
    expect(meant("a(b", plain)).toBe("18 (");
  });
});

test("what is about no pattern, or about one that is not there, points nowhere", () => {
  const place = { line: 1, column: 1 };
  expect(refined("a", place, "log: keep: 3 is not a keep value")).toBeUndefined();
  expect(refined("a", place, 'log: invalid regex "b(": missing ): b(')).toBeUndefined();
  expect(refined("a(", place, 'log: invalid regex "a(": too large')).toBeUndefined();
});
