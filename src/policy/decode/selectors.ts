// Decodes references to fields of a record: the `field` oneofs of matchers, sample keys and
// transforms.

import type { AttributeScope, FieldName, FieldRef } from "../model.ts";
import type { EnumTable } from "./enums.ts";
import {
  AGGREGATION_TEMPORALITY,
  enumOf,
  LOG_FIELD,
  METRIC_FIELD,
  METRIC_TYPE,
  SPAN_KIND,
  SPAN_STATUS,
  TRACE_FIELD,
} from "./enums.ts";
import { isObject, knownKeys, membersOf } from "./members.ts";
import type { DecodeContext } from "./decode-context.ts";
import { preview } from "./decode-context.ts";

/**
 * What a selector key holds.
 * - `field`: the name of a field; `attribute`: a path.
 * - `enum`, `text`: the value that the field must equal, so the selector is a condition too.
 * - `nested`: an object with the condition in it.
 */
export type Selector =
  | { readonly kind: "field"; readonly table: EnumTable<FieldName> }
  | { readonly kind: "attribute"; readonly scope: AttributeScope }
  | { readonly kind: "enum"; readonly field: FieldName; readonly table: EnumTable<number> }
  | { readonly kind: "text"; readonly field: "event_name" | "link_trace_id" }
  | { readonly kind: "nested"; readonly field: FieldName };

const attribute = (scope: AttributeScope) => ({ kind: "attribute", scope }) as const;
const nested = (field: FieldName) => ({ kind: "nested", field }) as const;

const SHARED_ATTRIBUTES = {
  resource_attribute: attribute("resource"),
  scope_attribute: attribute("scope"),
} as const;

/** For sample keys, removals, redactions and additions. */
export const LOG_SELECTORS = {
  log_field: { kind: "field", table: LOG_FIELD },
  log_attribute: attribute("record"),
  ...SHARED_ATTRIBUTES,
} as const satisfies Readonly<Record<string, Selector>>;

/** For renames. */
export const LOG_FROM_SELECTORS = {
  from_log_field: LOG_SELECTORS.log_field,
  from_log_attribute: LOG_SELECTORS.log_attribute,
  from_resource_attribute: LOG_SELECTORS.resource_attribute,
  from_scope_attribute: LOG_SELECTORS.scope_attribute,
} as const satisfies Readonly<Record<string, Selector>>;

/** For log matchers; the nested spellings occur only in policy files. */
export const LOG_MATCHER_SELECTORS = {
  ...LOG_SELECTORS,
  log_body: nested("body"),
  log_severity_text: nested("severity_text"),
  log_severity_number: nested("severity_number"),
  scope_name: nested("scope_name"),
  scope_version: nested("scope_version"),
} as const satisfies Readonly<Record<string, Selector>>;

export const METRIC_SELECTORS = {
  metric_field: { kind: "field", table: METRIC_FIELD },
  datapoint_attribute: attribute("record"),
  ...SHARED_ATTRIBUTES,
  metric_type: { kind: "enum", field: "metric_type", table: METRIC_TYPE },
  aggregation_temporality: {
    kind: "enum",
    field: "aggregation_temporality",
    table: AGGREGATION_TEMPORALITY,
  },
} as const satisfies Readonly<Record<string, Selector>>;

export const TRACE_SELECTORS = {
  trace_field: { kind: "field", table: TRACE_FIELD },
  span_attribute: attribute("record"),
  ...SHARED_ATTRIBUTES,
  span_kind: { kind: "enum", field: "span_kind", table: SPAN_KIND },
  span_status: { kind: "enum", field: "span_status", table: SPAN_STATUS },
  event_name: { kind: "text", field: "event_name" },
  event_attribute: attribute("event"),
  link_trace_id: { kind: "text", field: "link_trace_id" },
} as const satisfies Readonly<Record<string, Selector>>;

/**
 * Used for a field that could not be read, so that the items after it keep their numbers. Only in
 * policies with errors, which are never evaluated.
 */
export const UNREADABLE_FIELD: FieldRef = { kind: "attribute", scope: "record", path: [] };

/**
 * The single selector key that is given; undefined, with an error, if there are none or several.
 */
export function selectorKeyOf<Name extends string>(
  members: { readonly [K in Name]?: unknown },
  names: readonly Name[],
  context: DecodeContext,
): Name | undefined {
  const given = names.filter((name) => members[name] !== undefined);
  if (given.length === 1) return given[0];
  if (given.length === 0) return context.fail(`no field; give one of ${names.join(", ")}`);
  return context.fail(`several fields: ${given.join(", ")}; give exactly one`);
}

const fieldRefs = new Map<FieldName, FieldRef>();

/** Returns the same object for every use of the field. */
export function fieldRef(field: FieldName): FieldRef {
  let ref = fieldRefs.get(field);
  if (ref === undefined) {
    ref = { kind: "field", field };
    fieldRefs.set(field, ref);
  }
  return ref;
}

/** The field of a name or a path; undefined, with an error, if it is neither. */
export function fieldRefOf(
  selector: Extract<Selector, { kind: "field" | "attribute" }>,
  raw: unknown,
  context: DecodeContext,
): FieldRef | undefined {
  if (selector.kind === "field") {
    const field = enumOf(raw, selector.table, context);
    return field === undefined ? undefined : fieldRef(field);
  }
  const path = pathOf(raw, context);
  return path === undefined ? undefined : { kind: "attribute", scope: selector.scope, path };
}

const PATH_KEYS = knownKeys("path");

/** `"key"`, `["key", "inner"]` or `{path: [...]}`; at least one segment. */
function pathOf(raw: unknown, context: DecodeContext): readonly string[] | undefined {
  const inside = isObject(raw) ? membersOf(raw, PATH_KEYS, context)?.path : raw;
  if (inside === undefined || inside === "") return context.fail("attribute has empty path");
  if (typeof inside === "string") return [inside];
  if (!Array.isArray(inside)) {
    return context.fail(`attribute: expected a path, found ${preview(inside)}`);
  }
  if (inside.length === 0) return context.fail("attribute has empty path");
  const path: string[] = [];
  for (const segment of inside as readonly unknown[]) {
    const text = segmentOf(segment);
    if (text === undefined) {
      return context.fail(`attribute: ${preview(segment)} is not a path segment; write a string`);
    }
    path.push(text);
  }
  return path;
}

/** Whole numbers are accepted as indexes. */
function segmentOf(segment: unknown): string | undefined {
  if (typeof segment === "string" && segment !== "") return segment;
  const index =
    typeof segment === "bigint" || (typeof segment === "number" && Number.isSafeInteger(segment));
  return index ? String(segment) : undefined;
}
