// Counts on their way to the control planes. The engine hands out one delta for all policies; this
// book sorts them by provider and keeps them until that provider's control plane has them, so that
// a failed sync of one provider neither loses its own counts nor sends another's twice.

import type { PolicyStatus, StageCount, StatusDelta } from "../policy/index.ts";

interface Row {
  counts: Counts;
  errors: readonly string[];
  /** In the provider's current set; others leave when their counts were acknowledged. */
  known: boolean;
}

type Stage = "remove" | "redact" | "rename" | "add";
type Counts = Pick<PolicyStatus, "hits" | "misses" | Stage>;

const ZERO: StageCount = { hits: 0, misses: 0 };
const NOTHING: Counts = { hits: 0, misses: 0, remove: ZERO, redact: ZERO, rename: ZERO, add: ZERO };

/** The book of one provider. */
export class StatusLedger {
  readonly #rows = new Map<string, Row>();
  #open: object | undefined;

  /** Adds counts that the engine handed out. */
  add(status: PolicyStatus): void {
    const row = this.#rows.get(status.id);
    if (row === undefined) {
      // Not in the set any more, or not yet: kept until it was told.
      if (!isNothing(status)) {
        this.#rows.set(status.id, {
          counts: countsOf(status),
          errors: status.errors,
          known: false,
        });
      }
      return;
    }
    row.counts = combine(row.counts, status, 1);
    row.errors = status.errors;
  }

  /** Says which policies the provider has now, by id, and what is wrong with them. */
  setKnown(errorsById: ReadonlyMap<string, readonly string[]>): void {
    for (const row of this.#rows.values()) row.known = false;
    for (const [id, errors] of errorsById) {
      const row = this.#rows.get(id);
      if (row === undefined) this.#rows.set(id, { counts: NOTHING, errors, known: true });
      else Object.assign(row, { errors, known: true });
    }
    this.#forget();
  }

  /** As `PolicyEngine.takeDelta`, for this provider's policies. `order` sorts ids. */
  take(order: (a: string, b: string) => number): StatusDelta {
    const token = {};
    this.#open = token;
    const statuses = [...this.#rows]
      .map(([id, { counts, errors }]) => ({ id, ...counts, errors }))
      .sort((a, b) => order(a.id, b.id));
    return {
      statuses,
      acknowledge: () => {
        if (this.#open !== token) return;
        this.#open = undefined;
        for (const status of statuses) {
          const row = this.#rows.get(status.id);
          if (row !== undefined) row.counts = combine(row.counts, status, -1);
        }
        this.#forget();
      },
    };
  }

  #forget(): void {
    for (const [id, row] of this.#rows) {
      if (!row.known && isNothing(row.counts)) this.#rows.delete(id);
    }
  }
}

function countsOf({ hits, misses, remove, redact, rename, add }: Counts): Counts {
  return { hits, misses, remove, redact, rename, add };
}

function combine(a: Counts, b: Counts, sign: 1 | -1): Counts {
  const stage = (name: Stage): StageCount => ({
    hits: a[name].hits + sign * b[name].hits,
    misses: a[name].misses + sign * b[name].misses,
  });
  return {
    hits: a.hits + sign * b.hits,
    misses: a.misses + sign * b.misses,
    remove: stage("remove"),
    redact: stage("redact"),
    rename: stage("rename"),
    add: stage("add"),
  };
}

function isNothing(counts: Counts): boolean {
  const { hits, misses, remove, redact, rename, add } = counts;
  const stages = [remove, redact, rename, add];
  return hits === 0 && misses === 0 && stages.every((one) => one.hits === 0 && one.misses === 0);
}
