// Finds policies that match nothing, because their matchers exclude each other, and policies that
// match everything. What a single matcher cannot match is a warning of `validate`. Pure.

import {
  type Condition,
  groupsOf,
  keepPlace,
  type Matcher,
  placedMatchers,
  type Policy,
  type Signal,
  type Target,
  targetPlace,
} from "../../policy/index.ts";
import { analyzeRegex } from "../../regex/index.ts";
import { excludes } from "./implication.ts";
import type { LintFinding } from "./rules.ts";

/** Each is held against all before it. */
const COMPARED_MATCHERS_MAX = 64;

/** Fields that records have, all of them or nearly. */
const USUAL_FIELDS: Readonly<Record<Signal, readonly string[]>> = {
  log: ["body"],
  metric: ["name", "metric_type"],
  trace: ["name", "trace_id", "span_id", "span_kind"],
};

const NOUNS: Readonly<Record<Signal, string>> = {
  log: "log record that has a body",
  metric: "metric",
  trace: "span",
};

export function lintMatchers(policies: readonly Policy[]): readonly LintFinding[] {
  return policies.flatMap(({ enabled, errors, target }, index): LintFinding[] => {
    if (!enabled || errors.length > 0 || target === undefined) return [];
    const never = neverText(target).map((text) => ({ index, rule: "never-matches", text }));
    const always = alwaysText(target);
    if (always === undefined) return never;
    return [...never, { index, rule: "always-matches", text: always }];
  });
}

function neverText(target: Target): readonly string[] {
  const places = placedMatchers(target);
  let from = 0;
  return groupsOf(target).flatMap((group) => {
    const own = places.slice(from, from + group.length);
    from += group.length;
    return own.slice(0, COMPARED_MATCHERS_MAX).flatMap(({ matcher, place }, at): string[] => {
      const other = own
        .slice(0, at)
        .find((one) => !isToldByOthers(one.matcher, matcher) && excludes(one.matcher, matcher));
      if (other === undefined) return [];
      const why = "what satisfies one does not satisfy the other";
      return [
        `${targetPlace(target)}: ${place}: never matches together with ${other.place}: ${why}`,
      ];
    });
  });
}

/** Presence against absence, and two texts that one value would have to be. */
function isToldByOthers({ condition: a, ...one }: Matcher, { condition: b, ...other }: Matcher) {
  if (a.op === "exists" || b.op === "exists") return true;
  if (one.negate || other.negate || a.op !== "equals" || b.op !== "equals") return false;
  if (a.value.type !== "string" || b.value.type !== "string") return false;
  return a.value.value.toLowerCase() !== b.value.value.toLowerCase();
}

/** What is kept whole and edited is meant to be all. */
function alwaysText(target: Target): string | undefined {
  const { signal, keep } = target;
  if (["all", "otel_keep", "otel_pass"].includes(keep.kind)) return undefined;
  const isAll = groupsOf(target).some((group) => group.every((one) => isTrivial(signal, one)));
  if (!isAll) return undefined;
  return `${targetPlace(target)}: ${keepPlace(target)}: is for every ${NOUNS[signal]}: is that meant?`;
}

function isTrivial(signal: Signal, { field, condition, negate }: Matcher): boolean {
  if (negate || field.kind !== "field") return false;
  return USUAL_FIELDS[signal].includes(field.field) && isOfAll(condition);
}

function isOfAll(condition: Condition): boolean {
  switch (condition.op) {
    case "exists":
      return true;
    case "regex":
      return analyzeRegex(condition.pattern, { caseInsensitive: false }).kind === "always";
    case "starts_with":
    case "ends_with":
    case "contains":
      return condition.text === "";
    default:
      return false;
  }
}
