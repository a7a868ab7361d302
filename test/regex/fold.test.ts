// Case folding of code points and of bytes.

import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { compileRegex, foldCodePoint, foldUtf8 } from "../../src/regex/index.ts";
import { anyBytes } from "../suites/regex-arbitrary.ts";
import { decodeByteWise } from "../suites/regex-oracle.ts";

const encoder = new TextEncoder();

function foldBytes(bytes: Uint8Array): string {
  const out = new Uint8Array(bytes.length * 3);
  return new TextDecoder("utf-8", { ignoreBOM: true, fatal: true }).decode(
    out.subarray(0, foldUtf8(bytes, 0, bytes.length, out)),
  );
}

const ORBITS: readonly [members: string, representative: string][] = [
  ["Aa", "a"],
  ["Kk\u212A", "k"],
  ["Ssſ", "s"],
  ["Åå\u212B", "Å"],
  ["ΣΣσς", "Σ"],
  ["ǄǅǆǄ", "Ǆ"],
  ["ßẞ", "ß"],
  ["0", "0"],
  ["ı", "ı"],
  ["İ", "İ"],
  ["日", "日"],
  ["𐐀𐐨", "𐐀"],
];
for (const [members, representative] of ORBITS) {
  test(`folds each of ${members} to ${representative}`, () => {
    for (const member of members) {
      expect(String.fromCodePoint(foldCodePoint(member.codePointAt(0)!))).toBe(representative);
    }
  });
}

test("folds two code points alike exactly when a regex without case matches one for the other", () => {
  const codePoint = fc.oneof(
    fc.integer({ min: 0, max: 0x24f }),
    fc.integer({ min: 0x370, max: 0x58f }),
    fc.integer({ min: 0x1e00, max: 0x2200 }),
    fc.integer({ min: 0x10a0, max: 0x10ffff }),
  );
  fc.assert(
    fc.property(codePoint, codePoint, (a, b) => {
      fc.pre((a < 0xd800 || a > 0xdfff) && (b < 0xd800 || b > 0xdfff));
      const text = encoder.encode(String.fromCodePoint(b));
      const regex = compileRegex(`\\x{${a.toString(16)}}`, { caseInsensitive: true });
      expect(foldCodePoint(a) === foldCodePoint(b)).toBe(regex.test(text, 0, text.length));
    }),
    { numRuns: 500 },
  );
});

test("folds text and never makes valid text longer", () => {
  expect(foldBytes(encoder.encode("Straße \u212A\u212B 𐐨 1"))).toBe("straße kÅ 𐐀 1");
  const bytes = encoder.encode("\u212A");
  const out = new Uint8Array(9).fill(7);
  expect(foldUtf8(bytes, 0, 3, out)).toBe(1);
  expect([...out.subarray(0, 2)]).toEqual([0x6b, 7]);
});

test("folds only the range that it is given", () => {
  const bytes = encoder.encode("ABCD");
  const out = new Uint8Array(6);
  expect(foldUtf8(bytes, 1, 3, out)).toBe(2);
  expect([...out]).toEqual([0x62, 0x63, 0, 0, 0, 0]);
});

test("copies invalid bytes as U+FFFD, one each", () => {
  expect(foldBytes(Uint8Array.of(0x41, 0xff, 0xe2, 0x82, 0x42))).toBe("a\uFFFD\uFFFD\uFFFDb");
  fc.assert(
    fc.property(anyBytes, (bytes) => {
      const wanted = Array.from(decodeByteWise(bytes), (char) =>
        String.fromCodePoint(foldCodePoint(char.codePointAt(0)!)),
      ).join("");
      expect(foldBytes(bytes)).toBe(wanted);
    }),
    { numRuns: 300 },
  );
});
