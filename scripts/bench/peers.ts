// Edge beside the OpenTelemetry Collector and nginx, by turns in the same run, the CPU time of each
// a request: OTLP logs over HTTP and gRPC, filtered and edited by the same rules. What they forward
// is counted and must be the same. A peer that is not installed has no rows, and that is said.

import { fromBinary } from "@bufbuild/protobuf";
import { buildExecutable } from "../build.ts";
import { ExportLogsServiceRequestSchema } from "../../src/proto/gen/opentelemetry/proto/collector/logs/v1/logs_service_pb.ts";
import { grpcLoad, missingH2load } from "./grpc.ts";
import { freePort, type Load, LoadBench, type Proxy } from "./load.ts";
import { printTable, Table } from "./measure.ts";
import { loadGenerator } from "./payloads.ts";
import { COLLECTOR, type OtlpProxy, startCollector, type Work } from "./peers/collector.ts";

type Encoding = "json" | "protobuf";
interface Side {
  readonly who: string;
  readonly load: (seconds: number) => Promise<Load>;
  /** What reaches the upstream of one body. */
  readonly records: () => Promise<number>;
}

const ROUNDS = 5;
const SECONDS = 2;
const PATH = "/v1/logs";
const TYPES = { json: "application/json", protobuf: "application/x-protobuf" };
const WAYS: readonly { encoding: Encoding; isGrpc: boolean }[] = [
  { encoding: "json", isGrpc: false },
  { encoding: "protobuf", isGrpc: false },
  { encoding: "protobuf", isGrpc: true },
];
const COLUMNS = ["1 MB OTLP logs", "edge", "Collector", "Collector ÷ edge", "edge, MB/s a core"];
const WORKS: readonly { title: string; work: Work; policies?: readonly unknown[] }[] = [
  { title: "10 rules, 30 % dropped", work: "filter" },
  {
    title: "attribute redacted, 100 %",
    work: "attribute",
    policies: [redacting({ log_attribute: "user_id", replacement: "[REDACTED]" })],
  },
  {
    title: "body redacted by a regex, 100 %",
    work: "body",
    policies: [redacting({ log_field: "body", regex: "[0-9]{2,}", replacement: "<N>" })],
  },
];

function redacting(redact: Record<string, string>): unknown {
  const log = {
    match: [{ log_field: "body", exists: true }],
    keep: "all",
    transform: { redact: [redact] },
  };
  return { id: "redact", name: "redact", log };
}

/** What all rows share. */
interface Setting {
  readonly bench: LoadBench;
  readonly executable: string;
  readonly generate: Awaited<ReturnType<typeof loadGenerator>>;
  readonly sink: Proxy;
}

export async function run(args: readonly string[]): Promise<void> {
  const missing = LoadBench.missing() ?? missingH2load();
  if (missing !== undefined) throw new Error(missing);
  const generate = await loadGenerator(args);
  const bench = new LoadBench();
  try {
    const { path: executable } = await buildExecutable({ name: "edge-otlp", outdir: bench.folder });
    const setting = { bench, executable, generate, sink: await bench.script("sink.ts") };
    if (COLLECTOR === null) {
      console.log("No Collector: otelcol-peer is not installed; collector-manifest.yaml says how.");
    } else {
      await besideCollector(setting, COLLECTOR);
    }
    await besideNginx(setting);
  } finally {
    await bench.close();
  }
}

async function besideCollector(setting: Setting, collectorPath: string): Promise<void> {
  const { bench, generate, sink } = setting;
  const grpcSink = await bench.script("grpc-sink.ts");
  const table = new Table(COLUMNS, [["protobuf over gRPC, body redacted by a regex, 100 %"]]);
  for (const way of WAYS) {
    const { encoding, isGrpc } = way;
    const options = { size: "1MB", "match-rate": "0.3", encoding };
    const { body } = generate("otlp-logs", options);
    for (const work of WORKS) {
      const upstream = isGrpc ? grpcSink.url : sink.url;
      const edge = await startEdge(
        setting,
        work,
        upstream.replace(/^http/, isGrpc ? "grpc" : "http"),
      );
      const peer = await startCollector(bench, collectorPath, work.work, { ...way, url: upstream });
      const sides: Side[] = [edge, peer].map(({ url, grpcUrl, pid }, at) => ({
        who: at === 0 ? "edge" : "Collector",
        load: (seconds) =>
          isGrpc
            ? grpcLoad(bench, { url: grpcUrl, pid }, body, seconds)
            : bench.load({ url, pid }, { path: PATH, body, contentType: TYPES[encoding], seconds }),
        records: () => forwarded(url, body, encoding, upstream),
      }));
      if (!isGrpc) await compareForwarded(sides, work.title);
      const [edgeMs = 0, peerMs = 0] = await medians(sides);
      table.print([
        `${encoding}${isGrpc ? " over gRPC" : ""}, ${work.title}`,
        `${edgeMs.toFixed(2)} ms`,
        `${peerMs.toFixed(2)} ms`,
        `${(peerMs / edgeMs).toFixed(1)} ×`,
        (body.length / edgeMs / 1000).toFixed(0),
      ]);
      for (const { pid } of [edge, peer]) process.kill(pid, "SIGTERM");
    }
  }
}

