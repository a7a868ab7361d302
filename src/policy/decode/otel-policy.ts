// Policies in OpenTelemetry's own dialect (opentelemetry.proto.policies.v1development), decoded to
// the same model. What cannot be judged here exactly as the draft says is refused with a message:
// no policy is read in a looser meaning.

import type { Condition, FieldRef, Keep, Matcher, Target } from "../model.ts";
import { type DecodeContext, preview } from "./decode-context.ts";
import { enumOf, OTEL_ACTION, OTEL_LOG_FIELD, OTEL_SCOPE_FIELD } from "./enums.ts";
import { flagOf, isObject, knownKeys, listOf, type Members, membersOf, textOf } from "./members.ts";
import { openRangeOf, scalarOf } from "./scalars.ts";
import { fieldRefOf, LOG_SELECTORS, selectorKeyOf, UNREADABLE_FIELD } from "./selectors.ts";

/** The kinds of policies; one of these keys is what tells the dialect. */
export const OTEL_KINDS = [
  "log_filter",
  "log_transform",
  "metric_filter",
  "trace_sampling",
] as const;

export const OTEL_SELECTORS = {
  record_field: { kind: "field", table: OTEL_LOG_FIELD },
  log_attribute: LOG_SELECTORS.log_attribute,
  resource_attribute: LOG_SELECTORS.resource_attribute,
  scope_attribute: LOG_SELECTORS.scope_attribute,
  scope_field: { kind: "field", table: OTEL_SCOPE_FIELD },
} as const;

const SELECTOR_KEYS = knownKeys(
  "record_field",
  "log_attribute",
  "resource_attribute",
  "scope_attribute",
  "scope_field",
);
const PREDICATE_KEYS = knownKeys("exists", "equals", "regex", "gt", "gte", "lt", "lte", "contains");
const FILTER_KEYS = knownKeys("matches", "action");
/** The draft's examples also write the two parts without `target` and `predicate` around them. */
const MATCHER_KEYS = knownKeys(
  "target",
  "predicate",
  "negate",
  ...SELECTOR_KEYS.names,
  ...PREDICATE_KEYS.names,
);
type Predicates = Members<(typeof PREDICATE_KEYS.names)[number]>;

/** Stands where a condition could not be read; only in policies with errors. */
const UNREADABLE: Condition = { op: "exists" };
const DROP: Keep = { kind: "otel_drop" };
const KEEP: Keep = { kind: "otel_keep" };

/** A filter of logs; `context` is that of its key. */
export function logFilterOf(raw: unknown, context: DecodeContext): Target | undefined {
  const members = membersOf(raw, FILTER_KEYS, context);
  if (members === undefined) return undefined;
  const list = listOf(members.matches, "matches", context);
  if (list.length === 0 && (members.matches === undefined || Array.isArray(members.matches))) {
    context.fail("matches: no matchers; give at least one");
  }
  const matchers = list.map((item, at) => matcherOf(item, context.at(`matches[${at}]`)));
  const { action: given } = members;
  if (given === undefined) context.fail("action: missing; write ACTION_KEEP or ACTION_DROP");
  const action = given === undefined ? undefined : enumOf(given, OTEL_ACTION, context);
  return {
    signal: "log",
    dialect: "otel",
    matchers,
    keep: action === "otel_drop" ? DROP : KEEP,
  };
}

function matcherOf(raw: unknown, context: DecodeContext): Matcher {
  const members = membersOf(raw, MATCHER_KEYS, context) ?? {};
  const negate = flagOf(members.negate, "negate", false, context);
  const target = partOf("target", members, SELECTOR_KEYS, context);
  const field = (target && targetOf(...target)) ?? UNREADABLE_FIELD;
  const predicate = partOf("predicate", members, PREDICATE_KEYS, context);
  const condition = (predicate && predicateOf(...predicate, field)) ?? UNREADABLE;
  return { field, condition, negate, caseInsensitive: false };
}

