// Logs, metrics and spans in each format, for what policies of both dialects edit and sample.

import { fromJson, toBinary } from "@bufbuild/protobuf";
import {
  ExportLogsServiceRequestSchema,
  ExportMetricsServiceRequestSchema,
  ExportTraceServiceRequestSchema,
} from "../../../src/proto/index.ts";
import { writeSeries } from "../../protocols/datadog/format/metric-payload.ts";
import { writeJson, writeProtobuf } from "../../protocols/loki/format/push.ts";

type Body = readonly [path: string, type: string, body: Uint8Array];

const str = (key: string, stringValue: string) => ({ key, value: { stringValue } });
const ATTRIBUTES = [
  str("a", "payment 17"),
  str("b", "b"),
  { key: "c", value: { intValue: "17" } },
  { key: "m", value: { kvlistValue: { values: [str("x", "x"), str("y", "a 1")] } } },
  { key: "l", value: { arrayValue: { values: [{ stringValue: "l0" }, { intValue: "1" }] } } },
  str("service", "shop 1"),
];
const TEXTS = ["a payment of 17", "none", "", '{"a":"17","m":{"x":"x"},"c":3}'];

const resource = { attributes: [str("service.name", "x=1"), str("a", "a"), str("c", "c 3")] };
const scope = { name: "scope", attributes: [str("b", "b"), str("new", "17")] };

const logs = {
  resourceLogs: [
    {
      resource,
      scopeLogs: [
        {
          scope,
          logRecords: [0, 1, 2, 3, 4, 5, 6, 7].map((i) => ({
            severityText: i % 3 === 0 ? "DEBUG" : "a",
            ...(i % 4 === 2 ? {} : { body: { stringValue: TEXTS[i % 4] } }),
            attributes: [ATTRIBUTES, ATTRIBUTES.slice(0, 1), [], ATTRIBUTES.slice(2)][
              (i + (i >> 2)) % 4
            ],
          })),
        },
      ],
    },
  ],
};

const STATES = [
  "",
  "ot=th:8",
  "vendor=1,ot=rv:0fffffffffffff;th:4;x:1",
  "ot=rv:ffffffffffffff",
  "ot=th:ffff;rv:ffff0000000001",
  "vendor=2",
  "ot=th:xyz",
];
const IDS = ["0", "3", "7", "8", "b", "f"].flatMap((digit) => [
  "1".repeat(18) + digit.repeat(14),
  "2".repeat(18) + digit.repeat(6) + "12345678",
]);

function spans(states: readonly string[]) {
  const all = states.flatMap((traceState, s) =>
    [...IDS, "", "12"].map((traceId, i) => ({
      traceId,
      spanId: "1".repeat(16),
      ...(i % 3 === 0 ? {} : { parentSpanId: "a".repeat(16) }),
      name: `span ${i % 2 === 0 ? "a" : i}`,
      ...(traceState === "" ? {} : { traceState }),
      ...((i + s) % 7 === 6 ? {} : { kind: (i + s) % 6 }),
      ...(i % 4 === 0 ? {} : { status: i % 4 === 1 ? {} : { code: i % 3 } }),
      ...(i % 5 > 1 ? {} : { attributes: [str("a", "1")] }),
      ...(i % 3 === 1
        ? {}
        : {
            events: [
              { name: i % 2 === 0 ? "e" : "f", attributes: [str("a", i % 4 === 0 ? "x" : "y")] },
            ],
          }),
    })),
  );
  return { resourceSpans: [{ resource, scopeSpans: [{ scope, spans: all }] }] };
}

const json = (document: unknown): Uint8Array => Buffer.from(JSON.stringify(document));
const pretty = (document: unknown): Uint8Array =>
  Buffer.from(JSON.stringify(document, undefined, 2));

function spanBodies(states: readonly string[]): readonly Body[] {
  const document = spans(states);
  // Ids of other lengths are no JSON of OTLP to the library.
  const hexed = JSON.parse(JSON.stringify(document), (key, value) =>
    key.endsWith("Id") ? Buffer.from(value, "hex").toString("base64") : value,
  );
  const message = fromJson(ExportTraceServiceRequestSchema, hexed);
  return [
    ["/v1/traces", "application/json", json(document)],
    ["/v1/traces", "application/x-protobuf", toBinary(ExportTraceServiceRequestSchema, message)],
  ];
}

