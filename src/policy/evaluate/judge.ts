// Of all policies that match a record, one wins: the most restrictive keep, the lowest id among
// equals. Only the winner samples or is charged. Counts hits and misses.

import { compareBits } from "../keep/bits56.ts";
import type { CompiledPolicy, Program } from "../compile/program.ts";
import { encodeUtf8 } from "../../core/utf8.ts";
import { Count } from "../counts.ts";
import { Field, Scope } from "../fields.ts";
import { type CompiledKeep, type KeySlot, sampleSlots } from "../keep/compile-keep.ts";
import { keyRandomness, keyText, textOf } from "../keep/sample-key.ts";
import { sampleSpan, type SampleKeep } from "../keep/trace-sampling.ts";
import type { Place, RecordEditor } from "../record-port.ts";
import type { ValueStore } from "../value-store.ts";
import type { Ledger } from "./ledger.ts";

export interface JudgeDeps {
  /** Monotonic milliseconds. */
  readonly nowMs: () => number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

const TRACESTATE: Place = { field: Field.trace_state, scope: Scope.record, path: [] };

export class Judge {
  /** What the winner writes into the span's tracestate; undefined: nothing. */
  tracestate: string | undefined;
  private readonly policies: readonly CompiledPolicy[];
  private readonly ranks: Float64Array;
  private readonly values: ValueStore;
  private readonly ledger: Ledger;
  private readonly deps: JudgeDeps;
  private readonly traceIdSlot: number;
  private readonly tracestateSlot: number;

  constructor(program: Program, values: ValueStore, ledger: Ledger, deps: JudgeDeps) {
    this.policies = program.policies;
    this.ranks = Float64Array.from(program.policies, (policy) => policy.rank);
    this.values = values;
    this.ledger = ledger;
    this.deps = deps;
    const { traceId, tracestate } = sampleSlots(program.slots);
    this.traceIdSlot = traceId;
    this.tracestateSlot = tracestate;
  }

  /** Whether a record of this length stays, for `count` > 0 matched policies. */
  keeps(matched: Int32Array, count: number, recordBytes: number): boolean {
    this.tracestate = undefined;
    const winner = this.winner(matched, count);
    const kept = this.keepsBy((this.policies[winner] as CompiledPolicy).keep);
    for (let i = 0; i < count; i++) {
      const policy = matched[i] as number;
      this.ledger.count(policy, kept || policy === winner ? Count.hits : Count.misses);
    }
    if (!kept) this.ledger.count(winner, Count.droppedBytes, recordBytes);
    return kept;
  }

  writeTracestate(editor: RecordEditor): void {
    if (this.tracestate === undefined) return;
    editor.setText(TRACESTATE, encodeUtf8(this.tracestate));
    this.tracestate = undefined;
  }

  /** The policy that decides, of `count` > 0 matched ones. */
  winner(matched: Int32Array, count: number): number {
    let winner = matched[0] as number;
    for (let i = 1; i < count; i++) {
      const policy = matched[i] as number;
      const rank = this.ranks[policy] as number;
      const best = this.ranks[winner] as number;
      if (rank < best || (rank === best && policy < winner)) winner = policy;
    }
    return winner;
  }

  private keepsBy(keep: CompiledKeep): boolean {
    switch (keep.kind) {
      case "all":
        return true;
      case "none":
        return false;
      case "percent": {
        const { key } = keep;
        const bits = key && keyRandomness(this.values, key.slot, key.isTraceId);
        if (bits === undefined) return this.deps.random() < keep.share;
        return compareBits(bits, keep.threshold) >= 0;
      }
      case "rate":
        return this.withinRate(keep.limiter, keep.key);
      case "sample":
        return this.sample(keep.sample);
    }
  }

  private withinRate(
    limiter: Extract<CompiledKeep, { kind: "rate" }>["limiter"],
    key: KeySlot | undefined,
  ): boolean {
    const text = key && keyText(this.values, key.slot);
    const charge = limiter.take(text, this.deps.nowMs());
    if (charge === undefined) return false;
    this.ledger.charge(charge);
    return true;
  }

  private sample(sample: SampleKeep): boolean {
    const decision = sampleSpan(
      sample,
      this.text(this.traceIdSlot),
      this.text(this.tracestateSlot) ?? "",
    );
    this.tracestate = decision.tracestate;
    return decision.keep;
  }

  private text(slot: number): string | undefined {
    return slot >= 0 && this.values.has(slot) ? textOf(this.values, slot) : undefined;
  }
}
