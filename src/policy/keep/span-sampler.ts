// Samples spans as trace-sampling.ts says, those without a tracestate from the bytes of their trace
// ids: most spans have none, and what is written into them is always the same.

import { decodeUtf8, encodeUtf8 } from "../../core/utf8.ts";
import { type UndecidedReason, ValueKind } from "../record-port.ts";
import type { ValueStore } from "../value-store.ts";
import { type Bits56, thresholdOf } from "./bits56.ts";
import { sampleSpan, type SampleKeep } from "./trace-sampling.ts";

const ID_DIGITS = 32;
/** The digits behind these are the randomness, in two halves. */
const HIGH_FROM = 18;
const LOW_FROM = 25;
/** The id that stays whatever the share is, unless nothing does. */
const LAST_ID = "f".repeat(ID_DIGITS);

/** What an id comes to. */
const Stays = { no: 0, yes: 1, unknown: 2 } as const;

export class SpanSampler {
  /** After `keeps`: what to write into the tracestate; undefined: leave it as it is. */
  tracestate: Uint8Array | undefined;
  /** After `keeps`: why `fail_closed` dropped the span. */
  undecided: UndecidedReason | undefined;
  private readonly sample: SampleKeep;
  private readonly threshold: Bits56;
  /** What is written into spans without a tracestate; undefined: that depends on more. */
  private readonly written: Uint8Array | undefined;

  constructor(sample: SampleKeep) {
    const percent = Math.fround(sample.percent);
    const isSeeded = sample.mode === "hash_seed" && sample.hashSeed !== 0;
    const last = percent < 100 && !isSeeded ? sampleSpan(sample, LAST_ID, "") : undefined;
    this.sample = sample;
    this.threshold = thresholdOf(percent);
    this.written = last?.tracestate === undefined ? undefined : encodeUtf8(last.tracestate);
  }

  /** Whether the span at hand stays, whose trace id and tracestate are in these slots; -1: none. */
  keeps(values: ValueStore, traceIdSlot: number, tracestateSlot: number): boolean {
    const hasId = traceIdSlot >= 0 && values.has(traceIdSlot);
    const hasState = tracestateSlot >= 0 && values.has(tracestateSlot);
    if (this.written !== undefined && hasId && !hasState) {
      const stays = this.byId(values, traceIdSlot);
      this.tracestate = stays === Stays.yes ? this.written : undefined;
      this.undecided = undefined;
      if (stays !== Stays.unknown) return stays === Stays.yes;
    }
    const traceId = hasId ? textOf(values, traceIdSlot) : undefined;
    const state = hasState ? textOf(values, tracestateSlot) : "";
    const { keep, tracestate, undecided } = sampleSpan(this.sample, traceId, state);
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
    for (let i = 0; i < ID_DIGITS; i++) {
      const digit = hexDigit(bytes[start + i] as number);
      if (digit < 0) return Stays.unknown;
      if (i >= LOW_FROM) low = low * 16 + digit;
      else if (i >= HIGH_FROM) high = high * 16 + digit;
    }
    const { threshold } = this;
    if (high !== threshold.high) return high > threshold.high ? Stays.yes : Stays.no;
    return low >= threshold.low ? Stays.yes : Stays.no;
  }
}

/** Of a lower-case hexadecimal digit; -1: it is none. */
function hexDigit(c: number): number {
  if (c >= 0x30 && c <= 0x39) return c - 0x30;
  return c >= 0x61 && c <= 0x66 ? c - 0x57 : -1;
}

function textOf(values: ValueStore, slot: number): string {
  return decodeUtf8(values.buffer(slot), values.start(slot), values.end(slot));
}
