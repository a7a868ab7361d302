// Prints docs/metrics.md from the table of metrics. `--check` writes nothing and exits with 1 when
// the committed page differs.

import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { DISTRIBUTIONS } from "../src/distributions.ts";
import { type MetricSpec, metricSpecs } from "../src/o11y/index.ts";
import { protocolMetricsOf } from "../src/protocols/index.ts";

export const METRICS_PAGE = resolve(import.meta.dir, "..", "docs", "metrics.md");

const INTRODUCTION = `# Metrics

<!-- Printed by scripts/docs-metrics.ts from src/o11y/metric-table.ts and the protocols; do not edit by hand. -->

\`GET /_edge/metrics\` answers in the Prometheus text format 0.0.4.

- Counters of labels with a fixed list of values exist from the start, with 0, so that a rate never
  misses the first event. Series of labels that say "up to" appear with the first event of their
  value; further values are counted as \`other\`.
- A distribution prints the metrics and the values of labels of its own protocols only: \`edge-otlp\`
  has no scrapes.
- Six things that are easily confused have counters of their own: records that policies dropped on
  purpose (\`edge_policy_records_dropped_total\`), that sampling left out
  (\`edge_policy_records_sampled_total\`), that were above a rate limit
  (\`edge_policy_records_rate_limited_total\`), that budgets cut
  (\`edge_policy_records_budgeted_total\`), what went on unjudged (\`edge_fail_open_total\`; single
  records of bodies that were judged also in \`edge_policy_records_failed_open_total\`), and what the
  upstream did not take (\`edge_lost_total\`). The first four are also told by policy
  (\`edge_policy_dropped_total\`, \`edge_policy_sampled_total\`, \`edge_policy_rate_limited_total\`,
  \`edge_policy_budgeted_total\`).
- So are bytes: of every body that policies looked at, in - out = dropped + sampled + rate limited +
  budgeted + removed - added (\`edge_policy_bytes_*_total\`; by policy
  \`edge_policy_*_bytes_total\`), to the byte. They are bytes of the decoded body. A record that
  policies took away counts with its own length;
  what stood between and around such records, and goes with them (separators, containers that are
  left empty, lengths in front of messages), counts for the last policy of the body that took one
  away, by its reason. What transforms did is removed, or added, for the policy that did it; by how
  much lengths around it, or escapes, changed counts for that same last policy, or else for the last
  that edited. What a scrape that was cut off did not hand on is in none of them.
- Every record of a body that policies looked at is counted once: evaluated = kept + dropped +
  sampled + rate limited + budgeted + failed open. Whether the upstream then takes what is kept is
  another question: a client that sends again what was lost is counted again.
- The rows of policies add up to all that policies did since the start. A policy that is not in the
  set any more keeps its row until another one needs the label; its counts are then part of \`other\`,
  and should it get a label again, that begins at 0.
- Failures have counters by their place: inside Edge (\`edge_request_errors_total\`), of upstreams
  (\`edge_upstream_errors_total\`), of providers (\`edge_provider_failures_total\`).
`;

/** What all distributions print together. */
export function pageSpecs(): readonly MetricSpec[] {
  const protocols = Object.values(DISTRIBUTIONS).flatMap(({ modules }) => modules);
  return metricSpecs(protocolMetricsOf([...new Set(protocols)]));
}

/** The page, without reading or writing anything. */
export function metricsPage(): string {
  return `${INTRODUCTION}\n${pageSpecs().map(section).join("\n")}`;
}

function section(spec: MetricSpec): string {
  const lines = [`## ${spec.name}`, "", spec.help, "", `- Type: ${spec.type}`];
  if (spec.unit !== "none") lines.push(`- Unit: ${spec.unit}`);
  if (spec.stage !== undefined) lines.push(`- Where policies can do \`${spec.stage}\``);
  if (spec.open !== undefined) {
    lines.push(
      `- Label \`${spec.open.name}\`: up to ${spec.open.valuesMax} values, one of them \`other\``,
    );
  }
  for (const { name, values } of spec.labels ?? []) {
    const list = values.map((value) => `\`${value}\``).join(", ");
    lines.push(`- Label \`${name}\`: ${values.length === 0 ? "of the build" : list}`);
  }
  if (spec.buckets !== undefined) lines.push(`- Buckets: ${spec.buckets.join(", ")}`);
  return `${lines.join("\n")}\n`;
}

if (import.meta.main) {
  const page = metricsPage();
  if (!process.argv.includes("--check")) writeFileSync(METRICS_PAGE, page);
  else if (readFileSync(METRICS_PAGE, "utf8") !== page) {
    process.stderr.write("docs/metrics.md differs; run: bun scripts/docs-metrics.ts\n");
    process.exitCode = 1;
  }
}
