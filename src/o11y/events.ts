// Every event of the program, by name. Folders report what they did only by emitting events; the
// log, the metrics and the spans subscribe to them. There is never an event per record, and never a
// payload or a secret in one.

import type { Signal, UndecidedReason } from "../policy/index.ts";

/**
 * The kind of telemetry that a filtering route carries: one of those that its protocol brings, for
 * example `otlp_logs`.
 */
export type Telemetry = string;

/** Why a body or a record went on without being judged. */
export type FailOpenReason =
  | "unknown_content_type"
  | "unknown_encoding"
  | "undecodable"
  | "decoded_too_large"
  | "unreadable_record"
  | "line_too_long"
  | "too_costly"
  | "family_too_large"
  | "policies_not_ready"
  | "internal_error";

/**
 * Why records did not arrive. `refused`: the upstream answered with no 2xx; `too_large`: a bound of
 * Edge's own. The client was told, or it went away.
 */
export type LossReason =
  "refused" | "upstream_failed" | "client_gone" | "too_large" | "no_room" | "internal_error";

/**
 * Why an extension does not have a record: no room on the way from a worker, in memory, on disk; it
 * does not fit into an object; the program ended before it had arrived.
 */
export type ExtensionLossReason =
  | "channel_full"
  | "backlog_full"
  | "spool_full"
  | "record_too_large"
  | "redaction_failed"
  | "thread_failed"
  | "shutdown";

/**
 * How a scrape ended. `relayed`: the exporter's response was not 200; `unjudged`: it was no text;
 * all others but `ok` were cut off.
 */
export type ScrapeOutcome =
  | "ok"
  | "relayed"
  | "unjudged"
  | "input_limit"
  | "output_limit"
  | "upstream_failed"
  | "client_gone";

/**
 * What a route carries, for the metric of prefilter decisions: a kind of telemetry, `health` for
 * the program's own paths, or `passthrough` for what no policy judges.
 */
export type RouteKind = string;

/**
 * How a request goes on before its body is looked at: evaluated by policies, forwarded without
 * being parsed, or answered by Edge itself.
 */
export type PrefilterDecision = "policy_path" | "fast_path" | "none";

