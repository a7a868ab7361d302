// Every metric of the program except those of its protocols: name, type, unit, labels, help. The
// registry, the printed text and the page docs/metrics.md are made from this table and from the
// rows that protocols add, and from nothing else.

import {
  METHODS,
  OTHER_ROUTE_KINDS,
  LOCAL_PATHS,
  PREFILTER_DECISIONS,
  STATUS_CLASSES,
  TRANSFORM_KINDS,
  UPSTREAM_PHASES,
} from "./labels.ts";
import { DUMP_METRICS, FAILURE_METRICS } from "./dump-metrics.ts";
import { BUDGET_METRICS, LIMIT_METRICS } from "./limit-metrics.ts";
import { PROVIDER_LABELS_MAX, UPSTREAM_LABELS_MAX } from "../core/limits.ts";
import type { MetricSpec, ProtocolMetrics } from "./metric-spec.ts";
import { ITEM_METRICS } from "./otel/item-metrics.ts";
import { POLICY_METRICS } from "./policy-metrics.ts";
import { RECORD_METRICS } from "./record-metrics.ts";
import { SATURATION_METRICS } from "./saturation-metrics.ts";
import { PROCESS_METRICS } from "./process-metrics.ts";

/** Seconds; the buckets of all durations. */
const DURATION_BUCKETS = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5,
] as const;
const UPSTREAM_BUCKETS = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
];

// Of the labels known_path, route_kind and telemetry these are the values beside those that
// protocols bring.
const method = { name: "method", values: METHODS };
const knownPath = { name: "known_path", values: LOCAL_PATHS };
const statusClassLabel = { name: "status_class", values: STATUS_CLASSES };
const signal = { name: "signal", values: ["log", "metric", "trace"] };
const upstream = { name: "upstream", valuesMax: UPSTREAM_LABELS_MAX };
const provider = { name: "provider", valuesMax: PROVIDER_LABELS_MAX };

