// Long values are found in pieces, and end where the scanner says; what it rejects ends the search.

import { afterEach, describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import {
  knowLongValues,
  LongValues,
  scanString,
  skipSpace,
  skipValue,
} from "../../../src/core/json/index.ts";
import { JSON_DEPTH_MAX, LONG_VALUE_BYTES_MIN } from "../../../src/core/limits.ts";
import { encodeUtf8 } from "../../../src/core/utf8.ts";
import { jsonText } from "./arbitrary-json.ts";

afterEach(() => knowLongValues(undefined));

function found(text: string, piece: number): [number, number][] {
  const values = new LongValues(encodeUtf8(text));
  for (let i = 0; !values.scan(piece); i++) if (i > text.length) throw new Error("no end");
  return [...values.ends];
}

/** A string as JSON writes it, of so many bytes. */
const string = (bytes: number): string => `"${"a".repeat(bytes - 2)}"`;
const LONG = string(LONG_VALUE_BYTES_MIN + 1);
const { length } = LONG;

describe("the long values of a text", () => {
  const cases: readonly (readonly [string, string, [number, number][]])[] = [
    ["a string just over the size", LONG, [[0, length]]],
    ["one of the size", string(LONG_VALUE_BYTES_MIN), []],
    ["one behind space and a mark", `\ufeff ${LONG} `, [[4, length + 4]]],
    ["with an escape", `"\\n${LONG.slice(1)}`, [[0, ~(length + 2)]]],
    ["with an escape at its end", `${LONG.slice(0, -1)}\\u00e4"`, [[0, ~(length + 6)]]],
    [
      "a container around it",
      `[${LONG}]`,
      [
        [1, length + 1],
        [0, length + 2],
      ],
    ],
    [
      "a member",
      `{"a":${LONG},"b":1}`,
      [
        [5, length + 5],
        [0, length + 12],
      ],
    ],
    ["a container of short ones", `[${"1,".repeat(length)}{}]`, [[0, 2 * length + 4]]],
    [
      "documents in a row",
      `{}\n{"a":${LONG}}[]`,
      [
        [8, length + 8],
        [3, length + 9],
      ],
    ],
    ["before what is no JSON", `[${LONG},x,${LONG}]`, [[1, length + 1]]],
    ["not behind a wrong escape", `[${LONG},"\\x",${LONG}]`, [[1, length + 1]]],
    ["not of a string without an end", LONG.slice(0, -1), []],
    ["not of a container without an end", `[${LONG}`, [[1, length + 1]]],
    ["not behind too much nesting", "[".repeat(JSON_DEPTH_MAX + 1) + LONG, []],
    [
      "at the deepest place",
      "[".repeat(JSON_DEPTH_MAX) + LONG,
      [[JSON_DEPTH_MAX, length + JSON_DEPTH_MAX]],
    ],
  ];
  for (const [name, text, ends] of cases) {
    test(name, () => {
      for (const piece of [1, 7, 65_536, 1_000_000]) expect(found(text, piece)).toEqual(ends);
    });
  }
});

test("what is known is passed without being scanned, in its own text only", () => {
  const text = encodeUtf8(`[${"x".repeat(LONG_VALUE_BYTES_MIN)}] "${"\n".repeat(2)}"`);
  knowLongValues(text, new Map([[0, text.length]]));
  expect(skipValue(text, 0, 0)).toBe(text.length);
  expect(() => skipValue(text.slice(), 0, 0)).toThrow("JSON: a value expected");
  knowLongValues(undefined);
  expect(() => skipValue(text, 0, 0)).toThrow("JSON: a value expected");
});

test("a known string ends at its quote, and is said to have escapes", () => {
  for (const inside of ["", "\\t"]) {
    const text = encodeUtf8(`"${inside}${"a".repeat(LONG_VALUE_BYTES_MIN)}${inside}"`);
    const expected = scanString(text, 1);
    const values = new LongValues(text);
    values.scan(text.length);
    knowLongValues(text, values.ends);
    expect(scanString(text, 1)).toBe(expected);
    expect(skipValue(text, 0, 0)).toBe(text.length);
    knowLongValues(undefined);
  }
});

test("arbitrary texts, whole and cut, are scanned to the end just when the scanner takes them", () => {
  const run = fc.property(
    jsonText,
    fc.nat(),
    fc.integer({ min: 1, max: 9 }),
    (text, cut, piece) => {
      const whole = encodeUtf8(text);
      const bytes = whole.subarray(0, cut % (whole.length + 1));
      let takes = true;
      try {
        for (let at = skipSpace(bytes, 0); at < bytes.length;) {
          at = skipSpace(bytes, skipValue(bytes, at, 0));
        }
      } catch {
        takes = false;
      }
      const values = new LongValues(bytes);
      while (!values.scan(piece));
      expect(values.isWhole).toBe(takes);
    },
  );
  fc.assert(run, { numRuns: 500 });
});
