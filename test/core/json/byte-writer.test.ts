// Bytes that are written one after the other come out as they went in, however often it grows.

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { ByteWriter } from "../../../src/core/json/index.ts";

const part = fc.oneof(fc.nat(255), fc.uint8Array({ maxLength: 80 }));

test("what is written comes out, from any first size", () => {
  fc.assert(
    fc.property(fc.nat(40), fc.array(part, { maxLength: 30 }), (bytesExpected, parts) => {
      const writer = new ByteWriter(bytesExpected);
      const want: number[] = [];
      for (const one of parts) {
        if (typeof one === "number") {
          writer.byte(one);
          want.push(one);
        } else {
          const source = Uint8Array.of(1, 2, ...one, 3);
          writer.copy(source, 2, source.length - 1);
          want.push(...one);
        }
      }
      expect(writer.finish()).toEqual(Uint8Array.from(want));
    }),
  );
});

/** What is written behind one byte, in as little room as there can be. */
function written(write: (writer: ByteWriter) => unknown): string {
  const writer = new ByteWriter(1);
  writer.byte(0x3e);
  write(writer);
  return new TextDecoder().decode(writer.view());
}

describe("a writer", () => {
  test.each([
    [0, "0"],
    [9, "9"],
    [10, "10"],
    [999, "999"],
    [1000, "1000"],
    [4_294_967_296, "4294967296"],
    [Number.MAX_SAFE_INTEGER, "9007199254740991"],
  ])("writes %d in decimal", (value, text) => {
    expect(written((writer) => writer.decimal(value))).toBe(`>${text}`);
  });

  test("writes digits with the zeros before them, hexadecimal ones, and ASCII", () => {
    expect(written((writer) => writer.digits(42, 9))).toBe(">000000042");
    expect(written((writer) => writer.hex(Uint8Array.of(9, 0, 0xaf, 0xff, 9), 1, 4))).toBe(
      ">00afff",
    );
    expect(written((writer) => writer.ascii("-1.5e-7"))).toBe(">-1.5e-7");
  });

  test("takes no text that needs an escape within quotes, and nothing of it", () => {
    const takes = (text: string): string =>
      written((writer) => {
        const bytes = new TextEncoder().encode(`"${text}"`);
        const isTaken = writer.plain(bytes, 1, bytes.length - 1);
        writer.ascii(isTaken ? "+" : "-");
      });
    const plain = Array.from({ length: 0x5f }, (_, i) => String.fromCharCode(0x20 + i))
      .join("")
      .replaceAll(/["\\]/g, "");
    for (const text of ["", plain]) expect(takes(text)).toBe(`>${text}+`);
    for (const text of ['a"', "a\\", "a\n", "a\0", "a\u001f", "a\u007f", "\u00e9", "a\u{1f600}"]) {
      expect(takes(text)).toBe(">-");
    }
  });

  test("takes back what was written behind a length", () => {
    const rest = written((writer) => {
      writer.ascii("ab");
      const { length } = writer;
      writer.ascii("cd");
      writer.cut(length);
      writer.byte(0x65);
    });
    expect(rest).toBe(">abe");
  });
});
