// Attributes in their usual spelling, beside a plain reading of the same text: whatever is in their
// strings, and wherever the text ends.

import { describe, expect, test } from "bun:test";
import {
  AttributeFastPath,
  USUAL_KEY_OFFSET,
} from "../../../../../src/protocols/otlp/format/json/attribute-fast-path.ts";
import { UndecodableError } from "../../../../../src/core/errors.ts";
import { encodeUtf8 } from "../../../../../src/core/utf8.ts";

const LEAD_TEXT = "[[";
const LEAD = encodeUtf8(LEAD_TEXT);

/** The offset at which an UndecodableError is thrown; undefined: none is. */
function faultOf(work: () => unknown): number | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof UndecodableError) return error.offset;
    throw error;
  }
}

interface Read {
  readonly behind: number;
  readonly key?: string;
  readonly value?: string;
}

/** What is read of the attribute that begins behind two other bytes. */
function read(text: string, behind = ' ,{"key":"next","value":{"stringValue":"n"}}]'): Read {
  const bytes = Buffer.concat([LEAD, encodeUtf8(text + behind)]);
  const usual = new AttributeFastPath();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = usual.read(bytes, view, LEAD.length);
  if (end < 0) return { behind: -1 };
  return {
    behind: end - LEAD.length,
    key: bytes.subarray(LEAD.length + USUAL_KEY_OFFSET, usual.keyEnd).toString(),
    value: bytes.subarray(usual.start, usual.end).toString(),
  };
}

const attribute = (key: string, value: string): string =>
  `{"key":"${key}","value":{"stringValue":"${value}"}}`;

/** Texts of up to 20 bytes, with something in each place of each. */
function textsWith(something: string): string[] {
  const lengths = Array.from({ length: 20 }, (_, i) => i);
  return lengths.flatMap((length) =>
    lengths.slice(0, length + 1).map((at) => "~".repeat(at) + something + "~".repeat(length - at)),
  );
}

describe("an attribute in its usual spelling", () => {
  test("is read whatever the length of its key and of its value", () => {
    for (let length = 0; length < 40; length++) {
      const [key, value] = ["k".repeat(length), "!".repeat(40 - length)];
      const text = attribute(key, value);
      expect(read(text)).toEqual({ behind: text.length, key, value });
    }
  });

  test("is read with bytes that look like a quote or a backslash, but for some bits", () => {
    for (const near of ["\u007f", "é", "\u00a2", "\u{1f322}", "#", "!", " ", "]", "["]) {
      for (const value of textsWith(near)) {
        const text = attribute("k", value);
        expect(read(text)).toEqual({ behind: encodeUtf8(text).length, key: "k", value });
      }
    }
  });

  test("is left to others with an escape anywhere in it", () => {
    for (const odd of ["\\n", "\\u0022", '\\"', "é\\t"]) {
      for (const text of textsWith(odd)) {
        expect([text, read(attribute("k", text)).behind]).toEqual([text, -1]);
        expect([text, read(attribute(text, "v")).behind]).toEqual([text, -1]);
      }
    }
  });

  test("is no JSON with a control character anywhere in it", () => {
    for (const odd of ["\u0000", "\u001f", "é\u0001"]) {
      for (const text of textsWith(odd)) {
        const offset = encodeUtf8(LEAD_TEXT + attribute("k", "").slice(0, -3)).length;
        const at =
          offset +
          encodeUtf8(
            text.slice(
              0,
              text.split("").findIndex((c) => c < " "),
            ),
          ).length;
        expect(faultOf(() => read(attribute("k", text)))).toBe(at);
        expect(faultOf(() => read(attribute(text, "v")))).toBeGreaterThan(0);
      }
    }
  });

  test("is left to others where the text ends in it", () => {
    const text = attribute("some.key", "a value");
    for (let length = 0; length < text.length; length++) {
      expect([length, read(text.slice(0, length), "").behind]).toEqual([length, -1]);
    }
  });

  test("is read with values of any length", () => {
    for (const length of [2000, 2045, 2046, 2047, 2048, 2049, 2050, 2051, 2052, 5000]) {
      const value = "v".repeat(length);
      const text = attribute("k", value);
      expect(read(text).behind).toBe(text.length);
      expect(read(attribute("k", `${value}\\t`)).behind).toBe(-1);
    }
  });
});
