// Single records of protobuf as requests of OTLP/JSON: what is written straight from the bytes is
// what a reader of all of protobuf writes.

import { describe, expect, test } from "bun:test";
import { type DescMessage, toBinary } from "@bufbuild/protobuf";
import * as fc from "fast-check";
import { ByteWriter } from "../../../src/core/json/index.ts";
import { bytesField, tagOf, WireType } from "../../../src/core/protobuf/index.ts";
import {
  LogRecordSchema,
  ResourceLogsSchema,
  ScopeLogsSchema,
} from "../../../src/proto/gen/opentelemetry/proto/logs/v1/logs_pb.ts";
import {
  MetricSchema,
  ResourceMetricsSchema,
  ScopeMetricsSchema,
} from "../../../src/proto/gen/opentelemetry/proto/metrics/v1/metrics_pb.ts";
import {
  ResourceSpansSchema,
  ScopeSpansSchema,
  SpanSchema,
} from "../../../src/proto/gen/opentelemetry/proto/trace/v1/trace_pb.ts";
import { planOf, writeMembers } from "../../../src/protocols/otlp/message-json.ts";
import { otlpDocument } from "../../../src/protocols/otlp/backend-protobuf.ts";
import { otlpProtobufDocument } from "../../../src/protocols/otlp/single-record.ts";
import type { RecordFrame, Signal } from "../../../src/policy/index.ts";
import { messages } from "./format/message-maker.ts";

const CHILDREN = tagOf(2, WireType.bytes);
const SIGNALS: readonly (readonly [Signal, string, DescMessage, DescMessage, DescMessage])[] = [
  ["log", "/v1/logs", ResourceLogsSchema, ScopeLogsSchema, LogRecordSchema],
  ["metric", "/v1/metrics", ResourceMetricsSchema, ScopeMetricsSchema, MetricSchema],
  ["trace", "/v1/traces", ResourceSpansSchema, ScopeSpansSchema, SpanSchema],
];

function read(document: Uint8Array | undefined): unknown {
  return document && JSON.parse(new TextDecoder().decode(document));
}

/** By way of messages as objects. */
function expected(path: string, { resource, scope }: RecordFrame, bytes: Uint8Array): unknown {
  const scopes = bytesField(CHILDREN, scope, bytesField(CHILDREN, bytes));
  const request = bytesField(tagOf(1, WireType.bytes), resource, scopes);
  return otlpDocument(request, path, { enumAsInteger: true });
}

/** All fields but the children. */
function around(schema: DescMessage): fc.Arbitrary<Uint8Array> {
  return messages(schema).map((message) => {
    const fields = message as unknown as Record<string, unknown>;
    for (const { localName, number } of schema.fields) if (number === 2) fields[localName] = [];
    return toBinary(schema, message);
  });
}

describe("a single record of protobuf", () => {
  test.each(SIGNALS)("that is a %s is the document that any reader makes", (...row) => {
    const [signal, path, resources, scopes, records] = row;
    const made = fc.tuple(around(resources), around(scopes), messages(records));
    fc.assert(
      fc.property(made, ([resource, scope, record]) => {
        const bytes = toBinary(records, record);
        const frame = { resource, scope };
        const document = otlpProtobufDocument({ signal, bytes, frame });
        expect(read(document)).toEqual(expected(path, frame, bytes));
      }),
      { numRuns: 60 },
    );
  });

  test("is written straight from its bytes, unless it is unusual", () => {
    const plan = planOf(LogRecordSchema);
    const membersOf = (bytes: Uint8Array): string => {
      const out = new ByteWriter();
      writeMembers(plan, bytes, 0, bytes.length, out);
      return new TextDecoder().decode(out.finish());
    };
    const text = (number: number, content: string): Uint8Array =>
      bytesField(tagOf(number, WireType.bytes), new TextEncoder().encode(content));
    expect(membersOf(text(3, "INFO"))).toBe('"severityText":"INFO"');
    const body = bytesField(tagOf(5, WireType.bytes), text(1, "x"));
    expect(membersOf(body)).toBe('"body":{"stringValue":"x"}');
    const unusual = [
      new Uint8Array([...body, ...body]),
      text(3, "\uFFFD"),
      bytesField(tagOf(3, WireType.bytes), new Uint8Array([0xff])),
      new Uint8Array([tagOf(3, WireType.varint), 1]),
      body.subarray(0, body.length - 1),
    ];
    for (const bytes of unusual) expect(() => membersOf(bytes)).toThrow();
  });

  test.each<[string, Uint8Array]>([
    ["in which a message comes in two parts", new Uint8Array([0x2a, 3, 10, 1, 97, 0x2a, 2, 16, 1])],
    ["in which a value replaces another of its kind", new Uint8Array([0x2a, 5, 10, 1, 97, 16, 1])],
    ["that holds the sign of what is no text", new Uint8Array([0x1a, 3, 0xef, 0xbf, 0xbd])],
    ["whose text is no text", new Uint8Array([0x1a, 1, 0xff])],
    ["that is cut off", new Uint8Array([0x1a, 5, 97])],
    ["with a field of another type", new Uint8Array([0x18, 1])],
    ["of which a number is negative", new Uint8Array([0x10, ...Array<number>(9).fill(0xff), 1])],
  ])("%s is still what any reader makes of it", (_, bytes) => {
    const frame = { resource: new Uint8Array(), scope: new Uint8Array() };
    const document = otlpProtobufDocument({ signal: "log", bytes, frame });
    expect(read(document)).toEqual(expected("/v1/logs", frame, bytes));
  });

  test("whose list of numbers is not packed, or comes in parts, is what any reader makes", () => {
    const counts = (...bytes: number[]): Uint8Array => new Uint8Array(bytes);
    const buckets = tagOf(2, WireType.bytes);
    const parts = [
      counts(buckets, 2, 1, 0x7f),
      counts(tagOf(2, WireType.varint), 5),
      counts(buckets, 11, ...Array<number>(9).fill(0xff), 1, 3),
    ];
    const point = bytesField(tagOf(8, WireType.bytes), new Uint8Array(Buffer.concat(parts)));
    const metric = bytesField(
      tagOf(10, WireType.bytes),
      bytesField(tagOf(1, WireType.bytes), point),
    );
    const frame = { resource: new Uint8Array(), scope: new Uint8Array() };
    const document = otlpProtobufDocument({ signal: "metric", bytes: metric, frame });
    expect(read(document)).toEqual(expected("/v1/metrics", frame, metric));
  });
});
