// Turns the file's keys into ProxyConfig: checks what must hold between keys, fills in keys that
// default to other keys, and makes paths absolute. Every single value is valid already.

import { resolve } from "node:path";
import {
  INFLIGHT_BYTES_DEFAULT,
  INFLIGHT_MEMORY_SHARE,
  WAITING_BODIES_BYTES_MAX,
} from "../core/limits.ts";
import { canonicalPath, withoutTrailingSlash } from "../core/paths.ts";
import { redactUrl } from "../core/redact.ts";
import { budgetProblems, budgetsOf } from "./budgets/resolve.ts";
import type { Problem } from "./draft.ts";
import { quote } from "./draft.ts";
import type { KeyPath } from "./keys.ts";
import { splitListenPair, unbracket } from "./leaf.ts";
import type {
  AnalysisConfig,
  FailureCaptureConfig,
  BeforePolicies,
  CorsConfig,
  CostConfig,
  ListenTarget,
  LogLevel,
  ProxyConfig,
  SharedLimitsConfig,
  SignalCost,
  UpstreamTarget,
  UpstreamTls,
} from "./model.ts";
import type { Signal } from "../policy/index.ts";
import { leadsTo, type Machine } from "./own-address.ts";
import { providerOf, providerProblems } from "./providers.ts";
import { s3DumpOf, s3DumpProblems } from "./resolve-s3-dump.ts";
import type { ConfigFile } from "./schema.ts";
import { upstreamHeaderProblems, upstreamHeadersOf } from "./upstream-headers/index.ts";

export interface ResolveContext {
  /** Absolute; relative paths of the file begin here. */
  readonly folder: string;
  /** Used when `service.instance_id` is not set. */
  readonly instanceId: string;
  /** That the process may use. */
  readonly memoryBytes: number;
}

/** What does not hold between keys. */
export function configProblems(file: ConfigFile, machine: Machine): readonly Problem[] {
  return [
    ...providerProblems(file.policy_providers),
    ...tlsProblems(file),
    ...upstreamHeaderProblems(file.upstream_headers),
    ...targetProblems(file),
    ...adminProblems(file),
    ...grpcProblems(file),
    ...s3DumpProblems(file.s3_dump),
    ...budgetProblems(file.budgets),
    ...ownAddressProblems(file, machine),
  ];
}

function memoryShare({ memoryBytes }: ResolveContext): number {
  return Math.floor(memoryBytes * INFLIGHT_MEMORY_SHARE);
}

/** The settings of a file without problems. */
export function buildConfig(file: ConfigFile, context: ResolveContext): ProxyConfig {
  const fallback = upstream(file.upstream_url);
  const metrics = file.metrics_url === undefined ? fallback : upstream(file.metrics_url);
  const { prometheus, admin, tls } = file;
  const timeouts = file.upstream_timeouts;
  return {
    listen: listenOf(file),
    grpc: grpcOf(file),
    tls: tls && {
      certFile: resolve(context.folder, tls.cert_file),
      keyFile: resolve(context.folder, tls.key_file),
      clientCaFile: tls.client_ca_file && resolve(context.folder, tls.client_ca_file),
    },
    upstreams: {
      default: fallback,
      logs: file.logs_url === undefined ? fallback : upstream(file.logs_url),
      metrics,
      traces: file.traces_url === undefined ? fallback : upstream(file.traces_url),
    },
    upstreamTimeouts: {
      connectMs: timeouts.connect_ms,
      firstByteMs: timeouts.first_byte_ms,
      idleMs: timeouts.idle_ms,
    },
    upstreamTls: upstreamTlsOf(file, context),
    upstreamHeaders: upstreamHeadersOf(file.upstream_headers, context),
    logLevel: logLevelOf(file.log_level),
    logFormat: file.log_format.toLowerCase() === "json" ? "json" : "text",
    bodyBytesMax: file.max_body_size,
    decodedBytesMax: file.max_decoded_bytes,
    connectionsMax: file.max_connections,
    recordMsMax: file.record_time_max_ms,
    shadowPolicies: file.shadow_policies,
    budgets: budgetsOf(file.budgets),
    budgetsStatePath: file.budgets_state_path,
    inflightBytesMax:
      file.max_inflight_bytes ?? Math.min(INFLIGHT_BYTES_DEFAULT, memoryShare(context)),
    waitingBytesMax: Math.min(WAITING_BODIES_BYTES_MAX, memoryShare(context)),
    workerCount: file.worker_count,
    headerTimeoutMs: file.header_timeout_ms,
    readyTimeoutMs: file.ready_timeout_ms,
    beforePolicies: beforePoliciesOf(file.before_policies),
    shutdownTimeoutMs: file.shutdown_timeout_ms,
    tapEnabled: file.tap_enabled,
    cors: corsOf(file),
    admin: {
      listen: admin.listen === undefined ? undefined : listenPair(admin.listen),
      token: admin.token,
      hosts: admin.hosts,
      showPayloads: admin.show_payloads,
      console: admin.console,
      find: admin.find,
    },
    prometheus: {
      upstream: prometheus.url === undefined ? metrics : upstream(prometheus.url),
      targets: new Map(Object.entries(prometheus.targets)),
      inputBytesPerScrapeMax: prometheus.max_input_bytes_per_scrape,
      outputBytesPerScrapeMax: prometheus.max_output_bytes_per_scrape,
    },
    sharedLimits: sharedLimitsOf(file),
    service: serviceOf(file, context),
    providers: file.policy_providers.map((entry, index) => providerOf(entry, index, context)),
    s3Dump: s3DumpOf(file.s3_dump, context),
    cost: costOf(file),
    analysis: analysisOf(file),
    failureCapture: failureCaptureOf(file, context),
    otlpSelfMetricsUrl: file.otlp_self_metrics_url,
    otlpSelfTracesUrl: file.otlp_self_traces_url,
  };
}

