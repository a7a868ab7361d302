// The numbering of named fields and attribute scopes that formats and programs share on the hot
// path. They are numbers, not strings, because a reader reports fields by index; the names are the
// spec's.

import type { AttributeScope, FieldName, FieldRef, Signal } from "./model.ts";

/** Index of each named field; the same for all signals. */
export const Field = {
  body: 0,
  severity_text: 1,
  severity_number: 2,
  trace_id: 3,
  span_id: 4,
  parent_span_id: 5,
  trace_state: 6,
  event_name: 7,
  resource_schema_url: 8,
  scope_schema_url: 9,
  scope_name: 10,
  scope_version: 11,
  name: 12,
  description: 13,
  unit: 14,
  metric_type: 15,
  aggregation_temporality: 16,
  span_kind: 17,
  span_status: 18,
  link_trace_id: 19,
  status_message: 20,
  is_monotonic: 21,
} as const satisfies Record<FieldName, number>;
/** The number of a named field. */
export type FieldIndex = (typeof Field)[FieldName];
/** How many named fields there are. */
export const FIELD_COUNT = Object.keys(Field).length;

/** Index of each attribute scope. */
export const Scope = {
  record: 0,
  resource: 1,
  scope: 2,
  event: 3,
  point: 4,
} as const satisfies Record<AttributeScope, number>;
/** The number of a scope of attributes. */
export type ScopeIndex = (typeof Scope)[AttributeScope];
/** How many scopes of attributes there are. */
export const SCOPE_COUNT = Object.keys(Scope).length;

/** How long a value stays: until the next record, scope, resource or data point begins. */
export const Level = { record: 0, scope: 1, resource: 2, point: 3 } as const;
/** The number of a level of values: resource, scope, record or data point. */
export type ValueLevelIndex = (typeof Level)[keyof typeof Level];
/** The number of a level that is edited: resource, scope or record. */
export type LevelIndex = Exclude<ValueLevelIndex, typeof Level.point>;
/** How many levels there are. */
export const LEVEL_COUNT = Object.keys(Level).length;

/** The fields that records of a signal have. */
export const FIELDS_OF_SIGNAL = {
  log: [
    "body",
    "severity_text",
    "severity_number",
    "trace_id",
    "span_id",
    "event_name",
    "resource_schema_url",
    "scope_schema_url",
    "scope_name",
    "scope_version",
  ],
  metric: [
    "name",
    "description",
    "unit",
    "metric_type",
    "aggregation_temporality",
    "is_monotonic",
    "resource_schema_url",
    "scope_schema_url",
    "scope_name",
    "scope_version",
  ],
  trace: [
    "name",
    "trace_id",
    "span_id",
    "parent_span_id",
    "trace_state",
    "span_kind",
    "span_status",
    "status_message",
    "event_name",
    "link_trace_id",
    "resource_schema_url",
    "scope_schema_url",
    "scope_name",
    "scope_version",
  ],
} as const satisfies Record<Signal, readonly FieldName[]>;

/**
 * Fields whose values are ids: readers report them as lower-case hex text; all-zero ids count as
 * missing.
 */
export const ID_FIELDS: readonly FieldName[] = [
  "trace_id",
  "span_id",
  "parent_span_id",
  "link_trace_id",
];

/** The level of a named field. */
export function levelOfField(field: FieldName): LevelIndex {
  if (field === "resource_schema_url") return Level.resource;
  const scoped =
    field === "scope_schema_url" || field === "scope_name" || field === "scope_version";
  return scoped ? Level.scope : Level.record;
}

/** The level of an attribute scope. */
export function levelOfScope(scope: AttributeScope): ValueLevelIndex {
  if (scope === "resource") return Level.resource;
  if (scope === "point") return Level.point;
  return scope === "scope" ? Level.scope : Level.record;
}

/**
 * Fields that can have several values in one record, any of which may match: all attributes,
 * because keys may be equal and attributes may belong to any data point or event; names of span
 * events; links.
 */
export function isMultiValued(signal: Signal, ref: FieldRef): boolean {
  if (ref.kind === "attribute") return true;
  return ref.field === "link_trace_id" || (signal === "trace" && ref.field === "event_name");
}
