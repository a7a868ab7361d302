// Finds what is legal in a set of policies but probably not meant: policies that say the same about
// the same records, or the opposite, policies that others make pointless, and patterns that are
// longer than needed. Each finding has the form of a policy's error, so that its place in the file
// can be found. Pure.

import { analyzeRegex } from "../../regex/index.ts";
import {
  groupsOf,
  keepPlace,
  type Keep,
  type Matcher,
  placedMatchers,
  type Policy,
  type Target,
  targetPlace,
} from "../../policy/index.ts";
import { implies } from "./implication.ts";

export interface LintFinding {
  /** Of the policy, in its set. */
  readonly index: number;
  readonly rule: string;
  readonly text: string;
}

interface CheckedPolicy {
  readonly index: number;
  readonly id: string;
  readonly target: Target;
  /** Of its groups of matchers: equal when they are. */
  readonly key: string;
}

/** Policies are held against those with the same field only, so this bounds the worst case. */
const COMPARED_MAX = 200;

export function lintPolicies(policies: readonly Policy[]): readonly LintFinding[] {
  const checked = policies.flatMap(({ id, enabled, errors, target }, index): CheckedPolicy[] => {
    if (!enabled || errors.length > 0 || target === undefined) return [];
    const groups = groupsOf(target).map((group) => new Set(group.map(textOf)));
    const keys = new Set(groups.map((group) => [...group].sort().join("\n")));
    const key = `${target.signal} ${[...keys].sort().join("\n\n")}`;
    return [{ index, id, target, key }];
  });
  return [...sameMatchers(checked), ...shadowed(checked), ...checked.flatMap(ofOne)];
}

function textOf(matcher: Matcher): string {
  return JSON.stringify(matcher, (_, value: unknown) => {
    if (typeof value === "bigint") return `${value}n`;
    return value instanceof Uint8Array ? [...value] : value;
  });
}

/** Of policies with equal matchers: the second of two that do the same, or that differ. */
function sameMatchers(checked: readonly CheckedPolicy[]): readonly LintFinding[] {
  const found: LintFinding[] = [];
  for (const group of Map.groupBy(checked, ({ key }) => key).values()) {
    const [first, ...others] = group;
    if (first === undefined) continue;
    for (const { index, target } of others) {
      const to = JSON.stringify(first.id);
      const isSameKeep = keepText(target.keep) === keepText(first.target.keep);
      const isSame = isSameKeep && transformText(target) === transformText(first.target);
      if (isSame) {
        const text = `${targetPlace(target)}: does what ${to} does: remove one of them`;
        found.push({ index, rule: "duplicate", text });
      } else if (!isSameKeep && areCompared(target, first.target)) {
        const place = `${targetPlace(target)}: ${keepPlace(target)}`;
        const text =
          keepPlace(target) === "action"
            ? `${place}: matches the same records as ${to}: ACTION_KEEP decides`
            : `${place}: matches the same records as ${to}, which keeps ` +
              `${keepWord(first.target.keep)}: the stricter one decides`;
        found.push({ index, rule: "contradiction", text });
      }
    }
  }
  return found;
}

/** Whether the keeps of two policies that match the same records decide against each other. */
function areCompared(one: Target, other: Target): boolean {
  const isPass = one.keep.kind === "otel_pass" || other.keep.kind === "otel_pass";
  return one.dialect === other.dialect && !isPass;
}

interface Dropper {
  readonly policy: CheckedPolicy;
  readonly group: readonly Matcher[];
}

/**
 * What a policy matches other ones drop: for each of its groups there is one of theirs of which
 * each matcher follows from one in it.
 */
function shadowed(checked: readonly CheckedPolicy[]): readonly LintFinding[] {
  const byField = new Map<string, Dropper[]>();
  for (const policy of checked) {
    if (policy.target.keep.kind !== "none") continue;
    for (const group of groupsOf(policy.target)) {
      const [first] = group;
      if (first === undefined) continue;
      for (const key of [textOf(first), fieldOf(first)]) {
        const place = `${policy.target.signal} ${key}`;
        const list = byField.get(place) ?? [];
        byField.set(place, list);
        if (list.length < COMPARED_MAX) list.push({ policy, group });
      }
    }
  }
  return checked.flatMap(({ index, key, target }): LintFinding[] => {
    const ids = new Set<string>();
    for (const group of groupsOf(target)) {
      const dropper = group
        .flatMap((matcher) => [textOf(matcher), fieldOf(matcher)])
        .flatMap((place) => byField.get(`${target.signal} ${place}`) ?? [])
        .find((one) => one.policy.key !== key && follows(one.group, group));
      if (dropper === undefined) return [];
      ids.add(JSON.stringify(dropper.policy.id));
    }
    const names = [...ids].join(", ");
    const drops = ids.size === 1 ? "drops" : "together drop";
    const text = `${targetPlace(target)}: never has an effect: ${names} ${drops} all that it matches`;
    return [{ index, rule: "shadowed", text }];
  });
}

/** Whether each matcher of `group` holds wherever those of `from` do. */
function follows(group: readonly Matcher[], from: readonly Matcher[]): boolean {
  return group.every((wanted) => from.some((matcher) => implies(matcher, wanted)));
}

function fieldOf({ field }: Matcher): string {
  return JSON.stringify(field);
}

function ofOne({ index, target }: CheckedPolicy): readonly LintFinding[] {
  return placedMatchers(target).flatMap(({ matcher: { condition }, place }): LintFinding[] => {
    if (condition.op !== "regex") return [];
    const advice = plainer(condition.pattern, target.dialect);
    if (advice === undefined) return [];
    const text = `${targetPlace(target)}: ${place}: regex: ${advice}`;
    return [{ index, rule: "literal-regex", text }];
  });
}

/** What says the same as a pattern that is a literal only. */
function plainer(pattern: string, dialect: Target["dialect"]): string | undefined {
  const shape = analyzeRegex(pattern, { caseInsensitive: false });
  const isOtel = dialect === "otel";
  if (shape.kind === "always") {
    return `matches every value: use exists: ${isOtel ? "{}" : "true"}`;
  }
  if (shape.kind === "never") return "matches nothing";
  if (shape.kind !== "literals" || shape.tests.length !== 1) return undefined;
  const [one] = shape.tests;
  if (one === undefined) return undefined;
  const { op, text, caseInsensitive } = one;
  // That dialect has no other words for texts.
  if (isOtel && (op !== "equals" || caseInsensitive)) return undefined;
  const key = op === "equals" ? (isOtel ? "equals" : "exact") : op;
  const folded = caseInsensitive ? " with case_insensitive: true" : "";
  return `is a literal only: ${key}: ${JSON.stringify(text)}${folded} says the same`;
}

function keepText(keep: Keep): string {
  return JSON.stringify(keep);
}

function keepWord(keep: Keep): string {
  switch (keep.kind) {
    case "percent":
    case "sample":
    case "otel_sample":
      return `${keep.percent} %`;
    case "rate":
      return `${keep.count} in ${keep.windowMs} ms`;
    default:
      return keep.kind;
  }
}

function transformText({ transform }: Target): string {
  return JSON.stringify(transform ?? null, (_, value: unknown) =>
    typeof value === "bigint" ? `${value}n` : value,
  );
}
