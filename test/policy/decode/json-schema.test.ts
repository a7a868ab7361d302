// The JSON Schema of policy files takes what the decoder takes, and refuses slips.

import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { z } from "zod";
import { policyFileSchema } from "../../../src/policy/decode/json-schema.ts";
import { AUTHORING, decodePolicySet } from "../../../src/policy/index.ts";

const ROOT = resolve(import.meta.dir, "../../..");
const CASES = join(ROOT, "test/conformance/cases");
const schema = z.fromJSONSchema(policyFileSchema());
const takes = (document: unknown): boolean => schema.safeParse(document).success;

const set = (log: unknown): unknown => ({ policies: [{ id: "a", name: "A", log }] });
const matcher = (one: unknown): unknown => set({ match: [one], keep: "none" });

test("takes the policies of every case without errors, and the examples", () => {
  const names = readdirSync(CASES).map((name) => join(CASES, name, "policies.json"));
  let taken = 0;
  for (const path of [...names, join(ROOT, "examples/policies.json")]) {
    const document: unknown = JSON.parse(readFileSync(path, "utf8"));
    const { policies, errors } = decodePolicySet(document, AUTHORING);
    if (errors.length > 0 || policies.some((policy) => policy.errors.length > 0)) continue;
    taken++;
    expect([path, takes(document)]).toEqual([path, true]);
  }
  expect(taken).toBeGreaterThan(50);
});

const body = { log_field: "body" };
const RIGHT: readonly (readonly [string, unknown])[] = [
  [
    "a list",
    [
      {
        id: "a",
        name: "A",
        metric: { match: [{ metric_field: "name", exact: "x" }], keep: false },
      },
    ],
  ],
  ["one policy", { id: "a", name: "A", log: { match: [{ ...body, exists: true }] } }],
  [
    "lowerCamelCase",
    matcher({ logField: "LOG_FIELD_BODY", startsWith: "x", caseInsensitive: true }),
  ],
  ["fields by number", matcher({ log_field: 1, contains: "x" })],
  [
    "paths of three kinds",
    set({
      match: [
        { log_attribute: "a", exists: true },
        { log_attribute: ["a", 0], exists: true },
        { log_attribute: { path: ["a"] }, exists: true },
      ],
    }),
  ],
  ["nested conditions", matcher({ log_severity_number: { min: 9, max: 12 } })],
  ["typed values", matcher({ log_attribute: "a", equals: { int_value: "9007199254740993" } })],
  ["rates of several units", set({ match: [{ ...body, exists: true }], keep: "1/5m" })],
  ["keeps that are booleans", set({ match: [{ ...body, exists: true }], keep: false })],
  ["keeps that are objects", set({ match: [{ ...body, exists: true }], keep: { percentage: 1 } })],
  ["groups", set({ match_group: [{ match: [{ ...body, exists: true }] }] })],
  ["groups as lists", set({ matchGroup: [[{ ...body, exists: true }]], keep: "none" })],
  [
    "filters of the other dialect",
    {
      policies: [
        {
          id: "a",
          log_filter: {
            matches: [
              { target: { record_field: "LOG_RECORD_FIELD_BODY" }, predicate: { exists: {} } },
              { log_attribute: ["a"], equals: 5, negate: true },
              { target: { scopeField: "NAME" }, predicate: { contains: { string_value: "x" } } },
            ],
            action: "ACTION_DROP",
          },
        },
      ],
    },
  ],
  ["shares", set({ match: [{ ...body, exists: true }], keep: " .5% " })],
];
const WRONG: readonly (readonly [string, unknown])[] = [
  ["no policies", {}],
  ["an unknown key", matcher({ ...body, exact: "x", negated: true })],
  ["an unknown field", matcher({ log_field: "bdy", exact: "x" })],
  ["a keep that is none", set({ match: [{ ...body, exists: true }], keep: "nnone" })],
  ["a keep without its share", set({ match: [{ ...body, exists: true }], keep: {} })],
  ["a share above 100", set({ match: [{ ...body, exists: true }], keep: { percentage: 101 } })],
  [
    "a filter without an action",
    { policies: [{ id: "a", log_filter: { matches: [{ record_field: "BODY", exists: {} }] } }] },
  ],
  [
    "a predicate of the other dialect",
    {
      policies: [
        {
          id: "a",
          log_filter: { matches: [{ record_field: "BODY", starts_with: "x" }], action: "DROP" },
        },
      ],
    },
  ],
  ["no groups", set({ match_group: [], keep: "none" })],
  ["an empty group", set({ match_group: [[]], keep: "none" })],
  [
    "groups beside match",
    set({ match: [{ ...body, exists: true }], match_group: [[{ ...body, exists: true }]] }),
  ],
  ["neither match nor groups", set({ keep: "none" })],
  ["no matchers", set({ match: [], keep: "none" })],
  [
    "a keep of another signal",
    {
      policies: [
        {
          id: "a",
          name: "A",
          metric: { match: [{ metric_field: "name", exact: "x" }], keep: "none" },
        },
      ],
    },
  ],
  ["no name", { policies: [{ id: "a", log: { match: [{ ...body, exists: true }] } }] }],
  ["an empty path", matcher({ log_attribute: "", exists: true })],
];

describe("what the decoder takes, the schema takes", () => {
  for (const [name, document] of RIGHT) {
    test(name, () => {
      const { policies, errors } = decodePolicySet(document, AUTHORING);
      expect([...errors, ...policies.flatMap((policy) => policy.errors)]).toEqual([]);
      expect(takes(document)).toBe(true);
    });
  }
});

describe("what the decoder refuses, the schema refuses", () => {
  for (const [name, document] of WRONG) {
    test(name, () => {
      const { policies, errors } = decodePolicySet(document, AUTHORING);
      expect([...errors, ...policies.flatMap((policy) => policy.errors)]).not.toEqual([]);
      expect(takes(document)).toBe(false);
    });
  }
});
