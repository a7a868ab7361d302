// Edge beside the OpenTelemetry Collector and nginx, by turns in the same run, the CPU time of each
// a request: OTLP logs over HTTP and gRPC, filtered and edited by the same rules. What they forward
// is counted and must be the same. A peer that is not installed has no rows, and that is said.

import { fromBinary } from "@bufbuild/protobuf";
import { ExportLogsServiceRequestSchema } from "../../src/proto/gen/opentelemetry/proto/collector/logs/v1/logs_service_pb.ts";
import { grpcLoad, missingH2load } from "./grpc.ts";
import { otlpBody, policyFile } from "../payloads/index.ts";
import { freePort, type Load, LoadBench, type Proxy } from "./load.ts";
import { COLLECTOR, type OtlpProxy, startCollector, type Work } from "./peers/collector.ts";
import type { Report, Table } from "./report/report.ts";

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
const SIZES = [
  ["1 KB", 1000],
  ["1 MB", 1_000_000],
] as const;
const TYPES = { json: "application/json", protobuf: "application/x-protobuf" };
const WAYS: readonly { encoding: Encoding; isGrpc: boolean }[] = [
  { encoding: "json", isGrpc: false },
  { encoding: "protobuf", isGrpc: false },
  { encoding: "protobuf", isGrpc: true },
];
const COLUMNS = {
  edge: "ms",
  Collector: "ms",
  "Collector ÷ edge": "×",
  "edge, a core": "MB/s",
} as const;
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
  readonly report: Report;
  readonly sink: Proxy;
}

export async function run(report: Report): Promise<void> {
  const missing = LoadBench.missing() ?? missingH2load();
  if (missing !== undefined) throw new Error(missing);
  const bench = new LoadBench();
  try {
    const executable = await bench.executable(report, "edge-otlp");
    const setting = { bench, executable, report, sink: await bench.script("sink.ts") };
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
  const { bench, report } = setting;
  const grpcSink = await bench.script("grpc-sink.ts");
  const table = report.table("1 MB of OTLP logs, beside a Collector", COLUMNS);
  for (const way of WAYS) {
    for (const work of WORKS) {
      const url = way.isGrpc ? grpcSink.url : setting.sink.url;
      await besideOne(setting, table, { ...way, work, upstream: url, collectorPath });
    }
  }
}

interface Comparison {
  readonly encoding: Encoding;
  readonly isGrpc: boolean;
  readonly work: (typeof WORKS)[number];
  readonly upstream: string;
  readonly collectorPath: string;
}

async function besideOne(
  setting: Setting,
  table: Table<keyof typeof COLUMNS>,
  { encoding, isGrpc, work, upstream, collectorPath }: Comparison,
): Promise<void> {
  const { bench, report } = setting;
  const { body } = otlpBody("log", { bytes: 1_000_000, encoding });
  const ownUpstream = upstream.replace(/^http/, isGrpc ? "grpc" : "http");
  const edge = await startEdge(setting, work, ownUpstream);
  const way = { encoding, isGrpc, url: upstream };
  const peer = await startCollector(bench, collectorPath, work.work, way);
  const sides: Side[] = [edge, peer].map(({ url, grpcUrl, pid }, at) => ({
    who: at === 0 ? "edge" : "Collector",
    load: (seconds) =>
      isGrpc
        ? grpcLoad(bench, { url: grpcUrl, pid }, body, seconds)
        : bench.load({ url, pid }, { path: PATH, body, contentType: TYPES[encoding], seconds }),
    records: () => forwarded(url, body, encoding, upstream),
  }));
  if (!isGrpc) await compareForwarded(sides, work.title);
  const [edgeMs = 0, peerMs = 0] = await medians(report, sides);
  table.row(`${encoding}${isGrpc ? " over gRPC" : ""}, ${work.title}`, {
    edge: edgeMs,
    Collector: peerMs,
    "Collector ÷ edge": peerMs / edgeMs,
    "edge, a core": body.length / edgeMs / 1000,
  });
  for (const { pid } of [edge, peer]) process.kill(pid, "SIGTERM");
}

async function startEdge(
  { bench, executable }: Setting,
  { work, policies }: (typeof WORKS)[number],
  upstream: string,
): Promise<OtlpProxy> {
  const text = policies === undefined ? policyFile(10) : JSON.stringify({ policies });
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
async function medians(report: Report, sides: readonly Pick<Side, "load">[]): Promise<number[]> {
  const rounds = report.amount(ROUNDS, 1, "rounds");
  const cpuMs = sides.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [at, side] of sides.entries()) {
      cpuMs[at]?.push((await side.load(report.amount(SECONDS, 1))).cpuMsPerRequest);
    }
  }
  return cpuMs.map((all) => all.toSorted((a, b) => a - b)[rounds >> 1] ?? 0);
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
async function besideNginx({ bench, executable, report, sink }: Setting): Promise<void> {
  const nginx = await bench.nginx(sink.url, 1);
  if (nginx === undefined) {
    console.log("\nNo nginx: it is not installed (Debian package nginx).");
    return;
  }
  const edge = await bench.edge(executable, { upstream_url: sink.url, worker_count: 1 });
  const table = report.table("passthrough, by turns with nginx, one worker each", {
    edge: "µs",
    nginx: "µs",
    "edge ÷ nginx": "×",
  });
  for (const [size, bytes] of SIZES) {
    const { body } = otlpBody("log", { bytes, encoding: "json" });
    const sides = [edge, nginx].map((proxy) => ({
      load: (seconds: number) =>
        bench.load(proxy, { path: PATH, body, contentType: TYPES.json, seconds }),
    }));
    const [edgeMs = 0, nginxMs = 0] = await medians(report, sides);
    table.row(size, {
      edge: edgeMs * 1000,
      nginx: nginxMs * 1000,
      "edge ÷ nginx": edgeMs / nginxMs,
    });
  }
}
