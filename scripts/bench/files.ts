// What policy files cost that are no policy files, or hardly: time and the most memory of
// `edge validate`, which reads a file as a run does.
// Option: --seconds=60 (then a file is given up).

import { readFileSync } from "node:fs";
import { LoadBench } from "./load.ts";
import type { Report } from "./report/report.ts";

const MB = 1_000_000;
const SECONDS_DEFAULT = 60;
const LOOK_MS = 5;

interface Case {
  readonly title: string;
  readonly name: string;
  readonly text: () => string;
}

const dropping = (id: string): unknown => ({
  id,
  name: "Drops",
  log: { match: [{ log_field: "body", contains: "a needle" }], keep: "none" },
});

function policies(count: number, idOf: (i: number) => string): string {
  return JSON.stringify({ policies: Array.from({ length: count }, (_, i) => dropping(idOf(i))) });
}

const LOG_LINE = '{"time":"2026-01-01T00:00:00Z","level":"info","message":"one of many"}\n';

const CASES: readonly Case[] = [
  { title: "one policy", name: "one.json", text: () => policies(1, () => "one") },
  {
    title: "20,000 policies of one id, JSON",
    name: "same.json",
    text: () => policies(20_000, () => "one"),
  },
  {
    title: "20,000 policies, JSON",
    name: "other.json",
    text: () => policies(20_000, (i) => `policy-${i}`),
  },
  { title: '1 MB of `"` as YAML', name: "quotes.yaml", text: () => '"'.repeat(MB) },
  {
    title: "1 MB of a log in JSON lines as YAML",
    name: "log.yaml",
    text: () => LOG_LINE.repeat(MB / LOG_LINE.length),
  },
  {
    title: "20,000 aliases in YAML",
    name: "aliases.yaml",
    text: () => `policies:\n  - &a x\n${"  - *a\n".repeat(20_000)}`,
  },
];

export async function run(report: Report): Promise<void> {
  const timeout = Number(report.option("seconds") ?? SECONDS_DEFAULT) * 1000;
  const bench = new LoadBench();
  try {
    const executable = await bench.executable(report, "edge");
    const table = report.table("a policy file", {
      time: "ms",
      "most memory": "MB",
      outcome: "text",
    });
    for (const { title, name, text } of CASES) {
      const path = bench.file(name, text());
      const config = { upstream_url: "stdout:", policy_providers: [{ type: "file", path }] };
      const file = bench.file(`config-${name}.json`, JSON.stringify(config));
      const startedMs = performance.now();
      const child = Bun.spawn([executable, "validate", file], {
        stdout: "ignore",
        stderr: "ignore",
        timeout,
      });
      let mostKib = 0;
      while (child.exitCode === null && child.signalCode === null) {
        mostKib = Math.max(mostKib, peakKib(child.pid));
        await Promise.race([child.exited, Bun.sleep(LOOK_MS)]);
      }
      const took = performance.now() - startedMs;
      const outcome = child.signalCode === null ? `exit code ${child.exitCode}` : "given up";
      table.row(title, { time: took, "most memory": mostKib / 1024, outcome });
    }
  } finally {
    await bench.close();
  }
}

/** The most memory that a process has had, as far as it still lives. */
function peakKib(pid: number): number {
  try {
    return Number(/VmHWM:\s*(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
