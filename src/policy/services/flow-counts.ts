// Everything that is counted about incoming and outgoing telemetry, in one table: rows in memory
// and pages are derived from it. It does no counting itself.

import { BYTE_COUNTS, type ByteCount } from "../count-table.ts";

/**
 * What is counted for a signal, and for a service: records that came; those that did not stay, by
 * reason; bytes that came and that left; and the difference, by reason.
 */
export const FLOW_COUNTS = [
  "records",
  "dropped",
  "sampled",
  "limited",
  "budgeted",
  "bytesIn",
  "bytesOut",
  ...BYTE_COUNTS,
] as const;
type FlowCount = (typeof FLOW_COUNTS)[number];

// Every name of the list gets its position, which `fromEntries` cannot know.
/** Positions in a row of such counts. */
export const Flow = Object.fromEntries(FLOW_COUNTS.map((name, at) => [name, at])) as Readonly<
  Record<FlowCount, number>
>;
/** How many numbers a row has. */
export const FLOWS = FLOW_COUNTS.length;

/** The outcome of a body; absent members are zero. */
export interface BodyFlow extends Readonly<Partial<Record<ByteCount, number>>> {
  readonly records: number;
  /**
   * All records that did not stay, and how many of them were left out, above a rate, or cut by a
   * budget.
   */
  readonly dropped: number;
  readonly sampled?: number;
  readonly limited?: number;
  readonly budgeted?: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/** Fills the beginning of `row`, in which `dropped` counts only what was dropped on purpose. */
export function fillRow(row: Float64Array, body: BodyFlow): Float64Array {
  const { sampled = 0, limited = 0, budgeted = 0 } = body;
  // One name after the other: looking up varying names costs a microsecond per body.
  row[Flow.records] = body.records;
  row[Flow.dropped] = body.dropped - sampled - limited - budgeted;
  row[Flow.sampled] = sampled;
  row[Flow.limited] = limited;
  row[Flow.budgeted] = budgeted;
  row[Flow.bytesIn] = body.bytesIn;
  row[Flow.bytesOut] = body.bytesOut;
  row[Flow.droppedBytes] = body.droppedBytes ?? 0;
  row[Flow.sampledBytes] = body.sampledBytes ?? 0;
  row[Flow.limitedBytes] = body.limitedBytes ?? 0;
  row[Flow.budgetedBytes] = body.budgetedBytes ?? 0;
  row[Flow.removedBytes] = body.removedBytes ?? 0;
  row[Flow.addedBytes] = body.addedBytes ?? 0;
  return row;
}
