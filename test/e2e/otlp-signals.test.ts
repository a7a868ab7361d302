// The compiled edge-otlp with its default configuration file, between the OpenTelemetry SDK's
// exporters and a recording upstream: every kind of metric in both temporalities, spans that are
// sampled, resources and scopes that are edited. What arrives is decoded by generated code and held
// to what was sent.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, TraceFlags } from "@opentelemetry/api";
import { OTLPLogExporter as HttpLogExporter } from "@opentelemetry/exporter-logs-otlp-http";
import { OTLPLogExporter as ProtoLogExporter } from "@opentelemetry/exporter-logs-otlp-proto";
import {
  AggregationTemporalityPreference,
  OTLPMetricExporter as HttpMetricExporter,
} from "@opentelemetry/exporter-metrics-otlp-http";
import { OTLPMetricExporter as ProtoMetricExporter } from "@opentelemetry/exporter-metrics-otlp-proto";
import { OTLPTraceExporter as HttpTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { OTLPTraceExporter as ProtoTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchLogRecordProcessor, LoggerProvider } from "@opentelemetry/sdk-logs";
import {
  AggregationType,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { BasicTracerProvider, BatchSpanProcessor } from "@opentelemetry/sdk-trace-base";
import type { Signal } from "../../src/policy/index.ts";
import {
  type Decoded,
  decodeRequest,
  recordsOf,
} from "../protocols/otlp/format/decoded-request.ts";
import { executable, hasEntryPoint } from "../support/e2e-executable.ts";
import { type Program, startProgram, WHERE } from "../support/e2e-program.ts";
import { recordsInJson, recordsInProtobuf } from "../support/e2e-records.ts";
import {
  type Received,
  type Recorder,
  startRelay,
  startUpstream,
} from "../support/e2e-upstream.ts";

const BUILD_TIMEOUT_MS = 120_000;
const POLICIES = {
  policies: [
    {
      id: "drop-by-name",
      name: "n",
      metric: { match: [{ metric_field: "name", regex: "^debug\\." }], keep: false },
    },
    {
      id: "drop-by-point",
      name: "n",
      metric: { match: [{ datapoint_attribute: "env", equals: "dev" }], keep: false },
    },
    {
      id: "drop-delta-histograms",
      name: "n",
      metric: {
        match: [{ metric_type: "histogram" }, { aggregation_temporality: "delta" }],
        keep: false,
      },
    },
    {
      id: "drop-cumulative-exponentials",
      name: "n",
      metric: {
        match: [
          { metric_type: "exponential_histogram" },
          { aggregation_temporality: "cumulative" },
        ],
        keep: false,
      },
    },
    {
      id: "drop-probes",
      name: "n",
      trace: { match: [{ trace_field: "name", equals: "probe" }], keep: { percentage: 0 } },
    },
    {
      id: "drop-by-event",
      name: "n",
      trace: { match: [{ event_attribute: "noise", exists: true }], keep: { percentage: 0 } },
    },
    {
      id: "sample-clients",
      name: "n",
      trace: {
        match: [{ span_kind: "client" }, { span_status: "error", negate: true }],
        keep: { percentage: 50 },
      },
    },
    {
      id: "mark-logs",
      name: "n",
      log: {
        match: [{ log_field: "body", equals: "mark" }],
        keep: "all",
        transform: {
          remove: [{ resource_attribute: "secret" }],
          add: [
            { resource_attribute: "team", value: "shop" },
            { scope_attribute: "seen", value: "yes" },
          ],
        },
      },
    },
  ],
};
const UNCHANGED = "nothing matches";

interface Encoding {
  readonly name: string;
  readonly isJson: boolean;
  readonly logs: typeof HttpLogExporter | typeof ProtoLogExporter;
  readonly metrics: typeof HttpMetricExporter | typeof ProtoMetricExporter;
  readonly spans: typeof HttpTraceExporter | typeof ProtoTraceExporter;
  readonly bytesOfRecords: (signal: Signal, body: Uint8Array) => string[];
}
const ENCODINGS: readonly Encoding[] = [
  {
    name: "JSON",
    isJson: true,
    logs: HttpLogExporter,
    metrics: HttpMetricExporter,
    spans: HttpTraceExporter,
    bytesOfRecords: recordsInJson,
  },
  {
    name: "protobuf",
    isJson: false,
    logs: ProtoLogExporter,
    metrics: ProtoMetricExporter,
    spans: ProtoTraceExporter,
    bytesOfRecords: recordsInProtobuf,
  },
];

const RESOURCE = resourceFromAttributes({ "service.name": "shop", secret: "s", replicas: 3 });
type MetricExporter = InstanceType<Encoding["metrics"]>;

async function emitMetrics(exporter: MetricExporter, scope: string): Promise<void> {
  // Longer than any test: it exports when it is told to.
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  const aggregation = { type: AggregationType.EXPONENTIAL_HISTOGRAM } as const;
  const views = [{ instrumentName: "exp.*", aggregation }];
  const provider = new MeterProvider({ readers: [reader], resource: RESOURCE, views });
  const meter = provider.getMeter(scope, "1.2.3", { schemaUrl: "https://example.com/schema" });
  const prefix = scope === UNCHANGED ? "" : "debug.";
  meter.createCounter(`${prefix}cache`, { unit: "1" }).add(1, { shard: 7 });
  meter.createCounter("requests").add(3, { path: "/a", ok: true });
  meter.createUpDownCounter("queue").add(-2.5);
  meter.createGauge("heat").record(21.5, { room: "ä" });
  const gauge = meter.createGauge("load");
  gauge.record(1, { env: scope === UNCHANGED ? "prod" : "dev" });
  gauge.record(2, { env: "prod" });
  if (scope !== UNCHANGED) {
    for (const value of [0.5, 12, 99_999]) {
      meter.createHistogram("duration", { unit: "ms" }).record(value, { route: "/a" });
      meter.createHistogram("exp.duration", { unit: "ms" }).record(value, { route: "/a" });
    }
  }
  await provider.forceFlush();
  await provider.shutdown();
}

async function emitSpans(exporter: InstanceType<Encoding["spans"]>, scope: string): Promise<void> {
  const provider = new BasicTracerProvider({
    spanProcessors: [new BatchSpanProcessor(exporter)],
    resource: RESOURCE,
  });
  const tracer = provider.getTracer(scope, "1.2.3");
  tracer.startSpan("kept", { attributes: { share: 0.25, "http.status": 200 } }).end();
  if (scope !== UNCHANGED) {
    tracer.startSpan("probe").end();
    const noisy = tracer.startSpan("noisy");
    noisy.addEvent("sent", { noise: 1 });
    noisy.end();
    for (const half of ["0", "7", "8", "f"]) {
      const traceId = `000102030405060708${half}0000000000000`;
      const parent = { traceId, spanId: "00f067aa0ba902b7", traceFlags: TraceFlags.SAMPLED };
      const context = trace.setSpanContext(ROOT_CONTEXT, { ...parent, isRemote: true });
      tracer.startSpan(`client ${half}`, { kind: SpanKind.CLIENT }, context).end();
      const failed = tracer.startSpan(`failed ${half}`, { kind: SpanKind.CLIENT }, context);
      failed.setStatus({ code: SpanStatusCode.ERROR });
      failed.end();
    }
  }
  await provider.forceFlush();
  await provider.shutdown();
}

async function emitLogs(exporter: InstanceType<Encoding["logs"]>, scope: string): Promise<void> {
  const processors = [new BatchLogRecordProcessor({ exporter })];
  const provider = new LoggerProvider({ resource: RESOURCE, processors });
  const body = scope === UNCHANGED ? "plain" : "mark";
  const attributes = { n: 1, list: ["a", 2, null], map: { deep: { deeper: true } } };
  provider.getLogger("first", "1").emit({ body, attributes });
  provider.getLogger("first", "1").emit({ body: { map: [body] } });
  provider.getLogger("first", "1").emit({ body });
  provider.getLogger("second").emit({ body: new Uint8Array([0, 255]), eventName: "e" });
  await provider.forceFlush();
  await provider.shutdown();
}

describe.skipIf(!hasEntryPoint("edge-otlp"))(`edge-otlp, executable ${WHERE}`, () => {
  let upstream: Recorder;
  let program: Program;
  let relay: Recorder;

  beforeAll(async () => {
    upstream = startUpstream();
    await executable("edge-otlp");
    const name = "config-otlp.json";
    const shipped = JSON.parse(
      readFileSync(join(import.meta.dir, "../..", name), "utf8"),
    ) as object;
    const config = {
      ...shipped,
      listen_port: 0,
      log_format: "json",
      upstream_url: upstream.url,
      policy_providers: [{ type: "file", id: "local", path: "policies.json" }],
    };
    const files = { [name]: JSON.stringify(config), "policies.json": JSON.stringify(POLICIES) };
    program = await startProgram("edge-otlp", { files });
    relay = startRelay(await program.url());
    await program.line((line) => (line.includes('"policies.replaced"') ? line : undefined));
  }, BUILD_TIMEOUT_MS);
  afterAll(async () => {
    await program[Symbol.asyncDispose]();
    await relay[Symbol.asyncDispose]();
    await upstream[Symbol.asyncDispose]();
  });

  /** The first request that `emit` makes, as it was sent and as it arrived. */
  async function exchange(signal: Signal, encoding: Encoding, emit: () => Promise<void>) {
    const [sentBefore, gotBefore] = [relay.received.length, upstream.received.length];
    await emit();
    const [sent, got] = [relay.received[sentBefore]!, upstream.received[gotBefore]!];
    expect(upstream.received.length - gotBefore).toBe(relay.received.length - sentBefore);
    const decoded = (one: Received): Decoded => decodeRequest(signal, one.body, encoding.isJson);
    return { sent, got, decodedSent: decoded(sent), decodedGot: decoded(got) };
  }

  for (const encoding of ENCODINGS) {
    for (const compression of ["none", "gzip"]) {
      const how = `${encoding.name}, compression ${compression}`;
      const options = (path: string): object => ({ url: `${relay.url}${path}`, compression });

      for (const temporality of ["DELTA", "CUMULATIVE"] as const) {
        test(`metrics, ${temporality.toLowerCase()}, ${how}`, async () => {
          const temporalityPreference = AggregationTemporalityPreference[temporality];
          const path = "/v1/metrics";
          const exporter = new encoding.metrics({ ...options(path), temporalityPreference });
          const emit = (): Promise<void> => emitMetrics(exporter, "metrics");
          const { sent, got, decodedSent, decodedGot } = await exchange("metric", encoding, emit);
          const gone = temporality === "DELTA" ? "duration" : "exp.duration";
          const dropped = ["debug.cache", gone, "load"];
          const all = names(decodedSent);
          const rest = temporality === "DELTA" ? "exp.duration" : "duration";
          expect(all.toSorted()).toEqual(
            [...dropped, rest, "heat", "queue", "requests"].toSorted(),
          );
          const isKept = (_: string, index: number): boolean => !dropped.includes(all[index]!);
          expect(names(decodedGot)).toEqual(all.filter(isKept));
          expect(encoding.bytesOfRecords("metric", got.body)).toEqual(
            encoding.bytesOfRecords("metric", sent.body).filter(isKept),
          );
          expect(withoutRecords(decodedGot)).toEqual(withoutRecords(decodedSent));
        });
      }

      test(`spans, ${how}`, async () => {
        const exporter = new encoding.spans(options("/v1/traces"));
        const emit = (): Promise<void> => emitSpans(exporter, "spans");
        const { decodedSent, decodedGot } = await exchange("trace", encoding, emit);
        expect(recordsOf(decodedSent).length).toBe(11);
        const failed = ["0", "7", "8", "f"].map((half) => `failed ${half}`);
        const sampled = ["client 8", "client f"];
        expect(names(decodedGot).toSorted()).toEqual([...sampled, ...failed, "kept"]);
        const want = recordsOf(decodedSent).filter(({ name }) => names(decodedGot).includes(name));
        // Half of all traces stay: the threshold of OpenTelemetry's probability sampling is 8.
        for (const span of want) if (sampled.includes(span.name)) span.traceState = "ot=th:8";
        expect(recordsOf(decodedGot)).toEqual(want);
        expect(withoutRecords(decodedGot)).toEqual(withoutRecords(decodedSent));
      });

      test(`logs whose resource and scope are edited, ${how}`, async () => {
        const exporter = new encoding.logs(options("/v1/logs"));
        const emit = (): Promise<void> => emitLogs(exporter, "logs");
        const { sent, got, decodedSent, decodedGot } = await exchange("log", encoding, emit);
        expect(encoding.bytesOfRecords("log", got.body)).toEqual(
          encoding.bytesOfRecords("log", sent.body),
        );
        const [resource] = decodedSent.resources;
        resource!.own = resource!.own.filter(([key]) => key !== "secret");
        resource!.own.push(["team", "shop"]);
        resource!.scopes[0]!.own.push(["seen", "yes"]);
        expect(decodedGot).toEqual(decodedSent);
      });

      test(`what no policy matches arrives as the very bytes that were sent, ${how}`, async () => {
        await emitMetrics(new encoding.metrics(options("/v1/metrics")), UNCHANGED);
        await emitSpans(new encoding.spans(options("/v1/traces")), UNCHANGED);
        await emitLogs(new encoding.logs(options("/v1/logs")), UNCHANGED);
        const [sent, got] = [relay.received.slice(-3), upstream.received.slice(-3)];
        expect(got.map(({ path }) => path)).toEqual(["/v1/metrics", "/v1/traces", "/v1/logs"]);
        expect(got.map(({ raw }) => raw)).toEqual(sent.map(({ raw }) => raw));
      });
    }
  }

  function names(decoded: Decoded): string[] {
    return recordsOf(decoded).map(({ name }) => name);
  }
  function withoutRecords({ resources }: Decoded): unknown {
    return resources.map(({ scopes, ...resource }) => ({
      ...resource,
      scopes: scopes.map(({ name, own, rest }) => ({ name, own, rest })),
    }));
  }
});
