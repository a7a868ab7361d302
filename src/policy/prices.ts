// Warns about patterns that cost more per byte to match, or to redact with, than they should.
// Policies with such patterns work, but large records that nearly match may use up the time for a
// record.

import { shortened } from "../core/printable.ts";
import {
  REGEX_PRICES_MAX,
  REGEX_SET_CACHE_BYTES_MAX,
  REGEX_SET_STEPS_PER_BYTE_MAX,
  REGEX_STEPS_PER_BYTE_MAX,
} from "../core/limits.ts";
import { describeField } from "./describe.ts";
import { analyzeRegex } from "../regex/index.ts";
import { priceOfSet, priceOfTest, priceOfWalk } from "../regex/price.ts";
import { groupsOf } from "./groups.ts";
import type { Policy } from "./model.ts";

/** By the id of the policy. */
export type PriceWarnings = ReadonlyMap<string, readonly string[]>;

interface Pattern {
  readonly policy: string;
  readonly pattern: string;
  readonly caseInsensitive: boolean;
}

const CURE = "repeat less, or give it a literal that is in every match";
/** How many characters of a pattern are shown. */
const PATTERN_CHARS_MAX = 200;

/** Measures the patterns of policies without errors, in steps of a few milliseconds. */
export function* priceWarnings(policies: readonly Policy[]): Generator<undefined, PriceWarnings> {
  const book = new PriceBook();
  for (const { id, target } of policies) {
    if (target === undefined) continue;
    for (const { field, condition, caseInsensitive } of groupsOf(target).flat()) {
      if (condition.op !== "regex") continue;
      const { pattern } = condition;
      book.addTest(`${target.signal} ${describeField(field)}`, {
        policy: id,
        pattern,
        caseInsensitive,
      });
      yield undefined;
    }
    for (const { regex: pattern } of target.transform?.redact ?? []) {
      if (pattern === undefined) continue;
      book.addRedaction({ policy: id, pattern, caseInsensitive: false });
      yield undefined;
    }
  }
  for (const place of book.unguarded.keys()) {
    book.addSet(place);
    yield undefined;
  }
  return book.warnings;
}

class PriceBook {
  readonly warnings = new Map<string, string[]>();
  /**
   * Patterns that are searched for together: those of one field that are not guarded by a literal.
   */
  readonly unguarded = new Map<string, Pattern[]>();
  private readonly known = new Map<string, number>();

  addTest(place: string, one: Pattern): void {
    const { pattern, caseInsensitive } = one;
    const shape = analyzeRegex(pattern, { caseInsensitive });
    if (shape.kind !== "guarded" && shape.kind !== "opaque") return;
    if (shape.kind === "opaque") {
      const list = this.unguarded.get(place);
      if (list === undefined) this.unguarded.set(place, [one]);
      else list.push(one);
    }
    const price = this.priceOf("match", one, priceOfTest);
    if (price > REGEX_STEPS_PER_BYTE_MAX) this.warn(one, place, price);
  }

  addRedaction(one: Pattern): void {
    const price = this.priceOf("redact", one, priceOfWalk);
    if (price > REGEX_STEPS_PER_BYTE_MAX) this.warn(one, "redact", price);
  }

  addSet(place: string): void {
    const list = this.unguarded.get(place) ?? [];
    if (list.length < 2) return;
    const price = priceOfSet(list, REGEX_SET_CACHE_BYTES_MAX);
    if (price <= REGEX_SET_STEPS_PER_BYTE_MAX) return;
    const costliest = list.reduce((a, b) => (this.priceOfTest(b) > this.priceOfTest(a) ? b : a));
    this.add(
      costliest.policy,
      `${place}: the ${list.length} regexes that no literal guards cost about ${shown(price)} a ` +
        `byte together on texts that nearly match, ${REGEX_SET_STEPS_PER_BYTE_MAX} ns are a good ` +
        `bound; this policy's ${quoted(costliest.pattern)} is the costliest: ${CURE}`,
    );
  }

  private priceOfTest({ caseInsensitive, pattern }: Pattern): number {
    return this.known.get(`match ${String(caseInsensitive)} ${pattern}`) ?? 0;
  }

  private priceOf(
    what: string,
    { pattern, caseInsensitive }: Pattern,
    measure: (pattern: string, caseInsensitive: boolean) => number,
  ): number {
    const key = `${what} ${String(caseInsensitive)} ${pattern}`;
    let price = this.known.get(key);
    if (price === undefined) {
      price = this.known.size < REGEX_PRICES_MAX ? measure(pattern, caseInsensitive) : 0;
      this.known.set(key, price);
    }
    return price;
  }

  private warn({ policy, pattern }: Pattern, where: string, price: number): void {
    this.add(
      policy,
      `${where}: regex ${quoted(pattern)} costs about ${shown(price)} a byte on texts that nearly ` +
        `match, ${REGEX_STEPS_PER_BYTE_MAX} ns are a good bound; large records take longer than ` +
        `record_time_max_ms then: ${CURE}`,
    );
  }

  private add(policy: string, text: string): void {
    const list = this.warnings.get(policy);
    if (list === undefined) this.warnings.set(policy, [text]);
    else if (!list.includes(text)) list.push(text);
  }
}

function shown(steps: number): string {
  return `${Math.round(steps)} ns`;
}

function quoted(pattern: string): string {
  return JSON.stringify(shortened(pattern, PATTERN_CHARS_MAX));
}
