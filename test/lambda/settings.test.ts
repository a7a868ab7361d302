// The variables of the extension: those of the reference, their defaults, and that none is fatal.

import { describe, expect, test } from "bun:test";
import { loadLambda } from "../../src/lambda/settings.ts";

const MACHINE = { addresses: [], hostname: "h", memoryBytes: 2 ** 30 };
const load = (env: Readonly<Record<string, string>> = {}) =>
  loadLambda({ env, instanceId: "lambda-1", machine: MACHINE });

describe("the settings of the extension", () => {
  test("have defaults for a sandbox", () => {
    const { config, warnings } = load();
    const { proxy, ...own } = config;
    expect(warnings).toEqual([]);
    expect(own).toEqual({
      staticPolicies: undefined,
      flushStrategy: { kind: "end" },
      syncIntervalMs: 0,
    });
    const { listen, upstreams, bodyBytesMax, decodedBytesMax, service, workerCount } = proxy;
    expect({ listen, bodyBytesMax, decodedBytesMax, workerCount }).toEqual({
      listen: { kind: "tcp", host: "127.0.0.1", port: 3000 },
      bodyBytesMax: 5 * 1024 * 1024,
      decodedBytesMax: 16 * 1024 * 1024,
      workerCount: 1,
    });
    expect(upstreams.logs).toEqual({ kind: "http", url: "http://localhost" });
    expect([service.name, service.namespace, service.version, service.instanceId]).toEqual([
      "tero-edge-lambda",
      "tero",
      "latest",
      "lambda-1",
    ]);
  });

  test("take every variable of the reference", () => {
    const { config, warnings } = load({
      TERO_LISTEN_ADDRESS: "127.0.0.2",
      TERO_LISTEN_PORT: "8080",
      TERO_UPSTREAM_URL: "https://intake.example",
      TERO_LOGS_URL: "https://logs.example",
      TERO_METRICS_URL: "https://metrics.example",
      TERO_MAX_BODY_SIZE: "1000",
      TERO_MAX_DECODED_BYTES: "2000",
      TERO_MAX_CONNECTIONS: "10",
      TERO_WORKER_COUNT: "1",
      TERO_SERVICE_NAME: "n",
      TERO_SERVICE_NAMESPACE: "ns",
      TERO_SERVICE_VERSION: "7",
      TERO_POLICY_STATIC: '{"policies":[]}',
      TERO_POLICY_URL: "https://cp.example/v1/policy/sync",
      TERO_POLICY_POLL_INTERVAL: "30",
      TERO_POLICY_API_KEY: "k",
      TERO_S3_DUMP_ENABLED: "true",
      TERO_S3_DUMP_TARGETS_JSON: '[{"name":"archive","bucket":"b"}]',
      TERO_S3_DUMP_MAX_BATCH_BYTES: "1",
      TERO_S3_DUMP_MAX_BATCH_RECORDS: "2",
      TERO_S3_DUMP_MAX_BATCH_AGE_MS: "3",
      TERO_S3_DUMP_MAX_SEALED_BYTES: "4",
      TERO_S3_DUMP_MAX_ATTEMPTS: "5",
      TERO_S3_DUMP_FLUSH_INTERVAL_MS: "6",
      TERO_S3_ACCESS_KEY_ID: "a",
      TERO_S3_SECRET_ACCESS_KEY: "b",
      TERO_S3_SESSION_TOKEN: "c",
      TERO_LOG_LEVEL: "debug",
      TERO_FLUSH_STRATEGY: "periodic:60000",
    });
    expect(warnings).toEqual([]);
    const { proxy, staticPolicies, flushStrategy, syncIntervalMs } = config;
    expect({ staticPolicies, flushStrategy, syncIntervalMs }).toEqual({
      staticPolicies: '{"policies":[]}',
      flushStrategy: { kind: "periodic", intervalMs: 60_000 },
      syncIntervalMs: 30_000,
    });
    expect(proxy.providers).toEqual([
      {
        type: "http",
        id: "lambda-http",
        url: "https://cp.example/v1/policy/sync",
        headers: [{ name: "Authorization", value: "Bearer k" }],
        encoding: "json",
        pollIntervalMs: 30_000,
        timeoutMs: 2000,
        cachePath: undefined,
      },
    ]);
    expect([proxy.connectionsMax, proxy.logLevel, proxy.s3Dump.targets.length]).toEqual([
      10,
      "debug",
      1,
    ]);
    const { batchBytesMax, batchRecordsMax, batchAgeMs, heldBytesMax } = proxy.s3Dump;
    expect([batchBytesMax, batchRecordsMax, batchAgeMs, heldBytesMax]).toEqual([1, 2, 3, 4]);
  });

  test("take headers for upstreams as JSON; what is wrong is left out, and no value is told", () => {
    const right = { name: "X-Key", value: "${KEY}" };
    const list = [
      right,
      { name: "x-file", value_file: "key" },
      { name: "cookie", action: "remove" },
    ];
    const env = { TERO_UPSTREAM_HEADERS: JSON.stringify(list), KEY: "secret" };
    const { config, warnings } = load(env);
    const upstreams = ["default", "logs", "metrics", "traces"] as const;
    expect(config.proxy.upstreamHeaders).toEqual([
      { name: "x-key", action: "set", value: "secret", valueFile: undefined, upstreams },
      { name: "x-file", action: "set", value: undefined, valueFile: "/tmp/key", upstreams },
      { name: "cookie", action: "remove", value: undefined, valueFile: undefined, upstreams },
    ]);
    expect(warnings).toEqual([]);
    const wrong = [right, { name: "host", value: "secret" }, { name: "x", value: "se\ncret" }];
    const lenient = load({ ...env, TERO_UPSTREAM_HEADERS: JSON.stringify(wrong) });
    expect(lenient.config.proxy.upstreamHeaders.map(({ name }) => name)).toEqual(["x-key"]);
    const broken = load({ TERO_UPSTREAM_HEADERS: '[{"name":"x","value":"secret"}' });
    expect(broken.config.proxy.upstreamHeaders).toEqual([]);
    expect(broken.warnings.length).toBe(1);
    expect([...lenient.warnings, ...broken.warnings].join()).not.toContain("cret");
  });

  test("that are wrong are told of, one by one, and their defaults hold", () => {
    const { config, warnings } = load({
      TERO_LISTEN_PORT: "x",
      TERO_FLUSH_STRATEGY: "periodic:",
      TERO_LOG_LEVEL: "loud",
      TERO_THREAD_POOL_COUNT: "32",
    });
    expect([config.proxy.listen, config.flushStrategy, config.proxy.logLevel]).toEqual([
      { kind: "tcp", host: "127.0.0.1", port: 3000 },
      { kind: "end" },
      "info",
    ]);
    expect(warnings.toSorted((a, b) => a.localeCompare(b))).toEqual([
      'TERO_FLUSH_STRATEGY: "periodic:" is not known; allowed: end, background, or periodic: and milliseconds, such as periodic:60000.',
      'TERO_LISTEN_PORT: "x" is not a whole number; allowed: 1 to 65535.',
      'TERO_LOG_LEVEL: "loud" is not known; allowed: trace, debug, info, warn, err, also warning, error; in any case.',
      "TERO_THREAD_POOL_COUNT: has no effect; there is one thread.",
    ]);
  });

  test("expand variables in policies; two dollar signs are one", () => {
    const { config } = load({ TERO_POLICY_STATIC: "${A} $${B}", A: "1" });
    expect(config.staticPolicies).toBe("1 ${B}");
  });

  test("put policies in shadow by patterns", () => {
    const { config, warnings } = load({ TERO_SHADOW_POLICIES: "drop-*, Try it" });
    expect([config.proxy.shadowPolicies, warnings]).toEqual([["drop-*", "Try it"], []]);
    expect(load().config.proxy.shadowPolicies).toEqual([]);
  });
});
