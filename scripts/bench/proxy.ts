// The proxy around the engine: passthrough beside nginx and bare Bun, many connections on a slow
// upstream, start-up time and memory, one worker against two.

import { otlpBody, policyFile } from "../payloads/index.ts";
import { LoadBench, type Load, type Proxy, residentMb } from "./load.ts";
import type { Report } from "./report/report.ts";

interface Setting {
  readonly bench: LoadBench;
  readonly executable: string;
  readonly report: Report;
}

const JSON_TYPE = "application/json";
const STARTS = 9;
const WORKERS = [1, 2] as const;
const CONNECTIONS = [1, 16, 64, 256, 1024] as const;
const SIZES = [
  ["1 KB", 1000],
  ["1 MB", 1_000_000],
] as const;

/**
 * Without a policy for the signal: what the mere presence of the proxy costs, beside nginx with as
 * many workers. The more of them share a load, the fewer events each finds at a time, in any proxy.
 */
async function passthrough({ bench, executable, report }: Setting): Promise<void> {
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
  const table = report.table("passthrough", {
    "CPU a request": "µs",
    "÷ nginx": "×",
    ...THROUGHPUT,
  });
  for (const [size, bytes] of SIZES) {
    const { body } = otlpBody("log", { bytes, encoding: "json" });
    const options = { path: "/v1/logs", body, contentType: JSON_TYPE };
    let nginxMs: number | undefined;
    for (const [who, proxy] of proxies) {
      if (proxy === undefined) continue;
      const load = await bench.load(proxy, { ...options, seconds: report.amount(3, 1) });
      if (who.startsWith("nginx")) nginxMs = load.cpuMsPerRequest;
      table.row(`${size}, ${who}`, {
        "CPU a request": load.cpuMsPerRequest * 1000,
        "÷ nginx": nginxMs === undefined ? undefined : load.cpuMsPerRequest / nginxMs,
        ...throughput(report, load),
      });
    }
  }
}

/** An upstream that takes 14 ms, 1 KB, up to 1,024 connections. */
async function slowUpstream({ bench, executable, report }: Setting): Promise<void> {
  const sink = await bench.script("sink.ts", { LATENCY_MS: "14" });
  const { body } = otlpBody("log", { bytes: 1000, encoding: "json" });
  const table = report.table("an upstream that takes 14 ms", THROUGHPUT);
  const ways: [string, Proxy][] = [["upstream alone", sink]];
  for (const count of WORKERS) {
    const config = { upstream_url: sink.url, worker_count: count, max_connections: 2048 };
    ways.push([`edge, ${workersText(count)}`, await bench.edge(executable, config)]);
  }
  for (const connections of CONNECTIONS) {
    const options = { path: "/v1/logs", body, contentType: JSON_TYPE, connections };
    for (const [who, proxy] of ways) {
      const load = await bench.load(proxy, { ...options, seconds: report.amount(2, 1) });
      table.row(`${connections} connections, ${who}`, throughput(report, load));
    }
  }
}

/** From starting the executable to its first answer on /_health, with 10 policies. */
async function startup({ bench, executable, report }: Setting): Promise<void> {
  const path = bench.file("ten.json", policyFile(10));
  const table = report.table("from start to /_health, 10 policies", {
    min: "ms",
    median: "ms",
    max: "ms",
  });
  for (const count of WORKERS) {
    const times: number[] = [];
    for (let i = 0; i < report.amount(STARTS, 1); i++) {
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
    const at = (share: number): number => times[Math.floor(share * (times.length - 1))] ?? 0;
    table.row(workersText(count), { min: at(0), median: at(0.5), max: at(1) });
  }
}

/** Resident memory under 50 connections of 1 KB at full speed, and after more requests. */
async function memory({ bench, executable, report }: Setting): Promise<void> {
  const sink = await bench.script("sink.ts");
  const path = bench.file("ten.json", policyFile(10));
  const { body } = otlpBody("log", { bytes: 1000, encoding: "json" });
  const options = { path: "/v1/logs", body, contentType: JSON_TYPE, connections: 50 };
  const table = report.table("resident memory, 50 connections of 1 KB at full speed", {
    idle: "MB",
    "after 4 s": "MB",
    "after 17 s": "MB",
  });
  for (const count of WORKERS) {
    const edge = await bench.edge(executable, {
      upstream_url: sink.url,
      worker_count: count,
      policy_providers: [{ id: "file", type: "file", path }],
    });
    const sizes = [residentMb(edge.pid)];
    for (const seconds of [3, 10]) {
      await bench.load(edge, { ...options, seconds: report.amount(seconds, 1) });
      sizes.push(residentMb(edge.pid));
    }
    const [idle, soon, later] = sizes;
    table.row(workersText(count), { idle, "after 4 s": soon, "after 17 s": later });
  }
}

async function workers({ bench, executable, report }: Setting): Promise<void> {
  const sink = await bench.script("sink.ts");
  const path = bench.file("ten.json", policyFile(10));
  const { body } = otlpBody("log", { bytes: 1000, encoding: "json" });
  const table = report.table("1 KB of OTLP logs, 10 policies", {
    "CPU a request": "µs",
    ...THROUGHPUT,
  });
  for (const count of WORKERS) {
    const edge = await bench.edge(executable, {
      upstream_url: sink.url,
      worker_count: count,
      policy_providers: [{ id: "file", type: "file", path }],
    });
    const options = { path: "/v1/logs", body, contentType: JSON_TYPE, connections: 64 };
    const load = await bench.load(edge, { ...options, seconds: report.amount(4, 1) });
    table.row(workersText(count), {
      "CPU a request": load.cpuMsPerRequest * 1000,
      ...throughput(report, load),
    });
  }
}

function workersText(count: number): string {
  return `${count} worker${count > 1 ? "s" : ""}`;
}

const THROUGHPUT = { requests: "/s", p50: "ms", p99: "ms" } as const;

function throughput(report: Report, load: Load): Record<keyof typeof THROUGHPUT, number> {
  if (load.failed > 0) report.fault(`${load.failed} of ${load.requests} requests failed`);
  // Without an answer there is no latency either.
  const [p50, p99] = load.requests === 0 ? [NaN, NaN] : [load.p50Ms, load.p99Ms];
  return { requests: load.requests / load.seconds, p50, p99 };
}

export async function run(report: Report): Promise<void> {
  const missing = LoadBench.missing();
  if (missing !== undefined) throw new Error(missing);
  const parts = { passthrough, slowUpstream, startup, memory, workers };
  const build = new LoadBench();
  try {
    const executable = await build.executable(report, "edge");
    for (const [name, part] of Object.entries(parts)) {
      if (!report.wants(name)) continue;
      const bench = new LoadBench();
      try {
        await part({ bench, executable, report });
      } finally {
        await bench.close();
      }
    }
  } finally {
    await build.close();
  }
}
