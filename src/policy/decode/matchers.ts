// Decodes the matchers of a target: a field, a condition, `negate` and `case_insensitive`, in every
// spelling.

import type {
  Condition,
  FieldName,
  FieldRef,
  Matcher,
  NumericScalar,
  Signal,
  Target,
} from "../model.ts";
import { enumOf } from "./enums.ts";
import type { KnownKeys, Members } from "./members.ts";
import { flagOf, knownKeys, listOf, membersOf, textOf } from "./members.ts";
import type { DecodeContext } from "./decode-context.ts";
import { preview } from "./decode-context.ts";
import { numericOf, openRangeOf, scalarOf } from "./scalars.ts";
import type { Selector } from "./selectors.ts";
import {
  fieldRef,
  fieldRefOf,
  LOG_MATCHER_SELECTORS,
  LOG_SELECTORS,
  METRIC_SELECTORS,
  selectorKeyOf,
  TRACE_SELECTORS,
  UNREADABLE_FIELD,
} from "./selectors.ts";

export const CONDITION_KEYS = [
  "exact",
  "regex",
  "exists",
  "starts_with",
  "ends_with",
  "contains",
  "equals",
  "gt",
  "gte",
  "lt",
  "lte",
] as const;
type ConditionKey = (typeof CONDITION_KEYS)[number];
type Conditions = { readonly [K in ConditionKey]?: unknown };

const FLAG_KEYS = ["negate", "case_insensitive"] as const;

interface MatcherShape {
  readonly selectors: Readonly<Record<string, Selector>>;
  readonly selectorKeys: readonly string[];
  readonly keys: KnownKeys<string>;
}

function matcherShape(selectors: Readonly<Record<string, Selector>>): MatcherShape {
  const selectorKeys = Object.keys(selectors);
  return {
    selectors,
    selectorKeys,
    keys: knownKeys(...selectorKeys, ...CONDITION_KEYS, ...FLAG_KEYS),
  };
}

const WIRE_LOG_SHAPE = matcherShape(LOG_SELECTORS);
const LOG_SHAPE = matcherShape(LOG_MATCHER_SELECTORS);
const METRIC_SHAPE = matcherShape(METRIC_SELECTORS);
const TRACE_SHAPE = matcherShape(TRACE_SELECTORS);

function shapeOf(signal: Signal, context: DecodeContext): MatcherShape {
  if (signal === "metric") return METRIC_SHAPE;
  if (signal === "trace") return TRACE_SHAPE;
  return context.strict ? LOG_SHAPE : WIRE_LOG_SHAPE;
}

const GROUP_KEYS = knownKeys("match");

/**
 * `match`, or `match_group`: a list of groups, each `{match: […]}` or just the list. If both are
 * given, it cannot be known which one is meant.
 */
export function groupsOf(
  members: Members<"match" | "match_group">,
  signal: Signal,
  context: DecodeContext,
): Pick<Target, "matchers" | "otherGroups"> {
  const { match, match_group: raw } = members;
  if (raw === undefined) return { matchers: matchersOf(match, signal, context) };
  if (match !== undefined) context.fail("match_group: stands beside match; give one of them");
  const list = listOf(raw, "match_group", context);
  if (list.length === 0 && Array.isArray(raw)) {
    context.fail("match_group: no groups; give at least one");
  }
  const [matchers = [], ...otherGroups] = list.map((item, at) => {
    const inside = context.at(`match_group[${at}]`);
    if (Array.isArray(item)) return matchersOf(item, signal, inside);
    const group = membersOf(item, GROUP_KEYS, inside);
    return group === undefined ? [] : matchersOf(group.match, signal, inside);
  });
  return { matchers, otherGroups };
}

/** The matchers of a group, one for each in the document, including unreadable ones. */
function matchersOf(raw: unknown, signal: Signal, context: DecodeContext): readonly Matcher[] {
  const list = listOf(raw, "match", context);
  if (list.length === 0 && (raw === undefined || Array.isArray(raw))) {
    context.fail("match: no matchers; give at least one");
  }
  const shape = shapeOf(signal, context);
  return list.map((item, at) => matcherOf(item, shape, context.at(`match[${at}]`)));
}

