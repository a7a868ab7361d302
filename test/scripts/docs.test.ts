// The committed pages that are derived from the schema are up to date.

import { describe, expect, test } from "bun:test";
import { resolve } from "node:path";
import { z } from "zod";
import { generate } from "../../scripts/docs.ts";
import { DISTRIBUTIONS } from "../../src/distributions.ts";
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

  test("as a JSON Schema, take the sample configurations and refuse mistakes", async () => {
    const committed: unknown = await Bun.file(resolve(ROOT, "schema/config.schema.json")).json();
    const schema = z.fromJSONSchema(committed as Parameters<typeof z.fromJSONSchema>[0]);
    for (const path of SAMPLES) {
      expect([path, schema.safeParse(await Bun.file(resolve(ROOT, path)).json()).success]).toEqual([
        path,
        true,
      ]);
    }
    const right = [
      { log_level: "WARN", upstream_url: "HTTPS://h", admin: { listen: "[::1]:0", token: "t" } },
      { log_level: "${LEVEL}", upstream_url: "${URL:-stdout:}", admin: { token: "a ${B}" } },
      { policy_providers: [{ path: "p" }, { type: "Http", url: "http://h" }] },
    ];
    const wrong = [
      { listen_prt: 1 },
      { listen_port: 65_536 },
      { tls: {} },
      { tap_enabled: 1 },
      [],
      { log_level: "loud" },
      { log_level: "warnings" },
      { workspace_id: "" },
      { upstream_url: "localhost:80" },
      { upstream_url: "stdout" },
      { logs_url: "ftp://h" },
      { otlp_self_traces_url: "stdout:" },
      { admin: { listen: "h" } },
      { admin: { token: "a b" } },
      { policy_providers: [{ type: "ftp", path: "p" }] },
    ];
    const accepts = (file: unknown): unknown => [file, schema.safeParse(file).success];
    expect(right.map(accepts)).toEqual(right.map((file) => [file, true]));
    expect(wrong.map(accepts)).toEqual(wrong.map((file) => [file, false]));
  });
});

test("the README names each distribution with the file that it reads by default", async () => {
  const readme = await Bun.file(resolve(ROOT, "README.md")).text();
  const rows = [...readme.matchAll(/^\| `(edge[a-z-]*)` +\|.*\| `([^`]+)` +\|$/gm)];
  const real = Object.values(DISTRIBUTIONS).map((one) => [one.program, one.defaultConfigPath]);
  expect(rows).toHaveLength(real.length);
  expect(rows.map(([, program, path]) => [program, path])).toEqual(expect.arrayContaining(real));
});

const SAMPLES = [
  "config.json",
  "config-otlp.json",
  "config-datadog.json",
  "config-prometheus.json",
];
