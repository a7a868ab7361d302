// Policy files in JSON and YAML: whatever a text is, it is read or said to be wrong with its place;
// every policy is decoded, compiled and put to work. The first byte chooses.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { AUTHORING, decodePolicySet } from "../../../../src/policy/index.ts";
import {
  parsePolicyDocument,
  PolicyDocumentError,
} from "../../../../src/providers/file/policy-document.ts";
import { testEngine } from "../../../support/engine.ts";
import { chosen, type FuzzTarget } from "../../fuzz-target.ts";

/** From the project's root, where a bundle of this file runs, too. */
const CASES = "test/conformance/cases";
const NAMES = ["policies.json", "policies.yaml", "policies"] as const;
const YAML = `policies:
  - id: a
    name: n
    log:
      match:
        - {log_field: body, regex: "a+"}
        - log_attribute: [a, b]
          exists: true
      keep: 50%
      transform: {remove: [{log_attribute: x}]}
  - &b {id: b, name: n, metric: {match: [{metric_field: name, starts_with: a}], keep: none}}
`;

export const target: FuzzTarget = {
  get seeds() {
    const folders = readdirSync(CASES).toSorted();
    const files = folders.map((one) => readFileSync(join(CASES, one, "policies.json"), "utf8"));
    return [...chosen(files, [0]), ...chosen([YAML], [1, 2])];
  },
  words: ["policies", "log_field", "match", "keep", "transform", "sample_key", "\n  - ", ": "],
  check(input) {
    const name = NAMES[(input[0] ?? 0) % 3] ?? "policies";
    const text = new TextDecoder().decode(input.subarray(1));
    try {
      const { tree, locate } = parsePolicyDocument(text, name);
      const { policies, errors } = decodePolicySet(tree, AUTHORING);
      const { line, column } = locate(["policies", 0, "log", "match", 0]);
      if (line < 1 || column < 1) throw new Error("no place");
      if (errors.some((error) => error === "")) throw new Error("an error that says nothing");
      testEngine(policies.filter((policy) => policy.errors.length === 0));
    } catch (error) {
      if (!(error instanceof PolicyDocumentError)) throw error;
      if (error.line < 1 || error.column < 1) throw new Error("no place", { cause: error });
    }
  },
};
