// Decides between all policies that match a record. `none` drops; of percentages the lowest
// decides; then every rate limit must have room, and all are charged only when all have. Filters of
// OpenTelemetry's dialect decide apart from these; what either drops is dropped. Counts hits and
// misses.

import type { Program } from "../compile/program.ts";
import { Count } from "../count-table.ts";
import { Field, Scope } from "../fields.ts";
import {
  type CompiledKeep,
  OTEL_DROP_RANK,
  OTEL_KEEP_RANK,
  RATE_RANK,
} from "../keep/compile-keep.ts";
import { KeepTest } from "../keep/keep-test.ts";
import type { RateCharge } from "../keep/rate-limiter.ts";
import { keyText } from "../keep/sample-key.ts";
import type { FieldSelector, RecordEditor } from "../record-port.ts";
import type { ValueStore } from "../value-store.ts";
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
  /** Matched policies that are no filters: scratch; undefined when the program has no filters. */
  private readonly others: Int32Array | undefined;

  constructor(program: Program, values: ValueStore, requestCounts: RequestCounts, deps: KeepDeps) {
    this.program = program;
    this.values = values;
    this.requestCounts = requestCounts;
    this.deps = deps;
    this.test = new KeepTest(program.slots, values, deps.random);
    const hasFilters = program.ranks.some((rank) => rank >= OTEL_DROP_RANK);
    this.others = hasFilters ? new Int32Array(program.size) : undefined;
    this.limits = new Int32Array(program.ranks.filter((rank) => rank === RATE_RANK).length);
  }

  /** Whether a record of this length stays, for `count` > 0 matched policies. */
  keeps(matched: Int32Array, count: number, recordBytes: number): boolean {
    this.tracestate = undefined;
    this.test.begin();
    if (this.others !== undefined) return this.keepsBoth(matched, count, recordBytes, this.others);
    const kept = this.decide(matched, count);
    const { decider } = this;
    for (let i = 0; i < count; i++) {
      const policy = matched[i] as number;
      this.requestCounts.count(policy, kept || policy === decider ? Count.hits : Count.misses);
    }
    if (!kept) this.requestCounts.drop(decider, recordBytes);
    return kept;
  }

  /**
   * Of filters any keep exempts from all drops; else the record is dropped, and no limit of the
   * others is charged. All drops of a record are hits, unless a keep overruled them.
   */
  private keepsBoth(
    matched: Int32Array,
    count: number,
    recordBytes: number,
    others: Int32Array,
  ): boolean {
    const { ranks } = this.program;
    const drop = lowestOf(matched, count, ranks, OTEL_DROP_RANK);
    const keep = lowestOf(matched, count, ranks, OTEL_KEEP_RANK);
    const isFiltered = drop >= 0 && keep < 0;
    let rest = 0;
    for (let i = 0; i < count; i++) {
      const policy = matched[i] as number;
      if ((ranks[policy] as number) < OTEL_DROP_RANK) others[rest++] = policy;
    }
    const kept = !isFiltered && (rest === 0 || this.decide(others, rest));
    // Of the others, what a drop by filters is the doing of: one that keeps none.
    const winner = isFiltered ? lowestOf(others, rest, ranks, 0) : this.decider;
    if (isFiltered) this.decider = drop;
    else if (rest === 0) this.decider = keep;
    for (let i = 0; i < count; i++) {
      const policy = matched[i] as number;
      const rank = ranks[policy] as number;
      const isHit =
        rank === OTEL_DROP_RANK
          ? isFiltered
          : kept || (rank !== OTEL_KEEP_RANK && policy === winner);
      this.requestCounts.count(policy, isHit ? Count.hits : Count.misses);
    }
    if (!kept) this.requestCounts.drop(this.decider, recordBytes);
    return kept;
  }

  /** After keeps: the number that was drawn for the record; -1: none was. */
  get drawn(): number {
    return this.test.drawn;
  }

  writeTracestate(editor: RecordEditor): void {
    if (this.tracestate === undefined) return;
    const before = editor.length;
    editor.find(TRACESTATE).set(this.tracestate);
    this.requestCounts.resize(this.decider, editor.length - before);
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
    this.decider = decider;
    if (!this.keepsBy(this.program.policy(decider).keep)) return false;
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

  private keepsBy(keep: CompiledKeep): boolean {
    const { test } = this;
    const kept = test.keeps(keep);
    this.tracestate = test.tracestate;
    if (test.undecided !== undefined) this.requestCounts.undecided(this.decider, test.undecided);
    return kept;
  }
}

/** The first of the policies of a rank, by id; -1: there is none. */
function lowestOf(policies: Int32Array, count: number, ranks: Float64Array, rank: number): number {
  let lowest = -1;
  for (let i = 0; i < count; i++) {
    const policy = policies[i] as number;
    if (ranks[policy] === rank && (lowest < 0 || policy < lowest)) lowest = policy;
  }
  return lowest;
}
