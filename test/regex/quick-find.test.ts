// Matches that are asked for without their groups are found another way: the same ones, where RE2
// finds them, and in linear time.

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { REGEX_CACHE_BYTES_MAX } from "../../src/core/limits.ts";
import { Meter, unmetered } from "../../src/regex/index.ts";
import { CompiledRegex } from "../../src/regex/regex.ts";
import { validPattern, validText } from "../suites/regex-arbitrary.ts";

const encoder = new TextEncoder();

/** Offsets of all matches; as many offsets of each as `size` has room for. */
function offsets(regex: CompiledRegex, bytes: Uint8Array, size: number): number[][] {
  const captures = new Int32Array(size);
  const found: number[][] = [];
  const walk = regex.walk(bytes, 0, bytes.length, 0);
  while (walk.next(captures)) found.push([...captures]);
  return found;
}

/** The same without the way that only some regexes and texts allow. */
function offsetsAnyWay(regex: CompiledRegex, bytes: Uint8Array, size: number): number[][] {
  const captures = new Int32Array(size);
  const found: number[][] = [];
  const walk = regex.anyWalk(bytes, 0, bytes.length, 0, unmetered());
  while (walk.next(captures)) found.push([...captures]);
  return found;
}

function compiled(pattern: string, cacheBytesMax = REGEX_CACHE_BYTES_MAX): CompiledRegex {
  return new CompiledRegex(pattern, { caseInsensitive: false, cacheBytesMax });
}

function expectSame(pattern: string, bytes: Uint8Array): void {
  for (const cacheBytesMax of [1, REGEX_CACHE_BYTES_MAX]) {
    const regex = compiled(pattern, cacheBytesMax);
    const all = (regex.groupCount + 1) * 2;
    const wanted = offsetsAnyWay(regex, bytes, all);
    expect(offsets(regex, bytes, all)).toEqual(wanted);
    expect(offsets(regex, bytes, 2)).toEqual(wanted.map((match) => match.slice(0, 2)));
  }
}

describe("matches without groups, and groups that are looked for inside of them", () => {
  test("are those that are found in any text", () => {
    fc.assert(
      fc.property(validPattern, validText, (pattern, text) => {
        expectSame(pattern, encoder.encode(text.repeat(3)));
      }),
      { numRuns: 400 },
    );
  });

  test("are the same of a few letters that begin again and again", () => {
    const letters = fc.array(fc.constantFrom("a", "b", "ab", "aa", " ", "-".repeat(25)), {
      maxLength: 24,
    });
    const piece = fc.constantFrom("a", "b", "a*", "b+?", "(a|b)", "(ab)?", "\\b", "(?:a|ab)", "$");
    const pattern = fc.array(piece, { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(pattern, pattern, letters, (one, other, text) => {
        expectSame(`${one.join("")}|${other.join("")}`, encoder.encode(text.join("")));
      }),
      { numRuns: 600 },
    );
  });

  test("are the same in bytes that are no text", () => {
    const bytes = fc.uint8Array({ maxLength: 20 });
    const text = fc.constantFrom("ab1", "é", "12", " ");
    fc.assert(
      fc.property(fc.array(fc.oneof(bytes, text), { maxLength: 6 }), (parts) => {
        const all = parts.map((part) => (typeof part === "string" ? encoder.encode(part) : part));
        const input = Uint8Array.from(all.flatMap((part) => [...part]));
        for (const pattern of ["[0-9]+", "(\\w)+\\b", "[^a]", "\uFFFD+", "é."]) {
          expectSame(pattern, input);
        }
      }),
      { numRuns: 300 },
    );
  });
});

const PLACES: [pattern: string, text: string, wanted: number[][]][] = [
  // What began first comes to nothing, and what began later is the match.
  ["aab", "aaab", [[1, 4]]],
  [
    "abac|b",
    "ababac b",
    [
      [1, 2],
      [2, 6],
      [7, 8],
    ],
  ],
  // What began first is the match, though one inside of it was over before.
  ["a.*z|b", "abz", [[0, 3]]],
  ["a.*z|b", "aby", [[1, 2]]],
  [
    "\\b\\d{2}\\b",
    "12 345 67",
    [
      [0, 2],
      [7, 9],
    ],
  ],
  ["(?m)^b$", "ab\nb\nbc", [[3, 4]]],
  ["é+", "aééb", [[1, 5]]],
  [
    "(x)(y)?",
    `x${" ".repeat(30)}xyx${" ".repeat(30)}x`,
    [
      [0, 1],
      [31, 33],
      [33, 34],
      [64, 65],
    ],
  ],
  ["(user|id)=(\\w+)\\b", "user=é id=7", [[8, 12]]],
];
for (const [pattern, text, wanted] of PLACES) {
  test(`/${pattern}/ is at ${JSON.stringify(wanted)} in ${JSON.stringify(text)}`, () => {
    expect(offsets(compiled(pattern), encoder.encode(text), 2)).toEqual(wanted);
    expectSame(pattern, encoder.encode(text));
  });
}

test("groups tell the words around a match apart from those inside of it", () => {
  const regex = compiled("(a+?)(\\b|b)");
  expect(offsets(regex, encoder.encode("aab a"), 6)).toEqual([
    [0, 3, 0, 2, 2, 3],
    [4, 5, 4, 5, 5, 5],
  ]);
});

/** Adds up all that is spent. */
class Counter extends Meter {
  steps = 0;

  override spend(steps: number): boolean {
    this.steps += steps;
    return super.spend(steps);
  }
}

describe("linear time without groups", () => {
  const hostile: [pattern: string, piece: string][] = [
    ["a+b|a", "a"],
    ["(a)(b)?.{0,50}q|a", "ab"],
    ["(?s)a.*z|a", "a"],
    ["(?s)(a).*(z)|(a)", "a"],
    ["[a-m][a-z0-9 ]{50}[#A-Z]|a", "a b"],
    ["(a|b)*c|[ab]", "ab"],
  ];
  for (const [pattern, piece] of hostile) {
    for (const cacheBytesMax of [1, REGEX_CACHE_BYTES_MAX]) {
      test(`/${pattern}/ in ${JSON.stringify(piece)}…, ${cacheBytesMax} bytes for states`, () => {
        const stepsOf = (copies: number): number => {
          const regex = compiled(pattern, cacheBytesMax);
          const bytes = encoder.encode(piece.repeat(copies));
          const meter = new Counter(() => 0, 1);
          const captures = new Int32Array(2);
          const walk = regex.walk(bytes, 0, bytes.length, 0, meter);
          while (walk.next(captures));
          return meter.steps;
        };
        expect(stepsOf(8_000)).toBeLessThan(stepsOf(4_000) * 2.1);
      });
    }
  }
});
