// Lines that come in pieces: found wherever they are cut, and no byte is looked at again and again.

import { expect, spyOn, test } from "bun:test";
import { PendingLines } from "../../../src/upstream/http1/pending-lines.ts";

function taken(pieces: readonly string[], isBlock: boolean, bytesMax = 100) {
  const lines = new PendingLines();
  for (const [index, piece] of pieces.entries()) {
    const next = lines.take(Buffer.from(piece), 0, isBlock, bytesMax);
    if (next === undefined) return "too long";
    if (next !== -1) return [lines.text, piece.slice(next) + pieces.slice(index + 1).join("")];
  }
  return "kept";
}

const BLOCKS = ["a: b\r\nc: d\r\n\r\n", "a\nb\n\n", "\r\n", "\n", "a\r\r\nb\r\n\r\n"];
test.each(BLOCKS)("the block %j is found wherever it is cut", (block) => {
  for (let first = 0; first <= block.length; first++) {
    for (let second = first; second <= block.length; second++) {
      const pieces = [
        block.slice(0, first),
        block.slice(first, second),
        `${block.slice(second)}x\n`,
      ];
      expect(taken(pieces, true)).toEqual([block, "x\n"]);
    }
  }
});

test("a line ends with its line feed, a block only with an empty line", () => {
  expect(taken(["a", "b\r", "\nc"], false)).toEqual(["ab\r\n", "c"]);
  expect(taken(["a", "b\r", "\nc"], true)).toBe("kept");
});

test("as many bytes as there may be are taken, one more is too long", () => {
  expect(taken(["aaaa", "a\n\nrest"], true, 7)).toEqual(["aaaaa\n\n", "rest"]);
  expect(taken(["aaaaaaa"], true, 7)).toBe("kept");
  expect(taken(["aaaaaaaa"], true, 7)).toBe("too long");
  expect(taken(["aaaa", "aaaa"], true, 7)).toBe("too long");
});

test("no byte is searched twice or copied many times, however few come at a time", () => {
  const head = `${"X-Header: value\r\n".repeat(500)}X: ${"y".repeat(8000)}\r\n\r\n`;
  let searched = 0;
  let copied = 0;
  const indexOf = spyOn(Buffer.prototype, "indexOf");
  const copy = spyOn(Buffer.prototype, "copy");
  try {
    const all = taken(head.split(""), true, 64 * 1024);
    for (const [index, [, from]] of indexOf.mock.calls.entries()) {
      const { length } = indexOf.mock.contexts[index] as Buffer;
      // What it finds ends its search.
      const found = indexOf.mock.results[index]?.value as number;
      searched += (found < 0 ? length : found + 1) - (from as number);
    }
    for (const { value } of copy.mock.results) copied += value as number;
    expect(all).toEqual([head, ""]);
  } finally {
    indexOf.mockRestore();
    copy.mockRestore();
  }
  expect(searched).toBe(head.length);
  expect(copied).toBeLessThan(4 * head.length);
});
