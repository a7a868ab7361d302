// Says in words whether Edge is healthy: what is wrong now, and what has gone wrong since the
// start, the worst first. Pure.

import { countText } from "../../cli/terminal/amounts.ts";
import { type MetricSamples, type Sample, sumOf } from "./metrics-text.ts";
import type { StatusPage } from "./pages.ts";

/**
 * `bad`: telemetry is lost, or nothing is served; `warn`: policies are not all in force; `unknown`:
 * it was counted, and a second look will tell whether it goes on; `past`: it does not.
 */
export type Severity = "bad" | "warn" | "unknown" | "past";

export interface Trouble {
  readonly severity: Severity;
  readonly what: string;
  readonly why: string;
  /** The view that shows more. */
  readonly link?: string;
}

export interface Look {
  readonly atMs: number;
  readonly status: StatusPage;
  readonly metrics: MetricSamples;
}

interface Watched {
  readonly name: string;
  /** The label that says why. */
  readonly by?: string;
  readonly severity: "bad" | "warn";
  readonly what: string;
}

/** Counters that are zero when all is well. */
export const WATCHED: readonly Watched[] = [
  { name: "edge_lost_total", by: "reason", severity: "bad", what: "lost on the way upstream" },
  {
    name: "edge_request_errors_total",
    by: "class",
    severity: "bad",
    what: "requests that failed inside Edge",
  },
  {
    name: "edge_requests_without_room_total",
    by: "limit",
    severity: "bad",
    what: "requests refused for want of room",
  },
  {
    name: "edge_upstream_errors_total",
    by: "phase",
    severity: "bad",
    what: "requests that did not reach the upstream",
  },
  {
    name: "edge_fail_open_total",
    by: "reason",
    severity: "warn",
    what: "passed on unjudged",
  },
  {
    name: "edge_provider_failures_total",
    by: "provider",
    severity: "warn",
    what: "failed looks for policies",
  },
  {
    name: "edge_policies_reload_failures_total",
    severity: "warn",
    what: "sets of policies that could not be put in force",
  },
  {
    name: "edge_worker_failures_total",
    severity: "bad",
    what: "worker threads that failed",
  },
];

const ORDER: readonly Severity[] = ["bad", "warn", "unknown", "past"];

/** `before`: a look some time ago, to tell what goes on from what is over. */
export function troublesOf(now: Look, before: Look | undefined): readonly Trouble[] {
  const found = [
    ...statusTroubles(now.status),
    ...WATCHED.flatMap((watched) => counterTrouble(watched, now, before) ?? []),
    ...responseTrouble(now, before),
  ];
  return found.sort((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity));
}

function statusTroubles({ ready, policies, providers }: StatusPage): readonly Trouble[] {
  const troubles: Trouble[] = [];
  const missing = policies.missing_providers;
  if (!ready) {
    const waits =
      missing.length === 0 ? "it starts or stops" : `no policies of ${missing.join(", ")}`;
    troubles.push({ severity: "bad", what: "Edge is not ready", why: waits });
  } else if (missing.length > 0) {
    const what = `No policies of ${missing.join(", ")} are in force`;
    troubles.push({ severity: "warn", what, why: "nothing was read from there yet" });
  }
  for (const { id, last_error: why } of providers) {
    if (why === null) continue;
    const what = `Provider ${id} gives no news; its last good policies stay in force`;
    troubles.push({ severity: "warn", what, why });
  }
  if (policies.invalid > 0) {
    const { invalid } = policies;
    const [what, why] =
      invalid === 1
        ? ["1 policy has errors", "it does nothing until it is corrected:"]
        : [`${countText(invalid)} policies have errors`, "they do nothing until corrected:"];
    troubles.push({ severity: "warn", what, why, link: "#/policies" });
  }
  return troubles;
}

function counterTrouble(
  { name, by, severity, what }: Watched,
  now: Look,
  before: Look | undefined,
): Trouble | undefined {
  const total = sumOf(now.metrics, name);
  if (total === 0) return undefined;
  const recent = total - (before === undefined ? 0 : sumOf(before.metrics, name));
  const reasons = reasonsOf(now.metrics.get(name) ?? [], by);
  return {
    what: `${countText(total)} ${what}`,
    ...goingOn(severity, recent, now, before, reasons),
  };
}

/** What upstreams say no with. */
function responseTrouble(now: Look, before: Look | undefined): readonly Trouble[] {
  const name = "edge_upstream_responses_total";
  const isBad = ({ status_class: status }: Sample["labels"]): boolean =>
    status === "s4xx" || status === "s5xx";
  const total = sumOf(now.metrics, name, isBad);
  if (total === 0) return [];
  const recent = total - (before === undefined ? 0 : sumOf(before.metrics, name, isBad));
  const samples = (now.metrics.get(name) ?? []).filter(({ labels }) => isBad(labels));
  const reasons = reasonsOf(samples, "status_class");
  const what = `${countText(total)} requests that upstreams refused`;
  return [{ what, ...goingOn("bad", recent, now, before, reasons) }];
}

/** Whether a counter grew between two looks; `recent`: by how much. */
function goingOn(
  severity: "bad" | "warn",
  recent: number,
  now: Look,
  before: Look | undefined,
  reasons: string,
): Pick<Trouble, "severity" | "why"> {
  const why = (when: string): string => [when, reasons].filter((text) => text !== "").join("; ");
  if (before === undefined) return { severity: "unknown", why: why("since the start") };
  const seconds = Math.max(1, Math.round((now.atMs - before.atMs) / 1000));
  return recent > 0
    ? { severity, why: why(`${countText(recent)} in the last ${seconds} s`) }
    : { severity: "past", why: why(`none in the last ${seconds} s`) };
}

function reasonsOf(samples: readonly Sample[], by: string | undefined): string {
  if (by === undefined) return "";
  const sums = new Map<string, number>();
  for (const { labels, value } of samples) {
    const reason = labels[by];
    if (reason === undefined || value === 0) continue;
    sums.set(reason, (sums.get(reason) ?? 0) + value);
  }
  return [...sums]
    .sort(([, a], [, b]) => b - a)
    .map(([reason, count]) => `${reason.replace(/^s(?=\dxx$)/, "")}: ${countText(count)}`)
    .join(", ");
}
