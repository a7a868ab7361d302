// The counts of every policy: they outlive snapshots, and what was handed out is only forgotten
// when the receiver has acknowledged it.

import { COUNTED_SETS_MAX } from "../core/limits.ts";
import { compareUtf8 } from "../core/utf8.ts";
import type { PolicyStatus, PolicyTotals, StatusDelta, TransformCount } from "./engine-port.ts";

/**
 * Positions in a policy's row of counts. Those of transforms hold hits; the next one holds misses.
 */
export const Count = {
  hits: 0,
  misses: 1,
  remove: 2,
  redact: 4,
  rename: 6,
  add: 8,
  /** Bytes of the records that did not stay because of the policy. */
  droppedBytes: 10,
  /** Those records, by why. */
  dropped: 11,
  sampled: 12,
  limited: 13,
} as const;
/** How many numbers each policy has in a row of counts. */
export const COUNTS = 14;

/** In the order in which they work. */
export const TRANSFORM_KINDS = ["remove", "redact", "rename", "add"] as const;

/** No policy is called so. */
export const FORGOTTEN_ID = "";

/** Shared by rows that have counted nothing, as most have: never written. */
const NOTHING = new Float64Array(COUNTS);
const NO_ERRORS: readonly string[] = [];

/**
 * One policy's counts since start, and those that were acknowledged. Plain numbers, exact to 2^53.
 */
export class CountsRow {
  readonly id: string;
  totals: Float64Array = NOTHING;
  acknowledged: Float64Array = NOTHING;
  errors: readonly string[] = NO_ERRORS;
  /** In the current set. */
  known = true;
  /** Sets since the last one that had it. */
  setsAway = 0;
  /** When set, what is added goes here, COUNTS words that other threads read and add to as well. */
  shared: BigUint64Array | undefined;
  /** Once this row is forgotten: the one that has its counts, and takes those still to come. */
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

  /** Adds what another book handed out. */
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
    return this.totals.some((total, i) => total !== this.acknowledged[i]);
  }
}

/** Counts of policies by id, which can be taken, acknowledged and given back. */
export class PolicyCounts {
  private readonly rows = new Map<string, CountsRow>();
  private order: CountsRow[] = [];
  private open: object | undefined;
  /** The sum of those that were forgotten. */
  private readonly forgotten = new CountsRow(FORGOTTEN_ID);
  private readonly sharedOf: (id: string) => BigUint64Array | undefined;

  /** `sharedOf`: where the counts of a policy go instead of into its row. */
  constructor(sharedOf: (id: string) => BigUint64Array | undefined = () => undefined) {
    this.sharedOf = sharedOf;
  }

  /** The row of a policy, made when it is new. */
  rowOf(id: string): CountsRow {
    let row = this.rows.get(id);
    if (row === undefined) {
      row = new CountsRow(id);
      this.rows.set(id, row);
    }
    row.shared = this.sharedOf(id);
    return row;
  }

  /** Adds what was counted elsewhere. */
  credit(id: string, count: number, more: number): void {
    (this.rows.get(id) ?? this.forgotten).add(count, more);
  }

  /**
   * Adds what another book handed out. A policy that is not in the set any more, or not yet, is
   * told until its counts were acknowledged.
   */
  addStatus(status: PolicyStatus): void {
    let row = this.rows.get(status.id);
    if (row === undefined) {
      row = this.rowOf(status.id);
      row.known = false;
      this.order.push(row);
    }
    row.errors = status.errors;
    row.addStatus(status);
  }

  /** As keepOnly, by id, with what is wrong with each. */
  setKnown(errorsById: ReadonlyMap<string, readonly string[]>): void {
    const current = [...errorsById].map(([id, errors]) => {
      const row = this.rowOf(id);
      row.errors = errors;
      return row;
    });
    this.keepOnly(current);
  }

  /**
   * Says which policies the current set has. Rows of others stay until their counts have
   * been acknowledged, and as long as requests that began with their sets are counted.
   */
  keepOnly(current: readonly CountsRow[]): void {
    for (const row of this.rows.values()) {
      row.known = false;
      row.setsAway++;
    }
    for (const row of current) {
      row.known = true;
      row.setsAway = 0;
    }
    this.forgotten.shared = this.sharedOf(FORGOTTEN_ID);
    this.forgetRetired();
    const retired = [...this.rows.values()].filter((row) => !row.known);
    this.order = [...current, ...retired];
  }

  /** The totals of all rows, so that a policy that comes back can be told from a new one. */
  totals(): PolicyTotals[] {
    return this.order.map(totalsOf);
  }

  /** The sum of the rows that were forgotten. */
  forgottenTotals(): PolicyTotals {
    return { ...totalsOf(this.forgotten), isLoaded: false, isForgotten: true };
  }

  takeDelta(): StatusDelta {
    const rows = this.reported();
    const handedOut = rows.map(({ totals }) => (totals === NOTHING ? NOTHING : totals.slice()));
    const statuses = rows.map((row, i) => {
      const totals = handedOut[i] as Float64Array;
      if (totals === NOTHING) return statusOf(row, NOTHING);
      return statusOf(
        row,
        totals.map((total, c) => total - (row.acknowledged[c] as number)),
      );
    });
    const token = {};
    this.open = token;
    return {
      statuses,
      acknowledge: () => {
        if (this.open !== token) return;
        this.open = undefined;
        for (const [i, row] of rows.entries()) row.acknowledged = handedOut[i] as Float64Array;
        this.forgetRetired();
      },
    };
  }

  private reported(): CountsRow[] {
    const reported = this.order.filter((row) => row.known || row.pending);
    return reported.sort((a, b) => compareUtf8(a.id, b.id));
  }

  private forgetRetired(): void {
    for (const [id, row] of this.rows) {
      if (row.setsAway < COUNTED_SETS_MAX || row.pending) continue;
      row.leaveTo(this.forgotten);
      this.rows.delete(id);
    }
    this.order = this.order.filter((row) => this.rows.get(row.id) === row);
  }
}

function totalsOf(row: CountsRow): PolicyTotals {
  const { totals, known } = row;
  return {
    ...statusOf(row, totals),
    droppedBytes: totals[Count.droppedBytes] as number,
    dropped: totals[Count.dropped] as number,
    sampled: totals[Count.sampled] as number,
    limited: totals[Count.limited] as number,
    isLoaded: known,
  };
}

function statusOf(row: CountsRow, counts: Float64Array): PolicyStatus {
  const transformed = (at: number): TransformCount => ({
    hits: counts[at] as number,
    misses: counts[at + 1] as number,
  });
  return {
    id: row.id,
    hits: counts[Count.hits] as number,
    misses: counts[Count.misses] as number,
    errors: row.errors,
    remove: transformed(Count.remove),
    redact: transformed(Count.redact),
    rename: transformed(Count.rename),
    add: transformed(Count.add),
  };
}
