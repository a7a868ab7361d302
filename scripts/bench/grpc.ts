// OTLP over gRPC beside OTLP over HTTP through the compiled proxy, in turns in the same run: its
// CPU time a request. Messages are the same; so is the upstream, but in the last rows.

import { framed } from "../../src/core/grpc/index.ts";
import { otlpBody, policyFile } from "../payloads/index.ts";
import { freePort, type Load, LoadBench, type Proxy } from "./load.ts";
import type { Report } from "./report/report.ts";

const ROUNDS = 5;
const SECONDS = 2;
const CONNECTIONS = 8;
const SIZES = [
  ["2 KB", 2000],
  ["64 KB", 64_000],
  ["1 MB", 1_000_000],
] as const;
const LOGS = "/opentelemetry.proto.collector.logs.v1.LogsService/Export";

interface Way {
  readonly title: string;
  readonly isGrpc: boolean;
  readonly proxy: Proxy;
  readonly cpuMs: number[];
}

export async function run(report: Report): Promise<void> {
  const missing = LoadBench.missing() ?? missingH2load();
  if (missing !== undefined) throw new Error(missing);
  const bench = new LoadBench();
  try {
    const executable = await bench.executable(report, "edge-otlp");
    const [sink, grpcSink] = [await bench.script("sink.ts"), await bench.script("grpc-sink.ts")];
    const path = bench.file("policies.json", policyFile(10));
    const rounds = report.amount(ROUNDS, 1, "rounds");
    const seconds = report.amount(SECONDS, 1);
    const table = report.table("OTLP over gRPC", { "CPU a request": "µs", "÷ HTTP": "×" });
    for (const [size, bytes] of SIZES) {
      const { body } = otlpBody("log", { bytes, encoding: "protobuf" });
      const ways: Way[] = [];
      for (const [title, isGrpc, url] of [
        ["HTTP", false, sink.url],
        ["gRPC", true, sink.url],
        ["gRPC, and on over gRPC", true, grpcSink.url.replace("http", "grpc")],
      ] as const) {
        const grpcPort = freePort();
        const edge = await bench.edge(executable, {
          upstream_url: url,
          worker_count: 1,
          grpc: { listen_port: grpcPort },
          policy_providers: [{ id: "file", type: "file", path }],
        });
        const proxy = isGrpc ? { ...edge, url: `http://127.0.0.1:${grpcPort}` } : edge;
        ways.push({ title, isGrpc, proxy, cpuMs: [] });
      }
      for (let round = 0; round < rounds; round++) {
        for (const way of ways)
          way.cpuMs.push((await measure(bench, way, body, seconds)).cpuMsPerRequest);
      }
      const medians = ways.map(({ cpuMs }) => cpuMs.toSorted((a, b) => a - b)[rounds >> 1] ?? 0);
      ways.forEach(({ title, proxy }, at) => {
        const [base = 1, ms = 0] = [medians[0], medians[at]];
        table.row(`${size}, ${title}`, { "CPU a request": ms * 1000, "÷ HTTP": ms / base });
        process.kill(proxy.pid, "SIGTERM");
      });
    }
  } finally {
    await bench.close();
  }
}

async function measure(
  bench: LoadBench,
  { isGrpc, proxy }: Way,
  body: Uint8Array,
  seconds: number,
): Promise<Load> {
  if (isGrpc) return grpcLoad(bench, proxy, body, seconds);
  const options = { path: "/v1/logs", body, contentType: "application/x-protobuf" };
  return bench.load(proxy, { ...options, seconds, connections: CONNECTIONS });
}

/** Loads a proxy's gRPC port with one message of logs, after a warm-up of a third of the time. */
export async function grpcLoad(
  bench: LoadBench,
  proxy: Proxy,
  message: Uint8Array,
  seconds: number,
): Promise<Load> {
  const file = bench.file("message", framed(message));
  const fields = ["-H", "content-type: application/grpc", "-H", "te: trailers"];
  const run = async (forSeconds: number): Promise<Omit<Load, "cpuMsPerRequest">> => {
    const options = ["-t1", `-c${CONNECTIONS}`, "-m1", `-D${forSeconds}`, "-d", file, ...fields];
    const child = Bun.spawn(["h2load", ...options, proxy.url + LOGS], {
      stdout: "pipe",
      stderr: "inherit",
    });
    const text = await new Response(child.stdout).text();
    const [, requests = "0", failed = "0"] =
      /requests: \d+ total, \d+ started, (\d+) done, \d+ succeeded, (\d+) failed/.exec(text) ?? [];
    const counts = { requests: Number(requests), failed: Number(failed) };
    return { ...counts, seconds: forSeconds, p50Ms: 0, p99Ms: 0 };
  };
  return bench.loadWith(proxy, run, seconds);
}

export function missingH2load(): string | undefined {
  const isThere = Bun.which("h2load") !== null;
  return isThere ? undefined : "h2load is not installed (Debian package nghttp2-client)";
}
