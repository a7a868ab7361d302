// The names of the benchmarks, and how one is run. Each file of that name exports run(report).

import { Report } from "./report/report.ts";

export const BENCHES = [
  "engine",
  "edits",
  "otlp",
  "grpc",
  "datadog",
  "prometheus",
  "tail",
  "proxy",
  "memory",
  "idle",
  "burst",
  "lambda",
  "sizing",
  "steps",
  "costs",
  "files",
  "dump",
  "analysis",
  "peers",
  "listeners",
] as const;
export type Bench = (typeof BENCHES)[number];

export function isBench(name: string): name is Bench {
  return BENCHES.some((known) => known === name);
}

export async function runBench(name: Bench, args: readonly string[]): Promise<void> {
  const bench: unknown = await import(`./${name}.ts`);
  // As the first line says.
  await (bench as { run: (report: Report) => Promise<void> }).run(new Report(args));
}
