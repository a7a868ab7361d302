// The log level of each event, and the repeating events that are summed up instead of being printed
// one by one.

import type { EventName, Events } from "./events.ts";

/** Levels of the log, the most severe last. */
export const LOG_LEVELS = ["trace", "debug", "info", "warn", "err"] as const;
/** The severity of a log line, or the lowest severity that is written. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Repeats within a period are one line: events with equal `by` fields are one kind. */
export interface RepeatRule<K> {
  readonly by: readonly K[];
  /** Number fields that the summary adds up; of the others it shows the last. */
  readonly sum?: readonly K[];
  /** Lines of one kind and period that are printed as they come. */
  readonly burst: number;
}

export interface LogRule<N extends EventName> {
  readonly level: LogLevel;
  readonly repeat?: RepeatRule<keyof Events[N] & string>;
}

export const LOG_TABLE = {
  "server.starting": { level: "info" },
  "config.loaded": { level: "info" },
  "server.ready": { level: "info" },
  "server.draining": { level: "info" },
  "server.stopped": { level: "info" },
  "program.failed": { level: "err" },
  "workers.limited": { level: "warn" },
  "upstream.requests_limited": { level: "warn" },
  "workers.starting": { level: "info" },
  "worker.failed": { level: "err" },
  "worker.replaced": { level: "info" },
  "worker.retired": { level: "info" },
  "worker.events_lost": {
    level: "warn",
    repeat: { by: ["worker"], sum: ["events"], burst: 1 },
  },
  "shared_limits.shared": { level: "info" },
  "shared_limits.away": { level: "err" },
  "shared_limits.failed": { level: "trace" },
  "shared_limits.stands": { level: "trace" },
  "shared_limits.windows": { level: "trace" },
  "shared_limits.tokens": { level: "trace" },
  "thread.hung": { level: "err" },
  "tls.reloaded": { level: "info" },
  "tls.expires_soon": { level: "warn" },
  "tls.reload_failed": { level: "warn" },
  "upstream_headers.reloaded": { level: "info" },
  "upstream_headers.reload_failed": { level: "warn" },
  "loop.delayed": { level: "trace", repeat: { by: [], burst: 1 } },
  "connection.lost": { level: "warn", repeat: { by: [], burst: 1 } },
  "room.refused": { level: "warn", repeat: { by: ["limit"], burst: 1 } },
  "request.refused": { level: "debug" },
  "client.timed_out": { level: "debug" },
  "upload.cut": { level: "warn", repeat: { by: ["client"], burst: 1 } },
  "prefilter.decided": { level: "trace" },
  "request.completed": { level: "debug" },
  "client.misdirected": { level: "warn", repeat: { by: ["kind"], burst: 1 } },
  "grpc.ignored": { level: "warn" },
  "grpc.answered": { level: "debug" },
  "grpc.connection_ended": { level: "warn", repeat: { by: ["what"], burst: 1 } },
  "request.failed": { level: "err", repeat: { by: ["knownPath", "class", "reason"], burst: 1 } },
  "token.withheld": { level: "warn", repeat: { by: ["knownPath"], burst: 1 } },
  "records.evaluated": { level: "trace" },
  "sampling.undecided": {
    level: "warn",
    repeat: { by: ["policy", "reason"], sum: ["records"], burst: 1 },
  },
  "records.lost": { level: "trace" },
  "encoding.failed": { level: "warn", repeat: { by: ["telemetry", "coding"], burst: 1 } },
  "scrape.completed": { level: "debug" },
  "scrape.cut_off": { level: "warn", repeat: { by: ["target", "reason"], burst: 1 } },
  fail_open: {
    level: "warn",
    repeat: { by: ["telemetry", "reason"], sum: ["records"], burst: 1 },
  },
  "redaction.closed": {
    level: "warn",
    repeat: { by: ["telemetry"], sum: ["values"], burst: 1 },
  },
  "upstream.completed": { level: "trace" },
  "upstream.failed": { level: "warn", repeat: { by: ["upstream", "phase", "reason"], burst: 1 } },
  "upstream.path_unknown": { level: "warn", repeat: { by: ["upstream", "url"], burst: 1 } },
  "failure_capture.written": { level: "debug" },
  "failure_capture.dropped": { level: "warn", repeat: { by: ["reason"], burst: 1 } },
  "policies.replaced": { level: "info" },
  "policies.missing": { level: "warn" },
  "policies.complete": { level: "info" },
  "policies.replace_failed": { level: "err" },
  "policy.invalid": { level: "warn", repeat: { by: ["provider"], burst: 20 } },
  "policy.warned": { level: "warn", repeat: { by: ["provider"], burst: 20 } },
  "provider.added": { level: "debug" },
  "provider.loaded": { level: "info" },
  "provider.unchanged": { level: "trace" },
  "provider.failed": { level: "warn", repeat: { by: ["provider", "reason"], burst: 1 } },
  "provider.cache_failed": { level: "warn", repeat: { by: ["provider", "reason"], burst: 1 } },
  "budgets.state_failed": { level: "warn", repeat: { by: ["reason"], burst: 1 } },
  "extension.failed": { level: "err", repeat: { by: ["extension", "reason"], burst: 1 } },
  "extension.records_lost": {
    level: "warn",
    repeat: { by: ["extension", "reason"], sum: ["records"], burst: 1 },
  },
  "dump.flushed": { level: "trace" },
  "dump.uploaded": { level: "debug" },
  "dump.failed": { level: "warn", repeat: { by: ["target", "reason"], burst: 1 } },
  "dump.spooled": { level: "trace" },
  "dump.spool_failed": { level: "err", repeat: { by: ["reason"], burst: 1 } },
  "dump.recovered": { level: "info" },
  "dump.backlog": { level: "trace" },
  "dump.target_refused": {
    level: "warn",
    repeat: { by: ["provider", "target", "reason"], burst: 1 },
  },
  "lambda.setting_ignored": { level: "warn" },
  "lambda.registered": { level: "info" },
  "lambda.invoked": { level: "debug" },
  "lambda.shutdown": { level: "info" },
  "lambda.api_failed": { level: "warn", repeat: { by: ["reason"], burst: 1 } },
  "span.ended": { level: "trace" },
  "self_metrics.failed": { level: "warn", repeat: { by: ["reason"], burst: 1 } },
  "spans.exported": { level: "trace" },
  "spans.lost": { level: "warn", repeat: { by: ["reason"], sum: ["spans"], burst: 1 } },
  "tail.file_opened": { level: "debug" },
  "tail.file_closed": { level: "debug" },
  "tail.file_rotated": { level: "info" },
  "tail.file_truncated": { level: "info" },
  "tail.bytes_unread": { level: "warn", repeat: { by: ["path"], sum: ["bytes"], burst: 1 } },
  "tail.file_troubled": { level: "warn", repeat: { by: ["reason"], burst: 20 } },
  "tail.file_skipped": { level: "info" },
  "tail.file_wide": { level: "warn" },
  "tail.file_recovered": { level: "info" },
  "tail.folder_troubled": { level: "warn", repeat: { by: ["folder", "reason"], burst: 1 } },
  "tail.folder_unwatched": { level: "warn", repeat: { by: ["reason"], burst: 1 } },
  "tail.state_loaded": { level: "info" },
  "tail.state_corrupt": { level: "warn" },
  "tail.state_unlocked": { level: "warn" },
  "tail.state_failed": { level: "warn", repeat: { by: ["folder", "reason"], burst: 1 } },
  "tail.state_recovered": { level: "info" },
  "tail.output_troubled": { level: "warn", repeat: { by: ["output", "reason"], burst: 1 } },
  "tail.output_recovered": { level: "info" },
  "tail.lines_lost": {
    level: "warn",
    repeat: { by: ["path", "reason"], sum: ["lines", "bytes"], burst: 1 },
  },
  "tail.judge_failed": { level: "err", repeat: { by: ["reason"], burst: 1 } },
  "admin.switched": { level: "info" },
  "tap.opened": { level: "info" },
  "tap.closed": { level: "info" },
} as const satisfies { [N in EventName]: LogRule<N> };

/** The rule of an event, with its field names as plain strings. */
export function logRule(name: EventName): { level: LogLevel; repeat?: RepeatRule<string> } {
  return LOG_TABLE[name];
}
