// The record editor's contract on decoded objects: what each call has to do to a log record.

import { create } from "@bufbuild/protobuf";
import { decodeUtf8 } from "../../../../../src/core/utf8.ts";
import {
  Field,
  type Place,
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

  private path(place: Place): string[] {
    return place.path.map((segment) => decodeUtf8(segment));
  }
  private entries(place: Place): [KeyValue, KeyValue[]][] {
    if (place.scope !== Scope.record || place.field >= 0) return [];
    return entriesOf(this.record.attributes, this.path(place));
  }
  private entry(place: Place): KeyValue | undefined {
    return this.entries(place)[0]?.[0];
  }
  private field(place: Place): string | Uint8Array {
    const { record } = this;
    switch (place.field) {
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

  kindAt(place: Place): ValueKindIndex {
    if (place.field >= 0 && place.field !== Field.body) {
      return this.textAt(place) === "" ? ValueKind.absent : ValueKind.string;
    }
    const isBody = place.field === Field.body;
    const entry = this.entry(place);
    if (!isBody && entry === undefined) return ValueKind.absent;
    const held = (isBody ? this.record.body : entry?.value)?.value;
    if (isBody && (held?.case === undefined || held.value === "")) return ValueKind.absent;
    return KINDS[held?.case as keyof typeof KINDS] ?? ValueKind.composite;
  }

  textAt(place: Place): string {
    if (place.field >= 0 && place.field !== Field.body) {
      const value = this.field(place);
      if (typeof value === "string") return value;
      return value.some((byte) => byte !== 0) ? Buffer.from(value).toString("hex") : "";
    }
    const value = place.field === Field.body ? this.record.body : this.entry(place)?.value;
    return value?.value.case === "stringValue" ? value.value.value : "";
  }

  setText(place: Place, value: string): boolean {
    const { record } = this;
    const id = (digits: number): Uint8Array<ArrayBuffer> | undefined =>
      new RegExp(`^[0-9a-fA-F]{${digits}}$`).test(value) ? Uint8Array.fromHex(value) : undefined;
    switch (place.field) {
      case -1:
        return this.setAttribute(place, value);
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
        if (id(32) === undefined) return this.remove(place);
        record.traceId = id(32)!;
        return true;
      case Field.span_id:
        if (id(16) === undefined) return this.remove(place);
        record.spanId = id(16)!;
        return true;
      default:
        return false;
    }
  }

  private setAttribute(place: Place, value: string): boolean {
    const entries = this.entries(place);
    for (const [entry] of entries) {
      // A value that says so already stays, with all that nobody knows of it.
      const held = entry.value?.value;
      if (held?.case !== "stringValue" || held.value !== value) entry.value = text(value);
    }
    if (entries.length > 0) return true;
    return place.scope === Scope.record && addIn(this.record.attributes, this.path(place), value);
  }

  rewrite(place: Place, change: (value: string | undefined) => string | undefined): boolean {
    if (place.field >= 0) {
      if (this.kindAt(place) === ValueKind.absent) return false;
      const isText = this.kindAt(place) === ValueKind.string;
      const old = isText ? this.textAt(place) : undefined;
      const changed = change(old);
      return changed !== undefined && changed !== old && this.setText(place, changed);
    }
    let hit = false;
    for (const [entry] of this.entries(place)) {
      const held = entry.value?.value;
      const old = held?.case === "stringValue" ? held.value : undefined;
      const changed = change(old);
      if (changed === undefined || changed === old) continue;
      entry.value = text(changed);
      hit = true;
    }
    return hit;
  }

  remove(place: Place): boolean {
    const { record } = this;
    if (this.kindAt(place) === ValueKind.absent) return false;
    if (place.field === Field.body) delete record.body;
    else if (place.field === Field.severity_text) record.severityText = "";
    else if (place.field === Field.event_name) record.eventName = "";
    else if (place.field === Field.trace_id) record.traceId = new Uint8Array(0);
    else if (place.field === Field.span_id) record.spanId = new Uint8Array(0);
    for (const [entry, list] of this.entries(place)) removeAll(list, (one) => one === entry);
    return true;
  }

  rename(place: Place, to: string, upsert: boolean): boolean {
    const entries = this.entries(place);
    const { attributes } = this.record;
    if (entries.length === 0) return false;
    if (attributes.some(({ key }) => key === to) && !upsert) return false;
    this.remove(place);
    removeAll(attributes, ({ key }) => key === to);
    for (const [entry] of entries) {
      entry.key = to;
      attributes.push(entry);
    }
    return true;
  }
}