/** The members of one part of a matcher, which stand in it or beside it, and where that is. */
function partOf<Name extends string>(
  part: "target" | "predicate",
  members: Members<Name | "target" | "predicate">,
  keys: ReturnType<typeof knownKeys<Name>>,
  context: DecodeContext,
): readonly [Members<Name>, DecodeContext] | undefined {
  const raw: unknown = members[part];
  if (raw === undefined) return [members, context];
  const beside = keys.names.filter((key) => members[key] !== undefined);
  if (beside.length > 0) context.fail(`put ${beside.join(", ")} inside ${part}`);
  const inside = context.at(part);
  const own = membersOf(raw, keys, inside);
  return own === undefined ? undefined : [own, inside];
}

function targetOf(
  members: Members<(typeof SELECTOR_KEYS.names)[number]>,
  context: DecodeContext,
): FieldRef | undefined {
  const key = selectorKeyOf(members, SELECTOR_KEYS.names, context);
  if (key === undefined) return undefined;
  const ref = fieldRefOf(OTEL_SELECTORS[key], members[key], context);
  if (
    ref?.kind === "attribute" &&
    ref.path.some((segment, at) => at > 0 && /^\d+$/.test(segment))
  ) {
    return context.fail(`${key}: paths into arrays are not supported yet`);
  }
  return ref;
}

function predicateOf(
  members: Predicates,
  context: DecodeContext,
  field: FieldRef,
): Condition | undefined {
  const given = PREDICATE_KEYS.names.filter((name) => members[name] !== undefined);
  const [key] = given;
  if (key === undefined) {
    return context.fail(`no predicate; give one of ${PREDICATE_KEYS.names.join(", ")}`);
  }
  if (given.length > 1) {
    return context.fail(`several predicates: ${given.join(", ")}; give exactly one`);
  }
  const condition = conditionOf(key, members[key], context);
  const fault = condition && unsupported(condition, field);
  return fault === undefined ? condition : context.fail(`${key}: ${fault}`);
}

function conditionOf(
  key: (typeof PREDICATE_KEYS.names)[number],
  raw: unknown,
  context: DecodeContext,
): Condition | undefined {
  switch (key) {
    case "exists":
      if (isObject(raw) && Object.keys(raw).length === 0) return { op: "exists" };
      return context.fail(
        `exists: expected {}, found ${preview(raw)}; absence is {} with negate: true`,
      );
    case "regex": {
      const pattern = textOf(raw, key, context);
      return pattern === undefined ? undefined : { op: "regex", pattern };
    }
    case "equals":
    case "contains": {
      if (isObject(raw) && (raw["hex_value"] ?? raw["hexValue"]) !== undefined) {
        return context.fail(`${key}: hex_value is not of this dialect; ids are texts`);
      }
      const value = scalarOf(raw, key, context);
      if (key === "equals" || value === undefined) return value && { op: "equals", value };
      if (value.type === "string") return { op: "contains", text: value.value };
      return context.fail(`contains: values of type ${value.type} are not supported yet`);
    }
    default:
      return openRangeOf(raw, key, context);
  }
}

/** Why a condition cannot be judged as the draft says; undefined when it can. */
function unsupported(condition: Condition, field: FieldRef): string | undefined {
  if (field.kind === "attribute") {
    if (condition.op !== "contains") return undefined;
    return "not supported yet where there may be an array; use regex for a part of a text";
  }
  if (field.field === "severity_number") {
    const isText = condition.op === "regex" || condition.op === "contains";
    return isText ? "texts of severity_number are not supported yet; compare numbers" : undefined;
  }
  if (field.field !== "trace_id" && field.field !== "span_id") return undefined;
  const text = condition.op === "contains" ? condition.text : equalText(condition);
  if (condition.op === "equals" && condition.value.type === "bytes") {
    return "an id is lower-case hex text; write it so";
  }
  return text !== undefined && /[A-F]/.test(text)
    ? "an id is lower-case hex text; write it so"
    : undefined;
}

function equalText(condition: Condition): string | undefined {
  return condition.op === "equals" && condition.value.type === "string"
    ? condition.value.value
    : undefined;
}
