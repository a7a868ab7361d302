// The interface between a format and the engine for the data points of a record.

/**
 * Data points that policies may judge one by one, for formats that can remove them from their
 * records. After a record was put, and before decide: call `open`. If it returns true, then for
 * each data point: call `begin`, put its attributes (scope `point`), call `keeps`. Where records
 * are data points, these are simply put.
 */
export interface PointEvaluation {
  /** Whether the data points of the current record are to be asked for. */
  open(): boolean;
  begin(): void;
  /** Whether the data point stays. `pointBytes`: its own length, measured like that of records. */
  keeps(pointBytes: number): boolean;
}
