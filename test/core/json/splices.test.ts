// Cuts and replacements are carried out exactly where they were asked for.

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { ListCutter, Splices } from "../../../src/core/json/index.ts";
import { decodeUtf8, encodeUtf8 } from "../../../src/core/utf8.ts";

describe("Splices", () => {
  test("cuts, replaces and inserts in one go, in any order of asking", () => {
    const splices = new Splices();
    splices.add(8, 10, encodeUtf8("X"));
    splices.add(0, 2);
    splices.add(4, 4, encodeUtf8("--"));
    splices.add(4, 5);
    expect(decodeUtf8(splices.apply(encodeUtf8("0123456789ab")))).toBe("23--567Xab");
  });

  test("inserts before a cut that was asked for first", () => {
    const splices = new Splices();
    splices.add(1, 3);
    splices.add(1, 1, encodeUtf8("+"));
    expect(decodeUtf8(splices.apply(encodeUtf8("abcd")))).toBe("a+d");
  });

  test("copies the source when there is nothing to do", () => {
    const source = encodeUtf8("abc");
    const copy = new Splices().apply(source);
    expect(copy).toEqual(source);
    expect(copy).not.toBe(source);
  });

  test("forgets what comes after a mark", () => {
    const splices = new Splices();
    splices.add(0, 1);
    const mark = splices.count;
    splices.add(2, 3, encodeUtf8("long text"));
    splices.truncate(mark);
    expect(decodeUtf8(splices.apply(encodeUtf8("abcd")))).toBe("bcd");
  });

  test("agrees with splicing strings from the end", () => {
    const piece = fc.tuple(fc.nat(5), fc.nat(40), fc.option(fc.stringMatching(/^[A-Z]{0,40}$/)));
    fc.assert(
      fc.property(fc.array(piece), fc.nat(40), fc.boolean(), (pieces, rest, reverse) => {
        let at = 0;
        const ranges = pieces.map(([gap, length, text]) => {
          const start = at + gap + 1;
          at = start + length;
          return { start, end: at, text: text ?? "" };
        });
        const source = Array.from({ length: at + rest }, (_, i) => String(i % 10)).join("");
        let expected = source;
        for (const { start, end, text } of ranges.toReversed()) {
          expected = expected.slice(0, start) + text + expected.slice(end);
        }
        const splices = new Splices();
        for (const { start, end, text } of reverse ? ranges.toReversed() : ranges) {
          splices.add(start, end, text === "" ? undefined : encodeUtf8(text));
        }
        expect(decodeUtf8(splices.apply(encodeUtf8(source)))).toBe(expected);
      }),
    );
  });
});

describe("ListCutter", () => {
  function cut(list: string, keep: readonly boolean[]): { text: string; keptAny: boolean } {
    const splices = new Splices();
    const cutter = new ListCutter(splices);
    cutter.begin();
    let at = 1;
    for (const [i, element] of list.slice(1, -1).split(",").entries()) {
      const start = at + element.search(/\S/);
      const end = start + element.trim().length;
      if (keep[i]!) cutter.keep(start, end);
      else cutter.drop(start, end);
      at += element.length + 1;
    }
    cutter.end();
    return { text: decodeUtf8(splices.apply(encodeUtf8(list))), keptAny: cutter.keptAny };
  }

  test.each([
    ["[1,2,3]", "yyy", "[1,2,3]"],
    ["[1,2,3]", "nyy", "[2,3]"],
    ["[1,2,3]", "yny", "[1,3]"],
    ["[1,2,3]", "yyn", "[1,2]"],
    ["[1,2,3]", "nny", "[3]"],
    ["[1,2,3]", "ynn", "[1]"],
    ["[1,2,3]", "nyn", "[2]"],
    ["[1,2,3]", "nnn", "[]"],
    ["[ 1 ,\n 2 ,\n 3 ]", "nyn", "[ 2 ]"],
    ["[ 1 ,\n 2 ,\n 3 ]", "yny", "[ 1 ,\n 3 ]"],
    ["[ 1 ]", "n", "[  ]"],
  ])("of %j with %s leaves %j", (list, keep, text) => {
    const kept = keep.split("").map((letter) => letter === "y");
    expect(cut(list, kept)).toEqual({ text, keptAny: keep.includes("y") });
  });

  test("leaves just the kept elements of any list", () => {
    const element = fc.tuple(
      fc.constantFrom("", " ", "\n\t"),
      fc.nat(99),
      fc.constantFrom("", " "),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(element, fc.boolean()), { minLength: 1 }), (items) => {
        const list = `[${items.map(([parts]) => parts.join("")).join(",")}]`;
        const { text } = cut(
          list,
          items.map(([, keep]) => keep),
        );
        expect(JSON.parse(text)).toEqual(
          items.filter(([, keep]) => keep).map(([parts]) => parts[1]),
        );
      }),
    );
  });
});
