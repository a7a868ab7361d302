// Turns the condition of a matcher into the test of its predicate. Regexes that are only literals
// become literals here.

import { hexOf } from "../../core/bytes.ts";
import { encodeUtf8 } from "../../core/utf8.ts";
import { Interval } from "../matching/intervals.ts";
import { BytePattern } from "../matching/byte-pattern.ts";
import { Literal } from "../matching/literal.ts";
import {
  analyzeRegex,
  type CachePool,
  compileRegex,
  type LiteralTest,
  Meter,
} from "../../regex/index.ts";
import type { Condition, FieldRef, Matcher, Scalar } from "../model.ts";
import type { PredicateTest } from "./predicate.ts";
import { isId } from "./slot-table.ts";

/** Throws if a regex is too large. */
export function makeTest(
  { field, condition: written, caseInsensitive }: Matcher,
  pool: CachePool,
): PredicateTest {
  const id = isId(field);
  const condition = id ? lowerCased(written) : written;
  switch (condition.op) {
    case "exists":
      return EXISTS;
    case "range":
      return { op: "number", interval: new Interval(condition.min, condition.max) };
    case "regex": {
      const test = regexTest(condition.pattern, caseInsensitive, pool);
      return isFlag(field) ? flagTest(test) : test;
    }
    case "equals":
      return equalsTest(condition.value, caseInsensitive, id);
    case "holds":
      return holdsTest(field, condition.value);
    default:
      return literalsTest([{ op: condition.op, text: condition.text, caseInsensitive }]);
  }
}

/** Fields other than the body hold only text or numbers. */
function holdsTest(field: FieldRef, value: Scalar): PredicateTest {
  const whole = wholeTest(value);
  if (field.kind === "field" && field.field !== "body") return whole;
  return { op: "holds", whole, element: equalsTest(value, false, false) };
}

function wholeTest(value: Scalar): PredicateTest {
  switch (value.type) {
    case "string":
      return literalsTest([{ op: "contains", text: value.value, caseInsensitive: false }]);
    case "bytes":
      return { op: "contains_bytes", value: new BytePattern(value.value) };
    default:
      return NEVER;
  }
}

function regexTest(pattern: string, caseInsensitive: boolean, pool: CachePool): PredicateTest {
  const shape = analyzeRegex(pattern, { caseInsensitive });
  if (shape.kind === "always") return ANY_STRING;
  if (shape.kind === "never") return NEVER;
  if (shape.kind === "literals") return literalsTest(shape.tests);
  const regex = compileRegex(pattern, { caseInsensitive, pool });
  return { op: "regex", regex, caseInsensitive, shape };
}

/** Whether the field holds a boolean. */
export function isFlag(field: Matcher["field"]): boolean {
  return field.kind === "field" && field.field === "is_monotonic";
}

/** Patterns see a boolean as the text `true` or `false`. */
function flagTest(test: PredicateTest): PredicateTest {
  const [yes, no] = [true, false].map((value) => holdsFor(test, encodeUtf8(String(value))));
  if (yes === no) return yes === true ? EXISTS : NEVER;
  return { op: "bool", value: yes === true };
}

function holdsFor(test: PredicateTest, text: Uint8Array): boolean {
  if (test.op === "regex") return test.regex.test(text, 0, text.length, new Meter(() => 0, 1));
  if (test.op !== "literals") return test.op === "any_string";
  return test.literals.some((literal) => literal.matches(text, 0, text.length));
}

/**
 * Lower-cases hex literals, because readers report ids as lower-case hex. Patterns stay as they
 * are.
 */
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
      // Readers report ids as lower-case hex, so ids are compared in that form.
      return id
        ? literalsTest([{ op: "equals", text: hexOf(value.value), caseInsensitive: false }])
        : { op: "bytes", value: value.value };
    default:
      return { op: "number", interval: Interval.point(value) };
  }
}
