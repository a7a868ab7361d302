// The interface between a format and the engine for the data points of a record.

/**
 * Data points that policies may judge singly, for formats that can take them out of their records.
 * When a record was put, and before decide: `open`, and if it says so, for each data point `begin`,
 * put its attributes (scope `point`), `keeps`. Where records are data points they are just put.
 */
export interface PointEvaluation {
  /** Whether the data points of the record at hand are to be asked for. */
  open(): boolean;
  begin(): void;
  /** Whether the data point stays. `pointBytes`: its own length, as that of records. */
  keeps(pointBytes: number): boolean;
}
