// The quick way to settings is the long way's, where it is one at all.

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { quickSettings } from "../../src/lambda/quick-settings.ts";
import { loadLambda } from "../../src/lambda/settings.ts";

const MACHINE = { addresses: ["10.0.0.1"], hostname: "h", memoryBytes: 2 ** 30 };
const options = (env: Readonly<Record<string, string>>) => ({
  env,
  instanceId: "lambda-1",
  machine: MACHINE,
});

/** Nearly all that is usual, and things that are not. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  TERO_LISTEN_PORT: ["3000", "1", "65535", "65536", "0", "", "x", "08"],
  TERO_UPSTREAM_URL: [
    "https://logs.example",
    "http://localhost:3000",
    "http://10.0.0.1:3000/x",
    "stdout:",
    "ftp://x",
    "",
  ],
  TERO_LOGS_URL: ["https://l.example/a", "", "no URL", "http://x#y"],
  TERO_METRICS_URL: ["https://m.example", ""],
  TERO_TRACES_URL: ["https://t.example", "http://127.0.0.1:3000"],
  TERO_POLICY_URL: ["https://cp.example/v1/policy/sync", "", "x"],
  TERO_POLICY_API_KEY: ["k", "", "${OTHER}"],
  TERO_POLICY_POLL_INTERVAL: ["30", "86400", "86401", "1.5"],
  TERO_POLICY_STATIC: ['{"policies":[]}', "", "$${x}"],
  TERO_FLUSH_STRATEGY: ["end", "background", "PERIODIC:5", "periodic:", ""],
  TERO_LOG_LEVEL: ["debug", "warn", "warning", "loud"],
  TERO_LOG_FORMAT: ["json", "text", "JSON"],
  TERO_SERVICE_NAME: ["n", ""],
  TERO_SERVICE_VERSION: ["7", ""],
  TERO_MAX_BODY_SIZE: ["1000"],
  TERO_S3_DUMP_ENABLED: ["true", "false"],
  TERO_S3_ACCESS_KEY_ID: ["a"],
  TERO_UNKNOWN: ["x"],
  OTHER: ["o"],
};

const environment = fc.record(
  Object.fromEntries(
    Object.entries(VALUES).map(([name, values]) => [name, fc.constantFrom(...values)]),
  ),
  { requiredKeys: [] },
);

describe("quick settings", () => {
  test("are what the schemas say, or none", () => {
    let quick = 0;
    fc.assert(
      fc.property(environment, (values) => {
        const env = values as Readonly<Record<string, string>>;
        const config = quickSettings(options(env));
        if (config === undefined) return;
        quick++;
        expect(loadLambda(options(env))).toEqual({ config, warnings: [] });
      }),
      { numRuns: 400, examples: [[{}], [{ TERO_POLICY_URL: "", TERO_LOG_LEVEL: "debug" }]] },
    );
    expect(quick).toBeGreaterThan(1);
  });

  test.each(Object.entries(VALUES))("are those of the usual value of %s", (name, [usual = ""]) => {
    const env = { [name]: usual };
    const config = quickSettings(options(env));
    const isLeftToSchemas = /MAX_BODY|S3_DUMP|UNKNOWN/.test(name);
    expect(config === undefined).toBe(isLeftToSchemas);
    if (config !== undefined) expect(loadLambda(options(env)).config).toEqual(config);
  });

  test("are none where a variable stands in another, or is long", () => {
    expect(quickSettings(options({ TERO_SERVICE_NAME: "${A}" }))).toBe(undefined);
    expect(quickSettings(options({ TERO_SERVICE_NAME: "n".repeat(4097) }))).toBe(undefined);
    expect(quickSettings(options({ TERO_SERVICE_NAME: "n".repeat(4096) }))).not.toBe(undefined);
  });
});
