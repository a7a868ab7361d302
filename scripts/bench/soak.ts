// Whether anything grows while requests pass for minutes: resident memory and open files, with one
// worker and with two, under a load that leaves the machine some air. Exits with 1 when memory
// does.
// Options: --minutes=10.

import { readdirSync } from "node:fs";
import { buildExecutable } from "../build.ts";
import { LoadBench, type LoadOptions, type Proxy, residentMb } from "./load.ts";
import { printTable } from "./measure.ts";
import { loadGenerator } from "./payloads.ts";

const WORKERS = [1, 2] as const;
const CONNECTIONS = 50;
/** 50 connections make some 2,000 requests a second then, which the slowest machine bears. */
const PAUSE_MS = 20;
const MINUTES_DEFAULT = 10;
/** Rows of the table. */
const ROUNDS = 10;
/** What memory may swing by without being said to grow: the last rounds against those before. */
const GROWTH_MB_MAX = 8;

interface Sample {
  readonly requests: number;
  readonly failed: number;
  readonly residentMb: number;
  readonly openFiles: number;
}

export async function run(args: readonly string[]): Promise<void> {
  const missing = LoadBench.missing();
  if (missing !== undefined) throw new Error(missing);
  const minutes = Number(/^--minutes=(.+)$/m.exec(args.join("\n"))?.[1] ?? MINUTES_DEFAULT);
  const generate = await loadGenerator(args);
  const bench = new LoadBench();
  try {
    const { path: executable } = await buildExecutable({ name: "edge", outdir: bench.folder });
    const sink = await bench.script("sink.ts");
    const policies = generate("policies", { count: "10", signal: "log" }).body;
    const path = bench.file("ten.json", policies);
    const { body } = generate("otlp-logs", { size: "1KB", encoding: "json" });
    const seconds = (minutes * 60) / ROUNDS;
    const load = { path: "/v1/logs", body, contentType: "application/json", seconds };
    const runs = WORKERS.map(async (count) => {
      const edge = await bench.edge(executable, {
        upstream_url: sink.url,
        worker_count: count,
        policy_providers: [{ id: "file", type: "file", path }],
      });
      return soak(bench, edge, { ...load, connections: CONNECTIONS, pauseMs: PAUSE_MS });
    });
    report(await Promise.all(runs), seconds);
  } finally {
    await bench.close();
  }
}

async function soak(bench: LoadBench, edge: Proxy, options: LoadOptions): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const { requests, failed } = await bench.run(edge, options);
    const openFiles = readdirSync(`/proc/${edge.pid}/fd`).length;
    samples.push({ requests, failed, residentMb: residentMb(edge.pid), openFiles });
  }
  return samples;
}

function report(runs: readonly Sample[][], seconds: number): void {
  const header = ["after"];
  for (const count of WORKERS) {
    const who = count === 1 ? "1 worker" : `${count} workers`;
    header.push(`${who}: requests`, "failed", "resident", "open files");
  }
  const rows = Array.from({ length: ROUNDS }, (_, round) => [
    `${Math.round((round + 1) * seconds)} s`,
    ...runs.flatMap((samples) => cells(samples[round])),
  ]);
  printTable(header, rows);
  for (const [i, samples] of runs.entries()) {
    const growthMb = growth(samples);
    console.log(`${WORKERS[i]} worker(s): ${growthMb.toFixed(1)} MB of growth`);
    if (growthMb > GROWTH_MB_MAX) process.exitCode = 1;
  }
}

function cells(sample: Sample | undefined): string[] {
  if (sample === undefined) return ["", "", "", ""];
  const { requests, failed, residentMb: size, openFiles } = sample;
  return [String(requests), String(failed), `${size.toFixed(0)} MB`, String(openFiles)];
}

/** The last third of the rounds against the third before: what came first is warming up. */
function growth(samples: readonly Sample[]): number {
  const third = Math.floor(samples.length / 3);
  const mean = (part: readonly Sample[]): number =>
    part.reduce((sum, { residentMb: size }) => sum + size, 0) / part.length;
  return mean(samples.slice(-third)) - mean(samples.slice(-2 * third, -third));
}