function corsOf({ cors }: ConfigFile): CorsConfig {
  const { allowed_origins: allowedOrigins, allowed_headers: allowedHeaders, max_age } = cors;
  return { allowedOrigins, allowedHeaders, maxAgeS: max_age };
}

const SIGNALS = { logs: "log", metrics: "metric", traces: "trace" } as const;

function analysisOf({ analysis }: ConfigFile): AnalysisConfig {
  const { signals, sample, memory_max_bytes: memoryBytesMax } = analysis;
  const asked = new Set(signals.map((name) => name.toLowerCase()));
  const isAsked = ([name]: readonly [string, Signal]): boolean => asked.has(name);
  const known = Object.entries(SIGNALS).filter(isAsked);
  return { signals: known.map(([, signal]) => signal), sample, memoryBytesMax };
}

function failureCaptureOf(
  { failure_capture: { dir = "", max_dumps: dumpsMax } }: ConfigFile,
  { folder }: Pick<ResolveContext, "folder">,
): FailureCaptureConfig | undefined {
  return dir === "" ? undefined : { folder: resolve(folder, dir), dumpsMax };
}

function sharedLimitsOf({ shared_limits: limits }: ConfigFile): SharedLimitsConfig | undefined {
  const { url, key_prefix: keyPrefix, timeout_ms: timeoutMs } = limits;
  return url === undefined ? undefined : { url, keyPrefix, timeoutMs };
}

function costOf({ cost }: ConfigFile): CostConfig | undefined {
  const { currency, logs, metrics, traces } = cost;
  const prices = [cost, logs, metrics, traces].flatMap((of) => [of.per_gb, of.per_million_records]);
  if (prices.every((price) => price === undefined)) return undefined;
  const signalCost = (own: ConfigFile["cost"]["logs"]): SignalCost => ({
    perGb: own.per_gb ?? cost.per_gb ?? 0,
    perMillionRecords: own.per_million_records ?? cost.per_million_records ?? 0,
  });
  return {
    currency,
    log: signalCost(logs),
    metric: signalCost(metrics),
    trace: signalCost(traces),
  };
}

/** Who the program is, as the control plane is told. */
export function serviceOf(
  file: Pick<ConfigFile, "service" | "workspace_id">,
  context: Pick<ResolveContext, "instanceId">,
): ProxyConfig["service"] {
  const { service, workspace_id: workspace } = file;
  const own = workspace === undefined ? [] : [{ key: "workspace.id", value: workspace }];
  return {
    name: service.name,
    namespace: service.namespace,
    version: service.version,
    instanceId: service.instance_id ?? context.instanceId,
    resourceAttributes: service.resource_attributes,
    labels: [...own, ...service.labels],
  };
}

function upstream(url: string): UpstreamTarget {
  if (url === "stdout:") return { kind: "stdout" };
  return { kind: /^grpcs?:/i.test(url) ? "grpc" : "http", url };
}

function listenOf(file: ConfigFile): ListenTarget {
  return targetOf(file.listen_address, file.listen_port);
}

function targetOf(address: string, port: number): ListenTarget {
  if (address.startsWith("unix:")) return { kind: "unix", path: address.slice("unix:".length) };
  return { kind: "tcp", host: unbracket(address), port };
}

/** Undefined: gRPC is not served. */
function grpcOf({ grpc, listen_address }: ConfigFile): ListenTarget | undefined {
  const { listen_address: address = listen_address, listen_port: port } = grpc;
  if (port === undefined) {
    // A socket has no port that could be left out.
    const own = grpc.listen_address;
    return own?.startsWith("unix:") === true ? targetOf(own, 0) : undefined;
  }
  return targetOf(address, port);
}

export function listenPair(value: string): ListenTarget | undefined {
  if (value.startsWith("unix:")) return { kind: "unix", path: value.slice("unix:".length) };
  const pair = splitListenPair(value);
  return pair && { kind: "tcp", host: unbracket(pair.host), port: pair.port };
}

export function logLevelOf(text: string): LogLevel {
  switch (text.toLowerCase()) {
    case "trace":
      return "trace";
    case "debug":
      return "debug";
    case "warn":
    case "warning":
      return "warn";
    case "err":
    case "error":
      return "err";
    default:
      return "info";
  }
}

function beforePoliciesOf(text: string): BeforePolicies {
  switch (text.toLowerCase()) {
    case "pass":
      return "pass";
    case "refuse":
      return "refuse";
    default:
      return "wait";
  }
}

