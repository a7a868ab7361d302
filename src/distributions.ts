// The distributions: each a program that speaks some of the protocols. A protocol is in a program
// because it is in its list here, and for no other reason. Each one is a constant of its own, and
// package.json says that nothing but entry points acts when it is loaded, so that an executable
// holds what it uses.

import type { Distribution } from "./cli/distribution.ts";
import { datadog } from "./protocols/datadog/index.ts";
import { loki } from "./protocols/loki/index.ts";
import { otlp } from "./protocols/otlp/index.ts";
import { passthrough } from "./protocols/passthrough/index.ts";
import { prometheus } from "./protocols/prometheus/index.ts";
import type { ProxyDistribution } from "./runtime/proxy/serving.ts";

/** A program and what it speaks, in order; the last one takes whatever the others do not. */
type ProxyProgram = Distribution & ProxyDistribution;

/** Every protocol. */
export const edge: ProxyProgram = {
  label: "edge",
  program: "edge",
  purpose: "Telemetry proxy that applies policies: OTLP, Datadog, Loki and Prometheus.",
  defaultConfigPath: "config.json",
  modules: [datadog, loki, otlp, prometheus, passthrough],
};

/** Datadog alone: logs and series. */
export const edgeDatadog: ProxyProgram = {
  label: "datadog",
  program: "edge-datadog",
  purpose: "Telemetry proxy that applies policies to Datadog logs and metrics.",
  defaultConfigPath: "config-datadog.json",
  modules: [datadog, passthrough],
};

/** OTLP alone: logs, metrics and traces. */
export const edgeOtlp: ProxyProgram = {
  label: "otlp",
  program: "edge-otlp",
  purpose: "Telemetry proxy that applies policies to OTLP logs, metrics and traces.",
  defaultConfigPath: "config-otlp.json",
  modules: [otlp, passthrough],
};

/** Prometheus alone: put before any exporter, it filters what is scraped. */
export const edgePrometheus: ProxyProgram = {
  label: "prometheus",
  program: "edge-prometheus",
  purpose: "Telemetry proxy that applies policies to Prometheus scrapes.",
  defaultConfigPath: "config-prometheus.json",
  modules: [prometheus, passthrough],
};

/** No proxy: follows files and standard input. It reads no settings but those it is given. */
export const edgeTail: Distribution = {
  label: "tail",
  program: "edge-tail",
  purpose: "Follows files, applies policies to their lines, and goes on where it was stopped.",
  defaultConfigPath: "",
};

/** An extension for AWS Lambda, beside a function that sends it telemetry. It reads no file. */
export const edgeLambda: ProxyProgram = {
  label: "lambda",
  program: "edge-lambda",
  purpose: "Extension for AWS Lambda that applies policies to what a function sends.",
  defaultConfigPath: "",
  modules: [datadog, otlp, passthrough],
};

/** The proxies by label. */
export const DISTRIBUTIONS = {
  edge,
  datadog: edgeDatadog,
  otlp: edgeOtlp,
  prometheus: edgePrometheus,
} as const;
