// What `validate` finds in a policy file.

import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkPolicyFile } from "../../src/providers/index.ts";
import { createJudge } from "../../src/re2/index.ts";

const folder = mkdtempSync(join(tmpdir(), "check-policy-file-"));
afterAll(() => rmSync(folder, { recursive: true }));
const judge = createJudge();

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}
const yaml = (...policies: string[]): string =>
  `policies:\n${policies.map((text) => `  - ${text}\n`).join("")}`;
const good = "{id: good, name: g, log: {match: [{log_field: body, regex: 'a+'}], keep: none}}";

describe("checkPolicyFile", () => {
  test("a good file has its policies and no findings", async () => {
    const path = file("good.yaml", yaml(good));
    expect(await checkPolicyFile(path, judge)).toEqual({ policies: 1, findings: [] });
  });

  test("every error of every policy has its place and its policy", async () => {
    const path = file(
      "bad.yaml",
      yaml(
        good,
        "{id: rx, name: r, log: {match: [{log_field: body, regex: 'a('}], keep: none}}",
        "{name: no id, log: {match: [{log_field: body, exists: true}], keep: none}}",
        good,
      ),
    );
    const { policies, findings } = await checkPolicyFile(path, judge);
    expect(policies).toBe(4);
    expect(
      findings.map((line) => line.replace(/^.*bad\.yaml:(\d+):\d+ (\S+): .*$/, "$1 $2")),
    ).toEqual(['3 "rx"', "4 policies[2]", '5 "good"']);
  });

  test("a file that is no document is one finding with its place", async () => {
    const path = file("broken.json", '{"policies": [}');
    const { policies, findings } = await checkPolicyFile(path, judge);
    expect(policies).toBe(0);
    expect(findings).toEqual([expect.stringMatching(/broken\.json:1:15: /)]);
  });

  test("a file that is not there, or is no file, is a finding", async () => {
    const none = join(folder, "none.json");
    expect((await checkPolicyFile(none, judge)).findings).toEqual([`${none}: no such file`]);
    expect((await checkPolicyFile(folder, judge)).findings).toEqual([
      `${folder}: a folder, not a regular file`,
    ]);
  });
});
