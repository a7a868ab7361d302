// Reads test cases from one file per suite, in YAML or JSON, for people who write by hand:
// `policies:` (a list, or names of files in the same folder) and `cases:` with `input`, `expect`
// and, if it is to be checked, `because`.

import { errorMessage } from "../../core/errors.ts";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { encodeUtf8 } from "../../core/utf8.ts";
import { AUTHORING, decodePolicySet, type Policy } from "../../policy/index.ts";
import { parsePolicyDocument } from "../../providers/index.ts";
import { readPolicies } from "./judging.ts";
import { objectOf, readInput } from "./shorthand.ts";
import type { Batch, TestCase } from "./test-case.ts";

/** Whether a text is meant as a suite. */
export function looksLikeSuite(text: string): boolean {
  return /(?:^|[{,\n])\s*["']?cases["']?\s*:/.test(text);
}

const CASE_KEYS = ["name", "input", "expect", "because"];

/** Throws with a message that names the file, and the case where it is of one. */
export function readSuite(path: string, text: string): readonly TestCase[] {
  const document = objectOf(parsePolicyDocument(text, path).tree, path);
  const unknown = Object.keys(document).find((key) => !["policies", "cases"].includes(key));
  if (unknown !== undefined) {
    throw new Error(`${path}: ${unknown}: unknown key; allowed: policies, cases`);
  }
  const policies = policiesOf(path, document["policies"]);
  const cases = document["cases"];
  if (!Array.isArray(cases)) throw new Error(`${path}: cases: a list is expected`);
  return cases.map((one: unknown, i) => {
    try {
      return caseOf(path, policies, objectOf(one, "case"), i);
    } catch (error) {
      const reason = errorMessage(error);
      throw new Error(`${path}: cases[${i}]: ${reason}`, { cause: error });
    }
  });
}

function policiesOf(path: string, policies: unknown): readonly Policy[] {
  const names = typeof policies === "string" ? [policies] : policies;
  if (!Array.isArray(names)) throw new Error(`${path}: policies: a list is expected`);
  const own = names.filter((one) => typeof one !== "string");
  const files = names.filter((one) => typeof one === "string");
  const read = files.flatMap((name) => {
    const file = join(dirname(path), name);
    return readPolicies(readFileSync(file, "utf8"), file);
  });
  const { policies: decoded, errors } = decodePolicySet({ policies: own }, AUTHORING);
  if (errors.length > 0) throw new Error(`${path}: ${errors.join("; ")}`);
  return [...read, ...decoded];
}

function caseOf(
  path: string,
  policies: readonly Policy[],
  fields: Readonly<Record<string, unknown>>,
  index: number,
): TestCase {
  const unknown = Object.keys(fields).find((key) => !CASE_KEYS.includes(key));
  if (unknown !== undefined) {
    throw new Error(`${unknown}: unknown key; allowed: ${CASE_KEYS.join(", ")}`);
  }
  const { name = `case ${index + 1}`, input, expect, because } = fields;
  if (because !== undefined && typeof because !== "string") {
    throw new Error("because: the id of a policy is expected");
  }
  const { kind, signal, document } = readInput(input);
  const batch: Batch = {
    kind,
    signal,
    input: encodeUtf8(JSON.stringify(document)),
    expected: expectedOf(expect, document),
    expectedPath: undefined,
    because,
  };
  const rest = { stats: undefined, statsPath: undefined, isProviderOnly: false };
  return { name: String(name), path, policies, batches: [batch], ...rest };
}

function expectedOf(expect: unknown, document: unknown): unknown {
  if (expect === "kept") return document;
  if (expect === "dropped") return Array.isArray(document) ? [] : {};
  if (expect === undefined || typeof expect === "string") {
    throw new Error(`expect: ${JSON.stringify(expect)}; allowed: dropped, kept, or what is left`);
  }
  return readInput(expect).document;
}
