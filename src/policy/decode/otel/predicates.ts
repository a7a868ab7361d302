// Predicates of OpenTelemetry's dialect: every way to write one, and what it is in the model. A
// predicate that cannot be judged exactly as the draft says is refused.

import type { Condition, FieldRef } from "../../model.ts";
import { type DecodeContext, preview } from "../decode-context.ts";
import { isObject, knownKeys, type Members, textOf } from "../members.ts";
import { openRangeOf, scalarOf } from "../scalars.ts";

export const PREDICATE_KEYS = knownKeys(
  "exists",
  "equals",
  "regex",
  "gt",
  "gte",
  "lt",
  "lte",
  "contains",
);
type Predicates = Members<(typeof PREDICATE_KEYS.names)[number]>;

/** The one predicate that is given; undefined with an error. */
export function predicateOf(
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
      if (isHexValue(raw)) return context.fail(`${key}: ${NO_HEX}`);
      const value = scalarOf(raw, key, context);
      if (key === "equals" || value === undefined) return value && { op: "equals", value };
      if (value.type === "string") return { op: "contains", text: value.value };
      return context.fail(`contains: values of type ${value.type} are not supported yet`);
    }
    default:
      return openRangeOf(raw, key, context);
  }
}

export const NO_HEX = "hex_value is not of this dialect; ids are texts";

export function isHexValue(raw: unknown): boolean {
  return isObject(raw) && (raw["hex_value"] ?? raw["hexValue"]) !== undefined;
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
