// What one request has counted and charged so far. It becomes final when the body was read to its
// end, and is taken back when the body turns out to be undecodable and goes out as it came.

import type { CompiledPolicy } from "../compile/program.ts";
import { Count, COUNTS } from "../counts.ts";
import type { CompiledKeep } from "../keep/compile-keep.ts";
import type { RateCharge } from "../keep/rate-limiter.ts";
import type { Settlement, UndecidedReason } from "../record-port.ts";
import { RequestSettlement } from "./settlement.ts";

/** Why a record did not stay, by the keep that decided. */
const REASONS: Readonly<Record<CompiledKeep["kind"], number>> = {
  all: Count.dropped,
  none: Count.dropped,
  percent: Count.sampled,
  sample: Count.sampled,
  rate: Count.limited,
};

export class RequestCounts {
  private readonly policies: readonly CompiledPolicy[];
  /** Exact to 2^53: a scrape of any length is one request. */
  private readonly pending: Float64Array;
  private readonly touched: Int32Array;
  private readonly isTouched: Uint8Array;
  private touchedCount = 0;
  private open: RequestSettlement | undefined;
  /** By policy: what its drops are counted as. */
  private readonly reasons: Uint8Array;

  constructor(policies: readonly CompiledPolicy[]) {
    this.policies = policies;
    this.pending = new Float64Array(policies.length * COUNTS);
    this.touched = new Int32Array(policies.length);
    this.isTouched = new Uint8Array(policies.length);
    this.reasons = Uint8Array.from(policies, ({ keep }) => REASONS[keep.kind]);
  }

  /** A request that ended in neither commit nor abort has failed: its counts are not final. */
  begin(): void {
    if (this.touchedCount > 0 || this.open !== undefined) this.abort();
  }

  /** Adds to a count (counts.ts) of a policy. */
  count(policy: number, count: number, more = 1): void {
    if (this.isTouched[policy] === 0) {
      this.isTouched[policy] = 1;
      this.touched[this.touchedCount++] = policy;
    }
    const at = policy * COUNTS + count;
    this.pending[at] = (this.pending[at] as number) + more;
  }

  /** Counts a record of this length that did not stay because of a policy. */
  drop(policy: number, recordBytes: number): void {
    const reason = this.reasons[policy] as number;
    this.count(policy, reason);
    const at = policy * COUNTS + Count.droppedBytes;
    this.pending[at] = (this.pending[at] as number) + recordBytes;
    if (reason === Count.sampled) this.settlement().sampled++;
    else if (reason === Count.limited) this.settlement().limited++;
  }

  /** Counts why a record that sampling dropped could not be decided. */
  undecided(policy: number, reason: UndecidedReason): void {
    const id = (this.policies[policy] as CompiledPolicy).policy.id;
    this.settlement().undecide(id, reason);
  }

  charge(charge: RateCharge): void {
    this.settlement().charge(charge);
  }

  commit(before?: Settlement): Settlement | undefined {
    this.settle(true);
    const { open } = this;
    this.open = undefined;
    if (open === undefined || !(before instanceof RequestSettlement)) return open ?? before;
    before.add(open);
    return before;
  }

  abort(): void {
    this.settle(false);
    this.open?.giveBack();
    this.open = undefined;
  }

  private settlement(): RequestSettlement {
    this.open ??= new RequestSettlement();
    return this.open;
  }

  private settle(final: boolean): void {
    for (let i = 0; i < this.touchedCount; i++) {
      const policy = this.touched[i] as number;
      this.isTouched[policy] = 0;
      const from = policy * COUNTS;
      const counts = this.policies[policy]?.counts;
      for (let c = 0; c < COUNTS; c++) {
        const pending = this.pending[from + c] as number;
        if (pending === 0) continue;
        if (final) counts?.add(c, pending);
        this.pending[from + c] = 0;
      }
    }
    this.touchedCount = 0;
  }
}
