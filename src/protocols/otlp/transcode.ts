// A request of OTLP/JSON as the protobuf message that says the same, for upstreams that take no
// JSON, and their answers back. What the schema does not know stays behind, as with any receiver;
// whatever else cannot be said in protobuf is a fault of the request.

import { fromBinary, fromJson, type JsonValue, toBinary, toJson } from "@bufbuild/protobuf";
import { base64Encode } from "@bufbuild/protobuf/wire";
import {
  ExportLogsServiceRequestSchema,
  ExportLogsServiceResponseSchema,
  ExportMetricsServiceRequestSchema,
  ExportMetricsServiceResponseSchema,
  ExportTraceServiceRequestSchema,
  ExportTraceServiceResponseSchema,
} from "../../proto/index.ts";
import { decodeHex } from "../../policy/decode/bytes.ts";
import { decodeUtf8, encodeUtf8 } from "../../core/utf8.ts";
import type { Transcoder } from "../protocol.ts";

const SCHEMAS = {
  "/v1/logs": [ExportLogsServiceRequestSchema, ExportLogsServiceResponseSchema],
  "/v1/metrics": [ExportMetricsServiceRequestSchema, ExportMetricsServiceResponseSchema],
  "/v1/traces": [ExportTraceServiceRequestSchema, ExportTraceServiceResponseSchema],
} as const;

export const otlpTranscoder: Transcoder = {
  message(path, json) {
    const schema = schemasAt(path)?.[0];
    if (schema === undefined) throw new TypeError(`${path} is no path of OTLP`);
    const document = withBase64Ids(parsed(decodeUtf8(json)));
    return toBinary(schema, fromJson(schema, document, { ignoreUnknownFields: true }));
  },
  document(path, message) {
    const schema = schemasAt(path)?.[1];
    if (schema === undefined || message.length === 0) return encodeUtf8("{}");
    return encodeUtf8(JSON.stringify(toJson(schema, fromBinary(schema, message))));
  },
};

function schemasAt(path: string) {
  return Object.entries(SCHEMAS).find(([end]) => path.endsWith(end))?.[1];
}

/** Whole numbers that a JavaScript number cannot hold stay the text that they are. */
function parsed(text: string): JsonValue {
  const exact = (_key: string, value: JsonValue, { source }: { source?: string }): JsonValue => {
    if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
    return source !== undefined && /^-?\d+$/.test(source) ? source : value;
  };
  // The library's types do not know of the third argument yet.
  return JSON.parse(text, exact as (key: string, value: unknown) => unknown) as JsonValue;
}

/** Bytes fields that OTLP/JSON writes in hex, where proto3 JSON has base64. */
const IDS = new Set(["traceId", "spanId", "parentSpanId", "trace_id", "span_id", "parent_span_id"]);

function withBase64Ids(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(withBase64Ids);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      key,
      IDS.has(key) && typeof member === "string" ? base64OfHex(key, member) : withBase64Ids(member),
    ]),
  );
}

function base64OfHex(key: string, hex: string): string {
  const bytes = decodeHex(hex);
  if (bytes === undefined) throw new TypeError(`${key} is no hexadecimal text`);
  return base64Encode(bytes);
}
