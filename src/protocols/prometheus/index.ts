// Prometheus scrapes through Edge: `/metrics` and the paths below it, and the paths of
// `prometheus.targets`. Must not fetch anything: it only says what is to be fetched, and from
// where.

import type { ModuleRegistration } from "../protocol.ts";
import { PrometheusModule } from "./prometheus-module.ts";
import { SCRAPE_METRICS } from "./scrape-metrics.ts";

export { PrometheusModule } from "./prometheus-module.ts";

/** Prometheus scrapes, for a distribution's list of protocols. */
export const prometheus: ModuleRegistration = {
  name: "prometheus",
  telemetry: ["prometheus_metrics"],
  knownPaths: ["metrics"],
  metrics: SCRAPE_METRICS,
  stages: ["metric_filter"],
  encodings: {
    prometheus_text: {
      payload: "text",
      series: async () => (await import("./series.ts")).textSeries(),
    },
    prometheus_protobuf: {
      payload: "binary",
      series: async () => (await import("./series.ts")).protobufSeries,
    },
  },
  signalPaths: [{ methods: ["GET", "HEAD"], path: "/metrics", anchor: "begin" }],
  create: (deps) => new PrometheusModule(deps),
};
