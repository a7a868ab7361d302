// Says in words what policies would do with a record for which they are not enforced.

import type { Program } from "../compile/program.ts";
import type { KeepDecision } from "../evaluate/keep-decision.ts";
import { RequestCounts } from "../evaluate/request-counts.ts";
import type { PolicyExplanation, ShadowExplanation } from "../explanation.ts";
import type { Would } from "../record-port.ts";
import type { ValueStore } from "../value-store.ts";
import { Rollout } from "./rollout.ts";
import { type Enforced, TrialDecision } from "./trial-decision.ts";

export class ExplainedShadow {
  readonly program: Program;
  private readonly counts: RequestCounts;
  private readonly decision: TrialDecision;
  private readonly rollout: Rollout | undefined;

  constructor(
    enforced: Program,
    values: ValueStore,
    decision: KeepDecision,
    { nowMs }: { readonly nowMs: () => number },
  ) {
    if (enforced.shadow === undefined) throw new Error("no policy is in shadow");
    this.program = enforced.shadow;
    this.counts = new RequestCounts(this.program);
    this.decision = new TrialDecision(enforced, values, { decision, counts: this.counts, nowMs });
    this.rollout = this.program.isRolledOut ? new Rollout(enforced.slots, values) : undefined;
  }

  /** Which of the matching policies of the enforced program are enforced for the record. */
  enforced(program: Program, matching: readonly number[]): number[] {
    const { rollout } = this;
    if (rollout === undefined) return [...matching];
    rollout.begin();
    return matching.filter((i) => rollout.covers(program.enforcedPercents[i] as number));
  }

  /** `explained`: what every policy of this program saw. */
  explain(enforced: Enforced, explained: readonly PolicyExplanation[]): ShadowExplanation[] {
    this.decision.open(enforced);
    const all = explained.flatMap((policy, i) => {
      const percent = this.program.enforcedPercents[i] as number;
      const isMatch = policy.matchers.every(({ holds }) => holds);
      if (!isMatch || this.rollout?.covers(percent) === true) return [];
      const decided = this.decision.of(i);
      const isEdit = decided === "nothing" && enforced.kept && this.hasOperations(i);
      const would = isEdit ? "edit" : decided;
      const where = percent > 0 ? `outside of its rollout of ${percent}%` : "in shadow";
      return [{ ...policy, would, why: `${where}: ${WORDS[would]}` }];
    });
    this.counts.abort();
    return all;
  }

  private hasOperations(policy: number): boolean {
    return this.program.policy(policy).transform?.some((list) => list.length > 0) === true;
  }
}

const WORDS: Readonly<Record<Would, string>> = {
  nothing: "the outcome would be the same",
  drop: "it would be dropped",
  sample: "it would be left out by sampling",
  limit: "it would be above the rate limit",
  keep: "it would stay",
  edit: "it would be edited",
};
