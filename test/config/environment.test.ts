// Variables over the file: one for every key, their values, their mistakes. Lists and maps: see
// variable-lists.test.ts.

import { describe, expect, test } from "bun:test";
import { type KeyEntry, keyEntries } from "../../src/config/keys.ts";
import { configSchema } from "../../src/config/schema.ts";
import { load, problems } from "./support.ts";

const ENTRIES = keyEntries(configSchema);
const SETTABLE = ENTRIES.flatMap((entry) =>
  entry.variable === undefined ? [] : [{ entry, variable: entry.variable }],
);

/** A text that the key takes and that is not its default. */
function sampleOf({ name, hint, fallback }: KeyEntry): string {
  const lists: Record<string, string> = {
    "cors.allowed_origins": "https://a.example,https://b.example",
    "analysis.signals": "logs,traces",
    "prometheus.targets": '{"/metrics/a": "http://a.example"}',
    policy_providers: '[{"path": "p.json"}]',
    budgets: '[{"bytes_per_day": 1}]',
    upstream_headers: '[{"name": "x", "value": "y"}]',
    "s3_dump.targets": '[{"name": "t", "bucket": "b"}]',
    "s3_dump.targets_json": '[{"name": "t", "bucket": "b"}]',
    "s3_dump.compression": "zstd",
    "shared_limits.url": "redis://from.variable",
  };
  if (name in lists) return lists[name]!;
  if (hint.kind === "list" && name.startsWith("service.")) return '[{"key": "k", "value": "v"}]';
  if (hint.kind === "integer") return String(Number(fallback ?? 10) + 1);
  if (hint.kind === "number") return "0.25";
  if (hint.kind === "flag") return fallback === true ? "false" : "true";
  if (hint.show === "url") return "http://from.variable";
  const special: Record<string, string> = {
    listen_address: "::1",
    log_level: "trace",
    log_format: "json",
    before_policies: "refuse",
    "admin.listen": "127.0.0.1:1",
    "cost.currency": "EUR",
  };
  return special[name] ?? "from-variable";
}

/** The pairs that only work together. */
const TOGETHER = {
  TERO_COST_PER_GB: "1",
  TERO_FAILURE_CAPTURE_DIR: "/failures",
  TERO_GRPC_LISTEN_PORT: "4317",
  TERO_SHARED_LIMITS_URL: "redis://redis",
  TERO_TLS_CERT_FILE: "/cert",
  TERO_TLS_KEY_FILE: "/key",
  TERO_UPSTREAM_TLS_CERT_FILE: "/cert",
  TERO_UPSTREAM_TLS_KEY_FILE: "/key",
};

