// What a configuration becomes, and where it is read from.

import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConfigError, loadConfig } from "../../src/config/index.ts";
import { CONFIG_FILE_BYTES_MAX } from "../../src/core/limits.ts";
import { DEFAULTS } from "./defaults.ts";
import { filesOf, load, problems } from "./support.ts";

const ADMIN = { kind: "tcp", host: "::1", port: 9999 } as const;
const NO_UPSTREAM = "upstream_url: not set; telemetry goes to http://127.0.0.1:80.";

describe("a configuration", () => {
  test("is the defaults when there is no file and none was asked for", () => {
    const wanted = { config: DEFAULTS, warnings: [NO_UPSTREAM] };
    expect(load(undefined)).toEqual({ ...wanted, source: { kind: "defaults" } });
  });

  test("is the defaults for an empty object, with or without a byte order mark", () => {
    const source = { kind: "file", path: "/etc/edge/c.json" } as const;
    const wanted = { config: DEFAULTS, warnings: [NO_UPSTREAM], source };
    for (const text of ["{}", "\uFEFF{}"]) expect(load(text)).toEqual(wanted);
  });

  test("takes every key of the file", () => {
    const text = JSON.stringify({
      $schema: "./schema/config.schema.json",
      listen_address: "::",
      listen_port: 0,
      tls: { cert_file: "tls/cert.pem", key_file: "/keys/key.pem", client_ca_file: "ca.pem" },
      upstream_url: "https://default.example/base/",
      logs_url: "https://logs.example",
      metrics_url: "https://metrics.example",
      traces_url: "stdout:",
      upstream_timeouts: { connect_ms: 1, first_byte_ms: 2, idle_ms: 3 },
      upstream_tls: { ca_file: "up/ca.pem", cert_file: "up/cert.pem", key_file: "up/key.pem" },
      log_level: "Error",
      log_format: "JSON",
      max_body_size: 4,
      max_decoded_bytes: 5,
      max_connections: 6,
      record_time_max_ms: 13,
      shadow_policies: ["drop-*"],
      max_inflight_bytes: 13,
      worker_count: 7,
      thread_pool_count: 8,
      header_timeout_ms: 9,
      serve_pipelined: true,
      ready_timeout_ms: 0,
      shutdown_timeout_ms: 10,
      tap_enabled: true,
      admin: { listen: "[::1]:9999", token: "secret-token", hosts: ["h"], show_payloads: true },
      prometheus: {
        url: "http://prom.example",
        targets: { "/metrics/app1": "http://app1.example/metrics" },
        max_input_bytes_per_scrape: 11,
        max_output_bytes_per_scrape: 12,
      },
      workspace_id: "ws-1",
      service: {
        name: "n",
        namespace: "ns",
        version: "v",
        instance_id: "i",
        resource_attributes: [{ key: "region", value: "eu" }],
        labels: [{ key: "team", value: "" }],
      },
      policy_providers: [
        { type: "file", path: "policies.json", poll_interval: 2 },
        {
          id: "cp",
          type: "http",
          url: "https://cp.example/v1/policy/sync",
          headers: [{ name: "Authorization", value: "Bearer x" }],
          poll_interval: 13,
          timeout_ms: 14,
          content_type: "Application/X-Protobuf",
          cache_path: "cache/policies",
        },
      ],
      otlp_self_metrics_url: "http://metrics.example/v1/metrics",
      otlp_self_traces_url: "http://traces.example/v1/traces",
      grpc: { listen_address: "127.0.0.2", listen_port: 4317 },
      cors: { allowed_origins: ["*"], allowed_headers: ["X-Key"], max_age: 600 },
      shared_limits: { url: "redis://:pw@redis:6379/1", key_prefix: "a:", timeout_ms: 15 },
      cost: {
        per_gb: 0.1,
        per_million_records: 2,
        currency: "EUR",
        logs: { per_gb: 0.25 },
        metrics: { per_gb: 0, per_million_records: 3 },
      },
      analysis: { signals: ["Traces", "logs", "logs"], sample: 0.5, memory_max_bytes: 1048577 },
      failure_capture: { dir: "failures", max_dumps: 7 },
    });
    const { config, warnings } = load(text);
    expect(warnings).toEqual([
      "thread_pool_count: has no effect; set worker_count to use more cores.",
      "serve_pipelined: has no effect; such requests are served. Leave it out.",
    ]);
    expect({ ...config, s3Dump: undefined }).toEqual({
      s3Dump: undefined,
      listen: { kind: "tcp", host: "::", port: 0 },
      grpc: { kind: "tcp", host: "127.0.0.2", port: 4317 },
      tls: {
        certFile: "/etc/edge/tls/cert.pem",
        keyFile: "/keys/key.pem",
        clientCaFile: "/etc/edge/ca.pem",
      },
      upstreams: {
        default: { kind: "http", url: "https://default.example/base/" },
        logs: { kind: "http", url: "https://logs.example" },
        metrics: { kind: "http", url: "https://metrics.example" },
        traces: { kind: "stdout" },
      },
      upstreamTimeouts: { connectMs: 1, firstByteMs: 2, idleMs: 3 },
      upstreamTls: {
        caFile: "/etc/edge/up/ca.pem",
        clientCertificate: {
          certFile: "/etc/edge/up/cert.pem",
          keyFile: "/etc/edge/up/key.pem",
        },
      },
      upstreamHeaders: [],
      logLevel: "err",
      logFormat: "json",
      bodyBytesMax: 4,
      decodedBytesMax: 5,
      connectionsMax: 6,
      recordMsMax: 13,
      shadowPolicies: ["drop-*"],
      budgets: [],
      budgetsStatePath: undefined,
      inflightBytesMax: 13,
      waitingBytesMax: 1024 * 1024 * 1024,
      workerCount: 7,
      headerTimeoutMs: 9,
      readyTimeoutMs: 0,
      beforePolicies: "wait",
      shutdownTimeoutMs: 10,
      tapEnabled: true,
      cors: { allowedOrigins: ["*"], allowedHeaders: ["X-Key"], maxAgeS: 600 },
      admin: {
        ...DEFAULTS.admin,
        listen: ADMIN,
        token: "secret-token",
        hosts: ["h"],
        showPayloads: true,
      },
      sharedLimits: { url: "redis://:pw@redis:6379/1", keyPrefix: "a:", timeoutMs: 15 },
      cost: {
        currency: "EUR",
        log: { perGb: 0.25, perMillionRecords: 2 },
        metric: { perGb: 0, perMillionRecords: 3 },
        trace: { perGb: 0.1, perMillionRecords: 2 },
      },
      analysis: { signals: ["log", "trace"], sample: 0.5, memoryBytesMax: 1_048_577 },
      failureCapture: { folder: "/etc/edge/failures", dumpsMax: 7 },
      prometheus: {
        upstream: { kind: "http", url: "http://prom.example" },
        targets: new Map([["/metrics/app1", "http://app1.example/metrics"]]),
        inputBytesPerScrapeMax: 11,
        outputBytesPerScrapeMax: 12,
      },
      service: {
        name: "n",
        namespace: "ns",
        version: "v",
        instanceId: "i",
        resourceAttributes: [{ key: "region", value: "eu" }],
        labels: [
          { key: "workspace.id", value: "ws-1" },
          { key: "team", value: "" },
        ],
      },
      providers: [
        { type: "file", id: "file-1", path: "/etc/edge/policies.json", pollIntervalMs: 2000 },
        {
          type: "http",
          id: "cp",
          url: "https://cp.example/v1/policy/sync",
          headers: [{ name: "Authorization", value: "Bearer x" }],
          encoding: "protobuf",
          pollIntervalMs: 13_000,
          timeoutMs: 14,
          cachePath: "/etc/edge/cache/policies",
        },
      ],
      otlpSelfMetricsUrl: "http://metrics.example/v1/metrics",
      otlpSelfTracesUrl: "http://traces.example/v1/traces",
    });
  });

  test("takes null as left out, at every level", () => {
    const text = JSON.stringify({
      listen_port: null,
      tls: null,
      upstream_timeouts: { idle_ms: null },
      service: null,
      policy_providers: [{ path: "/p", url: null, headers: null }],
    });
    const file = { type: "file", id: "file-1", path: "/p", pollIntervalMs: 5000 } as const;
    expect(load(text).config).toEqual({ ...DEFAULTS, providers: [file] });
  });

  test("gives an http provider its defaults", () => {
    const text = '{"policy_providers":[{"type":"http","url":"http://cp.example"}]}';
    expect(load(text).config.providers).toEqual([
      {
        type: "http",
        id: "http-1",
        url: "http://cp.example",
        headers: [],
        encoding: "json",
        pollIntervalMs: 60_000,
        timeoutMs: 10_000,
        cachePath: undefined,
      },
    ]);
  });

  test("sends each kind of traffic to its own upstream, else to the one before it", () => {
    const urls = (file: object) => {
      const { upstreams, prometheus } = load(JSON.stringify(file)).config;
      const { default: fallback, logs, metrics, traces } = upstreams;
      return [fallback, logs, metrics, traces, prometheus.upstream].map((target) =>
        target.kind === "http" ? target.url : target.kind,
      );
    };
    const [u, l, m, t, p] = ["http://u", "http://l", "http://m", "http://t", "http://p"];
    expect(urls({ upstream_url: u })).toEqual([u, u, u, u, u]);
    expect(urls({ upstream_url: "stdout:", logs_url: l })).toEqual([
      "stdout",
      l,
      "stdout",
      "stdout",
      "stdout",
    ]);
    expect(urls({ upstream_url: u, metrics_url: m })).toEqual([u, u, m, u, m]);
    expect(urls({ upstream_url: u, metrics_url: m, prometheus: { url: p } })).toEqual([
      u,
      u,
      m,
      u,
      p,
    ]);
    expect(urls({ upstream_url: u, traces_url: t })).toEqual([u, u, u, t, u]);
  });

  const LEVELS = [
    ["trace", "trace"],
    ["DEBUG", "debug"],
    ["Info", "info"],
    ["warn", "warn"],
    ["WARNING", "warn"],
    ["err", "err"],
    ["Error", "err"],
  ] as const;
  test.each(LEVELS)("takes log level %s as %s", (written, level) => {
    expect(load(`{"log_level":"${written}"}`).config.logLevel).toBe(level);
    expect(load("{}", { TERO_LOG_LEVEL: written }).config.logLevel).toBe(level);
  });

  const ADDRESSES = [
    ["0.0.0.0", "0.0.0.0"],
    ["::1", "::1"],
    ["[::1]", "::1"],
    ["localhost", "localhost"],
    ["edge_1.example.com", "edge_1.example.com"],
  ] as const;
  test.each(ADDRESSES)("listens on %s", (written, host) => {
    expect(load(JSON.stringify({ listen_address: written })).config.listen).toEqual({
      kind: "tcp",
      host,
      port: 8080,
    });
  });

  test("listens on a socket of the file system", () => {
    const text = '{"listen_address":"unix:/run/edge.sock","admin":{"listen":"unix:/run/admin"}}';
    const { listen, admin } = load(text).config;
    expect([listen, admin.listen]).toEqual([
      { kind: "unix", path: "/run/edge.sock" },
      { kind: "unix", path: "/run/admin" },
    ]);
  });

  test("trusts other authorities without showing a certificate", () => {
    expect(load('{"upstream_tls":{"ca_file":"/ca"}}').config.upstreamTls).toEqual({
      caFile: "/ca",
      clientCertificate: undefined,
    });
    expect(load('{"upstream_tls":{}}').config.upstreamTls).toBe(undefined);
  });

  test("has a new instance id at each start unless one is set", () => {
    const start = () =>
      load("{}", {}, { instanceId: undefined as never }).config.service.instanceId;
    expect(start()).toMatch(/^edge-[0-9a-f-]{36}$/);
    expect(start()).not.toBe(start());
  });
});

