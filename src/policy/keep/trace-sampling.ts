// Consistent probability sampling of spans (OpenTelemetry OTEP 235), as the policy spec applies it:
// which spans stay, and which threshold is written into their tracestate.

import { Fnv64 } from "../../core/hash.ts";
import type { Keep } from "../model.ts";
import {
  type Bits56,
  bitsToNumber,
  compareBits,
  complementBits,
  formatHexFraction,
  HALF,
  thresholdOf,
} from "./bits56.ts";
import { readTracestate, writeThreshold } from "./tracestate.ts";

export type SampleKeep = Extract<Keep, { kind: "sample" }>;

/** `tracestate`: what to write; absent: leave it as it is. */
export interface SampleDecision {
  readonly keep: boolean;
  readonly tracestate?: string;
}

const DROP: SampleDecision = { keep: false };
const KEEP_UNTOUCHED: SampleDecision = { keep: true };

/**
 * Decides for one span. `traceId`: lower-case hex, undefined when missing or all zero;
 * `tracestate`: "" when missing. The threshold goes out whenever the decision rests on one.
 */
export function sampleSpan(
  keep: SampleKeep,
  traceId: string | undefined,
  tracestate: string,
): SampleDecision {
  const percent = Math.fround(keep.percent);
  if (percent >= 100) return { keep: true, tracestate: writeThreshold(tracestate, "0") };
  if (percent <= 0) return DROP;
  const ot = readTracestate(tracestate);
  // Inconsistent upstream sampling: not ours to judge, so the span stays as it is.
  if (ot.randomness && ot.threshold && compareBits(ot.randomness, ot.threshold) < 0) {
    return KEEP_UNTOUCHED;
  }
  const randomness = randomnessOf(keep, ot.randomness, traceId);
  if (randomness === undefined) return keep.failClosed ? DROP : KEEP_UNTOUCHED;
  let threshold: Bits56 | undefined = thresholdOf(percent);
  if (keep.mode === "equalizing" && ot.threshold && compareBits(ot.threshold, threshold) > 0) {
    return kept(keep, ot.threshold, tracestate);
  }
  if (keep.mode === "proportional" && ot.threshold) {
    threshold = proportionalThreshold(percent, ot.threshold);
  }
  if (threshold === undefined || compareBits(randomness, threshold) < 0) return DROP;
  return kept(keep, threshold, tracestate);
}

function kept(keep: SampleKeep, threshold: Bits56, tracestate: string): SampleDecision {
  const digits = formatHexFraction(threshold, keep.precision);
  return { keep: true, tracestate: writeThreshold(tracestate, digits) };
}

/** The share of what is left upstream; undefined when nothing is. */
function proportionalThreshold(percent: number, incoming: Bits56): Bits56 | undefined {
  const left = bitsToNumber(complementBits(bitsToNumber(incoming)));
  const share = Math.floor((((percent / 100) * left) / (HALF * HALF)) * (HALF * HALF));
  return share <= 0 ? undefined : complementBits(share);
}

function randomnessOf(
  keep: SampleKeep,
  explicit: Bits56 | undefined,
  traceId: string | undefined,
): Bits56 | undefined {
  if (keep.mode === "hash_seed" && keep.hashSeed !== 0) {
    return traceId === undefined ? undefined : seededRandomness(traceId, keep.hashSeed);
  }
  if (explicit !== undefined) return explicit;
  return traceId === undefined ? undefined : traceIdRandomness(traceId);
}

/** The last 7 bytes of the id; undefined when it is shorter. */
export function traceIdRandomness(hex: string): Bits56 | undefined {
  if (hex.length < 14) return undefined;
  const high = Number.parseInt(hex.slice(-14, -7), 16);
  const low = Number.parseInt(hex.slice(-7), 16);
  return Number.isNaN(high) || Number.isNaN(low) ? undefined : { high, low };
}

const hash = new Fnv64();

function seededRandomness(hex: string, seed: number): Bits56 {
  hash.reset();
  for (let i = 0; i + 2 <= hex.length; i += 2)
    hash.addByte(Number.parseInt(hex.slice(i, i + 2), 16));
  for (const shift of [0, 8, 16, 24]) hash.addByte((seed >>> shift) & 0xff);
  return { high: hash.high28(), low: hash.low28() };
}
