// The JSON reader: agrees with JSON.parse, keeps 64-bit integers, and says where a text is wrong.

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import {
  DocumentError,
  JsonPlaces,
  parseJson,
  parseJsonSteps,
  Positions,
} from "../../../src/core/document/index.ts";
import { NUMBER_CHARS_MAX } from "../../../src/core/limits.ts";

function failure(text: string): [string, number] | "none" {
  try {
    parseJson(text);
    return "none";
  } catch (error) {
    if (!(error instanceof DocumentError)) throw error;
    return [error.message, error.offset];
  }
}

/** Long whole numbers as JSON.parse has them. */
function rounded(tree: unknown): unknown {
  if (typeof tree === "bigint") return Number(tree);
  if (typeof tree !== "object" || tree === null) return tree;
  if (Array.isArray(tree)) return tree.map(rounded);
  const copy: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(tree)) {
    Object.defineProperty(copy, key, {
      value: rounded(value),
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }
  return copy;
}

describe("parseJson", () => {
  test("reads what JSON.parse reads, however it is spaced", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(undefined, 1, "\t"), (value, space) => {
        const text = JSON.stringify(value, undefined, space);
        expect(rounded(parseJson(text))).toStrictEqual(JSON.parse(text));
      }),
      { numRuns: 300 },
    );
  });

  test("rejects what JSON.parse rejects", () => {
    const mutated = fc
      .tuple(fc.jsonValue(), fc.nat(), fc.constantFrom("", ",", "}", '"', "1", "\\", "0", "e", " "))
      .map(([value, at, insert]) => {
        const text = JSON.stringify(value);
        const cut = at % (text.length + 1);
        return text.slice(0, cut) + insert + text.slice(cut + 1);
      });
    fc.assert(
      fc.property(mutated, (text) => {
        let want = true;
        try {
          JSON.parse(text);
        } catch {
          want = false;
        }
        const got = failure(text);
        // Duplicate keys are the one thing that JSON.parse lets through.
        if (want && got !== "none") expect(got[0]).toStartWith("duplicate key");
        else expect(got === "none").toBe(want);
      }),
      { numRuns: 500 },
    );
  });

  test("fails at every truncation of an object", () => {
    const text = '{"a": [1, -2.5e3, true, null, "x\\n"], "b": {"c": {}}}';
    for (let end = 0; end < text.length; end++) {
      expect(failure(text.slice(0, end))).not.toBe("none");
    }
  });

  test("keeps whole numbers that a double cannot hold", () => {
    const numbers =
      "[9007199254740991,9007199254740992,-9007199254740993,1e20,1.0,1234567890123456]";
    expect(parseJson(numbers)).toEqual([
      9007199254740991,
      9007199254740992n,
      -9007199254740993n,
      1e20,
      1,
      1234567890123456,
    ]);
    expect(parseJson("9223372036854775808")).toBe(9223372036854775808n);
  });

  test("takes a byte order mark and keeps a key named __proto__", () => {
    const tree = parseJson('\uFEFF{"__proto__": {"a": 1}}') as object;
    expect(Object.entries(tree)).toEqual([["__proto__", { a: 1 }]]);
    expect(Object.getPrototypeOf(tree)).toBe(Object.prototype);
  });

  const mistakes: [string, string, number][] = [
    ["", "expected a value, found the end of the document", 0],
    ["{", "expected a key in double quotes, found the end of the document", 1],
    ['{"a" 1}', 'expected ":" after the key, found "1"', 5],
    ['{"a": 1 "b": 2}', 'expected "," or "}" after a member, found "\\""', 8],
    ['{"a": 1,}', 'a comma stands before "}"; take it away', 7],
    ["[1,]", 'a comma stands before "]"; take it away', 2],
    ["[1 2]", 'expected "," or "]" after an item, found "2"', 3],
    ['{"a": 1, "a": 2}', 'duplicate key "a"; keep one of the two', 9],
    ['{"\\u0061": 1, "a": 2}', 'duplicate key "a"; keep one of the two', 14],
    ["{a: 1}", 'expected a key in double quotes, found "a"', 1],
    ["['a']", "expected a value, found '; strings stand in double quotes", 1],
    ["// x\n{}", "expected a value, found a comment; JSON has none, YAML has", 0],
    ['{"a": nul}', 'expected a value, found "nul"', 6],
    ["01", 'expected the end of the document, found "1"', 1],
    ["{} {}", 'expected the end of the document, found "{"', 3],
    ['"abc', "the string has no end", 0],
    ['"abc\\"', "the string has no end", 0],
    ['["a\nb"]', "a line break or control character stands in a string; write it as an escape", 3],
    ['["\\d+"]', "the string has an invalid escape; write \\\\ for a backslash", 1],
    ["[".repeat(201), "nested deeper than 200 levels", 200],
  ];
  for (const [text, reason, offset] of mistakes) {
    test(`${JSON.stringify(text.slice(0, 30))} is an error`, () => {
      expect(failure(text)).toEqual([reason, offset]);
    });
  }
});

