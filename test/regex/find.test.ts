// All matches of a text, one after the other: what RE2 finds, between characters only, and in time
// that grows with the text times the program.

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { REGEX_CACHE_BYTES_MAX } from "../../src/core/limits.ts";
import { compileRegex, unmetered } from "../../src/regex/index.ts";
import { Meter } from "../../src/regex/meter.ts";
import { CompiledRegex } from "../../src/regex/regex.ts";
import { validPattern, validText } from "../suites/regex-arbitrary.ts";
import { oracleFind } from "../suites/regex-oracle.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Offsets of all matches, and of what their groups captured. */
function walkOffsets(
  pattern: string,
  bytes: Uint8Array,
  cacheBytesMax = REGEX_CACHE_BYTES_MAX,
  meter = unmetered(),
): number[][] {
  const regex = compileRegex(pattern, { caseInsensitive: false, cacheBytesMax });
  const captures = new Int32Array((regex.groupCount + 1) * 2);
  const found: number[][] = [];
  const walk = regex.walk(bytes, 0, bytes.length, 0, meter);
  while (walk.next(captures)) found.push([...captures]);
  return found;
}

/** The texts of all matches, "|" before each group. */
function walkTexts(pattern: string, text: string, cacheBytesMax = REGEX_CACHE_BYTES_MAX): string[] {
  const bytes = encoder.encode(text);
  return walkOffsets(pattern, bytes, cacheBytesMax).map((offsets) => {
    const parts: string[] = [];
    for (let i = 0; i < offsets.length; i += 2) {
      const start = offsets[i] as number;
      parts.push(start < 0 ? "-" : decoder.decode(bytes.subarray(start, offsets[i + 1])));
    }
    return parts.join("|");
  });
}

/** The same from RE2, as its GlobalReplace goes on from match to match. */
function oracleTexts(pattern: string, text: string): string[] | undefined {
  const chars = Array.from(text);
  const found: string[] = [];
  let lastEnd = -1;
  for (let from = 0; from <= chars.length;) {
    const [match] = oracleFind(pattern, false, [text], from) ?? [];
    if (match === undefined) return undefined;
    if (match === null) return found;
    const length = Array.from(match.texts[0] ?? "").length;
    const end = match.index + length;
    const counts = length > 0 || match.index !== lastEnd;
    if (counts) found.push(match.texts.map((one) => one ?? "-").join("|"));
    if (counts) lastEnd = end;
    from = length > 0 ? end : end + 1;
  }
  return found;
}

/** RE2 also finds empty matches inside of characters. */
function isWithinCharacters(pattern: string, text: string): boolean {
  return pattern.includes(String.raw`\B`) && encoder.encode(text).length > text.length;
}

test("walks through the matches that RE2 finds, with and without room for states", () => {
  fc.assert(
    fc.property(validPattern, validText, (pattern, text) => {
      fc.pre(!isWithinCharacters(pattern, text));
      const wanted = oracleTexts(pattern, text);
      if (wanted === undefined) return;
      for (const cacheBytesMax of [1, 1 << 20]) {
        expect(walkTexts(pattern, text, cacheBytesMax)).toEqual(wanted);
      }
    }),
    { numRuns: 120 },
  );
});

describe("in texts of many blocks", () => {
  const piece = "pan 4111-1111 ok; é日😀 user=bob id=77 -----BEGIN secret\nend----- ";
  const text = piece.repeat(700);
  const cases: [string, RegExp][] = [
    ["[0-9]+", /[0-9]+/g],
    ["user=(\\w+) id=(\\d+)", /user=(\w+) id=(\d+)/g],
    ["(?s)ok.*?end|secret", /ok[^]*?end|secret/g],
    ["(?s)BEGIN.*", /BEGIN[^]*/g],
    ["é.|\\n", /é.|\n/gu],
    ["(?:[a-z]{2}){1,200}", /(?:[a-z]{2}){1,200}/g],
    ["4(?:.{1000})", /4.{1000}/g],
    ["x*", /x*/gu],
  ];
  for (const [pattern, same] of cases) {
    test(`/${pattern}/ matches what it matches elsewhere`, () => {
      const wanted = [...text.matchAll(same)].map((match) => match.join("|"));
      expect(walkTexts(pattern, text)).toEqual(wanted);
      expect(walkTexts(pattern, text, 1)).toEqual(wanted);
    });
  }
});

