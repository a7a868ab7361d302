// Decides between all policies that match a record. `none` drops; among percentages the lowest
// decides; then every rate limit and budget must have room (limit-charges.ts). Policies of
// OpenTelemetry's dialect decide separately; a record that either side drops is dropped, and
// charges nothing. Counts hits and misses.

import type { Program } from "../compile/program.ts";
import { Count } from "../count-table.ts";
import { Field, Scope } from "../fields.ts";
import { OTEL_DROP_RANK, OTEL_PASS_RANK } from "../keep/compile-keep.ts";
import { KeepTest } from "../keep/keep-test.ts";
import type { FieldSelector, RecordEditor, UndecidedReason } from "../record-port.ts";
import type { ValueStore } from "../value-store.ts";
import { LimitCharges } from "./limit-charges.ts";
import { lowestOf, OtelDecision } from "./otel-decision.ts";
import type { RequestCounts } from "./request-counts.ts";

export interface KeepDeps {
  /** Monotonic milliseconds. */
  readonly nowMs: () => number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

const TRACESTATE: FieldSelector = { field: Field.trace_state, scope: Scope.record, path: [] };

export class KeepDecision {
  /** What the deciding policy writes into the span's tracestate; undefined: nothing. */
  tracestate: Uint8Array | undefined;
  /**
   * After `keeps`: the policy that dropped the record, or else the most restrictive one; among
   * equals, the one with the lowest id.
   */
  decider = -1;
  private readonly program: Program;
  private readonly requestCounts: RequestCounts;
  readonly test: KeepTest;
  private readonly limits: LimitCharges;
  /** Undefined: no policy is in OpenTelemetry's dialect. */
  readonly otel: OtelDecision | undefined;
  /** Scratch: matched policies of tero.policy.v1. */
  private readonly others: Int32Array;
  private rest = 0;
  /** The policy that wrote the tracestate. */
  private marker = -1;
  /** Why the decider in tero.policy.v1 dropped the span by `fail_closed`. */
  private undecided: UndecidedReason | undefined;

  constructor(program: Program, values: ValueStore, requestCounts: RequestCounts, deps: KeepDeps) {
    this.program = program;
    this.requestCounts = requestCounts;
    this.test = new KeepTest(program.slots, values, deps.random);
    this.otel = OtelDecision.of(program, values, this.test);
    this.others = new Int32Array(program.isOtel ? program.size : 0);
    this.limits = new LimitCharges(program, values, requestCounts, deps);
  }

  /** Whether a record of this length stays, for `count` > 0 matched policies. */
  keeps(matched: Int32Array, count: number, recordBytes: number): boolean {
    this.tracestate = this.undecided = undefined;
    this.test.begin();
    if (this.otel !== undefined) return this.keepsBoth(this.otel, matched, count, recordBytes);
    const kept = this.decide(matched, count, recordBytes);
    const { decider } = this;
    for (let i = 0; i < count; i++) {
      const policy = matched[i] as number;
      this.requestCounts.count(policy, kept || policy === decider ? Count.hits : Count.misses);
    }
    if (!kept) this.drop(this.undecided, recordBytes);
    return kept;
  }

  /**
   * Each dialect decides separately. What filters drop is not charged to limits of the other
   * dialect. All drops of a record are hits, unless a keep overruled them.
   */
  private keepsBoth(
    otel: OtelDecision,
    matched: Int32Array,
    count: number,
    recordBytes: number,
  ): boolean {
    const { others } = this;
    const { ranks, signal } = this.program;
    const rest = this.splitOff(matched, count);
    const otelKeeps = otel.keeps(matched, count);
    const { decider, tracestate } = otel;
    const asksOthers = otelKeeps || signal === "trace";
    const othersKeep =
      rest === 0 || (asksOthers && this.decide(others, rest, recordBytes, otelKeeps));
    // Where filters of OpenTelemetry have dropped the record, only a policy that keeps none is a
    // cause.
    const winner = asksOthers ? this.decider : lowestOf(others, rest, ranks, 0);
    const kept = otelKeeps && othersKeep;
    for (let i = 0; i < count; i++) {
      const policy = matched[i] as number;
      const rank = ranks[policy] as number;
      // Its changes are counted with its edits.
      if (rank === OTEL_PASS_RANK) continue;
      const isHit =
        kept ||
        (rank < OTEL_DROP_RANK
          ? !othersKeep && policy === winner
          : !otelKeeps && (rank === OTEL_DROP_RANK || policy === decider));
      const isOverruled = rank === OTEL_DROP_RANK && otelKeeps;
      this.requestCounts.count(policy, isHit && !isOverruled ? Count.hits : Count.misses);
    }
    if (kept && decider >= 0) this.merge(rest, tracestate, decider);
    if (!otelKeeps || rest === 0) this.decider = decider;
    if (!kept) this.drop(otelKeeps ? this.undecided : otel.undecided, recordBytes);
    return kept;
  }

