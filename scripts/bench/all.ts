// All benchmarks, one after the other, each a process of its own with a time limit: what fails
// leaves a red row and its output, and the others go on. Ends within `--minutes=20`: what there is
// no time for is said. Then bench/results/<date>.json, docs/performance.md and its plots are
// written; with `--quick` into dist/bench instead.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildExecutable } from "../build.ts";
import { type Bench, isBench } from "./benches.ts";
import { keep } from "./report/keep.ts";
import { Report } from "./report/report.ts";
import type { BenchResult } from "./report/results.ts";
import { runOne } from "./report/run-one.ts";

const MINUTES = 20;
/** What is worth a beginning. */
const LEAST_SECONDS = 10;

interface Part {
  readonly name: Bench;
  readonly limitSeconds: number;
  /** Shorter than alone, so that all have time. */
  readonly args: readonly string[];
}

/** In order: what is asked for most comes first. */
const PARTS: readonly Part[] = [
  { name: "otlp", limitSeconds: 180, args: [] },
  {
    name: "proxy",
    limitSeconds: 200,
    // Memory has a benchmark of its own.
    args: ["passthrough", "slowUpstream", "startup", "workers"],
  },
  { name: "engine", limitSeconds: 300, args: ["--ms=120"] },
  { name: "datadog", limitSeconds: 90, args: ["--size=1MB"] },
  { name: "edits", limitSeconds: 150, args: ["--ms=200"] },
  { name: "prometheus", limitSeconds: 120, args: [] },
  { name: "tail", limitSeconds: 180, args: ["--rounds=2"] },
  { name: "memory", limitSeconds: 290, args: [] },
  { name: "grpc", limitSeconds: 150, args: ["--rounds=3"] },
  { name: "idle", limitSeconds: 170, args: [] },
  { name: "burst", limitSeconds: 90, args: [] },
  { name: "lambda", limitSeconds: 90, args: [] },
  { name: "costs", limitSeconds: 60, args: [] },
  { name: "files", limitSeconds: 60, args: [] },
  { name: "steps", limitSeconds: 180, args: ["--rounds=1"] },
  { name: "dump", limitSeconds: 120, args: ["--rounds=3"] },
  { name: "analysis", limitSeconds: 240, args: ["--pairs=9", "--warm-up=5"] },
  { name: "sizing", limitSeconds: 90, args: ["--seconds=2"] },
];
/** Run when they are named: minutes long, and one needs what is not everywhere. */
const OTHERS: readonly Part[] = [
  { name: "peers", limitSeconds: 420, args: ["--rounds=3"] },
  { name: "listeners", limitSeconds: 420, args: ["--rounds=3"] },
];
const EXECUTABLES = ["edge", "edge-otlp", "edge-tail"] as const;

/** With names only these, beside what is known of the others. */
export async function runAll(args: readonly string[]): Promise<number> {
  const report = new Report(args);
  const { words } = report;
  const unknown = words.filter((word) => !isBench(word));
  if (unknown.length > 0) throw new Error(`no benchmark ${unknown.join(", ")}`);
  const parts =
    words.length === 0 ? PARTS : [...PARTS, ...OTHERS].filter(({ name }) => words.includes(name));
  const ran = await runParts(report, parts);
  return keep(ran, report.isQuick);
}

async function runParts(report: Report, parts: readonly Part[]): Promise<BenchResult[]> {
  const executables = mkdtempSync(join(tmpdir(), "edge-bench-"));
  const endMs = performance.now() + report.amount(MINUTES, MINUTES, "minutes") * 60_000;
  const ran: BenchResult[] = [];
  try {
    for (const name of EXECUTABLES) await buildExecutable({ name, outdir: executables });
    for (const { name, limitSeconds, args } of parts) {
      const leftSeconds = Math.floor((endMs - performance.now()) / 1000);
      console.log(`\n== ${name} (${leftSeconds} s left)`);
      if (leftSeconds < LEAST_SECONDS) {
        console.log("no time is left for it: run it by its name, as in `bench all NAME`");
        continue;
      }
      const more = report.isQuick ? ["--quick"] : [];
      const command = ["scripts/bench.ts", name, ...args, ...more, `--executables=${executables}`];
      const limit = Math.min(limitSeconds, leftSeconds);
      const result = await runOne({ name, command, limitSeconds: limit });
      ran.push(result);
      console.log(`${result.seconds} s; ${result.faults.join("; ") || "whole"}`);
    }
  } finally {
    rmSync(executables, { recursive: true, force: true });
  }
  return ran;
}
