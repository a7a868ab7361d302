// The label values that metrics may have, which are bounded. A value that is in no list is counted
// as "other".

import type {
  ExtensionLossReason,
  FailOpenReason,
  LossReason,
  PrefilterDecision,
} from "./events.ts";
import type { Signal, UndecidedReason } from "../policy/index.ts";

export const METHODS = [
  "get",
  "post",
  "put",
  "delete",
  "patch",
  "head",
  "options",
  "other",
] as const;

/** Paths that requests are counted by, beside those that protocols bring. */
export const LOCAL_PATHS = ["health", "ready", "edge_metrics", "edge_admin", "other"] as const;

export const STATUS_CLASSES = ["s2xx", "s3xx", "s4xx", "s5xx", "other"] as const;

/** Kinds of routes beside those of telemetry. */
export const OTHER_ROUTE_KINDS = ["health", "passthrough"] as const;

export const PREFILTER_DECISIONS = [
  "policy_path",
  "fast_path",
  "none",
] as const satisfies readonly PrefilterDecision[];

export const FAIL_OPEN_REASONS = [
  "unknown_content_type",
  "unknown_encoding",
  "undecodable",
  "decoded_too_large",
  "unreadable_record",
  "line_too_long",
  "too_costly",
  "family_too_large",
  "policies_not_ready",
  "internal_error",
] as const satisfies readonly FailOpenReason[];

export const UNDECIDED_REASONS = [
  "missing_trace_id",
  "invalid_trace_id",
] as const satisfies readonly UndecidedReason[];

export const LOSS_REASONS = [
  "refused",
  "upstream_failed",
  "client_gone",
  "too_large",
  "no_room",
  "internal_error",
] as const satisfies readonly LossReason[];

/**
 * Why a failed request is not in the folder of dumps: that has as many as it may; too much waits to
 * be written; a body that passed piece by piece, of which nothing was kept; a disk that took
 * nothing.
 */
export const FAILURE_LOSS_REASONS = [
  "folder_full",
  "queue_full",
  "body_too_large",
  "body_streamed",
  "no_space",
  "not_permitted",
  "write_failed",
] as const;
export type FailureLossReason = (typeof FAILURE_LOSS_REASONS)[number];

export const EXTENSION_LOSS_REASONS = [
  "channel_full",
  "backlog_full",
  "spool_full",
  "record_too_large",
  "redaction_failed",
  "thread_failed",
  "shutdown",
] as const satisfies readonly ExtensionLossReason[];

/** `bad_framing`: what is no request, or could be read as another. */
export const REFUSAL_REASONS = [
  "too_many_requests_in_flight",
  "too_many_bytes_in_flight",
  "upload_stalled",
  "policies_not_ready",
  "body_too_large",
  "head_too_large",
  "bad_framing",
  "bad_host",
  "unexpected_body",
  "method_not_supported",
  "not_found",
  "loop_detected",
  "other",
] as const;
export const TIMEOUT_PHASES = ["head", "body", "response", "deadline"] as const;
export const ROOM_LIMITS = ["max_connections", "max_inflight_bytes"] as const;

export const UPSTREAM_PHASES = ["connect", "first_byte", "idle", "send", "receive"] as const;
export const TRANSFORM_KINDS = ["remove", "redact", "rename", "add"] as const;

/** The signal of a kind of telemetry, which is named for it, last. */
export function signalOf(telemetry: string): Signal {
  if (telemetry.endsWith("_metrics")) return "metric";
  return telemetry.endsWith("_traces") ? "trace" : "log";
}

/** Status class of an HTTP status code. */
export function statusClass(status: number): (typeof STATUS_CLASSES)[number] {
  if (status >= 200 && status < 300) return "s2xx";
  if (status >= 300 && status < 400) return "s3xx";
  if (status >= 400 && status < 500) return "s4xx";
  return status >= 500 && status < 600 ? "s5xx" : "other";
}
