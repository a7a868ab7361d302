// Every key of the configuration file: its kind, its default, what it is for. The reference page,
// the JSON Schema, the environment variables and the error messages are all derived from this
// table.

import { z } from "zod";
import { RECORD_MS_MAX_DEFAULT } from "../core/limits.ts";
import { budgets } from "./budgets/schema.ts";
import {
  flag,
  httpUrl,
  integer,
  list,
  listenAddressFault,
  milliseconds,
  oneOf,
  optional,
  text,
  upstreamUrl,
  withDefault,
} from "./leaf.ts";
import {
  admin,
  analysis,
  cors,
  cost,
  failureCapture,
  grpc,
  prometheus,
  service,
  sharedLimits,
  shadowPolicies,
  tls,
  upstreamTimeouts,
  upstreamTls,
} from "./schema-groups.ts";
import { providerSchema } from "./schema-providers.ts";
import { s3Dump } from "./schema-s3-dump.ts";
import { upstreamHeaderSchema } from "./upstream-headers/schema.ts";

const MIB = 1024 * 1024;

export const configSchema = z.strictObject({
  $schema: optional(
    text({ allowed: "text", about: "Address of the JSON Schema, for editors. Not read." }),
  ),
  listen_address: withDefault(
    text({
      allowed: "an IPv4 or IPv6 address, a host name, or unix:/absolute/path",
      about: "Where to listen. With `unix:` the port is not used.",
      check: listenAddressFault,
    }),
    "127.0.0.1",
  ),
  listen_port: withDefault(
    integer({
      min: 0,
      max: 65_535,
      about: "The port to listen on; 0 lets the system choose one, which is logged.",
    }),
    8080,
  ),
  grpc,
  tls,
  upstream_url: withDefault(
    upstreamUrl(
      "Where telemetry and all other requests go: a base URL, to which the path of the request is added, or a URL that ends in the path of the telemetry itself, such as `/v1/logs`, which is used as it is. `stdout:` prints telemetry, one record a line, and answers as a backend would.",
    ),
    "http://127.0.0.1:80",
  ),
  logs_url: optional(
    upstreamUrl(
      "Where logs go, of all protocols: a base URL, or the whole one, which ends in the path that a protocol has for them, such as `/v1/logs` or `/api/v2/logs`. Left out: `upstream_url`.",
    ),
  ),
  metrics_url: optional(
    upstreamUrl(
      "Where metrics go, of all protocols: a base URL, or the whole one, which ends in the path that a protocol has for them, such as `/v1/metrics` or `/api/v2/series`. Left out: `upstream_url`.",
    ),
  ),
  traces_url: optional(
    upstreamUrl(
      "Where traces go: a base URL, or the whole one, which ends in `/v1/traces`. Left out: `upstream_url`.",
    ),
  ),
  upstream_timeouts: upstreamTimeouts,
  upstream_tls: upstreamTls,
  upstream_headers: list(
    upstreamHeaderSchema,
    "a list of objects with name, action, value or value_file, and upstreams",
    "Headers that requests to upstreams are sent with or without, whatever the client sent: keys of an API, a tenant. One after the other, in this order; for HTTP and gRPC.",
  ),
  log_level: withDefault(
    oneOf(
      ["trace", "debug", "info", "warn", "err"],
      "The least important events that are logged.",
      ["warning", "error"],
    ),
    "info",
  ),
  log_format: withDefault(
    oneOf(["text", "json"], "One event a line, as key=value pairs or as JSON."),
    "text",
  ),
  max_body_size: withDefault(
    integer({
      min: 1,
      max: 1024 * MIB,
      unit: "bytes",
      about:
        "Largest request body as received. A larger one is refused with 413; nothing is forwarded.",
    }),
    20 * MIB,
  ),
  max_decoded_bytes: withDefault(
    integer({
      min: 1,
      max: 1024 * MIB,
      unit: "bytes",
      about:
        "Largest request body after decompression. A larger one is forwarded as received, without policies, and counted as `decoded_too_large`.",
    }),
    64 * MIB,
  ),
  max_connections: withDefault(
    integer({
      min: 1,
      max: 65_534,
      unit: "requests",
      about:
        "Most requests in flight, over all workers. One more waits for room as long as it may take to connect to an upstream (`upstream_timeouts.connect_ms`), and is refused with 503 then. Bodies that are sent on while they come hold three quarters of it at most. The program's own pages and taps count for nothing.",
    }),
    256,
  ),
  record_time_max_ms: withDefault(
    milliseconds(
      "How long matching and redacting one record may take, all policies together; other requests of the thread wait meanwhile. What is not decided then fails open, counted as `too_costly`: the record stays. What may have to be redacted is replaced whole, what may have to be removed is.",
    ),
    RECORD_MS_MAX_DEFAULT,
  ),
  max_inflight_bytes: optional(
    integer({
      min: 1,
      max: 1024 * 1024 * MIB,
      unit: "bytes",
      about:
        "Most bytes of request bodies that are held at once, as received and decoded; workers have equal parts of it. A request that would exceed it waits for room as one of too many does. Bodies above 256 KiB hold seven eighths of it at most, so that small ones do not wait for large ones. One request at a time may exceed it, by what it holds itself, so that there is always one that can go on. Default: 128 MiB, and at most a quarter of the memory of the container or machine.",
    }),
  ),
  worker_count: optional(
    integer({
      min: 1,
      max: 256,
      unit: "workers",
      about:
        "Threads that serve requests; each has its own copy of the policies. Without it there are as many as the CPU quota of the container allows, rounded up, or without a quota as many as there are cores, 4 at the most; on other systems than Linux, and on a unix socket, there is one.",
    }),
  ),
  thread_pool_count: optional(
    integer({
      min: 0,
      max: 65_535,
      about: "Accepted so that existing files load. It has no effect, and a warning says so.",
    }),
  ),
  header_timeout_ms: withDefault(
    milliseconds(
      "How long a client may take to send the head of a request: the first one from the moment when its connection is open, later ones from their first byte. After it the connection is closed.",
    ),
    10_000,
  ),
  serve_pipelined: optional(
    flag("Accepted so that existing files load. It has no effect, and a warning says so."),
  ),
  ready_timeout_ms: withDefault(
    milliseconds(
      "How long the first policies of the providers are waited for, by `/_ready` and by telemetry. After it telemetry passes without them, unless `before_policies` refuses it, and the instance is ready with what it has if only control planes are missing; a policy file that is missing or broken keeps it from being ready, unless `before_policies` is `pass`.",
      0,
    ),
    10_000,
  ),
  before_policies: withDefault(
    oneOf(
      ["wait", "pass", "refuse"],
      "What becomes of telemetry as long as the first policies of some provider are not in force. `wait`: its requests wait, for `ready_timeout_ms` after the start at most, and then pass, counted as `policies_not_ready`. `pass`: they pass at once, counted likewise. `refuse`: they are answered 503 with `Retry-After`, however long it takes.",
    ),
    "wait",
  ),
  shutdown_timeout_ms: withDefault(
    milliseconds(
      "How long stopping may take in all, after SIGTERM or SIGINT: requests in flight are finished, then counts go to the control plane and spans to their backend. The last second, at most a quarter of it, is kept for the latter: requests that are not answered by then are cut.",
      0,
    ),
    5000,
  ),
  tap_enabled: withDefault(
    flag("Serves `/_edge/tap/pre` and `/_edge/tap/post`, which show passing records."),
    false,
  ),
  cors,
  admin,
  prometheus,
  shared_limits: sharedLimits,
  workspace_id: optional(
    text({ allowed: "text", about: "Sent to the control plane as the label `workspace.id`." }),
  ),
  service,
  policy_providers: list(
    providerSchema,
    "a list of objects, each with a type and a path or url",
    "Where policies come from. When two providers have a policy of the same id, the first in this list wins.",
  ),
  shadow_policies: shadowPolicies,
  budgets,
  budgets_state_path: optional(
    text({
      allowed: "the path of a file",
      about:
        "Keeps in this file what budgets have spent of their day, so that a restart goes on from there; each instance needs one of its own. Left out: a start in the middle of a day has the part of the day that is left.",
    }),
  ),
  s3_dump: s3Dump,
  cost,
  analysis,
  failure_capture: failureCapture,
  otlp_self_metrics_url: optional(
    httpUrl(
      "Where the program's own metrics go each minute, as OTLP over HTTP in JSON: all of [metrics](metrics.md), and the two that OpenTelemetry's draft of policies names by its names. Left out: nowhere.",
    ),
  ),
  otlp_self_traces_url: optional(
    httpUrl("Where spans about the program's own work go, as OTLP over HTTP. Left out: nowhere."),
  ),
});

/** The file's content after validation, still in the words of the file. */
export type ConfigFile = z.output<typeof configSchema>;
export type ProviderEntry = ConfigFile["policy_providers"][number];
