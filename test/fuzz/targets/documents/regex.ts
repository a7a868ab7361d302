// Regular expressions: what RE2 takes is taken and the rest is not, and the same is found. An input
// is a pattern, a zero byte, and a text.

import * as fc from "fast-check";
import { compileRegex, RegexSyntaxError, unmetered } from "../../../../src/regex/index.ts";
import type { Regex } from "../../../../src/regex/index.ts";
import { validPattern } from "../../../suites/regex-arbitrary.ts";
import { oracleFind, oracleReason, TOO_LARGE } from "../../../suites/regex-oracle.ts";
import { expectSame, type FuzzTarget } from "../../fuzz-target.ts";

const PATTERN_CHARS_MAX = 200;

export const target: FuzzTarget = {
  seeds: fc
    .sample(validPattern, { numRuns: 60, seed: 7 })
    .map((pattern) => `${pattern}\0ab ks 0_. é日😀 foo\nab`),
  words: ["(?i)", "(?:", "(?P<n>", "[[:alpha:]]", "\\p{Greek}", "{2,3}", "\\b", "[^", "\\Q", "*?"],
  check(input) {
    const [pattern = "", ...rest] = new TextDecoder().decode(input).split("\0");
    if (pattern.length > PATTERN_CHARS_MAX || pattern.includes("\uFFFD")) return;
    const reason = oracleReason(pattern);
    if (reason === TOO_LARGE) return;
    const regex = compiled(pattern);
    expectSame(`taken (RE2: ${reason})`, regex !== undefined, reason === undefined);
    // RE2 of 2021 loses alternatives of a|(?i:a): what it finds of such is no yardstick.
    if (regex === undefined || pattern.includes("(?") || pattern === "") return;
    const text = rest.join("\0");
    const theirs = oracleFind(pattern, false, [text]);
    if (theirs === undefined) return;
    const bytes = new TextEncoder().encode(text);
    const found = regex.test(bytes, 0, bytes.length, unmetered());
    expectSame("found", found, theirs[0] !== null);
  },
};

function compiled(pattern: string): Regex | undefined {
  try {
    return compileRegex(pattern, { caseInsensitive: false });
  } catch (error) {
    if (error instanceof RegexSyntaxError) return undefined;
    throw error;
  }
}
