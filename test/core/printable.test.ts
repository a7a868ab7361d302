// What reaches a terminal of a text from elsewhere.

import { expect, test } from "bun:test";
import { printable } from "../../src/core/printable.ts";

test("control characters and marks of direction are escaped, and nothing else is", () => {
  const plain = "a\tb\nc é 漢 🙂 \u200b \\u001b";
  expect(printable(plain)).toBe(plain);
  expect(printable("\u0000\r\u001b[31m\u007f\u009b\u2028\u2029")).toBe(
    "\\u0000\\u000d\\u001b[31m\\u007f\\u009b\\u2028\\u2029",
  );
  expect(printable("\u2029\u202a\u202e\u202f\u2065\u2066\u2069\u206a")).toBe(
    "\\u2029\\u202a\\u202e\u202f\u2065\\u2066\\u2069\u206a",
  );
});

test("a JSON document means the same afterwards", () => {
  const document = { "\u202e": "\u009b1m \u2028", list: ["\u001b", "\n"] };
  expect(JSON.parse(printable(JSON.stringify(document, null, 2)))).toEqual(document);
});
