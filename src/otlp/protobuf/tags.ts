// Tags (field number and wire type) of the OTLP messages that are looked at; every other field is
// unknown and is only skipped. Source: opentelemetry-proto 1.x. Deprecated fields are unknown on
// purpose.

import { tagOf, WireType } from "../../core/protobuf/index.ts";

const { varint, fixed64, bytes } = WireType;

/** ExportLogsServiceRequest, ExportMetricsServiceRequest, ExportTraceServiceRequest. */
export const RequestTag = { resources: tagOf(1, bytes) } as const;

/**
 * ResourceLogs, ResourceMetrics, ResourceSpans, and ScopeLogs, ScopeMetrics, ScopeSpans: all have
 * this shape.
 */
export const ContainerTag = {
  /** The Resource or the InstrumentationScope. */
  own: tagOf(1, bytes),
  /** The scopes of a resource, the records of a scope. */
  children: tagOf(2, bytes),
  schemaUrl: tagOf(3, bytes),
} as const;

export const ResourceTag = { attributes: tagOf(1, bytes) } as const;

export const ScopeTag = {
  name: tagOf(1, bytes),
  version: tagOf(2, bytes),
  attributes: tagOf(3, bytes),
} as const;

export const KeyValueTag = { key: tagOf(1, bytes), value: tagOf(2, bytes) } as const;

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
export const PointsTag = { points: tagOf(1, bytes), temporality: tagOf(2, varint) } as const;

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
export const StatusTag = { code: tagOf(3, varint) } as const;
