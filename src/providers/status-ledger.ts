// Counts on their way to the control planes. The engine hands out one delta for all policies; this
// book sorts them by provider and keeps them until that provider sends them, so that the syncs of
// one provider take no counts from another's.

import type { PolicyStatus, StatusDelta } from "../policy/index.ts";

interface Row {
  /** Hits and misses, and those of each stage. */
  readonly counts: Float64Array;
  errors: readonly string[];
  /** In the provider's current set; others leave when their counts were acknowledged. */
  known: boolean;
}

const STAGES = ["remove", "redact", "rename", "add"] as const;
const COUNTS = 2 + 2 * STAGES.length;

/** The book of one provider. */
export class StatusLedger {
  readonly #rows = new Map<string, Row>();
  #open: object | undefined;

  /** Adds counts that the engine handed out. */
  add(status: PolicyStatus): void {
    let row = this.#rows.get(status.id);
    if (row === undefined) {
      // Not in the set any more, or not yet: kept until it was told.
      row = rowOf(status.errors, false);
      addCounts(row.counts, status);
      if (hasCounts(row)) this.#rows.set(status.id, row);
      return;
    }
    addCounts(row.counts, status);
    row.errors = status.errors;
  }

  /** Says which policies the provider has now, by id, and what is wrong with them. */
  setKnown(errorsById: ReadonlyMap<string, readonly string[]>): void {
    for (const row of this.#rows.values()) row.known = false;
    for (const [id, errors] of errorsById) {
      const row = this.#rows.get(id);
      if (row === undefined) this.#rows.set(id, rowOf(errors, true));
      else Object.assign(row, { errors, known: true });
    }
    this.#forget();
  }

  /** As `PolicyEngine.takeDelta`, for this provider's policies. `order` sorts ids. */
  take(order: (a: string, b: string) => number): StatusDelta {
    const token = {};
    this.#open = token;
    const statuses = [...this.#rows]
      .sort(([a], [b]) => order(a, b))
      .map(([id, { counts, errors }]) => statusOf(id, counts, errors));
    return {
      statuses,
      acknowledge: () => {
        if (this.#open !== token) return;
        this.#open = undefined;
        for (const status of statuses) {
          const row = this.#rows.get(status.id);
          if (row !== undefined) addCounts(row.counts, status, -1);
        }
        this.#forget();
      },
    };
  }

  #forget(): void {
    for (const [id, row] of this.#rows) if (!row.known && !hasCounts(row)) this.#rows.delete(id);
  }
}

function rowOf(errors: readonly string[], known: boolean): Row {
  return { counts: new Float64Array(COUNTS), errors, known };
}

function hasCounts({ counts }: Row): boolean {
  for (const count of counts) if (count !== 0) return true;
  return false;
}

function addCounts(counts: Float64Array, status: PolicyStatus, sign: 1 | -1 = 1): void {
  addAt(counts, 0, sign * status.hits);
  addAt(counts, 1, sign * status.misses);
  let at = 2;
  for (const stage of STAGES) {
    addAt(counts, at++, sign * status[stage].hits);
    addAt(counts, at++, sign * status[stage].misses);
  }
}

function addAt(counts: Float64Array, at: number, by: number): void {
  counts[at] = (counts[at] as number) + by;
}

function statusOf(id: string, counts: Float64Array, errors: readonly string[]): PolicyStatus {
  const stage = (at: number) => ({ hits: counts[at] as number, misses: counts[at + 1] as number });
  return {
    id,
    hits: counts[0] as number,
    misses: counts[1] as number,
    errors,
    remove: stage(2),
    redact: stage(4),
    rename: stage(6),
    add: stage(8),
  };
}