async function startEdge(
  { bench, executable, generate }: Setting,
  { work, policies }: (typeof WORKS)[number],
  upstream: string,
): Promise<OtlpProxy> {
  const text =
    policies === undefined
      ? generate("policies", { count: "10", signal: "log" }).body
      : JSON.stringify({ policies });
  const path = bench.file(`policies-${work}.json`, text);
  const grpcPort = freePort();
  const edge = await bench.edge(executable, {
    upstream_url: upstream,
    worker_count: 1,
    grpc: { listen_port: grpcPort },
    policy_providers: [{ id: "file", type: "file", path }],
  });
  return { ...edge, grpcUrl: `http://127.0.0.1:${grpcPort}` };
}

/** CPU milliseconds a request of each, measured by turns. */
async function medians(sides: readonly Pick<Side, "load">[]): Promise<number[]> {
  const cpuMs = sides.map((): number[] => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [at, side] of sides.entries()) {
      cpuMs[at]?.push((await side.load(SECONDS)).cpuMsPerRequest);
    }
  }
  return cpuMs.map((all) => all.toSorted((a, b) => a - b)[ROUNDS >> 1] ?? 0);
}

/** Fails unless all sides forward as many records of one body. */
async function compareForwarded(sides: readonly Side[], title: string): Promise<void> {
  const counts: string[] = [];
  for (const { who, records } of sides) counts.push(`${who} ${await records()}`);
  if (new Set(counts.map((text) => text.split(" ").at(-1))).size > 1) {
    throw new Error(`${title}: not the same work; records forwarded: ${counts.join(", ")}`);
  }
}

async function forwarded(
  url: string,
  body: Uint8Array,
  encoding: Encoding,
  upstream: string,
): Promise<number> {
  const headers = { "content-type": TYPES[encoding] };
  const { status } = await fetch(url + PATH, { method: "POST", headers, body });
  if (status !== 200) throw new Error(`${url} answers ${status}`);
  const bytes = await (await fetch(`${upstream}/last-body`)).bytes();
  if (encoding === "protobuf") {
    const { resourceLogs } = fromBinary(ExportLogsServiceRequestSchema, bytes);
    return count(resourceLogs);
  }
  const { resourceLogs } = JSON.parse(new TextDecoder().decode(bytes)) as Logs;
  return count(resourceLogs);
}

interface Logs {
  readonly resourceLogs: readonly {
    readonly scopeLogs: readonly { readonly logRecords: readonly unknown[] }[];
  }[];
}

function count(resources: Logs["resourceLogs"]): number {
  const scopes = resources.flatMap(({ scopeLogs }) => scopeLogs);
  return scopes.reduce((sum, { logRecords }) => sum + logRecords.length, 0);
}

/** P1: without a policy for the signal. */
async function besideNginx({ bench, executable, generate, sink }: Setting): Promise<void> {
  const nginx = await bench.nginx(sink.url, 1);
  if (nginx === undefined) {
    console.log("\nNo nginx: it is not installed (Debian package nginx).");
    return;
  }
  const edge = await bench.edge(executable, { upstream_url: sink.url, worker_count: 1 });
  const rows: string[][] = [];
  for (const size of ["1KB", "1MB"]) {
    const { body } = generate("otlp-logs", { size, encoding: "json" });
    const sides = [edge, nginx].map((proxy) => ({
      load: (seconds: number) =>
        bench.load(proxy, { path: PATH, body, contentType: TYPES.json, seconds }),
    }));
    const [edgeMs = 0, nginxMs = 0] = await medians(sides);
    const us = (ms: number): string => `${(ms * 1000).toFixed(1)} µs`;
    rows.push([size, us(edgeMs), us(nginxMs), `${(edgeMs / nginxMs).toFixed(2)} ×`]);
  }
  console.log("");
  printTable(["passthrough, one worker each", "edge", "nginx", "edge ÷ nginx"], rows);
}
