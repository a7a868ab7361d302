// Chooses the one predicate by which each group of matchers is found (its "access predicate"): the
// one that is expected to make the fewest records look at the fewest groups. A group without any
// predicate by which it can be found is checked for every record.

import type { FieldRef } from "../model.ts";
import type { Predicate } from "./predicate.ts";

/**
 * Share of the records whose value is expected to satisfy a predicate, if nothing is known about
 * the traffic.
 */
const PRIOR = {
  severity: 0.2,
  enum: 0.3,
  idEquals: 0.0001,
  equals: 0.01,
  affix: 0.02,
  contains: 0.03,
  shortContains: 0.3,
  guardedRegex: 0.03,
  opaqueRegex: 2,
  anyString: 1.5,
  numberPoint: 0.02,
  numberRange: 0.5,
  bool: 0.5,
  bytes: 0.001,
  attributeExists: 0.3,
  fieldExists: 1,
} as const;

const ENUM_FIELDS = new Set(["metric_type", "aggregation_temporality", "span_kind", "span_status"]);

/** Expected share of records that satisfy the predicate. */
export function priorOf(predicate: Predicate, ref: FieldRef): number {
  const { test } = predicate;
  const field = ref.kind === "field" ? ref.field : undefined;
  if (field !== undefined && ENUM_FIELDS.has(field)) return PRIOR.enum;
  const severity = field === "severity_text" || field === "severity_number";
  switch (test.op) {
    case "never":
      return 0;
    case "any_string":
      return PRIOR.anyString;
    case "exists":
      return field === undefined ? PRIOR.attributeExists : PRIOR.fieldExists;
    case "bool":
      return PRIOR.bool;
    case "bytes":
    case "contains_bytes":
      return PRIOR.bytes;
    case "holds":
      return test.whole.op === "literals" ? PRIOR.contains : priorOfElement(test.element);
    case "number":
      if (severity) return PRIOR.severity;
      return test.interval.isPoint ? PRIOR.numberPoint : PRIOR.numberRange;
    case "regex":
      if (severity) return PRIOR.severity;
      return test.shape.kind === "guarded" ? PRIOR.guardedRegex : PRIOR.opaqueRegex;
    case "literals": {
      if (severity) return PRIOR.severity;
      let prior = 0;
      for (const { op, bytes } of test.literals) {
        if (op === "equals") prior += field?.endsWith("_id") ? PRIOR.idEquals : PRIOR.equals;
        else if (op === "contains")
          prior += bytes.length < 3 ? PRIOR.shortContains : PRIOR.contains;
        else prior += bytes.length < 3 ? PRIOR.shortContains : PRIOR.affix;
      }
      return Math.min(prior, 1);
    }
  }
}

/** The expected share of arrays that have such an element. */
function priorOfElement({ op }: Predicate["test"]): number {
  return op === "bool" ? PRIOR.bool : PRIOR.numberPoint;
}

/** One matcher of a compiled group. */
export interface CompiledMatcher {
  readonly predicate: number;
  readonly negate: boolean;
}

/** Work per step of choosing. */
const GROUPS_PER_STEP = 500;

/** If more groups than this share a predicate, it is joined with a second one of theirs. */
const SHARED_MAX = 8;

/** The predicates by which each group is found; -1: none, or no second one. */
export interface Access {
  readonly primary: Int32Array;
  readonly secondary: Int32Array;
}

/**
 * Chooses the access predicates of each group. A predicate's cost is its prior times the number of
 * groups that could be found by it, so that `severity_text = DEBUG`, shared by thousands, never
 * leads to a group that has a more specific predicate. If even the best one is shared by many
 * groups, the next best on another slot joins it.
 */
export function* chooseAccess(
  groups: readonly (readonly CompiledMatcher[])[],
  predicates: readonly Predicate[],
  priors: readonly number[],
): Generator<undefined, Access> {
  const sharers = new Int32Array(priors.length);
  for (const matchers of groups) {
    for (const { predicate, negate } of matchers) {
      if (!negate) sharers[predicate] = (sharers[predicate] as number) + 1;
    }
  }
  const cost = (predicate: number): number =>
    (priors[predicate] as number) * (sharers[predicate] as number);
  const primary = new Int32Array(groups.length).fill(-1);
  const secondary = new Int32Array(groups.length).fill(-1);
  for (const [i, matchers] of groups.entries()) {
    if (i % GROUPS_PER_STEP === 0) yield;
    const usable = matchers.filter(({ negate }) => !negate).map(({ predicate }) => predicate);
    usable.sort((a, b) => cost(a) - cost(b));
    const best = usable[0];
    if (best === undefined) continue;
    primary[i] = best;
    if ((sharers[best] as number) < SHARED_MAX) continue;
    const slot = predicates[best]?.slot;
    const next = usable.find((p) => predicates[p]?.slot !== slot && isCheapToFind(predicates[p]));
    secondary[i] = next ?? -1;
  }
  return { primary, secondary };
}

/** Whether the index finds the predicate without running a regex. */
function isCheapToFind(predicate: Predicate | undefined): boolean {
  return (
    predicate !== undefined &&
    ["literals", "number", "bool", "bytes", "holds"].includes(predicate.test.op)
  );
}
