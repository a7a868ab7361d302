// Long values are found in pieces, and end where the scanner says; what it rejects ends the search.

import { afterEach, describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import {
  knowLongValues,
  LongValues,
  Scratch,
  scanString,
  skipSpace,
  skipValue,
  unescaped,
  unescapeToScratch,
} from "../../../src/core/json/index.ts";
import { JSON_DEPTH_MAX, LONG_VALUE_BYTES_MIN } from "../../../src/core/limits.ts";
import { decodeUtf8, encodeUtf8 } from "../../../src/core/utf8.ts";
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
    [
      "a key",
      `{${LONG}:1}`,
      [
        [1, length + 1],
        [0, length + 4],
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
    [
      "before and behind what is no JSON",
      `[${LONG},x,${LONG}]`,
      [
        [1, length + 1],
        [length + 4, 2 * length + 4],
      ],
    ],
    [
      "behind a wrong escape",
      `[${LONG},"\\x",${LONG}]`,
      [
        [1, length + 1],
        [length + 7, 2 * length + 7],
      ],
    ],
    ["behind a string that has one, and is long itself", `["\\n${LONG.slice(1, -1)}\\x"]`, []],
    [
      "a container in a list with what is no JSON, and none around it",
      `{"a":[{"b":[1,x]},[${LONG}],],"c":[${LONG}]}`,
      [
        [19, length + 19],
        [18, length + 20],
        [length + 28, 2 * length + 28],
        [length + 27, 2 * length + 29],
      ],
    ],
    ["behind an object that is no JSON, in the next line", `{x}\n${LONG}`, [[4, length + 4]]],
    ["not behind one in the same line", `{x} ${LONG}`, []],
    ["behind a bracket that is missing", `[{"a":[x},${LONG}`, [[10, length + 10]]],
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
  const ends = new Map([[0, text.length]]);
  const nothing = new Map<never, never>();
  knowLongValues({ text, ends, counts: nothing, strings: nothing, inner: undefined });
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
    knowLongValues(values);
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

test("what is known of texts that are no JSON is what the scanner says there", () => {
  const escapes = `"\\n${LONG.slice(1)}`;
  const pieces = ["x", "{", "}", "[", "]", ",", ":", '"', "\\", "1", '{"a":', "\n", "[[{}]]"];
  const text = fc.array(fc.constantFrom(LONG, escapes, `{"a":${LONG}}`, ...pieces), {
    maxLength: 24,
  });
  const run = fc.property(text, fc.constantFrom(1, 1000, 100_000), (parts, piece) => {
    const bytes = encodeUtf8(`[${parts.join("")}`);
    const values = new LongValues(bytes);
    for (let i = 0; !values.scan(piece); i++) if (i > 100_000) throw new Error("no end");
    for (const [at, end] of values.ends) {
      expect(skipValue(bytes, at, 0)).toBe(end < 0 ? ~end : end);
      const range = values.strings.get(at);
      expect(range !== undefined).toBe(end < 0);
      if (range === undefined) continue;
      const { from, to } = range;
      const inside = unescaped(bytes, at + 1, ~end - 1);
      expect(decodeUtf8(values.inner!.text, from, to)).toBe(decodeUtf8(inside));
      expect(values.inner!.text[to]).toBe(0);
    }
  });
  fc.assert(run, { numRuns: 500 });
});

/** What is known of a text that was scanned in pieces of a size. */
function scanned(text: string, piece: number): LongValues {
  const values = new LongValues(encodeUtf8(text));
  while (!values.scan(piece));
  return values;
}

const FILLS = "words of a text ".repeat(LONG_VALUE_BYTES_MIN / 16);

describe("a long string with escapes is unescaped beforehand", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["escapes at both ends", `\\n${FILLS}\\n`],
    ["nothing but quotes", '\\"'.repeat(LONG_VALUE_BYTES_MIN)],
    ["numbers", "\\u00e9".repeat(LONG_VALUE_BYTES_MIN)],
    ["characters in two halves", "\\ud83d\\ude00".repeat(LONG_VALUE_BYTES_MIN / 4)],
    ["halves alone", "\\ud83d\\ud83d\\ude00x\\ude00".repeat(LONG_VALUE_BYTES_MIN / 4)],
    ["what only looks like a half", "\\\\ud83d\\ude00".repeat(LONG_VALUE_BYTES_MIN / 4)],
    ["an escape that comes late", `${FILLS}${FILLS}\\t`],
  ];
  for (const [name, inside] of cases) {
    test(name, () => {
      const text = `["\\n",{"a":"${inside}","\\n${inside}":2},"x${inside}"]`;
      const quotes = [text.indexOf(`"${inside}`), text.indexOf(`"\\n${inside}`)];
      quotes.push(text.indexOf(`"x${inside}`));
      for (const piece of [1, 3, 8192, text.length]) {
        const values = scanned(text, piece);
        expect([...values.strings.keys()]).toEqual(quotes);
        knowLongValues(values);
        for (const quote of quotes) {
          const end = scanString(values.text, quote + 1);
          const scratch = new Scratch();
          unescapeToScratch(values.text, quote + 1, ~end, scratch);
          const { from, text: found, to } = scratch;
          expect(found === values.inner?.text).toBe(true);
          expect(found[to]).toBe(0);
          expect(decodeUtf8(found, from, to)).toBe(
            decodeUtf8(unescaped(values.text, quote + 1, ~end)),
          );
        }
      }
    });
  }

  test("one of the size is not", () => {
    const inside = `\\n${"a".repeat(LONG_VALUE_BYTES_MIN - 4)}`;
    expect(scanned(`"${inside}"`, 100).strings.size).toBe(0);
    expect(scanned(`"${inside}a"`, 100).strings.size).toBe(1);
  });

  test("neither in another text nor when nothing is known", () => {
    const values = scanned(`"\\n${FILLS}"`, 100);
    const end = values.text.length - 1;
    const scratch = new Scratch();
    for (const bytes of [values.text.slice(), values.text]) {
      knowLongValues(bytes === values.text ? undefined : values);
      unescapeToScratch(bytes, 1, end, scratch);
      expect(scratch.text === scratch.bytes).toBe(true);
      expect(decodeUtf8(scratch.text, scratch.from, scratch.to)).toBe(`\n${FILLS}`);
    }
  });
});

describe("a document in a string", () => {
  const document = (text: string): string => JSON.stringify({ a: text, b: [1] });

  test("is scanned, and its strings are unescaped", () => {
    const inner = document(`\n${FILLS}`);
    for (const piece of [1, 5, 8192, 1_000_000]) {
      const values = scanned(JSON.stringify([` ${inner}`, inner]), piece);
      const text = values.inner?.text as Uint8Array;
      const ends = [...(values.inner?.ends ?? [])];
      const stringEnd = JSON.stringify(`\n${FILLS}`).length + 5;
      const second = inner.length + 2;
      expect(ends).toEqual([
        [6, ~(stringEnd + 1)],
        [1, inner.length + 1],
        [second + 5, ~(stringEnd + second)],
        [second, inner.length + second],
      ]);
      expect(decodeUtf8(text, 1, inner.length + 1)).toBe(inner);
      expect([...(values.inner?.strings ?? [])].map(([quote]) => quote)).toEqual([6, second + 5]);
      expect(values.isWhole).toBe(true);
    }
  });

  test("that is none in truth leaves what follows to be found", () => {
    const values = scanned(JSON.stringify([`{"a" ${FILLS}\n`, `{"a":"${FILLS}"}`]), 7);
    expect(values.isWhole).toBe(true);
    expect(values.strings.size).toBe(2);
    expect(values.inner?.ends.size).toBe(2);
  });

  test("in a document's string is not looked into", () => {
    const values = scanned(JSON.stringify([document(document(`"${FILLS}`))]), 100);
    expect(values.inner?.inner?.ends.size).toBe(0);
  });
});
