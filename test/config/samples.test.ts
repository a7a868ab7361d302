// The configurations and policies that come with the project must work as they are.

import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { loadConfig } from "../../src/config/index.ts";
import { AUTHORING, decodePolicySet, policyErrors } from "../../src/policy/decode/index.ts";
import { SIGNALS } from "../../src/policy/model.ts";
import { policyWarnings } from "../../src/policy/warnings.ts";
import { createRegexValidator } from "../../src/re2/index.ts";
import { loadTail } from "../../src/tail/settings/load.ts";

const ROOT = resolve(import.meta.dir, "../..");
const POLICIES = resolve(ROOT, "examples/policies.json");
const read = (path: string) => readFileSync(resolve(ROOT, path), "utf8");

describe("the sample configurations", () => {
  const SAMPLES = [
    ["config.json", 8080],
    ["config-otlp.json", 4318],
    ["config-datadog.json", 8080],
    ["config-prometheus.json", 8080],
  ] as const;
  test.each(SAMPLES)("%s loads without a warning and needs nothing else", (path, port) => {
    const { config, warnings } = loadConfig({
      defaultPath: "",
      path: resolve(ROOT, path),
      env: {},
    });
    expect(warnings).toEqual([]);
    expect(config.listen).toEqual({ kind: "tcp", host: "127.0.0.1", port });
    expect(config.upstreams.default).toEqual({ kind: "stdout" });
    expect(config.providers).toEqual([
      { type: "file", id: "examples", path: POLICIES, pollIntervalMs: 5000 },
    ]);
  });

  test("for Datadog can be pointed at a real intake by variables", () => {
    const path = resolve(ROOT, "config-datadog.json");
    const env = { DATADOG_LOGS_URL: "https://logs.example", DATADOG_URL: "https://api.example" };
    const { upstreams } = loadConfig({ defaultPath: "", path, env }).config;
    expect([upstreams.logs, upstreams.metrics]).toEqual([
      { kind: "http", url: "https://logs.example" },
      { kind: "http", url: "https://api.example" },
    ]);
  });
});

test("the sample configuration of the tailer filters standard input", () => {
  const none = { operands: [], verbose: 0, env: {} };
  const { config, warnings } = loadTail({ ...none, path: resolve(ROOT, "config-tail.json") });
  expect(warnings).toEqual([]);
  expect([config.inputs, config.output, config.providers.length]).toEqual([[], "-", 1]);
});

describe("the sample policies", () => {
  const json = decodePolicySet(JSON.parse(read("examples/policies.json")), AUTHORING);
  const validateRegex = createRegexValidator();

  test("are without errors", () => {
    expect(json.errors).toEqual([]);
    expect(json.policies.map((policy) => [policy.id, policyErrors(policy, validateRegex)])).toEqual(
      [
        ["drop-debug-logs", []],
        ["drop-health-checks", []],
        ["redact-email-addresses", []],
        ["sample-checkout-info-logs", []],
        ["limit-retry-warnings", []],
        ["drop-go-runtime-gauges", []],
        ["sample-healthy-server-spans", []],
        ["drop-chatty-library", []],
        ["limit-quota-warnings-per-tenant", []],
        ["tidy-login-attributes", []],
        ["drop-canary-series", []],
        ["sample-cache-reads", []],
      ],
    );
  });

  test("give no warnings", () => {
    expect(json.policies.flatMap(policyWarnings)).toEqual([]);
  });

  test("show every operation, every kind of keep and every signal", () => {
    const targets = json.policies.map(({ target }) => target!);
    expect(new Set(targets.map(({ signal }) => signal))).toEqual(new Set(SIGNALS));
    const keeps = new Set(targets.map(({ keep }) => keep.kind));
    expect(keeps).toEqual(new Set(["all", "none", "percent", "rate", "sample"]));
    const operations = targets.flatMap(({ transform }) =>
      Object.entries(transform ?? {}).flatMap(([name, list]) => (list.length > 0 ? [name] : [])),
    );
    expect(new Set(operations)).toEqual(new Set(["remove", "redact", "rename", "add"]));
  });

  test("are the same in JSON and in YAML", () => {
    expect(decodePolicySet(Bun.YAML.parse(read("examples/policies.yaml")), AUTHORING)).toEqual(
      json,
    );
  });
});