/** A matcher without its flags. */
interface Parts {
  readonly field: FieldRef;
  readonly condition: Condition;
  /** Set by `exists: false`. */
  readonly flip: boolean;
}

const UNREADABLE: Parts = { field: UNREADABLE_FIELD, condition: { op: "exists" }, flip: false };

function matcherOf(raw: unknown, shape: MatcherShape, context: DecodeContext): Matcher {
  const members = membersOf(raw, shape.keys, context);
  if (members === undefined) return matcher(UNREADABLE, false, false);
  const key = selectorKeyOf(members, shape.selectorKeys, context);
  const selector = key === undefined ? undefined : shape.selectors[key];
  const negate = flagOf(members["negate"], "negate", false, context);
  const folded = flagOf(members["case_insensitive"], "case_insensitive", false, context);
  if (key === undefined || selector === undefined) {
    // The condition is read nevertheless: its errors are reported together with the missing field.
    const { condition, flip } = conditionOf(members, context);
    return matcher({ field: UNREADABLE_FIELD, condition, flip }, negate, folded);
  }
  if (selector.kind === "nested") {
    return nestedMatcher(key, selector.field, members, { negate, folded }, context);
  }
  return matcher(partsOf(key, selector, members, context), negate, folded);
}

function matcher(parts: Parts, negate: boolean, caseInsensitive: boolean): Matcher {
  const { field, condition, flip } = parts;
  return { field, condition, negate: negate !== flip, caseInsensitive };
}

function partsOf(
  key: string,
  selector: Exclude<Selector, { kind: "nested" }>,
  members: { readonly [K in string]?: unknown },
  context: DecodeContext,
): Parts {
  const raw = members[key];
  switch (selector.kind) {
    case "field":
    case "attribute": {
      const field = fieldRefOf(selector, raw, context) ?? UNREADABLE_FIELD;
      return { field, ...conditionOf(members, context) };
    }
    case "enum": {
      const number = enumOf(raw, selector.table, context);
      const flip = existsBeside(key, undefined, members, context);
      if (number === undefined) return UNREADABLE;
      const value = { type: "int", value: BigInt(number) } as const;
      return {
        field: fieldRef(selector.field),
        condition: { op: "equals", value },
        flip,
      };
    }
    case "text": {
      const value = selectedText(selector.field, raw, context);
      const flip = existsBeside(key, raw, members, context);
      if (value === undefined) return UNREADABLE;
      return {
        field: fieldRef(selector.field),
        condition: { op: "equals", value: { type: "string", value } },
        flip,
      };
    }
  }
}

/** Ids are compared as lower-case hex text, which is how they are read from records. */
function selectedText(
  field: "event_name" | "link_trace_id",
  raw: unknown,
  context: DecodeContext,
): string | undefined {
  const text = textOf(raw, field, context);
  if (text === undefined) return undefined;
  if (field === "event_name") return text === "" ? context.fail("event_name is empty") : text;
  if (/^[0-9a-fA-F]{32}$/.test(text)) return text.toLowerCase();
  return context.fail(`link_trace_id: ${preview(text)} is not 32 hex digits`);
}

/**
 * Selectors that contain their condition allow only `exists` next to them; `exists: false` inverts.
 * `event_name` and `link_trace_id` also allow `exact` or `equals` that repeats their text, as some
 * servers write it.
 */
function existsBeside(
  key: string,
  text: unknown,
  members: { readonly [K in string]?: unknown },
  context: DecodeContext,
): boolean {
  const others = CONDITION_KEYS.filter((name) => {
    if (name === "exists" || members[name] === undefined) return false;
    return !((name === "exact" || name === "equals") && repeats(members[name], text));
  });
  if (others.length > 0) {
    context.fail(`${key} is a condition in itself; take ${others.join(", ")} away`);
  }
  return !flagOf(members["exists"], "exists", true, context);
}

function repeats(condition: unknown, text: unknown): boolean {
  if (typeof text !== "string") return false;
  if (typeof condition !== "object" || condition === null) return condition === text;
  const typed = condition as { readonly [K in string]?: unknown };
  return (typed["string_value"] ?? typed["stringValue"]) === text;
}

