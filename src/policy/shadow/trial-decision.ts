// What would happen to a record if one policy in shadow were enforced too, by the rules of
// keep-decision.ts. Rate limits of enforced policies are not consulted, because it cannot be
// predicted how much a new policy would leave for them. Rate limits of policies in shadow are
// charged.

import type { Program } from "../compile/program.ts";
import type { KeepDecision } from "../evaluate/keep-decision.ts";
import type { RequestCounts } from "../evaluate/request-counts.ts";
import {
  BUDGET_RANK,
  type CompiledKeep,
  OTEL_DROP_RANK,
  OTEL_KEEP_RANK,
  OTEL_PASS_RANK,
  OTEL_SAMPLE_RANK,
  RATE_RANK,
} from "../keep/compile-keep.ts";
import { KeepTest } from "../keep/keep-test.ts";
import { keyText } from "../keep/sample-key.ts";
import type { Would } from "../record-port.ts";
import type { ValueStore } from "../value-store.ts";

/** What enforced policies have decided about a record. */
export interface Enforced {
  /** `count` policies of the enforced program. */
  readonly matched: Int32Array;
  readonly count: number;
  readonly kept: boolean;
}

interface TrialParts {
  readonly decision: KeepDecision;
  readonly counts: RequestCounts;
  /** Monotonic milliseconds. */
  readonly nowMs: () => number;
}

const NONE = -1;

export class TrialDecision {
  private readonly enforced: Program;
  private readonly shadow: Program;
  private readonly values: ValueStore;
  private readonly decision: KeepDecision;
  private readonly counts: RequestCounts;
  private readonly nowMs: () => number;
  private readonly test: KeepTest;
  private kept = true;
  /**
   * Among the enforced policies that match: whether filters drop, the lowest share of
   * OpenTelemetry's samplings, and the most restrictive of the others.
   */
  private drops = false;
  private exempts = false;
  private sampling = Infinity;
  private best = NONE;
  private hasMatches = false;
  /** State of separate random draws: those of enforced policies must not change. */
  private seed = 0;

  /** `counts`: those of the program in shadow. */
  constructor(enforced: Program, values: ValueStore, { decision, counts, nowMs }: TrialParts) {
    if (enforced.shadow === undefined) throw new Error("no policy is in shadow");
    this.enforced = enforced;
    this.shadow = enforced.shadow;
    this.values = values;
    this.decision = decision;
    this.counts = counts;
    this.nowMs = nowMs;
    this.test = new KeepTest(enforced.slots, values, () => this.draw());
  }

  /** Takes the decision of the enforced policies; to be called before `of`, for each record. */
  open({ matched, count, kept }: Enforced): void {
    const { ranks } = this.enforced;
    this.kept = kept;
    this.hasMatches = count > 0;
    this.drops = this.exempts = false;
    this.best = NONE;
    this.sampling = Infinity;
    for (let i = 0; i < count; i++) {
      const policy = matched[i] as number;
      const rank = ranks[policy] as number;
      if (rank === OTEL_DROP_RANK) this.drops = true;
      else if (rank === OTEL_KEEP_RANK) this.exempts = true;
      else if (rank === OTEL_PASS_RANK) continue;
      else if (rank >= OTEL_SAMPLE_RANK) this.sampling = Math.min(this.sampling, rank);
      else if (this.isBefore(rank, this.enforced.numberInSet(policy))) this.best = policy;
    }
  }

  /** What a policy in shadow that matches the record would do to it. */
  of(policy: number): Would {
    const rank = this.shadow.ranks[policy] as number;
    const { keep } = this.shadow.policy(policy);
    if (rank === OTEL_PASS_RANK) return "nothing";
    if (rank === OTEL_DROP_RANK) return this.kept && !this.exempts ? "drop" : "nothing";
    const isFiltered = this.drops && !this.exempts;
    if (rank === OTEL_KEEP_RANK) return isFiltered && this.othersKeep() ? "keep" : "nothing";
    if (isFiltered || keep.kind === "budget") return "nothing";
    if (rank >= OTEL_SAMPLE_RANK) return this.ofSampling(rank, keep);
    if (keep.kind === "rate") return this.kept && !this.charge(keep) ? "limit" : "nothing";
    if (!this.isBefore(rank, this.shadow.numberInSet(policy))) return "nothing";
    const keeps = this.test.keeps(keep);
    if (!this.kept) return keeps && !this.isLimited ? "keep" : "nothing";
    if (!keeps) return keep.kind === "none" ? "drop" : "sample";
    return this.writesOther() ? "edit" : "nothing";
  }

  /**
   * A sampling with a lower share than all others; what is dropped without it is dropped with it,
   * too.
   */
  private ofSampling(rank: number, keep: CompiledKeep): Would {
    if (!this.kept || rank >= this.sampling) return "nothing";
    if (!this.test.keeps(keep)) return "sample";
    const now = this.hasMatches ? this.decision.tracestate : undefined;
    const { test } = this;
    const isOther =
      test.tracestateOf(test.stricter(test.tracestate, now)) !== test.tracestateOf(now);
    return isOther ? "edit" : "nothing";
  }

  /**
   * Whether a keep of this rank and number would decide instead of the most restrictive one so far.
   */
  private isBefore(rank: number, numberInSet: number): boolean {
    if (this.best === NONE) return true;
    const best = this.enforced.ranks[this.best] as number;
    return rank < best || (rank === best && numberInSet < this.enforced.numberInSet(this.best));
  }

  /** Whether a limit or a budget has dropped the record. */
  private get isLimited(): boolean {
    const rank = this.enforced.ranks[this.decision.decider];
    return rank === RATE_RANK || rank === BUDGET_RANK;
  }

  private othersKeep(): boolean {
    return this.best === NONE || this.test.keeps(this.enforced.policy(this.best).keep);
  }

  private charge({ key, limiter }: Extract<CompiledKeep, { kind: "rate" }>): boolean {
    const charge = limiter.take(key && keyText(this.values, key.slot), this.nowMs());
    if (charge !== undefined) this.counts.charge(charge);
    return charge !== undefined;
  }

  /** Whether a different tracestate would leave. */
  private writesOther(): boolean {
    const { test, decision } = this;
    const now = this.hasMatches ? decision.tracestate : undefined;
    if (test.tracestate === undefined && now === undefined) return false;
    return test.tracestateOf(test.tracestate) !== test.tracestateOf(now);
  }

  /**
   * Uses the draw of the enforced policies if there was one, so that smaller shares are parts of
   * larger.
   */
  private draw(): number {
    const { drawn } = this.decision;
    if (this.hasMatches && drawn >= 0) return drawn;
    // Mulberry32, because pure code has no other source of randomness.
    this.seed = (this.seed + 0x6d2b79f5) | 0;
    let t = Math.imul(this.seed ^ (this.seed >>> 15), this.seed | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }
}
