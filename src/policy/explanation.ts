// The data of an explanation: about a record, and about each policy for that record.

import type { Would } from "./record-port.ts";

/** Whether one matcher held, and the values that it looked at. */
export interface MatcherExplanation {
  readonly matcher: string;
  /** The values that were looked at; empty if there are none. */
  readonly values: readonly string[];
  readonly holds: boolean;
  /** It would hold if upper and lower case were the same. */
  readonly butForCase?: true;
}

/** Whether one policy matched, and why. */
export interface PolicyExplanation {
  readonly id: string;
  readonly name: string;
  /** Left out: the policy is enforced. */
  readonly mode?: "shadow" | "rollout";
  /** Written in OpenTelemetry's own dialect. */
  readonly dialect?: "otel";
  readonly keep: string;
  /**
   * For a policy with groups: the number, from 0, of the group that holds, or that comes closest.
   */
  readonly group?: number;
  /** The matchers of that group. */
  readonly matchers: readonly MatcherExplanation[];
}

/** What a policy that matches a record but is not enforced for it would do. */
export interface ShadowExplanation extends PolicyExplanation {
  readonly would: Would;
  readonly why: string;
}

/** A policy that did not match although one of its matchers holds, or nearly does. */
export interface NearMiss extends PolicyExplanation {
  readonly holding: number;
  readonly firstFailed: MatcherExplanation;
}

/** What one operation of a transform did. */
export interface EditExplanation {
  readonly policy: string;
  readonly operation: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
  readonly changed: boolean;
}

/** What happens to one record, and what each policy says about it. */
export interface RecordExplanation {
  readonly verdict: "keep" | "drop";
  readonly matched: readonly PolicyExplanation[];
  /** Those with the most holding matchers first; at most NEAR_MISSES_MAX. */
  readonly nearMisses: readonly NearMiss[];
  readonly winner: { readonly id: string; readonly why: string } | undefined;
  /** Filled while the record, its scope and its resource are edited. */
  readonly edits: EditExplanation[];
  /** Policies that match and are not enforced for the record; left out: there are none. */
  readonly shadow?: readonly ShadowExplanation[];
}
