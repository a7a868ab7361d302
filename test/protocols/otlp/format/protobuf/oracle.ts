// What a request holds, by generated code: decodes it into objects, names the values that a policy
// would see of each record, and drops records from the objects. The slow and plain other way.

import { type DescMessage, fromBinary, type MessageShape, toBinary } from "@bufbuild/protobuf";
import type { FieldRef, Signal } from "../../../../../src/policy/index.ts";
import {
  ExportLogsServiceRequestSchema,
  ExportMetricsServiceRequestSchema,
  ExportTraceServiceRequestSchema,
} from "../../../../../src/proto/index.ts";
import {
  COMPOSITE,
  refName,
  type SeenRecord,
  type SeenValue,
} from "../../../../support/fake-evaluation.ts";

type Logs = MessageShape<typeof ExportLogsServiceRequestSchema>;
type Metrics = MessageShape<typeof ExportMetricsServiceRequestSchema>;
type Traces = MessageShape<typeof ExportTraceServiceRequestSchema>;
export type LogRecord = Logs["resourceLogs"][0]["scopeLogs"][0]["logRecords"][0];
type Metric = Metrics["resourceMetrics"][0]["scopeMetrics"][0]["metrics"][0];
type Span = Traces["resourceSpans"][0]["scopeSpans"][0]["spans"][0];
export type KeyValue = LogRecord["attributes"][0];
export type AnyValue = NonNullable<LogRecord["body"]>;

/** A scope of any signal, by reference into the decoded message. */
interface Group {
  readonly resource: { readonly attributes: KeyValue[] } | undefined;
  readonly resourceUrl: string;
  readonly scope:
    | { readonly name: string; readonly version: string; readonly attributes: KeyValue[] }
    | undefined;
  readonly scopeUrl: string;
  readonly records: (LogRecord | Metric | Span)[];
}

const SCHEMAS = {
  log: ExportLogsServiceRequestSchema,
  metric: ExportMetricsServiceRequestSchema,
  trace: ExportTraceServiceRequestSchema,
} satisfies Record<Signal, DescMessage>;

export class DecodedRequest {
  readonly groups: Group[] = [];
  private readonly signal: Signal;
  private readonly message: Logs | Metrics | Traces;

  constructor(signal: Signal, input: Uint8Array) {
    this.signal = signal;
    this.message = fromBinary(SCHEMAS[signal] as DescMessage, input) as Logs | Metrics | Traces;
    for (const resource of resourcesOf(this.message)) {
      const { resource: own, schemaUrl: resourceUrl } = resource;
      for (const { scope, schemaUrl: scopeUrl, ...rest } of scopesOf(resource)) {
        this.groups.push({ resource: own, resourceUrl, scope, scopeUrl, records: recordsOf(rest) });
      }
    }
  }

  get size(): number {
    return this.groups.reduce((sum, group) => sum + group.records.length, 0);
  }

  /** Takes out the records that are not to be kept, and containers that these leave empty. */
  keep(isKept: (index: number) => boolean): void {
    let index = 0;
    const emptied = new Set<unknown>();
    for (const resource of resourcesOf(this.message)) {
      const scopes = scopesOf(resource);
      for (const scope of scopes) {
        const records = recordsOf(scope);
        const kept = records.filter(() => isKept(index++));
        if (kept.length < records.length && isEmpty(scope, kept)) emptied.add(scope);
        records.splice(0, records.length, ...kept);
      }
      const left = scopes.filter((scope) => !emptied.has(scope));
      if (left.length < scopes.length && isEmpty(resource, left)) emptied.add(resource);
      scopes.splice(0, scopes.length, ...left);
    }
    const resources = resourcesOf(this.message);
    resources.splice(0, resources.length, ...resources.filter((one) => !emptied.has(one)));
  }

  toBinary(): Uint8Array {
    return toBinary(SCHEMAS[this.signal] as DescMessage, this.message);
  }

  /** The values of every record at the places that are asked for. */
  seen(refs: readonly FieldRef[]): SeenRecord[] {
    return this.groups.flatMap((group) =>
      group.records.map((record) => {
        const seen: Record<string, SeenValue | SeenValue[]> = {};
        for (const ref of refs) {
          const value = this.valueAt(group, record, ref);
          if (value === undefined || (Array.isArray(value) && value.length === 0)) continue;
          seen[refName(ref)] = value;
        }
        return seen;
      }),
    );
  }

  private valueAt(
    group: Group,
    record: LogRecord | Metric | Span,
    ref: FieldRef,
  ): SeenValue | SeenValue[] | undefined {
    if (ref.kind === "attribute") {
      if (ref.scope === "resource") {
        return oneOrAll(lookup(group.resource?.attributes, ref.path));
      }
      if (ref.scope === "scope") {
        return oneOrAll(lookup(group.scope?.attributes, ref.path));
      }
      return recordAttribute(record, ref.scope === "event", ref.path);
    }
    switch (ref.field) {
      case "resource_schema_url":
        return group.resourceUrl || undefined;
      case "scope_schema_url":
        return group.scopeUrl || undefined;
      case "scope_name":
        return group.scope?.name || undefined;
      case "scope_version":
        return group.scope?.version || undefined;
      default:
        return recordField(record, ref.field);
    }
  }
}

