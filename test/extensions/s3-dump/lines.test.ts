// Records as lines: each is one JSON document that can be read, and sent again, alone.

import { describe, expect, test } from "bun:test";
import { create, toBinary } from "@bufbuild/protobuf";
import * as fc from "fast-check";
import { type LineEncoding, lineOf } from "../../../src/extensions/s3-dump/lines.ts";
import { bytesField, tagOf, WireType } from "../../../src/core/protobuf/index.ts";
import type { OfferedRecord, RecordEncoding } from "../../../src/policy/index.ts";
import {
  LogRecordSchema,
  ResourceLogsSchema,
  ScopeLogsSchema,
} from "../../../src/proto/gen/opentelemetry/proto/logs/v1/logs_pb.ts";
import { ResourceSchema } from "../../../src/proto/gen/opentelemetry/proto/resource/v1/resource_pb.ts";
import { DISTRIBUTIONS } from "../../../src/distributions.ts";
import { encodingsOf } from "../../../src/protocols/index.ts";
import { LINES } from "./dump-setup.ts";
import { offeredOf, sourceOf } from "./offered.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const ENCODINGS = new Map<RecordEncoding, LineEncoding>();
for (const [name, { document, payload }] of encodingsOf([...DISTRIBUTIONS.edge.modules, LINES])) {
  ENCODINGS.set(name, { payload, document: await document?.() });
}
const textOf = (record: OfferedRecord): string =>
  new TextDecoder().decode(lineOf(record, ENCODINGS.get(record.encoding)));

describe("a line", () => {
  test("of OTLP/JSON is a request with the one record, as it was written", () => {
    const frame = { resource: encode('"resource" : {\n}'), scope: encode('"scope":{"name":"s"}') };
    const record = offeredOf('{"a":1.50,\r\n"b":12345678901234567890}', {
      encoding: "otlp_json",
      frame,
    });
    expect(textOf(record)).toBe(
      '{"resourceLogs":[{"resource" : { },"scopeLogs":[{"scope":{"name":"s"},"logRecords":[{"a":1.50,  "b":12345678901234567890}]}]}]}',
    );
  });

  test.each([
    ["log", '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{}]}]}]}'],
    ["metric", '{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{}]}]}]}'],
    ["trace", '{"resourceSpans":[{"scopeSpans":[{"spans":[{}]}]}]}'],
  ] as const)("of a %s without anything around it is a request as well", (signal, line) => {
    const source = sourceOf("p", {}, { signal });
    expect(textOf(offeredOf("{}", { encoding: "otlp_json", source }))).toBe(line);
  });

  test("of OTLP in protobuf is the request that OTLP/JSON would send", () => {
    const value = { value: { case: "stringValue", value: "s" } } as const;
    const resource = create(ResourceSchema, { attributes: [{ key: "service.name", value }] });
    const record = create(LogRecordSchema, {
      severityNumber: 9,
      timeUnixNano: 1_700_000_000_000_000_001n,
      traceId: new Uint8Array(16).fill(0xab),
      body: { value: { case: "intValue", value: 5n } },
    });
    const frame = {
      resource: toBinary(
        ResourceLogsSchema,
        create(ResourceLogsSchema, { resource, schemaUrl: "u" }),
      ),
      scope: toBinary(ScopeLogsSchema, create(ScopeLogsSchema, { scope: { name: "n" } })),
    };
    const bytes = toBinary(LogRecordSchema, record);
    const line = JSON.parse(textOf(offeredOf(bytes, { encoding: "otlp_protobuf", frame })));
    expect(line).toEqual({
      resourceLogs: [
        {
          resource: { attributes: [{ key: "service.name", value: { stringValue: "s" } }] },
          schemaUrl: "u",
          scopeLogs: [
            {
              scope: { name: "n" },
              logRecords: [
                {
                  severityNumber: 9,
                  timeUnixNano: "1700000000000000001",
                  traceId: "ab".repeat(16),
                  body: { intValue: "5" },
                },
              ],
            },
          ],
        },
      ],
    });
  });

  test("of OTLP in protobuf that cannot be read holds its bytes", () => {
    const record = offeredOf(new Uint8Array([0xff]), { encoding: "otlp_protobuf" });
    expect(textOf(record)).toBe('{"encoding":"otlp_protobuf","base64":"/w=="}');
  });

  test("of a Datadog series in protobuf is the object that its JSON endpoint takes", () => {
    const field = (number: number, ...parts: Uint8Array[]): Uint8Array =>
      bytesField(tagOf(number, WireType.bytes), ...parts);
    const value = new Uint8Array(8);
    new DataView(value.buffer).setFloat64(0, 1.5, true);
    const series = Buffer.concat([
      field(1, field(1, encode("host")), field(2, encode("h1"))),
      field(2, encode("cpu")),
      field(3, encode("env:x")),
      field(4, new Uint8Array([0x09]), value, new Uint8Array([0x10, 0x80, 0xe2, 0xcf, 0xaa, 0x06])),
      new Uint8Array([0x28, 3, 0x40, 10]),
      field(6, encode("percent")),
      field(7, encode("agent")),
    ]);
    const record = offeredOf(new Uint8Array(series), { encoding: "datadog_protobuf" });
    expect(JSON.parse(textOf(record))).toEqual({
      metric: "cpu",
      type: 3,
      interval: 10,
      unit: "percent",
      source_type_name: "agent",
      points: [{ timestamp: 1_700_000_000, value: 1.5 }],
      tags: ["env:x"],
      resources: [{ type: "host", name: "h1" }],
    });
    const more = new Uint8Array(Buffer.concat([series, field(9, new Uint8Array())]));
    const base64 = more.toBase64();
    expect(textOf(offeredOf(more, { encoding: "datadog_protobuf" }))).toBe(
      `{"encoding":"datadog_protobuf","base64":"${base64}"}`,
    );
  });

  const TEXTS: readonly (readonly [RecordEncoding, string | Uint8Array, string])[] = [
    ["datadog_json", '{"message":\n"m"}', '{"message": "m"}'],
    ["line", '{"a":1}', '{"a":1}'],
    ["line", '{"a":1', '{"line":"{\\"a\\":1"}'],
    ["line", "plain", '{"line":"plain"}'],
    ["line", new Uint8Array([0xff]), '{"encoding":"line","base64":"/w=="}'],
    ["prometheus_text", 'up{a="b"} 1', '{"line":"up{a=\\"b\\"} 1"}'],
    [
      "prometheus_protobuf",
      new Uint8Array([1]),
      '{"encoding":"prometheus_protobuf","base64":"AQ=="}',
    ],
  ];
  test.each(TEXTS)("of %s %p is %s", (encoding, content, line) => {
    expect(textOf(offeredOf(content, { encoding }))).toBe(line);
  });

  test("is one line of JSON, whatever the bytes of text and protobuf are", () => {
    const encodings: RecordEncoding[] = [
      "line",
      "prometheus_text",
      "prometheus_protobuf",
      "datadog_protobuf",
      "otlp_protobuf",
    ];
    fc.assert(
      fc.property(fc.constantFrom(...encodings), fc.uint8Array(), (encoding, bytes) => {
        const line = textOf(offeredOf(bytes, { encoding }));
        expect(line).not.toMatch(/[\r\n]/);
        expect(typeof JSON.parse(line)).toBe("object");
      }),
    );
  });
});
