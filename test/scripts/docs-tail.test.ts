// The pages that are printed from the tailer's settings.

import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { generateTail } from "../../scripts/docs-tail.ts";

const ROOT = resolve(import.meta.dir, "../..");

test.each([...generateTail()])("%s is what the script prints", (path, text) => {
  expect(readFileSync(join(ROOT, path), "utf8")).toBe(text);
});

test("every key but objects, lists of them and texts about the program itself has an option", () => {
  const page = generateTail().get("docs/tail-options.md") ?? "";
  const without = page
    .replace(/\n## Metrics[\s\S]*$/, "")
    .split("\n### ")
    .slice(1)
    .filter((block) => !block.includes("Option: "))
    .map((block) => /^`([^`]+)`/.exec(block)?.[1] ?? "")
    .filter((name) => !/^(?:budgets|policy_providers|service|s3_dump)/.test(name));
  expect(without).toEqual(["$schema", "inputs", "record_time_max_ms", "workspace_id"]);
});
