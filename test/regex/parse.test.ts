// Which patterns are accepted, held against RE2's own verdict and reason.

import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { compileRegex, RegexSyntaxError } from "../../src/regex/index.ts";
import { toRe2Syntax } from "../../src/re2/regex-validator.ts";
import { anyPattern, validPattern } from "../suites/regex-arbitrary.ts";
import { oracleReason, TOO_LARGE } from "../suites/regex-oracle.ts";

/** The parser's reason to reject `pattern`, or undefined. */
function reasonOf(pattern: string): string | undefined {
  try {
    compileRegex(pattern, { caseInsensitive: false });
    return undefined;
  } catch (error) {
    if (!(error instanceof RegexSyntaxError)) throw error;
    expect(error.code).toBe("regex_syntax");
    return error.message;
  }
}

const REJECTED: readonly [pattern: string, reason: string][] = [
  ["([bad", "missing ]: [bad"],
  ["[", "missing ]: ["],
  ["[]", "missing ]: []"],
  ["[^]", "missing ]: [^]"],
  ["(", "missing ): ("],
  ["a)b", "unexpected ): a)b"],
  ["*a", "no argument for repetition operator: *"],
  ["(|*)", "no argument for repetition operator: *"],
  ["\\Q\\E*", "no argument for repetition operator: *"],
  ["(?i)*", "no argument for repetition operator: *"],
  ["a**", "bad repetition operator: **"],
  ["a+?*", "bad repetition operator: +?*"],
  ["a{2}{3}", "bad repetition operator: {2}{3}"],
  ["a{1001}", "invalid repetition size: {1001}"],
  ["a{2,1}", "invalid repetition size: {2,1}"],
  ["((a{100}){10}){2}", "invalid repetition size: {2}"],
  ["(?:a{2,}){501}", "invalid repetition size: {501}"],
  ["[z-a]", "invalid character class range: z-a"],
  ["[[:foo:]]", "invalid character class range: [:foo:]"],
  ["\\p{Nope}", "invalid character class range: \\p{Nope}"],
  ["\\p{toString}", "invalid character class range: \\p{toString}"],
  ["\\p{Greek", "invalid character class range: \\p{Greek"],
  ["[a-\\d]", "invalid escape sequence: \\d"],
  ["\\8", "invalid escape sequence: \\8"],
  ["\\1", "invalid escape sequence: \\1"],
  ["\\Z", "invalid escape sequence: \\Z"],
  ["\\E", "invalid escape sequence: \\E"],
  ["\\é", "invalid escape sequence: \\é"],
  ["\\u0041", "invalid escape sequence: \\u"],
  ["\\cA", "invalid escape sequence: \\c"],
  ["\\x{110000}", "invalid escape sequence: \\x{110000"],
  ["(?=a)", "invalid perl operator: (?="],
  ["(?!a)", "invalid perl operator: (?!"],
  ["(?P=n)", "invalid perl operator: (?P"],
  ["(?i-)", "invalid perl operator: (?i-)"],
  ["(?P<n", "invalid named capture group: (?P<n"],
  ["(?P<a-b>x)", "invalid named capture group: (?P<a-b>"],
];
for (const [pattern, reason] of REJECTED) {
  test(`rejects ${pattern} with RE2's reason`, () => {
    expect(reasonOf(pattern)).toBe(reason);
    expect(oracleReason(pattern)).toBe(reason);
  });
}

const ACCEPTED = [
  ["", "[ -a]"],
  String.raw`() (?:)* (?i) (?) a(?i)* a*(?i)* a*\Q\E* ^* \b+ a{,2} a{ a{1000} (?:a{10}){100}`.split(
    " ",
  ),
  String.raw`a{0} a{00} a{1,02} a{12345678901} {2 x{2, ] } []a] [^]a] [a-] [-a] [[:]`.split(" "),
  String.raw`[[:a] [[.a.]] [\d-z] [(?<n>] [\]] \_ \- \/ \07 \012 \x{10FFFF} \C`.split(" "),
  String.raw`\x{000000041} \Q(\ \Q\\E (?P<a1_>x) (?P<n>a)(?P<n>b) (?i-s:a)`.split(" "),
  String.raw`(?imsU-imsU:a) \p{^Greek} \p{Any}`.split(" "),
].flat();
for (const pattern of ACCEPTED) {
  test(`accepts ${JSON.stringify(pattern)}, as RE2 does`, () => {
    expect(reasonOf(pattern)).toBeUndefined();
    expect(oracleReason(pattern)).toBeUndefined();
  });
}

test("accepts (?<name>…), which newer versions of RE2 know", () => {
  expect(reasonOf("(?<n>a)")).toBeUndefined();
  expect(reasonOf("(?<=a)")).toBe("invalid named capture group: (?<=a)");
});

test("accepts groups 1,000 deep and rejects deeper ones", () => {
  const nested = (open: string, depth: number): string =>
    `${open.repeat(depth)}a${")*".repeat(depth)}`;
  for (const open of ["(", "(?:"]) {
    const deepest = compileRegex(nested(open, 1000), { caseInsensitive: false });
    expect(deepest.test(Uint8Array.of(0x61), 0, 1)).toBe(true);
  }
  expect(reasonOf(nested("(?:", 1001))).toBe("groups are nested more than 1000 deep");
  expect(reasonOf(nested("(?i:", 100_000))).toBe("groups are nested more than 1000 deep");
});

test("accepts 1,000 groups and rejects more", () => {
  const captures = new Int32Array(2002);
  const regex = compileRegex("(a)?".repeat(1000), { caseInsensitive: false });
  expect(regex.walk(Uint8Array.of(0x61, 0x61, 0x62), 0, 3, 0).next(captures)).toBe(true);
  expect([...captures.subarray(0, 8)]).toEqual([0, 2, 0, 1, 1, 2, -1, -1]);
  expect(reasonOf("(a)?".repeat(1001))).toBe("there are more than 1000 groups");
});

test("reads a lone surrogate as U+FFFD", () => {
  const regex = compileRegex("^\ud800$", { caseInsensitive: false });
  expect(regex.test(Uint8Array.of(0xef, 0xbf, 0xbd), 0, 3)).toBe(true);
});

test("accepts every valid pattern", () => {
  fc.assert(
    fc.property(validPattern, (pattern) => {
      expect({ pattern, reason: reasonOf(pattern) }).toEqual({ pattern, reason: undefined });
    }),
    { numRuns: 500 },
  );
});

test("accepts and rejects any string of syntax as RE2 does", () => {
  let rejected = 0;
  fc.assert(
    fc.property(anyPattern, (pattern) => {
      const reason = oracleReason(toRe2Syntax(pattern));
      if (reason === TOO_LARGE) return;
      const wanted = reason === undefined;
      if (!wanted) rejected++;
      expect({ pattern, accepted: reasonOf(pattern) === undefined }).toEqual({
        pattern,
        accepted: wanted,
      });
    }),
    { numRuns: 4000 },
  );
  // The fragments are chosen so that neither verdict is rare.
  expect(rejected).toBeGreaterThan(1000);
  expect(rejected).toBeLessThan(3800);
});
