// Text as UTF-8: the order of its bytes without making them, and single characters.

import { expect, test } from "bun:test";
import * as fc from "fast-check";
import {
  compareUtf8,
  decodeUtf8,
  encodeUtf8,
  ownText,
  writeCodePoint,
} from "../../src/core/utf8.ts";

const text = fc.string({ unit: "binary", maxLength: 6 }).filter((one) => one.isWellFormed());

test("texts are in the order of their bytes, not of their UTF-16 units", () => {
  expect(compareUtf8("\uffff", "\u{10000}")).toBeLessThan(0);
  expect(compareUtf8("\ud7ff", "\u{10000}")).toBeLessThan(0);
  expect(compareUtf8("a", "ab")).toBeLessThan(0);
  expect(compareUtf8("b", "ab")).toBeGreaterThan(0);
  expect(compareUtf8("ab", "ab")).toBe(0);
  fc.assert(
    fc.property(text, text, text, (before, a, b) => {
      const bytes = Buffer.compare(encodeUtf8(before + a), encodeUtf8(before + b));
      expect(Math.sign(compareUtf8(before + a, before + b))).toBe(bytes);
    }),
    { numRuns: 500 },
  );
});

test("a character is written as the runtime writes it, at each edge of its lengths", () => {
  for (const cp of [0, 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xffff, 0x10000, 0x10ffff]) {
    const out = new Uint8Array(6);
    const end = writeCodePoint(out, 1, cp);
    expect([cp, out.slice(1, end)]).toEqual([cp, encodeUtf8(String.fromCodePoint(cp))]);
    expect(out.slice(end)).toEqual(new Uint8Array(6 - end));
  }
});

test("a text of its own is the same text", () => {
  fc.assert(fc.property(text, (one) => expect(ownText(one)).toBe(one)));
});

test("a part of bytes is decoded alone", () => {
  expect(decodeUtf8(encodeUtf8("aéb"), 1, 3)).toBe("é");
});
