// Transforms in OpenTelemetry's own dialect: every form that is read, what it is read as, and what
// is refused, each with its near misses.

import { describe, expect, test } from "bun:test";
import { AUTHORING, decodePolicy, policyErrors } from "../../../../src/policy/decode/index.ts";
import { writtenPolicy } from "../../../../src/policy/index.ts";
import type { Policy } from "../../../../src/policy/model.ts";
import { createRegexValidator } from "../../../../src/re2/index.ts";
import { field } from "../build.ts";

const matches = [{ target: { record_field: "BODY" }, predicate: { exists: {} } }];
const transform = (operations: object): Policy =>
  decodePolicy({ id: "a", log_transform: { matches, ...operations } }, AUTHORING);
const errorsOf = (operations: object): readonly string[] => transform(operations).errors;
const attribute = (...path: string[]) => ({ kind: "attribute", scope: "record", path }) as const;
const A = { target: { log_attribute: "a" } };

describe("a transform", () => {
  test("has matchers and operations of four kinds, with all their defaults", () => {
    const { errors, target } = transform({
      remove: [A, { target: { record_field: 1 } }, { scope_attribute: { path: ["s"] } }],
      redact: [A, { ...A, replacement: "" }, { log_attribute: ["a", "b"], regex: "x" }],
      rename: [{ from: { resourceAttribute: "r" }, to: "t", upsert: true }],
      add: [
        { ...A, value: 5 },
        { ...A, value: { stringValue: "v" }, upsert: false },
      ],
    });
    expect(errors).toEqual([]);
    expect(target).toMatchObject({ signal: "log", dialect: "otel", keep: { kind: "otel_pass" } });
    const replacement = "[REDACTED]";
    expect(target?.transform).toEqual({
      remove: [attribute("a"), field("body"), { kind: "attribute", scope: "scope", path: ["s"] }],
      redact: [
        { field: attribute("a"), replacement },
        { field: attribute("a"), replacement },
        { field: attribute("a", "b"), replacement, regex: "x" },
      ],
      rename: [
        { from: { kind: "attribute", scope: "resource", path: ["r"] }, to: "t", upsert: true },
      ],
      add: [
        { field: attribute("a"), value: { type: "int", value: 5n }, upsert: false },
        { field: attribute("a"), value: { type: "string", value: "v" }, upsert: false },
      ],
    });
  });

  test("is written as it is read", () => {
    const read = transform({
      remove: [A],
      redact: [{ target: { scope_field: "NAME" }, regex: "x", replacement: "$0" }],
      rename: [{ from: { log_attribute: ["a", "b"] }, to: "t", upsert: true }],
      add: [1n, 0.5, true, "s", { bytes_value: "AP8=" }].map((value) => ({ ...A, value })),
    });
    const written = writtenPolicy(read);
    expect(decodePolicy(JSON.parse(JSON.stringify(written)), AUTHORING)).toEqual(read);
    expect(Object.keys(written)).toEqual(["id", "name", "log_transform"]);
  });

  const MISTAKES: readonly [object, string][] = [
    [{}, "no operation; give at least one of remove, redact, rename, add"],
    [{ remove: [], add: [] }, "no operation; give at least one of remove, redact, rename, add"],
    [{ drop: [] }, 'unknown key "drop"; known keys: matches, remove, redact, rename, add'],
    [{ action: "ACTION_DROP", remove: [A] }, 'unknown key "action"; known keys: '],
    [{ remove: [{}] }, "remove[0]: no field; give one of record_field, log_attribute, "],
    [{ remove: ["a"] }, 'remove[0]: expected an object, found "a"'],
    [{ remove: [{ ...A, log_attribute: "b" }] }, "remove[0]: put log_attribute inside target"],
    [{ redact: [A, { ...A, regex: 5 }] }, "redact[1]: regex: expected a string, found 5"],
    [{ redact: [{ ...A, with: "x" }] }, 'redact[0]: unknown key "with"; '],
    [{ rename: [{ to: "b" }] }, "rename[0]: from is missing; give what is to be renamed"],
    [{ rename: [{ from: {}, to: "b" }] }, "rename[0]: from: no field; give one of "],
    [{ rename: [{ from: { log_attribute: "a" } }] }, "rename[0]: to is empty; give the new name"],
    [
      { rename: [{ from: { log_attribute: "a" }, to: "" }] },
      "rename[0]: to is empty; give the new name",
    ],
    [{ add: [A] }, "add[0]: value is missing; give one"],
    [{ add: [{ ...A, value: {} }] }, "add[0]: value: no value; give one of "],
    [
      { add: [{ ...A, value: { hex_value: "ab" } }] },
      "add[0]: value: hex_value is not of this dialect; ids are texts",
    ],
    [
      { add: [{ ...A, value: { int_value: 1, bool_value: true } }] },
      "add[0]: value: several values: bool_value, int_value; give exactly one",
    ],
    [{ add: [{ ...A, value: 1, upsert: "yes" }] }, "add[0]: upsert: expected true or false, "],
  ];
  for (const [operations, want] of MISTAKES) {
    test(`is refused: ${want}`, () => {
      const [error = ""] = errorsOf(operations);
      expect(error.slice(0, want.length + 15)).toBe(`log_transform: ${want}`);
    });
  }

  test("is refused without matchers, and with a regex that RE2 refuses, in their places", () => {
    expect(decodePolicy({ id: "a", log_transform: { remove: [A] } }, AUTHORING).errors).toEqual([
      "log_transform: matches: no matchers; give at least one",
    ]);
    const bad = { ...A, regex: "x(?=y)" };
    const [error] = policyErrors(transform({ redact: [A, bad] }), createRegexValidator());
    expect(error).toStartWith('log_transform: redact[1]: invalid regex "x(?=y)": ');
  });
});
