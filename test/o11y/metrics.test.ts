// The program's metrics: which event moves which series, and that Prometheus takes the text.

import { describe, expect, test } from "bun:test";
import { FAIL_OPEN_REASONS, LOSS_REASONS, UNDECIDED_REASONS } from "../../src/o11y/labels.ts";
import type { PolicyTotals } from "../../src/policy/index.ts";
import { COUNTS, countsOf as countsOfRow } from "../../src/policy/count-table.ts";
import { setUp } from "./metrics-setup.ts";

const NO_COUNTS = countsOfRow(new Float64Array(COUNTS));

const none = { hits: 0, misses: 0 };
const QUIET = {
  ...NO_COUNTS,
  errors: [],
  remove: none,
  redact: none,
  rename: none,
  add: none,
  isLoaded: true,
};

describe("requests", () => {
  test("a completed request moves its own series and no others", () => {
    const { bus, changes } = setUp();
    const event = {
      method: "POST",
      knownPath: "v1_logs",
      status: 204,
      durationMs: 2.5,
      bytesIn: 100,
      bytesOut: 7,
    };
    expect(changes(() => bus.emit("request.completed", event))).toEqual({
      'edge_requests_total{method="post",known_path="v1_logs"}': 1,
      'edge_responses_total{known_path="v1_logs",status_class="s2xx"}': 1,
      'edge_request_bytes_total{known_path="v1_logs"}': 100,
      'edge_response_bytes_total{known_path="v1_logs"}': 7,
      'edge_request_duration_seconds_sum{known_path="v1_logs"}': 0.0025,
      'edge_request_duration_seconds_count{known_path="v1_logs"}': 1,
      ...Object.fromEntries(
        [
          "0.0025",
          "0.005",
          "0.01",
          "0.025",
          "0.05",
          "0.1",
          "0.25",
          "0.5",
          "1",
          "2.5",
          "5",
          "+Inf",
        ].map((le) => [`edge_request_duration_seconds_bucket{known_path="v1_logs",le="${le}"}`, 1]),
      ),
    });
  });

  test("unknown methods, paths and statuses are counted as other", () => {
    const { bus, changes } = setUp();
    const event = {
      method: "BREW",
      knownPath: "/x",
      status: 102,
      durationMs: 9e9,
      bytesIn: 0,
      bytesOut: 0,
    };
    const changed = changes(() => bus.emit("request.completed", event));
    expect(changed).toMatchObject({
      'edge_requests_total{method="other",known_path="other"}': 1,
      'edge_responses_total{known_path="other",status_class="other"}': 1,
    });
  });

  test("each class of status has its series", () => {
    const { bus, read } = setUp();
    for (const status of [200, 299, 300, 399, 400, 499, 500, 599, 600, 199]) {
      const event = {
        method: "GET",
        knownPath: "health",
        status,
        durationMs: 0,
        bytesIn: 0,
        bytesOut: 0,
      };
      bus.emit("request.completed", event);
    }
    const counts = ["s2xx", "s3xx", "s4xx", "s5xx", "other"].map((name) =>
      read().get(`edge_responses_total{known_path="health",status_class="${name}"}`),
    );
    expect(counts).toEqual([2, 2, 2, 2, 2]);
  });

  test("failures and prefilter decisions are counted", () => {
    const { bus, changes } = setUp();
    const changed = changes(() => {
      bus.emit("request.failed", { knownPath: "v1_traces", class: "uncaught", reason: "x" });
      bus.emit("prefilter.decided", { routeKind: "otlp_logs", decision: "policy_path" });
      bus.emit("prefilter.decided", { routeKind: "health", decision: "none" });
    });
    expect(changed).toEqual({
      'edge_request_errors_total{known_path="v1_traces",class="uncaught"}': 1,
      'edge_prefilter_decisions_total{route_kind="otlp_logs",decision="policy_path"}': 1,
      'edge_prefilter_decisions_total{route_kind="health",decision="none"}': 1,
    });
  });
});

