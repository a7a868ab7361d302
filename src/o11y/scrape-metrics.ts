// Metrics of Prometheus scrapes that Edge filters; rows of the table of all metrics.

import { SCRAPE_OUTCOMES } from "./labels.ts";
import { UPSTREAM_LABELS_MAX } from "../core/limits.ts";
import type { MetricSpec } from "./metric-spec.ts";

/** Paths of the configuration are as many as upstreams may be. */
const target = { name: "target", valuesMax: UPSTREAM_LABELS_MAX };

export const SCRAPE_METRICS = {
  scrapes: {
    name: "edge_scrapes_total",
    type: "counter",
    unit: "none",
    help: "Prometheus scrapes by how they ended; all but ok, relayed and unjudged were cut off.",
    open: target,
    labels: [{ name: "outcome", values: SCRAPE_OUTCOMES }],
  },
  scrapeDuration: {
    name: "edge_scrape_duration_seconds",
    type: "histogram",
    unit: "seconds",
    help: "Time from a scrape's request to the end of its answer.",
    open: target,
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  },
  scrapeLines: {
    name: "edge_scrape_lines_total",
    type: "counter",
    unit: "none",
    help: "Lines of expositions, metadata and comments included; samples are counted as records.",
    open: target,
  },
} as const satisfies Record<string, MetricSpec>;
