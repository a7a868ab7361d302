// `${VAR}` in strings.

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { substitute } from "../../src/config/substitute.ts";

const ENV = { A: "alpha", EMPTY: "", NESTED: "${A}", _x9: "under", GONE: undefined };

describe("substitution of variables", () => {
  const REPLACED: readonly (readonly [text: string, result: string])[] = [
    ["", ""],
    ["plain", "plain"],
    ["${A}", "alpha"],
    ["<${A}|${_x9}>", "<alpha|under>"],
    ["${A}${A}", "alphaalpha"],
    ["${EMPTY}", ""],
    ["${A:-other}", "alpha"],
    ["${EMPTY:-other}", "other"],
    ["${NONE:-other}", "other"],
    ["${GONE:-other}", "other"],
    ["${NONE:-}", ""],
    ["${NONE:-a:-b $ {}", "a:-b $ {"],
    ["${NONE:-${A}}", "${A}"],
    ["${NESTED}", "${A}"],
    ["$${A}", "${A}"],
    ["$${", "${"],
    ["$$${A}", "$${A}"],
    ["$${${A}", "${alpha"],
    ["${A}$${A}", "alpha${A}"],
    ["$", "$"],
    ["a$b$", "a$b$"],
    ["$$", "$$"],
    ["$A {A} }", "$A {A} }"],
  ];
  test.each(REPLACED)("%j becomes %j", (text, result) => {
    const replaced = substitute(text, ENV);
    expect(replaced.ok ? replaced.text : replaced).toBe(result);
  });

  const NAME = "is not a variable name; allowed: letters, digits and _, not beginning with a digit";
  const REFUSED: readonly (readonly [text: string, reason: string])[] = [
    ["${NONE}", "the variable NONE is not set; set it, or write ${NONE:-default}"],
    ["${GONE}", "the variable GONE is not set; set it, or write ${GONE:-default}"],
    ["${toString}", "the variable toString is not set; set it, or write ${toString:-default}"],
    ["${", "${ is not closed by }; write $${ for a literal ${"],
    ["${A} and ${A", "${ is not closed by }; write $${ for a literal ${"],
    ["${}", `"" ${NAME}`],
    ["${:-x}", `"" ${NAME}`],
    ["${1A}", `"1A" ${NAME}`],
    ["${A-B}", `"A-B" ${NAME}`],
    ["${ A }", `" A " ${NAME}`],
    ["${A\n}", `"A\\n" ${NAME}`],
    ["${Ä}", `"Ä" ${NAME}`],
  ];
  test.each(REFUSED)("%j is refused: %s", (text, reason) => {
    const replaced = substitute(text, ENV);
    expect(replaced.ok ? "accepted" : replaced.reason).toBe(reason);
  });

  test("names the variables that it looked at, also those it did not find", () => {
    expect(substitute("${A} $${B} ${C:-c} ${D}", ENV).names).toEqual(["A", "C", "D"]);
  });

  test("leaves text without a dollar and brace as it is, and never throws", () => {
    const pieces = fc.constantFrom("$", "{", "}", "${", "$${", ":-", "A", "NONE", "1", " ", "é");
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
        const text = parts.join("");
        const result = substitute(text, ENV);
        if (!text.includes("${")) expect(result).toEqual({ ok: true, text, names: [] });
        expect(result.ok ? typeof result.text : typeof result.reason).toBe("string");
      }),
      { numRuns: 2000 },
    );
  });

  test("gives any text back that was escaped", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        // A dollar before an escaped brace would escape it twice.
        const escaped = text.replaceAll("${", () => "$${");
        expect(substitute(escaped, {})).toEqual({ ok: true, text, names: [] });
      }),
    );
  });
});
