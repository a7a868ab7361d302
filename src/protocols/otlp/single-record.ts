// Writes an OTLP record, with its resource and scope, as an OTLP/JSON request on one line: what the
// OpenTelemetry Collector's file exporter writes, and its receiver reads.

import type { DescMessage } from "@bufbuild/protobuf";
import { bytesField, tagOf, WireType } from "../../core/protobuf/index.ts";
import { encodeUtf8 } from "../../core/utf8.ts";
import { ByteWriter } from "../../core/json/index.ts";
import type { RecordFrame, Signal } from "../../policy/index.ts";
import {
  LogRecordSchema,
  ResourceLogsSchema,
  ScopeLogsSchema,
} from "../../proto/gen/opentelemetry/proto/logs/v1/logs_pb.ts";
import {
  MetricSchema,
  ResourceMetricsSchema,
  ScopeMetricsSchema,
} from "../../proto/gen/opentelemetry/proto/metrics/v1/metrics_pb.ts";
import {
  ResourceSpansSchema,
  ScopeSpansSchema,
  SpanSchema,
} from "../../proto/gen/opentelemetry/proto/trace/v1/trace_pb.ts";
import type { SingleRecord } from "../protocol.ts";
import { type MessagePlan, planOf, writeMembers } from "./message-json.ts";
import { otlpDocument } from "./backend-protobuf.ts";

interface Names {
  readonly path: string;
  readonly messages: Readonly<Record<"resource" | "scope" | "record", MessagePlan>>;
  /** The text around the parts: before the resource's members, the scope's, the record. */
  readonly pieces: readonly [Uint8Array, Uint8Array, Uint8Array];
  /** Documents up to their record, of frames in JSON and in protobuf, which records share. */
  readonly starts: Readonly<Record<"json" | "protobuf", WeakMap<RecordFrame, Uint8Array>>>;
}

const NAMES: Readonly<Record<Signal, Names>> = {
  log: namesOf("/v1/logs", "resourceLogs", "scopeLogs", "logRecords", [
    ResourceLogsSchema,
    ScopeLogsSchema,
    LogRecordSchema,
  ]),
  metric: namesOf("/v1/metrics", "resourceMetrics", "scopeMetrics", "metrics", [
    ResourceMetricsSchema,
    ScopeMetricsSchema,
    MetricSchema,
  ]),
  trace: namesOf("/v1/traces", "resourceSpans", "scopeSpans", "spans", [
    ResourceSpansSchema,
    ScopeSpansSchema,
    SpanSchema,
  ]),
};
const END = encodeUtf8("]}]}]}");
const COMMA = 0x2c;
/** Of all pieces, or so. */
const PIECES_BYTES = 80;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const NOTHING = new Uint8Array(0);
const NO_FRAME: RecordFrame = { resource: NOTHING, scope: NOTHING };

const RESOURCES_TAG = tagOf(1, WireType.bytes);
/** Of scopes in a resource's container, and of records in a scope's. */
const CHILDREN_TAG = tagOf(2, WireType.bytes);

function namesOf(
  path: string,
  resources: string,
  scopes: string,
  records: string,
  [resource, scope, record]: readonly [DescMessage, DescMessage, DescMessage],
): Names {
  const messages = {
    resource: planOf(resource),
    scope: planOf(scope),
    record: planOf(record),
  };
  const pieces = [
    encodeUtf8(`{"${resources}":[{`),
    encodeUtf8(`"${scopes}":[{`),
    encodeUtf8(`"${records}":[`),
  ] as const;
  const starts = {
    json: new WeakMap<RecordFrame, Uint8Array>(),
    protobuf: new WeakMap<RecordFrame, Uint8Array>(),
  };
  return { path, messages, pieces, starts };
}

/** For one document after the other; what is left of it behind a large one is given back. */
let writer = new ByteWriter();
const WRITER_BYTES_MAX = 64 * 1024;

/** As the record is written, line ends included. */
export function otlpJsonDocument({ signal, bytes, frame = NO_FRAME }: SingleRecord): Uint8Array {
  const { starts, pieces } = NAMES[signal];
  let start = starts.json.get(frame);
  if (start === undefined) starts.json.set(frame, (start = startOf(pieces, frame)));
  writer.clear();
  put(start);
  put(bytes);
  put(END);
  return written();
}

function put(bytes: Uint8Array): void {
  writer.copy(bytes, 0, bytes.length);
}

function written(): Uint8Array {
  const document = writer.view();
  if (document.length > WRITER_BYTES_MAX) writer = new ByteWriter();
  return document;
}

/** A document up to its record. */
function startOf(pieces: Names["pieces"], { resource, scope }: RecordFrame): Uint8Array {
  const [resources, scopes, records] = pieces;
  const out = new ByteWriter(resource.length + scope.length + PIECES_BYTES);
  const add = (text: Uint8Array): void => out.copy(text, 0, text.length);
  add(resources);
  add(resource);
  if (resource.length > 0) out.byte(COMMA);
  add(scopes);
  add(scope);
  if (scope.length > 0) out.byte(COMMA);
  add(records);
  return out.finish();
}

/** Undefined when it cannot be read, which the format that offered it could. */
export function otlpProtobufDocument(record: SingleRecord): Uint8Array | undefined {
  try {
    return usualDocument(record);
  } catch {
    return anyDocument(record);
  }
}

/** JSON is so many times as long, or so: names of fields and quotes. */
const JSON_GROWTH = 4;

/** Throws for what `writeMembers` takes for unusual. */
function usualDocument({ signal, bytes, frame = NO_FRAME }: SingleRecord): Uint8Array {
  const { starts, pieces, messages } = NAMES[signal];
  let start = starts.protobuf.get(frame);
  if (start === undefined) {
    const resource = membersOf(messages.resource, frame.resource);
    start = startOf(pieces, { resource, scope: membersOf(messages.scope, frame.scope) });
    starts.protobuf.set(frame, start);
  }
  writer.clear();
  put(start);
  writer.byte(OPEN_BRACE);
  writeMembers(messages.record, bytes, 0, bytes.length, writer);
  writer.byte(CLOSE_BRACE);
  put(END);
  return written();
}

function membersOf(plan: MessagePlan, bytes: Uint8Array): Uint8Array {
  const out = new ByteWriter(bytes.length * JSON_GROWTH);
  writeMembers(plan, bytes, 0, bytes.length, out);
  return out.finish();
}

/** By way of messages as objects: whatever it is, and some ten times as long. */
function anyDocument({ signal, bytes, frame = NO_FRAME }: SingleRecord): Uint8Array | undefined {
  const scope = bytesField(CHILDREN_TAG, frame.scope, bytesField(CHILDREN_TAG, bytes));
  const request = bytesField(RESOURCES_TAG, frame.resource, scope);
  const document = otlpDocument(request, NAMES[signal].path, { enumAsInteger: true });
  return document === undefined ? undefined : encodeUtf8(JSON.stringify(document));
}
