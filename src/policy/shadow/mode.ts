// How far a policy is enforced: for all records; for none, which is called shadow; or for a share
// of them, which is called rollout.

import type { RateKeep } from "../keep/rate-limiter-shared.ts";
import type { Policy } from "../model.ts";

/** How far a policy is enforced. */
export type PolicyMode = "enforce" | "shadow" | "rollout";

type Enforced = Pick<Policy, "enforcedPercent">;

/** The mode of a policy. */
export function modeOf({ enforcedPercent = 100 }: Enforced): PolicyMode {
  if (enforcedPercent >= 100) return "enforce";
  return enforcedPercent > 0 ? "rollout" : "shadow";
}

/** Whether records may be judged by the policy without effect. */
export function isTried(policy: Enforced): boolean {
  return modeOf(policy) !== "enforce";
}

/** Whether records may be judged by the policy with effect. */
export function isEnforced(policy: Enforced): boolean {
  return modeOf(policy) !== "shadow";
}

/** The same policy in shadow. */
export function inShadow(policy: Policy): Policy {
  return { ...policy, enforcedPercent: 0 };
}

/** The rate limits of a policy: the one that keeps records out, and the one that only counts. */
export function ratesOf(policy: Pick<Policy, "enforcedPercent" | "target">): readonly RateKeep[] {
  const keep = policy.target?.keep;
  if (keep?.kind !== "rate") return [];
  return [...(isEnforced(policy) ? [keep] : []), ...(isTried(policy) ? [triedRate(keep)] : [])];
}

/** A rate limit whose windows are separate from those that keep records out. */
export function triedRate(keep: RateKeep): RateKeep {
  return { ...keep, isTried: true };
}
