// The exact YAML reader: which of several faults is told, bounds, and places through aliases.

import { describe, expect, test } from "bun:test";
import { DocumentError } from "../../src/core/document/index.ts";
import { readYaml, type YamlOptions } from "../../src/yaml/index.ts";

function failure(text: string, options: Partial<YamlOptions> = {}): string {
  try {
    readYaml(text, { depthMax: 10, ...options });
    return "none";
  } catch (error) {
    if (!(error instanceof DocumentError)) throw error;
    return `${error.line}:${error.column} ${error.message}`;
  }
}

describe("of several faults the first is told", () => {
  const cases: readonly [text: string, told: string][] = [
    ["a: 1\na: 2\nb: *x\nc: [", "4:5 Flow sequence in block collection must be"],
    ["a: {b: 1, b: 2\nc: `", "2:1 Flow map in block collection must be"],
    ["a: 1\n---\nb: [", "2:1 several documents; write one"],
    ["a: 1\n}\n---\nb: [", "2:1 something that YAML does not allow here"],
    ["%TAG\n---\n- [", "1:1 a line that begins with % is no directive"],
    ["...\na: [", "2:1 several documents; write one"],
  ];
  test.each(cases)("%j", (text, told) => {
    expect(failure(text)).toStartWith(told);
  });

  test("duplicate keys among them where that is asked for", () => {
    const text = "a: 1\na: 2\nb: [\n";
    expect(failure(text)).toBe(
      "4:1 Flow sequence in block collection must be sufficiently indented and end with a ]",
    );
    expect(failure(text, { findsDuplicatesFirst: true })).toBe(
      "2:1 duplicate key; keep one of the two",
    );
  });
});

describe("a bound", () => {
  test("of the depth holds for maps, lists and keys, at it and just over", () => {
    const lists = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
    expect([failure(lists(10)), failure(lists(11)), failure(`? ${lists(10)}\n: 1`)]).toEqual([
      "none",
      "none",
      "1:3 a key that is no text",
    ]);
    expect(failure(lists(12))).toBe("1:12 nested too deep");
    expect(failure(`${"a: {".repeat(12)}${"}".repeat(12)}`)).toBe("1:41 nested too deep");
  });

  test("of values counts those behind aliases each time", () => {
    const text = "a: &x [1, 2]\nb: *x\nc: *x";
    // The map, three keys, and three times a list of two.
    expect([13, 12].map((valuesMax) => failure(text, { valuesMax }))).toEqual([
      "none",
      "1:1 too many values",
    ]);
    expect(failure(text, { valuesMax: 11 })).toBe("3:4 too many values");
  });
});

test("words for a fault can be given", () => {
  const reasons = { DUPLICATE_KEY: "twice", NO_ANCHOR: "no such anchor" };
  expect([failure("a: 1\na: 1", { reasons }), failure("a: *b", { reasons })]).toEqual([
    "2:1 twice",
    "1:4 no such anchor",
  ]);
});

describe("the place of a value", () => {
  const text = `first: &first {a: 1, bC: [x, y]}
second: *first
third:
  <<: [*first, {d: 4, a: 5}]
  a: 2
fourth:
? *first
`.replace("? *first\n", "");
  const { find } = readYaml(text, { depthMax: 10 });
  const at = (...path: (string | number)[]) => {
    const { offset, keyOffset, depth } = find(path);
    const key = keyOffset === undefined ? "" : text.slice(keyOffset).split(":")[0];
    return [key, text.slice(offset).slice(0, 3), depth];
  };

  test("is found through aliases and merged maps, own keys first", () => {
    expect([
      at("first", "a"),
      at("second"),
      at("second", "bC", 1),
      at("third", "a"),
      at("third", "bC", 0),
      at("third", "d"),
    ]).toEqual([
      ["a", "1, ", 2],
      ["second", "{a:", 1],
      ["", "y]}", 3],
      ["a", "2\nf", 2],
      ["", "x, ", 3],
      ["d", "4, ", 2],
    ]);
  });

  test("stops at the nearest one above it, and takes other spellings unless it is exact", () => {
    expect([at("first", "b_c", 7), at("fourth", "x"), at("third", "e")]).toEqual([
      ["bC", "[x,", 2],
      ["fourth", "\n", 1],
      ["third", "<<:", 1],
    ]);
    expect(find(["first", "b_c"], true)).toEqual(find(["first"]));
    expect(readYaml("", { depthMax: 1 }).find(["a"])).toEqual({ offset: 0, depth: 0 });
  });
});
