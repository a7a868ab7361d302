// What one request has counted and charged so far. It becomes final when the body was read to its
// end, and is taken back when the body turns out to be undecodable and goes out as it came.

import type { CompiledPolicy } from "../compile/program.ts";
import { COUNTS } from "../counts.ts";
import type { RateCharge } from "../keep/rate-limiter.ts";

export class Ledger {
  private readonly policies: readonly CompiledPolicy[];
  /** Exact to 2^53: a scrape of any length is one request. */
  private readonly pending: Float64Array;
  private readonly touched: Int32Array;
  private readonly isTouched: Uint8Array;
  private touchedCount = 0;
  private charged: RateCharge[] = [];

  constructor(policies: readonly CompiledPolicy[]) {
    this.policies = policies;
    this.pending = new Float64Array(policies.length * COUNTS);
    this.touched = new Int32Array(policies.length);
    this.isTouched = new Uint8Array(policies.length);
  }

  /** A request that ended in neither commit nor abort has failed: its counts are not final. */
  begin(): void {
    if (this.touchedCount > 0 || this.charged.length > 0) this.abort();
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

  charge(charge: RateCharge): void {
    this.charged.push(charge);
  }

  commit(): void {
    this.settle(true);
    if (this.charged.length > 0) this.charged = [];
  }

  abort(): void {
    this.settle(false);
    for (const charge of this.charged) charge.giveBack();
    this.charged = [];
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