describe("a variable overrides its key", () => {
  test("for every key but those of the items of lists", () => {
    const without = ENTRIES.filter(({ variable }) => variable === undefined).map(
      ({ name }) => name,
    );
    expect(without.toSorted()).toEqual(
      [
        "$schema",
        "service.resource_attributes[].key",
        "service.resource_attributes[].value",
        "service.labels[].key",
        "service.labels[].value",
        "budgets[].name",
        "budgets[].match",
        "budgets[].signals",
        "budgets[].bytes_per_day",
        "budgets[].time_zone",
        "budgets[].keep",
        "upstream_headers[].name",
        "upstream_headers[].action",
        "upstream_headers[].value",
        "upstream_headers[].value_file",
        "upstream_headers[].upstreams",
        "policy_providers[].id",
        "policy_providers[].type",
        "policy_providers[].path",
        "policy_providers[].url",
        "policy_providers[].headers",
        "policy_providers[].headers[].name",
        "policy_providers[].headers[].value",
        "policy_providers[].poll_interval",
        "policy_providers[].poll_interval_secs",
        "policy_providers[].timeout_ms",
        "policy_providers[].content_type",
        "policy_providers[].enforce",
        "policy_providers[].cache_path",
        "s3_dump.targets[].name",
        "s3_dump.targets[].kind",
        "s3_dump.targets[].bucket",
        "s3_dump.targets[].region",
        "s3_dump.targets[].endpoint",
        "s3_dump.targets[].force_path_style",
        "s3_dump.targets[].prefix",
        "s3_dump.targets[].redact_before_dump",
        "s3_dump.targets[].path",
      ].toSorted(),
    );
    expect(SETTABLE.map(({ variable }) => variable)).toContainValues([
      "TERO_LISTEN_PORT",
      "TERO_PROMETHEUS_MAX_INPUT_BYTES_PER_SCRAPE",
      "TERO_UPSTREAM_TIMEOUTS_CONNECT_MS",
      "TERO_ADMIN_SHOW_PAYLOADS",
      "TERO_SERVICE_INSTANCE_ID",
      "TERO_CORS_ALLOWED_ORIGINS",
      "TERO_PROMETHEUS_TARGETS",
      "TERO_POLICY_PROVIDERS",
    ]);
    expect(new Set(SETTABLE.map(({ variable }) => variable)).size).toBe(SETTABLE.length);
  });

  test.each(SETTABLE)("$variable", ({ entry, variable }) => {
    const base = load("{}", TOGETHER);
    const changed = load("{}", { ...TOGETHER, [variable]: sampleOf(entry) });
    // These have no effect but their warnings.
    const visible = ({ config, warnings }: typeof base) =>
      /^TERO_(?:THREAD_POOL_COUNT|SERVE_PIPELINED)$/.test(variable) ? warnings : config;
    expect(visible(changed)).not.toEqual(visible(base));
    expect(changed.warnings.filter((warning) => warning.startsWith("TERO_"))).toEqual([]);
  });

  test("whatever the file says", () => {
    const text = '{"listen_port": 1, "upstream_timeouts": {"connect_ms": 2, "idle_ms": 3}}';
    const { config } = load(text, {
      TERO_LISTEN_PORT: "4",
      TERO_UPSTREAM_TIMEOUTS_CONNECT_MS: "5",
    });
    expect(config.listen).toEqual({ kind: "tcp", host: "127.0.0.1", port: 4 });
    expect(config.upstreamTimeouts).toEqual({ connectMs: 5, firstByteMs: 30_000, idleMs: 3 });
  });

  test("also a wrong value of the file, and one whose own variable is not set", () => {
    const text = '{"listen_port": 99999, "workspace_id": "${NONE}"}';
    expect(problems(text, { TERO_LISTEN_PORT: "1", TERO_WORKSPACE_ID: "w" })).toEqual([]);
  });

  test("and takes its key away when it is empty and the key has no default", () => {
    const text = '{"upstream_url": "http://u", "logs_url": "http://l", "log_level": "debug"}';
    const empty = {
      TERO_LOGS_URL: "",
      TERO_LOG_LEVEL: "",
      TERO_UPSTREAM_URL: "",
      TERO_LISTEN_PORT: "",
    };
    const { config } = load(text, empty);
    expect(config.upstreams.logs).toEqual({ kind: "http", url: "http://u" });
    expect(config.logLevel).toBe("debug");
    expect(config.listen).toEqual({ kind: "tcp", host: "127.0.0.1", port: 8080 });
  });

  test("after its own text was substituted", () => {
    const env = { TERO_WORKSPACE_ID: "ws-${REGION}-$${x}", REGION: "eu" };
    expect(load("{}", env).config.service.labels).toEqual([
      { key: "workspace.id", value: "ws-eu-${x}" },
    ]);
  });

  const FLAGS = [
    ["true", true],
    ["1", true],
    ["false", false],
    ["0", false],
  ] as const;
  test.each(FLAGS)("as true or false: %s", (text, value) => {
    expect(load('{"tap_enabled": true}', { TERO_TAP_ENABLED: text }).config.tapEnabled).toBe(value);
  });
});

