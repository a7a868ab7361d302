// What a metric is: a row of the table of all metrics.

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
}
