// The OpenTelemetry SDK's own log exporters through the compiled executable: dropped records are
// gone, kept ones leave as the very bytes that the exporter sent, redacted ones differ only where
// they must.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { SeverityNumber } from "@opentelemetry/api";
import { OTLPLogExporter as HttpLogExporter } from "@opentelemetry/exporter-logs-otlp-http";
import { OTLPLogExporter as ProtoLogExporter } from "@opentelemetry/exporter-logs-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import {
  BatchLogRecordProcessor,
  LoggerProvider,
  type LogRecordExporter,
} from "@opentelemetry/sdk-logs";
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
  ],
});

interface Encoding {
  readonly name: string;
  readonly exporter: (options: object) => LogRecordExporter;
  readonly records: (body: Uint8Array) => string[];
  readonly contentType: string;
  readonly redacted: (record: string) => string;
}
const FROM = "login of ann.lee@example.com failed";
const TO = "login of <e-mail> failed";
const ENCODINGS: readonly Encoding[] = [
  {
    name: "JSON",
    exporter: (options) => new HttpLogExporter(options),
    records: recordsInJson,
    contentType: "application/json",
    redacted: (record) => record.replace(FROM, TO),
  },
  {
    name: "protobuf",
    exporter: (options) => new ProtoLogExporter(options),
    records: recordsInProtobuf,
    contentType: "application/x-protobuf",
    // The text, its length and that of the value around it: field 1 of AnyValue in field 5.
    redacted: (record) => record.replace(bodyField(FROM), bodyField(TO)),
  },
];

function bodyField(text: string): string {
  return `\x2a${String.fromCharCode(text.length + 2)}\x0a${String.fromCharCode(text.length)}${text}`;
}

async function emit(exporter: LogRecordExporter): Promise<void> {
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

describe.skipIf(!hasEntryPoint("edge"))(`the SDK's log exporters, executable ${WHERE}`, () => {
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

  for (const { name, exporter, records, contentType, redacted } of ENCODINGS) {
    for (const compression of ["none", "gzip"]) {
      test(`${name}, compression ${compression}`, async () => {
        await emit(exporter({ url: `${relay.url}/v1/logs`, compression }));
        const sent = relay.received.at(-1)!;
        const got = upstream.received.at(-1)!;
        expect(upstream.received.length).toBe(relay.received.length);

        const encoding = compression === "gzip" ? "gzip" : undefined;
        expect([got.path, got.headers["content-type"], got.headers["content-encoding"]]).toEqual([
          "/v1/logs",
          contentType,
          encoding,
        ]);
        const [debug, info, error, map, trace, near] = records(sent.body);
        expect(debug).toContain("cache miss");
        expect(trace).toContain("tick");
        expect(redacted(error!)).not.toBe(error!);
        expect(records(got.body)).toEqual([info!, redacted(error!), map!, near!]);
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
