// What an OTLP/JSON request says, worked out from JSON.parse: the slow and simple way to which the
// format is held.

import type {
  AttributeScope,
  FieldName,
  FieldRef,
  Signal,
} from "../../../../../src/policy/model.ts";
import {
  COMPOSITE,
  holdsSeveral,
  refName,
  type SeenRecord,
  type SeenValue,
} from "../../../../support/fake-evaluation.ts";

/** A parsed number with its source text, so that 64-bit integers are not rounded. */
class SourceNumber {
  readonly source: string;
  constructor(source: string) {
    this.source = source;
  }
}
type Json = SourceNumber | string | boolean | null | Json[] | JsonObject;
interface JsonObject {
  [key: string]: Json;
}

function parse(text: string): Json {
  type Reviver = (key: string, value: unknown, context: { source: string }) => unknown;
  const reviver: Reviver = (_, value, { source }) =>
    typeof value === "number" ? new SourceNumber(source) : value;
  return JSON.parse(text, reviver as (key: string, value: unknown) => unknown) as Json;
}

function isObject(value: Json | undefined): value is JsonObject {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return !(value instanceof SourceNumber);
}

/** The member of that lowerCamelCase name in either spelling. */
function get(value: Json | undefined, name: string): Json | undefined {
  if (!isObject(value)) return undefined;
  const snake = name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return Object.hasOwn(value, name)
    ? value[name]
    : Object.hasOwn(value, snake)
      ? value[snake]
      : undefined;
}

function list(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}

function clean(text: string): string {
  return text.toWellFormed();
}

function text(value: Json | undefined): SeenValue[] {
  return typeof value === "string" && value !== "" ? [clean(value)] : [];
}

function id(value: Json | undefined): SeenValue[] {
  if (typeof value !== "string" || /^0*$/.test(value)) return [];
  return [clean(value).replaceAll(/[A-F]/g, (digit) => digit.toLowerCase())];
}

function enumeration(value: Json | undefined, names: readonly string[]): SeenValue[] {
  let number = 0;
  if (value instanceof SourceNumber) number = Number(value.source);
  else if (typeof value === "string") {
    number = names.includes(value) ? names.indexOf(value) : /^\d+$/.test(value) ? Number(value) : 0;
  }
  return number === 0 || !Number.isInteger(number) ? [] : [BigInt(number)];
}

function bytesOf(base64: string): SeenValue {
  return { bytes: [...Buffer.from(base64, "base64")] };
}

function int(value: Json): SeenValue {
  const source = value instanceof SourceNumber ? value.source : value;
  if (typeof source !== "string" || !/^-?\d+$/.test(source)) return COMPOSITE;
  const number = BigInt(source);
  return BigInt.asIntN(64, number) === number ? number : COMPOSITE;
}

/** What an AnyValue holds; undefined for nothing. */
function any(value: Json | undefined): SeenValue | undefined {
  const string = get(value, "stringValue");
  if (typeof string === "string") return clean(string);
  const bool = get(value, "boolValue");
  if (typeof bool === "boolean") return bool;
  const whole = get(value, "intValue");
  if (whole !== undefined && whole !== null) return int(whole);
  const double = get(value, "doubleValue");
  if (double instanceof SourceNumber) return Number(double.source);
  if (typeof double === "string") return Number(double);
  const bytes = get(value, "bytesValue");
  if (typeof bytes === "string") return bytesOf(bytes);
  const map = get(value, "kvlistValue") ?? get(value, "arrayValue");
  return isObject(map) ? COMPOSITE : undefined;
}

function body(value: Json | undefined): SeenValue[] {
  const found = any(value);
  return found === undefined || found === "" ? [] : [found];
}

/** All attributes at `path` below a list of KeyValue. */
function attribute(entries: Json | undefined, path: readonly string[]): SeenValue[] {
  const [key, ...rest] = path;
  const found = list(entries).filter((item) => isObject(item) && (get(item, "key") ?? "") === key);
  return found.flatMap((entry) => {
    const value = get(entry, "value");
    if (rest.length === 0) return [any(value) ?? COMPOSITE];
    return attribute(get(get(value, "kvlistValue"), "values"), rest);
  });
}

/** Whether everything in a list of KeyValue is an object. */
function isWhole(entries: Json | undefined): boolean {
  return list(entries).every(isObject);
}
function isNothing(value: Json | undefined): boolean {
  return value === undefined || value === null;
}

/** Whether the record, and what is asked of its containers, has the types that it must have. */
function isReadable(item: Item, signal: Signal, refs: readonly FieldRef[]): boolean {
  const { record, resource, scope } = item;
  const asks = (of: AttributeScope): boolean =>
    refs.some((ref) => ref.kind === "attribute" && ref.scope === of);
  const asksField = (...names: FieldName[]): boolean =>
    refs.some((ref) => ref.kind === "field" && names.includes(ref.field));
  const owners: [boolean, Json | undefined][] = [
    [asks("resource"), get(resource, "resource")],
    [asks("scope") || asksField("scope_name", "scope_version"), get(scope, "scope")],
  ];
  for (const [isAsked, owner] of owners) {
    if (isAsked && !isNothing(owner) && !isObject(owner)) return false;
  }
  if (asks("resource") && !isWhole(get(get(resource, "resource"), "attributes"))) return false;
  if (asks("scope") && !isWhole(get(get(scope, "scope"), "attributes"))) return false;
  const texts = ["severityText", "traceId", "spanId", "parentSpanId", "unit"];
  for (const name of texts) {
    const value = get(record, name);
    if (!isNothing(value) && typeof value !== "string") return false;
  }
  const status = get(record, "status");
  if (!isNothing(status) && !isObject(status)) return false;
  const lists = (of: AttributeScope): boolean =>
    holdersOf(record, signal, of).every((holder) => isWhole(get(holder, "attributes")));
  return (!asks("record") || lists("record")) && (!asks("event") || lists("event"));
}

