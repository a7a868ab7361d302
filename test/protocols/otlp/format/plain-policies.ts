// Policies that drop and edit, twice: as policy files have them, and as plain functions on decoded
// requests. The engine and the formats must come to what these come to.

import { create, type MessageShape } from "@bufbuild/protobuf";
import {
  AnyValueSchema,
  InstrumentationScopeSchema,
  KeyValueListSchema,
  KeyValueSchema,
} from "../../../../src/proto/gen/opentelemetry/proto/common/v1/common_pb.ts";
import { ResourceSchema } from "../../../../src/proto/gen/opentelemetry/proto/resource/v1/resource_pb.ts";
import {
  ExportLogsServiceRequestSchema,
  ExportMetricsServiceRequestSchema,
  ExportTraceServiceRequestSchema,
} from "../../../../src/proto/index.ts";

type Logs = MessageShape<typeof ExportLogsServiceRequestSchema>;
type Metrics = MessageShape<typeof ExportMetricsServiceRequestSchema>;
type Traces = MessageShape<typeof ExportTraceServiceRequestSchema>;
type LogRecord = Logs["resourceLogs"][0]["scopeLogs"][0]["logRecords"][0];
type Metric = Metrics["resourceMetrics"][0]["scopeMetrics"][0]["metrics"][0];
type Span = Traces["resourceSpans"][0]["scopeSpans"][0]["spans"][0];
type KeyValue = LogRecord["attributes"][0];
type AnyValue = NonNullable<LogRecord["body"]>;

export const POLICIES = [
  {
    id: "a-drop-log",
    name: "n",
    log: {
      match: [
        { log_field: "body", contains: "x" },
        { log_field: "severity_number", gte: 9 },
      ],
      keep: "none",
    },
  },
  {
    id: "b-drop-log",
    name: "n",
    log: {
      match: [
        { resource_attribute: "a", equals: "value" },
        { log_field: "event_name", exists: false },
      ],
      keep: "none",
    },
  },
  {
    id: "c-edit-log",
    name: "n",
    log: {
      match: [{ log_attribute: "a", exists: true }],
      keep: "all",
      transform: {
        remove: [{ log_attribute: "b" }, { resource_attribute: "c" }],
        redact: [
          { log_field: "body", regex: "[aeiou]", replacement: "<$0>" },
          { log_attribute: ["c", "a"] },
        ],
        rename: [{ from_log_attribute: "a", to: "renamed", upsert: true }],
        add: [
          { log_attribute: ["d", "new"], value: "1" },
          { resource_attribute: "team", value: "shop", upsert: true },
          { scope_attribute: ["a", "deep"], value: "2" },
        ],
      },
    },
  },
  {
    id: "d-edit-log",
    name: "n",
    log: {
      match: [{ log_field: "severity_text", exists: true }],
      keep: "all",
      transform: {
        remove: [{ log_field: "trace_id" }],
        add: [{ log_field: "event_name", value: "named" }],
      },
    },
  },
  {
    id: "a-drop-metric",
    name: "n",
    metric: { match: [{ datapoint_attribute: "a", equals: "value" }], keep: false },
  },
  {
    id: "b-drop-metric",
    name: "n",
    metric: {
      match: [{ metric_type: "sum" }, { aggregation_temporality: "delta" }],
      keep: false,
    },
  },
  {
    id: "a-drop-span",
    name: "n",
    trace: { match: [{ event_name: "x" }], keep: { percentage: 0 } },
  },
  {
    id: "b-sample-span",
    name: "n",
    trace: { match: [{ span_kind: "client" }], keep: { percentage: 50 } },
  },
];

const CLIENT = 3;
const DELTA = 1;

// Attributes: a matcher holds when it holds for any of equal keys, an edit is made to each.

function findAll(list: readonly KeyValue[] | undefined, key: string): KeyValue[] {
  return (list ?? []).filter((entry) => entry.key === key);
}
function hasText(list: readonly KeyValue[] | undefined, key: string, value: string): boolean {
  return findAll(list, key).some((entry) => textOf(entry.value) === value);
}
function mapOf(entry: KeyValue | undefined): KeyValue[] | undefined {
  const held = entry?.value?.value;
  return held?.case === "kvlistValue" ? held.value.values : undefined;
}
function textOf(value: AnyValue | undefined): string | undefined {
  return value?.value.case === "stringValue" ? value.value.value : undefined;
}
function text(value: string): AnyValue {
  return create(AnyValueSchema, { value: { case: "stringValue", value } });
}
function keep<T>(list: T[], isKept: (item: T) => boolean): void {
  list.splice(0, list.length, ...list.filter(isKept));
}
function remove(list: KeyValue[], key: string): void {
  keep(list, (entry) => entry.key !== key);
}
function rename(list: KeyValue[], from: string, to: string): void {
  const entries = findAll(list, from);
  if (entries.length === 0) return;
  remove(list, from);
  remove(list, to);
  for (const entry of entries) {
    list.push(entry);
    entry.key = to;
  }
}
/** Sets all entries with that key; a new one goes last. */
function set(list: KeyValue[], key: string, value: AnyValue, upsert: boolean): void {
  const entries = findAll(list, key);
  if (entries.length === 0) list.push(create(KeyValueSchema, { key, value }));
  for (const entry of entries) {
    if (upsert && textOf(entry.value) !== textOf(value)) entry.value = value;
  }
}
/** Adds `key` inside the first map `parent`, which is made when there is no parent. */
function addInside(list: KeyValue[], parent: string, key: string, value: string): void {
  const outers = findAll(list, parent);
  const maps = outers.flatMap((outer) => {
    const map = mapOf(outer);
    return map === undefined ? [] : [map];
  });
  const [first] = maps;
  if (outers.length === 0) {
    const map = create(KeyValueListSchema);
    set(map.values, key, text(value), false);
    const held = create(AnyValueSchema, { value: { case: "kvlistValue", value: map } });
    list.push(create(KeyValueSchema, { key: parent, value: held }));
  } else if (first !== undefined && !maps.some((map) => findAll(map, key).length > 0)) {
    set(first, key, text(value), false);
  }
}

