// What runs of benchmarks end with: their figures are kept, and the pages made from all that is
// kept.

import { join, resolve } from "node:path";
import { writePages } from "../page/pages.ts";
import { Report } from "./report.ts";
import { type BenchResult, keepResults, newestResults, RESULTS } from "./results.ts";
import { runOne } from "./run-one.ts";

const ROOT = resolve(import.meta.dir, "../../..");

/** Names what it writes; what shows only that all runs goes into dist/bench. The exit code. */
export function keep(ran: readonly BenchResult[], isQuick: boolean): number {
  const folder = isQuick ? join(ROOT, "dist/bench") : RESULTS;
  console.log(`\n${keepResults(ran, folder)}`);
  for (const path of writePages(newestResults(folder), isQuick ? folder : ROOT)) console.log(path);
  return ran.every(({ faults }) => faults.length === 0) ? 0 : 1;
}

/** Runs one script that reports, and keeps its figures. */
export async function runAndKeep(
  name: string,
  script: string,
  args: readonly string[],
  limitSeconds: number,
): Promise<number> {
  const result = await runOne({ name, command: [script, ...args], limitSeconds });
  for (const fault of result.faults) console.log(`FAULT: ${fault}`);
  return keep([result], new Report(args).isQuick);
}