const SEVERITIES = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"].flatMap((level) =>
  ["", "2", "3", "4"].map((digit) => `SEVERITY_NUMBER_${level}${digit}`),
);
const KINDS = ["INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"].map((k) => `SPAN_KIND_${k}`);
const METRIC_DATA = ["gauge", "sum", "histogram", "exponentialHistogram", "summary"];

interface Item {
  readonly record: Json;
  readonly scope: Json;
  readonly resource: Json;
}

function dataOf(metric: Json): { type: number; value: Json } | undefined {
  const type = METRIC_DATA.findIndex((name) => isObject(get(metric, name)));
  return type < 0 ? undefined : { type: type + 1, value: get(metric, METRIC_DATA[type]!)! };
}

function fieldOf(item: Item, signal: Signal, field: FieldName): SeenValue[] {
  const { record, scope, resource } = item;
  switch (field) {
    case "body":
      return body(get(record, "body"));
    case "severity_text":
      return text(get(record, "severityText"));
    case "severity_number":
      return enumeration(get(record, "severityNumber"), ["", ...SEVERITIES]);
    case "trace_id":
      return id(get(record, "traceId"));
    case "span_id":
      return id(get(record, "spanId"));
    case "parent_span_id":
      return id(get(record, "parentSpanId"));
    case "trace_state":
      return text(get(record, "traceState"));
    case "event_name":
      if (signal === "log") return text(get(record, "eventName"));
      return list(get(record, "events")).flatMap((event) => text(get(event, "name")));
    case "resource_schema_url":
      return text(get(resource, "schemaUrl"));
    case "scope_schema_url":
      return text(get(scope, "schemaUrl"));
    case "scope_name":
      return text(get(get(scope, "scope"), "name"));
    case "scope_version":
      return text(get(get(scope, "scope"), "version"));
    case "name":
    case "description":
    case "unit":
      return text(get(record, field));
    case "metric_type": {
      const data = dataOf(record);
      return data === undefined ? [] : [BigInt(data.type)];
    }
    case "is_monotonic": {
      return get(get(record, "sum"), "isMonotonic") === true ? [true] : [];
    }
    case "status_message":
      return text(get(get(record, "status"), "message"));
    case "aggregation_temporality": {
      const names = ["", "AGGREGATION_TEMPORALITY_DELTA", "AGGREGATION_TEMPORALITY_CUMULATIVE"];
      return enumeration(get(dataOf(record)?.value, "aggregationTemporality"), names);
    }
    case "span_kind":
      return enumeration(get(record, "kind"), ["", ...KINDS]);
    case "span_status": {
      const code = get(get(record, "status"), "code");
      const found = enumeration(code, ["", "STATUS_CODE_OK", "STATUS_CODE_ERROR"]);
      return found.length === 0 ? [0n] : found;
    }
    case "link_trace_id":
      return list(get(record, "links")).flatMap((link) => id(get(link, "traceId")));
  }
}

/** What has the attribute lists of a record, or of its events. */
function holdersOf(record: Json, signal: Signal, of: AttributeScope): Json[] {
  if (of === "event") return list(get(record, "events"));
  return signal === "metric" ? list(get(dataOf(record)?.value, "dataPoints")) : [record];
}

function attributesOf(
  { record, scope, resource }: Item,
  signal: Signal,
  of: AttributeScope,
  path: readonly string[],
): SeenValue[] {
  if (of === "resource") return attribute(get(get(resource, "resource"), "attributes"), path);
  if (of === "scope") return attribute(get(get(scope, "scope"), "attributes"), path);
  return holdersOf(record, signal, of).flatMap((holder) =>
    attribute(get(holder, "attributes"), path),
  );
}

const NAMES = {
  log: ["resourceLogs", "scopeLogs", "logRecords"],
  metric: ["resourceMetrics", "scopeMetrics", "metrics"],
  trace: ["resourceSpans", "scopeSpans", "spans"],
} as const;

/** The records of a request that can be judged, and what each of them says at `refs`. */
export function recordsOf(
  document: string,
  signal: Signal,
  refs: readonly FieldRef[],
): SeenRecord[] {
  const [resources, scopes, records] = NAMES[signal];
  const items: Item[] = [];
  for (const resource of list(get(parse(document), resources))) {
    for (const scope of list(get(resource, scopes))) {
      for (const record of list(get(scope, records))) {
        if (isObject(record)) items.push({ record, scope, resource });
      }
    }
  }
  const readable = items.filter((item) => isReadable(item, signal, refs));
  return readable.map((item) => {
    const seen: Record<string, SeenValue | readonly SeenValue[]> = {};
    for (const ref of refs) {
      const isField = ref.kind === "field";
      const found = isField
        ? fieldOf(item, signal, ref.field)
        : attributesOf(item, signal, ref.scope, ref.path);
      if (found.length === 0) continue;
      const many = found.length > 1 || holdsSeveral(signal, ref);
      seen[refName(ref)] = many ? found : found[0]!;
    }
    return seen;
  });
}
