// Rows of the metric table about those who watch Edge: receivers of its spans, and readers of taps.

export const OBSERVER_METRICS = {
  selfSpans: {
    name: "edge_self_spans_total",
    type: "counter",
    unit: "none",
    help: "Spans about Edge's own work, by whether `otlp_self_traces_url` got them.",
    labels: [{ name: "outcome", values: ["exported", "lost"] }],
  },
  tapRecords: {
    name: "edge_tap_records_total",
    type: "counter",
    unit: "none",
    help: "Records for readers of `/_edge/tap/`, counted when a tap ends; lost: more than may wait for a reader.",
    labels: [{ name: "outcome", values: ["shown", "lost"] }],
  },
} as const;