describe("records", () => {
  const evaluated = {
    telemetry: "prometheus_metrics",
    records: 10,
    dropped: 3,
    edited: 2,
  } as const;

  test("evaluated = kept + dropped, and bytes saved are those that are missing", () => {
    const { bus, changes } = setUp();
    expect(
      changes(() => bus.emit("records.evaluated", { ...evaluated, bytesIn: 1_000, bytesOut: 600 })),
    ).toEqual({
      'edge_policy_records_evaluated_total{telemetry="prometheus_metrics"}': 10,
      'edge_policy_records_kept_total{telemetry="prometheus_metrics"}': 7,
      'edge_policy_records_dropped_total{telemetry="prometheus_metrics"}': 3,
      'edge_policy_records_edited_total{telemetry="prometheus_metrics"}': 2,
      'edge_policy_bytes_in_total{telemetry="prometheus_metrics"}': 1_000,
      'edge_policy_bytes_out_total{telemetry="prometheus_metrics"}': 600,
      'edge_policy_bytes_saved_total{telemetry="prometheus_metrics"}': 400,
    });
  });

  test("each record is kept, dropped, sampled, rate limited or failed open, and only one of these", () => {
    const { bus, changes } = setUp();
    const sizes = { bytesIn: 0, bytesOut: 0 };
    const more = { records: 15, dropped: 9, sampled: 2, limited: 4, unjudged: 5, edited: 0 };
    expect(
      changes(() => bus.emit("records.evaluated", { telemetry: "otlp_traces", ...more, ...sizes })),
    ).toEqual({
      'edge_policy_records_evaluated_total{telemetry="otlp_traces"}': 15,
      'edge_policy_records_kept_total{telemetry="otlp_traces"}': 1,
      'edge_policy_records_dropped_total{telemetry="otlp_traces"}': 3,
      'edge_policy_records_sampled_total{telemetry="otlp_traces"}': 2,
      'policy_consumed_items_total{signal="traces"}': 15,
      'edge_policy_records_rate_limited_total{telemetry="otlp_traces"}': 4,
      'edge_policy_records_failed_open_total{telemetry="otlp_traces"}': 5,
    });
  });

  test("spans that nothing was there to decide by are counted by reason", () => {
    const { bus, changes } = setUp();
    const undecided = (reason: (typeof UNDECIDED_REASONS)[number], records: number) =>
      bus.emit("sampling.undecided", { policy: "p", reason, records });
    expect(
      changes(() => {
        undecided("missing_trace_id", 2);
        undecided("invalid_trace_id", 1);
        undecided("missing_trace_id", 3);
      }),
    ).toEqual({
      'edge_policy_sampling_undecided_total{reason="missing_trace_id"}': 5,
      'edge_policy_sampling_undecided_total{reason="invalid_trace_id"}': 1,
    });
  });

  test("what was lost is counted by reason: one for a body and one for each single record", () => {
    const { bus, changes } = setUp();
    const changed = changes(() => {
      for (const reason of LOSS_REASONS) {
        bus.emit("records.lost", { telemetry: "otlp_logs", reason, records: 0 });
      }
      bus.emit("records.lost", { telemetry: "otlp_logs", reason: "refused", records: 3 });
    });
    const series = LOSS_REASONS.map((reason) => [
      `edge_lost_total{telemetry="otlp_logs",reason="${reason}"}`,
      reason === "refused" ? 4 : 1,
    ]);
    expect(changed).toEqual(Object.fromEntries(series));
  });

  test("a body that grew saves nothing, and takes nothing from what was saved", () => {
    const { bus, read } = setUp();
    bus.emit("records.evaluated", { ...evaluated, bytesIn: 1_000, bytesOut: 600 });
    bus.emit("records.evaluated", { ...evaluated, bytesIn: 1_000, bytesOut: 1_500 });
    expect(read().get('edge_policy_bytes_saved_total{telemetry="prometheus_metrics"}')).toBe(400);
  });

  test("fail-open counts one for a body and one for each single record", () => {
    const { bus, changes } = setUp();
    const changed = changes(() => {
      for (const reason of FAIL_OPEN_REASONS) {
        bus.emit("fail_open", { telemetry: "otlp_logs", reason, records: 0, detail: "" });
      }
      const detail = "";
      bus.emit("fail_open", {
        telemetry: "otlp_logs",
        reason: "unreadable_record",
        records: 4,
        detail,
      });
    });
    expect(changed).toEqual(
      Object.fromEntries(
        FAIL_OPEN_REASONS.map((reason) => [
          `edge_fail_open_total{telemetry="otlp_logs",reason="${reason}"}`,
          reason === "unreadable_record" ? 5 : 1,
        ]),
      ),
    );
  });
});

test("upstreams have latency, status, errors by phase and retries", () => {
  const { bus, read } = setUp();
  bus.emit("upstream.completed", { upstream: "logs", status: 503, durationMs: 40 });
  const failed = { upstream: "logs", phase: "first_byte", reason: "x" } as const;
  bus.emit("upstream.failed", { ...failed, retried: true });
  bus.emit("upstream.failed", { ...failed, retried: false });
  const series = read();
  expect(series.get('edge_upstream_request_duration_seconds_sum{upstream="logs"}')).toBe(0.04);
  expect(series.get('edge_upstream_responses_total{upstream="logs",status_class="s5xx"}')).toBe(1);
  expect(series.get('edge_upstream_errors_total{upstream="logs",phase="first_byte"}')).toBe(2);
  expect(series.get('edge_upstream_errors_total{upstream="logs",phase="connect"}')).toBe(0);
  expect(series.get('edge_upstream_retries_total{upstream="logs"}')).toBe(1);
});

test("policies in force, their reload and its failure", () => {
  const { bus, changes } = setUp();
  const changed = changes(() => {
    const counts = { log: 4, metric: 0, trace: 1 };
    bus.emit("policies.replaced", { version: 3, counts, durationMs: 7_000, invalid: 2 });
    bus.emit("policies.replace_failed", { reason: "x", keepingVersion: 3 });
  });
  expect(changed).toEqual({
    'edge_policies_loaded{signal="log"}': 4,
    'edge_policies_loaded{signal="trace"}': 1,
    edge_policies_invalid: 2,
    edge_policies_version: 3,
    'edge_policies_reload_duration_seconds_bucket{le="+Inf"}': 1,
    edge_policies_reload_duration_seconds_sum: 7,
    edge_policies_reload_duration_seconds_count: 1,
    edge_policies_reload_failures_total: 1,
  });
});

