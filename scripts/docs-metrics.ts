// Prints docs/metrics.md from the table of metrics. `--check` writes nothing and exits with 1 when
// the committed page differs.

import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { METRICS, type MetricSpec } from "../src/o11y/index.ts";

export const METRICS_PAGE = resolve(import.meta.dir, "..", "docs", "metrics.md");

const INTRODUCTION = `# Metrics

<!-- Printed by scripts/docs-metrics.ts from src/o11y/metric-table.ts; do not edit by hand. -->

\`GET /_edge/metrics\` answers in the Prometheus text format 0.0.4.

- Counters of labels with a fixed list of values exist from the start, with 0, so that a rate never
  misses the first event. Series of labels that say "up to" appear with the first event of their
  value; further values are counted as \`other\`.
- Five things that are easily confused have counters of their own: records that policies dropped
  (\`edge_policy_records_dropped_total\`), bodies and records that went on unjudged
  (\`edge_fail_open_total\`), failures inside Edge (\`edge_request_errors_total\`), upstream failures
  (\`edge_upstream_errors_total\`), and provider failures (\`edge_provider_failures_total\`).
- Policies that sample or limit rates count like those that drop: see \`edge_policy_hits_total\`.
`;

/** The page, without reading or writing anything. */
export function metricsPage(): string {
  const specs: readonly MetricSpec[] = Object.values(METRICS);
  return `${INTRODUCTION}\n${specs.map(section).join("\n")}`;
}

function section(spec: MetricSpec): string {
  const lines = [`## ${spec.name}`, "", spec.help, "", `- Type: ${spec.type}`];
  if (spec.unit !== "none") lines.push(`- Unit: ${spec.unit}`);
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
