// The one output of a filtered body: copies, cuts, replacements, and changes to what is written.

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { decodeUtf8, encodeUtf8 } from "../../src/core/utf8.ts";
import { Rewriter } from "../../src/core/rewriter.ts";

const ALPHABET = "abcdefghijklmnopqrstuvwxyz";

function rewrite(change: (rewriter: Rewriter) => void, input = ALPHABET): string {
  const rewriter = new Rewriter();
  rewriter.open(encodeUtf8(input));
  change(rewriter);
  return decodeUtf8(rewriter.finish());
}
function put(rewriter: Rewriter, start: number, end: number, text: string): void {
  const bytes = encodeUtf8(`<${text}>`);
  rewriter.replace(start, end, bytes, 1, bytes.length - 1);
}

describe("an input", () => {
  test("comes out the same without changes", () => {
    expect(rewrite(() => undefined)).toBe(ALPHABET);
    expect(rewrite(() => undefined, "")).toBe("");
  });

  test("loses what is cut, and gets what replaces or is put in between", () => {
    const output = rewrite((rewriter) => {
      rewriter.cut(0, 1, rewriter.positionOf(0));
      put(rewriter, 2, 4, "CD");
      put(rewriter, 5, 5, "+");
      rewriter.cut(25, 26, rewriter.positionOf(25));
    });
    expect(output).toBe("bCDe+fghijklmnopqrstuvwxy");
  });

  test("loses a part with all that was done inside of it", () => {
    const output = rewrite((rewriter) => {
      put(rewriter, 1, 2, "BBB");
      const position = rewriter.positionOf(3);
      put(rewriter, 5, 6, "lost");
      put(rewriter, 9, 10, "lost");
      rewriter.cut(3, 12, position);
      put(rewriter, 25, 26, "Z");
    });
    expect(output).toBe("aBBBcmnopqrstuvwxyZ");
  });

  test("is changed where it is written already", () => {
    const output = rewrite((rewriter) => {
      const position = rewriter.positionOf(2);
      put(rewriter, 10, 20, "-");
      expect([rewriter.isBeyond(2), rewriter.isBeyond(20)]).toEqual([true, false]);
      const text = encodeUtf8("CC");
      rewriter.splice(position, 1, text, 0, 2);
      expect(rewriter.sizeFrom(position)).toBe(10);
      rewriter.splice(position + 3, 2, text, 0, 0);
      rewriter.splice(position, 0, encodeUtf8("_"), 0, 1);
    });
    expect(output).toBe("ab_CCdghij-uvwxyz");
  });

  test("loses several written parts at once", () => {
    const output = rewrite((rewriter) => {
      const positions = [1, 4, 6, 23].map((offset) => rewriter.positionOf(offset));
      rewriter.copyTo(24);
      rewriter.cutAllButFirst(positions, [2, 2, 1, 1]);
      rewriter.cutAllButFirst(positions.slice(0, 1), [2]);
    });
    expect(output).toBe("abcdhijklmnopqrstuvwyz");
  });

  test("grows as far as edits want", () => {
    const output = rewrite((rewriter) => {
      for (let at = 0; at < 26; at++) put(rewriter, at, at, "0123456789".repeat(20));
    });
    expect(output.length).toBe(26 * 201);
    expect(output.replaceAll("0123456789", "")).toBe(ALPHABET);
  });

  test("is let go of, and the next one begins anew", () => {
    const rewriter = new Rewriter();
    rewriter.open(encodeUtf8("first"));
    put(rewriter, 1, 2, "I");
    rewriter.release();
    rewriter.open(encodeUtf8("second"));
    put(rewriter, 0, 1, "S");
    expect(decodeUtf8(rewriter.finish())).toBe("Second");
  });
});

test("any changes in order come to what plain strings come to", () => {
  const step = fc.record({
    gap: fc.nat(150),
    size: fc.nat(150),
    text: fc.string({ unit: "binary-ascii", maxLength: 200 }),
    how: fc.constantFrom("cut", "replace", "splice"),
  });
  const property = fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
    const input = ALPHABET.repeat(50);
    let want = "";
    let read = 0;
    const output = rewrite((rewriter) => {
      for (const { gap, size, text, how } of steps) {
        const start = Math.min(read + gap, input.length);
        const end = Math.min(start + size, input.length);
        want += input.slice(read, start);
        const position = rewriter.positionOf(start);
        expect(position).toBe(want.length);
        if (how === "cut") rewriter.cut(start, end, position);
        else if (how === "replace") put(rewriter, start, end, text);
        else {
          rewriter.copyTo(end);
          rewriter.splice(position, end - start, encodeUtf8(text), 0, text.length);
        }
        if (how !== "cut") want += text;
        read = end;
      }
    }, input);
    expect(output).toBe(want + input.slice(read));
  });
  fc.assert(property, { numRuns: 200 });
});

const MIB = 1024 * 1024;

/** Bytes that tell where they stood. */
function largeInput(size: number): Buffer {
  const words = new Uint32Array(size / 4).map((_, i) => Math.imul(i, 2_654_435_761));
  return Buffer.from(words.buffer);
}

describe("a large input", () => {
  const input = largeInput(9 * MIB);
  const at = (from: number, to: number): Buffer => input.subarray(from, to);

  test("is put together a piece at a time, and comes out the same", () => {
    const rewriter = new Rewriter();
    rewriter.open(input);
    let pieces = 1;
    while (!rewriter.settle(MIB)) pieces++;
    expect(pieces).toBe(9);
    expect(Buffer.compare(rewriter.finish(), input)).toBe(0);
  });

  test("is changed behind and inside of long ranges that are copied later", () => {
    const rewriter = new Rewriter();
    rewriter.open(input);
    const [early, late] = [rewriter.positionOf(10), rewriter.positionOf(7 * MIB)];
    put(rewriter, 5 * MIB, 5 * MIB + 3, "middle");
    rewriter.copyTo(8 * MIB);
    rewriter.splice(early, 2, encodeUtf8("early"), 0, 5);
    rewriter.cut(7 * MIB, 8 * MIB + 1, late + 3 + 3);
    put(rewriter, 9 * MIB, 9 * MIB, "end");
    const want = [
      at(0, 10),
      Buffer.from("early"),
      at(12, 5 * MIB),
      Buffer.from("middle"),
      at(5 * MIB + 3, 7 * MIB),
      at(8 * MIB + 1, 9 * MIB),
      Buffer.from("end"),
    ];
    expect(Buffer.compare(rewriter.finish(), Buffer.concat(want))).toBe(0);
  });

  test("grows again and again, and is changed at its beginning then", () => {
    const rewriter = new Rewriter();
    rewriter.open(input);
    const text = "0123456789".repeat(1000);
    const parts: Buffer[] = [Buffer.from("first")];
    const position = rewriter.positionOf(0);
    for (let from = 0; from < input.length; from += 4096) {
      put(rewriter, from + 100, from + 100, text);
      parts.push(at(from + (from === 0 ? 3 : 0), from + 100), Buffer.from(text));
      parts.push(at(from + 100, from + 4096));
    }
    rewriter.copyTo(input.length);
    rewriter.splice(position, 3, encodeUtf8("first"), 0, 5);
    expect(Buffer.compare(rewriter.finish(), Buffer.concat(parts))).toBe(0);
  });
});
