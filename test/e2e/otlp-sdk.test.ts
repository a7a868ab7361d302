// The OpenTelemetry SDK's own exporters through the compiled executable: dropped records are gone,
// kept ones leave as the very bytes that the exporter sent, edited ones differ only where they
// must.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { SeverityNumber } from "@opentelemetry/api";
import { OTLPLogExporter as HttpLogExporter } from "@opentelemetry/exporter-logs-otlp-http";
import { OTLPLogExporter as ProtoLogExporter } from "@opentelemetry/exporter-logs-otlp-proto";
import { OTLPMetricExporter as HttpMetricExporter } from "@opentelemetry/exporter-metrics-otlp-http";
import { OTLPMetricExporter as ProtoMetricExporter } from "@opentelemetry/exporter-metrics-otlp-proto";
import { OTLPTraceExporter as HttpTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { OTLPTraceExporter as ProtoTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import {
  BatchLogRecordProcessor,
  LoggerProvider,
  type LogRecordExporter,
} from "@opentelemetry/sdk-logs";
import {
  MeterProvider,
  PeriodicExportingMetricReader,
  type PushMetricExporter,
} from "@opentelemetry/sdk-metrics";
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  type SpanExporter,
} from "@opentelemetry/sdk-trace-base";
import type { Signal } from "../../src/policy/index.ts";
import { executable, hasEntryPoint } from "../support/e2e-executable.ts";
import { type Program, startProgram, WHERE } from "../support/e2e-program.ts";
import { recordsInJson, recordsInProtobuf } from "../support/e2e-records.ts";
import { type Recorder, startRelay, startUpstream } from "../support/e2e-upstream.ts";

const BUILD_TIMEOUT_MS = 120_000;
const EMAIL = "[a-z0-9._]+@[a-z0-9.]+";
const POLICIES = JSON.stringify({
  policies: [
    {
      id: "drop-debug",
      name: "Drop debug",
      log: { match: [{ log_field: "severity_text", regex: "^(DEBUG|TRACE)$" }], keep: "none" },
    },
    {
      id: "redact-email",
      name: "Redact e-mail",
      log: {
        match: [{ log_field: "body", regex: EMAIL }],
        keep: "all",
        transform: { redact: [{ log_field: "body", regex: EMAIL, replacement: "<e-mail>" }] },
      },
    },
    {
      id: "drop-debug-metrics",
      name: "Drop debug metrics",
      metric: { match: [{ metric_field: "name", regex: "^debug\\." }], keep: false },
    },
    {
      id: "drop-health-spans",
      name: "Drop spans of health checks",
      trace: {
        match: [{ trace_field: "name", regex: "/healthz?$" }],
        keep: { percentage: 0 },
      },
    },
  ],
});

interface Encoding {
  readonly name: string;
  readonly logs: (options: object) => LogRecordExporter;
  readonly metrics: (options: object) => PushMetricExporter;
  readonly spans: (options: object) => SpanExporter;
  readonly records: (signal: Signal, body: Uint8Array) => string[];
  readonly contentType: string;
  readonly redacted: (record: string) => string;
}
const FROM = "login of ann.lee@example.com failed";
const TO = "login of <e-mail> failed";
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
    // The text, its length and that of the value around it: field 1 of AnyValue in field 5.
    redacted: (record) => record.replace(bodyField(FROM), bodyField(TO)),
  },
];

function bodyField(text: string): string {
  return `\x2a${String.fromCharCode(text.length + 2)}\x0a${String.fromCharCode(text.length)}${text}`;
}

async function emitLogs(exporter: LogRecordExporter): Promise<void> {
  const provider = new LoggerProvider({
    resource: resourceFromAttributes({ "service.name": "checkout", "host.id": 42 }),
    processors: [new BatchLogRecordProcessor({ exporter })],
  });
  const logger = provider.getLogger("e2e", "1.2.3");
  const attributes = { "http.status": 500, ratio: 0.1, flags: [true, false], nested: { a: "b" } };
  logger.emit({
    severityNumber: SeverityNumber.DEBUG,
    severityText: "DEBUG",
    body: "cache miss",
    attributes,
  });
  logger.emit({
    severityNumber: SeverityNumber.INFO,
    severityText: "INFO",
    body: 'grüße \u2028 "x"',
    attributes,
  });
  logger.emit({
    severityNumber: SeverityNumber.ERROR,
    severityText: "ERROR",
    body: FROM,
    attributes,
  });
  logger.emit({
    severityNumber: SeverityNumber.INFO,
    severityText: "INFO",
    body: { map: ["ann@example.com"] },
  });
  logger.emit({ severityNumber: SeverityNumber.TRACE, severityText: "TRACE", body: "tick" });
  logger.emit({ severityNumber: SeverityNumber.INFO, severityText: "DEBUGGER" });
  await provider.forceFlush();
  await provider.shutdown();
}

async function emitMetrics(exporter: PushMetricExporter): Promise<void> {
  // Longer than any test: it exports when it is told to.
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  const provider = new MeterProvider({ readers: [reader] });
  const meter = provider.getMeter("e2e", "1.2.3");
  meter.createCounter("debug.cache", { unit: "1" }).add(1, { shard: 7 });
  meter.createHistogram("http.duration", { unit: "ms" }).record(12.5, { route: "/a" });
  meter.createUpDownCounter("nodebug.queue").add(-3);
  await provider.forceFlush();
  await provider.shutdown();
}

async function emitSpans(exporter: SpanExporter): Promise<void> {
  const provider = new BasicTracerProvider({ spanProcessors: [new BatchSpanProcessor(exporter)] });
  const tracer = provider.getTracer("e2e", "1.2.3");
  for (const name of ["GET /healthz", "GET /orders", "GET /health/deep"]) {
    const span = tracer.startSpan(name, { attributes: { "http.status": 200, share: 0.25 } });
    span.addEvent("sent", { bytes: 512 });
    span.end();
  }
  await provider.forceFlush();
  await provider.shutdown();
}

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
