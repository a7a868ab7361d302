// Counters per policy for the busiest policies, with a bounded number of labels, and the sum of the
// others. Fed with the engine's totals whenever the metrics are asked for; holds one small entry
// per loaded policy.

import type { PolicyStatus, StageCount } from "../policy/index.ts";
import { TRANSFORM_STAGES } from "./labels.ts";
import { POLICY_LABELS_MAX } from "./limits.ts";

/** What was counted under one label. */
export interface PolicyCount {
  hits: number;
  misses: number;
}

interface Known {
  /** The engine's totals at the last look. */
  readonly seen: PolicyCount;
  /** Counted under its own label; stays when the label is lost, so that it never goes down. */
  readonly own: PolicyCount;
  stages: readonly StageCount[];
  labelled: boolean;
  round: number;
}

const NO_STAGES: readonly StageCount[] = TRANSFORM_STAGES.map(() => ({ hits: 0, misses: 0 }));

export class PolicySeries {
  readonly other: PolicyCount = { hits: 0, misses: 0 };
  /** Transform operations of all policies since start, by TRANSFORM_STAGES. */
  readonly transforms: readonly PolicyCount[] = TRANSFORM_STAGES.map(() => ({
    hits: 0,
    misses: 0,
  }));
  readonly #known = new Map<string, Known>();
  readonly #labelsMax: number;
  #round = 0;

  constructor(labelsMax = POLICY_LABELS_MAX) {
    this.#labelsMax = labelsMax;
  }

  /**
   * Takes the totals since start of every policy that is loaded. Policies that are gone lose their
   * label.
   */
  update(totals: readonly PolicyStatus[]): void {
    this.#round++;
    const counts: [Known, PolicyCount][] = [];
    for (const status of totals) {
      const known = this.#of(status.id);
      known.round = this.#round;
      counts.push([known, this.#increase(known, status)]);
    }
    for (const [id, known] of this.#known) {
      if (known.round !== this.#round) this.#known.delete(id);
    }
    this.#label();
    for (const [known, increase] of counts) {
      const into = known.labelled ? known.own : this.other;
      into.hits += increase.hits;
      into.misses += increase.misses;
    }
  }

  /** Id and counts of each policy that has a label. */
  labelled(): [string, PolicyCount][] {
    const rows: [string, PolicyCount][] = [];
    for (const [id, known] of this.#known) if (known.labelled) rows.push([id, known.own]);
    return rows;
  }

  #of(id: string): Known {
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    const fresh: Known = {
      seen: { hits: 0, misses: 0 },
      own: { hits: 0, misses: 0 },
      stages: NO_STAGES,
      labelled: false,
      round: 0,
    };
    this.#known.set(id, fresh);
    return fresh;
  }

  #increase(known: Known, status: PolicyStatus): PolicyCount {
    const stages = [status.remove, status.redact, status.rename, status.add];
    for (const [i, stage] of stages.entries()) {
      const sum = this.transforms[i];
      const before = known.stages[i];
      if (sum === undefined || before === undefined) continue;
      sum.hits += increaseOf(before.hits, stage.hits);
      sum.misses += increaseOf(before.misses, stage.misses);
    }
    known.stages = stages;
    const increase = {
      hits: increaseOf(known.seen.hits, status.hits),
      misses: increaseOf(known.seen.misses, status.misses),
    };
    known.seen.hits = status.hits;
    known.seen.misses = status.misses;
    return increase;
  }

  /**
   * Gives the labels to the busiest policies. One with a label keeps it until another has counted
   * twice as much, so that labels do not flicker between equals.
   */
  #label(): void {
    const holders: Known[] = [];
    const askers: Known[] = [];
    for (const known of this.#known.values()) {
      if (known.labelled) holders.push(known);
      else if (total(known) > 0) askers.push(known);
    }
    askers.sort((a, b) => total(b) - total(a));
    holders.sort((a, b) => total(a) - total(b));
    let free = this.#labelsMax - holders.length;
    let weakest = 0;
    for (const asker of askers) {
      if (free > 0) {
        free--;
        asker.labelled = true;
        continue;
      }
      const holder = holders[weakest++];
      if (holder === undefined || total(asker) <= 2 * total(holder)) return;
      holder.labelled = false;
      asker.labelled = true;
    }
  }
}

function total(known: Known): number {
  return known.seen.hits + known.seen.misses;
}

/** What was added since the last look; a total that went down began anew. */
function increaseOf(before: number, now: number): number {
  return now >= before ? now - before : now;
}