test("takes the deepest nesting that is allowed, and refuses one level more", () => {
  const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
  const message = "nested deeper than 64 levels";
  expect(parseJson(nested(64), 64)).toBeArray();
  expect(() => parseJson(nested(65), 64)).toThrow(message);
  expect(() => parseJson('{"a":'.repeat(100_000), 64)).toThrow(message);
});

test("an error has line and column, and words of the text apart", () => {
  const errors = ['{\n  "a": hunter2\n}', '{"é😀": 1, "é😀": 2}', '{"a": 1'].map((text) => {
    try {
      return parseJson(text);
    } catch (error) {
      if (!(error instanceof DocumentError)) throw error;
      const { message, wordless, offset, line, column } = error;
      return [message, wordless, offset, line, column];
    }
  });
  const end = 'expected "," or "}" after a member, found the end of the document';
  const twice = 'duplicate key "é😀"; keep one of the two';
  expect(errors).toEqual([
    ['expected a value, found "hunter2"', "expected a value, found a word without quotes", 9, 2, 8],
    [twice, twice, 11, 1, 11],
    [end, end, 7, 1, 8],
  ]);
});

test("a number may be long, not longer, and a long word is cut where it is told", () => {
  const digits = "9".repeat(NUMBER_CHARS_MAX);
  expect(parseJson(digits)).toBe(BigInt(digits));
  expect(failure(`[1, ${digits}9]`)).toEqual([
    `a number of more than ${NUMBER_CHARS_MAX} characters; write it in quotes`,
    4,
  ]);
  expect(failure(`[${"a".repeat(30)}]`)).toEqual([
    `expected a value, found "${"a".repeat(20)}"`,
    1,
  ]);
});

test("a long key is cut where it is told", () => {
  const key = "k".repeat(1000);
  const failed = failure(`{"${key}": 1, "${key}": 1}`);
  expect(failed).toEqual([`duplicate key "${"k".repeat(60)}…"; keep one of the two`, 1008]);
});

describe("Positions", () => {
  test("count lines, and characters in them", () => {
    const text = "a😀b\r\n\n😀😀c";
    const positions = new Positions(text);
    const all = Array.from({ length: text.length + 1 }, (_, offset) => positions.at(offset));
    expect(all.map(({ line, column }) => `${line}:${column}`)).toEqual(
      "1:1 1:2 1:2 1:3 1:4 1:5 2:1 3:1 3:1 3:2 3:2 3:3 3:4".split(" "),
    );
  });

  test("are those of a text that is cut at each line", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom("a", "é", "😀", "\n", "\uD83D"), { maxLength: 30 }),
        (parts) => {
          const text = parts.join("");
          const positions = new Positions(text);
          let offset = 0;
          let [line, column] = [1, 1];
          for (const character of text) {
            expect(positions.at(offset)).toEqual({ line, column });
            offset += character.length;
            if (character === "\n") [line, column] = [line + 1, 1];
            else column++;
          }
          expect(positions.at(offset)).toEqual({ line, column });
        },
      ),
    );
  });
});

