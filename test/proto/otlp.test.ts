// The OTLP messages read what the OpenTelemetry SDK's own serializers write: each field that these
// fill is found under its name, and nothing is left over as unknown.

import { describe, expect, test } from "bun:test";
import { fromBinary, toBinary, toJson } from "@bufbuild/protobuf";
import type { DescMessage, JsonValue } from "@bufbuild/protobuf";
import {
  ProtobufLogsSerializer,
  ProtobufMetricsSerializer,
  ProtobufTraceSerializer,
} from "@opentelemetry/otlp-transformer";
import {
  ExportLogsServiceRequestSchema,
  ExportMetricsServiceRequestSchema,
  ExportTraceServiceRequestSchema,
} from "../../src/proto/index.ts";

const TRACE_ID = "0af7651916cd43dd8448eb211c80319c";
const SPAN_ID = "b7ad6b7169203331";
const base64 = (hex: string) => Uint8Array.fromHex(hex).toBase64();
const START: [number, number] = [1, 5];
const END: [number, number] = [2, 7];

const resource = {
  attributes: { "service.name": "shop" },
  getRawAttributes: () => [["service.name", "shop"]],
  schemaUrl: "urn:resource",
};
const instrumentationScope = { name: "io.shop", version: "1.2", schemaUrl: "urn:scope" };
const RESOURCE = {
  attributes: [{ key: "service.name", value: { stringValue: "shop" } }],
};
const SCOPE = { name: "io.shop", version: "1.2" };
const spanContext = { traceId: TRACE_ID, spanId: SPAN_ID, traceFlags: 1 };

/** The message as proto3 JSON; fails when it holds fields that the schema does not know. */
function read(schema: DescMessage, bytes: Uint8Array | undefined): JsonValue {
  const known = fromBinary(schema, bytes!, { readUnknownFields: false });
  expect(toBinary(schema, known)).toEqual(toBinary(schema, fromBinary(schema, bytes!)));
  return toJson(schema, known);
}

// The serializers' input types are those of the SDK's classes; plain objects with their members do.
const serialize = (serializer: { serializeRequest(input: never): unknown }, input: unknown) =>
  serializer.serializeRequest(input as never) as Uint8Array | undefined;

