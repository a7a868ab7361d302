// Files that are no policy files: a path may be mistaken, and the file may hold secrets.

import { expect, test } from "bun:test";
import { decodePolicyFile } from "../../../src/providers/index.ts";

async function failureOf(text: string, path: string): Promise<string> {
  try {
    const { policies } = await decodePolicyFile(new TextEncoder().encode(text), path);
    return JSON.stringify(policies);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const cases: [text: string, path: string, failure: string][] = [
  ["hunter2 words", "p.yaml", 'p.yaml: expected an object with "policies", found text'],
  ["AWS_SECRET=hunter2\n", "env", 'env: expected an object with "policies", found text'],
  ['"hunter2"', "p.json", 'p.json: expected an object with "policies", found text'],
  ["123456", "pin", 'pin: expected an object with "policies", found a number'],
  ["- hunter2\n- b\n", "p.yaml", "p.yaml: expected a list of policies, found one of text"],
  ["hunter2: x\n", "p.yaml", 'p.yaml: "policies" is missing; give a list of policies'],
  ["policies: hunter2\n", "p.yaml", "p.yaml: policies: expected a list, found text"],
  [
    "polices: []\nhunter2: x\n",
    "p.yaml",
    'p.yaml: unknown key "polices"; did you mean "policies"?; "policies" is missing; give a list of policies',
  ],
];
for (const [text, path, failure] of cases) {
  test(`${JSON.stringify(text)} is told by its kind`, async () => {
    expect(await failureOf(text, path)).toBe(failure);
  });
}
