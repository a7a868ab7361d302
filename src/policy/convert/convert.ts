// Converts policies from one dialect to the other if nothing is lost: the same bytes leave,
// whatever else is in the set. Policies that cannot be converted stay as they are, with the
// reasons. Pure.

import { AUTHORING, decodePolicy, policyErrors } from "../decode/index.ts";
import type { Policy, Signal } from "../model.ts";
import { writtenPolicy } from "../written/written-policy.ts";
import { checkEditOrder } from "./edit-order.ts";
import { type Candidate, type ConvertOptions, isInForce, Losses } from "./terms.ts";
import { checkTogether } from "./samplings.ts";
import { otelPolicies } from "./to-otel.ts";
import { teroPolicy } from "./to-tero.ts";

/** The dialects of policies: tero.policy.v1, and OpenTelemetry's own. */
export type PolicyDialect = "tero" | "otel";

/** The result for one policy of a set. */
export interface Conversion {
  /**
   * Several, if its groups of matchers become separate policies; the policy itself, if it stays.
   */
  readonly policies: readonly Policy[];
  /** Why it stays as it is; none: it was converted, or was in the dialect before. */
  readonly reasons: readonly string[];
}

/** One policy while it is converted. */
interface Draft {
  readonly policy: Policy;
  /** What it becomes if nothing is lost; undefined: it is in the dialect already. */
  readonly made: readonly Policy[] | undefined;
  readonly losses: Losses;
}

/** The policies of a set in a dialect, in the same order. Policies with errors stay as they are. */
export function convertPolicies(
  policies: readonly Policy[],
  to: PolicyDialect,
  options: ConvertOptions,
): readonly Conversion[] {
  const taken = new Set(policies.map(({ id }) => id));
  const drafts = policies.map((policy) => draftOf(policy, to, taken, options));
  let converted = convertedCount(drafts);
  for (let before = -1; converted > 0 && converted !== before;) {
    // Policies that stay may keep others from being converted, which then have to stay, too.
    checkSet(drafts);
    before = converted;
    converted = convertedCount(drafts);
  }
  return drafts.map(({ policy, made, losses }) => ({
    policies: made !== undefined && losses.none ? made : [policy],
    reasons: losses.reasons,
  }));
}

function convertedCount(drafts: readonly Draft[]): number {
  return drafts.filter(({ made, losses }) => made !== undefined && losses.none).length;
}

function draftOf(
  policy: Policy,
  to: PolicyDialect,
  taken: Set<string>,
  options: ConvertOptions,
): Draft {
  const { target, errors } = policy;
  const losses = new Losses();
  if (target === undefined || errors.length > 0) {
    losses.add("it has errors");
    return { policy, made: undefined, losses };
  }
  if ((target.dialect ?? "tero") === to) return { policy, made: undefined, losses };
  const made =
    to === "otel"
      ? otelPolicies(policy, target, losses, options)
      : [teroPolicy(policy, target, losses, options)];
  for (const { id } of made) {
    if (id === policy.id) continue;
    if (taken.has(id)) losses.add(`its groups need the id ${JSON.stringify(id)}`);
    taken.add(id);
  }
  if (losses.none) for (const one of made) checkWritten(one, losses, options);
  return { policy, made, losses };
}

/** Reads the policy again to find out what the dialect cannot express. */
function checkWritten(policy: Policy, losses: Losses, { validateRegex }: ConvertOptions): void {
  const errors = policyErrors(decodePolicy(writtenPolicy(policy), AUTHORING), validateRegex);
  for (const error of errors) losses.add(`it would not be read there: ${error}`);
}

/** Notes what would be lost because of the rest of the set. */
function checkSet(drafts: readonly Draft[]): void {
  const candidates = drafts.map(({ policy, made, losses }) => {
    return { policy, losses, isConverted: made !== undefined && losses.none };
  });
  checkExempted(candidates);
  checkTogether(candidates);
  checkEditOrder(candidates);
}

/** A policy that exempts does so only from drops of its own dialect. */
function checkExempted(candidates: readonly Candidate[]): void {
  const exempting = new Map<Signal, string>();
  for (const { policy } of candidates) {
    const { id, target } = policy;
    if (target?.keep.kind === "otel_keep" && isInForce(policy)) exempting.set(target.signal, id);
  }
  for (const { policy, isConverted, losses } of candidates) {
    const { keep, signal } = policy.target ?? {};
    if (!isConverted || signal === undefined) continue;
    const by = exempting.get(signal);
    if (by === undefined || (keep?.kind !== "none" && keep?.kind !== "otel_drop")) continue;
    losses.add(
      `ACTION_KEEP of ${JSON.stringify(by)} exempts from drops of OpenTelemetry's dialect alone`,
    );
  }
}
