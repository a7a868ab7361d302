// What one request has counted and charged so far. The counts become final when the body has been
// read to its end. They are taken back if the body turns out to be undecodable and leaves
// unchanged.

import type { Program } from "../compile/program.ts";
import { Count, COUNTS, TO_BYTES } from "../count-table.ts";
import type { RateCharge } from "../keep/rate-limiter.ts";
import type { Settlement, UndecidedReason } from "../record-port.ts";
import type { ServiceTally } from "../services/service-tally.ts";
import { RequestSettlement } from "./settlement.ts";

/** Most requests count for few policies. */
const ROWS_AT_FIRST = 8;

export class RequestCounts {
  private readonly program: Program;
  private readonly services: ServiceTally | undefined;
  /** By policy: its row in `pending`, plus one; 0: it has none. */
  private readonly rows: Int32Array;
  /** By row: the policy that it counts for. */
  private readonly touched: Int32Array;
  private touchedCount = 0;
  /** Rows of COUNTS numbers, each exact to 2^53: a scrape of any length is one request. */
  private pending = new Float64Array(ROWS_AT_FIRST * COUNTS);
  private open: RequestSettlement | undefined;
  /** The last policy that took a record away, and the last that edited one; -1: none did. */
  private lastCut = -1;
  private lastEdit = -1;

  /** `services`: counts by service as well; undefined: not counted. */
  constructor(program: Program, services?: ServiceTally) {
    this.program = program;
    this.services = services;
    this.rows = new Int32Array(program.size);
    this.touched = new Int32Array(program.size);
  }

  /**
   * A previous request that ended in neither commit nor abort has failed: its counts are discarded.
   */
  begin(): void {
    this.abort();
  }

  /** Adds to a count (count-table.ts) of a policy. */
  count(policy: number, count: number, more = 1): void {
    const row = this.rows[policy] as number;
    const at = (row === 0 ? this.newRow(policy) : row - 1) * COUNTS + count;
    this.pending[at] = (this.pending[at] as number) + more;
  }

  /** Counts a record of this length that a policy dropped. */
  drop(policy: number, recordBytes: number): void {
    const reason = this.program.reasons[policy] as number;
    this.count(policy, reason);
    this.services?.drop(reason);
    this.cutBytes(policy, reason + TO_BYTES, recordBytes);
  }

  /** Counts bytes of a part of a record that a policy removed. */
  cut(policy: number, bytes: number): void {
    this.cutBytes(policy, (this.program.reasons[policy] as number) + TO_BYTES, bytes);
  }

  private cutBytes(policy: number, count: number, bytes: number): void {
    this.count(policy, count, bytes);
    this.services?.bytes(count, bytes);
    this.lastCut = policy;
  }

  /** Counts by how many bytes the edits of a policy made something longer. */
  resize(policy: number, moreBytes: number): void {
    const count = moreBytes > 0 ? Count.addedBytes : Count.removedBytes;
    if (moreBytes !== 0) {
      this.count(policy, count, Math.abs(moreBytes));
      this.services?.bytes(count, Math.abs(moreBytes));
    }
    this.lastEdit = policy;
  }

  /** Counts why a record that sampling dropped could not be decided. */
  undecided(policy: number, reason: UndecidedReason): void {
    this.settlement().undecide(this.program.policyId(policy), reason);
  }

  /** `amount`: in units of the charge, records for rates and bytes for budgets. */
  charge(charge: RateCharge, amount = 1): void {
    this.settlement().charge(charge, amount);
  }

  commit(before?: Settlement): Settlement | undefined {
    if (this.lastCut >= 0 || this.lastEdit >= 0) this.sumUp(this.settlement());
    this.settle(true);
    const { open } = this;
    this.open = undefined;
    if (open === undefined || !(before instanceof RequestSettlement)) return open ?? before;
    before.add(open);
    return before;
  }

  /** Like `commit`, but after the counts of others, on whose settlement the charges depend. */
  commitBehind(others: Settlement | undefined): Settlement | undefined {
    this.settle(true);
    const { open } = this;
    this.open = undefined;
    if (open === undefined) return others;
    const settlement = others instanceof RequestSettlement ? others : new RequestSettlement();
    settlement.attach(open);
    return settlement;
  }

  abort(): void {
    this.settle(false);
    this.open?.giveBack();
    this.open = undefined;
  }

  private newRow(policy: number): number {
    const row = this.touchedCount++;
    this.touched[row] = policy;
    this.rows[policy] = row + 1;
    if ((row + 1) * COUNTS > this.pending.length) {
      const longer = new Float64Array(this.pending.length * 2);
      longer.set(this.pending);
      this.pending = longer;
    }
    return row;
  }

  private settlement(): RequestSettlement {
    this.open ??= new RequestSettlement();
    return this.open;
  }

  private sumUp(settlement: RequestSettlement): void {
    for (let i = 0; i < this.touchedCount; i++) settlement.sum(this.pending, i * COUNTS);
    const { lastCut, lastEdit, program } = this;
    if (lastCut >= 0) {
      const reason = program.reasons[lastCut] as number;
      settlement.lastCut(program.policy(lastCut).counts, reason + TO_BYTES);
    }
    if (lastEdit >= 0) settlement.lastEdit(program.policy(lastEdit).counts);
  }

  private settle(final: boolean): void {
    this.lastCut = this.lastEdit = -1;
    for (let i = 0; i < this.touchedCount; i++) {
      const policy = this.touched[i] as number;
      this.rows[policy] = 0;
      const from = i * COUNTS;
      const { counts } = this.program.policy(policy);
      for (let c = 0; c < COUNTS; c++) {
        const pending = this.pending[from + c] as number;
        if (pending === 0) continue;
        if (final) counts.add(c, pending);
        this.pending[from + c] = 0;
      }
    }
    this.touchedCount = 0;
  }
}
