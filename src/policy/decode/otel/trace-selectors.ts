// The targets that a trace_sampling may name.

import type { FieldName } from "../../model.ts";
import { type EnumTable, enumTable } from "../enums.ts";
import { TRACE_SELECTORS } from "../selectors.ts";
import { type OtelSelectors, SHARED_SELECTORS } from "./selectors.ts";

const SPAN_RECORD_FIELD: EnumTable<FieldName> = enumTable("record_field", "span_record_field_", [
  ["name", 1, "name"],
  ["trace_id", 2, "trace_id"],
  ["span_id", 3, "span_id"],
  ["parent_span_id", 4, "parent_span_id"],
  ["trace_state", 5, "trace_state"],
  ["status_message", 6, "status_message"],
  ["kind", 7, "span_kind"],
  ["status_code", 8, "span_status"],
  ["event_name", 9, "event_name"],
]);

export const OTEL_TRACE_SELECTORS = {
  record_field: { kind: "field", table: SPAN_RECORD_FIELD },
  span_attribute: TRACE_SELECTORS.span_attribute,
  event_attribute: TRACE_SELECTORS.event_attribute,
  ...SHARED_SELECTORS,
} as const satisfies OtelSelectors;
