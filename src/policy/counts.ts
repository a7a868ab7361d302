// The counts of all policies. They outlive snapshots, and counts that were handed out are forgotten
// only once the receiver has acknowledged them.

import { COUNTED_SETS_MAX } from "../core/limits.ts";
import { compareUtf8, ownText } from "../core/utf8.ts";
import { Count, COUNTS, countsOf, TRANSFORM_KINDS } from "./count-table.ts";
import type { PolicyStatus, PolicyTotals, TransformCount, StatusDelta } from "./engine-port.ts";
import { NO_FAULTS } from "./fault-list.ts";

/** No policy has this id. */
export const FORGOTTEN_ID = "";

/** Shared by rows that have counted nothing, as most have not; it is never written to. */
const NOTHING = new Float64Array(COUNTS);

/**
 * One policy's counts since start, and the part of them that was acknowledged. Plain numbers, exact
 * to 2^53.
 */
export class CountsRow {
  readonly id: string;
  totals: Float64Array = NOTHING;
  acknowledged: Float64Array = NOTHING;
  /** What is wrong with the policy; once it has left, as of the last set that contained it. */
  errors: readonly string[] = NO_FAULTS;
  /** The number of sets since the last one that contained it; 0: the current set does. */
  setsAway = 0;
  /** If set, counts are added here: COUNTS words that other threads read and add to as well. */
  shared: BigUint64Array | undefined;
  /** Once this row is forgotten: the row that has its counts and takes those still to come. */
  successor: CountsRow | undefined;

  constructor(id: string) {
    this.id = id;
  }

  add(count: number, more: number): void {
    if (this.successor !== undefined) this.successor.add(count, more);
    else if (this.shared !== undefined) Atomics.add(this.shared, count, BigInt(more));
    else this.own()[count] = (this.totals[count] as number) + more;
  }

  private own(): Float64Array {
    if (this.totals === NOTHING) this.totals = new Float64Array(COUNTS);
    return this.totals;
  }

  leaveTo(successor: CountsRow): void {
    this.totals.forEach((total, count) => {
      if (total > 0) successor.add(count, total);
    });
    this.successor = successor;
  }

  /** Adds the counts that another book handed out. */
  addStatus(status: PolicyStatus): void {
    this.addAny(Count.hits, status.hits);
    this.addAny(Count.misses, status.misses);
    for (const kind of TRANSFORM_KINDS) {
      this.addAny(Count[kind], status[kind].hits);
      this.addAny(Count[kind] + 1, status[kind].misses);
    }
  }

  /** Most counts are 0, and need no row of their own. */
  private addAny(count: number, more: number): void {
    if (more !== 0) this.add(count, more);
  }

  get pending(): boolean {
    const { totals, acknowledged } = this;
    return totals !== acknowledged && totals.some((total, i) => total !== acknowledged[i]);
  }
}

/** Ids of the policies of a set, with what is wrong with each policy. */
export type KnownPolicies = ReadonlyMap<string, readonly string[]>;

/** Counts of policies by id, which can be taken, acknowledged and given back. */
export class PolicyCounts {
  private current: KnownPolicies = new Map();
  /** Rows of policies for which something was or may be counted; most policies have none. */
  private readonly rows = new Map<string, CountsRow>();
  private open: object | undefined;
  /** The sum of the rows that were forgotten. */
  private readonly forgotten = new CountsRow(FORGOTTEN_ID);

  /**
   * The row that counts for a policy; it is created if it does not exist. `setsAway`: the number of
   * sets since the one by which the policy is counted.
   */
  rowOf(id: string, setsAway = 0): CountsRow {
    const row = this.rows.get(id);
    if (row !== undefined) return row;
    const isGone = setsAway >= COUNTED_SETS_MAX && !this.current.has(id);
    return isGone || id === FORGOTTEN_ID ? this.forgotten : this.newRow(id, setsAway);
  }

  /** Adds what was counted elsewhere, by one of the sets that are still being counted. */
  credit(id: string, count: number, more: number): void {
    this.rowOf(id).add(count, more);
  }

  /**
   * Adds the counts that another book handed out. A policy that is not, or not yet, in the set is
   * reported until its counts were acknowledged.
   */
  addStatus(status: PolicyStatus): void {
    const row = this.rowOf(status.id);
    row.errors = status.errors;
    row.addStatus(status);
  }

