// Policies as text and back: all that evaluating looks at is as it was.

import { expect, test } from "bun:test";
import type { Policy } from "../../../src/policy/index.ts";
import { policyOfText, textOfPolicy } from "../../../src/policy/share/policy-text.ts";
import { policyOf } from "../../support/engine.ts";

const body = { kind: "field", field: "body" } as const;
const matcher = { field: body, negate: false, caseInsensitive: false };
const range = (min: number) => ({
  ...matcher,
  condition: {
    op: "range" as const,
    min: { value: { type: "double" as const, value: min }, inclusive: true },
  },
});

const CASES: readonly (readonly [string, Policy])[] = [
  ["no matcher", policyOf("a", [])],
  ["an id that is no ASCII", policyOf("é\ud800\u0000", [])],
  [
    "integers of 64 bits",
    policyOf("a", [
      { ...matcher, condition: { op: "equals", value: { type: "int", value: -(2n ** 63n) } } },
    ]),
  ],
  [
    "bytes",
    policyOf("a", [
      {
        ...matcher,
        condition: { op: "equals", value: { type: "bytes", value: Uint8Array.of(0, 255) } },
      },
    ]),
  ],
  ["numbers that JSON has not", policyOf("a", [NaN, Infinity, -Infinity, -0].map(range))],
  [
    "texts that look like what stands for those",
    policyOf("a", [{ ...matcher, condition: { op: "contains", text: '{"$i":"1"}' } }]),
  ],
  [
    "a rate with a key, and a transform",
    policyOf(
      "a",
      [],
      { kind: "rate", count: 3, windowMs: 1000, key: body },
      { transform: { redact: [{ field: body, replacement: "$1", regex: "(a)" }] } },
    ),
  ],
  [
    "extensions",
    {
      ...policyOf("a", []),
      extensions: [{ type: "x/y", version: "1", config: Uint8Array.of(1, 2), mode: "kept" }],
    },
  ],
];

for (const [name, policy] of CASES) {
  test(`is as it was: ${name}`, () => {
    expect(policyOfText(textOfPolicy(policy))).toEqual({ ...policy, name: "" });
  });
}

test("names, descriptions and policies without a target need no room", () => {
  const { target: _, ...none } = policyOf("a", []);
  expect(textOfPolicy({ ...none, description: "long" })).toBe('{"id":"a"}');
});