const push = [
  {
    labels: [
      ["service_name", "x=1"],
      ["a", "17"],
    ] as const,
    entries: TEXTS.map((line, i) => ({
      time: BigInt(i),
      line,
      metadata:
        i % 2 === 0
          ? [["a", "a 17"] as const, ["level", "DEBUG"] as const, ["m_x", "x"] as const]
          : undefined,
    })),
  },
];
const datadog = TEXTS.map((message, i) => ({
  message,
  ...(i % 2 === 0 ? { status: "DEBUG" } : {}),
  ddtags: "b:b,c:17,service:tag",
  service: "x=1",
  ...(i % 3 === 0 ? {} : { a: "payment 17", m: { x: "x" }, l: ["l0"] }),
}));

export const LOG_BODIES: readonly Body[] = [
  ["/v1/logs", "application/json", json(logs)],
  ["/v1/logs", "application/json", pretty(logs)],
  [
    "/v1/logs",
    "application/x-protobuf",
    toBinary(
      ExportLogsServiceRequestSchema,
      fromJson(ExportLogsServiceRequestSchema, logs as never),
    ),
  ],
  ["/api/v2/logs", "application/json", json(datadog)],
  ["/api/v2/logs", "application/json", pretty(datadog)],
  ["/loki/api/v1/push", "application/json", writeJson(push)],
  ["/loki/api/v1/push", "application/x-protobuf", writeProtobuf(push)],
];
/** Spans of which some were sampled before. */
export const SPAN_BODIES = spanBodies(STATES);
/** Spans of which none has a threshold. */
export const UNSAMPLED_SPAN_BODIES = spanBodies(STATES.filter((state) => !state.includes("th:")));
const data = (kind: string, more: object, ...points: readonly string[]) => ({
  [kind]: {
    ...more,
    dataPoints: points.map((a) => ({ timeUnixNano: "5", ...(a === "" ? {} : attributed(a)) })),
  },
});
const attributed = (a: string) => ({ attributes: [str("a", a)] });
const METRICS = [
  { name: "m1", unit: "s", ...data("sum", { aggregationTemporality: 1 }, "x", "y", "") },
  { name: "M1", ...data("sum", { aggregationTemporality: 2, isMonotonic: true }, "x") },
  { name: "m2", unit: "1", ...data("gauge", {}, "", "x") },
  { name: "n", unit: "s", ...data("histogram", { aggregationTemporality: 1 }, "y") },
  { name: "o", ...data("summary", {}, "x") },
  { name: "m3" },
];
const metrics = {
  resourceMetrics: [
    { resource: { attributes: [str("host", "h")] }, scopeMetrics: [{ metrics: METRICS }] },
    { scopeMetrics: [{ scope: { name: "s" }, metrics: METRICS }] },
  ],
};
const series = METRICS.map(({ name }, i) => ({
  metric: name,
  type: i % 4,
  ...(i % 2 === 0 ? { unit: "s" } : {}),
  points: [{ timestamp: 1, value: 2 }],
  tags: i % 3 === 0 ? ["a:x", "host:h"] : ["a:y"],
}));
export const METRIC_BODIES: readonly Body[] = [
  ["/v1/metrics", "application/json", json(metrics)],
  ["/v1/metrics", "application/json", pretty(metrics)],
  [
    "/v1/metrics",
    "application/x-protobuf",
    toBinary(
      ExportMetricsServiceRequestSchema,
      fromJson(ExportMetricsServiceRequestSchema, metrics as never),
    ),
  ],
  ["/api/v2/series", "application/json", json({ series })],
  ["/api/v2/series", "application/x-protobuf", writeSeries(series)],
];
/** Lines in the formats of the tailer. */
export const LINES = {
  json: TEXTS.map((message, i) =>
    JSON.stringify({
      level: i % 2 === 0 ? "DEBUG" : "a",
      message,
      a: "17",
      m: { x: "x" },
      l: ["l0"],
    }),
  ),
  logfmt: TEXTS.map((own) => `level=DEBUG msg=${JSON.stringify(own)} a=17 m.x=x`),
  raw: TEXTS,
} as const;
