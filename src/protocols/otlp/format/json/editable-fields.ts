// The string members of records that can be edited, and what an id is. Data only.

import { encodeUtf8 } from "../../../../core/utf8.ts";
import { Field, type FieldIndex } from "../../../../policy/fields.ts";
import type { Signal } from "../../../../policy/model.ts";

/** `idDigits`: how many hex digits an id has, 0 for other texts. */
export interface EditableField {
  readonly name: Uint8Array;
  readonly idDigits: number;
}
export type EditableFields = ReadonlyMap<FieldIndex, EditableField>;

function editable(name: string, idDigits = 0): EditableField {
  return { name: encodeUtf8(name), idDigits };
}

export const NO_FIELDS: EditableFields = new Map();
const LOG_FIELDS: EditableFields = new Map<FieldIndex, EditableField>([
  [Field.severity_text, editable("severityText")],
  [Field.event_name, editable("eventName")],
  [Field.trace_id, editable("traceId", 32)],
  [Field.span_id, editable("spanId", 16)],
]);
const SPAN_FIELDS: EditableFields = new Map<FieldIndex, EditableField>([
  [Field.name, editable("name")],
  [Field.trace_state, editable("traceState")],
  [Field.trace_id, editable("traceId", 32)],
  [Field.span_id, editable("spanId", 16)],
  [Field.parent_span_id, editable("parentSpanId", 16)],
]);

/** Those of the records of a signal, but for the body. Nothing of a metric can be edited. */
export function editableFields(signal: Signal): EditableFields {
  if (signal === "log") return LOG_FIELDS;
  return signal === "trace" ? SPAN_FIELDS : NO_FIELDS;
}

/** Whether text[0, length) is so many hex digits. */
export function isHex(text: Uint8Array, length: number, digits: number): boolean {
  if (length !== digits) return false;
  for (let i = 0; i < digits; i++) {
    const c = text[i] as number;
    const letter = c | 0x20;
    if (!((c >= 0x30 && c <= 0x39) || (letter >= 0x61 && letter <= 0x66))) return false;
  }
  return true;
}
