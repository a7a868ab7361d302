// Consistent probability sampling of spans (OpenTelemetry OTEP 235) as the policy specification
// applies it: which spans stay, and which threshold is written into their tracestate.

import { Fnv64 } from "../../core/hash.ts";
import type { Keep, Sampling } from "../model.ts";
import type { UndecidedReason } from "../record-port.ts";
import {
  type Bits56,
  bitsToNumber,
  compareBits,
  complementBits,
  formatHexDigits,
  HALF,
  thresholdOf,
} from "./bits56.ts";
import { type OtState, readTracestate, writeThreshold } from "./tracestate.ts";

export type SampleKeep = Extract<Keep, { kind: "sample" } | { kind: "otel_sample" }>;

/** `tracestate`: what to write; absent: leave it as it is. */
export interface SampleDecision {
  readonly keep: boolean;
  /** Why `fail_closed` dropped the span: there was no randomness on which to decide. */
  readonly undecided?: UndecidedReason;
  readonly tracestate?: string;
}

export const DROP: SampleDecision = { keep: false };
export const KEEP_UNTOUCHED: SampleDecision = { keep: true };

/**
 * Decides about one span. `traceId`: lower-case hex, undefined if missing or invalid; `tracestate`:
 * "" if missing. The threshold is written whenever the decision is based on one. An incoming
 * threshold is never lowered, except by `hash_seed` with the seed 0, which is specified to write
 * its own.
 */
export function sampleSpan(
  keep: SampleKeep,
  traceId: string | undefined,
  tracestate: string,
): SampleDecision {
  const percent = Math.fround(keep.percent);
  if (percent <= 0) return DROP;
  const ot = readTracestate(tracestate);
  if (percent >= 100) {
    if (ot.threshold !== undefined) return KEEP_UNTOUCHED;
    return { keep: true, tracestate: writeThreshold(tracestate, "0") };
  }
  // Inconsistent sampling upstream is not ours to repair, so the span stays as it is.
  if (ot.randomness && ot.threshold && compareBits(ot.randomness, ot.threshold) < 0) {
    return KEEP_UNTOUCHED;
  }
  if (keep.mode === "hash_seed")
    return sampleByHash(keep, thresholdOf(percent), ot, traceId, tracestate);
  const randomness =
    ot.randomness ?? (traceId === undefined ? undefined : traceIdRandomness(traceId));
  if (randomness === undefined) return withoutRandomness(keep, traceId);
  let threshold: Bits56 | undefined = thresholdOf(percent);
  if (ot.threshold !== undefined) {
    if (keep.mode === "proportional") threshold = proportionalThreshold(percent, ot.threshold);
    else if (compareBits(ot.threshold, threshold) > 0) {
      return { keep: true, tracestate: writeThreshold(tracestate, ot.thresholdDigits) };
    }
  }
  if (threshold === undefined || compareBits(randomness, threshold) < 0) return DROP;
  const digits = thresholdDigits(threshold, keep.precision, ot.threshold);
  return { keep: true, tracestate: writeThreshold(tracestate, digits) };
}

/** A seed other than 0 makes its own randomness, which is written together with its threshold. */
function sampleByHash(
  keep: SampleKeep,
  threshold: Bits56,
  ot: OtState,
  traceId: string | undefined,
  tracestate: string,
): SampleDecision {
  const seeded = keep.hashSeed !== 0;
  let randomness = seeded ? undefined : ot.randomness;
  if (randomness === undefined && traceId !== undefined) {
    randomness = seeded ? seededRandomness(traceId, keep.hashSeed) : traceIdRandomness(traceId);
  }
  if (randomness === undefined) return withoutRandomness(keep, traceId);
  if (compareBits(randomness, threshold) < 0) return DROP;
  const digits = thresholdDigits(threshold, keep.precision);
  if (!seeded) return { keep: true, tracestate: writeThreshold(tracestate, digits) };
  // The stricter threshold belongs to the other randomness, so both stay.
  if (ot.threshold && compareBits(ot.threshold, threshold) > 0) return KEEP_UNTOUCHED;
  const rv = formatHexDigits(randomness);
  return { keep: true, tracestate: writeThreshold(tracestate, digits, rv) };
}

export function withoutRandomness(
  { failClosed }: Sampling,
  traceId: string | undefined,
): SampleDecision {
  if (!failClosed) return KEEP_UNTOUCHED;
  const undecided = traceId === undefined ? "missing_trace_id" : "invalid_trace_id";
  return { keep: false, undecided };
}

/**
 * A threshold as it is written: `precision` digits after its leading f's (which say nothing about
 * the share that stays), cut off, but never below `floor`; without trailing zeros, but at least
 * "0".
 */
function thresholdDigits(threshold: Bits56, precision: number, floor?: Bits56): string {
  const digits = formatHexDigits(threshold);
  let length = digits.search(/[^f]|$/) + precision;
  if (floor !== undefined) {
    const least = formatHexDigits(floor);
    while (length < digits.length && digits.slice(0, length).padEnd(14, "0") < least) length++;
  }
  return digits.slice(0, length).replace(/0+$/, "") || "0";
}

/** The share of what is left upstream; undefined if nothing is. */
export function proportionalThreshold(percent: number, incoming: Bits56): Bits56 | undefined {
  const left = bitsToNumber(complementBits(bitsToNumber(incoming)));
  const share = Math.floor((((percent / 100) * left) / (HALF * HALF)) * (HALF * HALF));
  return share <= 0 ? undefined : complementBits(share);
}

/** An id of 16 bytes; by the protocol, any other is invalid. */
function isTraceId(text: string): boolean {
  return /^[0-9a-f]{32}$/.test(text);
}

/** The last 7 bytes of the id; undefined if it is invalid. */
export function traceIdRandomness(hex: string): Bits56 | undefined {
  if (!isTraceId(hex)) return undefined;
  const high = Number.parseInt(hex.slice(-14, -7), 16);
  const low = Number.parseInt(hex.slice(-7), 16);
  return { high, low };
}

const hash = new Fnv64();

export function seededRandomness(hex: string, seed: number): Bits56 | undefined {
  if (!isTraceId(hex)) return undefined;
  hash.reset();
  for (let i = 0; i + 2 <= hex.length; i += 2)
    hash.addByte(Number.parseInt(hex.slice(i, i + 2), 16));
  for (const shift of [0, 8, 16, 24]) hash.addByte((seed >>> shift) & 0xff);
  return { high: hash.high28(), low: hash.low28() };
}