describe("a wrong variable is told by its name", () => {
  const CASES: readonly (readonly [env: Record<string, string>, ...messages: string[]])[] = [
    [{ TERO_LISTEN_PORT: "99999" }, "TERO_LISTEN_PORT: 99999 is too large; allowed: 0 to 65535."],
    ...["80.0", "0x50", "1e3", " 80", "+80", "eighty", "9".repeat(16)].map(
      (text) =>
        [
          { TERO_LISTEN_PORT: text },
          `TERO_LISTEN_PORT: "${text}" is not a whole number; allowed: 0 to 65535.`,
        ] as const,
    ),
    [
      { TERO_TAP_ENABLED: "yes" },
      'TERO_TAP_ENABLED: "yes" is not true or false; allowed: true, false, 1 or 0.',
    ],
    [
      { TERO_LOG_LEVEL: "loud" },
      'TERO_LOG_LEVEL: "loud" is not known; allowed: trace, debug, info, warn, err, also warning, error; in any case.',
    ],
    [
      { TERO_UPSTREAM_URL: "ftp://u:hunter2@h?k=hunter2" },
      'TERO_UPSTREAM_URL: "ftp://***@h?***" is not an http or https URL; allowed: an http://, https://, grpc:// or grpcs:// URL, or "stdout:".',
    ],
    [
      { TERO_ADMIN_TOKEN: "hunter 2" },
      "TERO_ADMIN_TOKEN: the text has characters no token may have; allowed: printable ASCII text without spaces.",
    ],
    [
      { TERO_LOGS_URL: "${NONE}" },
      "TERO_LOGS_URL: the variable NONE is not set; set it, or write ${NONE:-default}.",
    ],
    [
      { TERO_TLS_CERT_FILE: "c" },
      "TERO_TLS_CERT_FILE tls.key_file: is missing; allowed: the path of a PEM file.",
    ],
  ];
  test.each(CASES)("%p", (env, ...messages) => {
    expect(problems(undefined, env)).toEqual(messages);
    expect(problems("{}", env)).toEqual(messages);
  });

  test("also when the file has no place for its key", () => {
    const wrong = 'TERO_CORS_MAX_AGE: "x" is not a whole number; allowed: 0 to 86400 seconds.';
    expect(problems("[]", { TERO_CORS_MAX_AGE: "x" })).toEqual([
      "c.json:1:1: a list is not an object; allowed: an object.",
      wrong,
    ]);
    expect(problems('{"cors": 1}', { TERO_CORS_MAX_AGE: "x" }).at(-1)).toBe(wrong);
  });

  test("after the problems of the file", () => {
    expect(problems('{"x": 1}', { TERO_LISTEN_PORT: "x", TERO_MAX_BODY_SIZE: "0" })).toEqual([
      "c.json:1:2 x: unknown key; remove it, or see the list of keys.",
      'TERO_LISTEN_PORT: "x" is not a whole number; allowed: 0 to 65535.',
      "TERO_MAX_BODY_SIZE: 0 is too small; allowed: 1 to 1073741824 bytes.",
    ]);
  });
});

describe("a TERO_ variable that nothing reads gives a warning", () => {
  const warnings = (text: string, env: Record<string, string>, otherVariables: string[] = []) =>
    load(text, { TERO_UPSTREAM_URL: "stdout:", ...env }, { otherVariables }).warnings;

  test("with the nearest name, if there is one", () => {
    const env = { TERO_LISTN_PORT: "1", TERO_CORS_MAXAGE: "1", TERO_ZZZ: "", PATH: "x" };
    expect(warnings("{}", env)).toEqual([
      "TERO_CORS_MAXAGE: ignored; did you mean TERO_CORS_MAX_AGE?",
      "TERO_LISTN_PORT: ignored; did you mean TERO_LISTEN_PORT?",
      "TERO_ZZZ: ignored; nothing reads it.",
    ]);
  });

  test("unless a text of the file refers to it", () => {
    const text = '{"workspace_id": "${TERO_API_KEY} ${TERO_REGION:-eu}"}';
    expect(warnings(text, { TERO_API_KEY: "k" })).toEqual([]);
    expect(warnings("{}", { TERO_API_KEY: "k" })).toEqual([
      "TERO_API_KEY: ignored; nothing reads it.",
    ]);
  });

  test("unless another part of the program reads it", () => {
    expect(warnings("{}", { TERO_POLICY_STATIC: "{}" }, ["TERO_POLICY_STATIC"])).toEqual([]);
  });
});
