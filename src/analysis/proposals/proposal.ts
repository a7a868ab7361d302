// What a proposal is: a policy that would save something, with what it would save and why.

import type { Signal } from "../../policy/model.ts";

/** A matcher as policy files write it. */
export type AuthoredMatcher = Readonly<Record<string, string | number | boolean>>;

/** A policy as policy files write it. */
export interface AuthoredPolicy {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly log?: AuthoredTarget | undefined;
  readonly metric?: AuthoredTarget | undefined;
  readonly trace?: AuthoredTarget | undefined;
}

export interface AuthoredTarget {
  readonly match: readonly AuthoredMatcher[];
  /** `none`, a share, or as spans and metrics have it. */
  readonly keep: string | false | { readonly percentage: number };
}

export type ProposalKind = "log_severity" | "log_pattern" | "span_name" | "metric_name";

/** What would be dropped of what was seen. */
export interface Saving {
  readonly records: number;
  readonly bytes: number;
  /** How far off that may be, as a share of it: twice its standard error, and what is stated. */
  readonly error: number;
}

export interface Proposal {
  readonly kind: ProposalKind;
  readonly signal: Signal;
  readonly reason: string;
  readonly saving: Saving;
  /** Masked. */
  readonly examples: readonly string[];
  readonly policy: AuthoredPolicy;
}

/** What is asked for. */
export interface ProposalOptions {
  /** That were looked at. */
  readonly seconds: number;
  /** Also what would drop logs of WARN and above, and of no severity, and spans with errors. */
  readonly withErrors: boolean;
}
