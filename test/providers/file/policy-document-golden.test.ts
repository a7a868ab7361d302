// Whole policy files, as examples for people: test/golden/policies.

import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import {
  AUTHORING,
  decodePolicySet,
  errorPath,
  policyPath,
  WIRE,
} from "../../../src/policy/decode/index.ts";
import { parsePolicyDocument } from "../../../src/providers/file/policy-document.ts";

const read = (name: string) =>
  readFileSync(resolve(import.meta.dir, "../../golden/policies", name), "utf8");

describe("every-form", () => {
  const yaml = decodePolicySet(
    parsePolicyDocument(read("every-form.yaml"), "y.yaml").tree,
    AUTHORING,
  );
  const json = parsePolicyDocument(read("every-form.json"), "j.json").tree;

  test("is without errors", () => {
    expect(yaml.errors).toEqual([]);
    expect(yaml.policies.flatMap(({ errors }) => errors)).toEqual([]);
  });

  test("is the same set in YAML and in proto3 JSON, read as a file and as a response", () => {
    expect(decodePolicySet(json, AUTHORING)).toEqual(yaml);
    expect(decodePolicySet(json, WIRE)).toEqual(yaml);
  });
});

describe("broken", () => {
  test("is told with places and cures", () => {
    const document = parsePolicyDocument(read("broken.yaml"), "broken.yaml");
    const set = decodePolicySet(document.tree, AUTHORING);
    const lines = set.policies.flatMap(({ errors }, at) =>
      errors.map((error) => {
        const { line, column } = document.locate([...policyPath(set, at), ...errorPath(error)]);
        return `broken.yaml:${line}:${column}: ${error}\n`;
      }),
    );
    expect(lines.join("")).toBe(read("broken.txt"));
  });
});
