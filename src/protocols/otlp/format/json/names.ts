// Member names of OTLP/JSON objects and names of its enum values. The OTLP specification asks for
// lowerCamelCase and enum numbers; snake_case and enum names are accepted as the protobuf JSON
// mapping does.

import { KeyTable, parseDouble, QUOTE } from "../../../../core/json/index.ts";
import { Field, FIELD_COUNT } from "../../../../policy/fields.ts";

/** The id of a field's member is its Field index plus 1; members that are no named field follow. */
const FIRST = FIELD_COUNT + 1;
export const Member = {
  attributes: FIRST,
  // Of spans.
  status: FIRST + 1,
  events: FIRST + 2,
  links: FIRST + 3,
  // Of metrics, which are told from spans by where they are.
  gauge: FIRST + 1,
  sum: FIRST + 2,
  histogram: FIRST + 3,
  exponentialHistogram: FIRST + 4,
  summary: FIRST + 5,
  dataPoints: FIRST + 6,
} as const;
/** Above all member ids. They are bits of a mask, too, so that there are at most 32. */
export const MEMBER_COUNT = Math.max(...Object.values(Member)) + 1;

/** Adds the snake_case spelling of every name. */
function bothSpellings(names: Readonly<Record<string, number>>): Record<string, number> {
  const both: Record<string, number> = { ...names };
  for (const [name, id] of Object.entries(names)) {
    both[name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)] = id;
  }
  return both;
}

function keyTable(names: Readonly<Record<string, number>>): KeyTable {
  return new KeyTable(bothSpellings(names));
}

export const LOG_RECORD_KEYS = keyTable({
  body: Field.body + 1,
  severityText: Field.severity_text + 1,
  severityNumber: Field.severity_number + 1,
  traceId: Field.trace_id + 1,
  spanId: Field.span_id + 1,
  eventName: Field.event_name + 1,
  attributes: Member.attributes,
});

export const METRIC_KEYS = keyTable({
  name: Field.name + 1,
  description: Field.description + 1,
  unit: Field.unit + 1,
  gauge: Member.gauge,
  sum: Member.sum,
  histogram: Member.histogram,
  exponentialHistogram: Member.exponentialHistogram,
  summary: Member.summary,
});
/** Of gauge, sum, histogram, exponentialHistogram and summary. */
export const METRIC_DATA_KEYS = keyTable({
  dataPoints: Member.dataPoints,
  aggregationTemporality: Field.aggregation_temporality + 1,
  isMonotonic: Field.is_monotonic + 1,
});
/** Of any data point. */
export const DATA_POINT_KEYS = keyTable({ attributes: Member.attributes });

export const SPAN_KEYS = keyTable({
  name: Field.name + 1,
  traceId: Field.trace_id + 1,
  spanId: Field.span_id + 1,
  parentSpanId: Field.parent_span_id + 1,
  traceState: Field.trace_state + 1,
  kind: Field.span_kind + 1,
  status: Member.status,
  attributes: Member.attributes,
  events: Member.events,
  links: Member.links,
});
export const STATUS_KEYS = keyTable({
  code: Field.span_status + 1,
  message: Field.status_message + 1,
});
export const EVENT_KEYS = keyTable({
  name: Field.event_name + 1,
  attributes: Member.attributes,
});
export const LINK_KEYS = keyTable({ traceId: Field.link_trace_id + 1 });

export const RESOURCE_KEYS = keyTable({ attributes: Member.attributes });
export const SCOPE_KEYS = keyTable({
  name: Field.scope_name + 1,
  version: Field.scope_version + 1,
  attributes: Member.attributes,
});

/** Ids of the members of the objects around records, ResourceLogs and ScopeLogs and their like. */
export const Container = {
  /** A member of another version of the protocol: a container that has one is never empty. */
  unknown: 0,
  /** The resource, or the scope. */
  owner: 1,
  schemaUrl: 2,
  /** The array of what is one level further down. */
  children: 3,
  /** What holds records elsewhere: of another signal, level or version of the protocol. */
  misplaced: 4,
} as const;

