// Computes what telemetry costs at the prices of a signal. Pure.

import type { SignalCost } from "../../config/index.ts";

const GB = 1e9;
const MILLION = 1e6;

/** Of so many bytes and records, in the currency of the prices. */
export function priceOf(
  { perGb, perMillionRecords }: SignalCost,
  bytes: number,
  records: number,
): number {
  return (bytes / GB) * perGb + (records / MILLION) * perMillionRecords;
}
