// JSON strings to UTF-8 and back.

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { quoteJson, Scratch, unescaped, unescapeToScratch } from "../../../src/core/json/index.ts";
import { decodeUtf8, encodeUtf8 } from "../../../src/core/utf8.ts";
import { stringLiteral } from "./arbitrary-json.ts";

function textOf(literal: string): Uint8Array {
  const bytes = encodeUtf8(literal);
  return unescaped(bytes, 1, bytes.length - 1);
}

describe("unescaping", () => {
  test.each([
    ['"plain"', "plain"],
    ['""', ""],
    ['"\\"\\\\\\/\\b\\f\\n\\r\\t"', '"\\/\b\f\n\r\t'],
    ['"\\u0041\\u00e9\\u20aC"', "Aé€"],
    ['"\\ud83d\\ude00"', "😀"],
    ['"\\uDBFF\\uDFFF"', "\u{10ffff}"],
    ['"\\ud800"', "\ufffd"],
    ['"\\udc00\\ud800"', "\ufffd\ufffd"],
    ['"\\ud800\\ud83d\\ude00"', "\ufffd😀"],
    ['"\\ud800x\\u0041"', "\ufffdxA"],
    ['"\\ud800\\n"', "\ufffd\n"],
    // Only an escape is the other half, whatever hexadecimal follows.
    ['"\\ud83dxude00"', "\ufffdxude00"],
    ['"\\ud83d\\nde00x"', "\ufffd\nde00x"],
    ['"\\ud83dxxde00"', "\ufffdxxde00"],
    ['"\\u0000"', "\0"],
  ])("reads %s", (literal, text) => {
    expect(decodeUtf8(textOf(literal))).toBe(text);
  });

  test("agrees with JSON.parse", () => {
    fc.assert(
      fc.property(stringLiteral, (literal) => {
        expect(textOf(literal)).toEqual(encodeUtf8(JSON.parse(literal) as string));
      }),
    );
  });

  test("copies bytes that are not UTF-8", () => {
    expect([...unescaped(Uint8Array.of(0xff, 0x5c, 0x6e, 0xc3), 0, 4)]).toEqual([0xff, 10, 0xc3]);
  });
});

describe("Scratch", () => {
  test("keeps what it handed out while it grows", () => {
    const scratch = new Scratch(4);
    const source = encodeUtf8("\\n23\\t6789");
    unescapeToScratch(source, 0, 4, scratch);
    const { text: held, from, to } = scratch;
    expect([from, to]).toEqual([0, 3]);
    unescapeToScratch(source, 4, 10, scratch);
    expect(decodeUtf8(held, from, to)).toBe("\n23");
    expect(decodeUtf8(scratch.text, scratch.from, scratch.to)).toBe("\t6789");
    expect(scratch.text[scratch.to]).toBe(0);
  });

  test("hands out the same bytes again after a reset", () => {
    const scratch = new Scratch(16);
    unescapeToScratch(encodeUtf8("ab"), 0, 2, scratch);
    scratch.reset();
    unescapeToScratch(encodeUtf8("cd"), 0, 2, scratch);
    expect([scratch.from, scratch.to]).toEqual([0, 2]);
    expect(decodeUtf8(scratch.bytes, 0, 2)).toBe("cd");
  });
});

describe("quoteJson", () => {
  test("escapes quotes, backslashes and control characters, and nothing else", () => {
    const text = 'a"\\/\b\f\n\r\t\0\u001f\u007fé😀';
    const literal = decodeUtf8(quoteJson(encodeUtf8(text)));
    expect(literal).toBe('"a\\"\\\\/\\b\\f\\n\\r\\t\\u0000\\u001f\u007fé😀"');
  });

  test("is undone by JSON.parse and by unescaping", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const literal = quoteJson(encodeUtf8(text));
        expect(JSON.parse(decodeUtf8(literal))).toBe(decodeUtf8(encodeUtf8(text)));
        expect(unescaped(literal, 1, literal.length - 1)).toEqual(encodeUtf8(text));
      }),
    );
  });
});
