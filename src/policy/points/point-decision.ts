// Decides on the data points of a record one by one, if policies of OpenTelemetry's dialect judge
// single points. Policies of tero.policy.v1 have decided on the whole record before; what either
// drops is dropped. Hits and misses of OpenTelemetry's policies are counted in data points.

import type { Program } from "../compile/program.ts";
import { Count } from "../count-table.ts";
import { OTEL_DROP_RANK } from "../keep/compile-keep.ts";
import type { KeepDecision } from "../evaluate/keep-decision.ts";
import { OtelDecision } from "../evaluate/otel-decision.ts";
import type { RequestCounts } from "../evaluate/request-counts.ts";
import type { ValueStore } from "../value-store.ts";

export class PointDecision {
  /** The record's data points so far, and how many of them were dropped. */
  found = 0;
  dropped = 0;
  private readonly program: Program;
  private readonly whole: KeepDecision;
  private readonly otel: OtelDecision;
  private readonly requestCounts: RequestCounts;
  /** Bytes of the points that are counted as dropped. */
  private droppedBytes = 0;
  /** The last policy that dropped a point; -1: none did. */
  private lastDrop = -1;
  private othersKeep = true;

  constructor(
    program: Program,
    values: ValueStore,
    whole: KeepDecision,
    requestCounts: RequestCounts,
  ) {
    this.program = program;
    this.whole = whole;
    // Undefined if all policies of the dialect are in shadow.
    this.otel = whole.otel ?? new OtelDecision(program, values, whole.test);
    this.requestCounts = requestCounts;
  }

  /** Begins a record that these policies match as a whole. */
  open(matched: Int32Array, count: number): void {
    this.found = this.dropped = this.droppedBytes = 0;
    this.lastDrop = -1;
    this.othersKeep = this.whole.othersKeep(matched, count);
  }

  /** Whether a data point of this length stays, given the policies that match it or its record. */
  keeps(matched: Int32Array, count: number, pointBytes: number): boolean {
    const { otel } = this;
    const otelKeeps = otel.keeps(matched, count);
    const kept = otelKeeps && this.othersKeep;
    this.found++;
    if (!otelKeeps) this.drop(otel.decider, pointBytes);
    this.countOtel(matched, count, otelKeeps, kept);
    return kept;
  }

  private drop(policy: number, pointBytes: number): void {
    this.dropped++;
    this.lastDrop = policy;
    if (!this.othersKeep) return;
    this.droppedBytes += pointBytes;
    this.requestCounts.cut(policy, pointBytes);
  }

  private countOtel(matched: Int32Array, count: number, otelKeeps: boolean, kept: boolean): void {
    const { ranks } = this.program;
    for (let i = 0; i < count; i++) {
      const policy = matched[i] as number;
      const rank = ranks[policy] as number;
      if (rank < OTEL_DROP_RANK) continue;
      const isHit = rank === OTEL_DROP_RANK ? !otelKeeps : kept;
      this.requestCounts.count(policy, isHit ? Count.hits : Count.misses);
    }
  }

  /**
   * Whether the record stays, after all of its data points were asked for: without any, it is
   * judged as a whole. `matched`: the policies that match it as a whole.
   */
  close(matched: Int32Array, count: number, recordBytes: number): boolean {
    const { whole, otel, requestCounts, othersKeep } = this;
    let drop = this.found > 0 && this.dropped === this.found ? this.lastDrop : -1;
    if (this.found === 0 && !otel.keeps(matched, count)) drop = otel.decider;
    const leftBytes = recordBytes - this.droppedBytes;
    const staysSoFar = othersKeep && drop < 0;
    const kept = staysSoFar && whole.chargeOthers(leftBytes);
    const isByOthers = !othersKeep || (staysSoFar && !kept);
    whole.countOthers(kept, !isByOthers);
    if (isByOthers) requestCounts.drop(whole.decider, othersKeep ? leftBytes : recordBytes);
    else if (!kept) requestCounts.drop((whole.decider = drop), leftBytes);
    return kept;
  }

  /** After `close`: sets the policy that is reported as the decider if none dropped the record. */
  nameDecider(any: number): void {
    const { whole, lastDrop, othersKeep } = this;
    if (lastDrop >= 0 && othersKeep) whole.decider = lastDrop;
    else if (whole.decider < 0) whole.decider = any;
  }
}
