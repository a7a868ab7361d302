// Which fields an editor finds in each kind of message, and where: tables by Field index. Data
// only.

import { Field, FIELD_COUNT, Scope, type ScopeIndex } from "../../../../policy/fields.ts";
import type { FieldName } from "../../../../policy/model.ts";
import { LogTag, ResourceTag, ScopeTag, SpanTag } from "./tags.ts";

/** How a field's value is written. */
export const Form = {
  none: 0,
  text: 1,
  anyValue: 2,
  /** 16 raw bytes. */
  traceId: 3,
  /** 8 raw bytes. */
  spanId: 4,
} as const;
export type FormIndex = (typeof Form)[keyof typeof Form];

export interface EditLayout {
  /** The attribute scope whose list is in this message. */
  readonly scope: ScopeIndex;
  /** Tag of its KeyValue fields; 0: it has none. */
  readonly attributesTag: number;
  /** Tag and form of each field, by Field index. */
  readonly tags: Int32Array;
  readonly forms: Uint8Array;
}

function layout(
  scope: ScopeIndex,
  attributesTag: number,
  fields: readonly (readonly [FieldName, number, FormIndex])[],
): EditLayout {
  const tags = new Int32Array(FIELD_COUNT);
  const forms = new Uint8Array(FIELD_COUNT);
  for (const [name, tag, form] of fields) {
    tags[Field[name]] = tag;
    forms[Field[name]] = form;
  }
  return { scope, attributesTag, tags, forms };
}

/**
 * Records of each signal. Attributes of a metric are in its data points, which are never edited.
 */
export const RECORD_LAYOUTS = {
  log: layout(Scope.record, LogTag.attributes, [
    ["body", LogTag.body, Form.anyValue],
    ["severity_text", LogTag.severityText, Form.text],
    ["trace_id", LogTag.traceId, Form.traceId],
    ["span_id", LogTag.spanId, Form.spanId],
    ["event_name", LogTag.eventName, Form.text],
  ]),
  metric: layout(Scope.record, 0, []),
  trace: layout(Scope.record, SpanTag.attributes, [
    ["name", SpanTag.name, Form.text],
    ["trace_id", SpanTag.traceId, Form.traceId],
    ["span_id", SpanTag.spanId, Form.spanId],
    ["parent_span_id", SpanTag.parentSpanId, Form.spanId],
    ["trace_state", SpanTag.traceState, Form.text],
  ]),
} as const;

/** Attributes of a Resource message; its schema URL is never edited. */
export const RESOURCE_LAYOUT = layout(Scope.resource, ResourceTag.attributes, []);

/** Attributes of an InstrumentationScope message; its names are never edited. */
export const SCOPE_LAYOUT = layout(Scope.scope, ScopeTag.attributes, []);
