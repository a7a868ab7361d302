// What a matcher implies for another one of the same field: that it always holds as well, or that
// it never does. Says so only when it is certain. Pure.

import { encodeUtf8 } from "../../core/utf8.ts";
import type { Condition, FieldName, FieldRef, Matcher, NumericScalar } from "../../policy/index.ts";
import { compileRegex, type Regex, RegexSyntaxError } from "../../regex/index.ts";

type Range = Extract<Condition, { op: "range" }>;

/** Whether every record that satisfies `a` satisfies `b`. */
export function implies(a: Matcher, b: Matcher): boolean {
  if (!isSameField(a.field, b.field) || a.negate !== b.negate) return false;
  return a.negate ? valueImplies(b, a) : valueImplies(a, b);
}

/** Whether no record satisfies both. */
export function excludes(a: Matcher, b: Matcher): boolean {
  if (!isSameField(a.field, b.field)) return false;
  // A negated matcher holds when no value satisfies its condition.
  if (a.negate !== b.negate) return a.negate ? valueImplies(b, a) : valueImplies(a, b);
  return !a.negate && isSingle(a.field) && (valueExcludes(a, b) || valueExcludes(b, a));
}

function isSameField(a: FieldRef, b: FieldRef): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Fields that hold several values, and ids, whose texts are equal in any case. */
const NOT_SINGLE: readonly FieldName[] = [
  "event_name",
  "link_trace_id",
  "trace_id",
  "span_id",
  "parent_span_id",
];

/** Fields that hold one value; attributes with equal keys hold several. */
function isSingle(field: FieldRef): boolean {
  return field.kind === "field" && !NOT_SINGLE.includes(field.field);
}

/** Of conditions alone: whether every value that satisfies that of `a` satisfies that of `b`. */
function valueImplies(a: Matcher, b: Matcher): boolean {
  const { condition: from } = a;
  const { condition: to } = b;
  if (to.op === "exists") return true;
  const isFolded = !a.caseInsensitive || b.caseInsensitive;
  if (Bun.deepEquals(from, to) && isFolded) return true;
  const fromRange = rangeOf(from);
  if (to.op === "range") return fromRange !== undefined && isWithin(fromRange, to);
  const text = textOf(from);
  if (text === undefined || !isFolded) return false;
  if (from.op === "equals") return satisfies(text, b);
  const wanted = textOf(to);
  if (wanted === undefined || to.op === "equals") return false;
  if (to.op !== "contains" && to.op !== from.op) return false;
  const [whole, part] = b.caseInsensitive ? [folded(text), folded(wanted)] : [text, wanted];
  if (whole === undefined || part === undefined) return false;
  if (to.op === "starts_with") return whole.startsWith(part);
  return to.op === "ends_with" ? whole.endsWith(part) : whole.includes(part);
}

/** Whether no value satisfies both conditions, by what a text or range of `a` says. */
function valueExcludes(a: Matcher, b: Matcher): boolean {
  const { condition: one } = a;
  const { condition: other } = b;
  const range = rangeOf(one);
  const otherRange = rangeOf(other);
  if (range !== undefined && otherRange !== undefined) return isApart(range, otherRange);
  const text = textOf(one);
  if (text === undefined || a.caseInsensitive) return false;
  if (otherRange !== undefined) return true;
  if (one.op === "equals") return isAscii(text) && isPlainText(b) && !satisfies(text, b);
  if (one.op !== "starts_with" || other.op !== "starts_with" || b.caseInsensitive) return false;
  return !text.startsWith(other.text) && !other.text.startsWith(text);
}

/** Whether what satisfies the matcher is known exactly. */
function isPlainText({ condition, caseInsensitive }: Matcher): boolean {
  if (condition.op === "regex") return regexOf(condition, caseInsensitive) !== undefined;
  const text = textOf(condition);
  return text !== undefined && (!caseInsensitive || isAscii(text));
}

/** Whether a text satisfies the condition of a matcher; false when that is not certain. */
function satisfies(text: string, { condition, caseInsensitive }: Matcher): boolean {
  if (condition.op === "regex") {
    const bytes = encodeUtf8(text);
    return regexOf(condition, caseInsensitive)?.test(bytes, 0, bytes.length) ?? false;
  }
  const wanted = textOf(condition);
  if (wanted === undefined) return false;
  const [value, part] = caseInsensitive ? [folded(text), folded(wanted)] : [text, wanted];
  if (value === undefined || part === undefined) return false;
  switch (condition.op) {
    case "equals":
      return value === part;
    case "starts_with":
      return value.startsWith(part);
    case "ends_with":
      return value.endsWith(part);
    default:
      return value.includes(part);
  }
}

const compiled = new WeakMap<Condition, Regex | null>();

/** Undefined when the pattern is wrong, which others say. */
function regexOf(
  condition: Extract<Condition, { op: "regex" }>,
  caseInsensitive: boolean,
): Regex | undefined {
  let regex = compiled.get(condition);
  if (regex === undefined) {
    try {
      regex = compileRegex(condition.pattern, { caseInsensitive });
    } catch (error) {
      if (!(error instanceof RegexSyntaxError)) throw error;
      regex = null;
    }
    compiled.set(condition, regex);
  }
  return regex ?? undefined;
}

/** In lower case; undefined when cases are more than those of ASCII. */
function folded(text: string): string | undefined {
  return isAscii(text) ? text.toLowerCase() : undefined;
}

function isAscii(text: string): boolean {
  return !/[\u0080-\uffff]/.test(text);
}

/** The literal text of a condition. */
function textOf(condition: Condition): string | undefined {
  switch (condition.op) {
    case "starts_with":
    case "ends_with":
    case "contains":
      return condition.text;
    case "equals":
      return condition.value.type === "string" ? condition.value.value : undefined;
    default:
      return undefined;
  }
}

/** A number is a range from it to itself. */
function rangeOf(condition: Condition): Range | undefined {
  if (condition.op === "range") return condition;
  if (condition.op !== "equals") return undefined;
  const { value } = condition;
  if (value.type !== "int" && value.type !== "double") return undefined;
  const bound = { value, inclusive: true };
  return { op: "range", min: bound, max: bound };
}

function isWithin(inner: Range, outer: Range): boolean {
  const { min, max } = outer;
  const isAbove =
    min === undefined ||
    (inner.min !== undefined &&
      (isLess(min.value, inner.min.value) ||
        (isEqual(min.value, inner.min.value) && (min.inclusive || !inner.min.inclusive))));
  const isBelow =
    max === undefined ||
    (inner.max !== undefined &&
      (isLess(inner.max.value, max.value) ||
        (isEqual(inner.max.value, max.value) && (max.inclusive || !inner.max.inclusive))));
  return isAbove && isBelow;
}

function isApart(a: Range, b: Range): boolean {
  return isBelow(a, b) || isBelow(b, a);
}

function isBelow({ max }: Range, { min }: Range): boolean {
  if (max === undefined || min === undefined) return false;
  if (isLess(max.value, min.value)) return true;
  return isEqual(max.value, min.value) && !(max.inclusive && min.inclusive);
}

function isLess(a: NumericScalar, b: NumericScalar): boolean {
  return a.value < b.value;
}

/** Integers and doubles compare by value. */
function isEqual(a: NumericScalar, b: NumericScalar): boolean {
  return !(a.value < b.value) && !(b.value < a.value);
}
