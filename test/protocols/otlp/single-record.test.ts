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

function text(number: number, content: string): Uint8Array {
  return bytesField(tagOf(number, WireType.bytes), new TextEncoder().encode(content));
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

  const key = text(1, "k");
  const value = (content: Uint8Array): Uint8Array => bytesField(CHILDREN, content);
  const int = (...varint: number[]): Uint8Array =>
    value(new Uint8Array([tagOf(3, WireType.varint), ...varint]));
  const long = "x".repeat(200);
  test.each<[string, ...Uint8Array[]]>([
    ["with a text", key, value(text(1, "v"))],
    ["with an empty text", key, value(text(1, ""))],
    [
      "with the longest texts that are short",
      text(1, "k".repeat(127)),
      value(text(1, "v".repeat(125))),
    ],
    ["with texts one longer", text(1, "k".repeat(128)), value(text(1, "v".repeat(126)))],
    ["with long texts", text(1, long), value(text(1, long))],
    ["whose key needs escapes", text(1, 'a"b'), value(text(1, "v"))],
    ["whose text needs escapes", key, value(text(1, "a\\b\n"))],
    ["whose text is not ASCII", key, value(text(1, "\u00e9\u{1f600}"))],
    [
      "whose text is none",
      key,
      value(bytesField(tagOf(1, WireType.bytes), new Uint8Array([0xff]))),
    ],
    ["without a key", value(text(1, "v"))],
    ["with an empty key", text(1, ""), value(text(1, "v"))],
    ["without a value", key],
    ["with an empty value", key, value(new Uint8Array())],
    ["whose key comes last", value(text(1, "v")), key],
    ["with two values", key, value(text(1, "v")), value(text(1, "w"))],
    ["whose value has two texts", key, value(new Uint8Array([...text(1, "v"), ...text(1, "w")]))],
    ["with a field that is not known", key, value(text(1, "v")), text(15, "?")],
    [
      "whose value has such a field",
      key,
      value(new Uint8Array([...text(1, "v"), ...text(15, "")])),
    ],
    ["with the number 0", key, int(0)],
    ["with a small number", key, int(0x80, 1)],
    ["with the largest number that is small", key, int(0xff, 0xff, 0xff, 0x7f)],
    ["with a larger number", key, int(0x80, 0x80, 0x80, 0x80, 1)],
    ["whose number is longer than it need be", key, int(0x81, 0x80, 0)],
    ["whose number is negative", key, int(...Array<number>(9).fill(0xff), 1)],
    ["with two numbers", key, int(1, tagOf(3, WireType.varint), 2)],
    ["whose number is cut off", key, int(0x80)],
    ["without its number", key, int()],
    ["with a boolean", key, value(new Uint8Array([tagOf(2, WireType.varint), 1]))],
    ["with bytes", key, value(bytesField(tagOf(7, WireType.bytes), new Uint8Array([1, 2])))],
    ["whose value is cut off", key, value(text(1, "value")).subarray(0, 5)],
  ])("an attribute %s is what any reader makes of it", (_, ...parts) => {
    const bytes = bytesField(tagOf(6, WireType.bytes), new Uint8Array(Buffer.concat(parts)));
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
