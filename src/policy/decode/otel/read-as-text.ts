// Fields whose predicates read a text that differs from what the record contains: enums by their
// upper-case names, severities as digits, ids in lower case only, and the missing parent of a root
// span as the empty text.

import { ID_FIELDS } from "../../fields.ts";
import type { Condition, FieldName, FieldRef, Matcher } from "../../model.ts";

const TEXT_FIELDS: ReadonlySet<FieldName> = new Set([
  "metric_type",
  "aggregation_temporality",
  "span_kind",
  "span_status",
  "parent_span_id",
]);
/** A status other than the default, which is unset. */
const IS_SET: Condition = {
  op: "range",
  min: { value: { type: "int", value: 1n }, inclusive: true },
};

/** What a predicate on a field reads, and what it searches for. */
export function asRead(
  field: FieldRef,
  condition: Condition,
): Pick<Matcher, "field" | "condition"> {
  if (field.kind !== "field") return { field, condition };
  if (!TEXT_FIELDS.has(field.field)) {
    return {
      field: isSpelled(field.field, condition) ? { ...field, as: "text" } : field,
      condition,
    };
  }
  if (condition.op !== "exists") return { field: { ...field, as: "text" }, condition };
  return { field, condition: field.field === "span_status" ? IS_SET : condition };
}

/**
 * Whether a predicate reads a field as text that others read as a number, or as an id in any case.
 */
function isSpelled(field: FieldName, condition: Condition): boolean {
  const { op } = condition;
  if (field === "severity_number") return op === "regex";
  if (!ID_FIELDS.includes(field)) return false;
  if (op === "contains") return /[A-F]/.test(condition.text);
  if (op !== "equals") return false;
  const { type, value } = condition.value;
  return type === "bytes" || (type === "string" && /[A-F]/.test(value));
}

/** The predicate as it was written. */
export function asWritten(field: FieldRef, condition: Condition): Condition {
  const isSet = field.kind === "field" && field.as === undefined && field.field === "span_status";
  return isSet && condition.op === "range" ? { op: "exists" } : condition;
}
