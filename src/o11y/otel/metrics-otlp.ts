// Prints metrics as an ExportMetricsServiceRequest in OTLP JSON. Values are cumulative; names are
// those of the metrics page, except where OpenTelemetry itself has one.

import type { MetricFamily, Series } from "../metric-family.ts";
import type { MetricSpec } from "../metric-spec.ts";
import { attribute, resourceAttributes, type SpanResource, unixNanos } from "../spans-otlp.ts";

const CUMULATIVE = 2;

const UNITS = {
  none: "1",
  seconds: "s",
  bytes: "By",
  "timestamp in seconds": "s",
} as const satisfies Record<MetricSpec["unit"], string>;

export interface ExportTimes {
  /** Since when is counted, and now. */
  readonly startMs: number;
  readonly nowMs: number;
}

/** The body of one export. `version` is that of the program, as the scope's. */
export function metricsJson(
  families: readonly MetricFamily[],
  resource: SpanResource,
  version: string,
  times: ExportTimes,
): string {
  const metrics = families.flatMap((family) => metricOf(family, times) ?? []);
  const scopeMetrics = [{ scope: { name: "edge", version }, metrics }];
  const attributes = resourceAttributes(resource);
  return JSON.stringify({ resourceMetrics: [{ resource: { attributes }, scopeMetrics }] });
}

function metricOf(family: MetricFamily, times: ExportTimes): object | undefined {
  const { spec } = family;
  const series = family.series();
  if (series.length === 0) return undefined;
  const dataPoints = series.map((one) => pointOf(spec, one, times));
  const { name, unit } = spec.otel ?? { name: spec.name, unit: UNITS[spec.unit] };
  const kinds = {
    counter: { sum: { dataPoints, aggregationTemporality: CUMULATIVE, isMonotonic: true } },
    gauge: { gauge: { dataPoints } },
    histogram: { histogram: { dataPoints, aggregationTemporality: CUMULATIVE } },
  };
  return { name, description: spec.help, unit, ...kinds[spec.type] };
}

function pointOf(spec: MetricSpec, { labels, numbers }: Series, times: ExportTimes): object {
  const names: Readonly<Record<string, string>> = spec.otel?.labels ?? {};
  const point = {
    attributes: labels.map(([name, value]) => attribute(names[name] ?? name, value)),
    ...(spec.type === "gauge" ? {} : { startTimeUnixNano: unixNanos(times.startMs) }),
    timeUnixNano: unixNanos(times.nowMs),
  };
  if (spec.type !== "histogram") return { ...point, ...numberOf(numbers[0] as number) };
  const bucketCounts = [...numbers.subarray(0, -1)];
  return {
    ...point,
    count: String(bucketCounts.reduce((sum, count) => sum + count, 0)),
    sum: numbers.at(-1),
    bucketCounts: bucketCounts.map(String),
    explicitBounds: spec.buckets ?? [],
  };
}

function numberOf(value: number): object {
  return Number.isSafeInteger(value) ? { asInt: String(value) } : { asDouble: value };
}
