// The scanner accepts and rejects what JSON.parse does, and never throws anything but
// UndecodableError.

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { UndecodableError } from "../../../src/core/errors.ts";
import {
  expectEnd,
  JSON_DEPTH_MAX,
  plainEnd,
  scanString,
  skipBom,
  skipSpace,
  skipValue,
  viewOf,
} from "../../../src/core/json/index.ts";
import { LONG_VALUE_BYTES_MIN } from "../../../src/core/limits.ts";
import { encodeUtf8 } from "../../../src/core/utf8.ts";
import { jsonText } from "./arbitrary-json.ts";

function scans(bytes: Uint8Array): boolean {
  try {
    expectEnd(bytes, skipValue(bytes, skipSpace(bytes, skipBom(bytes)), 0));
    return true;
  } catch (error) {
    if (error instanceof UndecodableError) return false;
    throw error;
  }
}

function parses(bytes: Uint8Array): boolean {
  try {
    JSON.parse(new TextDecoder().decode(bytes));
    return true;
  } catch {
    return false;
  }
}

function expectAgreement(bytes: Uint8Array): void {
  if (scans(bytes) === parses(bytes)) return;
  throw new Error(`scanner says ${scans(bytes)}: ${JSON.stringify([...bytes])}`);
}

describe("a string whose first odd character is far in it", () => {
  const LONG = LONG_VALUE_BYTES_MIN;
  const fars = [0, 1, LONG - 2, LONG - 1, LONG, LONG + 1, 2 * LONG];

  test("is scanned to its end, and its escapes are seen", () => {
    for (const far of fars) {
      const plain = encodeUtf8(`${"x".repeat(far)}" "`);
      expect([far, scanString(plain, 0)]).toEqual([far, far]);
      const escaped = encodeUtf8(`${"x".repeat(far)}\\"${"y".repeat(9)}" "`);
      expect([far, ~scanString(escaped, 0)]).toEqual([far, far + 11]);
    }
  });

  test("is refused for a control character, and without an end", () => {
    for (const far of fars) {
      for (const rest of ['\n"', "", "\\", '\\q"', '\\"']) {
        const text = encodeUtf8(`"${"x".repeat(far)}${rest}`);
        expect([far, rest, scans(text)]).toEqual([far, rest, false]);
      }
    }
  });
});

test("the end of what is plain is that of a search byte by byte, from anywhere to anywhere", () => {
  const isPlain = (c: number): boolean => c >= 0x20 && c !== 0x22 && c !== 0x5c;
  const byte = fc.oneof(
    { weight: 20, arbitrary: fc.constantFrom(0x20, 0x21, 0x23, 0x5b, 0x5d, 0x61, 0x7f, 0x80) },
    { weight: 1, arbitrary: fc.constantFrom(0x00, 0x1f, 0x22, 0x5c) },
    { weight: 2, arbitrary: fc.nat(255) },
  );
  fc.assert(
    fc.property(
      fc.array(byte, { maxLength: 64 }),
      fc.nat(64),
      fc.nat(64),
      fc.nat(3),
      (list, a, b, by) => {
        const bytes = Uint8Array.from([...Array<number>(by).fill(0), ...list, 0x22]).subarray(by);
        const [from, to] = [Math.min(a, b, list.length), Math.min(Math.max(a, b), list.length)];
        const found = list.slice(from, to).findIndex((c) => !isPlain(c));
        expect(plainEnd(bytes, viewOf(bytes), from, to)).toBe(found < 0 ? to : from + found);
      },
    ),
  );
});

test("a long string is scanned as JSON.parse reads it, whatever stands in it", () => {
  const piece = fc.oneof(
    fc.nat(3 * LONG_VALUE_BYTES_MIN).map((length) => "é".repeat(length)),
    fc.constantFrom('"', "\\", "\n", '"', "\\n", '\\"', "\\u0041", "\\u00", "\u0001", "x"),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
      const bytes = encodeUtf8(`"${pieces.join("")}"`);
      expect(scans(bytes)).toBe(parses(bytes));
    }),
  );
});

