// Numbers the distinct predicates of a program, and remembers which matcher each one came from.

import { hexOf } from "../../core/bytes.ts";
import type { CachePool } from "../../regex/index.ts";
import type { FieldRef, Matcher, NumericBound } from "../model.ts";
import { isFlag, makeTest } from "./make-test.ts";
import type { Predicate, PredicateTest } from "./predicate.ts";
import type { SlotTable } from "./slot-table.ts";

/** A policy of the program, and one of its matchers, by their numbers. */
export interface MatcherPlace {
  readonly policy: number;
  readonly matcher: number;
}

export class PredicateTable {
  readonly predicates: Predicate[] = [];
  /** By predicate: the policy that had it first, and which of its matchers it came from. */
  readonly sources: number[] = [];
  private readonly slots: SlotTable;
  private readonly pool: CachePool;
  private readonly ids = new Map<string, number>();
  /** Regexes by pattern, so that each is parsed only once, whatever the number of its slots. */
  private readonly regexTests = new Map<string, PredicateTest>();

  constructor(slots: SlotTable, pool: CachePool) {
    this.slots = slots;
    this.pool = pool;
  }

  /** The id of the predicate of a policy's matcher, without its negation. */
  idOf(field: FieldRef, test: PredicateTest, { policy, matcher }: MatcherPlace): number {
    const slot = this.slots.slotOf(field);
    if (test.op === "holds") this.slots.hold(slot);
    const key = `${slot} ${keyOf(test)}`;
    const known = this.ids.get(key);
    if (known !== undefined) return known;
    const added = this.predicates.length;
    this.predicates.push({ id: added, slot, test });
    this.sources.push(policy, matcher);
    this.ids.set(key, added);
    return added;
  }

  /** Removes everything from the table. */
  forget(): void {
    this.predicates.length = 0;
    this.sources.length = 0;
    this.ids.clear();
    this.regexTests.clear();
  }

  /** Throws if a regex is too large. */
  testOf(matcher: Matcher): PredicateTest {
    const { condition, caseInsensitive } = matcher;
    if (condition.op !== "regex" || isFlag(matcher.field)) return makeTest(matcher, this.pool);
    const key = `${caseInsensitive ? "i" : "c"}${condition.pattern}`;
    const known = this.regexTests.get(key);
    if (known !== undefined) return known;
    const test = makeTest(matcher, this.pool);
    this.regexTests.set(key, test);
    return test;
  }
}

function keyOf(test: PredicateTest): string {
  switch (test.op) {
    case "literals":
      return test.literals
        .map(({ source }) => `${source.op}${source.caseInsensitive ? "/i" : ""}=${source.text}`)
        .join("\u0000");
    case "contains_bytes":
      return `in bytes ${hexOf(test.value.bytes)}`;
    case "holds":
      return `holds ${keyOf(test.element)}`;
    case "regex":
      return `regex ${test.regex.pattern}\u0000${String(test.caseInsensitive)}`;
    case "number":
      return `number ${boundKey(test.interval.lower)}..${boundKey(test.interval.upper)}`;
    case "bool":
      return `bool ${test.value}`;
    case "bytes":
      return `bytes ${hexOf(test.value)}`;
    case "exists":
    case "any_string":
    case "never":
      return test.op;
  }
}

function boundKey(bound: NumericBound | undefined): string {
  if (bound === undefined) return "";
  return `${bound.inclusive ? "" : "x"}${bound.value.type}${bound.value.value}`;
}
