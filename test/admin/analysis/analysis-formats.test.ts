// Analyses over every format: equal records are counted alike whatever they are written in, and
// requests go on as without them.

import { type DescMessage, fromJson, type JsonValue, toBinary } from "@bufbuild/protobuf";
import { describe, expect, test } from "bun:test";
import { gzipSync } from "node:zlib";
import { ExportLogsServiceRequestSchema } from "../../../src/proto/gen/opentelemetry/proto/collector/logs/v1/logs_service_pb.ts";
import { ExportMetricsServiceRequestSchema } from "../../../src/proto/gen/opentelemetry/proto/collector/metrics/v1/metrics_service_pb.ts";
import { ExportTraceServiceRequestSchema } from "../../../src/proto/gen/opentelemetry/proto/collector/trace/v1/trace_service_pb.ts";
import { writeSeries } from "../../protocols/datadog/format/metric-payload.ts";
import { AdminEdge, DROP_DEBUG, JSON_HEADERS } from "../../support/admin-edge.ts";

type Json = Readonly<Record<string, unknown>>;
const PROTOBUF = { "content-type": "application/x-protobuf" };

function binary(schema: DescMessage, document: object): Uint8Array {
  return toBinary(schema, fromJson(schema, document as JsonValue));
}

async function looked(policies: readonly object[] = []): Promise<AdminEdge> {
  const edge = await AdminEdge.start({ admin: { show_payloads: true } }, policies);
  const init = { method: "POST" };
  expect((await edge.ask("/_edge/analysis?seconds=60", init)).status).toBe(200);
  return edge;
}

async function seen(edge: AdminEdge): Promise<Record<"logs" | "metrics" | "traces", Json>> {
  return (await (await edge.ask("/_edge/analysis")).json()) as never;
}

const resource = { attributes: [{ key: "service.name", value: { stringValue: "shop" } }] };
const numbers = Array.from({ length: 20 }, (_, i) => i);
const line = (i: number): string => `order ${i} was paid in ${i * 7}ms`;

describe("logs are patterns by service and severity", () => {
  const record = (i: number): object => ({ severityNumber: 9, body: { stringValue: line(i) } });
  const otlp = {
    resourceLogs: [{ resource, scopeLogs: [{ logRecords: numbers.map(record) }] }],
  };
  const datadog = numbers.map((i) => ({ message: line(i), service: "shop", status: "info" }));
  const loki = {
    streams: [
      {
        stream: { service_name: "shop", level: "info" },
        values: numbers.map((i) => [String(1_700_000_000_000_000_000n + BigInt(i)), line(i)]),
      },
    ],
  };
  const json = JSON.stringify;
  const cases: readonly [string, string, string | Uint8Array, Readonly<Record<string, string>>][] =
    [
      ["OTLP in JSON", "/v1/logs", json(otlp), JSON_HEADERS],
      ["OTLP in protobuf", "/v1/logs", binary(ExportLogsServiceRequestSchema, otlp), PROTOBUF],
      [
        "OTLP in JSON, compressed",
        "/v1/logs",
        gzipSync(json(otlp)),
        { ...JSON_HEADERS, "content-encoding": "gzip" },
      ],
      ["Datadog", "/api/v2/logs", json(datadog), JSON_HEADERS],
      ["Loki", "/loki/api/v1/push", json(loki), JSON_HEADERS],
    ];
  for (const [name, path, body, headers] of cases) {
    for (const policies of [[], [DROP_DEBUG]]) {
      test(`${name}, ${policies.length} policies`, async () => {
        await using edge = await looked(policies);
        const init = { method: "POST", headers, body: body as Bun.BodyInit };
        expect((await edge.ask(path, init)).status).toBe(200);
        const { logs } = await seen(edge);
        expect(logs["patterns"]).toMatchObject([
          {
            template: "order <*> was paid in <*>",
            service: "shop",
            severity: "INFO",
            records: numbers.length,
            share_bytes: 1,
          },
        ]);
        expect(Buffer.compare(edge.upstream.last.body, Buffer.from(body as string))).toBe(0);
      });
    }
  }
});

