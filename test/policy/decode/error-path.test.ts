// From the errors of policies to where they stand.

import { describe, expect, test } from "bun:test";
import { errorPath } from "../../../src/policy/decode/index.ts";

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
