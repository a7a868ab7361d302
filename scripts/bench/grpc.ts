// OTLP over gRPC beside OTLP over HTTP through the compiled proxy, in turns in the same run: its
// CPU time a request. Messages are the same; so is the upstream, but in the last rows.

import { buildExecutable } from "../build.ts";
import { framed } from "../../src/core/grpc/index.ts";
import { freePort, type Load, LoadBench, type Proxy } from "./load.ts";
import { printTable } from "./measure.ts";
import { loadGenerator } from "./payloads.ts";

const ROUNDS = 5;
const SECONDS = 2;
const CONNECTIONS = 8;
const LOGS = "/opentelemetry.proto.collector.logs.v1.LogsService/Export";

interface Way {
  readonly title: string;
  readonly isGrpc: boolean;
  readonly proxy: Proxy;
  readonly cpuMs: number[];
}

export async function run(args: readonly string[]): Promise<void> {
  const missing = LoadBench.missing() ?? missingH2load();
  if (missing !== undefined) throw new Error(missing);
  const generate = await loadGenerator(args);
  const bench = new LoadBench();
  try {
    const { path: executable } = await buildExecutable({ name: "edge-otlp", outdir: bench.folder });
    const [sink, grpcSink] = [await bench.script("sink.ts"), await bench.script("grpc-sink.ts")];
    const { body: policies } = generate("policies", { count: "10", signal: "log" });
    const path = bench.file("policies.json", policies);
    const rows: string[][] = [];
    for (const size of ["2KB", "64KB", "1MB"]) {
      const { body } = generate("otlp-logs", { size, "match-rate": "0.3", encoding: "protobuf" });
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
      for (let round = 0; round < ROUNDS; round++) {
        for (const way of ways) way.cpuMs.push((await measure(bench, way, body)).cpuMsPerRequest);
      }
      const medians = ways.map(({ cpuMs }) => cpuMs.toSorted((a, b) => a - b)[ROUNDS >> 1] ?? 0);
      ways.forEach(({ title, proxy }, at) => {
        const [base = 1, ms = 0] = [medians[0], medians[at]];
        rows.push([size, title, `${(ms * 1000).toFixed(0)} µs`, `${(ms / base).toFixed(2)} ×`]);
        process.kill(proxy.pid, "SIGTERM");
      });
    }
    printTable(["body", "way in (and out)", "CPU a request, median", "beside HTTP"], rows);
  } finally {
    await bench.close();
  }
}

async function measure(bench: LoadBench, { isGrpc, proxy }: Way, body: Uint8Array): Promise<Load> {
  if (isGrpc) return grpcLoad(bench, proxy, body, SECONDS);
  const options = { path: "/v1/logs", body, contentType: "application/x-protobuf" };
  return bench.load(proxy, { ...options, seconds: SECONDS, connections: CONNECTIONS });
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
