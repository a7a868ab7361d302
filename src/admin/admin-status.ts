// The page /_edge/status: which build is running, since when and in how many threads; which
// policies are in force, and how each provider's last check went; where telemetry goes, and which
// limits apply. It shows no secrets: URLs lose their userinfo and query.

import {
  type Environment,
  type ProxyConfig,
  secretsOf,
  unverifiedUrls,
  type UpstreamTarget,
} from "../config/index.ts";
import { redactUrl } from "../core/redact.ts";
import type { LocalPage } from "../pipeline/local-pages.ts";
import type { BuildInfo } from "../o11y/index.ts";
import type { RegistryStatus } from "../providers/index.ts";
import { EXPLAIN_BODY_BYTES_MAX, EXPLAIN_RECORDS_MAX } from "../core/limits.ts";
import type { Switches } from "./switches.ts";
import { jsonResponse, page, textResponse, withoutSecrets } from "./admin-page.ts";
import { parseEnum, rejectUnknownParams } from "./admin-query.ts";

export interface StatusDeps {
  readonly config: ProxyConfig;
  readonly build: BuildInfo;
  readonly registry: { status(): RegistryStatus };
  readonly ready: () => boolean;
  /** Threads that serve at the moment; 1 is the main thread itself, or one worker that is left. */
  readonly threads: () => number;
  /** Open taps, and how many there may be; 0 when taps are off. */
  readonly taps: () => { readonly open: number; readonly max: number };
  readonly switches: Switches;
  /** Default: the process's. */
  readonly env?: Environment;
  /** Wall clock in milliseconds. Default: the real one. */
  readonly nowMs?: () => number;
}

const FORMATS = ["text", "json"] as const;

/** Lines of names and values, or a JSON document with `?format=json`. */
export function statusPage(deps: StatusDeps): LocalPage {
  const { nowMs = Date.now } = deps;
  const startedMs = nowMs();
  const secrets = secretsOf(deps.config);
  return page("/_edge/status", (_request, query) => {
    rejectUnknownParams(query, ["format"]);
    const format = parseEnum("format", query.get("format") ?? "text", FORMATS);
    const shown = withoutSecrets(statusDocument(deps, startedMs, nowMs()), secrets);
    return format === "json" ? jsonResponse(shown) : textResponse(statusLines("", shown));
  });
}

function statusDocument(deps: StatusDeps, startedMs: number, nowMs: number): unknown {
  const { config, build, ready } = deps;
  const status = deps.registry.status();
  const { version, counts, policies, invalid, modes, missing, providers } = status;
  const { open } = deps.taps();
  return {
    build: {
      ...build,
      runtime: `bun ${Bun.version}`,
      platform: `${process.platform}-${process.arch}`,
    },
    started: isoTime(startedMs),
    uptime_seconds: Math.floor((nowMs - startedMs) / 1000),
    ready: ready(),
    threads: deps.threads(),
    // Until every provider has given its first policies, `before_policies` applies.
    policies: { version, ...counts, total: policies, invalid, ...modes, ...missingOf(missing) },
    before_policies: config.beforePolicies,
    providers: providers.map(providerDocument),
    upstreams: upstreamsOf(config),
    ...unverifiedOf(deps),
    taps_open: open,
    switches: deps.switches.state,
    limits: limitsOf(deps),
  };
}

function missingOf(missing: readonly string[]) {
  return { missing_providers: missing };
}

/** Providers as the registry knows them; times in words. */
export function providerDocument(
  provider: RegistryStatus["providers"][number],
): Record<string, unknown> {
  const { id, kind, source, policies, hash, answered, lastError } = provider;
  const { lastLoadedMs, lastSuccessMs, lastErrorMs } = provider;
  return {
    id,
    kind,
    source,
    policies,
    hash,
    answered,
    last_loaded: isoTime(lastLoadedMs),
    last_success: isoTime(lastSuccessMs),
    // What keeps a newer set out; null when the last look went well.
    last_error: lastError ?? null,
    last_error_at: isoTime(lastErrorMs),
  };
}

function upstreamsOf(config: ProxyConfig): unknown {
  const { upstreams, prometheus, otlpSelfMetricsUrl, otlpSelfTracesUrl } = config;
  const urlOf = (target: UpstreamTarget): string =>
    target.kind === "stdout" ? "stdout:" : redactUrl(target.url);
  const targets = [...prometheus.targets].map(([path, url]) => [path, redactUrl(url)]);
  return {
    default: urlOf(upstreams.default),
    logs: urlOf(upstreams.logs),
    metrics: urlOf(upstreams.metrics),
    traces: urlOf(upstreams.traces),
    prometheus: urlOf(prometheus.upstream),
    prometheus_targets: Object.fromEntries(targets),
    self_metrics: otlpSelfMetricsUrl === undefined ? null : redactUrl(otlpSelfMetricsUrl),
    self_traces: otlpSelfTracesUrl === undefined ? null : redactUrl(otlpSelfTracesUrl),
  };
}

/** Hosts whose certificates are not checked, if any: NODE_TLS_REJECT_UNAUTHORIZED is 0. */
function unverifiedOf({ config, env = process.env }: StatusDeps): Record<string, unknown> {
  const urls = unverifiedUrls(config, env);
  return urls.length === 0 ? {} : { tls_unverified: urls };
}

/** By the keys of the configuration where there are any. */
function limitsOf({ config, taps, switches }: StatusDeps): Record<string, number> {
  const { upstreamTimeouts: timeouts, prometheus } = config;
  return {
    max_body_size: config.bodyBytesMax,
    max_decoded_bytes: config.decodedBytesMax,
    max_connections: config.connectionsMax,
    record_time_max_ms: config.recordMsMax,
    max_inflight_bytes: config.inflightBytesMax,
    header_timeout_ms: config.headerTimeoutMs,
    ready_timeout_ms: config.readyTimeoutMs,
    shutdown_timeout_ms: config.shutdownTimeoutMs,
    "upstream_timeouts.connect_ms": timeouts.connectMs,
    "upstream_timeouts.first_byte_ms": timeouts.firstByteMs,
    "upstream_timeouts.idle_ms": timeouts.idleMs,
    "prometheus.max_input_bytes_per_scrape": prometheus.inputBytesPerScrapeMax,
    "prometheus.max_output_bytes_per_scrape": prometheus.outputBytesPerScrapeMax,
    taps: taps().max,
    explain_body_bytes: switches.state.payloads ? EXPLAIN_BODY_BYTES_MAX : 0,
    explain_records: switches.state.payloads ? EXPLAIN_RECORDS_MAX : 0,
  };
}

function isoTime(unixMs: number | undefined): string | null {
  return unixMs === undefined ? null : new Date(unixMs).toISOString();
}

/** One line for each value: `providers.0.last_error="…"`. */
function statusLines(prefix: string, value: unknown): string {
  if (typeof value !== "object" || value === null) return `${prefix}=${JSON.stringify(value)}\n`;
  return Object.entries(value)
    .map(([key, one]) => statusLines(prefix === "" ? key : `${prefix}.${key}`, one))
    .join("");
}