const OF_LOGS = "resourceLogs scopeLogs logRecords instrumentationLibraryLogs logs";
const OF_METRICS = "resourceMetrics scopeMetrics metrics instrumentationLibraryMetrics";
const OF_SPANS = "resourceSpans scopeSpans spans instrumentationLibrarySpans";
const HOLDERS = `${OF_LOGS} ${OF_METRICS} ${OF_SPANS}`.split(" ");
const MISPLACED = Object.fromEntries(HOLDERS.map((name) => [name, Container.misplaced]));

interface ContainerKeys {
  readonly root: KeyTable;
  readonly resource: KeyTable;
  readonly scope: KeyTable;
}

function containerKeys(resources: string, scopes: string, records: string): ContainerKeys {
  const { owner, schemaUrl, children } = Container;
  return {
    root: keyTable({ ...MISPLACED, [resources]: children }),
    resource: keyTable({ ...MISPLACED, resource: owner, schemaUrl, [scopes]: children }),
    scope: keyTable({ ...MISPLACED, scope: owner, schemaUrl, [records]: children }),
  };
}

export const CONTAINER_KEYS = {
  log: containerKeys("resourceLogs", "scopeLogs", "logRecords"),
  metric: containerKeys("resourceMetrics", "scopeMetrics", "metrics"),
  trace: containerKeys("resourceSpans", "scopeSpans", "spans"),
} as const;

export const KeyValueMember = { key: 1, value: 2 } as const;
export const KEY_VALUE_KEYS = keyTable(KeyValueMember);
export const KVLIST_KEYS = keyTable({ values: 1 });
export const AnyValueMember = {
  stringValue: 1,
  boolValue: 2,
  intValue: 3,
  doubleValue: 4,
  arrayValue: 5,
  kvlistValue: 6,
  bytesValue: 7,
} as const;
export const ANY_VALUE_KEYS = keyTable(AnyValueMember);

/** Names of enum values; their ids are the numbers plus 1. */
function enumTable(prefix: string, names: readonly string[]): KeyTable {
  return new KeyTable(Object.fromEntries(names.map((name, i) => [`${prefix}_${name}`, i + 1])));
}

const LEVELS = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];
export const SEVERITY_NUMBERS = enumTable("SEVERITY_NUMBER", [
  "UNSPECIFIED",
  ...LEVELS.flatMap((level) => [level, `${level}2`, `${level}3`, `${level}4`]),
]);
export const SPAN_KINDS = enumTable("SPAN_KIND", [
  "UNSPECIFIED",
  "INTERNAL",
  "SERVER",
  "CLIENT",
  "PRODUCER",
  "CONSUMER",
]);
export const STATUS_CODES = enumTable("STATUS_CODE", ["UNSET", "OK", "ERROR"]);
export const TEMPORALITIES = enumTable("AGGREGATION_TEMPORALITY", [
  "UNSPECIFIED",
  "DELTA",
  "CUMULATIVE",
]);

/** `metric_type` of each data member; the numbers are those of the policy schema. */
export const METRIC_TYPES = [
  [Member.gauge, 1],
  [Member.sum, 2],
  [Member.histogram, 3],
  [Member.exponentialHistogram, 4],
  [Member.summary, 5],
] as const;

/** The value bytes[at, end) of an enum with these names; NaN: it is none. */
export function enumNumber(bytes: Uint8Array, at: number, end: number, names: KeyTable): number {
  const c = bytes[at] as number;
  if (c === QUOTE) {
    const id = names.find(bytes, at + 1, end - 1);
    return id > 0 ? id - 1 : parseDouble(bytes, at + 1, end - 1);
  }
  return c === 0x2d || (c >= 0x30 && c <= 0x39) ? parseDouble(bytes, at, end) : Number.NaN;
}
