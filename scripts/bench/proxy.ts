// The proxy around the engine: passthrough beside nginx and bare Bun, many connections on a slow
// upstream, start-up time and memory, one worker against two.

import { buildExecutable } from "../build.ts";
import { LoadBench, type Load, type Proxy, residentMb } from "./load.ts";
import { printTable } from "./measure.ts";
import { loadGenerator } from "./payloads.ts";

type Generator = Awaited<ReturnType<typeof loadGenerator>>;
interface Setting {
  readonly bench: LoadBench;
  readonly executable: string;
  readonly generate: Generator;
}

const JSON_TYPE = "application/json";
const STARTS = 9;
const WORKERS = [1, 2] as const;

/**
 * Without a policy for the signal: what the mere presence of the proxy costs, beside nginx with as
 * many workers. The more of them share a load, the fewer events each finds at a time, in any proxy.
 */
async function passthrough({ bench, executable, generate }: Setting): Promise<void> {
  const sink = await bench.script("sink.ts");
  const proxies: [string, Proxy | undefined][] = [];
  for (const count of WORKERS) {
    const config = { upstream_url: sink.url, worker_count: count };
    proxies.push([`nginx, ${workersText(count)}`, await bench.nginx(sink.url, count)]);
    if (count === 1) {
      proxies.push(["bare Bun", await bench.script("bare-proxy.ts", { UPSTREAM: sink.url })]);
    }
    proxies.push([`edge, ${workersText(count)}`, await bench.edge(executable, config)]);
  }
  const rows: string[][] = [];
  for (const size of ["1KB", "1MB"]) {
    const { body } = generate("otlp-logs", { size, encoding: "json" });
    let nginxMs = 0;
    for (const [who, proxy] of proxies) {
      if (proxy === undefined) continue;
      const load = await bench.load(proxy, { path: "/v1/logs", body, contentType: JSON_TYPE });
      if (who.startsWith("nginx")) nginxMs = load.cpuMsPerRequest;
      rows.push([
        `${size}, ${who}`,
        `${(load.cpuMsPerRequest * 1000).toFixed(0)} µs`,
        nginxMs === 0 ? "" : (load.cpuMsPerRequest / nginxMs).toFixed(2),
        ...throughput(load),
      ]);
    }
  }
  printTable(["passthrough", "CPU/request", "× nginx", "req/s", "p50", "p99"], rows);
}

/** An upstream that takes 14 ms, 256 connections, 1 KB. */
async function slowUpstream({ bench, executable, generate }: Setting): Promise<void> {
  const sink = await bench.script("sink.ts", { LATENCY_MS: "14" });
  const { body } = generate("otlp-logs", { size: "1KB", encoding: "json" });
  const options = { path: "/v1/logs", body, contentType: JSON_TYPE, connections: 256 };
  const rows = [["upstream alone", ...throughput(await bench.load(sink, options))]];
  for (const count of WORKERS) {
    const edge = await bench.edge(executable, {
      upstream_url: sink.url,
      worker_count: count,
      max_connections: 1024,
    });
    rows.push([`edge, ${workersText(count)}`, ...throughput(await bench.load(edge, options))]);
  }
  printTable(["14 ms upstream, 256 connections", "req/s", "p50", "p99"], rows);
}

/** From starting the executable to its first answer on /_health, with 10 policies. */
async function startup({ bench, executable, generate }: Setting): Promise<void> {
  const path = bench.file("ten.json", generate("policies", { count: "10", signal: "log" }).body);
  const rows: string[][] = [];
  for (const count of WORKERS) {
    const times: number[] = [];
    for (let i = 0; i < STARTS; i++) {
      const started = performance.now();
      const { ms, stop } = await bench.untilHealthy(executable, {
        upstream_url: "stdout:",
        worker_count: count,
        policy_providers: [{ id: "file", type: "file", path }],
      });
      times.push(ms - started);
      await stop();
    }
    times.sort((a, b) => a - b);
    const at = (share: number): string =>
      `${(times[Math.floor(share * (STARTS - 1))] ?? 0).toFixed(0)} ms`;
    rows.push([workersText(count), at(0), at(0.5), at(1)]);
  }
  printTable(["start to /_health, 10 policies", "min", "median", "max"], rows);
}

/** Resident memory under 50 connections of 1 KB, and after ten times as many requests. */
async function memory({ bench, executable, generate }: Setting): Promise<void> {
  const sink = await bench.script("sink.ts");
  const path = bench.file("ten.json", generate("policies", { count: "10", signal: "log" }).body);
  const { body } = generate("otlp-logs", { size: "1KB", encoding: "json" });
  const options = { path: "/v1/logs", body, contentType: JSON_TYPE, connections: 50 };
  const rows: string[][] = [];
  for (const count of WORKERS) {
    const edge = await bench.edge(executable, {
      upstream_url: sink.url,
      worker_count: count,
      policy_providers: [{ id: "file", type: "file", path }],
    });
    const sizes = [residentMb(edge.pid)];
    for (const seconds of [3, 10, 20]) {
      await bench.load(edge, { ...options, seconds });
      sizes.push(residentMb(edge.pid));
    }
    rows.push([workersText(count), ...sizes.map((size) => `${size.toFixed(0)} MB`)]);
  }
  const header = ["resident memory, 50 connections, 1 KB", "idle", "4 s", "17 s", "44 s"];
  printTable(header, rows);
}

async function workers({ bench, executable, generate }: Setting): Promise<void> {
  const sink = await bench.script("sink.ts");
  const path = bench.file("ten.json", generate("policies", { count: "10", signal: "log" }).body);
  const { body } = generate("otlp-logs", { size: "1KB", encoding: "json" });
  const rows: string[][] = [];
  for (const count of WORKERS) {
    const edge = await bench.edge(executable, {
      upstream_url: sink.url,
      worker_count: count,
      policy_providers: [{ id: "file", type: "file", path }],
    });
    const options = { path: "/v1/logs", body, contentType: JSON_TYPE, connections: 64 };
    const load = await bench.load(edge, options);
    rows.push([
      workersText(count),
      `${(load.cpuMsPerRequest * 1000).toFixed(0)} µs`,
      ...throughput(load),
    ]);
  }
  printTable(["1 KB OTLP logs, 10 policies", "CPU/request", "req/s", "p50", "p99"], rows);
}

function workersText(count: number): string {
  return `${count} worker${count > 1 ? "s" : ""}`;
}

function throughput(load: Load): string[] {
  const failed = load.failed > 0 ? ` ${load.failed} FAILED` : "";
  return [
    (load.requests / load.seconds).toFixed(0),
    `${load.p50Ms.toFixed(1)} ms`,
    `${load.p99Ms.toFixed(1)} ms${failed}`,
  ];
}

export async function run(args: readonly string[]): Promise<void> {
  const missing = LoadBench.missing();
  if (missing !== undefined) throw new Error(missing);
  const generate = await loadGenerator(args);
  const parts = { passthrough, slowUpstream, startup, memory, workers };
  const wanted = args.filter((arg) => arg in parts);
  const build = new LoadBench();
  try {
    const { path: executable } = await buildExecutable({ name: "edge", outdir: build.folder });
    for (const [name, part] of Object.entries(parts)) {
      if (wanted.length > 0 && !wanted.includes(name)) continue;
      const bench = new LoadBench();
      try {
        await part({ bench, executable, generate });
        console.log("");
      } finally {
        await bench.close();
      }
    }
  } finally {
    await build.close();
  }
}