describe("payloads on admin pages", () => {
  const warned = (file: object) => {
    const text = JSON.stringify({ upstream_url: "stdout:", ...file });
    return load(text).warnings.length > 0;
  };
  const WARNING =
    "admin.show_payloads: telemetry can be read by whoever reaches 0.0.0.0; set admin.token, or admin.listen to a loopback address.";

  test("give a warning where others can reach them without a token", () => {
    const text =
      '{"upstream_url": "stdout:", "listen_address": "0.0.0.0", "admin": {"show_payloads": true}}';
    expect(load(text).warnings).toEqual([WARNING]);
    const open = { show_payloads: true, listen: "[::]:1" };
    expect(warned({ admin: open })).toBe(true);
    expect(warned({ admin: { ...open, token: "t" } })).toBe(false);
    expect(warned({ admin: { ...open, show_payloads: false } })).toBe(false);
    expect(warned({ admin: { ...open, listen: "[::1]:1" } })).toBe(false);
    expect(warned({ admin: { ...open, listen: "unix:/a" } })).toBe(false);
    expect(warned({ admin: { show_payloads: true } })).toBe(false);
  });
});

describe("the file", () => {
  test("must be there when it was asked for", () => {
    expect(problems("{}", {}, { path: "/etc/edge/other.json" })).toEqual([
      "other.json: no such file; give the path of a configuration file, or none to run on c.json, defaults and TERO_ variables.",
    ]);
  });

  test("that was asked for wins over the default one", () => {
    const readFile = filesOf({
      "/a/c.json": '{"listen_port": 1}',
      "/b/d.json": '{"listen_port": 2, "policy_providers": [{"path": "../p.json"}]}',
    });
    const options = { path: "/b/d.json", defaultPath: "/a/c.json", env: {}, readFile };
    const { config, source } = loadConfig(options);
    expect(config.listen).toMatchObject({ port: 2 });
    expect(config.providers[0]).toMatchObject({ path: "/p.json" });
    expect(source).toEqual({ kind: "file", path: "/b/d.json" });
  });

  test("of several default ones is the first that is there", () => {
    const files = { "/a/own.json": '{"listen_port": 1}', "/a/c.json": '{"listen_port": 2}' };
    const defaultPath = ["/a/own.json", "/a/c.json"];
    const portWith = (some: Record<string, string>) =>
      loadConfig({ defaultPath, env: {}, readFile: filesOf(some) }).config.listen;
    expect(portWith(files)).toMatchObject({ port: 1 });
    expect(portWith({ "/a/c.json": files["/a/c.json"] })).toMatchObject({ port: 2 });
    expect(portWith({})).toMatchObject({ port: 8080 });
  });

  test("that cannot be read is an error, also the default one", () => {
    const readFile = () => {
      throw Object.assign(new Error("no"), { code: "EACCES" });
    };
    expect(problems("{}", {}, { readFile })).toEqual([
      "c.json: cannot be read (EACCES); check the path and its rights.",
    ]);
  });

  test("may be as large as the limit, and not a byte larger", () => {
    const padded = (bytes: number) => `{}${" ".repeat(bytes - 2)}`;
    expect(problems(padded(CONFIG_FILE_BYTES_MAX))).toEqual([]);
    expect(problems(padded(CONFIG_FILE_BYTES_MAX + 1))).toEqual([
      "c.json: is too large; allowed: 1048576 bytes.",
    ]);
  });

  test("must be UTF-8", () => {
    const bytes = new Uint8Array([0x7b, 0xff, 0x7d]);
    expect(problems("", {}, { readFile: () => bytes })).toEqual([
      "c.json: is not UTF-8 text; save it as UTF-8.",
    ]);
  });

  test("is read from the disk", () => {
    const folder = mkdtempSync(join(tmpdir(), "edge-config-"));
    try {
      const path = join(folder, "config.json");
      const options = { defaultPath: path, env: {} };
      expect(loadConfig(options).source).toEqual({ kind: "defaults" });
      writeFileSync(path, '{"listen_port": 7}');
      expect(loadConfig(options).config.listen).toMatchObject({ port: 7 });
      const asked = { ...options, path: folder };
      expect(() => loadConfig(asked)).toThrow(
        new ConfigError([`${folder}: cannot be read (EISDIR); check the path and its rights.`]),
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