/** Every event by its name, with what it says. Sizes in bytes, times in milliseconds. */
export interface Events {
  "server.starting": { distribution: string; version: string };
  "config.loaded": { path: string };
  "server.ready": { url: string };
  "server.draining": { signal: string; timeoutMs: number };
  "server.stopped": { unfinished: number };
  /**
   * The program cannot go on, or cannot do a thing it was asked for: what, where, and what to do
   * about it.
   */
  "program.failed": { what: string; where: string; cure: string };
  /** A setting that cannot be kept to the letter: once, at start. */
  "workers.limited": { wanted: number; workers: number; why: string };
  "upstream.requests_limited": { maxConnections: number; upstreamRequests: number; cure: string };
  "grpc.ignored": { cure: string };
  "workers.starting": { workers: number };
  /** A worker threw, ended or gave no sign of life; another one starts after `restartMs`. */
  "worker.failed": { worker: number; reason: string; restartMs: number; cure: string };
  /** That one serves. */
  "worker.replaced": { worker: number };
  /** One that had failed has answered what it had, and ended. */
  "worker.retired": { worker: number };
  /** Events that its log and metrics lack. */
  "worker.events_lost": { worker: number; events: number; reason: string };
  /** Rate limits hold over all instances, from the next windows on. */
  "shared_limits.shared": { members: number };
  /** They do not, because their store does not answer. `fault`: connection, timeout, refused. */
  "shared_limits.away": { fault: string; reason: string; members: number; cure: string };
  /** Of each call of the store that failed. */
  "shared_limits.failed": { fault: string };
  "shared_limits.stands": { isConnected: boolean; members: number };
  /** Windows that have begun, by how their tokens were come by: lease, first, share. */
  "shared_limits.windows": { tokens: string; windows: number };
  /** `kind`: leased or returned. */
  "shared_limits.tokens": { kind: string; tokens: number };
  /** The only thread that serves gave no sign of life for a while, and does again. */
  "thread.hung": { cure: string };
  /** Other certificate files are in use for new connections. `expires`: ISO 8601. */
  "tls.reloaded": { fingerprint: string; expires: string };
  "tls.expires_soon": { fingerprint: string; expires: string; cure: string };
  /** The files cannot be used; those before stay in use. */
  "tls.reload_failed": { reason: string; cure: string };
  /** Other values of headers of requests to upstreams are in use. `headers`: their names. */
  "upstream_headers.reloaded": { headers: string };
  /** The files cannot be used; the values before stay in use. */
  "upstream_headers.reload_failed": { reason: string; cure: string };
  /** The event loop of a worker ran a timer that late; told at every tick of it. */
  "loop.delayed": { delayMs: number };
  /** A connection of HTTP/2 was closed unread: the server behind the relay took none. */
  "connection.lost": { reason: string };
  /** A request was refused that had waited for room. */
  "room.refused": { limit: "max_connections" | "max_inflight_bytes" };
  /**
   * A request was refused by this program itself, whatever for: the code that its client was told,
   * or what was wrong with its framing (REFUSAL_REASONS of labels.ts).
   */
  "request.refused": { reason: string };
  /**
   * A client took too long: to send a head or a body, to take its response; or its own deadline
   * passed.
   */
  "client.timed_out": { phase: "head" | "body" | "response" | "deadline" };
  /** A request was ended whose body came too slowly while others waited for room. */
  "upload.cut": { client: string; receivedBytes: number };
  "prefilter.decided": { routeKind: RouteKind; decision: PrefilterDecision };
  /** Once per request, when the last byte of its response has been handed on, or none will be. */
  "request.completed": {
    method: string;
    /** Label of a bounded set, see the reference's known paths. */
    knownPath: string;
    status: number;
    durationMs: number;
    bytesIn: number;
    bytesOut: number;
  };
  /** A client that speaks gRPC or TLS where there is none, or HTTP to the port of gRPC. */
  "client.misdirected": { kind: "grpc" | "http" | "http2" | "tls"; cure: string };
  /** `method`: without its first slash, `health`, or `other`. `status`: of gRPC. */
  "grpc.answered": { method: string; status: number };
  /** A connection of gRPC was ended for what its client did too often. */
  "grpc.connection_ended": { what: "pings" | "resets" };
  "request.failed": {
    knownPath: string;
    /** `loop`: it was sent on from here before. */
    class: "uncaught" | "module" | "loop";
    reason: string;
  };
  /** A request that is forwarded showed `admin.token`; it goes on without it. */
  "token.withheld": { knownPath: string; cure: string };
  "records.evaluated": {
    telemetry: Telemetry;
    records: number;
    /** Data points of metrics. Absent: there are none. */
    points?: number;
    /** All that did not stay. */
    dropped: number;
    /** Of those: left out by sampling, above a rate limit, cut by a budget. Absent: none. */
    sampled?: number;
    limited?: number;
    budgeted?: number;
    /** Records that stayed because they could not be judged. Absent: none. */
    unjudged?: number;
    edited: number;
    /** Decoded bytes before policies, and after them. */
    bytesIn: number;
    bytesOut: number;
    /** What lies between, by why; absent: none. Added bytes count the other way round. */
    droppedBytes?: number;
    sampledBytes?: number;
    limitedBytes?: number;
    budgetedBytes?: number;
    removedBytes?: number;
    addedBytes?: number;
  };
  /** Spans that a policy's `fail_closed` dropped: nothing was there to decide by. */
  "sampling.undecided": { policy: string; reason: UndecidedReason; records: number };
  /** Not accepted by the upstream: so many records, or a body that nobody looked into (0). */
  "records.lost": { telemetry: Telemetry; reason: LossReason; records: number };
  /** What policies left could not be put into its coding again, and went out without one. */
  "encoding.failed": { telemetry: Telemetry; coding: string; reason: string };
  /**
   * Once per scrape that policies or limits looked at. `target`: a path of the configuration, or
   * "default".
   */
  "scrape.completed": {
    target: string;
    outcome: ScrapeOutcome;
    lines: number;
    samples: number;
    dropped: number;
    /** Decoded bytes before policies, and after them. */
    bytesIn: number;
    bytesOut: number;
    durationMs: number;
  };
  /**
   * The scraper's connection was aborted, so that it takes no part of an exposition for the whole.
   */
  "scrape.cut_off": {
    target: string;
    /** The limit that was reached, or what happened to the exporter's response. */
    reason: string;
    /** The limit; 0 when it was none. */
    bytesMax: number;
  };
  /** Forwarded without being judged: a whole body (records 0) or that many records. */
  fail_open: { telemetry: Telemetry; reason: FailOpenReason; records: number; detail: string };
  /** Values replaced whole, or removed: redacting, or finding out whether to, took too much. */
  "redaction.closed": { telemetry: Telemetry; values: number };
  /** Once per answer, when its end has come, or will not come. */
  "upstream.completed": { upstream: string; status: number; durationMs: number };
  "upstream.failed": {
    upstream: string;
    phase: "connect" | "first_byte" | "idle" | "send" | "receive";
    reason: string;
    retried: boolean;
  };
  /**
   * An upstream does not know the path that telemetry was sent to; once for each. `url` is without
   * secrets.
   */
  "upstream.path_unknown": { upstream: string; url: string; status: number; cure: string };
  /** A failed request is a file in `failure_capture.dir`; `bytes` is the file's size. */
  "failure_capture.written": { bytes: number };
  /** It is none, for a reason of FAILURE_LOSS_REASONS of labels.ts. */
  "failure_capture.dropped": { reason: string; detail: string };
  "policies.replaced": {
    version: number;
    counts: Record<Signal, number>;
    durationMs: number;
    /** Policies that are inert because of errors. */
    invalid?: number;
  };
  /**
   * Some providers gave no policies in time; told again and again until they do. `reasons`: of
   * each, why its last look gave none.
   */
  "policies.missing": {
    providers: readonly string[];
    reasons: readonly string[];
    effect: string;
    cure: string;
  };
  /** The first policies of every provider are in force. `late`: after `ready_timeout_ms`. */
  "policies.complete": { late: boolean };
  /** The engine could not take a new set; the one in force stays. */
  "policies.replace_failed": { reason: string; keepingVersion: number };
  "policy.invalid": { provider: string; policy: string; errors: readonly string[] };
  /** The policy works, but not all that it asks for: extensions without a handler. */
  "policy.warned": { provider: string; policy: string; warnings: readonly string[] };
  /** A configured provider, before it is asked for the first time. `source` is without secrets. */
  "provider.added": { provider: string; kind: string; source: string };
  "provider.loaded": { provider: string; policies: number; hash: string };
  /** The provider answered and had nothing new. */
  "provider.unchanged": { provider: string; hash: string };
  "provider.failed": { provider: string; reason: string; keeping: number };
  /**
   * The copy of the last good response could not be written or used; policies are not concerned.
   */
  "provider.cache_failed": { provider: string; reason: string };
  /** What budgets have spent could not be read at the start, or written. */
  "budgets.state_failed": { path: string; reason: string; effect: string };
  /** A handler of an extension threw; the record went its way all the same. */
  "extension.failed": { policy: string; extension: string; reason: string };
  /** Records that an extension was to have and did not get, or could not keep. */
  "extension.records_lost": { extension: string; reason: ExtensionLossReason; records: number };
  /** Objects of s3-dump that have waited long enough, or all, were sealed to be sent. */
  "dump.flushed": { isForced: boolean };
  /** An object has arrived; `bytes` as they were sent. */
  "dump.uploaded": { target: string; records: number; bytes: number };
  /** One could not be sent, and is sent again after a pause. */
  "dump.failed": { target: string; reason: string; pauseMs: number };
  /** Records were written to the spool. */
  "dump.spooled": { records: number; bytes: number };
  /** The spool cannot be written to or read. */
  "dump.spool_failed": { path: string; reason: string; cure: string };
  /** What an earlier process left in the spool is sent now. */
  "dump.recovered": { objects: number; bytes: number };
  /** What waits to arrive. */
  "dump.backlog": { memoryBytes: number; spoolBytes: number };
  /** A target that a control plane describes cannot be used. */
  "dump.target_refused": { provider: string; target: string; reason: string };
  /** A variable of the Lambda extension that is wrong; its default holds. */
  "lambda.setting_ignored": { problem: string };
  /** Lambda knows the extension, which listens already. */
  "lambda.registered": { name: string };
  "lambda.invoked": { requestId: string };
  "lambda.shutdown": { reason: string };
  /** The Extensions API failed, and is asked again after a pause. */
  "lambda.api_failed": { reason: string; pauseMs: number };
  /** A piece of the program's own work; `startMs` is Unix time. Only made when somebody looks. */
  "span.ended": {
    span: "request" | "decode" | "evaluate" | "upstream";
    traceId: string;
    spanId: string;
    parentSpanId?: string;
    /** Whether it is exported. */
    sampled: boolean;
    startMs: number;
    durationMs: number;
    /** What went wrong. */
    failure?: string;
    attributes: Readonly<Record<string, string | number | boolean>>;
  };
  "spans.exported": { spans: number };
  /** The program's own metrics could not be sent; the next export has them. */
  "self_metrics.failed": { reason: string };
  /** Spans that could not be kept or sent; requests are not concerned. */
  "spans.lost": { spans: number; reason: string };
  /** A file is followed from there on. */
  "tail.file_opened": { path: string; offset: number };
  /** It was read to its end, and is followed no more. */
  "tail.file_closed": { path: string; offset: number };
  /** Another file stands at the path; the one before is read to its end. */
  "tail.file_rotated": { path: string };
  /** The file was truncated or written anew; it is read from its beginning. */
  "tail.file_truncated": { path: string };
  /** What was there and was destroyed before it was read. */
  "tail.bytes_unread": { path: string; bytes: number };
  /** It cannot be read; it is looked at again and again. */
  "tail.file_troubled": { path: string; reason: string };
  "tail.file_skipped": { path: string; reason: string };
  "tail.file_wide": { path: string; cure: string };
  "tail.file_recovered": { path: string };
  /** A folder, and what is below it, could not be looked through for files. */
  "tail.folder_troubled": { folder: string; reason: string };
  /** The system does not tell of changes in a folder; it is polled. */
  "tail.folder_unwatched": { folder: string; reason: string; cure: string };
  /** The positions of earlier runs. Torn bytes are what a crash leaves, corrupt ones are not. */
  "tail.state_loaded": { folder: string; files: number; tornBytes: number };
  "tail.state_corrupt": { folder: string; files: number; corruptBytes: number; effect: string };
  /** Positions cannot be written; nothing else is concerned until the next start. */
  "tail.state_unlocked": { folder: string; effect: string };
  "tail.state_failed": { folder: string; reason: string };
  "tail.state_recovered": { folder: string };
  /** The output takes nothing at present, so that nothing is read. */
  "tail.output_troubled": { output: string; reason: string };
  "tail.output_recovered": { output: string };
  /** Lines that the output refused for good. */
  "tail.lines_lost": { path: string; lines: number; bytes: number; reason: string };
  /** Lines passed without being judged: a fault of the program itself. */
  "tail.judge_failed": { path: string; reason: string };
  /** Taps, and payloads on own pages, were switched; `seconds`: for so long. */
  "admin.switched": { taps: boolean; payloads: boolean; seconds?: number };
  /** Somebody looks at passing records. */
  "tap.opened": { stage: "pre" | "post"; recordsMax: number; secondsMax: number };
  "tap.closed": {
    stage: "pre" | "post";
    shown: number;
    /** Records that its reader was too slow for. */
    lost: number;
    reason: string;
  };
}

/** Names of events. */
export type EventName = keyof Events;
