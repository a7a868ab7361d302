// Samples spans by the rules of trace-sampling.ts and otel-sampling.ts. Most spans have no
// tracestate, and take a short way: they are sampled from the bytes of their trace ids, and what is
// written into them is always the same.

import { encodeUtf8 } from "../../core/utf8.ts";
import { type UndecidedReason, ValueKind } from "../record-port.ts";
import type { ValueStore } from "../value-store.ts";
import { type Bits56, thresholdOf } from "./bits56.ts";
import { sampleOtelSpan } from "./otel-sampling.ts";
import { type SampleDecision, sampleSpan, type SampleKeep } from "./trace-sampling.ts";

const ID_DIGITS = 32;
/** The digits from here on are the randomness, in two halves. */
const HIGH_FROM = 18;
const LOW_FROM = 25;
/** By character; ids are random, so a table costs less than branches. */
const LOWER_DIGITS = new Int8Array(256).fill(-1);
for (let value = 0; value < 16; value++) LOWER_DIGITS[value.toString(16).charCodeAt(0)] = value;
/** The id that is kept whatever the share is, unless nothing is kept. */
const LAST_ID = "f".repeat(ID_DIGITS);

/** The result for an id. */
const Stays = { no: 0, yes: 1, unknown: 2 } as const;

export class SpanSampler {
  /** After `keeps`: what to write into the tracestate; undefined: leave it as it is. */
  tracestate: Uint8Array | undefined;
  /** After `keeps`: why `fail_closed` dropped the span. */
  undecided: UndecidedReason | undefined;
  private readonly sample: SampleKeep;
  private readonly threshold: Bits56;
  /** What is written into spans without a tracestate; undefined: it depends on more than that. */
  private readonly written: Uint8Array | undefined;

  constructor(sample: SampleKeep) {
    const percent = Math.fround(sample.percent);
    const isSeeded = sample.mode === "hash_seed" && sample.hashSeed !== 0;
    const last = percent < 100 && !isSeeded ? decide(sample, LAST_ID, "") : undefined;
    this.sample = sample;
    this.threshold = thresholdOf(percent);
    this.written = last?.tracestate === undefined ? undefined : encodeUtf8(last.tracestate);
  }

  /** Whether the current span is kept; its trace id and tracestate are in these slots; -1: none. */
  keeps(values: ValueStore, traceIdSlot: number, tracestateSlot: number): boolean {
    const hasId = traceIdSlot >= 0 && values.has(traceIdSlot);
    const hasState = tracestateSlot >= 0 && values.has(tracestateSlot);
    if (this.written !== undefined && hasId && !hasState) {
      const stays = this.byId(values, traceIdSlot);
      this.tracestate = stays === Stays.yes ? this.written : undefined;
      this.undecided = undefined;
      if (stays !== Stays.unknown) return stays === Stays.yes;
    }
    const traceId = hasId ? values.text(traceIdSlot) : undefined;
    const state = hasState ? values.text(tracestateSlot) : "";
    const { keep, tracestate, undecided } = decide(this.sample, traceId, state);
    this.tracestate = tracestate === undefined ? undefined : encodeUtf8(tracestate);
    this.undecided = undecided;
    return keep;
  }

  private byId(values: ValueStore, slot: number): number {
    const bytes = values.buffer(slot);
    const start = values.start(slot);
    if (values.kind(slot) !== ValueKind.string || values.end(slot) - start !== ID_DIGITS) {
      return Stays.unknown;
    }
    let high = 0;
    let low = 0;
    // Negative as soon as one character is not a digit, or is in upper case.
    let all = 0;
    let i = 0;
    for (; i < HIGH_FROM; i++) all |= lowerDigit(bytes[start + i] as number);
    for (; i < LOW_FROM; i++) {
      const digit = lowerDigit(bytes[start + i] as number);
      all |= digit;
      high = (high << 4) | digit;
    }
    for (; i < ID_DIGITS; i++) {
      const digit = lowerDigit(bytes[start + i] as number);
      all |= digit;
      low = (low << 4) | digit;
    }
    if (all < 0) return Stays.unknown;
    const { threshold } = this;
    if (high !== threshold.high) return high > threshold.high ? Stays.yes : Stays.no;
    return low >= threshold.low ? Stays.yes : Stays.no;
  }
}

function decide(
  sample: SampleKeep,
  traceId: string | undefined,
  tracestate: string,
): SampleDecision {
  const decideSpan = sample.kind === "otel_sample" ? sampleOtelSpan : sampleSpan;
  return decideSpan(sample, traceId, tracestate);
}

/** The value of a lower-case hexadecimal digit; -1: it is none. */
function lowerDigit(c: number): number {
  return LOWER_DIGITS[c] as number;
}