describe("what the SDK writes", () => {
  test("of logs is read", () => {
    const bytes = serialize(ProtobufLogsSerializer, [
      {
        hrTime: START,
        hrTimeObserved: END,
        spanContext,
        severityText: "WARN",
        severityNumber: 13,
        body: { text: "hi", n: [1, 2.5, true] },
        eventName: "checkout.paid",
        resource,
        instrumentationScope,
        attributes: { raw: new Uint8Array([1, 2]), big: 9007199254740991 },
        droppedAttributesCount: 3,
      },
    ]);
    expect(read(ExportLogsServiceRequestSchema, bytes)).toEqual({
      resourceLogs: [
        {
          resource: RESOURCE,
          schemaUrl: "urn:resource",
          scopeLogs: [
            {
              scope: SCOPE,
              schemaUrl: "urn:scope",
              logRecords: [
                {
                  timeUnixNano: "1000000005",
                  observedTimeUnixNano: "2000000007",
                  severityNumber: "SEVERITY_NUMBER_WARN",
                  severityText: "WARN",
                  body: {
                    kvlistValue: {
                      values: [
                        { key: "text", value: { stringValue: "hi" } },
                        {
                          key: "n",
                          value: {
                            arrayValue: {
                              values: [
                                { intValue: "1" },
                                { doubleValue: 2.5 },
                                { boolValue: true },
                              ],
                            },
                          },
                        },
                      ],
                    },
                  },
                  attributes: [
                    { key: "raw", value: { bytesValue: "AQI=" } },
                    { key: "big", value: { intValue: "9007199254740991" } },
                  ],
                  droppedAttributesCount: 3,
                  flags: 1,
                  traceId: base64(TRACE_ID),
                  spanId: base64(SPAN_ID),
                  eventName: "checkout.paid",
                },
              ],
            },
          ],
        },
      ],
    });
  });

  test("of spans is read", () => {
    const bytes = serialize(ProtobufTraceSerializer, [
      {
        name: "GET /",
        kind: 1,
        spanContext: () => ({ ...spanContext, traceState: { serialize: () => "ot=th:8" } }),
        parentSpanContext: { ...spanContext, isRemote: true },
        startTime: START,
        endTime: END,
        status: { code: 2, message: "boom" },
        attributes: { "http.route": "/" },
        links: [{ context: spanContext, attributes: { l: 1 }, droppedAttributesCount: 2 }],
        events: [
          { time: START, name: "exception", attributes: { e: 1 }, droppedAttributesCount: 4 },
        ],
        droppedAttributesCount: 5,
        droppedEventsCount: 6,
        droppedLinksCount: 7,
        resource,
        instrumentationScope,
      },
    ]);
    expect(read(ExportTraceServiceRequestSchema, bytes)).toMatchObject({
      resourceSpans: [
        {
          resource: RESOURCE,
          scopeSpans: [
            {
              scope: SCOPE,
              spans: [
                {
                  traceId: base64(TRACE_ID),
                  spanId: base64(SPAN_ID),
                  traceState: "ot=th:8",
                  parentSpanId: base64(SPAN_ID),
                  flags: 0x301,
                  name: "GET /",
                  kind: "SPAN_KIND_SERVER",
                  startTimeUnixNano: "1000000005",
                  endTimeUnixNano: "2000000007",
                  attributes: [{ key: "http.route", value: { stringValue: "/" } }],
                  droppedAttributesCount: 5,
                  events: [
                    {
                      timeUnixNano: "1000000005",
                      name: "exception",
                      attributes: [{ key: "e", value: { intValue: "1" } }],
                      droppedAttributesCount: 4,
                    },
                  ],
                  droppedEventsCount: 6,
                  links: [
                    {
                      traceId: base64(TRACE_ID),
                      spanId: base64(SPAN_ID),
                      attributes: [{ key: "l", value: { intValue: "1" } }],
                      droppedAttributesCount: 2,
                    },
                  ],
                  droppedLinksCount: 7,
                  status: { code: "STATUS_CODE_ERROR", message: "boom" },
                },
              ],
            },
          ],
        },
      ],
    });
  });

  test("of metrics is read", () => {
    const point = (value: unknown) => ({
      startTime: START,
      endTime: END,
      attributes: { a: "b" },
      value,
    });
    const metric = (name: string, dataPointType: number, value: unknown, more = {}) => ({
      descriptor: { name, description: "d", unit: "By", valueType: 1 },
      aggregationTemporality: 1,
      dataPointType,
      dataPoints: [point(value)],
      ...more,
    });
    const buckets = { boundaries: [1, 2], counts: [1, 0, 2] };
    const side = { offset: -2, bucketCounts: [3, 1] };
    const bytes = serialize(ProtobufMetricsSerializer, {
      resource,
      scopeMetrics: [
        {
          scope: instrumentationScope,
          metrics: [
            metric("g", 2, 1.5),
            metric("s", 3, 7.25, { isMonotonic: true }),
            metric("h", 0, { buckets, count: 3, sum: 9, min: 1, max: 5 }),
            metric("e", 1, {
              count: 8,
              sum: 9,
              min: 1,
              max: 5,
              scale: -3,
              zeroCount: 4,
              positive: side,
              negative: side,
            }),
          ],
        },
      ],
    });
    const common = {
      attributes: [{ key: "a", value: { stringValue: "b" } }],
      startTimeUnixNano: "1000000005",
      timeUnixNano: "2000000007",
    };
    const named = (name: string) => ({ name, description: "d", unit: "By" });
    const aggregationTemporality = "AGGREGATION_TEMPORALITY_CUMULATIVE";
    const ends = { sum: 9, min: 1, max: 5 };
    const counts = { offset: -2, bucketCounts: ["3", "1"] };
    expect(read(ExportMetricsServiceRequestSchema, bytes)).toMatchObject({
      resourceMetrics: [
        {
          resource: RESOURCE,
          scopeMetrics: [
            {
              scope: SCOPE,
              metrics: [
                { ...named("g"), gauge: { dataPoints: [{ ...common, asDouble: 1.5 }] } },
                {
                  ...named("s"),
                  sum: {
                    dataPoints: [{ ...common, asDouble: 7.25 }],
                    isMonotonic: true,
                    aggregationTemporality,
                  },
                },
                {
                  ...named("h"),
                  histogram: {
                    dataPoints: [
                      {
                        ...common,
                        ...ends,
                        count: "3",
                        bucketCounts: ["1", "0", "2"],
                        explicitBounds: [1, 2],
                      },
                    ],
                    aggregationTemporality,
                  },
                },
                {
                  ...named("e"),
                  exponentialHistogram: {
                    dataPoints: [
                      {
                        ...common,
                        ...ends,
                        count: "8",
                        scale: -3,
                        zeroCount: "4",
                        positive: counts,
                        negative: counts,
                      },
                    ],
                    aggregationTemporality,
                  },
                },
              ],
            },
          ],
        },
      ],
    });
  });
});
