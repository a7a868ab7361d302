// Sets of regexes find what each regex finds alone.

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { buildRegexSet, compileRegex, createRegexSet, type Regex } from "../../src/regex/index.ts";
import { anyBytes, validPattern } from "../suites/regex-arbitrary.ts";

const encoder = new TextEncoder();

function regexesOf(patterns: readonly string[]): Regex[] {
  return patterns.map((pattern) => compileRegex(pattern, { caseInsensitive: false }));
}

function searchAll(patterns: readonly string[], text: string): number[] {
  const hits = new Int32Array(patterns.length);
  const bytes = encoder.encode(text);
  const set = createRegexSet(regexesOf(patterns));
  return [...hits.subarray(0, set.search(bytes, 0, bytes.length, hits))].toSorted((a, b) => a - b);
}

const CASES: readonly [patterns: string[], text: string, hits: number[]][] = [
  [[], "a", []],
  [["a"], "a", [0]],
  [["a"], "b", []],
  [["a", "b", "a"], "xa", [0, 2]],
  [["a\\d", "\\d$", "^a", "z"], "a1", [0, 1, 2]],
  [["", "^$", "a"], "", [0, 1]],
  [["\\bfoo\\b", "foo", "foo$"], "a foo", [0, 1, 2]],
  [["\\bfoo\\b", "foo", "foo$"], "a foos", [1]],
  [["^ab", "^ac"], "xab", []],
  [["(?m)^b", "(?m)a$", "\\Ab"], "a\nb", [0, 1]],
];
for (const [patterns, text, hits] of CASES) {
  test(`finds ${hits.length} of ${patterns.length} regexes in ${JSON.stringify(text)}`, () => {
    expect(searchAll(patterns, text)).toEqual(hits);
  });
}

function expectAgreement(regexes: readonly Regex[], texts: readonly Uint8Array[], bytes?: number) {
  const set = createRegexSet(regexes, bytes === undefined ? {} : { cacheBytesMax: bytes });
  const hits = new Int32Array(regexes.length);
  for (const text of texts) {
    const padded = Uint8Array.from([0x61, ...text, 0x62]);
    const end = padded.length - 1;
    const found = [...hits.subarray(0, set.search(padded, 1, end, hits))];
    const wanted = regexes.flatMap((regex, i) => (regex.test(padded, 1, end) ? [i] : []));
    expect(found.toSorted((a, b) => a - b)).toEqual(wanted);
  }
}

describe("agrees with each regex alone", () => {
  const patternLists = fc.array(validPattern, { minLength: 2, maxLength: 12 });
  const textLists = fc.array(anyBytes, { minLength: 4, maxLength: 4 });

  test("on random regexes and texts", () => {
    fc.assert(
      fc.property(patternLists, textLists, (patterns, texts) => {
        expectAgreement(regexesOf(patterns), texts);
      }),
      { numRuns: 150 },
    );
  });

  test("when groups explode and are halved", () => {
    // Each waits for a letter some positions after another: the states are subsets of positions.
    const patterns = Array.from("abcdefghijklmnop", (letter, i) => `${letter}.{${6 + i}}[^q]z`);
    const letters = fc.constantFrom(...Array.from("abcdefghijklmnopz\n"));
    const texts = fc.array(letters, { minLength: 3000, maxLength: 3000 });
    fc.assert(
      fc.property(texts, (text) => {
        expectAgreement(regexesOf(patterns), [encoder.encode(text.join(""))], 1);
      }),
      { numRuns: 4 },
    );
  });

  test("with a thousand regexes", () => {
    const patterns = Array.from({ length: 1000 }, (_, i) => `k${i}=\\d+( |$)`);
    const text = encoder.encode("k7=1 k77=x k777=3 k7=9 k999=1");
    expectAgreement(regexesOf(patterns), [text]);
    expect(searchAll(patterns, "k7=1 k77=x k777=3 k7=9 k999=1")).toEqual([7, 777, 999]);
  });
});

test("takes regexes that were made elsewhere", () => {
  const foreign: Regex = {
    pattern: "a",
    groupCount: 0,
    groupNames: [],
    test: (bytes, start, end) => bytes.subarray(start, end).includes(0x61),
    walk: () => ({ next: () => false, stop: () => {} }),
  };
  const set = createRegexSet([foreign, ...regexesOf(["b"])]);
  const hits = new Int32Array(2);
  expect(set.search(encoder.encode("xa"), 0, 2, hits)).toBe(1);
  expect(hits[0]).toBe(0);
});

test("is built in several steps when it is large", () => {
  const patterns = Array.from({ length: 2000 }, (_, i) => `key${i}=\\d`);
  const steps = buildRegexSet(regexesOf(patterns));
  let count = 0;
  let step = steps.next();
  for (; step.done !== true; step = steps.next()) count++;
  expect(count).toBeGreaterThan(2);
  const hits = new Int32Array(2000);
  expect(step.value.search(encoder.encode("key1999=1"), 0, 9, hits)).toBe(1);
  expect(hits[0]).toBe(1999);
});
