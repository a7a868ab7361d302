// An export request as plain objects, whatever its signal and encoding, by generated code: what
// end-to-end tests compare. Attributes are pairs of key and plain value.

import { type DescMessage, fromBinary, fromJson, type JsonValue, toJson } from "@bufbuild/protobuf";
import type { Signal } from "../../../../src/policy/index.ts";
import {
  ExportLogsServiceRequestSchema,
  ExportMetricsServiceRequestSchema,
  ExportTraceServiceRequestSchema,
} from "../../../../src/proto/index.ts";

export const REQUEST_SCHEMAS: Readonly<Record<Signal, DescMessage>> = {
  log: ExportLogsServiceRequestSchema,
  metric: ExportMetricsServiceRequestSchema,
  trace: ExportTraceServiceRequestSchema,
};

const MEMBERS = {
  log: ["resourceLogs", "scopeLogs", "logRecords"],
  metric: ["resourceMetrics", "scopeMetrics", "metrics"],
  trace: ["resourceSpans", "scopeSpans", "spans"],
} as const;
const IDS = ["traceId", "spanId", "parentSpanId"];

type Attribute = [key: string, value: unknown];
/** All members of a record in protobuf's JSON form; ids are base64. */
export interface DecodedRecord {
  name: string;
  traceState?: string;
  [member: string]: unknown;
}
export interface DecodedScope {
  name: string;
  own: Attribute[];
  rest: unknown;
  records: DecodedRecord[];
}
export interface DecodedResource {
  own: Attribute[];
  rest: unknown;
  scopes: DecodedScope[];
}
export interface Decoded {
  resources: DecodedResource[];
}

type Json = { [member: string]: JsonValue };

/** OTLP/JSON spells ids in hex, where protobuf's own JSON has base64. */
export function respellIds(json: string, from: "hex" | "base64", to: "hex" | "base64"): JsonValue {
  return JSON.parse(json, (name, value: JsonValue) =>
    IDS.includes(name) && typeof value === "string" ? Buffer.from(value, from).toString(to) : value,
  ) as JsonValue;
}

/** Throws when generated code cannot decode the body. */
export function decodeRequest(signal: Signal, body: Uint8Array, isJson: boolean): Decoded {
  const schema = REQUEST_SCHEMAS[signal];
  const message = isJson
    ? fromJson(schema, respellIds(Buffer.from(body).toString(), "hex", "base64"))
    : fromBinary(schema, body);
  const [resources, scopes, records] = MEMBERS[signal];
  const root = toJson(schema, message) as Json;
  return {
    resources: list(root[resources]).map(({ [scopes]: inner, resource, ...rest }) => ({
      own: attributesOf(resource),
      rest: [rest, withoutAttributes(resource)],
      scopes: list(inner).map(({ [records]: items, scope, ...others }) => ({
        name: nameOf(scope),
        own: attributesOf(scope),
        rest: [others, withoutAttributes(scope)],
        records: list(items).map((record) => ({ ...record, name: nameOf(record) })),
      })),
    })),
  };
}

export function recordsOf({ resources }: Decoded): DecodedRecord[] {
  return resources.flatMap(({ scopes }) => scopes.flatMap(({ records }) => records));
}

function list(value: JsonValue | undefined): Json[] {
  return (value ?? []) as Json[];
}
function nameOf(object: JsonValue | undefined): string {
  const name = (object as Json | undefined)?.["name"];
  return typeof name === "string" ? name : "";
}
function withoutAttributes(owner: JsonValue | undefined): unknown {
  const { attributes: _, ...rest } = (owner ?? {}) as Json;
  return rest;
}
function attributesOf(owner: JsonValue | undefined): Attribute[] {
  return list((owner as Json | undefined)?.["attributes"]).map(({ key, value }) => {
    const { stringValue, ...other } = (value ?? {}) as Json;
    return [typeof key === "string" ? key : "", stringValue ?? other];
  });
}