  /**
   * Says which policies the current set has. Rows of others stay until their counts have
   * been acknowledged, and as long as requests that began with their sets are counted.
   */
  setKnown(policies: KnownPolicies): void {
    for (const [id, row] of this.rows) {
      row.errors = this.current.get(id) ?? row.errors;
      row.setsAway = policies.has(id) ? 0 : row.setsAway + 1;
    }
    this.current = policies;
    this.forgetRetired();
  }

  /**
   * The totals of all policies of the current set, and of all rows, so that a policy that comes
   * back can be told from a new one.
   */
  totals(): PolicyTotals[] {
    const known = [...this.current.keys()].map((id) => this.totalsOf(this.rows.get(id), id));
    return [...known, ...this.retired().map((row) => this.totalsOf(row, row.id))];
  }

  /** The totals of those rows that have counted anything. */
  countedTotals(): PolicyTotals[] {
    const counted = [...this.rows.values()].filter(({ totals }) => totals !== NOTHING);
    return counted.map((row) => this.totalsOf(row, row.id));
  }

  /** The sum of the rows that were forgotten. */
  forgottenTotals(): PolicyTotals {
    return { ...this.totalsOf(this.forgotten, FORGOTTEN_ID), isLoaded: false, isForgotten: true };
  }

  /** For every known policy, even without counts. */
  takeDelta(): StatusDelta {
    const ids = new Set(this.current.keys());
    for (const row of this.rows.values()) if (row.pending) ids.add(row.id);
    return this.handOut([...ids]);
  }

  /** Only for policies that have counted something since the last acknowledged delta. */
  takePending(): StatusDelta {
    const pending = [...this.rows.values()].filter((row) => row.pending);
    return this.handOut(pending.map(({ id }) => id));
  }

  private handOut(ids: string[]): StatusDelta {
    const handedOut: (readonly [row: CountsRow, totals: Float64Array])[] = [];
    const statuses = ids.sort(compareUtf8).map((id) => {
      const row = this.rows.get(id);
      const errors = this.errorsOf(row, id);
      if (row === undefined || row.totals === NOTHING) return statusOf(id, errors, NOTHING);
      const { acknowledged } = row;
      const totals = row.totals.slice();
      handedOut.push([row, totals]);
      const since = totals.map((total, c) => total - (acknowledged[c] as number));
      return statusOf(id, errors, since);
    });
    const token = {};
    this.open = token;
    return {
      statuses,
      acknowledge: () => {
        if (this.open !== token) return;
        this.open = undefined;
        for (const [row, totals] of handedOut) row.acknowledged = totals;
        this.forgetRetired();
      },
    };
  }

  private newRow(id: string, setsAway: number): CountsRow {
    // Rows outlive sets, and the documents that ids were cut from.
    const row = new CountsRow(ownText(id));
    row.setsAway = this.current.has(id) ? 0 : setsAway;
    this.rows.set(row.id, row);
    return row;
  }

  private retired(): CountsRow[] {
    return [...this.rows.values()].filter(({ id }) => !this.current.has(id));
  }

  private errorsOf(row: CountsRow | undefined, id: string): readonly string[] {
    return this.current.get(id) ?? row?.errors ?? NO_FAULTS;
  }

  private totalsOf(row: CountsRow | undefined, id: string): PolicyTotals {
    const totals = row?.totals ?? NOTHING;
    return {
      ...statusOf(id, this.errorsOf(row, id), totals),
      ...countsOf(totals),
      isLoaded: this.current.has(id),
    };
  }

  private forgetRetired(): void {
    for (const [id, row] of this.rows) {
      if (row.setsAway < COUNTED_SETS_MAX || row.pending) continue;
      row.leaveTo(this.forgotten);
      this.rows.delete(id);
    }
  }
}

function statusOf(id: string, errors: readonly string[], counts: Float64Array): PolicyStatus {
  const transformed = (at: number): TransformCount => ({
    hits: counts[at] as number,
    misses: counts[at + 1] as number,
  });
  return {
    id,
    hits: counts[Count.hits] as number,
    misses: counts[Count.misses] as number,
    errors,
    remove: transformed(Count.remove),
    redact: transformed(Count.redact),
    rename: transformed(Count.rename),
    add: transformed(Count.add),
  };
}
