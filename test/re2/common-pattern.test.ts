// What is taken without asking RE2: RE2 must take it too, always.

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { isCommonPattern } from "../../src/re2/common-pattern.ts";
import { startRe2 } from "../../src/re2/runtime.ts";

const re2 = startRe2();

function accepts(pattern: string): boolean {
  const native = new re2.Pattern(pattern, false, false, false);
  try {
    return native.ok();
  } finally {
    native.delete();
  }
}

const COMMON = [
  "",
  "plain text",
  "^(DEBUG|TRACE)$",
  "payment|refund",
  "^GET /(ready|live)z? HTTP/1\\.[01]",
  "^/internal/(debug|trace)/[0-9a-f]{8}$",
  "(?i)(bearer\\s+)\\S+",
  "^([0-9]{9,15})([0-9]{2})$",
  "^.*edge$",
  "[^ ]+?@[A-Za-z0-9.-]+\\.(?:com|org)",
  "a{0}",
  "a{0,64}",
  "()",
  "a||b",
  "((((((((((a))))))))))",
];
for (const pattern of COMMON) {
  test(`takes ${JSON.stringify(pattern)}, as RE2 does`, () => {
    expect(isCommonPattern(pattern)).toBe(true);
    expect(accepts(pattern)).toBe(true);
  });
}

const UNSURE = [
  "(",
  ")",
  "([bad",
  "*",
  "a**",
  "a+*",
  "a{2}{2}",
  "^*",
  "(*a)",
  "a|*",
  "[z-a]",
  "[a-]b-]c",
  "[]",
  "[]a]",
  "[[:alpha:]]",
  "a{3,2}",
  "a{65}",
  "(a{9}){9}",
  "a{1000}",
  "{2}",
  "\\",
  "\\p{Greek}",
  "\\bword",
  "\\1",
  "\\_",
  "(?P<name>a)",
  "(?=a)",
  "a(?i)b",
  "é",
  "a\n",
  "(((((((((((a)))))))))))",
  "a".repeat(201),
];
for (const pattern of UNSURE) {
  test(`leaves ${JSON.stringify(pattern.slice(0, 30))} to RE2`, () => {
    expect(isCommonPattern(pattern)).toBe(false);
  });
}

describe("whatever is taken, RE2 takes", () => {
  const pieces = fc.constantFrom(
    ..."abz09 _-.*+?|^$()[]{}\\,:!<>=/&~#@%\"'`".split(""),
    ..."\\d \\w \\S \\. \\- \\/ \\] [a-z [^0-9 a-f - ] {2} {2,3} {64} {,3} (?: (?i) *? +? [: :] \\Q \\E \\x é".split(
      " ",
    ),
  );

  test("of arbitrary strings of pieces of patterns", () => {
    let taken = 0;
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
        const pattern = parts.join("");
        if (!isCommonPattern(pattern)) return;
        taken++;
        expect(accepts(pattern)).toBe(true);
      }),
      { numRuns: 20_000 },
    );
    // A check that never comes to anything would hold as well.
    expect(taken).toBeGreaterThan(500);
  });

  test("of well-formed patterns, the largest among them", () => {
    const { pattern } = fc.letrec<{ pattern: string; atom: string }>((tie) => ({
      atom: fc.oneof(
        { depthSize: "small" },
        fc.constantFrom("a", "Z", "7", " ", ".", "\\w", "\\S", "[a-z]", "[^a-z ]", "\\.", "[\\d-]"),
        tie("pattern").map((inner) => `(${inner})`),
      ),
      pattern: fc
        .array(fc.tuple(tie("atom"), fc.constantFrom("", "*", "+?", "?", "{2}", "{0,8}", "{32}")), {
          minLength: 1,
          maxLength: 8,
        })
        .map((parts) => parts.map(([atom, quantifier]) => atom + quantifier).join("")),
    }));
    let taken = 0;
    fc.assert(
      fc.property(pattern, fc.boolean(), (text, folds) => {
        const whole = folds ? `(?i)${text}` : text;
        if (!isCommonPattern(whole)) return;
        taken++;
        expect(accepts(whole)).toBe(true);
      }),
      { numRuns: 5_000 },
    );
    expect(taken).toBeGreaterThan(500);
  });

  test("of the most that one may hold", () => {
    const widest = `(?i)(${"[^a-z]".repeat(31)}){64}`;
    expect(widest.length).toBeLessThanOrEqual(200);
    expect(isCommonPattern(widest)).toBe(true);
    expect(accepts(widest)).toBe(true);
  });
});
