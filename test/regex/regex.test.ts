// Matches and captures: the shared cases, and random patterns held against RE2.

import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { compileRegex } from "../../src/regex/index.ts";
import { anyBytes, validPattern, validText } from "../suites/regex-arbitrary.ts";
import { decodeByteWise, oracleFind } from "../suites/regex-oracle.ts";
import { REGEX_CASES } from "../suites/regex-suite.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

interface Found {
  readonly test: boolean;
  /** The match and its groups, or null. */
  readonly texts: readonly (string | undefined)[] | null;
  readonly start: number;
}

/** Searches the text in the middle of other bytes, so that reading over its ends would show. */
function search(pattern: string, caseInsensitive: boolean, text: Uint8Array, from = 0): Found {
  const regex = compileRegex(pattern, { caseInsensitive });
  const bytes = new Uint8Array(text.length + 4).fill(0x61);
  bytes.set(text, 2);
  const end = text.length + 2;
  const captures = new Int32Array((regex.groupCount + 1) * 2);
  const test = regex.test(bytes, 2, end);
  if (!regex.walk(bytes, 2, end, from + 2).next(captures)) return { test, texts: null, start: -1 };
  const texts = Array.from({ length: regex.groupCount + 1 }, (_, group) => {
    const start = captures[group * 2]!;
    return start < 0 ? undefined : decoder.decode(bytes.subarray(start, captures[group * 2 + 1]));
  });
  return { test, texts, start: captures[0]! - 2 };
}

/** RE2 also finds empty matches inside of characters. */
function isWithinCharacters(pattern: string, text: string): boolean {
  return pattern.includes("\\B") && encoder.encode(text).length > text.length;
}

for (const { pattern, caseInsensitive = false, text, want } of REGEX_CASES) {
  const title = `/${pattern}/${caseInsensitive ? "i" : ""} in ${JSON.stringify(text)}`;
  test(`${title} is ${want === null ? "no match" : "a match"}`, () => {
    const { test, texts } = search(pattern, caseInsensitive, encoder.encode(text));
    expect({ test, texts }).toEqual({ test: want !== null, texts: want });
    const [oracle] = oracleFind(pattern, caseInsensitive, [text]) ?? [];
    expect(oracle?.texts ?? null).toEqual(want);
  });
}

test("matches what RE2 matches, with the same groups at the same position", () => {
  fc.assert(
    fc.property(
      validPattern,
      fc.boolean(),
      fc.array(validText, { minLength: 4, maxLength: 4 }),
      (pattern, caseInsensitive, texts) => {
        const wanted = oracleFind(pattern, caseInsensitive, texts);
        if (wanted === undefined) return;
        texts.forEach((text, i) => {
          const want = wanted[i] ?? null;
          const found = search(pattern, caseInsensitive, encoder.encode(text));
          expect(found.test).toBe(want !== null);
          if (isWithinCharacters(pattern, text)) return;
          expect(found.texts).toEqual(want === null ? null : [...want.texts]);
        });
      },
    ),
    { numRuns: 500 },
  );
});

test("finds from a later position what RE2 finds from there", () => {
  fc.assert(
    fc.property(validPattern, validText, fc.nat(12), (pattern, text, skip) => {
      const chars = Array.from(text);
      const from = Math.min(skip, chars.length);
      const wanted = oracleFind(pattern, false, [text], from);
      if (wanted === undefined) return;
      const bytesBefore = encoder.encode(chars.slice(0, from).join("")).length;
      if (isWithinCharacters(pattern, text)) return;
      const found = search(pattern, false, encoder.encode(text), bytesBefore);
      expect(found.texts).toEqual(wanted[0] == null ? null : [...wanted[0].texts]);
    }),
    { numRuns: 300 },
  );
});

test("reads each invalid byte as U+FFFD, with and without room for its states", () => {
  fc.assert(
    fc.property(validPattern, anyBytes, (pattern, bytes) => {
      const wanted = oracleFind(pattern, false, [decodeByteWise(bytes)]);
      if (wanted === undefined) return;
      const captures = new Int32Array(64);
      for (const cacheBytesMax of [1, 1 << 20]) {
        const regex = compileRegex(pattern, { caseInsensitive: false, cacheBytesMax });
        expect(regex.test(bytes, 0, bytes.length)).toBe(wanted[0] !== null);
        if (pattern.includes("\\B")) continue;
        expect(regex.walk(bytes, 0, bytes.length, 0).next(captures)).toBe(wanted[0] !== null);
      }
    }),
    { numRuns: 400 },
  );
});

const INVALID: readonly [string, number[], number, number][] = [
  ["\uFFFD", [0x61, 0xff, 0x62], 1, 2],
  ["\uFFFD+", [0x61, 0xe2, 0x82, 0x62], 1, 3],
  ["a.b", [0x61, 0xc3, 0x62], 0, 3],
  ["^.{3}$", [0xed, 0xa0, 0x80], 0, 3],
  ["^.$", [0xe2, 0x82, 0xac], 0, 3],
  ["b$", [0xff, 0x62], 1, 2],
];
for (const [pattern, bytes, start, end] of INVALID) {
  test(`finds /${pattern}/ at bytes ${start} to ${end} of ${bytes.join(" ")}`, () => {
    const captures = new Int32Array(2);
    const regex = compileRegex(pattern, { caseInsensitive: false });
    expect(regex.walk(Uint8Array.from(bytes), 0, bytes.length, 0).next(captures)).toBe(true);
    expect([...captures]).toEqual([start, end]);
  });
}

test("names its groups in the order of their parentheses", () => {
  const regex = compileRegex("(?P<a>x)(y)(?<b>(z))(?:w)", { caseInsensitive: false });
  expect(regex.groupCount).toBe(4);
  expect(regex.groupNames).toEqual(["a", undefined, "b", undefined]);
});