test("a provider is known before its first answer, goes up, and down again", () => {
  const { bus, read, clock } = setUp();
  const state = (): (number | undefined)[] =>
    ["up", "last_success_timestamp_seconds", "loads_total", "failures_total", "policies"].map(
      (name) => read().get(`edge_provider_${name}{provider="files"}`),
    );
  bus.emit("provider.added", { provider: "files", kind: "file", source: "p.json" });
  expect(state()).toEqual([0, 0, 0, 0, 0]);
  bus.emit("provider.loaded", { provider: "files", policies: 3, hash: "h" });
  const loadedAt = clock.nowMs / 1000;
  expect(state()).toEqual([1, loadedAt, 1, 0, 3]);
  clock.advance(5_000);
  bus.emit("provider.failed", { provider: "files", reason: "x", keeping: 3 });
  expect(state()).toEqual([0, loadedAt, 1, 1, 3]);
  bus.emit("provider.unchanged", { provider: "files", hash: "h" });
  expect(state()).toEqual([1, loadedAt + 5, 1, 1, 3]);
});

test("policies and transforms are read from the engine when the text is asked for", () => {
  let hits = 1;
  const { read } = setUp({
    evictedWindows: () => hits * 2,
    policyTotals: () => [
      { ...QUIET, id: 'a"b', hits, misses: 2, redact: { hits, misses: 0 }, droppedBytes: 2 ** 40 },
    ],
  });
  expect(read().get('edge_policy_hits_total{policy="a\\"b"}')).toBe(1);
  hits = 9;
  const series = read();
  expect(series.get('edge_policy_hits_total{policy="a\\"b"}')).toBe(9);
  expect(series.get('edge_policy_misses_total{policy="a\\"b"}')).toBe(2);
  expect(series.get("edge_policy_rate_keys_evicted_total")).toBe(18);
  expect(series.get('edge_policy_dropped_bytes_total{policy="a\\"b"}')).toBe(2 ** 40);
  expect(series.get('edge_policy_hits_total{policy="other"}')).toBe(0);
  expect(series.get('edge_policy_transforms_total{stage="redact",outcome="hit"}')).toBe(9);
});

test("what a policy counted before it left the set is there although nobody looked before", () => {
  const gone = { ...QUIET, id: "gone", hits: 7, droppedBytes: 70, isLoaded: false };
  let totals: readonly PolicyTotals[] = [gone];
  const { bus, read } = setUp({ policyTotals: () => totals });
  const counts = { log: 0, metric: 0, trace: 0 };
  bus.emit("policies.replaced", { version: 2, counts, durationMs: 1 });
  totals = [];
  expect(read().get('edge_policy_hits_total{policy="other"}')).toBe(7);
  expect(read().get('edge_policy_dropped_bytes_total{policy="other"}')).toBe(70);
});

test("ten thousand busy policies are a hundred labels and other", () => {
  const totals = Array.from({ length: 10_000 }, (_, i) => ({
    ...QUIET,
    id: `p${i}`,
    hits: i + 1,
  }));
  const { read } = setUp({ policyTotals: () => totals });
  const rows = [...read()].filter(([series]) => series.startsWith("edge_policy_hits_total"));
  expect(rows.length).toBe(101);
  expect(rows.reduce((sum, [, value]) => sum + value, 0)).toBe(50_005_000);
});

test("stopping ends all timers and counting", () => {
  const { bus, metrics, clock, changes } = setUp();
  metrics.stop();
  expect(clock.pendingMs).toEqual([]);
  expect(
    changes(() => bus.emit("upstream.completed", { upstream: "logs", status: 200, durationMs: 1 })),
  ).toEqual({});
});

const promtool = Bun.which("promtool");
const title = "promtool accepts the text";
if (promtool === null) test.skip(`${title} (skipped: promtool is not installed)`, () => undefined);
else {
  test(title, async () => {
    const { bus, metrics } = setUp({
      policyTotals: () => [{ ...QUIET, id: "pö\n", hits: 1 }],
    });
    bus.emit("upstream.completed", { upstream: "logs", status: 200, durationMs: 1 });
    bus.emit("upstream.failed", { upstream: "logs", phase: "idle", reason: "", retried: true });
    bus.emit("provider.loaded", { provider: "p", policies: 1, hash: "" });
    const run = Bun.spawn([promtool, "check", "metrics"], {
      stdin: new TextEncoder().encode(metrics.metricsText()),
      stderr: "pipe",
      stdout: "pipe",
    });
    const said = (await run.stdout.text()) + (await run.stderr.text());
    expect([said, await run.exited]).toEqual(["", 0]);
  });
}
