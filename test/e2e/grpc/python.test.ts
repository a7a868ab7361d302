// The Python SDK's exporters over gRPC through the compiled executable, in the clear and over TLS,
// compressed and not. Where they are installed: `python3 -m venv ~/.cache/edge-interop` and
// `~/.cache/edge-interop/bin/pip install opentelemetry-sdk opentelemetry-exporter-otlp-proto-grpc`.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { gunzipSync } from "node:zlib";
import type { Signal } from "../../../src/policy/index.ts";
import { executable, hasEntryPoint } from "../../support/e2e-executable.ts";
import { type Program, startProgram, WHERE } from "../../support/e2e-program.ts";
import { recordsInProtobuf } from "../../support/e2e-records.ts";
import { POLICIES } from "../../support/e2e-telemetry.ts";
import { GrpcBackend } from "../../support/grpc/backend.ts";
import { type Certificates, issueCertificates } from "../../support/proxy-certificates.ts";

const BUILD_TIMEOUT_MS = 120_000;
const RUN_TIMEOUT_MS = 60_000;
const SCRIPT = resolve(import.meta.dir, "../../support/grpc/python_sdk.py");
const PYTHON = findPython();
const why = PYTHON === undefined ? "; skipped: its packages are not installed" : "";

function findPython(): string | undefined {
  const places = [join(homedir(), ".cache/edge-interop/bin/python"), Bun.which("python3") ?? ""];
  const asks = ["-c", "import grpc, opentelemetry.exporter.otlp.proto.grpc.trace_exporter"];
  return places.find((python) => {
    if (python === "" || Bun.which(python) === null) return false;
    return Bun.spawnSync([python, ...asks], { stderr: "ignore" }).success;
  });
}

describe.skipIf(PYTHON === undefined || !hasEntryPoint("edge-otlp"))(
  `the Python SDK, executable ${WHERE}${why}`,
  () => {
    let folder: string;
    let certificates: Certificates;
    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), "edge-python-e2e-"));
      certificates = issueCertificates(folder, "localhost");
      await executable("edge-otlp");
    }, BUILD_TIMEOUT_MS);
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    describe.each([["in the clear"], ["over TLS"]])("%s", (way) => {
      const isTls = way === "over TLS";
      let backend: GrpcBackend;
      let program: Program;
      let port: string;

      beforeAll(async () => {
        backend = await GrpcBackend.start();
        const config = {
          listen_port: 0,
          grpc: { listen_port: 0 },
          log_format: "json",
          upstream_url: `grpc://127.0.0.1:${backend.port}`,
          policy_providers: [{ type: "file", id: "local", path: "policies.json" }],
          ...(isTls ? { tls: { cert_file: "cert.pem", key_file: "key.pem" } } : {}),
        };
        const files = {
          "config.json": JSON.stringify(config),
          "policies.json": POLICIES,
          "cert.pem": certificates.server.cert,
          "key.pem": certificates.server.key,
        };
        program = await startProgram("edge-otlp", { files, args: ["config.json"] });
        const ready = /"event":"server\.ready".*"url":"grpcs?:[^"]+:(\d+)\/?"/;
        port = await program.line((line) => ready.exec(line)?.[1]);
        await program.line((line) => (line.includes('"policies.complete"') ? line : undefined));
      });
      afterAll(async () => {
        await program[Symbol.asyncDispose]();
        await backend.stop();
      });

      /** What the backend has of a signal: its records, as text. */
      function left(signal: Signal, service: string): string[] {
        const call = backend.calls.find(({ path }) => path.includes(service))!;
        const message = call.body.subarray(5);
        expect(call.fields["x-tenant"]).toBe("py");
        const bytes = call.body[0] === 1 ? gunzipSync(message) : message;
        return recordsInProtobuf(signal, bytes);
      }

      test.each(["none", "gzip"])(
        "all signals, compression %s",
        async (compression) => {
          backend.calls.length = 0;
          const endpoint = `${isTls ? "https" : "http"}://localhost:${port}`;
          const ca = isTls ? [certificates.caFile] : [];
          const child = Bun.spawn([PYTHON ?? "", SCRIPT, endpoint, compression, ...ca], {
            stdio: ["ignore", "pipe", "pipe"],
          });
          const [out, err] = await Promise.all([child.stdout.text(), child.stderr.text()]);
          expect([await child.exited, out, err]).toEqual([0, "exported\n", ""]);
          // Metrics leave once more at the end.
          const codings = new Set(backend.calls.map(({ body }) => body[0] === 1));
          expect([...codings]).toEqual([compression === "gzip"]);
          const logs = left("log", "LogsService");
          expect([logs.length, logs[0]]).toEqual([
            1,
            expect.stringContaining("login of <e-mail> failed"),
          ]);
          const metrics = left("metric", "MetricsService");
          expect([metrics.length, metrics[0]]).toEqual([
            1,
            expect.stringContaining("http.duration"),
          ]);
          const spans = left("trace", "TraceService");
          expect([spans.length, spans[0]]).toEqual([1, expect.stringContaining("GET /orders")]);
        },
        RUN_TIMEOUT_MS,
      );
    });
  },
);