  /** Puts the policies of tero.policy.v1 into `others`; returns their number. */
  private splitOff(matched: Int32Array, count: number): number {
    const { others } = this;
    const { ranks } = this.program;
    let rest = 0;
    for (let i = 0; i < count; i++) {
      const policy = matched[i] as number;
      if ((ranks[policy] as number) < OTEL_DROP_RANK) others[rest++] = policy;
    }
    return rest;
  }

  /** The higher threshold of both dialects is written. */
  private merge(rest: number, tracestate: Uint8Array | undefined, decider: number): void {
    const other = rest === 0 ? tracestate : this.test.stricter(this.tracestate, tracestate);
    if (rest === 0 || other !== this.tracestate) this.marker = decider;
    this.tracestate = other;
  }

  /** Counts that the decider dropped the record. */
  private drop(undecided: UndecidedReason | undefined, recordBytes: number): void {
    this.requestCounts.drop(this.decider, recordBytes);
    if (undecided !== undefined) this.requestCounts.undecided(this.decider, undecided);
  }

  /**
   * For a record whose data points are judged one by one: whether tero.policy.v1 keeps it, apart
   * from limits, which are charged later for what is left of the record.
   */
  othersKeep(matched: Int32Array, count: number): boolean {
    this.tracestate = this.undecided = undefined;
    this.decider = -1;
    this.test.begin();
    this.rest = this.splitOff(matched, count);
    return this.rest === 0 || this.decide(this.others, this.rest, 0, false);
  }

  /** After `othersKeep`: whether the limits have room for what is left of the record. */
  chargeOthers(leftBytes: number): boolean {
    const full = this.rest === 0 ? -1 : this.limits.charge(leftBytes);
    if (full >= 0) this.decider = full;
    return full < 0;
  }

  /** After `othersKeep`: what tero.policy.v1 has decided, for policies in shadow. */
  ofOthers(kept: boolean): { matched: Int32Array; count: number; kept: boolean } {
    return { matched: this.others, count: this.rest, kept };
  }

  /** After `othersKeep`: counts what happened to the record; it stays if both dialects keep it. */
  countOthers(kept: boolean, othersKeep: boolean): void {
    for (let i = 0; i < this.rest; i++) {
      const policy = this.others[i] as number;
      const isHit = kept || (!othersKeep && policy === this.decider);
      this.requestCounts.count(policy, isHit ? Count.hits : Count.misses);
    }
  }

  /** After `keeps`: the number that was drawn for the record; -1: none was. */
  get drawn(): number {
    return this.test.drawn;
  }

  writeTracestate(editor: RecordEditor): void {
    if (this.tracestate === undefined) return;
    const before = editor.length;
    const found = editor.find(TRACESTATE);
    if (this.tracestate.length === 0) found.remove();
    else found.set(this.tracestate);
    this.requestCounts.resize(this.marker, editor.length - before);
    this.tracestate = undefined;
  }

  /** `charges`: false if the record is dropped in any case. */
  private decide(matched: Int32Array, count: number, recordBytes: number, charges = true): boolean {
    const { limits } = this;
    const { ranks } = this.program;
    limits.begin();
    let decider = matched[0] as number;
    for (let i = 0; i < count; i++) {
      const policy = matched[i] as number;
      const rank = ranks[policy] as number;
      const best = ranks[decider] as number;
      if (rank < best || (rank === best && policy < decider)) decider = policy;
      limits.note(policy, rank);
    }
    this.decider = this.marker = decider;
    const { test } = this;
    const isKept = test.keeps(this.program.policy(decider).keep);
    this.tracestate = test.tracestate;
    this.undecided = test.undecided;
    if (!isKept) return false;
    const full = charges ? limits.charge(recordBytes) : -1;
    if (full < 0) return true;
    this.decider = full;
    return false;
  }
}
