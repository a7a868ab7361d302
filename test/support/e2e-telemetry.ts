// What the OpenTelemetry SDK emits in end-to-end tests, and the policies that it meets.

import { SeverityNumber } from "@opentelemetry/api";
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

const EMAIL = "[a-z0-9._]+@[a-z0-9.]+";
export const POLICIES = JSON.stringify({
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

/** The body of a record, and what policies leave of it. */
export const FROM = "login of ann.lee@example.com failed";
export const TO = "login of <e-mail> failed";

/** A log record in protobuf as policies leave it. */
export function redactedInProtobuf(record: string): string {
  // The text, its length and that of the value around it: field 1 of AnyValue in field 5.
  return record.replace(bodyField(FROM), bodyField(TO));
}

function bodyField(text: string): string {
  return `\x2a${String.fromCharCode(text.length + 2)}\x0a${String.fromCharCode(text.length)}${text}`;
}

export async function emitLogs(exporter: LogRecordExporter): Promise<void> {
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

export async function emitMetrics(exporter: PushMetricExporter): Promise<void> {
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

export async function emitSpans(exporter: SpanExporter): Promise<void> {
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
