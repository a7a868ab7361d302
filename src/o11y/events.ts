// Every event of the program, by name. Emitting is the only way in which a folder reports what it did; the log,
// the metrics and the spans subscribe. Never one event per record; no payloads, no secrets.

import type { Signal } from "../policy/index.ts";

/** The kind of telemetry that a filtering route carries. */
export type Telemetry =
  | "datadog_logs"
  | "datadog_metrics"
  | "otlp_logs"
  | "otlp_metrics"
  | "otlp_traces"
  | "prometheus_metrics";

/** Why a body or a record went on without being judged. */
export type FailOpenReason =
  | "unknown_content_type"
  | "unknown_encoding"
  | "undecodable"
  | "decoded_too_large"
  | "unreadable_record"
  | "line_too_long"
  | "internal_error";

export interface Events {
  "server.starting": { distribution: string; version: string };
  "config.loaded": { path: string };
  "server.ready": { url: string };
  "server.draining": { signal: string; timeoutMs: number };
  "server.stopped": { unfinished: number };
  "request.completed": {
    method: string;
    /** Label of a bounded set, see the reference's known paths. */
    knownPath: string;
    status: number;
    durationMs: number;
    bytesIn: number;
    bytesOut: number;
  };
  "request.failed": { knownPath: string; class: "uncaught" | "module"; reason: string };
  "records.evaluated": {
    telemetry: Telemetry;
    records: number;
    dropped: number;
    edited: number;
    bytesIn: number;
    bytesOut: number;
  };
  /** Forwarded without being judged: a whole body (records 0) or that many records. */
  fail_open: { telemetry: Telemetry; reason: FailOpenReason; records: number; detail: string };
  "upstream.completed": { upstream: string; status: number; durationMs: number };
  "upstream.failed": {
    upstream: string;
    phase: "connect" | "first_byte" | "idle" | "send" | "receive";
    reason: string;
    retried: boolean;
  };
  "policies.replaced": {
    version: number;
    counts: Record<Signal, number>;
    durationMs: number;
  };
  "policy.invalid": { provider: string; policy: string; errors: readonly string[] };
  "provider.loaded": { provider: string; policies: number; hash: string };
  "provider.failed": { provider: string; reason: string; keeping: number };
}

export type EventName = keyof Events;
