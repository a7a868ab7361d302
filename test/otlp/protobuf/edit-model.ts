// The record editor's contract on decoded objects: what each call has to do to a log record.

import { create } from "@bufbuild/protobuf";
import { decodeUtf8 } from "../../../src/core/utf8.ts";
import {
  Field,
  type Place,
  Scope,
  ValueKind,
  type ValueKindIndex,
} from "../../../src/policy/index.ts";
import {
  AnyValueSchema,
  KeyValueListSchema,
  KeyValueSchema,
} from "../../../src/proto/gen/opentelemetry/proto/common/v1/common_pb.ts";
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

function removeAll(list: KeyValue[], key: string, but?: KeyValue): void {
  const kept = list.filter((entry) => entry === but || entry.key !== key);
  list.splice(0, list.length, ...kept);
}

/** The list that the last segment is looked up in. */
function listOf(list: KeyValue[], path: readonly string[]): KeyValue[] | undefined {
  if (path.length === 1) return list;
  const inner = mapOf(list.find(({ key }) => key === path[0]));
  return inner && listOf(inner, path.slice(1));
}

function setIn(list: KeyValue[], path: readonly string[], value: string): boolean {
  const [key = "", ...rest] = path;
  const entry = list.find((one) => one.key === key);
  if (entry === undefined) {
    const held = create(KeyValueSchema, { key, value: text(value) });
    if (rest.length > 0) {
      const map = create(KeyValueListSchema);
      setIn(map.values, rest, value);
      held.value = create(AnyValueSchema, { value: { case: "kvlistValue", value: map } });
    }
    list.push(held);
    return true;
  }
  if (rest.length > 0) {
    const inner = mapOf(entry);
    return inner !== undefined && setIn(inner, rest, value);
  }
  removeAll(list, key, entry);
  entry.value = text(value);
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
  private entry(place: Place): KeyValue | undefined {
    if (place.scope !== Scope.record) return undefined;
    const path = this.path(place);
    return listOf(this.record.attributes, path)?.find(({ key }) => key === path.at(-1));
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
        return place.scope === Scope.record && setIn(record.attributes, this.path(place), value);
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

  remove(place: Place): boolean {
    const { record } = this;
    if (this.kindAt(place) === ValueKind.absent) return false;
    if (place.field === Field.body) delete record.body;
    else if (place.field === Field.severity_text) record.severityText = "";
    else if (place.field === Field.event_name) record.eventName = "";
    else if (place.field === Field.trace_id) record.traceId = new Uint8Array(0);
    else if (place.field === Field.span_id) record.spanId = new Uint8Array(0);
    else removeAll(listOf(record.attributes, this.path(place))!, this.path(place).at(-1)!);
    return true;
  }

  rename(place: Place, to: string, upsert: boolean): boolean {
    const entry = place.field >= 0 ? undefined : this.entry(place);
    const { attributes } = this.record;
    if (entry === undefined) return false;
    if (attributes.some(({ key }) => key === to) && !upsert) return false;
    this.remove(place);
    removeAll(attributes, to);
    entry.key = to;
    attributes.push(entry);
    return true;
  }
}
