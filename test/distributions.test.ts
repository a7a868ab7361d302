// The table of distributions: what each one speaks, in which order, and what comes of that.

import { describe, expect, test } from "bun:test";
import { entryPoints } from "../scripts/build.ts";
import { DISTRIBUTIONS, edgeLambda, edgeTail } from "../src/distributions.ts";
import { EventBus, Metrics } from "../src/o11y/index.ts";
import { protocolMetricsOf, stagesOf } from "../src/protocols/index.ts";
import { SYNC_STAGES } from "../src/policy/wire/index.ts";

const ALL = Object.values(DISTRIBUTIONS);

test("each has its protocols, and passthrough takes the rest", () => {
  const named = ALL.map(({ program, modules }) => [program, modules.map(({ name }) => name)]);
  expect(Object.fromEntries(named)).toEqual({
    edge: ["datadog", "loki", "otlp", "prometheus", "passthrough"],
    "edge-datadog": ["datadog", "passthrough"],
    "edge-otlp": ["otlp", "passthrough"],
    "edge-prometheus": ["prometheus", "passthrough"],
  });
});

test("each tells control planes what policies can do with what it carries", () => {
  const told = ALL.map(({ program, modules }) => [program, stagesOf(modules)]);
  expect(Object.fromEntries(told)).toEqual({
    edge: ["log_filter", "log_transform", "metric_filter", "trace_sampling"],
    "edge-datadog": ["log_filter", "log_transform", "metric_filter"],
    "edge-otlp": ["log_filter", "log_transform", "metric_filter", "trace_sampling"],
    "edge-prometheus": ["metric_filter"],
  });
  expect(stagesOf(DISTRIBUTIONS.edge.modules)).toEqual(
    Object.keys(SYNC_STAGES) as (keyof typeof SYNC_STAGES)[],
  );
});

test("each has an entry point, and each label is that of its row", () => {
  const programs = [...ALL, edgeLambda, edgeTail].map(({ program }) => program);
  expect(programs.toSorted()).toEqual(entryPoints());
  expect(Object.entries(DISTRIBUTIONS).map(([key, { label }]) => [key, label])).toEqual(
    Object.keys(DISTRIBUTIONS).map((key) => [key, key]),
  );
});

describe("a program prints the metrics of its own protocols only", () => {
  /** Names of families, and values of the labels that protocols bring. */
  function printed({ modules }: (typeof ALL)[number]) {
    const metrics = new Metrics(new EventBus(), {
      build: { version: "1", commit: "c", distribution: "d" },
      protocols: protocolMetricsOf(modules),
    });
    const text = metrics.metricsText();
    metrics.stop();
    const valuesOf = (label: string) =>
      new Set([...text.matchAll(new RegExp(`[{,]${label}="([^"]*)"`, "g"))].map(([, one]) => one));
    return {
      telemetry: [...valuesOf("telemetry")],
      routeKinds: [...valuesOf("route_kind")],
      knownPaths: [...valuesOf("known_path")],
      transforms: text.includes("edge_policy_transforms_total"),
      sampling: text.includes("edge_policy_sampling_undecided_total"),
    };
  }
  const own = ["health", "ready", "edge_metrics", "edge_admin", "other"];

  test("edge-otlp", () => {
    const telemetry = ["otlp_logs", "otlp_metrics", "otlp_traces"];
    expect(printed(DISTRIBUTIONS.otlp)).toEqual({
      telemetry,
      routeKinds: [...telemetry, "health", "passthrough"],
      knownPaths: ["v1_logs", "v1_metrics", "v1_traces", ...own],
      transforms: true,
      sampling: true,
    });
  });

  test("edge-datadog", () => {
    const telemetry = ["datadog_logs", "datadog_metrics"];
    expect(printed(DISTRIBUTIONS.datadog)).toEqual({
      telemetry,
      routeKinds: [...telemetry, "health", "passthrough"],
      knownPaths: ["api_v2_logs", "api_v2_series", "api_v1_series", ...own],
      transforms: true,
      sampling: false,
    });
  });

  test("edge-prometheus", () => {
    expect(printed(DISTRIBUTIONS.prometheus)).toEqual({
      telemetry: ["prometheus_metrics"],
      routeKinds: ["prometheus_metrics", "health", "passthrough"],
      knownPaths: ["metrics", ...own],
      transforms: false,
      sampling: false,
    });
  });

  test("scrapes and calls are counted where there are any", () => {
    const brought = ALL.map(({ program, modules }) => [
      program,
      protocolMetricsOf(modules).metrics.map(({ spec }) => spec.name),
    ]);
    const scrapes = [
      "edge_scrapes_total",
      "edge_scrape_duration_seconds",
      "edge_scrape_lines_total",
    ];
    const calls = ["edge_grpc_calls_total", "edge_grpc_connections_ended_total"];
    expect(Object.fromEntries(brought)).toEqual({
      edge: [...calls, ...scrapes],
      "edge-datadog": [],
      "edge-otlp": calls,
      "edge-prometheus": scrapes,
    });
  });
});
