// Turns records as people write them by hand into OTLP documents: `{log: {body: text,
// severity_text: DEBUG, attributes: {a: 1}, resource: {service.name: shop}}}`. Pure.

import { isObject } from "../../core/members.ts";
import type { DocumentKind } from "../policies/formats.ts";
import type { Signal } from "../../policy/index.ts";

export interface WrittenInput {
  readonly kind: DocumentKind;
  readonly signal: Signal;
  readonly document: unknown;
}

type Fields = Readonly<Record<string, unknown>>;

const DOCUMENTS = {
  resourceLogs: "log",
  resourceMetrics: "metric",
  resourceSpans: "trace",
} as const;
const SHARED = ["attributes", "resource", "scope"] as const;
const LOG = ["body", "severity_text", "severity_number", "trace_id", "span_id", "event_name"];
const METRIC = ["name", "description", "unit", "value", "type"];
const SPAN = ["name", "kind", "status", "trace_id", "span_id", "parent_span_id", "trace_state"];

/** Throws with what is wrong, and what is allowed. */
export function readInput(input: unknown): WrittenInput {
  if (typeof input === "string") return readInput({ log: { body: input } });
  const fields = objectOf(input, "input");
  for (const [member, signal] of Object.entries(DOCUMENTS)) {
    if (member in fields) return { kind: "otlp", signal, document: fields };
  }
  if ("streams" in fields) return { kind: "loki", signal: "log", document: fields };
  const [form, ...others] = Object.keys(fields);
  const known = form !== undefined && others.length === 0 ? FORMS[form] : undefined;
  if (known !== undefined && form !== undefined) return known(fields[form]);
  throw new Error(
    `input: one of ${Object.keys(FORMS).join(", ")}, a text, an OTLP document or a push of Loki is allowed`,
  );
}

const FORMS: Readonly<Record<string, (value: unknown) => WrittenInput>> = {
  log: (value) => records("log", value),
  logs: (value) => records("log", value),
  metric: (value) => records("metric", value),
  metrics: (value) => records("metric", value),
  span: (value) => records("trace", value),
  spans: (value) => records("trace", value),
  datadog: (value) => ({
    kind: "datadog",
    signal: "log",
    document: Array.isArray(value) ? value : [value],
  }),
};

const NAMES = {
  log: ["resourceLogs", "scopeLogs", "logRecords"],
  metric: ["resourceMetrics", "scopeMetrics", "metrics"],
  trace: ["resourceSpans", "scopeSpans", "spans"],
} as const;
const MAKERS = { log: logOf, metric: metricOf, trace: spanOf };

/** Each record in a resource and a scope of its own. */
function records(signal: Signal, value: unknown): WrittenInput {
  const [resources, scopes, list] = NAMES[signal];
  const items = Array.isArray(value) ? value : [value];
  const made = items.map((item: unknown) => {
    const fields = objectOf(typeof item === "string" ? { body: item } : item, signal);
    const { resource, scope } = fields;
    const { name, version, ...attributes } = scope === undefined ? {} : objectOf(scope, "scope");
    const scoped = {
      ...(scope === undefined
        ? {}
        : { scope: defined({ name, version, attributes: listOf(attributes) }) }),
      [list]: [MAKERS[signal](fields)],
    };
    return {
      ...(resource === undefined ? {} : { resource: { attributes: listOf(resource) } }),
      [scopes]: [scoped],
    };
  });
  return { kind: "otlp", signal, document: { [resources]: made } };
}

function logOf(fields: Fields): Fields {
  only(fields, LOG, "log");
  const { body, attributes, severity_text, severity_number, trace_id, span_id, event_name } =
    fields;
  return defined({
    severityText: severity_text,
    severityNumber: severity_number,
    body: body === undefined ? undefined : valueOf(body),
    attributes: attributes === undefined ? undefined : listOf(attributes),
    traceId: trace_id,
    spanId: span_id,
    eventName: event_name,
  });
}

function metricOf(fields: Fields): Fields {
  only(fields, METRIC, "metric");
  const { name, description, unit, value = 1, type = "gauge", attributes } = fields;
  const point = defined({
    attributes: attributes === undefined ? undefined : listOf(attributes),
    asDouble: value,
  });
  const sum = { aggregationTemporality: 2, isMonotonic: true, dataPoints: [point] };
  if (type !== "gauge" && type !== "sum") {
    throw new Error(`metric.type: ${JSON.stringify(type)}; allowed: gauge, sum`);
  }
  const data = type === "sum" ? { sum } : { gauge: { dataPoints: [point] } };
  return defined({ name, description, unit, ...data });
}

function spanOf(fields: Fields): Fields {
  only(fields, SPAN, "span");
  const { name, kind, status, attributes, trace_id, span_id, parent_span_id, trace_state } = fields;
  return defined({
    traceId: trace_id,
    spanId: span_id,
    parentSpanId: parent_span_id,
    traceState: trace_state,
    name,
    kind: enumOf(kind, "SPAN_KIND_"),
    attributes: attributes === undefined ? undefined : listOf(attributes),
    status: status === undefined ? undefined : { code: enumOf(status, "STATUS_CODE_") },
  });
}

function enumOf(value: unknown, prefix: string): unknown {
  if (typeof value !== "string" || value.startsWith(prefix)) return value;
  return prefix + value.toUpperCase();
}

function only(fields: Fields, names: readonly string[], what: string): void {
  const allowed: readonly string[] = [...names, ...SHARED];
  const unknown = Object.keys(fields).find((name) => !allowed.includes(name));
  if (unknown === undefined) return;
  throw new Error(`${what}.${unknown}: unknown key; allowed: ${allowed.join(", ")}`);
}

function listOf(attributes: unknown): readonly unknown[] {
  return Object.entries(objectOf(attributes, "attributes")).map(([key, value]) => ({
    key,
    value: valueOf(value),
  }));
}

/** An AnyValue. */
function valueOf(value: unknown): unknown {
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "boolean") return { boolValue: value };
  if (typeof value === "bigint") return { intValue: String(value) };
  if (typeof value === "number") {
    return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  }
  if (Array.isArray(value)) return { arrayValue: { values: value.map(valueOf) } };
  if (value === null) return {};
  return { kvlistValue: { values: listOf(value) } };
}

function defined(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

export function objectOf(value: unknown, what: string): Fields {
  if (isObject(value)) return value;
  throw new Error(`${what}: ${JSON.stringify(value)} is no object`);
}
