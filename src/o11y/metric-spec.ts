// What a metric is: a row of the metric table, and, for metrics of a protocol, the event that it
// counts.

import type { EventName, Events } from "./events.ts";

/** A label with a fixed list of values: its series exist from the start, with 0. */
export interface ClosedLabel {
  readonly name: string;
  readonly values: readonly string[];
}
/** A label whose values come at run time; from the bound on they are counted as "other". */
export interface OpenLabel {
  readonly name: string;
  readonly valuesMax: number;
}

/** A metric: its name, type, help and labels. */
export interface MetricSpec {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly unit: "none" | "seconds" | "bytes" | "timestamp in seconds";
  readonly help: string;
  /** An open label, of which there is at most one, comes first. */
  readonly open?: OpenLabel;
  readonly labels?: readonly ClosedLabel[];
  /** Upper bounds of a histogram, ascending. */
  readonly buckets?: readonly number[];
  /** Series at 0 are left out: nobody may have counted in them. */
  readonly isSparse?: true;
  /** How OpenTelemetry names it and labels that it names otherwise; left out: as here. */
  readonly otel?: {
    readonly name: string;
    readonly unit: string;
    readonly labels: Readonly<Record<string, string>>;
  };
  /** Printed only where policies can do this; absent: everywhere. */
  readonly stage?: string;
}

/** The series of one metric, as whoever counts in them sees them. */
export interface CountedSeries {
  /** Index of the series with these values of the closed labels; -1: it is not counted. */
  at(first?: string, second?: string): number;
  /** Index of the series below a value of the open label. */
  atOpen(openValue: string, first?: string, second?: string): number;
  /** Adds to a counter. */
  add(index: number, by: number): void;
  /** Counts one value in a histogram. */
  observe(index: number, value: number): void;
}

/** A metric that a protocol brings: its row, and what an event adds to it. */
export interface MetricOfEvent<N extends EventName> {
  readonly spec: MetricSpec;
  readonly event: N;
  readonly count: (event: Events[N], series: CountedSeries) => void;
}
/** A metric that a protocol brings. */
export type ProtocolMetric<N extends EventName = EventName> = { [K in N]: MetricOfEvent<K> }[N];

/** What the protocols of a program bring to its metrics. */
export interface ProtocolMetrics {
  /** Values of the label `telemetry`. */
  readonly telemetry: readonly string[];
  /** Values of the label `known_path`. */
  readonly knownPaths: readonly string[];
  /** What policies can do with their telemetry. */
  readonly stages: readonly string[];
  readonly metrics: readonly ProtocolMetric[];
}
