// A body of each signal in each format that has it, and what is left of them.

import { fromJson, toBinary } from "@bufbuild/protobuf";
import { edge } from "../../src/distributions.ts";
import type { Evaluation, Signal } from "../../src/policy/index.ts";
import {
  ExportLogsServiceRequestSchema,
  ExportMetricsServiceRequestSchema,
  ExportTraceServiceRequestSchema,
} from "../../src/proto/index.ts";
import { LinesFormat } from "../../src/protocols/lines/index.ts";
import { PolicyStreamingFilter } from "../../src/protocols/prometheus/format/index.ts";
import { Router } from "../../src/server/router.ts";
import { writeJson, writeProtobuf } from "../protocols/loki/format/push.ts";
import { WORDS } from "./random-policies.ts";

const OTLP_ATTRIBUTES = [
  { key: "a", value: { stringValue: "payment failed for user 17" } },
  { key: "b", value: { kvlistValue: { values: [{ key: "c", value: { intValue: "7" } }] } } },
];
const otlpLogs = {
  resourceLogs: [
    {
      resource: { attributes: [{ key: "service.name", value: { stringValue: "x=1" } }] },
      scopeLogs: [
        {
          scope: { attributes: [{ key: "s", value: { boolValue: true } }] },
          logRecords: WORDS.map((text, i) => ({
            severityText: i % 2 === 0 ? "DEBUG" : "a",
            severityNumber: i * 3,
            body: { stringValue: text },
            attributes: OTLP_ATTRIBUTES.slice(0, i % 3),
          })),
        },
      ],
    },
  ],
};
const otlpMetrics = {
  resourceMetrics: [
    {
      scopeMetrics: [
        {
          metrics: WORDS.map((name) => ({
            name,
            gauge: { dataPoints: [{ asInt: "1", attributes: OTLP_ATTRIBUTES.slice(0, 1) }] },
          })),
        },
      ],
    },
  ],
};
const otlpTraces = {
  resourceSpans: [
    {
      scopeSpans: [
        {
          spans: WORDS.map((name, i) => ({
            traceId: `${i}`.repeat(32),
            spanId: `${i}`.repeat(16),
            name,
            attributes: OTLP_ATTRIBUTES.slice(0, i % 2),
          })),
        },
      ],
    },
  ],
};
const series = {
  series: WORDS.map((metric) => ({
    metric,
    type: 3,
    points: [{ timestamp: 1, value: 2 }],
    tags: ["a:payment failed for user 17"],
  })),
};
const push = [
  {
    labels: [["service.name", "x=1"]] as const,
    entries: WORDS.map((line, i) => ({
      time: BigInt(i),
      line,
      metadata: i % 2 === 0 ? [["a", "DEBUG"] as const] : undefined,
    })),
  },
];

const json = (document: unknown): Uint8Array => Buffer.from(JSON.stringify(document));
export const BODIES: readonly (readonly [Signal, path: string, type: string, body: Uint8Array])[] =
  [
    ["log", "/v1/logs", "application/json", json(otlpLogs)],
    [
      "log",
      "/v1/logs",
      "application/x-protobuf",
      toBinary(
        ExportLogsServiceRequestSchema,
        fromJson(ExportLogsServiceRequestSchema, otlpLogs as never),
      ),
    ],
    ["metric", "/v1/metrics", "application/json", json(otlpMetrics)],
    [
      "metric",
      "/v1/metrics",
      "application/x-protobuf",
      toBinary(
        ExportMetricsServiceRequestSchema,
        fromJson(ExportMetricsServiceRequestSchema, otlpMetrics as never),
      ),
    ],
    ["trace", "/v1/traces", "application/json", json(otlpTraces)],
    [
      "trace",
      "/v1/traces",
      "application/x-protobuf",
      toBinary(
        ExportTraceServiceRequestSchema,
        fromJson(ExportTraceServiceRequestSchema, otlpTraces as never),
      ),
    ],
    [
      "log",
      "/api/v2/logs",
      "application/json",
      json(
        WORDS.map((message, i) => ({
          message,
          status: "DEBUG",
          service: "x=1",
          a: i,
          b: { c: "a" },
        })),
      ),
    ],
    ["metric", "/api/v2/series", "application/json", json(series)],
    ["log", "/loki/api/v1/push", "application/json", writeJson(push)],
    ["log", "/loki/api/v1/push", "application/x-protobuf", writeProtobuf(push)],
  ];

const router = new Router(edge.modules.map(({ create }) => create({})));

/** What leaves of a body, and what was counted of its records. */
export function leaves(
  evaluation: Evaluation | undefined,
  path: string,
  type: string,
  body: Uint8Array,
) {
  const found = router.find("POST", path)!;
  const head = { method: "POST", path, query: "", headers: new Headers({ "content-type": type }) };
  const plan = found.module.plan(head, found.route);
  if (plan.kind !== "filter") throw new Error(`${path} is not filtered`);
  if (evaluation === undefined) return undefined;
  const { body: left, settlement: _, ...outcome } = plan.format.filter(body, evaluation);
  return { left: left && Buffer.from(left).toString("latin1"), ...outcome };
}

const LINES = {
  json: WORDS.map((message, i) =>
    JSON.stringify({ level: i % 2 === 0 ? "DEBUG" : "a", message, a: i, b: { c: "a" } }),
  ),
  logfmt: WORDS.map((text, i) => `level=DEBUG msg=${JSON.stringify(text)} a=${i}`),
  raw: WORDS,
} as const;

/** What leaves of lines, in each format that the tailer reads. */
export function tailed(evaluation: Evaluation): unknown[] {
  return (["json", "logfmt", "raw"] as const).map((syntax) => {
    const bytes = Buffer.from(`${LINES[syntax].join("\n")}\n`);
    const lines = new LinesFormat({ syntax });
    const resource = new Map([["service.name", "x=1"]]);
    const { body, settlement: _, ...outcome } = lines.filterBlock(bytes, evaluation, { resource });
    return { left: body && Buffer.from(body).toString("latin1"), ...outcome };
  });
}

/** What leaves of a scrape. */
export function scraped(evaluation: Evaluation | undefined): string | undefined {
  if (evaluation === undefined) return undefined;
  let text = "";
  const filter = new PolicyStreamingFilter({
    evaluation,
    sink: { write: (bytes, start, end) => void (text += Buffer.from(bytes.slice(start, end))) },
  });
  const labels = WORDS.map((value) => `a_metric{a=${JSON.stringify(value)}} 1\n`).join("");
  filter.push(Buffer.from(`# TYPE a_metric gauge\n${labels}DEBUG 2\na 3\n`));
  filter.end();
  return text;
}