describe("between characters", () => {
  const cases: [pattern: string, text: string, offsets: number[][]][] = [
    ["\\B", "aé", [[3, 3]]],
    // prettier-ignore
    ["\\B", "é€😀", [[0, 0], [2, 2], [5, 5], [9, 9]]],
    // prettier-ignore
    ["\\b", "éaé", [[2, 2], [3, 3]]],
    // prettier-ignore
    ["", "é", [[0, 0], [2, 2]]],
    [
      "(?m)$",
      "é\n",
      [
        [2, 2],
        [3, 3],
      ],
    ],
    ["a\\C", "aé", [[0, 3]]],
    ["\\C", "é", [[0, 2]]],
    [
      "\\C\\b",
      "éa",
      [
        [0, 2],
        [2, 3],
      ],
    ] as [string, string, number[][]],
    ["(\\C)(\\C)", "é", [[0, 2, 0, 2, 0, 2]]],
    ["\\Bx?", "aé", [[3, 3]]],
  ];
  for (const [pattern, text, offsets] of cases) {
    test(`/${pattern}/ matches ${JSON.stringify(text)} at ${JSON.stringify(offsets)}`, () => {
      expect(walkOffsets(pattern, encoder.encode(text))).toEqual(offsets);
    });
  }

  test("invalid bytes are characters of their own", () => {
    const bytes = Uint8Array.of(0x61, 0xc3, 0xa9, 0xc3, 0x80 + 0x40, 0x62, 0xff, 0xe2, 0x82);
    const offsets = walkOffsets("\\C", bytes).map(([start, end]) => [start, end]);
    // prettier-ignore
    expect(offsets).toEqual([[0, 1], [1, 3], [3, 4], [4, 5], [5, 6], [6, 7], [7, 8], [8, 9]]);
    expect(walkOffsets("\uFFFD+", bytes)).toEqual([
      [3, 5],
      [6, 9],
    ]);
  });

  test("no match begins or ends within a character, whatever the pattern", () => {
    fc.assert(
      fc.property(validPattern, validText, (pattern, text) => {
        const bytes = encoder.encode(text);
        const borders = new Set([0, -1]);
        for (let i = 1; i <= bytes.length; i++) {
          if (i === bytes.length || ((bytes[i] as number) & 0xc0) !== 0x80) borders.add(i);
        }
        const anyWhere = `${pattern}|\\B|\\C\\C`;
        const offsets = walkOffsets(anyWhere, bytes).flat();
        expect(offsets.filter((offset) => !borders.has(offset))).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });
});

describe("linear time", () => {
  const hostile: [pattern: string, piece: string][] = [
    ["(?s)-----BEGIN.*?-----END|secret", "-----BEGIN secret "],
    ["([a-m]).*?[A-Z]|q", "aq"],
    ["(?s)a.*z|a", "a"],
    ["a+b|a", "a"],
    ["(a*)*b|a", "a"],
    ["[a-z]*$|[a-z]", "abc "],
    ["(?:a|aa)+\\b.|a", "a"],
    ["x*", "abc"],
    ["(a)(b)?.{0,50}q|a", "ab"],
    ["(?:(a)|(b)|(ab))+c|.", "abab"],
    ["[a-m][a-z0-9 ]{50}[#A-Z]|a", "a b"],
    ["(?s).{1,100}Z|.", "é"],
    ["^.*?$|\\B", "ab\n"],
  ];
  for (const [pattern, piece] of hostile) {
    for (const cacheBytesMax of [1, REGEX_CACHE_BYTES_MAX]) {
      const states = cacheBytesMax > 1 ? "with" : "without";
      test(`/${pattern}/ finds all in ${JSON.stringify(piece)}… ${states} room for states`, () => {
        const workOf = (copies: number): number => {
          const regex = new CompiledRegex(pattern, { caseInsensitive: false, cacheBytesMax });
          const bytes = encoder.encode(piece.repeat(copies));
          const captures = new Int32Array((regex.groupCount + 1) * 2);
          const walk = regex.walk(bytes, 0, bytes.length, 0);
          while (walk.next(captures));
          return regex.work;
        };
        expect(workOf(8_000)).toBeLessThan(workOf(4_000) * 2.1);
      });
    }
  }
});

test("a walk without time for more ends, and the meter says why", () => {
  let now = 1;
  const meter = new Meter(() => now++, 5);
  const text = encoder.encode("a1".repeat(400_000));
  const found = walkOffsets("[a-m][a-z0-9 ]{500}[A-Z]|1", text, REGEX_CACHE_BYTES_MAX, meter);
  expect(meter.ranOut).toBe(true);
  expect(found.length).toBeLessThan(100_000);
  meter.begin();
  expect(walkOffsets("[0-9]", text.subarray(0, 4), REGEX_CACHE_BYTES_MAX, meter)).toEqual([
    [1, 2],
    [3, 4],
  ]);
  expect(meter.ranOut).toBe(false);
});

test("a thread that was held up does not make a record costly", () => {
  let now = 1;
  const meter = new Meter(() => (now += 1000), 50);
  meter.begin();
  expect(meter.spend(1_000_000)).toBe(true);
  for (let looks = 2; looks <= 10; looks++) expect(meter.spend(100_001)).toBe(true);
  expect(meter.spend(100_001)).toBe(false);
  expect(meter.spend(1)).toBe(false);
  meter.begin();
  expect(meter.spend(1)).toBe(true);
});

test("nothing is begun in the last two fifths of a record's time", () => {
  let now = 0;
  const meter = new Meter(() => now, 50);
  const spent = (): boolean => meter.spend(100_001);
  for (let looks = 1; looks <= 10; looks++) expect(spent()).toBe(true);
  now = 29;
  expect(spent()).toBe(true);
  now = 30;
  expect(spent()).toBe(false);
});
