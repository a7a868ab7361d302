// The policies with redactions of which nobody found out in time whether they match. What they
// would do otherwise is left undone; what they would hide is hidden.

import type { CompiledPolicy } from "../compile/program.ts";
import { Truth, type Truths } from "./truths.ts";

export class Undecided {
  /** Policies that may match the record at hand, `count` of them. */
  readonly policies: Int32Array;
  count = 0;
  private readonly compiled: readonly CompiledPolicy[];
  private readonly redacting: readonly number[];
  private readonly truths: Truths;

  constructor(compiled: readonly CompiledPolicy[], truths: Truths) {
    this.compiled = compiled;
    this.truths = truths;
    this.redacting = compiled.flatMap((policy, i) => (redacts(policy) ? [i] : []));
    this.policies = new Int32Array(this.redacting.length);
  }

  /** Collects them, when all others were matched. */
  collect(matched: Int32Array, count: number): void {
    const known = new Set(matched.subarray(0, count));
    this.count = 0;
    for (const policy of this.redacting) {
      if (!known.has(policy) && this.mayMatch(policy)) this.policies[this.count++] = policy;
    }
  }

  private mayMatch(policy: number): boolean {
    for (const { predicate, negate } of this.compiled[policy]?.matchers ?? []) {
      const truth = this.truths.afterSearch(predicate);
      if (truth !== Truth.undecided && (truth === Truth.yes) === negate) return false;
    }
    return true;
  }
}

function redacts({ transform }: CompiledPolicy): boolean {
  return (transform ?? []).some((operations) =>
    operations.some(({ op }) => op === "redact" || op === "replace"),
  );
}
