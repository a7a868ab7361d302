// OTLP's messages by path, and the one way in which OTLP/JSON differs from proto3 JSON: ids are in
// hex. Never used for telemetry that is judged.

import type { JsonValue } from "@bufbuild/protobuf";
import {
  ExportLogsServiceRequestSchema,
  ExportLogsServiceResponseSchema,
  ExportMetricsServiceRequestSchema,
  ExportMetricsServiceResponseSchema,
  ExportTraceServiceRequestSchema,
  ExportTraceServiceResponseSchema,
} from "../../proto/index.ts";

const LOGS = [ExportLogsServiceRequestSchema, ExportLogsServiceResponseSchema] as const;
const METRICS = [ExportMetricsServiceRequestSchema, ExportMetricsServiceResponseSchema] as const;
const TRACES = [ExportTraceServiceRequestSchema, ExportTraceServiceResponseSchema] as const;
const MESSAGES = { "/v1/logs": LOGS, "/v1/metrics": METRICS, "/v1/traces": TRACES } as const;

/** Request and response of a path, whatever it stands below; undefined: it is none of OTLP's. */
export function messagesAt(path: string) {
  return Object.entries(MESSAGES).find(([end]) => path.endsWith(end))?.[1];
}

const IDS = new Set(["traceId", "spanId", "parentSpanId", "trace_id", "span_id", "parent_span_id"]);

/** A document with its ids in another form. */
export function withIds(value: JsonValue, convert: (id: string, key: string) => string): JsonValue {
  if (Array.isArray(value)) return value.map((item) => withIds(item, convert));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) =>
      IDS.has(key) && typeof member === "string"
        ? [key, convert(member, key)]
        : [key, withIds(member, convert)],
    ),
  );
}
