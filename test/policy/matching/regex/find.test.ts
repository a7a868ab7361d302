// The two ways of finding a match give the same offsets, and each keeps to its bounds.

import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { Backtracker } from "../../../../src/policy/matching/regex/backtrack.ts";
import { compileFind } from "../../../../src/policy/matching/regex/compile.ts";
import { firstBytesOf } from "../../../../src/policy/matching/regex/find.ts";
import { compileRegex } from "../../../../src/policy/matching/regex/index.ts";
import { parseRegex } from "../../../../src/policy/matching/regex/parse.ts";
import { simplify } from "../../../../src/policy/matching/regex/simplify.ts";
import { ThreadFinder } from "../../../../src/policy/matching/regex/threads.ts";
import { validPattern, validText } from "../../../suites/regex-arbitrary.ts";

const encoder = new TextEncoder();

function findersOf(pattern: string) {
  const { root, groupNames } = parseRegex(pattern, false);
  const program = compileFind(simplify(root));
  const slotCount = (groupNames.length + 1) * 2;
  const first = firstBytesOf(program);
  return {
    program,
    captures: new Int32Array(slotCount),
    backtracker: new Backtracker(program, slotCount, first),
    threads: new ThreadFinder(program, slotCount, first),
  };
}

test("backtracking and threads find the same match from every place", () => {
  fc.assert(
    fc.property(validPattern, validText, (pattern, text) => {
      const { captures, backtracker, threads } = findersOf(pattern);
      const bytes = encoder.encode(`a${text}b`);
      const end = bytes.length - 1;
      // A few patterns are too large for it, as `(?:(?:\\PL\\PL){1,3}){1,3}`.
      fc.pre(backtracker.takes(bytes, 1, end));
      for (let from = 1; from <= end; from++) {
        if (((bytes[from] ?? 0) & 0xc0) === 0x80) continue;
        captures.fill(-2);
        const one = [backtracker.find(bytes, 1, end, from, captures), ...captures];
        captures.fill(-2);
        expect([threads.find(bytes, 1, end, from, captures), ...captures]).toEqual(one);
      }
    }),
    { numRuns: 500 },
  );
});

for (const pattern of ["(a*)*b", "(a|a)*b", "(x+x+)+y", "((a?){9}){9}b", "(?:(a)|(aa)|b?)*c"]) {
  test(`/${pattern}/ looks at no instruction twice at one place`, () => {
    const { program, captures, backtracker } = findersOf(pattern);
    for (const letter of ["a", "x"]) {
      const bytes = encoder.encode(letter.repeat(400));
      const before = backtracker.work;
      expect(backtracker.find(bytes, 0, 400, 0, captures)).toBe(false);
      expect(backtracker.work - before).toBeLessThanOrEqual(program.ops.length * 401);
    }
  });
}

test("backtracking takes neither long texts nor invalid ones", () => {
  const { backtracker } = findersOf("a+b");
  const bytes = encoder.encode(`${"a".repeat(510)}é`);
  expect(backtracker.takes(bytes, 0, 512)).toBe(true);
  expect(backtracker.takes(bytes, 0, 511)).toBe(false);
  expect(backtracker.takes(Uint8Array.of(0x61, 0xff), 0, 2)).toBe(false);
  expect(backtracker.takes(new Uint8Array(513), 0, 513)).toBe(false);
  expect(backtracker.takes(new Uint8Array(514), 2, 514)).toBe(true);
  expect(findersOf("a{1000}").backtracker.takes(bytes, 0, 200)).toBe(false);
});

test("walks through all matches of a long text, also with matches at every byte", () => {
  const text = encoder.encode("ab1".repeat(700));
  const captures = new Int32Array(2);
  const regex = compileRegex("[a-z]|\\d+", { caseInsensitive: false });
  let count = 0;
  for (let from = 0; regex.find(text, 0, text.length, from, captures); from = captures[1]!) {
    expect(captures[0]).toBe(from);
    count++;
  }
  expect(count).toBe(2100);
});
