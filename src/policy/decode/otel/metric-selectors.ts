// The targets that a metric_filter may name.

import type { FieldName } from "../../model.ts";
import { type EnumTable, enumTable } from "../enums.ts";
import { type OtelSelectors, SHARED_SELECTORS } from "./selectors.ts";

const METRIC_DESCRIPTOR_FIELD: EnumTable<FieldName> = enumTable(
  "descriptor_field",
  "metric_descriptor_field_",
  [
    ["name", 1, "name"],
    ["description", 2, "description"],
    ["unit", 3, "unit"],
    ["type", 4, "metric_type"],
    ["aggregation_temporality", 5, "aggregation_temporality"],
    ["is_monotonic", 6, "is_monotonic"],
  ],
);

export const OTEL_METRIC_SELECTORS = {
  descriptor_field: { kind: "field", table: METRIC_DESCRIPTOR_FIELD },
  datapoint_attribute: { kind: "attribute", scope: "point" },
  ...SHARED_SELECTORS,
} as const satisfies OtelSelectors;