export const METRICS = {
  buildInfo: {
    name: "edge_build_info",
    type: "gauge",
    unit: "none",
    help: "Always 1; the labels name the build.",
    // Filled with the one value each that the program was built with.
    labels: [
      { name: "version", values: [] },
      { name: "commit", values: [] },
      { name: "distribution", values: [] },
    ],
  },
  requests: {
    name: "edge_requests_total",
    type: "counter",
    unit: "none",
    help: "Requests answered.",
    labels: [method, knownPath],
  },
  requestDuration: {
    name: "edge_request_duration_seconds",
    type: "histogram",
    unit: "seconds",
    help: "Time from the request's head to the end of the response.",
    labels: [knownPath],
    buckets: DURATION_BUCKETS,
  },
  responses: {
    name: "edge_responses_total",
    type: "counter",
    unit: "none",
    help: "Responses by class of status.",
    labels: [knownPath, statusClassLabel],
  },
  requestErrors: {
    name: "edge_request_errors_total",
    type: "counter",
    unit: "none",
    help: "Requests that failed inside Edge: uncaught, reported by a module, or sent back by an upstream that leads here (loop).",
    labels: [knownPath, { name: "class", values: ["uncaught", "module", "loop"] }],
  },
  ...SATURATION_METRICS,
  misdirectedClients: {
    name: "edge_misdirected_clients_total",
    type: "counter",
    unit: "none",
    help: "Calls over gRPC to the port of HTTP, other requests over HTTP/2, which are served at more cost, requests and connections to the port of gRPC that are none of gRPC, and connections that began with TLS where there is none.",
    labels: [{ name: "kind", values: ["grpc", "http", "http2", "tls"] }],
  },
  requestBytes: {
    name: "edge_request_bytes_total",
    type: "counter",
    unit: "bytes",
    help: "Bytes of request bodies as they were received; those of refused requests are not counted.",
    labels: [knownPath],
  },
  responseBytes: {
    name: "edge_response_bytes_total",
    type: "counter",
    unit: "bytes",
    help: "Bytes of response bodies as they were sent; what taps show is not counted.",
    labels: [knownPath],
  },
  prefilter: {
    name: "edge_prefilter_decisions_total",
    type: "counter",
    unit: "none",
    help: "Requests evaluated by policies, forwarded without being parsed, or answered by Edge itself (none).",
    labels: [
      { name: "route_kind", values: OTHER_ROUTE_KINDS },
      { name: "decision", values: PREFILTER_DECISIONS },
    ],
  },
  ...RECORD_METRICS,
  ...ITEM_METRICS,
  upstreamDuration: {
    name: "edge_upstream_request_duration_seconds",
    type: "histogram",
    unit: "seconds",
    help: "Time from sending a request upstream to the end of its response.",
    open: upstream,
    buckets: UPSTREAM_BUCKETS,
  },
  upstreamResponses: {
    name: "edge_upstream_responses_total",
    type: "counter",
    unit: "none",
    help: "Responses of upstreams by class of status.",
    open: upstream,
    labels: [statusClassLabel],
  },
  upstreamErrors: {
    name: "edge_upstream_errors_total",
    type: "counter",
    unit: "none",
    help: "Upstream requests that failed, by the phase in which they did.",
    open: upstream,
    labels: [{ name: "phase", values: UPSTREAM_PHASES }],
  },
  upstreamRetries: {
    name: "edge_upstream_retries_total",
    type: "counter",
    unit: "none",
    help: "Failed upstream requests that were sent again.",
    open: upstream,
  },
  policiesLoaded: {
    name: "edge_policies_loaded",
    type: "gauge",
    unit: "none",
    help: "Working, enabled policies in force.",
    labels: [signal],
  },
  policiesInvalid: {
    name: "edge_policies_invalid",
    type: "gauge",
    unit: "none",
    help: "Policies that do nothing because of errors in them.",
  },
  policiesReady: {
    name: "edge_policies_ready",
    type: "gauge",
    unit: "none",
    help: "1 when the first policies of every provider are in force; before_policies applies until then.",
  },
  policiesVersion: {
    name: "edge_policies_version",
    type: "gauge",
    unit: "none",
    help: "Number of the policy set in force; grows by one with each replacement.",
  },
  reloadDuration: {
    name: "edge_policies_reload_duration_seconds",
    type: "histogram",
    unit: "seconds",
    help: "Time to compile a policy set and put it in force.",
    buckets: DURATION_BUCKETS,
  },
  reloadFailures: {
    name: "edge_policies_reload_failures_total",
    type: "counter",
    unit: "none",
    help: "Policy sets that could not be put in force.",
  },
  ...POLICY_METRICS,
  rateKeysEvicted: {
    name: "edge_policy_rate_keys_evicted_total",
    type: "counter",
    unit: "none",
    help: "Values of a `sample_key` whose rate limit started afresh because the policy had 10000 newer ones.",
  },
  transforms: {
    name: "edge_policy_transforms_total",
    type: "counter",
    unit: "none",
    help: "Transform operations that changed something (hit) or found nothing to do (miss).",
    labels: [
      { name: "stage", values: TRANSFORM_KINDS },
      { name: "outcome", values: ["hit", "miss"] },
    ],
    stage: "log_transform",
  },
  providerUp: {
    name: "edge_provider_up",
    type: "gauge",
    unit: "none",
    help: "1 when the provider's last response was good.",
    open: provider,
  },
  providerLastSuccess: {
    name: "edge_provider_last_success_timestamp_seconds",
    type: "gauge",
    unit: "timestamp in seconds",
    help: "Unix time of the provider's last good response; 0 before the first.",
    open: provider,
  },
  providerLoads: {
    name: "edge_provider_loads_total",
    type: "counter",
    unit: "none",
    help: "New policy sets that the provider brought into force.",
    open: provider,
  },
  providerFailures: {
    name: "edge_provider_failures_total",
    type: "counter",
    unit: "none",
    help: "Times that the provider gave no usable response; the set it gave before stays.",
    open: provider,
  },
  providerPolicies: {
    name: "edge_provider_policies",
    type: "gauge",
    unit: "none",
    help: "Policies in the provider's set.",
    open: provider,
  },
  ...DUMP_METRICS,
  ...FAILURE_METRICS,
  ...LIMIT_METRICS,
  ...BUDGET_METRICS,
  subscriberFailures: {
    name: "edge_event_subscriber_failures_total",
    type: "counter",
    unit: "none",
    help: "Errors inside the observability of Edge itself; requests are not concerned.",
  },
  ...PROCESS_METRICS,
} as const satisfies Record<string, MetricSpec>;
export type MetricKey = keyof typeof METRICS;

/** Values by the name of the label. */
export type LabelValues = Readonly<Record<string, readonly string[]>>;

export function labelValuesOf({ knownPaths, telemetry }: ProtocolMetrics): LabelValues {
  return { known_path: knownPaths, route_kind: telemetry, telemetry };
}

/** The row with these values in its labels, before those that it has. */
export function withLabelValues(spec: MetricSpec, brought: LabelValues): MetricSpec {
  const { labels } = spec;
  if (labels === undefined) return spec;
  return {
    ...spec,
    labels: labels.map(({ name, values }) => ({
      name,
      values: [...(brought[name] ?? []), ...values],
    })),
  };
}

/** Whether a program prints the metric at all. */
export function isPrinted({ stage }: MetricSpec, { stages }: ProtocolMetrics): boolean {
  return stage === undefined || stages.includes(stage);
}

/** All rows of a program, in the order in which they are printed. */
export function metricSpecs(protocols: ProtocolMetrics): MetricSpec[] {
  const values = labelValuesOf(protocols);
  const rows = [...Object.values(METRICS), ...protocols.metrics.map(({ spec }) => spec)];
  return rows
    .filter((spec) => isPrinted(spec, protocols))
    .map((spec) => withLabelValues(spec, values));
}
