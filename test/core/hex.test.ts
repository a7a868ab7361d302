// Hexadecimal digits.

import { expect, test } from "bun:test";
import { hexDigit } from "../../src/core/hex.ts";

test("a hex digit has its value in either case, and nothing else has one", () => {
  const codes = Array.from({ length: 256 }, (_, code) => code);
  const want = codes.map((code) => "0123456789abcdef".indexOf(lower(code)));
  expect(codes.map(hexDigit)).toEqual(want);
});

/** In lower case, as ASCII has it; text that is no digit for what is not ASCII. */
function lower(code: number): string {
  return code < 0x80 ? String.fromCharCode(code).toLowerCase() : "none";
}
