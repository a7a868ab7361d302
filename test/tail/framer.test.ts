// Runs of whole lines, and lines that are too long.

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { Frame, Framer, type LongLineAction } from "../../src/tail/read/framer.ts";

const KINDS = ["none", "lines", "part", "passing", "passed", "dropped"] as const;

/** Feeds the pieces one after the other, as a reader does; answers `kind:text` for each run. */
function frame(pieces: readonly string[], action: LongLineAction, max = 4): string[] {
  return frameBytes(
    pieces.map((piece) => Buffer.from(piece, "latin1")),
    new Framer(max, action),
  );
}

function frameBytes(pieces: readonly Uint8Array[], framer: Framer): string[] {
  const found: string[] = [];
  let begun: Uint8Array = new Uint8Array(0);
  for (const piece of pieces) {
    const bytes = Buffer.concat([begun, piece]);
    framer.begin(bytes, 0, bytes.length);
    for (let kind = framer.next(); kind !== Frame.none; kind = framer.next()) {
      const text = bytes.subarray(framer.from, framer.to).toString("latin1");
      found.push(`${KINDS[kind]}:${text}`);
    }
    begun = bytes.subarray(framer.at);
  }
  if (begun.length > 0) found.push(`begun:${Buffer.from(begun).toString("latin1")}`);
  return found;
}

describe("lines of usual length", () => {
  test("leave in one run, up to the last newline", () => {
    expect(frame(["a\nbb\n\nccc\nd"], "truncate")).toEqual(["lines:a\nbb\n\nccc\n", "begun:d"]);
  });

  test("are put together from pieces", () => {
    expect(frame(["a", "b", "c\nd", "\n"], "truncate")).toEqual(["lines:abc\n", "lines:d\n"]);
  });

  test("keep a carriage return, NUL and bytes that are no text", () => {
    expect(frame(["a\r\n\0\xff\n"], "drop")).toEqual(["lines:a\r\n\0\xff\n"]);
  });

  test("may be as long as the limit, newline aside", () => {
    for (const action of ["truncate", "pass", "drop", "split"] as const) {
      expect(frame(["a\nabcd\nb\n"], action)).toEqual(["lines:a\nabcd\nb\n"]);
      expect(frame(["abcd", "\n"], action)).toEqual(["lines:abcd\n"]);
    }
  });
});

describe("a line one byte too long", () => {
  const CASES: readonly [LongLineAction, readonly string[]][] = [
    ["truncate", ["lines:a\n", "part:abcd", "dropped:e\n", "lines:b\n"]],
    ["drop", ["lines:a\n", "dropped:abcde\n", "lines:b\n"]],
    ["pass", ["lines:a\n", "passed:abcde\n", "lines:b\n"]],
    ["split", ["lines:a\n", "part:abcd", "lines:e\nb\n"]],
  ];
  test.each(CASES)("%s", (action, expected) => {
    expect(frame(["a\nabcde\nb\n"], action)).toEqual([...expected]);
  });
});

describe("a line far too long, in pieces", () => {
  const CASES: readonly [LongLineAction, readonly string[]][] = [
    ["truncate", ["part:abcd", "dropped:ef", "dropped:ghij", "dropped:k\n", "lines:z\n"]],
    ["drop", ["dropped:abcdef", "dropped:ghij", "dropped:k\n", "lines:z\n"]],
    ["pass", ["passing:abcdef", "passing:ghij", "passed:k\n", "lines:z\n"]],
    ["split", ["part:abcd", "part:efgh", "lines:ijk\nz\n"]],
  ];
  test.each(CASES)("%s", (action, expected) => {
    expect(frame(["abc", "def", "ghij", "k\nz\n"], action)).toEqual([...expected]);
  });

  test("is dropped once", () => {
    const framer = new Framer(4, "drop");
    let lines = 0;
    for (const piece of ["abcdefg", "hi", "j\nabcde\n"]) {
      const bytes = Buffer.from(piece);
      framer.begin(bytes, 0, bytes.length);
      while (framer.next() !== Frame.none) lines += framer.begunLines;
    }
    expect(lines).toBe(2);
  });
});

test("a line is not cut inside a character", () => {
  const pieces = [Buffer.from("aé€x\n")];
  const utf8 = (text: string): string => Buffer.from(text).toString("latin1");
  expect(frameBytes(pieces, new Framer(4, "split"))).toEqual([utf8("part:aé"), utf8("lines:€x\n")]);
});

test("bytes that are no text are cut at the limit", () => {
  expect(frame(["\x80\x80\x80\x80\x80\x80\n"], "split")).toEqual([
    "part:\x80\x80\x80\x80",
    "lines:\x80\x80\n",
  ]);
});

describe("whatever is written and however it is read", () => {
  const pieces = fc.array(
    fc.array(fc.constantFrom(10, 97, 98, 0xc3, 0xa9, 13), { maxLength: 12 }),
    { maxLength: 8 },
  );
  const actions = fc.constantFrom<LongLineAction>("truncate", "pass", "drop", "split");

  test("no byte is missing, doubled or out of place", () => {
    fc.assert(
      fc.property(pieces, actions, fc.integer({ min: 1, max: 6 }), (lists, action, max) => {
        const input = lists.map((list) => Uint8Array.from(list));
        const runs = frameBytes(input, new Framer(max, action));
        const text = runs.map((run) => run.slice(run.indexOf(":") + 1)).join("");
        expect(text).toBe(Buffer.concat(input).toString("latin1"));
      }),
    );
  });

  test("runs of lines hold whole lines of at most the limit", () => {
    fc.assert(
      fc.property(pieces, actions, fc.integer({ min: 1, max: 6 }), (lists, action, max) => {
        const runs = frameBytes(
          lists.map((list) => Uint8Array.from(list)),
          new Framer(max, action),
        );
        for (const run of runs.filter((one) => one.startsWith("lines:"))) {
          const lines = run.slice("lines:".length).split("\n");
          expect(lines.pop()).toBe("");
          expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(max);
        }
      }),
    );
  });

  test("what leaves does not depend on where reads ended", () => {
    fc.assert(
      fc.property(pieces, actions, fc.integer({ min: 1, max: 6 }), (lists, action, max) => {
        const input = lists.map((list) => Uint8Array.from(list));
        const leaves = (parts: readonly Uint8Array[]): string =>
          frameBytes(parts, new Framer(max, action))
            .filter((run) => !/^(?:begun|dropped):/.test(run))
            .map((run) => {
              const text = run.slice(run.indexOf(":") + 1);
              return run.startsWith("part:") ? `${text}|\n` : text;
            })
            .join("");
        expect(leaves(input)).toBe(leaves([Buffer.concat(input)]));
      }),
    );
  });
});
