// The OpenTelemetry SDK's own exporters through the compiled executable: dropped records are gone,
// kept ones leave as the very bytes that the exporter sent, edited ones differ only where they
// must.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { OTLPLogExporter as HttpLogExporter } from "@opentelemetry/exporter-logs-otlp-http";
import { OTLPLogExporter as ProtoLogExporter } from "@opentelemetry/exporter-logs-otlp-proto";
import { OTLPMetricExporter as HttpMetricExporter } from "@opentelemetry/exporter-metrics-otlp-http";
import { OTLPMetricExporter as ProtoMetricExporter } from "@opentelemetry/exporter-metrics-otlp-proto";
import { OTLPTraceExporter as HttpTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { OTLPTraceExporter as ProtoTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import {
  BatchLogRecordProcessor,
  LoggerProvider,
  type LogRecordExporter,
} from "@opentelemetry/sdk-logs";
import type { PushMetricExporter } from "@opentelemetry/sdk-metrics";
import type { SpanExporter } from "@opentelemetry/sdk-trace-base";
import type { Signal } from "../../src/policy/index.ts";
import { executable, hasEntryPoint } from "../support/e2e-executable.ts";
import { type Program, startProgram, WHERE } from "../support/e2e-program.ts";
import { recordsInJson, recordsInProtobuf } from "../support/e2e-records.ts";
import {
  emitLogs,
  emitMetrics,
  emitSpans,
  FROM,
  POLICIES,
  redactedInProtobuf,
  TO,
} from "../support/e2e-telemetry.ts";
import { type Recorder, startRelay, startUpstream } from "../support/e2e-upstream.ts";

const BUILD_TIMEOUT_MS = 120_000;
interface Encoding {
  readonly name: string;
  readonly logs: (options: object) => LogRecordExporter;
  readonly metrics: (options: object) => PushMetricExporter;
  readonly spans: (options: object) => SpanExporter;
  readonly records: (signal: Signal, body: Uint8Array) => string[];
  readonly contentType: string;
  readonly redacted: (record: string) => string;
}
const ENCODINGS: readonly Encoding[] = [
  {
    name: "JSON",
    logs: (options) => new HttpLogExporter(options),
    metrics: (options) => new HttpMetricExporter(options),
    spans: (options) => new HttpTraceExporter(options),
    records: recordsInJson,
    contentType: "application/json",
    redacted: (record) => record.replace(FROM, TO),
  },
  {
    name: "protobuf",
    logs: (options) => new ProtoLogExporter(options),
    metrics: (options) => new ProtoMetricExporter(options),
    spans: (options) => new ProtoTraceExporter(options),
    records: recordsInProtobuf,
    contentType: "application/x-protobuf",
    redacted: redactedInProtobuf,
  },
];

describe.skipIf(!hasEntryPoint("edge"))(`the SDK's exporters, executable ${WHERE}`, () => {
  let upstream: Recorder;
  let program: Program;
  let relay: Recorder;

  beforeAll(async () => {
    upstream = startUpstream();
    await executable("edge");
    const config = JSON.stringify({
      listen_port: 0,
      log_format: "json",
      upstream_url: upstream.url,
      policy_providers: [{ type: "file", id: "local", path: "policies.json" }],
    });
    const files = { "config.json": config, "policies.json": POLICIES };
    program = await startProgram("edge", { files });
    relay = startRelay(await program.url());
    await program.line((line) => (line.includes('"policies.replaced"') ? line : undefined));
  }, BUILD_TIMEOUT_MS);
  afterAll(async () => {
    await program[Symbol.asyncDispose]();
    await relay[Symbol.asyncDispose]();
    await upstream[Symbol.asyncDispose]();
  });

  for (const { name, logs, metrics, spans, records, contentType, redacted } of ENCODINGS) {
    for (const compression of ["none", "gzip"]) {
      test(`metrics in ${name}, compression ${compression}`, async () => {
        await emitMetrics(metrics({ url: `${relay.url}/v1/metrics`, compression }));
        const [debug, duration, queue] = records("metric", relay.received.at(-1)!.body);
        expect(debug).toContain("debug.cache");
        expect(upstream.received.at(-1)!.path).toBe("/v1/metrics");
        expect(records("metric", upstream.received.at(-1)!.body)).toEqual([duration!, queue!]);
      });

      test(`spans in ${name}, compression ${compression}`, async () => {
        await emitSpans(spans({ url: `${relay.url}/v1/traces`, compression }));
        const [health, orders, deep] = records("trace", relay.received.at(-1)!.body);
        expect(health).toContain("healthz");
        expect(upstream.received.at(-1)!.path).toBe("/v1/traces");
        expect(records("trace", upstream.received.at(-1)!.body)).toEqual([orders!, deep!]);
      });

      test(`logs in ${name}, compression ${compression}`, async () => {
        await emitLogs(logs({ url: `${relay.url}/v1/logs`, compression }));
        const sent = relay.received.at(-1)!;
        const got = upstream.received.at(-1)!;
        expect(upstream.received.length).toBe(relay.received.length);

        const encoding = compression === "gzip" ? "gzip" : undefined;
        expect([got.path, got.headers["content-type"], got.headers["content-encoding"]]).toEqual([
          "/v1/logs",
          contentType,
          encoding,
        ]);
        const [debug, info, error, map, trace, near] = records("log", sent.body);
        expect(debug).toContain("cache miss");
        expect(trace).toContain("tick");
        expect(redacted(error!)).not.toBe(error!);
        expect(records("log", got.body)).toEqual([info!, redacted(error!), map!, near!]);
      });
    }
  }

  test("everything dropped: the exporter is answered, the upstream is not called", async () => {
    const before = upstream.received.length;
    const provider = new LoggerProvider({
      processors: [
        new BatchLogRecordProcessor({
          exporter: new HttpLogExporter({ url: `${relay.url}/v1/logs` }),
        }),
      ],
    });
    provider.getLogger("e2e").emit({ severityText: "DEBUG", body: "gone" });
    await provider.forceFlush();
    await provider.shutdown();
    expect(Buffer.from(relay.received.at(-1)!.body).toString()).toContain("gone");
    expect(upstream.received.length).toBe(before);
  });
});
