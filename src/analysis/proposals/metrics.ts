// Proposals for metrics: names that make up a large share of all bytes because one label has a
// different value in nearly every series.

import type { MetricCardinality, MetricSketch } from "../metrics/metric-sketch.ts";
import { isName } from "../shown-name.ts";
import type { Counted } from "../tally.ts";
import { authored } from "./authoring.ts";
import type { Proposal, ProposalOptions } from "./proposal.ts";
import { during, percentOf, savingOf } from "./saving.ts";

/** Of the bytes of all metrics. */
const SHARE_MIN = 0.05;
/** Series of one name, and values of its label, above which it is proposed. */
const SERIES_MIN = 1000;
const VALUES_SHARE_MIN = 0.5;

export function proposeForMetrics(
  metrics: MetricSketch,
  options: ProposalOptions,
): readonly Proposal[] {
  const { total } = metrics;
  return [...metrics.names()]
    .filter(
      ({ name, series, bytes, bytesError }) =>
        isName(name) && series >= SERIES_MIN && bytes - bytesError >= SHARE_MIN * total.bytes,
    )
    .toSorted((a, b) => b.bytes - a.bytes)
    .flatMap((metric) => {
      const widest = metric.labels.find(({ label }) => isName(label));
      const isWide = widest !== undefined && widest.values >= VALUES_SHARE_MIN * metric.series;
      return isWide ? [ofMetric(metric, widest, total, options)] : [];
    });
}

function ofMetric(
  metric: MetricCardinality,
  { label, values }: MetricCardinality["labels"][number],
  total: Counted,
  { seconds }: ProposalOptions,
): Proposal {
  const { name, series } = metric;
  const share = percentOf(metric.bytes, total.bytes);
  const reason =
    `\`${name}\`: ${share} of bytes, about ${series} series, ` +
    `because \`${label}\` has about ${values} values${during(seconds)}`;
  return {
    kind: "metric_name",
    signal: "metric",
    reason,
    saving: savingOf(metric, 0),
    examples: [`${name}{${label}=<*>}`],
    policy: authored(
      "metric",
      name,
      { name: `Drop \`${name}\``, description: reason },
      { match: [{ metric_field: "name", equals: name }], keep: false },
    ),
  };
}
