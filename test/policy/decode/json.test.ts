// The JSON reader: agrees with JSON.parse, keeps 64-bit integers, and says where a text is wrong.

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import {
  errorPath,
  JsonError,
  JsonPlaces,
  parseJson,
  parseJsonSteps,
} from "../../../src/policy/decode/index.ts";

function failure(text: string): [string, number] | "none" {
  try {
    parseJson(text);
    return "none";
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
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
    ["[".repeat(201), "nested more than 200 deep", 200],
  ];
  for (const [text, reason, offset] of mistakes) {
    test(`${JSON.stringify(text.slice(0, 30))} is an error`, () => {
      expect(failure(text)).toEqual([reason, offset]);
    });
  }
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

  test("rests every 128 items of a list of the document", () => {
    const text = JSON.stringify({ a: Array.from({ length: 300 }, (_, at) => ({ at })), b: [1] });
    expect(run(text)).toEqual({ tree: JSON.parse(text), steps: 3 });
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
  const at = (...path: (string | number)[]) => text.slice(places.offsetOf(path)).slice(0, 6);

  test("finds values, in either spelling of their keys", () => {
    expect([
      at(),
      at("policies"),
      at("policies", 0, "id"),
      at("policies", 0, "log", "sample_key"),
      at("policies", 0, "log", "match", 1, "x"),
    ]).toEqual(['{"poli', '[\n {"i', '"a", "', '{}, "m', "1}]}} "]);
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

describe("errorPath", () => {
  const cases: [string, (string | number)[]][] = [
    ["policy: id is missing; every policy needs one", []],
    ['policy: unknown key "lgo"; did you mean "log"?', ["lgo"]],
    ["policy: extensions[2]: config: nested too deep", ["extensions", 2, "config"]],
    ["log: match[0]: attribute has empty path", ["log", "match", 0]],
    ["log: match[1]: exact: expected a string, found 500", ["log", "match", 1, "exact"]],
    ['log: match[1]: unknown key "a: b"; known keys: x', ["log", "match", 1, "a: b"]],
    ['log: match[10]: invalid regex "a: (": missing )', ["log", "match", 10, "regex"]],
    ['log: keep: invalid value "x: y"; use "all"', ["log", "keep"]],
    ["log: sampleKey: no field; give one of a, b", ["log", "sampleKey"]],
    ["log: transform: redact[3]: regex is empty", ["log", "transform", "redact", 3]],
    ["trace: keep: percentage: 101 is not a number", ["trace", "keep", "percentage"]],
    ["match", []],
  ];
  for (const [error, want] of cases) {
    test(`of ${error}`, () => {
      expect(errorPath(error)).toEqual(want);
    });
  }
});
