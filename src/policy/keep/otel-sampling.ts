// Sampling of spans in OpenTelemetry's dialect. A threshold may be raised but never lowered, and
// one that contradicts the span's randomness is removed. Also says which of several policies
// samples a span, and what is written when the other dialect samples it too.

import type { Sampling } from "../model.ts";
import {
  type Bits56,
  compareBits,
  formatHexDigits,
  thresholdOf,
  TWO_TO_56,
  ZERO_BITS,
} from "./bits56.ts";
import {
  DROP,
  KEEP_UNTOUCHED,
  proportionalThreshold,
  type SampleDecision,
  seededRandomness,
  traceIdRandomness,
  withoutRandomness,
} from "./trace-sampling.ts";
import { type OtState, readTracestate, withoutThreshold, writeThreshold } from "./tracestate.ts";

/** What arrived with a span. */
export interface ArrivingState {
  readonly randomness: Bits56 | undefined;
  /** The arriving threshold, unless the randomness contradicts it. */
  readonly threshold: Bits56 | undefined;
  /** Whether the randomness contradicts the arriving threshold. */
  readonly isInconsistent: boolean;
}

/** `traceId`: lower-case hex; undefined: the span has none. */
export function arrivingState(ot: OtState, traceId: string | undefined): ArrivingState {
  const randomness =
    ot.randomness ?? (traceId === undefined ? undefined : traceIdRandomness(traceId));
  const { threshold } = ot;
  const isInconsistent =
    randomness !== undefined && threshold !== undefined && compareBits(randomness, threshold) < 0;
  return { randomness, threshold: isInconsistent ? undefined : threshold, isInconsistent };
}

/** The threshold of a policy for a span, raised as far as the arriving state requires. */
export function effectiveThreshold(keep: Sampling, { threshold }: ArrivingState): Bits56 {
  const own = ownThreshold(keep, threshold);
  return threshold !== undefined && compareBits(threshold, own) > 0 ? threshold : own;
}

function ownThreshold(keep: Sampling, arriving: Bits56 | undefined): Bits56 {
  const percent = Math.fround(keep.percent);
  if (percent <= 0) return TWO_TO_56;
  if (percent >= 100) return ZERO_BITS;
  if (keep.mode !== "proportional" || arriving === undefined) return thresholdOf(percent);
  return proportionalThreshold(percent, arriving) ?? TWO_TO_56;
}

/** Decides about one span, as `sampleSpan` does for tero.policy.v1. */
export function sampleOtelSpan(
  keep: Sampling,
  traceId: string | undefined,
  tracestate: string,
): SampleDecision {
  const ot = readTracestate(tracestate);
  const arriving = arrivingState(ot, traceId);
  const threshold = ownThreshold(keep, arriving.threshold);
  if (threshold === TWO_TO_56) return DROP;
  const isSeeded = keep.mode === "hash_seed" && keep.hashSeed !== 0 && threshold !== ZERO_BITS;
  let { randomness } = arriving;
  if (isSeeded) {
    randomness = traceId === undefined ? undefined : seededRandomness(traceId, keep.hashSeed);
  }
  if (threshold !== ZERO_BITS) {
    if (randomness === undefined) return withoutRandomness(keep, traceId);
    if (compareBits(randomness, threshold) < 0) return DROP;
  }
  if (arriving.isInconsistent) return { keep: true, tracestate: withoutThreshold(tracestate) };
  const floor = arriving.threshold;
  if (floor !== undefined && compareBits(floor, threshold) >= 0) return KEEP_UNTOUCHED;
  const digits = thresholdDigits(threshold, keep.precision, floor);
  if (floor !== undefined && !isHigher(digits, ot.thresholdDigits)) return KEEP_UNTOUCHED;
  const rv = isSeeded && randomness !== undefined ? formatHexDigits(randomness) : undefined;
  return { keep: true, tracestate: writeThreshold(tracestate, digits, rv) };
}

/** Two tracestates that come from the same one: returns the one with the higher threshold. */
export function stricterTracestate(one: string, other: string): string {
  const digits = readTracestate(one).thresholdDigits;
  const others = readTracestate(other).thresholdDigits;
  return digits === "" || (others !== "" && isHigher(others, digits)) ? other : one;
}

/** The first digits, or as many as it takes not to be below `floor`; without trailing zeros. */
function thresholdDigits(threshold: Bits56, precision: number, floor: Bits56 | undefined): string {
  const digits = formatHexDigits(threshold);
  const least = floor === undefined ? "" : formatHexDigits(floor);
  let length = precision;
  while (length < digits.length && digits.slice(0, length).padEnd(14, "0") < least) length++;
  return digits.slice(0, length).replace(/0+$/, "") || "0";
}

/** Whether a threshold is higher than another; as written, they compare as fractions. */
function isHigher(digits: string, than: string): boolean {
  return digits.padEnd(14, "0") > than.padEnd(14, "0");
}
