// What a regex comes to: fixed shapes, and that no shape ever disagrees with the regex itself.

import { expect, test } from "bun:test";
import * as fc from "fast-check";
import {
  analyzeRegex,
  compileRegex,
  foldUtf8,
  type LiteralTest,
  type RegexShape,
} from "../../src/regex/index.ts";
import { validPattern, validText } from "../suites/regex-arbitrary.ts";

const encoder = new TextEncoder();

function contains(text: string): LiteralTest {
  return { op: "contains", text, caseInsensitive: false };
}
function literals(...tests: LiteralTest[]): RegexShape {
  return { kind: "literals", tests };
}
function guarded(...required: string[][]): RegexShape {
  return {
    kind: "guarded",
    required: required.map((set) => set.map((text) => ({ text, caseInsensitive: false }))),
  };
}

const SHAPES: readonly [pattern: string, shape: RegexShape][] = [
  ["", { kind: "always" }],
  [".*", { kind: "always" }],
  ["(?s)^.*$", { kind: "always" }],
  ["(?m)^.*$", { kind: "always" }],
  ["a?|b", { kind: "always" }],
  ["^", { kind: "always" }],
  ["\\z", { kind: "always" }],
  ["^.*$", { kind: "opaque" }],
  [".", { kind: "opaque" }],
  ["a^b", { kind: "never" }],
  ["[^\\x00-\\x{10FFFF}]", { kind: "never" }],
  ["foo", literals(contains("foo"))],
  [".*foo.*", literals(contains("foo"))],
  ["(?s)^.*foo", literals(contains("foo"))],
  ["(?m)^.*foo.*$", literals(contains("foo"))],
  ["^.*foo", guarded(["foo"])],
  ["foo+", literals(contains("foo"))],
  ["(foo)", literals(contains("foo"))],
  ["\\Qa.b\\E", literals(contains("a.b"))],
  ["foo$", literals({ op: "ends_with", text: "foo", caseInsensitive: false })],
  ["^GET /health", literals({ op: "starts_with", text: "GET /health", caseInsensitive: false })],
  [
    "^(DEBUG|TRACE)$",
    literals(
      { op: "equals", text: "DEBUG", caseInsensitive: false },
      { op: "equals", text: "TRACE", caseInsensitive: false },
    ),
  ],
  ["^$", literals({ op: "equals", text: "", caseInsensitive: false })],
  ["payment|refund", literals(contains("payment"), contains("refund"))],
  ["colou?r", literals(contains("color"), contains("colour"))],
  ["(?i)Verbose 1", literals({ op: "contains", text: "verbose 1", caseInsensitive: true })],
  ["a(?i:b)", literals(contains("aB"), contains("ab"))],
  ["x[ab]y", literals(contains("xay"), contains("xby"))],
  ["[Kk]", literals(contains("K"), contains("k"))],
  ["\uFFFD", { kind: "opaque" }],
  ["a\uFFFDbc", guarded(["a"], ["bc"])],
  ["a\\Cbc", guarded(["a"], ["bc"])],
  ["[a-q]", { kind: "opaque" }],
  ["[a-p]", literals(...Array.from("abcdefghijklmnop", (letter) => contains(letter)))],
  ["User \\d+ (logged|signed) in", guarded(["User "], [" logged in", " signed in"])],
  ["error[0-9]{3}", guarded(["error"])],
  ["\\bfoo\\b bar", guarded(["foo bar"])],
  ["a(bc)+d", guarded(["abc"], ["bcd"])],
  ["(?:x|y)*foo.*(?:bar\\d+|ba+z)", guarded(["foo"], ["bar", "ba"])],
  ["\\d+-\\d+", guarded(["-"])],
  ["\\pL\\d+", { kind: "opaque" }],
];
for (const [pattern, shape] of SHAPES) {
  test(`takes /${pattern}/ for ${shape.kind}`, () => {
    expect(analyzeRegex(pattern, { caseInsensitive: false })).toEqual(shape);
  });
}

test("takes a pattern without case for literals without case", () => {
  expect(analyzeRegex("^Straße", { caseInsensitive: true })).toEqual(
    literals({ op: "starts_with", text: "straße", caseInsensitive: true }),
  );
  expect(analyzeRegex("404", { caseInsensitive: true })).toEqual(literals(contains("404")));
});

function fold(text: string): string {
  const bytes = encoder.encode(text);
  const out = new Uint8Array(bytes.length * 3);
  return new TextDecoder().decode(out.subarray(0, foldUtf8(bytes, 0, bytes.length, out)));
}

function holds(literal: LiteralTest, text: string): boolean {
  const [subject, part] = literal.caseInsensitive
    ? [fold(text), fold(literal.text)]
    : [text, literal.text];
  switch (literal.op) {
    case "equals":
      return subject === part;
    case "starts_with":
      return subject.startsWith(part);
    case "ends_with":
      return subject.endsWith(part);
    case "contains":
      return subject.includes(part);
  }
}

test("literals match exactly what the regex matches, and guards never miss a match", () => {
  const seen = new Map<string, number>();
  fc.assert(
    fc.property(
      validPattern,
      fc.boolean(),
      fc.array(validText, { minLength: 5, maxLength: 5 }),
      (pattern, caseInsensitive, texts) => {
        const shape = analyzeRegex(pattern, { caseInsensitive });
        const regex = compileRegex(pattern, { caseInsensitive });
        for (const text of texts) {
          const bytes = encoder.encode(text);
          const matches = regex.test(bytes, 0, bytes.length);
          seen.set(shape.kind, (seen.get(shape.kind) ?? 0) + 1);
          if (shape.kind === "always") expect(matches).toBe(true);
          if (shape.kind === "never") expect(matches).toBe(false);
          if (shape.kind === "literals") {
            expect(shape.tests.some((one) => holds(one, text))).toBe(matches);
          }
          if (shape.kind !== "guarded") continue;
          for (const set of shape.required) {
            const fires = set.some((one) => holds({ op: "contains", ...one }, text));
            expect(fires || !matches).toBe(true);
          }
        }
      },
    ),
    { numRuns: 2000 },
  );
  expect([...seen.keys()].toSorted()).toEqual(
    expect.arrayContaining(["always", "guarded", "literals", "opaque"]),
  );
});
