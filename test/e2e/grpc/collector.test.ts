// The OpenTelemetry Collector on both sides of Edge: it sends over gRPC, compressed as it does by
// default, and receives over gRPC what Edge leaves of it. Where it is installed
// (scripts/bench/peers/collector-manifest.yaml says how).

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, ready } from "../../../scripts/bench/load.ts";
import { COLLECTOR } from "../../../scripts/bench/peers/collector.ts";
import type { Signal } from "../../../src/policy/index.ts";
import { executable, hasEntryPoint } from "../../support/e2e-executable.ts";
import { type Program, startProgram, WHERE } from "../../support/e2e-program.ts";
import { recordsInJson } from "../../support/e2e-records.ts";
import { FROM, POLICIES, TO } from "../../support/e2e-telemetry.ts";
import { type Recorder, startUpstream } from "../../support/e2e-upstream.ts";

const BUILD_TIMEOUT_MS = 120_000;
const why = COLLECTOR === null ? "; skipped: otelcol-peer is not installed" : "";
const IDS = { traceId: "5b8efff798038103d269b633813fc60c", spanId: "eee19b7ec3c1b174" };
const gauge = { dataPoints: [{ asInt: "7", timeUnixNano: "1768471200000000000" }] };

/** Sent as the one, left as the other. */
const CASES: readonly { signal: Signal; path: string; sent: unknown; left: string[] }[] = [
  {
    signal: "log",
    path: "/v1/logs",
    sent: list("Logs", "logRecords", [
      { severityText: "DEBUG", body: { stringValue: "cache miss" } },
      { severityText: "INFO", body: { stringValue: FROM } },
      { severityText: "WARN", body: { stringValue: "disk at 90 %" } },
    ]),
    left: [TO, "disk at 90 %"],
  },
  {
    signal: "metric",
    path: "/v1/metrics",
    sent: list("Metrics", "metrics", [
      { name: "debug.queue", gauge },
      { name: "requests", gauge },
    ]),
    left: ["requests"],
  },
  {
    signal: "trace",
    path: "/v1/traces",
    sent: list("Spans", "spans", [
      { ...IDS, name: "GET /healthz" },
      { ...IDS, name: "GET /cart" },
    ]),
    left: ["GET /cart"],
  },
];

function list(kind: string, records: string, all: readonly unknown[]): unknown {
  return {
    [`resource${kind}`]: [{ resource: {}, [`scope${kind}`]: [{ scope: {}, [records]: all }] }],
  };
}

const skip = COLLECTOR === null || !hasEntryPoint("edge-otlp");
describe.skipIf(skip)(`a Collector on both sides, executable ${WHERE}${why}`, () => {
  const folder = mkdtempSync(join(tmpdir(), "edge-collector-e2e-"));
  const collectors: Bun.Subprocess[] = [];
  let recorder: Recorder;
  let program: Program;
  let senderUrl = "";

  beforeAll(async () => {
    await executable("edge-otlp");
    recorder = startUpstream();
    const receiver = await startCollector({
      otlphttp: { endpoint: recorder.url, encoding: "json", compression: "none" },
    });
    const config = JSON.stringify({
      listen_port: 0,
      grpc: { listen_port: 0 },
      log_format: "json",
      upstream_url: `grpc://127.0.0.1:${receiver.grpcPort}`,
      policy_providers: [{ type: "file", id: "local", path: "policies.json" }],
    });
    const files = { "config.json": config, "policies.json": POLICIES };
    program = await startProgram("edge-otlp", { files, args: ["config.json"] });
    const endpoint = await program.line(
      (line) => /"server\.ready".*"url":"grpc:\/\/([^/"]+)/.exec(line)?.[1],
    );
    await program.line((line) => (line.includes('"policies.complete"') ? line : undefined));
    const sender = await startCollector({ otlp: { endpoint, tls: { insecure: true } } });
    senderUrl = sender.url;
  }, BUILD_TIMEOUT_MS);
  afterAll(async () => {
    for (const child of collectors) child.kill();
    await Promise.all(collectors.map((child) => child.exited));
    await program[Symbol.asyncDispose]();
    await recorder[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Without queues: the answer tells what became of a request. */
  async function startCollector(exporters: Record<string, object>) {
    const [httpPort, grpcPort] = [freePort(), freePort()];
    const direct = { sending_queue: { enabled: false }, retry_on_failure: { enabled: false } };
    const protocols = {
      http: { endpoint: `127.0.0.1:${httpPort}` },
      grpc: { endpoint: `127.0.0.1:${grpcPort}` },
    };
    const pipeline = { receivers: ["otlp"], exporters: Object.keys(exporters) };
    const entries = Object.entries(exporters).map(([name, one]) => [name, { ...one, ...direct }]);
    const config = {
      receivers: { otlp: { protocols } },
      exporters: Object.fromEntries(entries),
      service: {
        telemetry: { logs: { level: "error" }, metrics: { level: "none" } },
        pipelines: { logs: pipeline, metrics: pipeline, traces: pipeline },
      },
    };
    const file = join(folder, `${httpPort}.yaml`);
    writeFileSync(file, JSON.stringify(config));
    collectors.push(
      Bun.spawn([COLLECTOR ?? "", "--config", file], { stdio: ["ignore", "ignore", "inherit"] }),
    );
    const url = `http://127.0.0.1:${httpPort}`;
    await ready(`${url}/v1/logs`, 25, 405);
    return { url, grpcPort };
  }

  for (const { signal, path, sent, left } of CASES) {
    test(`of ${signal}s the Collector receives exactly what policies leave`, async () => {
      const headers = { "content-type": "application/json" };
      const body = JSON.stringify(sent);
      const response = await fetch(senderUrl + path, { method: "POST", headers, body });
      expect([response.status, await response.json()]).toEqual([200, { partialSuccess: {} }]);
      const last = recorder.received.at(-1)!;
      expect(last.path).toBe(path);
      const records = recordsInJson(signal, last.body).map((text) => JSON.parse(text) as Named);
      expect(records.map(({ name, body: text }) => text?.stringValue ?? name)).toEqual(left);
    });
  }
});

interface Named {
  readonly name?: string;
  readonly body?: { readonly stringValue: string };
}
