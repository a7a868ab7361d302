// The enums of tero.policy.v1 and their spellings: the full name, the name without its prefix (both
// in any case) and the number.

import type { ExtensionMode, FieldName, SamplingMode } from "../model.ts";
import { nearest } from "../../core/nearest.ts";
import type { DecodeContext } from "./decode-context.ts";
import { preview } from "./decode-context.ts";

export interface EnumTable<Value> {
  /** Its name in messages, e.g. `log_field`. */
  readonly what: string;
  readonly prefix: string;
  readonly byName: ReadonlyMap<string, Value>;
  readonly byNumber: ReadonlyMap<number, Value>;
}

/** Rows are [name, number, value]; a row without a number is known by name only. */
type Row<Value> = readonly [string, number | undefined, Value];

export function enumTable<Value>(
  what: string,
  prefix: string,
  rows: readonly Row<Value>[],
): EnumTable<Value> {
  const byName = new Map<string, Value>();
  const byNumber = new Map<number, Value>();
  for (const [name, number, value] of rows) {
    byName.set(name, value);
    if (number !== undefined && !byNumber.has(number)) byNumber.set(number, value);
  }
  return { what, prefix, byName, byNumber };
}

/** Rows whose value is their own name. */
export function fields<Name extends string>(
  numbers: Readonly<Record<Name, number | undefined>>,
): Row<Name>[] {
  // The keys of a literal object are exactly Name.
  const names = Object.keys(numbers) as Name[];
  return names.map((name) => [name, numbers[name], name] as const);
}

export const LOG_FIELD: EnumTable<FieldName> = enumTable(
  "log_field",
  "log_field_",
  fields({
    body: 1,
    severity_text: 2,
    trace_id: 3,
    span_id: 4,
    event_name: 5,
    resource_schema_url: 10,
    scope_schema_url: 11,
    // Not in the spec, but promised by the product's documents.
    severity_number: undefined,
    scope_name: undefined,
    scope_version: undefined,
  }),
);

export const METRIC_FIELD: EnumTable<FieldName> = enumTable(
  "metric_field",
  "metric_field_",
  fields({
    name: 1,
    description: 2,
    unit: 3,
    resource_schema_url: 10,
    scope_schema_url: 11,
    scope_name: 12,
    scope_version: 13,
  }),
);

export const TRACE_FIELD: EnumTable<FieldName> = enumTable(
  "trace_field",
  "trace_field_",
  fields({
    name: 1,
    trace_id: 2,
    span_id: 3,
    parent_span_id: 4,
    trace_state: 5,
    resource_schema_url: 10,
    scope_schema_url: 11,
    scope_name: 12,
    scope_version: 13,
  }),
);

export const METRIC_TYPE: EnumTable<number> = enumTable("metric_type", "metric_type_", [
  ["gauge", 1, 1],
  ["sum", 2, 2],
  ["histogram", 3, 3],
  ["exponential_histogram", 4, 4],
  ["summary", 5, 5],
]);

export const AGGREGATION_TEMPORALITY: EnumTable<number> = enumTable(
  "aggregation_temporality",
  "aggregation_temporality_",
  [
    ["delta", 1, 1],
    ["cumulative", 2, 2],
  ],
);

export const SPAN_KIND: EnumTable<number> = enumTable("span_kind", "span_kind_", [
  ["internal", 1, 1],
  ["server", 2, 2],
  ["client", 3, 3],
  ["producer", 4, 4],
  ["consumer", 5, 5],
]);

/** The only enum in which 0 has a meaning: a span without a status. */
export const SPAN_STATUS: EnumTable<number> = enumTable("span_status", "span_status_code_", [
  ["unset", 0, 0],
  ["unspecified", 0, 0],
  ["ok", 1, 1],
  ["error", 2, 2],
]);

export const SAMPLING_MODE: EnumTable<SamplingMode> = enumTable("mode", "sampling_mode_", [
  ["hash_seed", 1, "hash_seed"],
  ["unspecified", 0, "hash_seed"],
  ["proportional", 2, "proportional"],
  ["equalizing", 3, "equalizing"],
]);

export const EXTENSION_MODE: EnumTable<ExtensionMode> = enumTable("mode", "extension_mode_", [
  ["kept", 1, "kept"],
  ["dropped", 2, "dropped"],
  ["unmatched", 3, "unmatched"],
  ["matched", 4, "matched"],
  ["unspecified", 0, "matched"],
  ["all", 5, "all"],
]);

/** The enum's value that `raw` names; undefined, with an error, if it is unknown or unspecified. */
export function enumOf<Value>(
  raw: unknown,
  table: EnumTable<Value>,
  context: DecodeContext,
): Value | undefined {
  let value: Value | undefined;
  let unspecified = false;
  if (typeof raw === "string") {
    const lower = raw.toLowerCase();
    const short = lower.startsWith(table.prefix) ? lower.slice(table.prefix.length) : lower;
    value = table.byName.get(short);
    unspecified = short === "unspecified";
  } else if (typeof raw === "number" || typeof raw === "bigint") {
    value = table.byNumber.get(Number(raw));
    unspecified = Number(raw) === 0;
  }
  if (value !== undefined) return value;
  if (unspecified) return context.fail(`${table.what} is unspecified; ${known(table)}`);
  const near = typeof raw === "string" ? nearest(raw, [...table.byName.keys()]) : undefined;
  const cure = near === undefined ? known(table) : `did you mean "${near}"?`;
  return context.fail(`unknown ${table.what} ${preview(raw)}; ${cure}`);
}

function known(table: EnumTable<unknown>): string {
  const names = [...table.byName.keys()].filter((name) => name !== "unspecified");
  return `use one of ${names.join(", ")}`;
}
