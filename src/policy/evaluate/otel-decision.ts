// How OpenTelemetry's policies decide among themselves. Among filters, any keep overrides all
// drops; among samplings, the highest threshold decides. Counts nothing.

import type { Program } from "../compile/program.ts";
import { type Bits56, compareBits } from "../keep/bits56.ts";
import {
  OTEL_DROP_RANK,
  OTEL_KEEP_RANK,
  OTEL_PASS_RANK,
  OTEL_SAMPLE_RANK,
  sampleSlots,
} from "../keep/compile-keep.ts";
import type { KeepTest } from "../keep/keep-test.ts";
import { arrivingState, effectiveThreshold } from "../keep/otel-sampling.ts";
import { readTracestate } from "../keep/tracestate.ts";
import type { UndecidedReason } from "../record-port.ts";
import type { ValueStore } from "../value-store.ts";

export class OtelDecision {
  /**
   * After `keeps`: the policy that dropped the record, else the one that sampled it, else one that
   * exempts or transforms it; -1: none.
   */
  decider = -1;
  /** After `keeps`: what sampling writes into the span's tracestate; undefined: nothing. */
  tracestate: Uint8Array | undefined;
  /** After `keeps`: why `fail_closed` dropped the span. */
  undecided: UndecidedReason | undefined;
  private readonly program: Program;
  private readonly values: ValueStore;
  private readonly test: KeepTest;
  private readonly traceIdSlot: number;
  private readonly tracestateSlot: number;

  constructor(program: Program, values: ValueStore, test: KeepTest) {
    const { traceId, tracestate } = sampleSlots(program.slots);
    this.program = program;
    this.values = values;
    this.test = test;
    this.traceIdSlot = traceId;
    this.tracestateSlot = tracestate;
  }

  /** Undefined: no policy of the program is in this dialect. */
  static of(program: Program, values: ValueStore, test: KeepTest): OtelDecision | undefined {
    const isAny = program.ranks.some((rank) => rank >= OTEL_DROP_RANK);
    return isAny ? new OtelDecision(program, values, test) : undefined;
  }

  /** Whether those of the matched policies that are in this dialect keep the record. */
  keeps(matched: Int32Array, count: number): boolean {
    this.tracestate = this.undecided = undefined;
    const sample = this.samplingOf(matched, count);
    if (sample >= 0) return this.samples(sample);
    const { ranks } = this.program;
    const drop = lowestOf(matched, count, ranks, OTEL_DROP_RANK);
    const keep = lowestOf(matched, count, ranks, OTEL_KEEP_RANK);
    const isKept = drop < 0 || keep >= 0;
    const exempting = keep >= 0 ? keep : lowestOf(matched, count, ranks, OTEL_PASS_RANK);
    this.decider = isKept ? exempting : drop;
    return isKept;
  }

  private samples(policy: number): boolean {
    const { test } = this;
    this.decider = policy;
    const isKept = test.keeps(this.program.policy(policy).keep);
    this.tracestate = test.tracestate;
    this.undecided = test.undecided;
    return isKept;
  }

  /** The sampling with the highest threshold; among equals, the lowest id; -1: none matches. */
  samplingOf(matched: Int32Array, count: number): number {
    const { ranks } = this.program;
    let best = -1;
    let found = 0;
    for (let i = 0; i < count; i++) {
      const policy = matched[i] as number;
      const rank = ranks[policy] as number;
      if (rank < OTEL_SAMPLE_RANK) continue;
      found++;
      const bestRank = best < 0 ? Infinity : (ranks[best] as number);
      if (rank < bestRank || (rank === bestRank && policy < best)) best = policy;
    }
    const hasState = this.tracestateSlot >= 0 && this.values.has(this.tracestateSlot);
    return found > 1 && hasState ? this.highestOf(matched, count) : best;
  }

  /**
   * Like `samplingOf`, but by what arrived: a share of a share differs from what its policy says.
   */
  private highestOf(matched: Int32Array, count: number): number {
    const arriving = arrivingState(
      readTracestate(this.textOf(this.tracestateSlot) ?? ""),
      this.textOf(this.traceIdSlot),
    );
    let best = -1;
    let highest: Bits56 | undefined;
    for (let i = 0; i < count; i++) {
      const policy = matched[i] as number;
      const { keep } = this.program.policy(policy);
      if (keep.kind !== "otel_sample") continue;
      const threshold = effectiveThreshold(keep.source, arriving);
      const order = highest === undefined ? 1 : compareBits(threshold, highest);
      if (order > 0 || (order === 0 && policy < best)) {
        best = policy;
        highest = threshold;
      }
    }
    return best;
  }

  private textOf(slot: number): string | undefined {
    const { values } = this;
    if (slot < 0 || !values.has(slot)) return undefined;
    return values.text(slot);
  }
}

/** The first policy of a rank, by id; -1: there is none. */
export function lowestOf(
  policies: Int32Array,
  count: number,
  ranks: Float64Array,
  rank: number,
): number {
  let lowest = -1;
  for (let i = 0; i < count; i++) {
    const policy = policies[i] as number;
    if (ranks[policy] === rank && (lowest < 0 || policy < lowest)) lowest = policy;
  }
  return lowest;
}
