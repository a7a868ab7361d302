// The committed pages that are derived from the schema are up to date.

import { describe, expect, test } from "bun:test";
import { resolve } from "node:path";
import { generate } from "../../scripts/docs.ts";
import { keyEntries } from "../../src/config/keys.ts";
import { configSchema } from "../../src/config/schema.ts";

const ROOT = resolve(import.meta.dir, "../..");
const FILES = [...generate()].map(([path, text]) => ({ path, text }));

describe("the derived files", () => {
  test.each(FILES)(
    "$path is what the schema says (else run: bun scripts/docs.ts)",
    async (file) => {
      expect(await Bun.file(resolve(ROOT, file.path)).text()).toBe(file.text);
    },
  );

  test("tell of every key what it is for, on the page and in the JSON Schema", () => {
    const page = FILES.find(({ path }) => path.endsWith(".md"))?.text ?? "";
    const entries = keyEntries(configSchema);
    expect(entries.length).toBeGreaterThan(50);
    for (const { name, about, variable } of entries) {
      expect(about).toMatch(/^[A-Z`].*\.$/);
      expect(page).toContain(`### \`${name}\`\n\n${about}\n`);
      if (variable !== undefined) expect(page).toContain(`Variable: \`${variable}\`.`);
    }
    const schema = FILES.find(({ path }) => path.endsWith(".json"))?.text ?? "";
    for (const { about } of entries) expect(schema).toContain(JSON.stringify(about));
  });
});
