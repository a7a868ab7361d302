// The record editor's contract on decoded objects: what each call has to do to a log record.

import { create } from "@bufbuild/protobuf";
import { decodeUtf8 } from "../../../../../src/core/utf8.ts";
import {
  Field,
  type FieldSelector,
  Scope,
  ValueKind,
  type ValueKindIndex,
} from "../../../../../src/policy/index.ts";
import {
  AnyValueSchema,
  KeyValueListSchema,
  KeyValueSchema,
} from "../../../../../src/proto/gen/opentelemetry/proto/common/v1/common_pb.ts";
import type { AnyValue, KeyValue, LogRecord } from "./oracle.ts";

const KINDS = {
  stringValue: ValueKind.string,
  boolValue: ValueKind.bool,
  intValue: ValueKind.int,
  doubleValue: ValueKind.double,
  bytesValue: ValueKind.bytes,
} as const;

function text(value: string): AnyValue {
  return create(AnyValueSchema, { value: { case: "stringValue", value } });
}

function mapOf(entry: KeyValue | undefined): KeyValue[] | undefined {
  const held = entry?.value?.value;
  return held?.case === "kvlistValue" ? held.value.values : undefined;
}

function removeAll(list: KeyValue[], goes: (entry: KeyValue) => boolean): void {
  const kept = list.filter((entry) => !goes(entry));
  list.splice(0, list.length, ...kept);
}

/** All entries to which the path leads, each with the list that it is in. */
function entriesOf(list: KeyValue[], path: readonly string[]): [KeyValue, KeyValue[]][] {
  const entries = list.filter(({ key }) => key === path[0]);
  if (path.length === 1) return entries.map((entry) => [entry, list]);
  return entries.flatMap((entry) => entriesOf(mapOf(entry) ?? [], path.slice(1)));
}

/** A new entry goes below the first on its way that can take it. */
function addIn(list: KeyValue[], path: readonly string[], value: string): boolean {
  const [key = "", ...rest] = path;
  const entries = rest.length === 0 ? [] : list.filter((one) => one.key === key);
  if (entries.length > 0) {
    return entries.some((entry) => {
      const inner = mapOf(entry);
      return inner !== undefined && addIn(inner, rest, value);
    });
  }
  const held = create(KeyValueSchema, { key, value: text(value) });
  if (rest.length > 0) {
    const map = create(KeyValueListSchema);
    addIn(map.values, rest, value);
    held.value = create(AnyValueSchema, { value: { case: "kvlistValue", value: map } });
  }
  list.push(held);
  return true;
}

/** Edits a decoded log record as a RecordEditor edits an encoded one. */
export class EditModel {
  private readonly record: LogRecord;
  constructor(record: LogRecord) {
    this.record = record;
  }

  private path(selector: FieldSelector): string[] {
    return selector.path.map((segment) => decodeUtf8(segment));
  }
  private entries(selector: FieldSelector): [KeyValue, KeyValue[]][] {
    if (selector.scope !== Scope.record || selector.field >= 0) return [];
    return entriesOf(this.record.attributes, this.path(selector));
  }
  private entry(selector: FieldSelector): KeyValue | undefined {
    return this.entries(selector)[0]?.[0];
  }
  private field(selector: FieldSelector): string | Uint8Array {
    const { record } = this;
    switch (selector.field) {
      case Field.severity_text:
        return record.severityText;
      case Field.event_name:
        return record.eventName;
      case Field.trace_id:
        return record.traceId;
      case Field.span_id:
        return record.spanId;
      default:
        return "";
    }
  }

  kindAt(selector: FieldSelector): ValueKindIndex {
    if (selector.field >= 0 && selector.field !== Field.body) {
      return this.textAt(selector) === "" ? ValueKind.absent : ValueKind.string;
    }
    const isBody = selector.field === Field.body;
    const entry = this.entry(selector);
    if (!isBody && entry === undefined) return ValueKind.absent;
    const held = (isBody ? this.record.body : entry?.value)?.value;
    if (isBody && (held?.case === undefined || held.value === "")) return ValueKind.absent;
    return KINDS[held?.case as keyof typeof KINDS] ?? ValueKind.composite;
  }

