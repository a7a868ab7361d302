// The errors that only the judge of regular expressions can find, in the places where a policy has
// regexes.

import type { RegexJudge } from "../matching/regex/port.ts";
import { FAULTS_PER_POLICY_MAX } from "../../core/limits.ts";
import { FaultList, isFaultCount } from "../fault-list.ts";
import type { Policy } from "../model.ts";

/**
 * `log: match[i]: invalid regex "PAT": reason` and `log: transform: redact[i]: invalid regex "PAT":
 * reason` for the regexes of the policy that the judge rejects, in the order of the document.
 */
export function regexErrors(policy: Pick<Policy, "target">, judge: RegexJudge): string[] {
  const { target } = policy;
  if (target === undefined) return [];
  const faults = new FaultList();
  const check = (pattern: string, place: string) => {
    const reason = judge(pattern);
    if (reason !== undefined) faults.add(`${place}: invalid regex "${pattern}": ${reason}`);
  };
  target.matchers.forEach(({ condition }, at) => {
    if (condition.op === "regex") check(condition.pattern, `${target.signal}: match[${at}]`);
  });
  target.transform?.redact.forEach(({ regex }, at) => {
    if (regex) check(regex, `${target.signal}: transform: redact[${at}]`);
  });
  return faults.all();
}

/**
 * All errors of a policy, those of decoding and those of its regexes, in the order of the document.
 */
export function policyErrors(
  policy: Pick<Policy, "target" | "errors">,
  judge: RegexJudge,
): readonly string[] {
  // More is wrong with it than is told.
  if (policy.errors.length > FAULTS_PER_POLICY_MAX) return policy.errors;
  const found = regexErrors(policy, judge);
  if (found.length === 0) return policy.errors;
  if (policy.errors.length === 0) return found;
  const ranked = [...policy.errors, ...found].map((error) => ({ error, rank: rankOf(error) }));
  return ranked.sort((a, b) => a.rank - b.rank).map(({ error }) => error);
}

/** Parts of a policy in the order in which they are decoded; items of a part by their number. */
const PARTS = ["match", "sample_key", "keep", "remove", "redact", "rename", "add"] as const;
const PLACE = /^(?:log|metric|trace): (?:transform: )?([A-Za-z_]+)(?:\[(\d+)\])?/;
const ITEMS_MAX = 1e6;

function rankOf(error: string): number {
  if (isFaultCount(error)) return Number.POSITIVE_INFINITY;
  const place = PLACE.exec(error);
  if (place === null) return error.startsWith("policy: extensions") ? ITEMS_MAX * 100 : -1;
  const named = place[1] === "sampleKey" ? "sample_key" : place[1];
  const part = PARTS.findIndex((name) => name === named);
  return part * ITEMS_MAX + Number(place[2] ?? 0);
}
