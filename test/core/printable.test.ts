// What reaches a terminal of a text from elsewhere.

import { expect, test } from "bun:test";
import { printable, printableJson, shortened } from "../../src/core/printable.ts";

test("what a terminal obeys and what nobody sees is escaped, and nothing else is", () => {
  const plain = "a\tb\nc é 漢 🙂 \u00a0\u202f\u3000 e\u0301 \\u001b";
  expect(printable(plain)).toBe(plain);
  expect(printable("\u0000\r\u001b[31m\u007f\u009b\u2028\u2029")).toBe(
    "\\u0000\\u000d\\u001b[31m\\u007f\\u009b\\u2028\\u2029",
  );
  expect(printable("\u200a\u200b\u200d\u200f\u2010\u2029\u202a\u202e\u202f")).toBe(
    "\u200a\\u200b\\u200d\\u200f\u2010\\u2029\\u202a\\u202e\u202f",
  );
  expect(printable("\u00ad\u061c\u2060\u2065\u2066\u206a\u3164\ufeff\u{e0041}")).toBe(
    "\\u00ad\\u061c\\u2060\u2065\\u2066\\u206a\\u3164\\ufeff\\udb40\\udc41",
  );
});

test("a JSON document means the same afterwards", () => {
  const document = { "\u202e\u{e0041}": "\u009b1m \u2028", list: ["\u001b", "\n"] };
  expect(JSON.parse(printableJson(document))).toEqual(document);
});

test("a text is shortened only when it is longer, and half of a character is none", () => {
  expect(["", "abc", "abcd", "ab🙂d"].map((text) => shortened(text, 3))).toEqual([
    "",
    "abc",
    "abc…",
    "ab\ufffd…",
  ]);
});