type ConditionPart = Pick<Parts, "condition" | "flip">;
const NO_CONDITION: ConditionPart = { condition: { op: "exists" }, flip: false };

function conditionOf(members: Conditions, context: DecodeContext): ConditionPart {
  const given = CONDITION_KEYS.filter((name) => members[name] !== undefined);
  const [key] = given;
  if (key === undefined) {
    context.fail(`no condition; give one of ${CONDITION_KEYS.join(", ")}`);
    return NO_CONDITION;
  }
  if (given.length > 1) {
    context.fail(`several conditions: ${given.join(", ")}; give exactly one`);
    return NO_CONDITION;
  }
  const raw = members[key];
  if (key === "exists") {
    return { condition: { op: "exists" }, flip: !flagOf(raw, "exists", true, context) };
  }
  const condition = valueCondition(key, raw, context);
  return condition === undefined ? NO_CONDITION : { condition, flip: false };
}

function valueCondition(
  key: Exclude<ConditionKey, "exists">,
  raw: unknown,
  context: DecodeContext,
): Condition | undefined {
  switch (key) {
    case "exact": {
      const value = textOf(raw, key, context);
      return value === undefined ? undefined : { op: "equals", value: { type: "string", value } };
    }
    case "regex": {
      const pattern = textOf(raw, key, context);
      return pattern === undefined ? undefined : { op: "regex", pattern };
    }
    case "starts_with":
    case "ends_with":
    case "contains": {
      const text = textOf(raw, key, context);
      return text === undefined ? undefined : { op: key, text };
    }
    case "equals": {
      const value = scalarOf(raw, key, context);
      return value === undefined ? undefined : { op: "equals", value };
    }
    default:
      return openRangeOf(raw, key, context);
  }
}

const NESTED_KEYS = knownKeys(...CONDITION_KEYS, ...FLAG_KEYS, "min", "max");

/** `{log_body: {regex: "…"}}`; the flags may be inside or next to it. */
function nestedMatcher(
  key: string,
  field: FieldName,
  members: { readonly [K in string]?: unknown },
  outer: { readonly negate: boolean; readonly folded: boolean },
  context: DecodeContext,
): Matcher {
  const outside = CONDITION_KEYS.filter((name) => members[name] !== undefined);
  if (outside.length > 0) context.fail(`put ${outside.join(", ")} inside ${key}`);
  const inside = context.at(key);
  const inner = membersOf(members[key], NESTED_KEYS, inside);
  if (inner === undefined) return matcher(UNREADABLE, outer.negate, outer.folded);
  const part =
    inner.min === undefined && inner.max === undefined
      ? conditionOf(inner, inside)
      : rangeOf(inner, inside);
  const negate = flagOf(inner.negate, "negate", false, inside) !== outer.negate;
  const folded = flagOf(inner.case_insensitive, "case_insensitive", false, inside) || outer.folded;
  return matcher({ field: fieldRef(field), ...part }, negate, folded);
}

/** `{min, max}`: both ends belong to the range; either may be absent. */
function rangeOf(
  members: Conditions & { readonly min?: unknown; readonly max?: unknown },
  context: DecodeContext,
): ConditionPart {
  const others = CONDITION_KEYS.filter((name) => members[name] !== undefined);
  if (others.length > 0) {
    context.fail(`several conditions: min or max and ${others.join(", ")}; give exactly one`);
    return NO_CONDITION;
  }
  const min = members.min === undefined ? undefined : numericOf(members.min, "min", context);
  const max = members.max === undefined ? undefined : numericOf(members.max, "max", context);
  if (min !== undefined && max !== undefined && isAbove(min, max)) {
    context.fail(`min ${min.value} is above max ${max.value}`);
  }
  return {
    condition: {
      op: "range",
      ...(min === undefined ? {} : { min: { value: min, inclusive: true } }),
      ...(max === undefined ? {} : { max: { value: max, inclusive: true } }),
    },
    flip: false,
  };
}

/** JavaScript compares a bigint with a number exactly. */
function isAbove(a: NumericScalar, b: NumericScalar): boolean {
  return a.value > b.value;
}
