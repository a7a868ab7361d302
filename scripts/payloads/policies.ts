// Sets of policies. The first ten (live) cover every record that is made to match; all others
// (cold) never match. So with ten or more that drop, exactly the matching records are dropped.

import { coldLog, coldMetric, coldTrace } from "./cold-policies.ts";
import {
  type Matcher,
  metricLive,
  RAW_LOGS,
  type Spelling,
  structuredLogs,
  TRACE_LIVE,
} from "./live-policies.ts";
import type { Made } from "./otlp.ts";

type Signal = "log" | "metric" | "trace";

export interface PoliciesOptions {
  readonly count: number;
  /** A third of each when mixed. */
  readonly signal: Signal | "mixed";
  readonly flavor: "otlp" | "datadog" | "raw" | "prometheus";
  /** Every match is dropped; or some are sampled, limited or edited. */
  readonly keep: "none" | "mixed";
  /** As they are, or every matcher written as a regex. */
  readonly matchers: "native" | "regex";
  /** How many can match. */
  readonly live: number;
}

const esc = (s: unknown): string =>
  String(s).replace(/[.*+?^${}()|[\]\\/"]/g, (c) => (c === "/" || c === '"' ? c : `\\${c}`));
function asRegex(m: Matcher): Matcher {
  const {
    exact,
    contains,
    starts_with: sw,
    ends_with: ew,
    exists,
    case_insensitive: ci,
    regex: _,
    ...rest
  } = m;
  const flag = ci === true ? "(?i)" : "";
  if (exact !== undefined) return { ...rest, regex: `${flag}^${esc(exact)}$` };
  if (contains !== undefined) return { ...rest, regex: `${flag}${esc(contains)}` };
  if (sw !== undefined) return { ...rest, regex: `${flag}^${esc(sw)}` };
  if (ew !== undefined) return { ...rest, regex: `${flag}${esc(ew)}$` };
  if (exists === true && !("span_kind" in rest) && !("span_status" in rest))
    return { ...rest, regex: ".+" };
  return m;
}
const LOG_KEEP_MIXED: readonly object[] = [
  { keep: "none" },
  { keep: "none" },
  { keep: "10%" },
  { keep: "none" },
  { keep: "100/s" },
  { keep: "all", transform: { redact: [{ log_attribute: "user_id", replacement: "[REDACTED]" }] } },
  { keep: "none" },
  { keep: "50%" },
  {
    keep: "all",
    transform: {
      remove: [{ log_attribute: "request_id" }],
      add: [{ log_attribute: "policy_hit", value: "true", upsert: true }],
    },
  },
  {
    keep: "all",
    transform: { rename: [{ from_log_attribute: "http_method", to: "method", upsert: true }] },
  },
];
export function policies({ count, signal, flavor, keep, matchers, live }: PoliciesOptions): Made {
  const svc: Matcher =
    flavor === "otlp" ? { resource_attribute: "service.name" } : { log_attribute: "service" };
  const sev = (s: string): string => (flavor === "otlp" ? s : s.toLowerCase());
  const spelling: Spelling = { service: svc, severity: sev };
  const raw = flavor === "raw";
  const sep = flavor === "prometheus" ? "_" : ".";
  const liveOf = {
    log: raw ? RAW_LOGS : structuredLogs(spelling),
    metric: metricLive(sep),
    trace: TRACE_LIVE,
  };
  const coldOf = {
    log: (i: number) => coldLog(i, spelling, raw),
    metric: (i: number) => coldMetric(i, sep),
    trace: coldTrace,
  };
  const signals: readonly Signal[] = signal === "mixed" ? ["log", "metric", "trace"] : [signal];
  const seen = { log: 0, metric: 0, trace: 0 };
  const fix = (ms: readonly Matcher[]): readonly Matcher[] =>
    matchers === "regex" ? ms.map(asRegex) : ms;
  const list: { id: string }[] = [];
  for (let i = 0; i < count; i++) {
    const s = signals[i % signals.length] ?? "log";
    const n = seen[s]++;
    const isLive = n < Math.min(live, liveOf[s].length);
    const match = fix((isLive ? liveOf[s][n] : undefined) ?? coldOf[s](n));
    const body: Record<string, unknown> = { match };
    if (s === "log")
      Object.assign(
        body,
        keep === "mixed" ? LOG_KEEP_MIXED[n % LOG_KEEP_MIXED.length] : { keep: "none" },
      );
    else if (s === "metric") body["keep"] = false;
    else body["keep"] = { percentage: keep === "mixed" ? [0, 10, 50, 100][n % 4] : 0 };
    const one = {
      id: `${isLive ? "live" : "cold"}-${s}-${String(n).padStart(5, "0")}`,
      name: `${isLive ? "Live" : "Cold"} ${s} policy ${n}`,
      [s]: body,
    };
    list.push(one);
  }
  return {
    body: Buffer.from(
      `{"policies":[\n${list.map((p) => JSON.stringify(p)).join(",\n")}\n]}\n`,
      "utf8",
    ),
    records: count,
    matching: list.filter((p) => p.id.startsWith("live")).length,
  };
}