describe("spans are names by service, with errors", () => {
  const span = (i: number): object => ({
    traceId: "1".repeat(32),
    spanId: "2".repeat(16),
    name: `GET /orders/${i}`,
    status: i % 4 === 0 ? { code: 2 } : {},
  });
  const document = {
    resourceSpans: [{ resource, scopeSpans: [{ spans: numbers.map(span) }] }],
  };
  // The mapping of protobuf to JSON has ids in base64, that of OTLP in hexadecimal.
  const inBase64 = JSON.parse(
    JSON.stringify(document)
      .replaceAll("1".repeat(32), Buffer.alloc(16, 1).toString("base64"))
      .replaceAll("2".repeat(16), Buffer.alloc(8, 2).toString("base64")),
  ) as object;
  test.each([
    ["JSON", JSON.stringify(document), JSON_HEADERS],
    ["protobuf", binary(ExportTraceServiceRequestSchema, inBase64), PROTOBUF],
  ])("OTLP in %s", async (_name, body, headers) => {
    await using edge = await looked();
    const init = { method: "POST", headers, body: body as Bun.BodyInit };
    expect((await edge.ask("/v1/traces", init)).status).toBe(200);
    const { traces } = await seen(edge);
    expect(traces["spans"]).toMatchObject([
      { name: "GET /orders/<*>", service: "shop", records: 20, errors: 5, error_share: 0.25 },
    ]);
  });
});

describe("metrics are names, with series and values of labels", () => {
  const label = (key: string, value: string): object => ({ key, value: { stringValue: value } });
  const point = (i: number): object => ({
    attributes: [label("path", `/p${i}`), label("code", i % 2 === 0 ? "200" : "500")],
    asInt: "1",
  });
  const otlp = {
    resourceMetrics: [
      {
        resource,
        scopeMetrics: [{ metrics: [{ name: "hits", sum: { dataPoints: numbers.map(point) } }] }],
      },
    ],
  };
  const tags = (i: number): string[] => [`path:/p${i}`, `code:${i % 2 === 0 ? 200 : 500}`];
  const points = [{ timestamp: 1, value: 1 }];
  const series = numbers.map((i) => ({ metric: "hits", points, tags: tags(i) }));
  const want = {
    name: "hits",
    series: 20,
    labels: [
      { label: "path", values: 20 },
      { label: "code", values: 2 },
    ],
  };
  test.each([
    ["OTLP in JSON", "/v1/metrics", JSON.stringify(otlp), JSON_HEADERS],
    ["OTLP in protobuf", "/v1/metrics", binary(ExportMetricsServiceRequestSchema, otlp), PROTOBUF],
    ["Datadog in JSON", "/api/v2/series", JSON.stringify({ series }), JSON_HEADERS],
    ["Datadog in protobuf", "/api/v2/series", writeSeries(series), PROTOBUF],
  ])("%s", async (_name, path, body, headers) => {
    await using edge = await looked();
    const init = { method: "POST", headers, body: body as Bun.BodyInit };
    for (let i = 0; i < 2; i++) expect((await edge.ask(path, init)).status).toBe(200);
    const { metrics } = await seen(edge);
    expect(metrics["names"]).toMatchObject([want]);
  });

  const exposition = `# TYPE hits counter\n${numbers
    .map((i) => `hits{path="/p${i}",code="${i % 2 === 0 ? 200 : 500}"} 1\n`)
    .join("")}# TYPE other gauge\nother 1\n`;
  const dropOther = {
    id: "no-other",
    name: "n",
    metric: { match: [{ metric_field: "name", exact: "other" }], keep: false },
  };
  test.each([
    ["that no policy looks at", [], [want, { name: "other", series: 1, labels: [] }]],
    ["of which policies leave a part", [dropOther], [want]],
  ])("a scrape %s", async (_name, policies, names) => {
    await using edge = await looked(policies);
    edge.upstream.respond = () =>
      Buffer.from(
        `HTTP/1.1 200 OK\r\ncontent-type: text/plain; version=0.0.4\r\ncontent-length: ${exposition.length}\r\n\r\n${exposition}`,
      );
    const text = await (await edge.ask("/metrics")).text();
    expect(text.includes("other")).toBe(policies.length === 0);
    const { metrics } = await seen(edge);
    expect(metrics["names"]).toMatchObject(names);
  });
});
