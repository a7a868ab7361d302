// The pages about policies and state: what they say, in which form, and what they never say.

import { describe, expect, test } from "bun:test";
import type { RegistryStatus } from "../../src/providers/index.ts";
import { policiesPage } from "../../src/admin/admin-policies.ts";
import { reloadPage } from "../../src/admin/admin-reload.ts";
import { Reloader } from "../../src/admin/reloader.ts";
import { statusPage } from "../../src/admin/admin-status.ts";
import { Switches } from "../../src/admin/switches.ts";
import { RecordingBus } from "../support/proxy-fakes.ts";
import type { LocalPage } from "../../src/pipeline/local-pages.ts";
import {
  AdminEdge,
  BROKEN,
  configOf,
  DROP_DEBUG,
  JSON_HEADERS,
  logRecord,
  otlpLogs,
  REDACT_MAIL,
} from "../support/admin-edge.ts";

async function ask(page: LocalPage, query = ""): Promise<Response> {
  return page.serve(new Request(`http://edge${page.path}`), new URLSearchParams(query));
}

function post(edge: AdminEdge, body: string): Promise<Response> {
  return edge.ask("/v1/logs", { method: "POST", headers: JSON_HEADERS, body });
}

describe("/_edge/policies", () => {
  const records = [
    logRecord("DEBUG", "a@b.c"),
    logRecord("INFO", "to a@b.c"),
    logRecord("INFO", "x"),
  ];

  test("has a line for each policy, with its counters and errors", async () => {
    await using edge = await AdminEdge.start({}, [REDACT_MAIL, DROP_DEBUG, BROKEN]);
    await post(edge, otlpLogs(...records));
    const response = await edge.ask("/_edge/policies");
    expect(response.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    const lines = (await response.text()).split("\n");
    expect(lines).toEqual([
      "# version=1 log=2 metric=0 trace=0",
      'id="broken" signal=log enabled=true name="Broken" hits=0 misses=0 dropped_bytes=0 errors=["log: match[0]: invalid regex \\"(\\": missing ): ("]',
      `id="drop-debug" signal=log enabled=true name="Drop debug" hits=1 misses=0 dropped_bytes=${JSON.stringify(records[0]).length + 1} dropped=1`,
      'id="redact-mail" signal=log enabled=true name="Redact mail" hits=1 misses=1 dropped_bytes=0 added_bytes=1 redact=1/0',
      "",
    ]);
  });

  test("holds nothing that a terminal would obey, whatever policies are called", async () => {
    const name = "a\u001b[31m\u009b1m\u202eb";
    await using edge = await AdminEdge.start({}, [{ ...DROP_DEBUG, id: name, name }]);
    const escaped = String.raw`"a\u001b[31m\u009b1m\u202eb"`;
    expect((await (await edge.ask("/_edge/policies")).text()).split("\n")[1]).toBe(
      `id=${escaped} signal=log enabled=true name=${escaped} hits=0 misses=0 dropped_bytes=0`,
    );
    const document = await (await edge.ask("/_edge/policies?format=json")).text();
    expect(document).toContain(`"id": ${escaped},\n`);
    expect(JSON.parse(document)).toMatchObject({ policies: [{ id: name, name }] });
  });

  test("is a JSON document when it is asked for", async () => {
    await using edge = await AdminEdge.start({}, [REDACT_MAIL, { ...DROP_DEBUG, enabled: false }]);
    await post(edge, otlpLogs(...records));
    const response = await edge.ask("/_edge/policies?format=json");
    expect(response.headers.get("content-type")).toBe("application/json");
    const none = { hits: 0, misses: 0 };
    const left = { dropped: 0, sampled: 0, rate_limited: 0, budgeted: 0 };
    const leftBytes = { dropped_bytes: 0, sampled_bytes: 0, rate_limited_bytes: 0 };
    const bytes = { ...leftBytes, budgeted_bytes: 0, removed_bytes: 0 };
    const edits = { remove: none, rename: none, add: none };
    const quiet = { ...left, ...bytes, ...edits, errors: [], warnings: [] };
    expect(await response.json()).toEqual({
      version: 1,
      counts: { log: 1, metric: 0, trace: 0 },
      policies: [
        {
          id: "drop-debug",
          name: "Drop debug",
          signal: "log",
          enabled: false,
          mode: "enforce",
          ...none,
          added_bytes: 0,
          redact: none,
          ...quiet,
        },
        {
          id: "redact-mail",
          name: "Redact mail",
          signal: "log",
          enabled: true,
          mode: "enforce",
          hits: 2,
          misses: 0,
          added_bytes: 2,
          redact: { hits: 2, misses: 0 },
          ...quiet,
        },
      ],
    });
  });

  test("names what was never counted with zeros, and no signal as none", async () => {
    const policy = {
      id: "x",
      name: "a\nb",
      signal: undefined,
      enabled: true,
      mode: "enforce",
    } as const;
    const snapshot = {
      version: 4,
      counts: { log: 0, metric: 0, trace: 0 },
      policies: [{ ...policy, errors: [], warnings: ["skipped"] }],
    };
    const page = policiesPage({
      engine: { snapshot, totals: () => [] },
      registry: { policy: () => undefined },
      secrets: [],
    });
    expect(await (await ask(page)).text()).toBe(
      '# version=4 log=0 metric=0 trace=0\nid="x" signal=none enabled=true name="a\\nb" hits=0 misses=0 dropped_bytes=0 warnings=["skipped"]\n',
    );
  });

  test("an odd query is refused with what is allowed", async () => {
    await using edge = await AdminEdge.start();
    const cases: readonly [string, string][] = [
      ["format=yaml", "format=yaml: use text, json"],
      ["format=", "format=: use text, json"],
      ["n=1", '"n" is no parameter of this page; use format, id'],
    ];
    for (const [query, message] of cases) {
      const response = await edge.ask(`/_edge/policies?${query}`);
      expect([response.status, await response.json()]).toEqual([
        400,
        { error: "bad_query", message },
      ]);
    }
  });
});

const PROVIDER = {
  id: "plane",
  kind: "http",
  source: "https://plane/sync",
  policies: 3,
  hash: "h",
  answered: true,
  lastLoadedMs: 1000,
  lastSuccessMs: 2000,
  lastError: undefined,
  lastErrorMs: undefined,
};
const FAILED = { ...PROVIDER, lastError: "status 500 for token s3cret-value", lastErrorMs: 3000 };
const SHOWN = {
  id: "plane",
  kind: "http",
  source: "https://plane/sync",
  policies: 3,
  hash: "h",
  answered: true,
  last_loaded: "1970-01-01T00:00:01.000Z",
  last_success: "1970-01-01T00:00:02.000Z",
  last_error: null,
  last_error_at: null,
};

function registryStatus(providers: RegistryStatus["providers"], version = 7): RegistryStatus {
  const counts = { log: 2, metric: 1, trace: 0 };
  const modes = { shadow: 2, rollout: 1 };
  return { version, counts, policies: 4, invalid: 1, modes, ready: true, missing: [], providers };
}

describe("/_edge/status", () => {
  const SECRET = "s3cret-value";
  const config = configOf({
    upstream_url: `https://jane:${SECRET}@up.example/base?key=${SECRET}`,
    otlp_self_metrics_url: `http://collector/v1/metrics?token=${SECRET}`,
    otlp_self_traces_url: `http://collector/v1/traces?token=${SECRET}`,
    prometheus: { targets: { "/metrics/app": `http://app:9090/metrics?auth=${SECRET}` } },
    admin: { token: "t0ken-of-admin" },
    max_body_size: 1000,
    policy_providers: [
      {
        id: "plane",
        type: "http",
        url: `https://plane/sync?key=${SECRET}`,
        headers: [{ name: "authorization", value: `Bearer ${SECRET}` }],
      },
    ],
  });

  function page(): LocalPage {
    const times = [10_000, 75_999];
    return statusPage({
      config,
      build: { version: "1.2.3", commit: "abc", distribution: "otlp" },
      registry: { status: () => registryStatus([FAILED]) },
      ready: () => false,
      threads: () => 2,
      taps: () => ({ open: 1, max: 4 }),
      switches: new Switches({
        configured: { taps: true, payloads: false },
        isSwitchable: true,
        bus: new RecordingBus(),
      }),
      nowMs: () => times.shift() ?? 0,
    });
  }

  test("tells build, uptime, policies, providers, upstreams and limits", async () => {
    expect(await (await ask(page(), "format=json")).json()).toEqual({
      build: {
        version: "1.2.3",
        commit: "abc",
        distribution: "otlp",
        runtime: `bun ${Bun.version}`,
        platform: `${process.platform}-${process.arch}`,
      },
      started: "1970-01-01T00:00:10.000Z",
      uptime_seconds: 65,
      ready: false,
      threads: 2,
      policies: {
        version: 7,
        log: 2,
        metric: 1,
        trace: 0,
        total: 4,
        invalid: 1,
        shadow: 2,
        rollout: 1,
        missing_providers: [],
      },
      before_policies: "wait",
      providers: [
        {
          ...SHOWN,
          last_error: "status 500 for token ***",
          last_error_at: "1970-01-01T00:00:03.000Z",
        },
      ],
      upstreams: {
        default: "https://***@up.example/base?***",
        logs: "https://***@up.example/base?***",
        metrics: "https://***@up.example/base?***",
        traces: "https://***@up.example/base?***",
        prometheus: "https://***@up.example/base?***",
        prometheus_targets: { "/metrics/app": "http://app:9090/metrics?***" },
        self_metrics: "http://collector/v1/metrics?***",
        self_traces: "http://collector/v1/traces?***",
      },
      taps_open: 1,
      switches: { taps: true, payloads: false },
      limits: {
        max_body_size: 1000,
        max_decoded_bytes: config.decodedBytesMax,
        max_connections: config.connectionsMax,
        record_time_max_ms: 50,
        max_inflight_bytes: config.inflightBytesMax,
        header_timeout_ms: 10_000,
        ready_timeout_ms: 10_000,
        shutdown_timeout_ms: 5000,
        "upstream_timeouts.connect_ms": 5000,
        "upstream_timeouts.first_byte_ms": 30_000,
        "upstream_timeouts.idle_ms": 30_000,
        "prometheus.max_input_bytes_per_scrape": 0,
        "prometheus.max_output_bytes_per_scrape": 0,
        taps: 4,
        explain_body_bytes: 0,
        explain_records: 0,
      },
    });
  });

  test("is lines of names and values without a format", async () => {
    const response = await ask(page());
    const lines = (await response.text()).split("\n");
    expect(lines.slice(0, 3)).toEqual([
      'build.version="1.2.3"',
      'build.commit="abc"',
      'build.distribution="otlp"',
    ]);
    expect(lines).toContain("policies.invalid=1");
    expect(lines).toContain('providers.0.last_error="status 500 for token ***"');
    expect(lines).toContain("limits.max_body_size=1000");
    expect(lines.at(-1)).toBe("");
  });

  test("holds no secret of the configuration in either form", async () => {
    for (const query of ["", "format=json"]) {
      const text = await (await ask(page(), query)).text();
      for (const secret of [SECRET, "t0ken-of-admin", "jane"]) expect(text).not.toContain(secret);
    }
  });

  test("is served by a whole proxy", async () => {
    await using edge = await AdminEdge.start({}, [DROP_DEBUG]);
    const document = (await (await edge.ask("/_edge/status?format=json")).json()) as object;
    expect(document).toMatchObject({
      build: { distribution: "edge" },
      ready: false,
      threads: 1,
      policies: { version: 1, log: 1, total: 1, invalid: 0 },
      providers: [],
      upstreams: { default: edge.upstream.url },
    });
  });
});

describe("/_edge/reload", () => {
  const post = (page: LocalPage, query = "") => ask(page, query);

  test("answers the state that was reached when every provider answered well", async () => {
    let version = 7;
    const registry = {
      reload: () => {
        version = 8;
        return Promise.resolve();
      },
      status: () => registryStatus([PROVIDER], version),
    };
    const response = await post(reloadPage(new Reloader(registry), []));
    expect([response.status, await response.json()]).toEqual([
      200,
      {
        ok: true,
        changed: true,
        policies: {
          version: 8,
          version_before: 7,
          log: 2,
          metric: 1,
          trace: 0,
          total: 4,
          invalid: 1,
        },
        providers: [SHOWN],
        tls: null,
        upstream_headers: null,
      },
    ]);
  });

  test("is 502 with the reason when a provider gave nothing, without secrets", async () => {
    const registry = {
      reload: () => Promise.resolve(),
      status: () => registryStatus([PROVIDER, FAILED]),
    };
    const response = await post(reloadPage(new Reloader(registry), ["s3cret-value"]));
    expect(response.status).toBe(502);
    const document = (await response.json()) as { providers: { last_error: string }[] };
    expect(document).toMatchObject({ ok: false, changed: false });
    expect(document.providers.map(({ last_error }) => last_error)).toEqual([
      null as unknown as string,
      "status 500 for token ***",
    ]);
  });

  test("is 502 when the listener's certificate files cannot be used, and says why", async () => {
    const reloader = new Reloader({
      reload: () => Promise.resolve(),
      status: () => registryStatus([PROVIDER]),
    });
    reloader.tlsFiles = {
      reload: () => Promise.resolve({ changed: false, error: "no usable PEM" }),
    };
    const response = await post(reloadPage(reloader, []));
    expect([response.status, await response.json()]).toMatchObject([
      502,
      { ok: false, changed: false, tls: { changed: false, last_error: "no usable PEM" } },
    ]);
  });

  test("says that there are other certificates", async () => {
    const reloader = new Reloader({
      reload: () => Promise.resolve(),
      status: () => registryStatus([PROVIDER]),
    });
    reloader.tlsFiles = { reload: () => Promise.resolve({ changed: true }) };
    const response = await post(reloadPage(reloader, []));
    expect([response.status, await response.json()]).toMatchObject([
      200,
      { ok: true, changed: true, tls: { changed: true, last_error: null } },
    ]);
  });

  test("takes POST only", async () => {
    await using edge = await AdminEdge.start();
    const response = await edge.ask("/_edge/reload");
    expect([response.status, response.headers.get("allow")]).toEqual([405, "POST"]);
    expect((await edge.ask("/_edge/reload", { method: "POST" })).status).toBe(200);
  });
});