describe("skipValue", () => {
  test.each([
    "{}",
    " [ ] ",
    '{"a":1,"a":2}',
    "\ufeff[1]",
    '"\\ud800"',
    '"\u007f\u2028"',
    "-0",
    "0.0e-0",
    "1E+2",
    "[[],{},[{}]]",
    '\r\n\t {"a" : [ 1 , true , null , false ] }\n',
  ])("accepts %j", (text) => {
    expect([scans(encodeUtf8(text)), parses(encodeUtf8(text))]).toEqual([true, true]);
  });

  test.each([
    "",
    " ",
    "\ufeff\ufeff[]",
    "[1,]",
    '{"a":1,}',
    "{,}",
    "[,1]",
    "[1 2]",
    '{"a" 1}',
    '{"a"}',
    "{1:2}",
    "01",
    "-",
    "-01",
    "1.",
    ".5",
    "+1",
    "1e",
    "1e+",
    "0x10",
    "NaN",
    "Infinity",
    "tru",
    "truE",
    "fals",
    "nulll",
    "folse",
    '"a',
    '"\\',
    '"\\x"',
    '"\\u12g4"',
    '"\\u123',
    '"a\nb"',
    '"\t"',
    '"\u0000"',
    '"\u001f"',
    "[}",
    "{]",
    "[",
    "]",
    "[]]",
    "{}{}",
    "'a'",
    "[1]/**/",
    "\u00a0[]",
    "\f[]",
  ])("rejects %j", (text) => {
    expect([scans(encodeUtf8(text)), parses(encodeUtf8(text))]).toEqual([false, false]);
  });

  test("accepts invalid UTF-8 inside strings and rejects it outside of them", () => {
    for (const [bytes, accepted] of [
      [[0x22, 0xff, 0x22], true],
      [[0x22, 0xe2, 0x82, 0x22], true],
      [[0xff], false],
      [[0x5b, 0xc0, 0x5d], false],
    ] as const) {
      expect(scans(Uint8Array.from(bytes))).toBe(accepted);
      expectAgreement(Uint8Array.from(bytes));
    }
  });

  test("agrees with JSON.parse on random documents", () => {
    fc.assert(fc.property(jsonText, (text) => expect(scans(encodeUtf8(text))).toBe(true)));
  });

  test("agrees with JSON.parse on every truncation", () => {
    fc.assert(
      fc.property(jsonText, (text) => {
        const bytes = encodeUtf8(text);
        for (let end = 0; end < bytes.length; end++) expectAgreement(bytes.subarray(0, end));
      }),
    );
  });

  test("agrees with JSON.parse when bytes are changed", () => {
    const byte = fc.oneof(fc.nat(255), fc.constantFrom(...encodeUtf8(' "\\,:[]{}0-e.untr\n')));
    const edits = fc.array(fc.tuple(fc.nat(), byte), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(jsonText, edits, (text, changes) => {
        const bytes = encodeUtf8(text);
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        expectAgreement(bytes);
      }),
      { numRuns: 1000 },
    );
  });

  test("agrees with JSON.parse on random bytes", () => {
    const soup = fc.array(fc.constantFrom(...'{}[]",:\\u0019.-+eEtrufalsn \t\n'.split("")), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(soup, (pieces) => expectAgreement(encodeUtf8(pieces.join("")))),
      { numRuns: 2000 },
    );
  });

  test("takes the deepest nesting allowed and no deeper", () => {
    const nested = (depth: number): Uint8Array => encodeUtf8("[".repeat(depth) + "]".repeat(depth));
    expect(scans(nested(JSON_DEPTH_MAX))).toBe(true);
    expect(scans(nested(JSON_DEPTH_MAX + 1))).toBe(false);
    expect(scans(encodeUtf8('{"a":'.repeat(1_000_000)))).toBe(false);
    expect(skipValue(nested(2), 0, JSON_DEPTH_MAX - 2)).toBe(4);
    expect(() => skipValue(nested(3), 0, JSON_DEPTH_MAX - 2)).toThrow(UndecodableError);
  });

  test("says where the text is broken and what was found", () => {
    expect(() => skipValue(encodeUtf8('{"a":tru}'), 0, 0)).toThrow(
      "JSON: a value expected, found byte 0x74 at byte 5",
    );
    expect(() => skipValue(encodeUtf8('["a'), 0, 0)).toThrow(
      "JSON: the end of a string expected, found the end at byte 3",
    );
  });
});

describe("scanString", () => {
  test("returns the closing quote, complemented when there were escapes", () => {
    expect(scanString(encodeUtf8('"abc" "'), 1)).toBe(4);
    expect(scanString(encodeUtf8('"a\\"c"'), 1)).toBe(~5);
    expect(scanString(encodeUtf8('""'), 1)).toBe(1);
  });
});
