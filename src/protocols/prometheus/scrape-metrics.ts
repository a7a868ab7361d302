// Metrics about filtered scrapes, and what each scrape adds to them when it ends.

import { UPSTREAM_LABELS_MAX } from "../../core/limits.ts";
import type { ProtocolMetric } from "../../o11y/metric-spec.ts";

/** There can be as many configured paths as upstreams. */
const target = { name: "target", valuesMax: UPSTREAM_LABELS_MAX };

/** The names that the event `scrape.completed` uses. */
const OUTCOMES = [
  "ok",
  "relayed",
  "unjudged",
  "input_limit",
  "output_limit",
  "upstream_failed",
  "client_gone",
] as const;

export const SCRAPE_METRICS: readonly ProtocolMetric[] = [
  {
    spec: {
      name: "edge_scrapes_total",
      type: "counter",
      unit: "none",
      help: "Prometheus scrapes by how they ended; all but ok, relayed and unjudged were cut off.",
      open: target,
      labels: [{ name: "outcome", values: OUTCOMES }],
    },
    event: "scrape.completed",
    count: (event, scrapes) => scrapes.add(scrapes.atOpen(event.target, event.outcome), 1),
  },
  {
    spec: {
      name: "edge_scrape_duration_seconds",
      type: "histogram",
      unit: "seconds",
      help: "Time from a scrape's request to the end of its response.",
      open: target,
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    },
    event: "scrape.completed",
    count: (event, durations) =>
      durations.observe(durations.atOpen(event.target), event.durationMs / 1000),
  },
  {
    spec: {
      name: "edge_scrape_lines_total",
      type: "counter",
      unit: "none",
      help: "Lines of expositions, metadata and comments included; samples are counted as records.",
      open: target,
    },
    event: "scrape.completed",
    count: (event, lines) => lines.add(lines.atOpen(event.target), event.lines),
  },
];
