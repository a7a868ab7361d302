// Numbers come out as JavaScript reads them.

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { parseDouble } from "../../../src/core/json/index.ts";
import { encodeUtf8 } from "../../../src/core/utf8.ts";

function read(text: string): number {
  const bytes = encodeUtf8(`x${text}x`);
  return parseDouble(bytes, 1, bytes.length - 1);
}

describe("parseDouble", () => {
  test.each([
    ["0", 0],
    ["-0", -0],
    ["1.5", 1.5],
    ["-12.25", -12.25],
    ["0.1", 0.1],
    ["123456789012345", 123456789012345],
    ["1234567890123456", 1234567890123456],
    ["0.000000000000001", 1e-15],
    ["0.3333333333333333", 1 / 3],
    ["1e3", 1000],
    ["1E-7", 1e-7],
    ["9e999", Number.POSITIVE_INFINITY],
    ["9007199254740993", 9007199254740992],
  ])("reads %s", (text, value) => {
    expect(read(text)).toBe(value);
  });

  test.each([
    "",
    "-",
    ".",
    "5.",
    ".5",
    "+1",
    "01",
    "-01.5",
    "1e",
    "NaN",
    "0x1",
    " 1",
    "1 ",
    "1.2.3",
  ])("takes %j for no number", (text) => {
    expect(read(text)).toBeNaN();
  });

  test("agrees with Number on random doubles", () => {
    const decimal = fc.double({ min: -1e9, max: 1e9, noNaN: true }).map((x) => x.toFixed(6));
    const double = fc.double({ noNaN: true, noDefaultInfinity: true }).map(String);
    fc.assert(
      fc.property(fc.oneof(decimal, double, fc.integer().map(String)), (text) => {
        expect(read(text)).toBe(Number(text));
      }),
    );
  });
});
