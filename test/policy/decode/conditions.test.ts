// The conditions of matchers: every typed value and every text, and what is said of mistakes.

import { describe, expect, test } from "bun:test";
import type { Matcher } from "../../../src/policy/model.ts";
import { equalsInt, equalsOf, equalsText, field, logMatcher, matcherErrors } from "./build.ts";

const CONDITIONS =
  "exact, regex, exists, starts_with, ends_with, contains, equals, gt, gte, lt, lte";

describe("conditions", () => {
  const condition = (tree: Record<string, unknown>) =>
    logMatcher({ log_field: "body", ...tree }).condition;
  const int = (value: bigint) => ({ type: "int", value }) as const;
  const double = (value: number) => ({ type: "double", value }) as const;

  const cases: [Record<string, unknown>, Matcher["condition"]][] = [
    [{ exact: "x" }, equalsText("x")],
    [{ exact: "" }, equalsText("")],
    [{ regex: "^a.*" }, { op: "regex", pattern: "^a.*" }],
    [{ regex: "" }, { op: "regex", pattern: "" }],
    [{ starts_with: "a" }, { op: "starts_with", text: "a" }],
    [{ startsWith: "a" }, { op: "starts_with", text: "a" }],
    [{ ends_with: "a" }, { op: "ends_with", text: "a" }],
    [{ contains: "a" }, { op: "contains", text: "a" }],
    [
      { contains: "a", regex: null },
      { op: "contains", text: "a" },
    ],
    [{ equals: "x" }, equalsText("x")],
    [{ equals: "" }, equalsText("")],
    [{ equals: true }, equalsOf({ type: "bool", value: true })],
    [{ equals: false }, equalsOf({ type: "bool", value: false })],
    [{ equals: 500 }, equalsInt(500n)],
    [{ equals: -0 }, equalsInt(0n)],
    [{ equals: 0.5 }, equalsOf(double(0.5))],
    [{ equals: 1e300 }, equalsOf(double(1e300))],
    [{ equals: 9223372036854775807n }, equalsInt(9223372036854775807n)],
    [{ equals: -9223372036854775808n }, equalsInt(-9223372036854775808n)],
    [{ equals: { bool_value: false } }, equalsOf({ type: "bool", value: false })],
    [{ equals: { int_value: 7 } }, equalsInt(7n)],
    [{ equals: { intValue: "-7" } }, equalsInt(-7n)],
    [{ equals: { int_value: "9007199254740993" } }, equalsInt(9007199254740993n)],
    [{ equals: { double_value: 7 } }, equalsOf(double(7))],
    [{ equals: { doubleValue: "1.5e3" } }, equalsOf(double(1500))],
    [{ equals: { doubleValue: "-Infinity" } }, equalsOf(double(-Infinity))],
    [{ equals: { doubleValue: "12.50" } }, equalsOf(double(12.5))],
    [{ equals: { doubleValue: "7" } }, equalsOf(double(7))],
    [{ equals: { doubleValue: 7n } }, equalsOf(double(7))],
    [{ equals: { intValue: 7n } }, equalsInt(7n)],
    [{ equals: { doubleValue: "Infinity" } }, equalsOf(double(Infinity))],
    [{ equals: { doubleValue: "-.25e-10" } }, equalsOf(double(-0.25e-10))],
    [{ equals: { doubleValue: "15." } }, equalsOf(double(15))],
    [{ equals: { intValue: "9223372036854775807" } }, equalsInt(9223372036854775807n)],
    [{ equals: { intValue: "-9223372036854775808" } }, equalsInt(-9223372036854775808n)],
    [{ equals: { string_value: "" } }, equalsText("")],
    [
      { equals: { hex_value: "00fFA0" } },
      equalsOf({ type: "bytes", value: new Uint8Array([0, 255, 160]) }),
    ],
    [
      { equals: { bytes_value: "AP+g" } },
      equalsOf({ type: "bytes", value: new Uint8Array([0, 255, 160]) }),
    ],
    [
      { equals: { bytesValue: "AP-g" } },
      equalsOf({ type: "bytes", value: new Uint8Array([0, 255, 160]) }),
    ],
    [{ equals: { bytesValue: "_w==" } }, equalsOf({ type: "bytes", value: new Uint8Array([255]) })],
    [{ equals: { bytesValue: "/w" } }, equalsOf({ type: "bytes", value: new Uint8Array([255]) })],
    [{ gt: 1 }, { op: "range", min: { value: int(1n), inclusive: false } }],
    [{ gte: 0.5 }, { op: "range", min: { value: double(0.5), inclusive: true } }],
    [{ lt: { int_value: "5" } }, { op: "range", max: { value: int(5n), inclusive: false } }],
    [{ lte: { doubleValue: 5 } }, { op: "range", max: { value: double(5), inclusive: true } }],
  ];
  for (const [tree, want] of cases) {
    const name = Bun.inspect(tree, { compact: true, colors: false });
    test(`${name} is read exactly`, () => {
      expect(condition(tree)).toStrictEqual(want);
    });
  }

  test("negate and case_insensitive are taken over", () => {
    expect(
      logMatcher({ log_field: "body", contains: "x", negate: true, caseInsensitive: true }),
    ).toEqual({
      field: field("body"),
      condition: { op: "contains", text: "x" },
      negate: true,
      caseInsensitive: true,
    });
  });

  test("exists: false flips negate", () => {
    const negate = (exists: boolean, flag: boolean) =>
      logMatcher({ log_field: "body", exists, negate: flag }).negate;
    expect([
      negate(true, false),
      negate(true, true),
      negate(false, false),
      negate(false, true),
    ]).toEqual([false, true, true, false]);
  });

  const mistakes: [Record<string, unknown>, string][] = [
    [{}, `no condition; give one of ${CONDITIONS}`],
    [{ exact: "a", regex: "b" }, "several conditions: exact, regex; give exactly one"],
    [{ gte: 1, lt: 5 }, "several conditions: gte, lt; give exactly one"],
    [{ exact: 500 }, 'exact: expected a string, found 500; write it in quotes: "500"'],
    [{ contains: true }, 'contains: expected a string, found true; write it in quotes: "true"'],
    [{ regex: ["a"] }, "regex: expected a string, found a list"],
    [{ exists: "true" }, 'exists: expected true or false, found "true"; write it without quotes'],
    [{ exact: "a", negate: 1 }, "negate: expected true or false, found 1"],
    [{ gt: "500" }, 'gt: expected a number, found "500"; write it without quotes'],
    [{ gt: Number.NaN }, "gt: NaN compares with nothing"],
    [{ gt: {} }, "gt: no value; give one of int_value, double_value"],
    [{ equals: [] }, "equals: expected a value, found a list"],
    [
      { equals: {} },
      "equals: no value; give one of " +
        "bool_value, int_value, double_value, bytes_value, hex_value, string_value",
    ],
    [
      { equals: { int_value: 1, string_value: "" } },
      "equals: several values: int_value, string_value; give exactly one",
    ],
    [
      { equals: { hex_value: "abc" } },
      'equals: hex_value: "abc" is not an even number of hex digits',
    ],
    [
      { equals: { hex_value: "zz" } },
      'equals: hex_value: "zz" is not an even number of hex digits',
    ],
    [
      { equals: { hex_value: 12 } },
      "equals: hex_value: 12 is not an even number of hex digits; write it in quotes",
    ],
    [{ equals: { bytes_value: "a" } }, 'equals: bytes_value: "a" is not base64'],
    [{ equals: { bytes_value: "YQ=" } }, 'equals: bytes_value: "YQ=" is not base64'],
    [{ equals: { int_value: "1.5" } }, 'equals: int_value: "1.5" is not a 64-bit integer'],
    [
      { equals: { int_value: "9223372036854775808" } },
      'equals: int_value: "9223372036854775808" is not a 64-bit integer',
    ],
    [{ equals: { int_value: 2 ** 60 } }, `equals: int_value: ${2 ** 60} is not a 64-bit integer`],
    [{ equals: { double_value: "toString" } }, 'equals: double_value: "toString" is not a number'],
    ...["", " 5", "x5", "5x"].flatMap((text): [Record<string, unknown>, string][] => [
      [{ equals: { double_value: text } }, `equals: double_value: "${text}" is not a number`],
      [{ equals: { int_value: text } }, `equals: int_value: "${text}" is not a 64-bit integer`],
    ]),
    [
      { equals: { int_value: "-9223372036854775809" } },
      'equals: int_value: "-9223372036854775809" is not a 64-bit integer',
    ],
    [{ equals: { double_value: "NaN" } }, 'equals: double_value: "NaN" is not a number'],
    [{ equals: { bool_value: 1 } }, "equals: bool_value: expected true or false, found 1"],
    [{ equals: { string_value: 1 } }, "equals: string_value: expected a string, found 1"],
    [
      { equals: 9223372036854775808n },
      "equals: 9223372036854775808 does not fit 64 bits; " +
        "write a double instead, e.g. 9.223372036854776e+18",
    ],
  ];
  for (const [tree, want] of mistakes) {
    test(`${Bun.inspect(tree, { compact: true, colors: false })} is an error`, () => {
      expect(matcherErrors("log", { log_field: "body", ...tree })).toEqual([
        `log: match[0]: ${want}`,
      ]);
    });
  }
});
