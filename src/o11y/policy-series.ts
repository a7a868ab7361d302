// Counters per policy for the busiest policies, with a bounded number of labels, and the sum of the
// others. Fed with the engine's totals whenever the metrics are asked for or the policies change;
// holds one small entry per policy of the engine's books, and allocates nothing for those that it
// knows.

import type { PolicyTotals } from "../policy/index.ts";
import { TRANSFORM_STAGES } from "./labels.ts";
import { POLICY_LABEL_CHARS_MAX, POLICY_LABELS_MAX } from "../core/limits.ts";

/** What was counted under one label. */
export interface PolicyCount {
  hits: number;
  misses: number;
}

/** What was counted under one id. */
export interface PolicyRow extends PolicyCount {
  droppedBytes: number;
}

interface Known {
  /** The engine's totals at the last look: hits, misses, bytes, and what each stage did. */
  readonly seen: Float64Array;
  /** Hits and misses of the engine at this look. */
  total: number;
  /** Counted under its own label; stays when the label is lost, so that it never goes down. */
  readonly own: PolicyRow;
  labelled: boolean;
  /** Whether it may have a label. */
  canAsk: boolean;
  round: number;
}

const SEEN_NUMBERS = 3 + 2 * TRANSFORM_STAGES.length;

export class PolicySeries {
  readonly other: PolicyRow = { ...zero(), droppedBytes: 0 };
  /** Transform operations of all policies since start, by TRANSFORM_STAGES. */
  readonly transforms: readonly PolicyCount[] = TRANSFORM_STAGES.map(() => zero());
  readonly #known = new Map<string, Known>();
  readonly #labelsMax: number;
  #round = 0;

  constructor(labelsMax = POLICY_LABELS_MAX) {
    this.#labelsMax = labelsMax;
  }

  /**
   * Takes the totals since start of every policy that the engine remembers. Those that are not
   * loaded lose their label; what they counted last is counted as others.
   */
  update(totals: readonly PolicyTotals[]): void {
    this.#round++;
    for (const status of totals) {
      const known = this.#of(status.id);
      known.round = this.#round;
      known.total = status.hits + status.misses;
      known.canAsk = status.isLoaded && status.id.length <= POLICY_LABEL_CHARS_MAX;
      if (!known.canAsk) known.labelled = false;
    }
    for (const [id, known] of this.#known) {
      if (known.round !== this.#round) this.#known.delete(id);
    }
    this.#label();
    for (const status of totals) {
      const known = this.#known.get(status.id);
      if (known !== undefined) this.#count(known, status);
    }
  }

  /** Id and counts of each policy that has a label. */
  labelled(): [string, PolicyRow][] {
    const rows: [string, PolicyRow][] = [];
    for (const [id, known] of this.#known) if (known.labelled) rows.push([id, known.own]);
    return rows;
  }

  #of(id: string): Known {
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    const seen = new Float64Array(SEEN_NUMBERS);
    const own = { ...zero(), droppedBytes: 0 };
    const fresh: Known = { seen, total: 0, own, labelled: false, canAsk: false, round: 0 };
    this.#known.set(id, fresh);
    return fresh;
  }

  #count(known: Known, status: PolicyTotals): void {
    const { seen } = known;
    const into = known.labelled ? known.own : this.other;
    into.hits += increase(seen, 0, status.hits);
    into.misses += increase(seen, 1, status.misses);
    into.droppedBytes += increase(seen, 2, status.droppedBytes);
    for (let stage = 0; stage < TRANSFORM_STAGES.length; stage++) {
      const sum = this.transforms[stage];
      const name = TRANSFORM_STAGES[stage];
      if (sum === undefined || name === undefined) continue;
      const { hits, misses } = status[name];
      sum.hits += increase(seen, 3 + 2 * stage, hits);
      sum.misses += increase(seen, 4 + 2 * stage, misses);
    }
  }

  /**
   * Gives the labels to the busiest policies. One with a label keeps it until another has counted
   * more than twice as much, so that labels do not flicker between equals.
   */
  #label(): void {
    const holders: Known[] = [];
    for (const known of this.#known.values()) if (known.labelled) holders.push(known);
    holders.sort((a, b) => a.total - b.total);
    let free = this.#labelsMax - holders.length;
    // Most policies are out of question, and need not be sorted.
    const enough = free > 0 ? 0 : 2 * (holders[0]?.total ?? 0);
    const askers: Known[] = [];
    for (const known of this.#known.values()) {
      if (known.canAsk && !known.labelled && known.total > enough) askers.push(known);
    }
    askers.sort((a, b) => b.total - a.total);
    let weakest = 0;
    for (const asker of askers) {
      if (free > 0) {
        free--;
        asker.labelled = true;
        continue;
      }
      const holder = holders[weakest++];
      if (holder === undefined || asker.total <= 2 * holder.total) return;
      holder.labelled = false;
      asker.labelled = true;
    }
  }
}

function zero(): PolicyCount {
  return { hits: 0, misses: 0 };
}

/** What was added since the last look; a total that went down began anew. */
function increase(seen: Float64Array, at: number, now: number): number {
  const before = seen[at] as number;
  seen[at] = now;
  return now >= before ? now - before : now;
}
