// Policies that hide something, by redacting or removing it, and of which it could not be found out
// in time whether they match. What they would hide is hidden; whatever else they would do is not
// done.

import { type Program, Trait } from "../compile/program.ts";
import type { Operation } from "../transform/compile-transform.ts";
import type { Rollout } from "../shadow/rollout.ts";
import { Truth, type Truths } from "./truths.ts";

export class Undecided {
  /** Policies that may match the current record; the first `count` entries. */
  readonly policies: Int32Array;
  count = 0;
  private readonly program: Program;
  private readonly hiding: readonly number[];
  private readonly truths: Truths;

  constructor(program: Program, truths: Truths) {
    this.program = program;
    this.truths = truths;
    this.hiding = program.policiesWith(Trait.hides);
    this.policies = new Int32Array(this.hiding.length);
  }

  /**
   * Collects these policies once all others were matched; of those in rollout, only the enforced
   * ones.
   */
  collect(matched: Int32Array, count: number, rollout: Rollout | undefined): void {
    const known = new Set(matched.subarray(0, count));
    this.count = 0;
    for (const policy of this.hiding) {
      if (!known.has(policy) && this.mayMatch(policy)) this.policies[this.count++] = policy;
    }
    if (rollout !== undefined) {
      this.count = rollout.select(this.program, this.policies, this.count, true);
    }
  }

  private mayMatch(policy: number): boolean {
    return this.program.groupsOf(policy).some((group) =>
      group.every(({ predicate, negate }) => {
        const truth = this.truths.afterSearch(predicate);
        return truth === Truth.undecided || (truth === Truth.yes) !== negate;
      }),
    );
  }
}

/** Whether an operation keeps a value from whoever reads the record. */
export function hides({ op }: Operation): boolean {
  return op === "redact" || op === "replace" || op === "remove";
}
