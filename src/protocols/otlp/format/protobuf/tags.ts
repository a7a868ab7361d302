// Tags (field number and wire type) of the OTLP messages that are looked at; every other field is
// unknown and is only skipped. Source: opentelemetry-proto 1.x.

import { tagOf, WireType, type WireTypeIndex } from "../../../../core/protobuf/index.ts";

const { varint, fixed32, fixed64, bytes } = WireType;

/** ExportLogsServiceRequest, ExportMetricsServiceRequest, ExportTraceServiceRequest. */
export const RequestTag = { resources: tagOf(1, bytes) } as const;

/**
 * ResourceLogs, ResourceMetrics, ResourceSpans, and ScopeLogs, ScopeMetrics, ScopeSpans: all have
 * this shape.
 */
export const ContainerTag = {
  /** The Resource or the InstrumentationScope. */
  owner: tagOf(1, bytes),
  /** The scopes of a resource, the records of a scope. */
  children: tagOf(2, bytes),
  schemaUrl: tagOf(3, bytes),
  /** Of a resource: records in the shape of old versions of the protocol, which is not read. */
  libraries: tagOf(1000, bytes),
} as const;

export const ResourceTag = { attributes: tagOf(1, bytes) } as const;

export const ScopeTag = {
  name: tagOf(1, bytes),
  version: tagOf(2, bytes),
  attributes: tagOf(3, bytes),
} as const;

export const KeyValueTag = { key: tagOf(1, bytes), value: tagOf(2, bytes) } as const;

export const ArrayValueTag = { values: tagOf(1, bytes) } as const;
export const KeyValueListTag = { values: tagOf(1, bytes) } as const;

export const AnyValueTag = {
  string: tagOf(1, bytes),
  bool: tagOf(2, varint),
  int: tagOf(3, varint),
  double: tagOf(4, fixed64),
  array: tagOf(5, bytes),
  kvlist: tagOf(6, bytes),
  bytes: tagOf(7, bytes),
} as const;

export const LogTag = {
  severityNumber: tagOf(2, varint),
  severityText: tagOf(3, bytes),
  body: tagOf(5, bytes),
  attributes: tagOf(6, bytes),
  traceId: tagOf(9, bytes),
  spanId: tagOf(10, bytes),
  eventName: tagOf(12, bytes),
} as const;

export const MetricTag = {
  name: tagOf(1, bytes),
  description: tagOf(2, bytes),
  unit: tagOf(3, bytes),
  gauge: tagOf(5, bytes),
  sum: tagOf(7, bytes),
  histogram: tagOf(9, bytes),
  exponentialHistogram: tagOf(10, bytes),
  summary: tagOf(11, bytes),
} as const;

/**
 * Gauge, Sum, Histogram, ExponentialHistogram, Summary; the last two fields are not in all of them.
 */
export const PointsTag = {
  points: tagOf(1, bytes),
  temporality: tagOf(2, varint),
  monotonic: tagOf(3, varint),
} as const;

/**
 * Attributes of NumberDataPoint and SummaryDataPoint; of HistogramDataPoint; of
 * ExponentialHistogramDataPoint.
 */
export const PointTag = {
  numberAttributes: tagOf(7, bytes),
  histogramAttributes: tagOf(9, bytes),
  exponentialAttributes: tagOf(1, bytes),
} as const;

export const SpanTag = {
  traceId: tagOf(1, bytes),
  spanId: tagOf(2, bytes),
  traceState: tagOf(3, bytes),
  parentSpanId: tagOf(4, bytes),
  name: tagOf(5, bytes),
  kind: tagOf(6, varint),
  attributes: tagOf(9, bytes),
  events: tagOf(11, bytes),
  links: tagOf(13, bytes),
  status: tagOf(15, bytes),
} as const;

export const EventTag = { name: tagOf(2, bytes), attributes: tagOf(3, bytes) } as const;
export const LinkTag = { traceId: tagOf(1, bytes) } as const;
export const StatusTag = { message: tagOf(2, bytes), code: tagOf(3, varint) } as const;

/** Wire types by field number; a known field of another wire type makes a record unreadable. */
class WireTypes {
  private readonly expected: Uint8Array;

  constructor(types: Readonly<Record<number, WireTypeIndex>>) {
    const numbers = Object.keys(types).map(Number);
    this.expected = new Uint8Array(Math.max(...numbers) + 1);
    for (const number of numbers) this.expected[number] = (types[number] ?? 0) + 1;
  }

  /** Whether the field is known, and this is not its wire type. */
  isMistyped(tag: number): boolean {
    const expected = this.expected[tag >>> 3];
    return expected !== undefined && expected !== 0 && expected !== (tag & 7) + 1;
  }
}

function all(type: WireTypeIndex, ...numbers: readonly number[]): Record<number, WireTypeIndex> {
  return Object.fromEntries(numbers.map((number) => [number, type]));
}

export const LOG_TYPES = new WireTypes({
  ...all(bytes, 3, 5, 6, 9, 10, 12),
  ...all(varint, 2, 7),
  ...all(fixed64, 1, 11),
  ...all(fixed32, 8),
});
export const METRIC_TYPES = new WireTypes(all(bytes, 1, 2, 3, 5, 7, 9, 10, 11, 12));
export const SPAN_TYPES = new WireTypes({
  ...all(bytes, 1, 2, 3, 4, 5, 9, 11, 13, 15),
  ...all(varint, 6, 10, 12, 14),
  ...all(fixed64, 7, 8),
  ...all(fixed32, 16),
});
export const KEY_VALUE_TYPES = new WireTypes(all(bytes, 1, 2));
export const ANY_VALUE_TYPES = new WireTypes({
  ...all(bytes, 1, 5, 6, 7),
  ...all(varint, 2, 3),
  ...all(fixed64, 4),
});