// Logs

function dropsLog(record: LogRecord, ofResource: readonly KeyValue[] | undefined): boolean {
  const hasX = textOf(record.body)?.includes("x") ?? false;
  if (hasX && record.severityNumber >= 9) return true;
  return hasText(ofResource, "a", "value") && record.eventName === "";
}

function editC(record: LogRecord): void {
  const { attributes } = record;
  remove(attributes, "b");
  const said = textOf(record.body);
  if (said !== undefined && /[aeiou]/.test(said)) {
    // A new value: unknown fields of the old one may hold what it said.
    record.body = text(said.replaceAll(/[aeiou]/g, "<$&>"));
  }
  for (const entry of findAll(attributes, "c").flatMap((c) => findAll(mapOf(c), "a"))) {
    if (textOf(entry.value) !== "[REDACTED]") entry.value = text("[REDACTED]");
  }
  rename(attributes, "a", "renamed");
  addInside(attributes, "d", "new", "1");
}

function editD(record: LogRecord): void {
  // An id of zeros is none, and is not removed.
  if (record.traceId.some((byte) => byte !== 0)) record.traceId = new Uint8Array(0);
  if (record.eventName === "") record.eventName = "named";
}

/** Policies on decoded logs; the containers that they leave empty go. */
export function judgeLogs(request: Logs): void {
  const emptied = new Set<unknown>();
  for (const resource of request.resourceLogs) {
    let editsResource = false;
    for (const scope of resource.scopeLogs) {
      let editsScope = false;
      const { length } = scope.logRecords;
      keep(scope.logRecords, (record) => !dropsLog(record, resource.resource?.attributes));
      if (scope.logRecords.length < length) emptied.add(scope);
      for (const record of scope.logRecords) {
        const matchesC = findAll(record.attributes, "a").length > 0;
        if (matchesC) editC(record);
        if (record.severityText !== "") editD(record);
        editsScope ||= matchesC;
      }
      editsResource ||= editsScope;
      if (!editsScope) continue;
      scope.scope ??= create(InstrumentationScopeSchema);
      addInside(scope.scope.attributes, "a", "deep", "2");
    }
    if (!editsResource) continue;
    resource.resource ??= create(ResourceSchema);
    remove(resource.resource.attributes, "c");
    set(resource.resource.attributes, "team", text("shop"), true);
  }
  prune(request.resourceLogs, ({ scopeLogs }) =>
    prune(scopeLogs, (scope) => !emptied.has(scope) || scope.logRecords.length > 0),
  );
}

// Metrics

function dropsMetric({ data }: Metric): boolean {
  if (data.case === undefined) return false;
  const points: readonly { attributes: KeyValue[] }[] = data.value.dataPoints;
  if (points.some(({ attributes }) => hasText(attributes, "a", "value"))) return true;
  return data.case === "sum" && data.value.aggregationTemporality === DELTA;
}

export function judgeMetrics(request: Metrics): void {
  prune(request.resourceMetrics, ({ scopeMetrics }) =>
    prune(scopeMetrics, ({ metrics }) => {
      const { length } = metrics;
      keep(metrics, (metric) => !dropsMetric(metric));
      return metrics.length > 0 || length === 0;
    }),
  );
}

// Spans: a client's is kept when the last seven bytes of its trace id are in the upper half.

function judgeSpan(span: Span): boolean {
  if (span.events.some(({ name }) => name === "x")) return false;
  if (span.kind !== CLIENT) return true;
  if (span.traceId.every((byte) => byte === 0)) return false;
  if (span.traceId.at(-7)! < 0x80) return false;
  span.traceState = span.traceState === "" ? "ot=th:8" : `ot=th:8,${span.traceState}`;
  return true;
}

export function judgeTraces(request: Traces): void {
  prune(request.resourceSpans, ({ scopeSpans }) =>
    prune(scopeSpans, ({ spans }) => {
      const { length } = spans;
      keep(spans, judgeSpan);
      return spans.length > 0 || length === 0;
    }),
  );
}

/**
 * Takes out what policies have emptied, unless it has fields of another version of the protocol.
 * Answers whether anything is left, or nothing was taken.
 */
function prune<T extends { readonly $unknown?: readonly unknown[] | undefined }>(
  list: T[],
  stays: (item: T) => boolean,
): boolean {
  const { length } = list;
  keep(list, (item) => stays(item) || (item.$unknown?.length ?? 0) > 0);
  return list.length > 0 || length === 0;
}