type ResourceItem =
  Logs["resourceLogs"][0] | Metrics["resourceMetrics"][0] | Traces["resourceSpans"][0];
type ScopeItem =
  | Logs["resourceLogs"][0]["scopeLogs"][0]
  | Metrics["resourceMetrics"][0]["scopeMetrics"][0]
  | Traces["resourceSpans"][0]["scopeSpans"][0];

function resourcesOf(message: Logs | Metrics | Traces): ResourceItem[] {
  if ("resourceLogs" in message) return message.resourceLogs;
  return "resourceMetrics" in message ? message.resourceMetrics : message.resourceSpans;
}
function scopesOf(resource: ResourceItem): ScopeItem[] {
  if ("scopeLogs" in resource) return resource.scopeLogs;
  return "scopeMetrics" in resource ? resource.scopeMetrics : resource.scopeSpans;
}
function recordsOf(scope: object): (LogRecord | Metric | Span)[] {
  if ("logRecords" in scope) return scope.logRecords as LogRecord[];
  return "metrics" in scope ? (scope.metrics as Metric[]) : (scope as { spans: Span[] }).spans;
}
/** Whether nothing is left: no fields of another version either. */
function isEmpty(item: ResourceItem | ScopeItem, left: readonly unknown[]): boolean {
  return left.length === 0 && (item.$unknown?.length ?? 0) === 0;
}

function toSeen(value: AnyValue | undefined): SeenValue {
  const held = value?.value;
  switch (held?.case) {
    case "stringValue":
    case "boolValue":
    case "intValue":
    case "doubleValue":
      return held.value;
    case "bytesValue":
      return { bytes: [...held.value] };
    default:
      return COMPOSITE;
  }
}

/** Values of all entries to which the path leads. */
function lookup(list: readonly KeyValue[] | undefined, path: readonly string[]): SeenValue[] {
  const entries = (list ?? []).filter(({ key }) => key === path[0]);
  if (path.length === 1) return entries.map(({ value }) => toSeen(value));
  return entries.flatMap(({ value }) => {
    const held = value?.value;
    return held?.case === "kvlistValue" ? lookup(held.value.values, path.slice(1)) : [];
  });
}

/** One value as it is, several as a list. */
function oneOrAll(values: SeenValue[]): SeenValue | SeenValue[] | undefined {
  return values.length > 1 ? values : values[0];
}

function pointsOf(metric: Metric): readonly { attributes: KeyValue[] }[] {
  return metric.data.case === undefined ? [] : metric.data.value.dataPoints;
}

function recordAttribute(
  record: LogRecord | Metric | Span,
  ofEvents: boolean,
  path: readonly string[],
): SeenValue | SeenValue[] | undefined {
  let lists: readonly { attributes: KeyValue[] }[];
  if (ofEvents) lists = "events" in record ? record.events : [];
  else if ("data" in record) lists = pointsOf(record);
  else return oneOrAll(lookup(record.attributes, path));
  return lists.flatMap(({ attributes }) => lookup(attributes, path));
}

function hex(id: Uint8Array): string | undefined {
  return id.some((byte) => byte !== 0) ? Buffer.from(id).toString("hex") : undefined;
}

const METRIC_TYPES = ["gauge", "sum", "histogram", "exponentialHistogram", "summary"];

function recordField(
  record: LogRecord | Metric | Span,
  field: string,
): SeenValue | SeenValue[] | undefined {
  const number = (value: number): bigint | undefined => (value === 0 ? undefined : BigInt(value));
  if ("severityText" in record) {
    const body = record.body?.value.case === undefined ? undefined : toSeen(record.body);
    const values: Record<string, SeenValue | undefined> = {
      body: body === "" ? undefined : body,
      severity_text: record.severityText || undefined,
      severity_number: number(record.severityNumber),
      trace_id: hex(record.traceId),
      span_id: hex(record.spanId),
      event_name: record.eventName || undefined,
    };
    return values[field];
  }
  if ("data" in record) {
    const { data } = record;
    const temporality =
      data.case !== undefined && "aggregationTemporality" in data.value
        ? number(data.value.aggregationTemporality)
        : undefined;
    const values: Record<string, SeenValue | undefined> = {
      name: record.name || undefined,
      description: record.description || undefined,
      unit: record.unit || undefined,
      metric_type: number(METRIC_TYPES.indexOf(data.case ?? "") + 1),
      aggregation_temporality: temporality,
    };
    return values[field];
  }
  const present = (value: string | undefined): value is string => Boolean(value);
  const values: Record<string, SeenValue | SeenValue[] | undefined> = {
    name: record.name || undefined,
    trace_id: hex(record.traceId),
    span_id: hex(record.spanId),
    parent_span_id: hex(record.parentSpanId),
    trace_state: record.traceState || undefined,
    span_kind: number(record.kind),
    span_status: BigInt(record.status?.code ?? 0),
    event_name: record.events.map(({ name }) => name).filter(present),
    link_trace_id: record.links.map(({ traceId }) => hex(traceId)).filter(present),
  };
  return values[field];
}
