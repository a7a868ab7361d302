// Computes what a proposal saves, and puts it into words.

import type { Counted } from "../tally.ts";
import type { Saving } from "./proposal.ts";

/** `kept`: share of the records that stays. */
export function savingOf(counted: Counted, kept: number): Saving {
  const { records, bytes, bytesError, variance, seen } = counted;
  const dropped = 1 - kept;
  // Two standard errors: of the sample that was looked at, and of the share that is kept.
  const ofSample = bytes === 0 ? 0 : (2 * Math.sqrt(variance)) / bytes;
  const ofShare = seen === 0 ? 0 : 2 * Math.sqrt(kept / (dropped * seen));
  const stated = bytes === 0 ? 0 : bytesError / bytes;
  const error = Math.min(1, stated + Math.hypot(ofSample, ofShare));
  // What may be of others is not promised.
  return { records: records * dropped, bytes: (bytes - bytesError) * dropped, error };
}

export function summed(all: readonly Counted[]): Counted {
  const sum = { records: 0, bytes: 0, bytesError: 0, variance: 0, seen: 0 };
  for (const one of all) {
    sum.records += one.records;
    sum.bytes += one.bytes;
    sum.bytesError += one.bytesError;
    sum.variance += one.variance;
    sum.seen += one.seen;
  }
  return sum;
}

export function percentOf(part: number, whole: number): string {
  const share = whole === 0 ? 0 : (100 * part) / whole;
  return `${share >= 10 ? share.toFixed(0) : share.toFixed(1)} %`;
}

/** As policies write it. */
export function keptShare(share: number): string {
  return `${Math.round(share * 100)}%`;
}

export function during(seconds: number): string {
  if (seconds <= 0) return "";
  if (seconds < 90) return ` in ${Math.round(seconds)} seconds`;
  const minutes = seconds / 60;
  return minutes < 90
    ? ` in ${Math.round(minutes)} minutes`
    : ` in ${Math.round(minutes / 60)} hours`;
}
