// The four operations of a transform in every spelling, and their errors.

import { describe, expect, test } from "bun:test";
import { authored, BODY_EXISTS, field, wired } from "./build.ts";

const SELECTORS = "log_field, log_attribute, resource_attribute, scope_attribute";
const record = (...path: string[]) => ({ kind: "attribute", scope: "record", path });

function transformIn(decode: typeof authored, transform: unknown) {
  const policy = decode({ log: { match: [BODY_EXISTS], transform } });
  return policy.errors.length > 0 ? policy.errors : policy.target!.transform;
}
const transformOf = (transform: unknown) => transformIn(authored, transform);

const NOTHING = { remove: [], redact: [], rename: [], add: [] };

describe("a transform", () => {
  test("reads all operations", () => {
    expect(
      transformOf({
        remove: [{ log_attribute: "a" }, { resource_attribute: ["b", "c"] }],
        redact: [
          { log_field: "body", regex: "\\d+", replacement: "$0" },
          { logAttribute: { path: ["pan"] } },
        ],
        rename: [
          { from_log_attribute: "x", to: "y", upsert: true },
          { fromScopeAttribute: ["s"], to: "t" },
          { from_log_field: "LOG_FIELD_BODY", to: "b" },
          { from_resource_attribute: "r", to: "q" },
        ],
        add: [
          { log_attribute: "k", value: "v", upsert: true },
          { log_field: 2, value: "" },
        ],
      }) as unknown,
    ).toEqual({
      remove: [record("a"), { kind: "attribute", scope: "resource", path: ["b", "c"] }],
      redact: [
        { field: field("body"), replacement: "$0", regex: "\\d+" },
        { field: record("pan"), replacement: "[REDACTED]" },
      ],
      rename: [
        { from: record("x"), to: "y", upsert: true },
        { from: { kind: "attribute", scope: "scope", path: ["s"] }, to: "t", upsert: false },
        { from: field("body"), to: "b", upsert: false },
        { from: { kind: "attribute", scope: "resource", path: ["r"] }, to: "q", upsert: false },
      ],
      add: [
        { field: record("k"), value: { type: "string", value: "v" }, upsert: true },
        { field: field("severity_text"), value: { type: "string", value: "" }, upsert: false },
      ],
    });
  });

  test("without operations is none", () => {
    expect([transformOf(undefined), transformOf({}), transformOf({ add: [] })]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  test("redacts to the empty string when a file says so, and the wire cannot", () => {
    const redact = { redact: [{ log_field: "body", replacement: "" }] };
    const want = (replacement: string) => ({
      ...NOTHING,
      redact: [{ field: field("body"), replacement }],
    });
    expect(transformIn(authored, redact) as unknown).toEqual(want(""));
    expect(transformIn(wired, redact) as unknown).toEqual(want("[REDACTED]"));
  });

  test("adds proto3's empty string on the wire when no value is given", () => {
    expect(transformIn(wired, { add: [{ logAttribute: { path: ["a"] } }] }) as unknown).toEqual({
      ...NOTHING,
      add: [{ field: record("a"), value: { type: "string", value: "" }, upsert: false }],
    });
  });

  const mistakes: [unknown, string[]][] = [
    ["x", ['log: transform: expected an object, found "x"']],
    [{ redact: {} }, ["log: transform: redact: expected a list, found an object"]],
    [{ redacts: [] }, ['log: transform: unknown key "redacts"; did you mean "redact"?']],
    [{ remove: [{}] }, [`log: transform: remove[0]: no field; give one of ${SELECTORS}`]],
    [
      { remove: ["a"] },
      ['log: transform: remove[0]: expected an object, found "a"; write {"log_attribute": "a"}'],
    ],
    [{ rename: [5] }, ["log: transform: rename[0]: expected an object, found 5"]],
    [
      { remove: [{ log_field: "body" }, { log_attribute: [] }] },
      ["log: transform: remove[1]: attribute has empty path"],
    ],
    [
      { redact: [{ log_field: "body", regex: "" }] },
      ["log: transform: redact[0]: regex is empty; leave it out to replace the whole value"],
    ],
    [
      { redact: [{ log_field: "body", replacement: 0 }] },
      [
        "log: transform: redact[0]: replacement: expected a string, found 0; " +
          'write it in quotes: "0"',
      ],
    ],
    [
      { rename: [{ from_log_attribute: "a" }, { from_log_attribute: "a", to: "" }] },
      [
        "log: transform: rename[0]: to is empty; give the new name",
        "log: transform: rename[1]: to is empty; give the new name",
      ],
    ],
    [
      { rename: [{ log_attribute: "a", to: "b" }] },
      [
        'log: transform: rename[0]: unknown key "log_attribute"; ' +
          'did you mean "from_log_attribute"?',
        "log: transform: rename[0]: no field; give one of from_log_field, from_log_attribute, " +
          "from_resource_attribute, from_scope_attribute",
      ],
    ],
    [
      { add: [{ log_attribute: "a" }] },
      ["log: transform: add[0]: value is missing; give a string"],
    ],
    [
      { add: [{ log_attribute: "a", value: 500 }] },
      ['log: transform: add[0]: value: expected a string, found 500; write it in quotes: "500"'],
    ],
    [
      { add: [{ log_field: "body", scope_attribute: "a", value: "x", upsert: "yes" }] },
      [
        "log: transform: add[0]: several fields: log_field, scope_attribute; give exactly one",
        'log: transform: add[0]: upsert: expected true or false, found "yes"; ' +
          "write it without quotes",
      ],
    ],
  ];
  for (const [transform, want] of mistakes) {
    test(`${JSON.stringify(transform)} is an error`, () => {
      expect(transformOf(transform) as unknown).toEqual(want);
    });
  }

  test("keeps the numbering of its items when one is unreadable", () => {
    const policy = authored({
      log: { match: [BODY_EXISTS], transform: { redact: [7, { log_field: "body", regex: "a" }] } },
    });
    expect(policy.errors).toEqual(["log: transform: redact[0]: expected an object, found 7"]);
    expect(policy.target?.transform?.redact[1]).toEqual({
      field: field("body"),
      replacement: "[REDACTED]",
      regex: "a",
    });
  });
});
