// Whether one keep, taken by itself, keeps the current record. Rate limits and budgets keep
// everything here, because they are charged together. Counts nothing.

import { decodeUtf8 } from "../../core/utf8.ts";
import type { SlotTable } from "../compile/slot-table.ts";
import type { UndecidedReason } from "../record-port.ts";
import type { ValueStore } from "../value-store.ts";
import { compareBits } from "./bits56.ts";
import { type CompiledKeep, sampleSlots } from "./compile-keep.ts";
import { stricterTracestate } from "./otel-sampling.ts";
import { keyRandomness } from "./sample-key.ts";

export class KeepTest {
  /** The number that was drawn for the record; -1: none was. */
  drawn = -1;
  /** After `keeps`: what sampling writes into the span's tracestate; undefined: nothing. */
  tracestate: Uint8Array | undefined;
  /** After `keeps`: why `fail_closed` dropped the span. */
  undecided: UndecidedReason | undefined;
  private readonly values: ValueStore;
  private readonly random: () => number;
  private readonly traceIdSlot: number;
  private readonly tracestateSlot: number;

  constructor(slots: SlotTable, values: ValueStore, random: () => number) {
    const { traceId, tracestate } = sampleSlots(slots);
    this.values = values;
    this.random = random;
    this.traceIdSlot = traceId;
    this.tracestateSlot = tracestate;
  }

  /** To be called before each record. */
  begin(): void {
    this.drawn = -1;
    this.tracestate = undefined;
  }

  /** The stricter of two changes to the span's tracestate; undefined stands for no change. */
  stricter(one: Uint8Array | undefined, other: Uint8Array | undefined): Uint8Array | undefined {
    if (one === undefined && other === undefined) return undefined;
    const text = this.tracestateOf(one);
    return stricterTracestate(text, this.tracestateOf(other)) === text ? one : other;
  }

  /** The tracestate after a change, or the existing one if there is no change. */
  tracestateOf(change: Uint8Array | undefined): string {
    if (change !== undefined) return decodeUtf8(change);
    const { values, tracestateSlot: slot } = this;
    if (slot < 0 || !values.has(slot)) return "";
    return values.text(slot);
  }

  keeps(keep: CompiledKeep): boolean {
    this.tracestate = this.undecided = undefined;
    switch (keep.kind) {
      case "all":
      case "rate":
      case "budget":
      case "otel_keep":
      case "otel_pass":
        return true;
      case "otel_drop":
      case "none":
        return false;
      case "percent": {
        const { key } = keep;
        const bits = key && keyRandomness(this.values, key.slot, key.isTraceId);
        if (bits !== undefined) return compareBits(bits, keep.threshold) >= 0;
        this.drawn = this.random();
        return this.drawn < keep.share;
      }
      case "sample":
      case "otel_sample": {
        const { sampler } = keep;
        const kept = sampler.keeps(this.values, this.traceIdSlot, this.tracestateSlot);
        this.tracestate = sampler.tracestate;
        this.undecided = sampler.undecided;
        return kept;
      }
    }
  }
}
