// Replacement templates and which matches are replaced.

import { describe, expect, test } from "bun:test";
import { decodeUtf8, encodeUtf8 } from "../../../src/core/utf8.ts";
import { compileRegex, Meter, unmetered } from "../../../src/regex/index.ts";
import { Replaced, replacementOfAll, Replacer } from "../../../src/policy/transform/replace.ts";
import { parseTemplate, unknownGroups } from "../../../src/policy/transform/template.ts";

/** The text after replacing, or undefined when nothing matches. */
function replaced(pattern: string, template: string, text: string): string | undefined {
  const regex = compileRegex(pattern, { caseInsensitive: false });
  const parts = parseTemplate(template, regex.groupNames);
  const replacer = new Replacer(regex, parts);
  const bytes = new TextEncoder().encode(text);
  const result = replacer.run(bytes, 0, bytes.length, unmetered());
  if (result === Replaced.tooCostly) return "too_costly";
  return result === Replaced.nothing
    ? undefined
    : new TextDecoder().decode(replacer.text.subarray(0, replacer.length));
}

describe("a replacer", () => {
  const cases: [string, string, string, string, string | undefined][] = [
    ["every match, leftmost first", "[0-9]+", "#", "a1b22c", "a#b#c"],
    ["nothing when nothing matches", "x", "#", "abc", undefined],
    ["the whole text", "^.*$", "#", "abc", "#"],
    ["$0 as the whole match", "b+", "<$0>", "abbc", "a<bb>c"],
    ["$1 and then text that is no digit", "(a)(b)", "$1x$2", "ab", "axb"],
    ["at most two digits", "(a)", "$100", "a", "0"],
    ["a braced group followed by a digit", "(a)", "${1}0", "a", "a0"],
    ["a named group", "(?P<user>[a-z]+)@", "${user} at ", "bob@x", "bob at x"],
    ["$$ as a dollar", "a", "$$1", "a", "$1"],
    ["a missing group as nothing", "(a)", "[$2${nobody}]", "a", "[]"],
    ["a group that took no part as nothing", "(a)|b", "[$1]", "ab", "[a][]"],
    ["a lone dollar as itself", "a", "$ $x ${ ${}", "a", "$ $x ${ ${}"],
    ["empty matches between characters", "x*", "-", "abc", "-a-b-c-"],
    ["no empty match right behind a match", "b*", "-", "abc", "-a-c-"],
    ["characters of several bytes whole", "", "-", "é€", "-é-€-"],
    ["a match that ends the text once", "c?$", "-", "abc", "ab-"],
    [
      "a card number and nothing else",
      "\\b\\d(?:[ -]?\\d){12,15}\\b",
      "[CARD]",
      "pan 4111-1111-1111-1111 ok 12",
      "pan [CARD] ok 12",
    ],
  ];
  test.each(cases)("replaces %s", (_, pattern, template, text, want) => {
    expect(replaced(pattern, template, text)).toBe(want);
  });

  test("agrees with RE2's own replacement for matches that are not empty", () => {
    const texts = ["", "a", "aab", "xaabyaab", "été aab"];
    for (const pattern of ["a+b?", "(a)(b)?", "[^a]+"]) {
      for (const text of texts) {
        const want = text.replaceAll(new RegExp(pattern, "gu"), "<$&>");
        expect(replaced(pattern, "<$0>", text) ?? text).toBe(want);
      }
    }
  });

  describe("leaves the value to be replaced whole", () => {
    const grown = 4 * 1000 + 1024 * 1024;
    test("when it makes more than four times the bytes and a MiB more", () => {
      const text = `x${"a".repeat(999)}`;
      expect(replaced("x", "y".repeat(grown - 999), text)?.length).toBe(grown);
      expect(replaced("x", "y".repeat(grown - 998), text)).toBe("too_costly");
    });

    test("by its own bytes, wherever it is in what was read", () => {
      const regex = compileRegex("x", { caseInsensitive: false });
      const replacer = new Replacer(regex, [new Uint8Array(grown - 998)]);
      const bytes = encodeUtf8(`${"b".repeat(3_000_000)}x${"a".repeat(999)}`);
      const start = bytes.length - 1000;
      expect(replacer.run(bytes, start, bytes.length, unmetered())).toBe(Replaced.tooCostly);
    });

    test("after more than 100,000 replacements", () => {
      expect(replaced("[0-9]", "", "1".repeat(100_000))).toBe("");
      expect(replaced("[0-9]", "", "1".repeat(100_001))).toBe("too_costly");
      expect(replaced("", "", "1".repeat(100_000))).toBe("too_costly");
    });

    test("when a record's values come to more than 4 MiB, until the next record", () => {
      const regex = compileRegex("[0-9]", { caseInsensitive: false });
      const replacer = new Replacer(regex, [encodeUtf8("x")]);
      const meter = unmetered();
      const run = (bytes: number): number => {
        const text = encodeUtf8(`${"a".repeat(bytes - 1)}1`);
        return replacer.run(text, 0, bytes, meter);
      };
      const MIB = 1024 * 1024;
      meter.begin();
      expect(run(4 * MIB)).toBe(Replaced.some);
      expect(run(1)).toBe(Replaced.tooCostly);
      expect(replacer.run(encodeUtf8("a"), 0, 1, meter)).toBe(Replaced.nothing);
      meter.begin();
      expect([run(MIB), run(3 * MIB), run(1)]).toEqual([1, 1, 2]);
      meter.begin();
      expect(run(4 * MIB + 1)).toBe(Replaced.tooCostly);
    });

    test("when the time is over, before anything was found or after", () => {
      let now = 0;
      const meter = new Meter(() => now++, 70);
      const regex = compileRegex("[0-9]", { caseInsensitive: false });
      const text = encodeUtf8("1".repeat(99_000));
      const replacer = new Replacer(regex, []);
      expect(replacer.run(text, 0, text.length, meter)).toBe(Replaced.some);
      expect(replacer.length).toBe(0);
      now += 70;
      expect(replacer.run(text, 0, text.length, meter)).toBe(Replaced.tooCostly);
      expect(replacer.run(encodeUtf8("x"), 0, 1, meter)).toBe(Replaced.tooCostly);
    });
  });

  const wholes: [template: string, text: string][] = [
    ["<$1>", "<>"],
    ["***", "***"],
    ["", "[REDACTED]"],
    ["$0", "[REDACTED]"],
    ["$$", "$"],
  ];
  test.each(wholes)("a value replaced whole by %j is %j", (template, text) => {
    expect(decodeUtf8(replacementOfAll(parseTemplate(template, [undefined])))).toBe(text);
  });
});

test("references to groups that a pattern lacks are told as they are written", () => {
  const groups = ["user", undefined];
  expect(unknownGroups("$0 $1 $2 ${1} ${user} $$3 $x $", groups)).toEqual([]);
  expect(unknownGroups("$3 ${3} $2 ${nobody} $$9", groups)).toEqual(["$3", "${3}", "${nobody}"]);
  expect(unknownGroups("$1", [])).toEqual(["$1"]);
});
