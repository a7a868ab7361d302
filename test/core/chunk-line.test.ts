// Which lines of chunks are read without a text, and as what.

import { expect, test } from "bun:test";
import { plainDigits, sizeIn } from "../../src/core/chunk-line.ts";

test.each([
  ["\r\n", 0, 0],
  ["0\r\n", 1, 0],
  ["1f\r\n", 2, 31],
  ["aBcDeF09\r\n", 8, 0xabcdef09],
  ["ffffffffffff\r\nrest", 12, 2 ** 48 - 1],
])("%j has %d digits, which say %d", (line, digits, size) => {
  const bytes = new TextEncoder().encode(`..${line}`);
  expect([plainDigits(bytes, 2), sizeIn(bytes, 2, digits)]).toEqual([digits, size]);
});

test.each([
  "",
  "1",
  "1\r",
  "1\n",
  "1 \r\n",
  "1;x\r\n",
  "g\r\n",
  "/\r\n",
  ":\r\n",
  "@\r\n",
  "`\r\n",
])("%j is read in another way", (line) => {
  expect(plainDigits(new TextEncoder().encode(line), 0)).toBe(-1);
});

test("one of thirteen digits is read in another way", () => {
  expect(plainDigits(new TextEncoder().encode("0000000000001\r\n"), 0)).toBe(-1);
});
