// A record of OTLP, with the resource and the scope that it came with, as a request of OTLP/JSON on
// one line: what the file exporter of the OpenTelemetry Collector writes, and its receiver reads.

import { bytesField, tagOf, WireType } from "../../core/protobuf/index.ts";
import { encodeUtf8 } from "../../core/utf8.ts";
import { ByteWriter } from "../../core/json/index.ts";
import type { RecordFrame, Signal } from "../../policy/index.ts";
import type { SingleRecord } from "../protocol.ts";
import { otlpDocument } from "./backend-protobuf.ts";

interface Names {
  readonly path: string;
  /** The text around the parts: before the resource's members, the scope's, the record. */
  readonly pieces: readonly [Uint8Array, Uint8Array, Uint8Array];
}

const NAMES: Readonly<Record<Signal, Names>> = {
  log: namesOf("/v1/logs", "resourceLogs", "scopeLogs", "logRecords"),
  metric: namesOf("/v1/metrics", "resourceMetrics", "scopeMetrics", "metrics"),
  trace: namesOf("/v1/traces", "resourceSpans", "scopeSpans", "spans"),
};
const END = encodeUtf8("]}]}]}");
const COMMA = encodeUtf8(",");
const NOTHING = new Uint8Array(0);
const NO_FRAME: RecordFrame = { resource: NOTHING, scope: NOTHING };

const RESOURCES_TAG = tagOf(1, WireType.bytes);
/** Of scopes in a resource's container, and of records in a scope's. */
const CHILDREN_TAG = tagOf(2, WireType.bytes);

function namesOf(path: string, resources: string, scopes: string, records: string): Names {
  const texts = [`{"${resources}":[{`, `"${scopes}":[{`, `"${records}":[`] as const;
  const [first, second, third] = texts;
  return { path, pieces: [encodeUtf8(first), encodeUtf8(second), encodeUtf8(third)] };
}

/** As the record is written, line ends included. */
export function otlpJsonDocument({
  signal,
  bytes,
  frame: { resource, scope } = NO_FRAME,
}: SingleRecord): Uint8Array {
  const [resources, scopes, records] = NAMES[signal].pieces;
  const out = new ByteWriter(bytes.length + resource.length + scope.length + 80);
  const put = (text: Uint8Array): void => out.copy(text, 0, text.length);
  put(resources);
  put(resource);
  if (resource.length > 0) put(COMMA);
  put(scopes);
  put(scope);
  if (scope.length > 0) put(COMMA);
  put(records);
  put(bytes);
  put(END);
  return out.finish();
}

/** Undefined when it cannot be read, which the format that offered it could. */
export function otlpProtobufDocument({
  signal,
  bytes,
  frame = NO_FRAME,
}: SingleRecord): Uint8Array | undefined {
  const scope = bytesField(CHILDREN_TAG, frame.scope, bytesField(CHILDREN_TAG, bytes));
  const request = bytesField(RESOURCES_TAG, frame.resource, scope);
  const document = otlpDocument(request, NAMES[signal].path, { enumAsInteger: true });
  return document === undefined ? undefined : encodeUtf8(JSON.stringify(document));
}
