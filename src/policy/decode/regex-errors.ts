// The errors that only the validator of regular expressions can find, each with the place of the
// regex in the policy.

import type { RegexValidator } from "../../regex/port.ts";
import { FAULTS_PER_POLICY_MAX } from "../../core/limits.ts";
import { FaultList, isFaultCount, NO_FAULTS } from "../fault-list.ts";
import { placedMatchers, targetPlace, transformPlace } from "../groups.ts";
import type { Policy, Target } from "../model.ts";

/** Regexes validated per step, before yielding to the event loop: about a millisecond. */
const STEP_REGEXES = 100;

/**
 * `log: match[i]: invalid regex "PAT": reason` (or `log: match_group[g]: match[i]: …`) and `log:
 * transform: redact[i]: invalid regex "PAT": reason` for the regexes of the policy that the
 * validator rejects, in the order of the document.
 */
function* regexErrorSteps(
  { target }: Pick<Policy, "target">,
  validateRegex: RegexValidator,
): Generator<undefined, readonly string[]> {
  if (target === undefined) return NO_FAULTS;
  const faults = new FaultList();
  let validated = 0;
  for (const [pattern, place] of regexesOf(target)) {
    const reason = validateRegex(pattern);
    if (reason !== undefined) faults.add(`${place}: invalid regex "${pattern}": ${reason}`);
    if (++validated % STEP_REGEXES === 0) yield;
  }
  return faults.all();
}

function* regexesOf(target: Target): Generator<readonly [pattern: string, place: string]> {
  const { transform } = target;
  for (const { matcher, place } of placedMatchers(target)) {
    const { condition } = matcher;
    if (condition.op === "regex") yield [condition.pattern, `${targetPlace(target)}: ${place}`];
  }
  for (const [at, { regex }] of (transform?.redact ?? []).entries()) {
    if (regex) yield [regex, `${transformPlace(target)}: redact[${at}]`];
  }
}

/**
 * All errors of a policy, from decoding it and from its regexes, in the order of the document.
 */
export function policyErrors(
  policy: Pick<Policy, "target" | "errors">,
  validateRegex: RegexValidator,
): readonly string[] {
  return run(policyErrorSteps(policy, validateRegex));
}

/** Like policyErrors, in steps: a policy may have any number of regexes. */
export function* policyErrorSteps(
  policy: Pick<Policy, "target" | "errors">,
  validateRegex: RegexValidator,
): Generator<undefined, readonly string[]> {
  // More is wrong with the policy than is reported.
  if (policy.errors.length > FAULTS_PER_POLICY_MAX) return policy.errors;
  const found = yield* regexErrorSteps(policy, validateRegex);
  if (found.length === 0) return policy.errors;
  if (policy.errors.length === 0) return found;
  const ranked = [...policy.errors, ...found].map((error) => ({ error, rank: rankOf(error) }));
  return ranked.sort((a, b) => a.rank - b.rank).map(({ error }) => error);
}

function run<T>(steps: Generator<undefined, T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** Parts of a policy in the order in which they are decoded; items of a part by their number. */
const PARTS = [
  "match",
  "matches",
  "match_group",
  "sample_key",
  "keep",
  "remove",
  "redact",
  "rename",
  "add",
] as const;
const PLACE =
  /^(?:log|metric|trace|log_filter|log_transform): (?:transform: )?([A-Za-z_]+)(?:\[(\d+)\])?(?:: match\[(\d+)\])?/;
const ITEMS_MAX = 1e6;

function rankOf(error: string): number {
  if (isFaultCount(error)) return Number.POSITIVE_INFINITY;
  const place = PLACE.exec(error);
  if (place === null) return error.startsWith("policy: extensions") ? ITEMS_MAX * 100 : -1;
  const named = place[1] === "sampleKey" ? "sample_key" : place[1];
  const part = PARTS.findIndex((name) => name === named);
  return part * ITEMS_MAX + Number(place[2] ?? 0) + Number(place[3] ?? 0) / ITEMS_MAX;
}
