// Decodes predicates of OpenTelemetry's dialect: every way of writing one, and the condition of the
// model that it becomes.

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

/** The single predicate that is given; undefined, with an error, if there is not exactly one. */
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
  return conditionOf(key, members[key], context, field);
}

function conditionOf(
  key: (typeof PREDICATE_KEYS.names)[number],
  raw: unknown,
  context: DecodeContext,
  field: FieldRef,
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
      // Only the body can be an array; no other field can.
      const isText = field.kind === "field" && field.field !== "body" && value.type === "string";
      return isText ? { op: "contains", text: value.value } : { op: "holds", value };
    }
    default:
      return openRangeOf(raw, key, context);
  }
}

export const NO_HEX = "hex_value is not of this dialect; ids are texts";

export function isHexValue(raw: unknown): boolean {
  return isObject(raw) && (raw["hex_value"] ?? raw["hexValue"]) !== undefined;
}
