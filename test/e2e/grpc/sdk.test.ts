// OTLP over gRPC through the compiled executable, with the SDK's exporters on grpc-js as clients:
// over gRPC and over HTTP behind it, in the clear and over TLS, compressed and not.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { credentials, Metadata } from "@grpc/grpc-js";
import { OTLPLogExporter } from "@opentelemetry/exporter-logs-otlp-grpc";
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-grpc";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-grpc";
import { CompressionAlgorithm } from "@opentelemetry/otlp-exporter-base";
import { framed } from "../../../src/core/grpc/index.ts";
import type { Signal } from "../../../src/policy/index.ts";
import { executable, hasEntryPoint } from "../../support/e2e-executable.ts";
import { type Program, startProgram, WHERE } from "../../support/e2e-program.ts";
import { recordsInProtobuf } from "../../support/e2e-records.ts";
import { emitLogs, emitMetrics, emitSpans, POLICIES } from "../../support/e2e-telemetry.ts";
import { type Recorder, startUpstream } from "../../support/e2e-upstream.ts";
import { GrpcBackend } from "../../support/grpc/backend.ts";
import { callOn, connect } from "../../support/grpc/client.ts";
import { type Certificates, issueCertificates } from "../../support/proxy-certificates.ts";

const BUILD_TIMEOUT_MS = 120_000;

/** What the backend has of the last request; sent records are told by what must be missing. */
interface Way {
  readonly name: string;
  readonly isTls: boolean;
  readonly workers: number;
  readonly upstream: "grpc" | "http";
}
const WAYS: readonly Way[] = [
  { name: "gRPC to gRPC", isTls: false, workers: 1, upstream: "grpc" },
  { name: "gRPC over TLS to gRPC, two workers", isTls: true, workers: 2, upstream: "grpc" },
  { name: "gRPC to HTTP, two workers", isTls: false, workers: 2, upstream: "http" },
];

describe.skipIf(!hasEntryPoint("edge-otlp"))(`gRPC, executable ${WHERE}`, () => {
  let folder: string;
  let certificates: Certificates;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "edge-grpc-e2e-"));
    certificates = issueCertificates(folder, "localhost");
    await executable("edge-otlp");
  }, BUILD_TIMEOUT_MS);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  for (const { name, isTls, workers, upstream } of WAYS) {
    describe(name, () => {
      let backend: GrpcBackend;
      let recorder: Recorder;
      let program: Program;
      let grpcUrl: URL;

      beforeAll(async () => {
        backend = await GrpcBackend.start();
        recorder = startUpstream();
        const config = JSON.stringify({
          listen_port: 0,
          grpc: { listen_port: 0 },
          worker_count: workers,
          log_format: "json",
          upstream_url: upstream === "http" ? recorder.url : `grpc://127.0.0.1:${backend.port}`,
          policy_providers: [{ type: "file", id: "local", path: "policies.json" }],
          ...(isTls ? { tls: { cert_file: "cert.pem", key_file: "key.pem" } } : {}),
        });
        const files = {
          "config.json": config,
          "policies.json": POLICIES,
          "cert.pem": certificates.server.cert,
          "key.pem": certificates.server.key,
        };
        program = await startProgram("edge-otlp", { files, args: ["config.json"] });
        const text = await program.line(
          (line) => /"event":"server\.ready".*"url":"(grpcs?:[^"]+)"/.exec(line)?.[1],
        );
        grpcUrl = new URL(text.replace(/^grpc/, "http"));
        await program.line((line) => (line.includes('"policies.complete"') ? line : undefined));
      });
      afterAll(async () => {
        await program[Symbol.asyncDispose]();
        await backend.stop();
        await recorder[Symbol.asyncDispose]();
      });

      const options = (compression: CompressionAlgorithm) => ({
        // The client's library takes no address for a name over TLS.
        url: isTls ? `https://localhost:${grpcUrl.port}` : grpcUrl.href,
        compression,
        metadata: metadataOf({ "x-tenant": "a" }),
        credentials: isTls
          ? credentials.createSsl(readFileSync(certificates.caFile))
          : credentials.createInsecure(),
      });

      /** The last message that left, without its coding. */
      function last(): { readonly bytes: Uint8Array; readonly isGzip: boolean; tenant: unknown } {
        if (upstream === "http") {
          const { body, headers } = recorder.received.at(-1)!;
          const isGzip = headers["content-encoding"] === "gzip";
          return { bytes: body, isGzip, tenant: headers["x-tenant"] };
        }
        const { body, fields } = backend.calls.at(-1)!;
        const isGzip = body[0] === 1;
        const message = body.subarray(5);
        return {
          bytes: isGzip ? gunzipSync(message) : message,
          isGzip,
          tenant: fields["x-tenant"],
        };
      }
      const left = (signal: Signal): string[] => recordsInProtobuf(signal, last().bytes);

      for (const compression of [CompressionAlgorithm.NONE, CompressionAlgorithm.GZIP]) {
        test(`logs, compression ${compression}: dropped ones are gone, addresses are hidden`, async () => {
          await emitLogs(new OTLPLogExporter(options(compression)));
          const records = left("log");
          expect(records).toHaveLength(4);
          const text = records.join("\n");
          expect(text).not.toMatch(/cache miss|tick|ann\.lee/);
          expect(text).toContain("login of <e-mail> failed");
          expect([last().isGzip, last().tenant]).toEqual([
            compression === CompressionAlgorithm.GZIP,
            "a",
          ]);
        });

        test(`metrics and spans, compression ${compression}`, async () => {
          await emitMetrics(new OTLPMetricExporter(options(compression)));
          const metrics = left("metric");
          expect(metrics).toHaveLength(2);
          expect(metrics.join("\n")).not.toContain("debug.cache");
          await emitSpans(new OTLPTraceExporter(options(compression)));
          const spans = left("trace");
          expect(spans).toHaveLength(2);
          expect(spans.join("\n")).not.toMatch(/healthz/);
        });
      }

      test("untouched messages leave as the very bytes that came in", async () => {
        const session = await connect(
          Number(grpcUrl.port),
          isTls ? { ca: certificates.ca } : undefined,
        );
        // A resource, and a field that nobody knows.
        const message = Uint8Array.of(10, 4, 10, 2, 10, 0, 0xc2, 0x3e, 1, 7);
        const { status } = await callOn(session, { body: framed(message) });
        session.close();
        expect(status).toBe(0);
        expect([...last().bytes]).toEqual([...message]);
      });
    });
  }
});

function metadataOf(fields: Readonly<Record<string, string>>): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(fields)) metadata.set(name, value);
  return metadata;
}
