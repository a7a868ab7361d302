// The result of an analysis as a document: rows with rates and shares, the heaviest first.

import type { Analyser } from "./analyser.ts";
import { HyperLogLog } from "./hyper-log-log.ts";
import type { LogPattern, LogSketch } from "./logs/log-sketch.ts";
import { severityLabel } from "./logs/severity.ts";
import { templateText } from "./logs/template-text.ts";
import { type MetricSketch, SERIES_BITS } from "./metrics/metric-sketch.ts";
import { shownName } from "./shown-name.ts";
import type { SpanSketch } from "./spans/span-sketch.ts";
import type { Counted } from "./tally.ts";

export interface ReportOptions {
  /** That were looked at; rates divide by them. */
  readonly seconds: number;
  /** Rows of each list. */
  readonly rowsMax: number;
}

/** The parts of the document that are of signals; null: not looked at. */
export function reportOf(analyser: Analyser | undefined, options: ReportOptions) {
  const { logs, metrics, traces } = analyser ?? {};
  return {
    logs: logs === undefined ? null : logsOf(logs, options),
    metrics: metrics === undefined ? null : metricsOf(metrics, options),
    traces: traces === undefined ? null : tracesOf(traces, options),
  };
}

function logsOf(logs: LogSketch, options: ReportOptions) {
  const { total } = logs;
  const patterns = shownPatterns(logs);
  const row = (counted: Counted) => rowOf(counted, total, options.seconds);
  return {
    ...totalOf(total, options.seconds),
    bytes_error_max: Math.round(logs.bytesErrorMax),
    hidden_patterns: logs.size - patterns.length,
    patterns: heaviest(patterns, options.rowsMax).map((pattern) => ({
      template: templateText(pattern.words, pattern.isCut),
      service: shownName(pattern.service),
      severity: severityLabel(pattern.severity),
      ...row(pattern),
    })),
    services: heaviest([...logs.groups()], options.rowsMax).map((group) => ({
      service: shownName(group.service),
      severity: severityLabel(group.severity),
      ...row(group),
    })),
  };
}

/** Those with words. */
function shownPatterns(logs: LogSketch): readonly LogPattern[] {
  return [...logs.patterns()];
}

function metricsOf(metrics: MetricSketch, options: ReportOptions) {
  const { total } = metrics;
  return {
    ...totalOf(total, options.seconds),
    bytes_error_max: Math.round(metrics.bytesErrorMax),
    series_error: HyperLogLog.relativeError(SERIES_BITS),
    names: heaviest([...metrics.names()], options.rowsMax).map(
      ({ name, series, labels, ...of }) => ({
        name: shownName(name),
        ...rowOf(of, total, options.seconds),
        series,
        labels: labels.map(({ label, values }) => ({ label: shownName(label), values })),
      }),
    ),
  };
}

function tracesOf(traces: SpanSketch, options: ReportOptions) {
  const { total } = traces;
  const spans = [...traces.names()];
  return {
    ...totalOf(total, options.seconds),
    bytes_error_max: Math.round(traces.bytesErrorMax),
    hidden_spans: traces.size - spans.length,
    spans: heaviest(spans, options.rowsMax).map(
      ({ words, isCut, service, errors, errorBytes: _errorBytes, ...of }) => ({
        name: templateText(words, isCut),
        service: shownName(service),
        ...rowOf(of, total, options.seconds),
        errors: Math.round(errors),
        error_share: rounded(of.records === 0 ? 0 : errors / of.records),
      }),
    ),
  };
}

function heaviest<T extends Counted>(rows: readonly T[], rowsMax: number): readonly T[] {
  return rows.toSorted((a, b) => b.bytes - a.bytes).slice(0, rowsMax);
}

function totalOf({ records, bytes }: Counted, seconds: number) {
  return {
    records: Math.round(records),
    bytes: Math.round(bytes),
    records_per_second: perSecond(records, seconds),
    bytes_per_second: perSecond(bytes, seconds),
  };
}

function rowOf(counted: Counted, total: Counted, seconds: number) {
  return {
    ...totalOf(counted, seconds),
    bytes_error: Math.round(counted.bytesError),
    share_records: shareOf(counted.records, total.records),
    share_bytes: shareOf(counted.bytes, total.bytes),
  };
}

export function shareOf(part: number, whole: number): number {
  return rounded(whole === 0 ? 0 : Math.min(1, part / whole));
}

export function perSecond(amount: number, seconds: number): number {
  return seconds === 0 ? 0 : Math.round((amount / seconds) * 10) / 10;
}

function rounded(share: number): number {
  return Math.round(share * 10_000) / 10_000;
}
