// What an analysis costs: one Edge under the same requests, with the analysis off and on by turns.
// CPU time of its process, as blocks of requests; medians of the blocks.

import { Analysing } from "../../../src/admin/analysis/analysing.ts";
import { buildExecutable } from "../../build.ts";
import { cpuMs, LoadBench } from "../load.ts";
import { printTable } from "../measure.ts";
import { loadGenerator } from "../payloads.ts";

const BLOCKS = 9;
const BLOCK_MS = 2500;
const AT_ONCE = 8;
const OFF_CALLS = 20_000_000;

interface Case {
  readonly title: string;
  readonly kind: string;
  readonly options: Readonly<Record<string, string>>;
  readonly path: string;
  readonly type: string;
}

const CASES: readonly Case[] = [
  ...["100KB", "1MB"].map((size) => ({
    title: `OTLP logs, protobuf, ${size}`,
    kind: "otlp-logs",
    options: { size, encoding: "protobuf" },
    path: "/v1/logs",
    type: "application/x-protobuf",
  })),
  {
    title: "OTLP logs, JSON, 100KB",
    kind: "otlp-logs",
    options: { size: "100KB" },
    path: "/v1/logs",
    type: "application/json",
  },
  {
    title: "OTLP spans, protobuf, 100KB",
    kind: "otlp-traces",
    options: { size: "100KB", encoding: "protobuf" },
    path: "/v1/traces",
    type: "application/x-protobuf",
  },
  {
    title: "OTLP metrics, protobuf, 100KB",
    kind: "otlp-metrics",
    options: { size: "100KB", encoding: "protobuf" },
    path: "/v1/metrics",
    type: "application/x-protobuf",
  },
  {
    title: "Datadog logs, 100KB",
    kind: "datadog-logs",
    options: { size: "100KB" },
    path: "/api/v2/logs",
    type: "application/json",
  },
];

export async function cpu(args: readonly string[]): Promise<void> {
  const generate = await loadGenerator(args);
  const bench = new LoadBench();
  try {
    const { path: executable } = await buildExecutable({ name: "edge", outdir: bench.folder });
    const policies = generate("policies", { count: "10", signal: "mixed" }).body;
    const file = bench.file("policies.json", policies);
    const upstream = await bench.script("sink.ts");
    const edge = await bench.edge(executable, {
      upstream_url: upstream.url,
      worker_count: 1,
      admin: { show_payloads: true },
      policy_providers: [{ type: "file", id: "f", path: file }],
    });
    const rows: string[][] = [];
    for (const { title, kind, options, path, type } of CASES) {
      const { body } = generate(kind, options);
      const post = { method: "POST", headers: { "content-type": type }, body };
      const times = { off: [] as number[], on: [] as number[] };
      for (let block = -1; block < BLOCKS * 2; block++) {
        const state = block % 2 === 0 ? "off" : "on";
        const query = state === "on" ? "seconds=3600" : "off=true";
        await fetch(`${edge.url}/_edge/analysis?${query}`, { method: "POST" });
        const before = cpuMs(edge.pid);
        const requests = await requestsIn(BLOCK_MS, `${edge.url}${path}`, post);
        const perRequest = (1000 * (cpuMs(edge.pid) - before)) / requests;
        // The first warms up.
        if (block >= 0) times[state].push(perRequest);
      }
      const [off, on] = [median(times.off), median(times.on)];
      rows.push([
        title,
        `${off.toFixed(0)} µs`,
        `${on.toFixed(0)} µs`,
        `${(100 * (on / off - 1)).toFixed(1)} %`,
      ]);
    }
    printTable(["requests", "off", "on", "more"], rows);
    console.log(`off: ${offCallNs().toFixed(1)} ns a request`);
  } finally {
    await bench.close();
  }
}

async function requestsIn(ms: number, url: string, init: RequestInit): Promise<number> {
  const until = performance.now() + ms;
  let requests = 0;
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (performance.now() < until) {
        const response = await fetch(url, init);
        await response.arrayBuffer();
        if (!response.ok) throw new Error(`answered ${response.status}`);
        requests++;
      }
    }),
  );
  return requests;
}

/** What a request is asked while no analysis is on. */
function offCallNs(): number {
  const { onlookers } = new Analysing(new Map());
  let seen = 0;
  const start = performance.now();
  for (let i = 0; i < OFF_CALLS; i++) if (onlookers("log") !== undefined) seen++;
  return ((performance.now() - start) * 1e6) / OFF_CALLS + seen;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}
