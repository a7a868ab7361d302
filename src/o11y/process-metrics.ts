// Metrics of the process itself: its workers, event loops, certificate, memory and CPU time, and
// the receivers of its spans and readers of its taps. Rows of the metric table.

import type { MetricSpec } from "./metric-spec.ts";

const LOOP_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1];
const thread = { name: "thread", values: ["main", "worker"] };

export const PROCESS_METRICS = {
  workersServing: {
    name: "edge_workers",
    type: "gauge",
    unit: "none",
    help: "Workers that serve; 0 when the main thread serves itself.",
  },
  workerFailures: {
    name: "edge_worker_failures_total",
    type: "counter",
    unit: "none",
    help: "Workers that failed and were replaced.",
  },
  workerEventsLost: {
    name: "edge_worker_events_lost_total",
    type: "counter",
    unit: "none",
    help: "Events of workers that came faster than they were taken: these metrics and the log lack them.",
  },
  threadHangs: {
    name: "edge_thread_hangs_total",
    type: "counter",
    unit: "none",
    help: "Times in which the only thread that serves hung for five seconds or more.",
  },
  tlsReloads: {
    name: "edge_tls_reloads_total",
    type: "counter",
    unit: "none",
    help: "Other certificate files that were found for the listener, by whether they could be used.",
    labels: [{ name: "outcome", values: ["ok", "failed"] }],
  },
  loopDelay: {
    name: "edge_event_loop_delay_seconds",
    type: "histogram",
    unit: "seconds",
    help: "How late event loops ran a timer that was due: of the main thread, which serves when there are no workers, and of workers.",
    labels: [thread],
    buckets: LOOP_BUCKETS,
  },
  loopDelayMax: {
    name: "edge_event_loop_delay_max_seconds",
    type: "gauge",
    unit: "seconds",
    help: "Greatest delay of an event loop in the last 30 to 60 seconds.",
    labels: [thread],
  },
  residentMemory: {
    name: "process_resident_memory_bytes",
    type: "gauge",
    unit: "bytes",
    help: "Resident memory size.",
  },
  heapMemory: {
    name: "process_heap_bytes",
    type: "gauge",
    unit: "bytes",
    help: "Memory of the JavaScript heaps in use, of all threads.",
  },
  cpu: {
    name: "process_cpu_seconds_total",
    type: "counter",
    unit: "seconds",
    help: "User and system CPU time.",
  },
  startTime: {
    name: "process_start_time_seconds",
    type: "gauge",
    unit: "timestamp in seconds",
    help: "Unix time at which the process started.",
  },
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
} as const satisfies Record<string, MetricSpec>;
