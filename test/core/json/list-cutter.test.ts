// Elements are taken out of lists with the commas that go, and with all that was done inside.

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { ListCutter } from "../../../src/core/json/index.ts";
import { Rewriter } from "../../../src/core/rewriter.ts";
import { decodeUtf8, encodeUtf8 } from "../../../src/core/utf8.ts";

describe("ListCutter", () => {
  function cut(list: string, keep: readonly boolean[]): { text: string; keptAny: boolean } {
    const rewriter = new Rewriter();
    const cutter = new ListCutter(rewriter);
    rewriter.open(encodeUtf8(list));
    cutter.begin();
    let at = 1;
    for (const [i, element] of list.slice(1, -1).split(",").entries()) {
      const start = at + element.search(/\S/);
      const end = start + element.trim().length;
      cutter.enter(start);
      // An element that goes may have been edited before it was known to go.
      if (!keep[i]!) rewriter.replace(start, start, encodeUtf8("lost"), 0, 4);
      if (keep[i]!) cutter.keep(end);
      else cutter.drop(end);
      at += element.length + 1;
    }
    return { text: decodeUtf8(rewriter.finish()), keptAny: cutter.keptAny };
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
