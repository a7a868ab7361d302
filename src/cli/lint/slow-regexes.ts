// Finds regexes that cost much more than the others of the set: those without a literal in every
// match, for which the whole text is searched, and those for which a text that nearly matches keeps
// many states of the search alive.

import { REGEX_PRICES_MAX } from "../../core/limits.ts";
import { placedMatchers, type Policy, targetPlace } from "../../policy/index.ts";
import { analyzeRegex } from "../../regex/index.ts";
import { priceOfTest } from "../../regex/price.ts";
import type { LintFinding } from "./rules.ts";

/** Against the median of the others. */
const SLOW_TIMES = 3;
/** Steps a byte of a search that is as fast as can be. */
const PRICE_MIN = 1;

interface Place {
  readonly index: number;
  /** `log: match[0]`. */
  readonly place: string;
  readonly key: string;
}

/** Measured in steps, so that it finds the same on every machine. */
export function lintSlowRegexes(policies: readonly Policy[]): readonly LintFinding[] {
  const prices = new Map<string, number>();
  const unguarded: Place[] = [];
  for (const [index, { enabled, errors, target }] of policies.entries()) {
    if (!enabled || errors.length > 0 || target === undefined) continue;
    for (const { matcher, place } of placedMatchers(target)) {
      const { condition, caseInsensitive } = matcher;
      if (condition.op !== "regex") continue;
      const { pattern } = condition;
      const { kind } = analyzeRegex(pattern, { caseInsensitive });
      const key = `${String(caseInsensitive)} ${pattern}`;
      if (!prices.has(key)) {
        if (prices.size >= REGEX_PRICES_MAX) continue;
        const isSearch = kind === "opaque" || kind === "guarded";
        const price = isSearch ? priceOfTest(pattern, caseInsensitive) : 0;
        prices.set(key, Math.max(PRICE_MIN, price));
      }
      if (kind === "opaque")
        unguarded.push({ index, place: `${targetPlace(target)}: ${place}`, key });
    }
  }
  return unguarded.flatMap(({ index, place, key }): LintFinding[] => {
    const price = prices.get(key) ?? PRICE_MIN;
    if (price < PRICE_MIN * SLOW_TIMES) return [];
    const others = [...prices].filter(([other]) => other !== key).map(([, of]) => of);
    const rest = others.length === 0 ? PRICE_MIN : medianOf(others);
    if (price < rest * SLOW_TIMES) return [];
    const text =
      `${place}: regex: no literal guards it, and it costs about ${numberText(price)} ns a byte on ` +
      `texts that nearly match, ${numberText(price / rest)} times ${restText(others.length)}: give ` +
      "it a literal that is in every match, or repeat less";
    return [{ index, rule: "slow-regex", text }];
  });
}

function restText(others: number): string {
  if (others === 0) return "as much as the search for a literal";
  return others === 1 ? "as much as the other regex" : `the median of the ${others} other regexes`;
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  const upper = sorted[half] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? 0) + upper) / 2;
}

function numberText(value: number): string {
  return value < 10 ? value.toFixed(1) : String(Math.round(value));
}
