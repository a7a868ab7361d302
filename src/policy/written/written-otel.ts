// Policies of OpenTelemetry's own dialect as they are written: what decoding makes the same model.

import type { FieldName, Matcher, Target } from "../model.ts";
import { type Tree, writtenCondition, writtenField, writtenScalar } from "./written-parts.ts";

export function writtenOtelTarget({ matchers, keep }: Target): Tree {
  const action = keep.kind === "otel_drop" ? "ACTION_DROP" : "ACTION_KEEP";
  return { log_filter: { matches: matchers.map(writtenMatcher), action } };
}

const SCOPE_FIELDS: Readonly<Partial<Record<FieldName, string>>> = {
  scope_name: "name",
  scope_version: "version",
  scope_schema_url: "schema_url",
};

function writtenMatcher({ field, condition, negate }: Matcher): Tree {
  const scopeField = field.kind === "field" ? SCOPE_FIELDS[field.field] : undefined;
  const target =
    scopeField !== undefined
      ? { scope_field: scopeField }
      : field.kind === "field"
        ? { record_field: field.field }
        : writtenField(field, "log");
  const predicate =
    condition.op === "exists"
      ? { exists: {} }
      : condition.op === "equals"
        ? { equals: writtenScalar(condition.value) }
        : writtenCondition(condition);
  return { target, predicate, ...(negate ? { negate } : {}) };
}