function upstreamTlsOf(file: ConfigFile, context: ResolveContext): UpstreamTls | undefined {
  const own = file.upstream_tls;
  if (own === undefined) return undefined;
  const { ca_file: ca, cert_file: cert, key_file: key } = own;
  if (ca === undefined && cert === undefined) return undefined;
  return {
    caFile: ca && resolve(context.folder, ca),
    clientCertificate:
      cert === undefined || key === undefined
        ? undefined
        : { certFile: resolve(context.folder, cert), keyFile: resolve(context.folder, key) },
  };
}

function tlsProblems(file: ConfigFile): readonly Problem[] {
  const own = file.upstream_tls;
  if (own === undefined || (own.cert_file === undefined) === (own.key_file === undefined))
    return [];
  const [missing, present] =
    own.cert_file === undefined ? ["cert_file", "key_file"] : ["key_file", "cert_file"];
  const path = ["upstream_tls", missing ?? ""];
  return [{ path, at: "value", reason: `is missing; ${present} needs it.` }];
}

function targetProblems(file: ConfigFile): readonly Problem[] {
  const first = new Map<string, string>();
  return Object.keys(file.prometheus.targets).flatMap((path) => {
    const matched = withoutTrailingSlash(canonicalPath(path));
    const same = first.get(matched);
    first.set(matched, same ?? path);
    const reason =
      targetFault(path) ??
      (same === undefined ? undefined : `is the path ${quote(same)} spelled otherwise; keep one.`);
    if (reason === undefined) return [];
    return [{ path: ["prometheus", "targets", path], at: "key" as const, reason }];
  });
}

function targetFault(path: string): string | undefined {
  if (!/^\/[^?#\s]*$/.test(path)) {
    return "is not a request path; allowed: a path that begins with / and has no query.";
  }
  return OWN_PAGE.test(canonicalPath(path))
    ? "is one of the program's own paths, and never a target; choose another."
    : undefined;
}

function adminProblems(file: ConfigFile): readonly Problem[] {
  if (file.admin.listen === undefined) return [];
  const own = listenPair(file.admin.listen);
  if (own === undefined || !overlap(own, listenOf(file))) return [];
  const path = ["admin", "listen"];
  const reason = "overlaps the main listener's address; choose another, or leave it out.";
  return [{ path, at: "value", reason }];
}

function grpcProblems(file: ConfigFile): readonly Problem[] {
  const grpc = grpcOf(file);
  if (grpc === undefined) return [];
  const admin = file.admin.listen === undefined ? undefined : listenPair(file.admin.listen);
  const others = [listenOf(file), ...(admin === undefined ? [] : [admin])];
  if (!others.some((other) => overlap(grpc, other))) return [];
  const path = ["grpc", file.grpc.listen_port === undefined ? "listen_address" : "listen_port"];
  const reason = "is where this program listens for HTTP; choose another.";
  return [{ path, at: "value", reason }];
}

/** URLs that lead back here: each request would come in again, and again. */
function ownAddressProblems(file: ConfigFile, machine: Machine): readonly Problem[] {
  const admin = file.admin.listen === undefined ? undefined : listenPair(file.admin.listen);
  const grpc = grpcOf(file);
  const more = [admin, grpc].filter((target) => target !== undefined);
  const listens = [listenOf(file), ...more];
  const { prometheus } = file;
  const sent = [
    "upstream_url",
    "logs_url",
    "metrics_url",
    "traces_url",
    "otlp_self_metrics_url",
    "otlp_self_traces_url",
  ] as const;
  const urls: (readonly [KeyPath, string | undefined])[] = [
    ...sent.map((key) => [[key], file[key]] as const),
    [["prometheus", "url"], prometheus.url],
    ...Object.entries(prometheus.targets).map(
      ([path, url]) => [["prometheus", "targets", path], url] as const,
    ),
  ];
  return urls.flatMap(([path, text]) => {
    const url = text === undefined ? null : URL.parse(text);
    if (url === null || !listens.some((listen) => leadsTo(url, listen, machine))) return [];
    // Own pages are answered and not sent on: its own metrics may be scraped through policies.
    if (path[0] === "prometheus" && OWN_PAGE.test(canonicalPath(url.pathname))) return [];
    const reason = `${quote(redactUrl(text ?? ""))} is where this program listens itself; name another host or port.`;
    return [{ path, at: "value" as const, reason }];
  });
}

const OWN_PAGE = /^\/_(?:edge|health|ready)(?:\/|$)/;

/** Whether the system would refuse to open both. */
function overlap(one: ListenTarget, other: ListenTarget): boolean {
  if (one.kind === "unix" || other.kind === "unix") return Bun.deepEquals(one, other);
  if (one.port !== other.port || one.port === 0) return false;
  return one.host === other.host || holds(one.host, other.host) || holds(other.host, one.host);
}

/** Whether an address of all interfaces has the other in it; `::` listens on IPv4 as well. */
function holds(all: string, host: string): boolean {
  return all === "::" || (all === "0.0.0.0" && !host.includes(":"));
}
