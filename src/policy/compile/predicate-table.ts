// Turns conditions into predicates, each distinct one once. Regexes that are only literals become
// literals here.

import { hexOf } from "../../core/bytes.ts";
import { Interval } from "../matching/intervals.ts";
import { Literal } from "../matching/literal.ts";
import { analyzeRegex, type CachePool, compileRegex, type LiteralTest } from "../../regex/index.ts";
import type { Condition, Matcher, NumericBound } from "../model.ts";
import type { Predicate, PredicateTest } from "./predicate.ts";
import { isId, type SlotTable } from "./slot-table.ts";

export class PredicateTable {
  readonly predicates: Predicate[] = [];
  private readonly slots: SlotTable;
  private readonly pool: CachePool;
  private readonly ids = new Map<string, number>();
  /** Regexes by pattern, so that each is parsed once whatever the number of its slots. */
  private readonly regexTests = new Map<string, PredicateTest>();

  constructor(slots: SlotTable, pool: CachePool) {
    this.slots = slots;
    this.pool = pool;
  }

  /** The id of the matcher's predicate, without its negation. */
  idOf(matcher: Matcher): number {
    const slot = this.slots.slotOf(matcher.field);
    const id = isId(matcher.field);
    const condition = id ? lowerCased(matcher.condition) : matcher.condition;
    const test = this.testOf(condition, matcher.caseInsensitive, id);
    const key = `${slot} ${keyOf(test)}`;
    const known = this.ids.get(key);
    if (known !== undefined) return known;
    const added = this.predicates.length;
    this.predicates.push({ id: added, slot, test });
    this.ids.set(key, added);
    return added;
  }

  private testOf(condition: Condition, caseInsensitive: boolean, id: boolean): PredicateTest {
    switch (condition.op) {
      case "exists":
        return EXISTS;
      case "range":
        return { op: "number", interval: new Interval(condition.min, condition.max) };
      case "regex":
        return this.regexTest(condition.pattern, caseInsensitive);
      case "equals":
        return equalsTest(condition.value, caseInsensitive, id);
      default:
        return literalsTest([{ op: condition.op, text: condition.text, caseInsensitive }]);
    }
  }

  private regexTest(pattern: string, caseInsensitive: boolean): PredicateTest {
    const key = `${caseInsensitive ? "i" : "c"}${pattern}`;
    const known = this.regexTests.get(key);
    if (known !== undefined) return known;
    const shape = analyzeRegex(pattern, { caseInsensitive });
    let test: PredicateTest;
    if (shape.kind === "always") test = ANY_STRING;
    else if (shape.kind === "never") test = NEVER;
    else if (shape.kind === "literals") test = literalsTest(shape.tests);
    else {
      const regex = compileRegex(pattern, { caseInsensitive, pool: this.pool });
      test = { op: "regex", regex, caseInsensitive, shape };
    }
    this.regexTests.set(key, test);
    return test;
  }
}

/** Hex literals in any case: readers report ids as lower-case hex. Patterns stay as they are. */
function lowerCased(condition: Condition): Condition {
  switch (condition.op) {
    case "starts_with":
    case "ends_with":
    case "contains":
      return { op: condition.op, text: condition.text.toLowerCase() };
    case "equals":
      return condition.value.type === "string"
        ? { op: "equals", value: { type: "string", value: condition.value.value.toLowerCase() } }
        : condition;
    default:
      return condition;
  }
}

const EXISTS: PredicateTest = { op: "exists" };
const ANY_STRING: PredicateTest = { op: "any_string" };
const NEVER: PredicateTest = { op: "never" };

function literalsTest(tests: readonly LiteralTest[]): PredicateTest {
  if (tests.some((test) => test.text === "" && test.op !== "equals")) return ANY_STRING;
  return { op: "literals", literals: tests.map((test) => new Literal(test)) };
}

function equalsTest(
  value: Extract<Condition, { op: "equals" }>["value"],
  caseInsensitive: boolean,
  id: boolean,
): PredicateTest {
  switch (value.type) {
    case "string":
      return literalsTest([{ op: "equals", text: value.value, caseInsensitive }]);
    case "bool":
      return { op: "bool", value: value.value };
    case "bytes":
      // Readers report ids as lower-case hex, so ids compare as that.
      return id
        ? literalsTest([{ op: "equals", text: hexOf(value.value), caseInsensitive: false }])
        : { op: "bytes", value: value.value };
    default:
      return { op: "number", interval: Interval.point(value) };
  }
}

function keyOf(test: PredicateTest): string {
  switch (test.op) {
    case "literals":
      return test.literals
        .map(({ source }) => `${source.op}${source.caseInsensitive ? "/i" : ""}=${source.text}`)
        .join("\u0000");
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
