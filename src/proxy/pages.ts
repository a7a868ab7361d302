// The pages below /_edge/ that this folder offers: the metrics, and which policies are in force.
// Names and counts only, never telemetry.

import { METRICS_CONTENT_TYPE } from "../o11y/metrics.ts";
import type { OwnPage, PageContent } from "../modules/index.ts";
import type { PolicyEngine, SnapshotSummary } from "../policy/index.ts";

/** The program's own metrics in the Prometheus text format. */
export function metricsPage(metricsText: () => string): OwnPage {
  const render = (): PageContent => ({ contentType: METRICS_CONTENT_TYPE, text: metricsText() });
  return { path: "/_edge/metrics", render };
}

/** The set in force: a line for each policy, or a JSON document with `?format=json`. */
export function policiesPage(engine: Pick<PolicyEngine, "snapshot">): OwnPage {
  const render = (query: URLSearchParams): PageContent =>
    query.get("format") === "json"
      ? { contentType: "application/json", text: `${JSON.stringify(engine.snapshot)}\n` }
      : { contentType: "text/plain; charset=utf-8", text: policyLines(engine.snapshot) };
  return { path: "/_edge/policies", render };
}

function policyLines({ version, counts, policies }: SnapshotSummary): string {
  const { log, metric, trace } = counts;
  const lines = [`# version=${version} log=${log} metric=${metric} trace=${trace}`];
  for (const { id, signal, enabled, name, errors } of policies) {
    const faults = errors.length === 0 ? "" : ` errors=${JSON.stringify(errors)}`;
    const what = `signal=${signal ?? "none"} enabled=${enabled} name=${JSON.stringify(name)}`;
    lines.push(`id=${JSON.stringify(id)} ${what}${faults}`);
  }
  return `${lines.join("\n")}\n`;
}
