// Counters for each of the busiest policies, with a bounded number of labels, and for all others
// together. It is fed with the engine's totals whenever the metrics are read or the policies
// change. It holds one small entry per policy that the engine counts, and allocates nothing for
// policies that it knows. Every count is in exactly one of the rows that are shown.

import type { PolicyCount, PolicyTotals } from "../policy/index.ts";
import { TRANSFORM_KINDS } from "./labels.ts";
import { POLICY_LABEL_CHARS_MAX, POLICY_LABELS_MAX } from "../core/limits.ts";
import { POLICY_COUNTS } from "./policy-metrics.ts";

/** What was counted under one id. */
export type PolicyRow = Record<PolicyCount, number>;

/** What the transforms of one kind did. */
export interface TransformRow {
  hits: number;
  misses: number;
}

interface Known {
  /**
   * The engine's totals at the last look: the counts of a row, and what each kind of transform did.
   */
  readonly seen: Float64Array;
  /** Records that it has matched, at this look; -1 for those that may have no label. */
  strength: number;
  /** Counted under its own label. */
  readonly own: PolicyRow;
  labelled: boolean;
  round: number;
}

const SEEN_NUMBERS = POLICY_COUNTS.length + 2 * TRANSFORM_KINDS.length;

export class PolicySeries {
  /** Transform operations of all policies since start, by TRANSFORM_KINDS. */
  readonly transforms: readonly TransformRow[] = TRANSFORM_KINDS.map(() => ({
    hits: 0,
    misses: 0,
  }));
  /** Of all policies since start. */
  readonly #all = emptyRow();
  readonly #known = new Map<string, Known>();
  /** Totals of the policies that the engine has forgotten. */
  readonly #forgotten = new Float64Array(SEEN_NUMBERS);
  readonly #labelsMax: number;
  #round = 0;

  constructor(labelsMax = POLICY_LABELS_MAX) {
    this.#labelsMax = labelsMax;
  }

  /**
   * Takes the totals since start of every policy that the engine remembers, and the sum of those
   * that it has forgotten. Policies that are not loaded keep their label until another one needs
   * it; what was counted under a label that is lost is counted as others.
   */
  update(totals: readonly PolicyTotals[]): void {
    this.#round++;
    for (const status of totals) {
      if (status.isForgotten === true) continue;
      const known = this.#of(status.id);
      known.round = this.#round;
      const canAsk = status.isLoaded && status.id.length <= POLICY_LABEL_CHARS_MAX;
      const matched = status.hits + status.misses + status.matchedInShadow;
      known.strength = canAsk ? matched : -1;
    }
    const gone = this.#forget();
    this.#label();
    for (const status of totals) {
      if (status.isForgotten === true) this.#countForgotten(status, gone);
      else this.#count(this.#of(status.id), status);
    }
  }

  /** Id and counts of each policy that has a label. */
  labelled(): [string, PolicyRow][] {
    const rows: [string, PolicyRow][] = [];
    for (const [id, known] of this.#known) if (known.labelled) rows.push([id, known.own]);
    return rows;
  }

  /** All that is under no label. */
  get other(): PolicyRow {
    const other = { ...this.#all };
    for (const { labelled, own } of this.#known.values()) {
      if (labelled) for (const name of POLICY_COUNTS) other[name] -= own[name];
    }
    return other;
  }

  #of(id: string): Known {
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    const seen = new Float64Array(SEEN_NUMBERS);
    const fresh: Known = { seen, strength: 0, own: emptyRow(), labelled: false, round: 0 };
    this.#known.set(id, fresh);
    return fresh;
  }

  /** Forgets policies as the engine has; answers the sum of what was seen of them. */
  #forget(): Float64Array {
    const gone = new Float64Array(SEEN_NUMBERS);
    for (const [id, known] of this.#known) {
      if (known.round === this.#round) continue;
      known.strength = -1;
      // One that comes back begins anew.
      for (let i = 0; i < SEEN_NUMBERS; i++) {
        gone[i] = (gone[i] as number) + (known.seen[i] as number);
        known.seen[i] = 0;
      }
      if (!known.labelled) this.#known.delete(id);
    }
    return gone;
  }

  #count({ seen, labelled, own }: Known, status: PolicyTotals): void {
    for (const [i, name] of POLICY_COUNTS.entries()) {
      const more = increase(seen, i, status[name]);
      this.#all[name] += more;
      if (labelled) own[name] += more;
    }
    let at = POLICY_COUNTS.length;
    for (const [kind, name] of TRANSFORM_KINDS.entries()) {
      const sum = this.transforms[kind] as TransformRow;
      sum.hits += increase(seen, at++, status[name].hits);
      sum.misses += increase(seen, at++, status[name].misses);
    }
  }

  /** Of those that were forgotten since the last look, `gone` was counted before. */
  #countForgotten(status: PolicyTotals, gone: Float64Array): void {
    const seen = this.#forgotten;
    for (let i = 0; i < SEEN_NUMBERS; i++) seen[i] = (seen[i] as number) + (gone[i] as number);
    this.#count({ seen, strength: -1, own: this.#all, labelled: false, round: 0 }, status);
  }

  /**
   * Gives the labels to the busiest policies. One with a label keeps it until another has counted
   * more than twice as much, so that labels do not flicker between equals.
   */
  #label(): void {
    const holders: Known[] = [];
    for (const known of this.#known.values()) if (known.labelled) holders.push(known);
    holders.sort((a, b) => a.strength - b.strength);
    let free = this.#labelsMax - holders.length;
    // Most policies are out of question, and need not be sorted.
    const enough = free > 0 ? 0 : Math.max(0, 2 * (holders[0]?.strength ?? 0));
    const askers: Known[] = [];
    for (const known of this.#known.values()) {
      if (!known.labelled && known.strength > enough) askers.push(known);
    }
    askers.sort((a, b) => b.strength - a.strength);
    let weakest = 0;
    for (const asker of askers) {
      if (free > 0) {
        free--;
        asker.labelled = true;
        continue;
      }
      const holder = holders[weakest++];
      if (holder === undefined || asker.strength <= 2 * holder.strength) return;
      holder.labelled = false;
      Object.assign(holder.own, emptyRow());
      asker.labelled = true;
    }
  }
}

function emptyRow(): PolicyRow {
  // All counts, which `fromEntries` cannot know.
  return Object.fromEntries(POLICY_COUNTS.map((name) => [name, 0])) as PolicyRow;
}

/** What was added since the last look; a total that went down began anew. */
function increase(seen: Float64Array, at: number, now: number): number {
  const before = seen[at] as number;
  seen[at] = now;
  return now >= before ? now - before : now;
}
