// An OTLP body in protobuf as the document that OTLP/JSON would send, for the embedded upstream to
// print, and for copies of records. Never on the way of telemetry.

import { fromBinary, toJson } from "@bufbuild/protobuf";
import {
  ExportLogsServiceRequestSchema,
  ExportMetricsServiceRequestSchema,
  ExportTraceServiceRequestSchema,
} from "../../proto/index.ts";
import { hexOf } from "../../core/bytes.ts";
import { base64Bytes } from "../../policy/decode/bytes.ts";

const SCHEMAS = {
  "/v1/logs": ExportLogsServiceRequestSchema,
  "/v1/metrics": ExportMetricsServiceRequestSchema,
  "/v1/traces": ExportTraceServiceRequestSchema,
} as const;

/** Bytes fields that OTLP/JSON writes in hex, where proto3 JSON has base64. */
const IDS = new Set(["traceId", "spanId", "parentSpanId"]);

const NOTHING = new Uint8Array(0);

/**
 * Undefined for other paths, and for what cannot be decoded. `enumAsInteger`: as OTLP/JSON has
 * enums, where names are better to read.
 */
export function otlpDocument(
  bytes: Uint8Array,
  path: string,
  { enumAsInteger = false }: { readonly enumAsInteger?: boolean } = {},
): unknown {
  const schema = Object.entries(SCHEMAS).find(([end]) => path.endsWith(end))?.[1];
  if (schema === undefined) return undefined;
  try {
    return withHexIds(toJson(schema, fromBinary(schema, bytes), { enumAsInteger }));
  } catch {
    return undefined;
  }
}

function withHexIds(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withHexIds);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) =>
      IDS.has(key) && typeof member === "string"
        ? [key, hexOf(base64Bytes(member) ?? NOTHING)]
        : [key, withHexIds(member)],
    ),
  );
}
