// Decides between all policies that match a record. `none` drops; of percentages the lowest
// decides; then every rate limit must have room, and all are charged only when all have. Those of
// OpenTelemetry's dialect decide apart from these; what either drops is dropped. Counts hits and
// misses.

import type { Program } from "../compile/program.ts";
import { Count } from "../count-table.ts";
import { Field, Scope } from "../fields.ts";
import { OTEL_DROP_RANK, OTEL_PASS_RANK, RATE_RANK } from "../keep/compile-keep.ts";
import { KeepTest } from "../keep/keep-test.ts";
import type { RateCharge } from "../keep/rate-limiter.ts";
import { keyText } from "../keep/sample-key.ts";
import type { FieldSelector, RecordEditor, UndecidedReason } from "../record-port.ts";
import type { ValueStore } from "../value-store.ts";
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
  /** What the decider writes into the span's tracestate; undefined: nothing. */
  tracestate: Uint8Array | undefined;
  /**
   * After keeps: the policy that dropped the record, else the most restrictive one; the lowest id
   * among equals.
   */
  decider = -1;
  private readonly program: Program;
  private readonly values: ValueStore;
  private readonly requestCounts: RequestCounts;
  private readonly deps: KeepDeps;
  private readonly test: KeepTest;
  /** Matched policies with a rate limit, and what they took of their windows: scratch. */
  private readonly limits: Int32Array;
  private readonly taken: RateCharge[] = [];
  /** Undefined: no policy is of OpenTelemetry's dialect. */
  private readonly otel: OtelDecision | undefined;
  /** Matched policies of the other dialect: scratch. */
  private readonly others: Int32Array;
  /** Who wrote the tracestate. */
  private marker = -1;
  /** Why the decider of the other dialect dropped the span by `fail_closed`. */
  private undecided: UndecidedReason | undefined;

  constructor(program: Program, values: ValueStore, requestCounts: RequestCounts, deps: KeepDeps) {
    this.program = program;
    this.values = values;
    this.requestCounts = requestCounts;
    this.deps = deps;
    this.test = new KeepTest(program.slots, values, deps.random);
    this.otel = OtelDecision.of(program, values, this.test);
    this.others = new Int32Array(this.otel === undefined ? 0 : program.size);
    this.limits = new Int32Array(program.ranks.filter((rank) => rank === RATE_RANK).length);
  }

  /** Whether a record of this length stays, for `count` > 0 matched policies. */
  keeps(matched: Int32Array, count: number, recordBytes: number): boolean {
    this.tracestate = this.undecided = undefined;
    this.test.begin();
    if (this.otel !== undefined) return this.keepsBoth(this.otel, matched, count, recordBytes);
    const kept = this.decide(matched, count);
    const { decider } = this;
    for (let i = 0; i < count; i++) {
      const policy = matched[i] as number;
      this.requestCounts.count(policy, kept || policy === decider ? Count.hits : Count.misses);
    }
    if (!kept) this.drop(this.undecided, recordBytes);
    return kept;
  }

  /**
   * Each dialect decides alone. What filters drop charges no limit of the others. All drops of a
   * record are hits, unless a keep overruled them.
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
    const othersKeep = rest === 0 || (asksOthers && this.decide(others, rest));
    // Of the others, what a drop by filters is the doing of: one that keeps none.
    const winner = asksOthers ? this.decider : lowestOf(others, rest, ranks, 0);
    const kept = otelKeeps && othersKeep;
    for (let i = 0; i < count; i++) {
      const policy = matched[i] as number;
      const rank = ranks[policy] as number;
      // What it changes is counted with its edits.
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

  /** Leaves the policies of the other dialect in `others`; answers how many. */
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

  /** The higher threshold of both dialects is what is written. */
  private merge(rest: number, tracestate: Uint8Array | undefined, decider: number): void {
    const other = rest === 0 ? tracestate : this.test.stricter(this.tracestate, tracestate);
    if (rest === 0 || other !== this.tracestate) this.marker = decider;
    this.tracestate = other;
  }

  /** Counts that the record does not stay because of the decider. */
  private drop(undecided: UndecidedReason | undefined, recordBytes: number): void {
    this.requestCounts.drop(this.decider, recordBytes);
    if (undecided !== undefined) this.requestCounts.undecided(this.decider, undecided);
  }

  /** After keeps: the number that was drawn for the record; -1: none was. */
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

  private decide(matched: Int32Array, count: number): boolean {
    const { ranks } = this.program;
    let decider = matched[0] as number;
    let limits = 0;
    for (let i = 0; i < count; i++) {
      const policy = matched[i] as number;
      const rank = ranks[policy] as number;
      const best = ranks[decider] as number;
      if (rank < best || (rank === best && policy < decider)) decider = policy;
      if (rank === RATE_RANK) this.addLimit(policy, limits++);
    }
    this.decider = this.marker = decider;
    const { test } = this;
    const isKept = test.keeps(this.program.policy(decider).keep);
    this.tracestate = test.tracestate;
    this.undecided = test.undecided;
    if (!isKept) return false;
    if (limits === 0) return true;
    const full = this.charge(limits);
    if (full < 0) return true;
    this.decider = full;
    return false;
  }

  /** Rate limits are looked at in the order of their ids. */
  private addLimit(policy: number, count: number): void {
    const { limits } = this;
    let at = count;
    for (; at > 0 && (limits[at - 1] as number) > policy; at--)
      limits[at] = limits[at - 1] as number;
    limits[at] = policy;
  }

  /** Charges the first `count` limits, or none and returns the first that has no room; -1: all. */
  private charge(count: number): number {
    const { taken, limits } = this;
    const nowMs = this.deps.nowMs();
    for (let i = 0; i < count; i++) {
      const policy = limits[i] as number;
      const { keep } = this.program.policy(policy);
      if (keep.kind !== "rate") continue;
      const key = keep.key && keyText(this.values, keep.key.slot);
      const charge = keep.limiter.take(key, nowMs);
      if (charge === undefined) {
        for (const other of taken) other.giveBack();
        taken.length = 0;
        return policy;
      }
      taken.push(charge);
    }
    for (const charge of taken) this.requestCounts.charge(charge);
    taken.length = 0;
    return -1;
  }
}
