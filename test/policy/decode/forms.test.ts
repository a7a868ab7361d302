// All forms of one policy decode to one model: canonical and free spellings, JSON and YAML text,
// proto3 JSON as servers write it, protobuf. And nothing that is thrown at the decoder makes it
// throw.

import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fromBinary, fromJson, toBinary, toJson } from "@bufbuild/protobuf";
import type { JsonValue } from "@bufbuild/protobuf";
import * as fc from "fast-check";
import { stringify } from "yaml";
import {
  AUTHORING,
  decodePolicy,
  decodePolicySet,
  messageTree,
  policyErrors,
  WIRE,
} from "../../../src/policy/decode/index.ts";
import { PolicySchema } from "../../../src/proto/index.ts";
import { parsePolicyDocument } from "../../../src/providers/file/policy-document.ts";
import { arbitraryPolicy, canonicalTree, respelled } from "./arbitrary.ts";
import type { Dice } from "./arbitrary.ts";

const dice = fc.infiniteStream(fc.nat()).map((stream): Dice => {
  const numbers = stream[Symbol.iterator]();
  return (sides) => Number(numbers.next().value) % sides;
});

/** JSON with big integers digit by digit. */
function jsonText(tree: unknown): string {
  const marked = JSON.stringify(tree, (_, value: unknown) =>
    typeof value === "bigint" ? `\u0001${value}\u0001` : value,
  );
  return marked.replaceAll(/"\\u0001(-?\d+)\\u0001"/g, "$1");
}

describe("one policy in every form", () => {
  test("canonical tree", () => {
    fc.assert(
      fc.property(arbitraryPolicy, (policy) => {
        expect(decodePolicy(canonicalTree(policy), AUTHORING)).toEqual(policy);
        expect(decodePolicy(canonicalTree(policy), WIRE)).toEqual(policy);
      }),
      { numRuns: 300 },
    );
  });

  test("free spellings as JSON text", () => {
    fc.assert(
      fc.property(arbitraryPolicy, dice, (policy, roll) => {
        const text = jsonText({ policies: [respelled(canonicalTree(policy), roll)] });
        const { tree } = parsePolicyDocument(text, "p.json");
        expect(decodePolicySet(tree, AUTHORING).policies).toEqual([policy]);
      }),
      { numRuns: 200 },
    );
  });

  test("free spellings as YAML text", () => {
    fc.assert(
      fc.property(arbitraryPolicy, dice, (policy, roll) => {
        const text = stringify({ policies: [respelled(canonicalTree(policy), roll)] });
        const { tree } = parsePolicyDocument(text, "p.yaml");
        expect(decodePolicySet(tree, AUTHORING).policies).toEqual([policy]);
      }),
      { numRuns: 100 },
    );
  });

  test("proto3 JSON and protobuf", () => {
    fc.assert(
      fc.property(arbitraryPolicy, fc.boolean(), fc.boolean(), (policy, defaults, numbers) => {
        const json = JSON.parse(jsonText(canonicalTree(policy))) as JsonValue;
        const message = fromJson(PolicySchema, json);
        const written = toJson(PolicySchema, message, {
          alwaysEmitImplicit: defaults,
          enumAsInteger: numbers,
        });
        expect(decodePolicy(written, WIRE)).toEqual(policy);
        const read = fromBinary(PolicySchema, toBinary(PolicySchema, message));
        expect(decodePolicy(messageTree(read), WIRE)).toEqual(policy);
      }),
      { numRuns: 200 },
    );
  });
});

describe("the decoder", () => {
  const validateRegex = (pattern: string) => (pattern.length % 2 === 0 ? "odd" : undefined);

  function check(tree: unknown): void {
    for (const dialect of [AUTHORING, WIRE]) {
      for (const policy of decodePolicySet(tree, dialect).policies) {
        for (const error of policyErrors(policy, validateRegex)) {
          expect(error).toMatch(/^(?:policy|log|metric|trace): /);
        }
        if (policy.errors.length === 0) expect(policy.target).toBeDefined();
      }
    }
  }

  const junk = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.constantFrom<unknown>(undefined, 10n, Number.NaN, -1, 2 ** 53, new Uint8Array(3), {}, []),
    fc.constantFrom("", "%", "/s", "99999999999%", "LOG_FIELD_", "constructor", "__proto__"),
  );

  test("does not throw on anything", () => {
    fc.assert(
      fc.property(junk, (tree) => {
        check(tree);
        check({ policies: [tree] });
        check({ policies: [{ id: "a", name: "b", log: tree, extensions: tree }] });
        check({ policies: [{ id: "a", name: "b", log: { match: [tree], transform: tree } }] });
        check({ policies: [{ id: "a", name: "b", trace: { match: tree, keep: tree } }] });
      }),
      { numRuns: 200 },
    );
  });

  test("does not throw when any part of a good policy is something else", () => {
    fc.assert(
      fc.property(arbitraryPolicy, fc.nat(), junk, (policy, at, value) => {
        const tree = structuredClone(canonicalTree(policy));
        const holders = objectsIn(tree);
        const holder = holders[at % holders.length]!;
        const keys = Object.keys(holder);
        const key = keys[at % Math.max(keys.length, 1)];
        if (key !== undefined) holder[key] = value;
        check({ policies: [tree] });
      }),
      { numRuns: 400 },
    );
  });

  function objectsIn(tree: unknown): Record<string, unknown>[] {
    if (typeof tree !== "object" || tree === null) return [];
    const below = Object.values(tree).flatMap(objectsIn);
    return [tree as Record<string, unknown>, ...below];
  }
});

// Cases of the public conformance suite, when a checkout of them lies beside the project.
const CASES = resolve(import.meta.dir, "../../../../shared/conformance");
const EXPECTED_ERRORS: Readonly<Record<string, readonly string[]>> = {
  "bad-keep-value": [
    'log: keep: invalid value "bogus"; use "all", "none", "50%", "100/s" or "1/5m"',
  ],
};

describe.skipIf(!existsSync(CASES))(
  "policies of the conformance cases (../shared/conformance)",
  () => {
    test("all decode", () => {
      let count = 0;
      for (const name of readdirSync(CASES)) {
        const file = join(CASES, name, "policies.json");
        if (!existsSync(file)) continue;
        const { tree } = parsePolicyDocument(readFileSync(file, "utf8"), file);
        const set = decodePolicySet(tree, AUTHORING);
        expect(set.errors).toEqual([]);
        for (const policy of set.policies) {
          count++;
          expect(policy.target).toBeDefined();
          expect([name, policy.errors]).toEqual([name, EXPECTED_ERRORS[policy.id] ?? []]);
        }
      }
      expect(count).toBeGreaterThan(100);
    });
  },
);
