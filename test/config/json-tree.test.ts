// The JSON reader with positions, held against JSON.parse.

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import {
  DEPTH_MAX,
  type JsonNode,
  JsonSyntaxError,
  parseJsonTree,
  positionOf,
} from "../../src/config/json-tree.ts";

function plain(node: JsonNode): unknown {
  switch (node.kind) {
    case "object":
      return Object.fromEntries(node.entries.map(({ key, node }) => [key, plain(node)]));
    case "array":
      return node.items.map(plain);
    case "null":
      return null;
    default:
      return node.value;
  }
}

function attempt(parse: () => unknown): { value: unknown } | "refused" {
  try {
    return { value: parse() };
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof JsonSyntaxError)) throw error;
    return "refused";
  }
}

function refusal(text: string): string {
  try {
    parseJsonTree(text);
    return "accepted";
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    const { line, column } = positionOf(text, error.at);
    return `${line}:${column} ${error.message}`;
  }
}

describe("a tree of JSON", () => {
  test("holds what JSON.parse reads", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(undefined, 1, "\t"), (value, indent) => {
        const text = JSON.stringify(value, undefined, indent);
        expect(plain(parseJsonTree(text))).toEqual(JSON.parse(text));
      }),
    );
  });

  test("is refused exactly where JSON.parse refuses, for texts one edit from JSON", () => {
    const edit = fc.constantFrom(
      "",
      ",",
      "}",
      "]",
      '"',
      "\\",
      "0",
      "-",
      ".",
      "e",
      "\u0001",
      "\\u12",
    );
    fc.assert(
      fc.property(
        fc.jsonValue({ maxDepth: 3 }),
        fc.nat(),
        fc.nat({ max: 2 }),
        edit,
        (value, seed, cut, inserted) => {
          const text = JSON.stringify(value);
          const at = seed % (text.length + 1);
          const edited = text.slice(0, at) + inserted + text.slice(at + cut);
          const oracle = attempt(() => JSON.parse(edited));
          const own = attempt(() => plain(parseJsonTree(edited)));
          // A key twice is JSON to the oracle.
          if (own === "refused" && refusal(edited).endsWith("is there twice")) return;
          expect(own).toEqual(oracle);
        },
      ),
      { numRuns: 1000 },
    );
  });

  test("is refused at every truncation of an object", () => {
    const text = '{"a": [1.5e+3, "x\\u0041\\n", true, null], "b": {"c": -0}}';
    expect(plain(parseJsonTree(text))).toEqual(JSON.parse(text));
    for (let end = 0; end < text.length; end++) {
      expect(refusal(text.slice(0, end))).not.toBe("accepted");
    }
  });

  const REFUSED: readonly (readonly [text: string, message: string])[] = [
    ["", "1:1 expected a value, found the end of the file"],
    ["{", '1:2 expected a key in quotes or "}", found the end of the file'],
    ["{a: 1}", '1:2 expected a key in quotes or "}", found "a"'],
    ['{"a" 1}', '1:6 expected ":" after the key, found "1"'],
    ['{"a": 1 "b": 2}', '1:9 expected "," or "}" after a value, found "\\""'],
    ['{\n  "a": 1,\n}', '3:1 expected a key in quotes, found "}"'],
    ["[1,]", '1:4 expected a value, found "]"'],
    ["[1 2]", '1:4 expected "," or "]" after a value, found "2"'],
    ["tru", '1:1 expected a value, found "t"'],
    ["01", '1:2 expected nothing after the value, found "1"'],
    ["1 // one", '1:3 expected nothing after the value, found "/"'],
    ['"a\nb"', '1:3 expected the rest of a string in quotes, found "\\n"'],
    [String.raw`"C:\dir"`, "1:4 no such escape in a string; write \\\\ for a backslash"],
    [String.raw`"\u12g4"`, "1:2 no such escape in a string; write \\\\ for a backslash"],
    ['{"é😀": 1, "é😀": 2}', '1:11 "é😀" is there twice'],
    ['{"a": {"b": 1, "b": 1}}', '1:16 "b" is there twice'],
  ];
  test.each(REFUSED)("%j is refused: %s", (text, message) => {
    expect(refusal(text)).toBe(message);
  });

  test("takes the deepest nesting that is allowed, and refuses one level more", () => {
    expect(refusal("[".repeat(DEPTH_MAX) + "]".repeat(DEPTH_MAX))).toBe("accepted");
    expect(refusal("[".repeat(DEPTH_MAX + 1))).toBe("1:65 nested deeper than 64 levels");
    expect(refusal('{"a":'.repeat(100_000))).toBe("1:321 nested deeper than 64 levels");
  });

  test("knows where keys and values stand", () => {
    const text = '{\r\n\t"a": [ 1, "b" ]\r\n}';
    const root = parseJsonTree(text);
    const entry = root.kind === "object" ? root.entries[0] : undefined;
    const item = entry?.node.kind === "array" ? entry.node.items[1] : undefined;
    expect(
      [entry?.keyAt, entry?.node.at, item?.at].map((at) => positionOf(text, at ?? -1)),
    ).toEqual([
      { line: 2, column: 2 },
      { line: 2, column: 7 },
      { line: 2, column: 12 },
    ]);
  });
});