describe("parseJsonSteps", () => {
  function run(text: string): { tree: unknown; steps: number } {
    const generator = parseJsonSteps(text);
    for (let steps = 1; ; steps++) {
      const step = generator.next();
      if (step.done === true) return { tree: step.value, steps };
    }
  }

  test("reads what parseJson reads", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        expect(run(text).tree).toStrictEqual(parseJson(text));
      }),
      { numRuns: 200 },
    );
  });

  test("rests after 32 KiB of text, wherever in the document it is then", () => {
    const numbers = Array.from({ length: 40_000 }, () => 1);
    const members = Object.fromEntries(numbers.map((one, at) => [`k${at + 10_000}`, one]));
    const deep = (tree: unknown) => ({ a: [[{ b: tree }]], c: 1 });
    const cases: readonly (readonly [tree: unknown, steps: number])[] = [
      // Two characters an item, eleven a member.
      [numbers, 3],
      [deep(numbers), 3],
      [members, 14],
      [[members], 14],
      [{ short: numbers.slice(0, 16_000) }, 1],
    ];
    for (const [tree, steps] of cases) expect(run(JSON.stringify(tree))).toEqual({ tree, steps });
  });

  test("finds the same errors", () => {
    for (const text of ["", "{", '{"a": [1,]}', '{"a": 1, "a": 2}', '{"a": []} x', "[1"]) {
      expect(() => run(text)).toThrow(failure(text)[0]);
    }
  });
});

describe("JsonPlaces", () => {
  const text = '{"policies": [\n {"id": "a", "log": {"sampleKey": {}, "match": [5, {"x": 1}]}} ]}';
  const places = new JsonPlaces(text);
  const at = (...path: (string | number)[]) => text.slice(places.find(path).offset).slice(0, 6);

  test("finds them in steps, as often as reading rests, and at once when they are known", () => {
    const long = JSON.stringify({ a: Array.from({ length: 40_000 }, () => 1), b: { c: 2 } });
    const known = new JsonPlaces(long);
    const found = [1, 2].map(() => [...known.findSteps(["b", "c"])].length);
    expect([found, long.slice(known.find(["b", "c"]).offset)]).toEqual([[2, 0], "2}}"]);
  });

  test("finds values, in either spelling of their keys", () => {
    expect([
      at(),
      at("policies"),
      at("policies", 0, "id"),
      at("policies", 0, "log", "sample_key"),
      at("policies", 0, "log", "match", 1, "x"),
    ]).toEqual(['{"poli', '[\n {"i', '"a", "', '{}, "m', "1}]}} "]);
  });

  test("says where keys stand, and how much of a path is there", () => {
    const crlf = '{\r\n\t"a": [ 1, "b" ]\r\n}';
    const found = new JsonPlaces(crlf);
    expect([found.find([]), found.find(["a"]), found.find(["a", 1, "x"])]).toEqual([
      { offset: 0, depth: 0 },
      { offset: 9, keyOffset: 4, depth: 1 },
      { offset: 14, depth: 2 },
    ]);
  });

  test("prefers a key as it is written, and takes no other when it must be exact", () => {
    const both = '{"logLevel": 1, "log_level": 2, "id": 3}';
    const found = new JsonPlaces(both);
    const values = [
      found.find(["log_level"]),
      found.find(["logLevel"]),
      found.find(["loglevel"]),
      found.find(["ID"], true),
    ];
    expect(values.map(({ offset }) => both[offset])).toEqual(["2", "1", "1", "{"]);
  });

  test("stops at the last value that exists", () => {
    expect([
      at("nothing", "at", "all"),
      at("policies", 7),
      at("policies", 0, "log", "match", 0, "regex"),
      at("policies", 0, "id", 0),
    ]).toEqual(['{"poli', '[\n {"i', '5, {"x', '"a", "']);
  });
});