  textAt(selector: FieldSelector): string {
    if (selector.field >= 0 && selector.field !== Field.body) {
      const value = this.field(selector);
      if (typeof value === "string") return value;
      return value.some((byte) => byte !== 0) ? Buffer.from(value).toString("hex") : "";
    }
    const value = selector.field === Field.body ? this.record.body : this.entry(selector)?.value;
    return value?.value.case === "stringValue" ? value.value.value : "";
  }

  setText(selector: FieldSelector, value: string): boolean {
    const { record } = this;
    const id = (digits: number): Uint8Array<ArrayBuffer> | undefined =>
      new RegExp(`^[0-9a-fA-F]{${digits}}$`).test(value) ? Uint8Array.fromHex(value) : undefined;
    switch (selector.field) {
      case -1:
        return this.setAttribute(selector, value);
      case Field.body:
        record.body = text(value);
        return true;
      case Field.severity_text:
        record.severityText = value;
        return true;
      case Field.event_name:
        record.eventName = value;
        return true;
      case Field.trace_id:
        if (id(32) === undefined) return this.remove(selector);
        record.traceId = id(32)!;
        return true;
      case Field.span_id:
        if (id(16) === undefined) return this.remove(selector);
        record.spanId = id(16)!;
        return true;
      default:
        return false;
    }
  }

  private setAttribute(selector: FieldSelector, value: string): boolean {
    const entries = this.entries(selector);
    for (const [entry] of entries) {
      // A value that says so already stays, with all that nobody knows of it.
      const held = entry.value?.value;
      if (held?.case !== "stringValue" || held.value !== value) entry.value = text(value);
    }
    if (entries.length > 0) return true;
    return (
      selector.scope === Scope.record && addIn(this.record.attributes, this.path(selector), value)
    );
  }

  rewrite(
    selector: FieldSelector,
    change: (value: string | undefined) => string | undefined,
  ): boolean {
    if (selector.field >= 0) {
      if (this.kindAt(selector) === ValueKind.absent) return false;
      const isText = this.kindAt(selector) === ValueKind.string;
      const old = isText ? this.textAt(selector) : undefined;
      const changed = change(old);
      return changed !== undefined && changed !== old && this.setText(selector, changed);
    }
    let hit = false;
    for (const [entry] of this.entries(selector)) {
      const held = entry.value?.value;
      const old = held?.case === "stringValue" ? held.value : undefined;
      const changed = change(old);
      if (changed === undefined || changed === old) continue;
      entry.value = text(changed);
      hit = true;
    }
    return hit;
  }

  remove(selector: FieldSelector): boolean {
    const { record } = this;
    if (this.kindAt(selector) === ValueKind.absent) return false;
    if (selector.field === Field.body) delete record.body;
    else if (selector.field === Field.severity_text) record.severityText = "";
    else if (selector.field === Field.event_name) record.eventName = "";
    else if (selector.field === Field.trace_id) record.traceId = new Uint8Array(0);
    else if (selector.field === Field.span_id) record.spanId = new Uint8Array(0);
    for (const [entry, list] of this.entries(selector)) removeAll(list, (one) => one === entry);
    return true;
  }

  rename(selector: FieldSelector, to: string, upsert: boolean): boolean {
    const entries = this.entries(selector);
    const { attributes } = this.record;
    if (entries.length === 0) return false;
    if (attributes.some(({ key }) => key === to) && !upsert) return false;
    this.remove(selector);
    removeAll(attributes, ({ key }) => key === to);
    for (const [entry] of entries) {
      entry.key = to;
      attributes.push(entry);
    }
    return true;
  }
}
