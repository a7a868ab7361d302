// The targets that OpenTelemetry's dialect may name: those of each signal, and those that all
// signals share. This file has the table of the fields of logs; matchers.ts says how matchers read
// them.

import type { FieldName } from "../../model.ts";
import { type EnumTable, enumTable, fields } from "../enums.ts";
import { type KnownKeys, knownKeys, type Members } from "../members.ts";
import { fieldRefOf, LOG_SELECTORS, type Selector, selectorKeyOf } from "../selectors.ts";
import type { DecodeContext } from "../decode-context.ts";
import type { FieldRef } from "../../model.ts";

/** What one key of a target selects. */
export type OtelSelector = Extract<Selector, { kind: "field" | "attribute" }>;
/** The keys of a target, one of which is given. */
export type OtelSelectors = Readonly<Record<string, OtelSelector>>;

const LOG_RECORD_FIELD: EnumTable<FieldName> = enumTable(
  "record_field",
  "log_record_field_",
  fields({
    body: 1,
    severity_text: 2,
    severity_number: 3,
    trace_id: 4,
    span_id: 5,
    event_name: 6,
  }),
);

const SCOPE_FIELD: EnumTable<FieldName> = enumTable("scope_field", "scope_field_", [
  ["name", 1, "scope_name"],
  ["version", 2, "scope_version"],
  ["schema_url", 3, "scope_schema_url"],
]);

/** Selectors of every signal. */
export const SHARED_SELECTORS = {
  resource_attribute: LOG_SELECTORS.resource_attribute,
  scope_attribute: LOG_SELECTORS.scope_attribute,
  scope_field: { kind: "field", table: SCOPE_FIELD },
} as const satisfies OtelSelectors;

export const OTEL_LOG_SELECTORS = {
  record_field: { kind: "field", table: LOG_RECORD_FIELD },
  log_attribute: LOG_SELECTORS.log_attribute,
  ...SHARED_SELECTORS,
} as const satisfies OtelSelectors;

/** The keys of a table of selectors, in the spellings of documents. */
export function selectorKeys(selectors: OtelSelectors): KnownKeys<string> {
  return knownKeys(...Object.keys(selectors));
}

/** The field that a target names; undefined, with an error, if there is none. */
export function otelFieldOf(
  members: Members<string>,
  selectors: OtelSelectors,
  context: DecodeContext,
): FieldRef | undefined {
  const key = selectorKeyOf(members, Object.keys(selectors), context);
  const selector = key === undefined ? undefined : selectors[key];
  if (key === undefined || selector === undefined) return undefined;
  const ref = fieldRefOf(selector, members[key], context);
  if (ref?.kind !== "attribute") return ref;
  const mayIndex = ref.path.some((segment, at) => at > 0 && /^\d+$/.test(segment));
  return mayIndex ? { ...ref, intoLists: true } : ref;
}
