// What is legal in a set of policies and yet hardly meant: policies that say the same, or the
// opposite, of the same records, that others make vain, and patterns that are more than they need
// to be. Each finding reads as an error of the policy would, so that its place is found. Pure.

import { analyzeRegex } from "../../regex/index.ts";
import type { Keep, Matcher, Policy, Target } from "../../policy/index.ts";

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
  /** Its matchers, as texts that are equal when they are. */
  readonly matchers: ReadonlySet<string>;
  readonly key: string;
}

/** Policies are held against those of the same matcher only, so this bounds the worst case. */
const COMPARED_MAX = 200;

export function lintPolicies(policies: readonly Policy[]): readonly LintFinding[] {
  const checked = policies.flatMap(({ id, enabled, errors, target }, index): CheckedPolicy[] => {
    if (!enabled || errors.length > 0 || target === undefined) return [];
    const texts = target.matchers.map(textOf);
    const matchers = new Set(texts);
    return [{ index, id, target, matchers, key: `${target.signal} ${texts.sort().join("\n")}` }];
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
        const text = `${target.signal}: does what ${to} does: remove one of them`;
        found.push({ index, rule: "duplicate", text });
      } else if (!isSameKeep) {
        const text =
          `${target.signal}: keep: matches the same records as ${to}, which keeps ` +
          `${keepWord(first.target.keep)}: the stricter one decides`;
        found.push({ index, rule: "contradiction", text });
      }
    }
  }
  return found;
}

/** What a policy matches another one drops: each of that one's matchers is one of its own. */
function shadowed(checked: readonly CheckedPolicy[]): readonly LintFinding[] {
  const droppers = checked.filter(({ target }) => target.keep.kind === "none");
  const byMatcher = new Map<string, CheckedPolicy[]>();
  for (const dropper of droppers) {
    const [first] = dropper.matchers;
    if (first === undefined) continue;
    const list = byMatcher.get(`${dropper.target.signal} ${first}`) ?? [];
    byMatcher.set(`${dropper.target.signal} ${first}`, list);
    if (list.length < COMPARED_MAX) list.push(dropper);
  }
  return checked.flatMap(({ index, key, target, matchers }): LintFinding[] => {
    for (const matcher of matchers) {
      const dropper = byMatcher
        .get(`${target.signal} ${matcher}`)
        ?.find((one) => one.key !== key && one.matchers.isSubsetOf(matchers));
      if (dropper === undefined) continue;
      const text =
        `${target.signal}: never has an effect: ${JSON.stringify(dropper.id)} drops all that it ` +
        "matches";
      return [{ index, rule: "shadowed", text }];
    }
    return [];
  });
}

function ofOne({ index, target }: CheckedPolicy): readonly LintFinding[] {
  const { signal, matchers } = target;
  return matchers.flatMap(({ condition }, at): LintFinding[] => {
    if (condition.op !== "regex") return [];
    const advice = plainer(condition.pattern);
    if (advice === undefined) return [];
    const text = `${signal}: match[${at}]: regex: ${advice}`;
    return [{ index, rule: "literal-regex", text }];
  });
}

/** What says the same as a pattern that is a literal only. */
function plainer(pattern: string): string | undefined {
  const shape = analyzeRegex(pattern, { caseInsensitive: false });
  if (shape.kind === "always") return "matches every value: use exists: true";
  if (shape.kind === "never") return "matches nothing";
  if (shape.kind !== "literals" || shape.tests.length !== 1) return undefined;
  const [one] = shape.tests;
  if (one === undefined) return undefined;
  const { op, text, caseInsensitive } = one;
  const key = op === "equals" ? "exact" : op;
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
      return `${keep.percent} %`;
    case "rate":
      return `${keep.count} in ${keep.windowMs} ms`;
    default:
      return keep.kind;
  }
}

function transformText({ transform }: Target): string {
  return JSON.stringify(transform ?? null);
}
