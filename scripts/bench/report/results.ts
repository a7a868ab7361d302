// What runs left behind, as files in bench/results: of each benchmark its last run, with the
// machine and its load then. A run of some of them goes into the file of its day beside what is
// known of the others; pages are made from the newest file.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Figures } from "./figures.ts";

export const RESULTS = resolve(import.meta.dir, "../../../bench/results");

export interface BenchResult {
  readonly name: string;
  readonly startedAt: string;
  readonly seconds: number;
  readonly commit: string;
  readonly machine: string;
  /** The one-minute load average before it began: what else the machine did. */
  readonly loadBefore: number;
  readonly tables: readonly Figures[];
  /** What was wrong; empty for a run that is whole. */
  readonly faults: readonly string[];
}

export interface Results {
  readonly benches: readonly BenchResult[];
}

/** Of a folder, or nothing. */
export function newestResults(folder = RESULTS): Results {
  const names = filesOf(folder);
  const newest = names.at(-1);
  if (newest === undefined) return { benches: [] };
  // Written below.
  return JSON.parse(readFileSync(join(folder, newest), "utf8")) as Results;
}

/** Takes the place of earlier runs of the same benchmarks; names the file. */
export function keepResults(ran: readonly BenchResult[], folder = RESULTS): string {
  const names = new Set(ran.map(({ name }) => name));
  const others = newestResults(folder).benches.filter(({ name }) => !names.has(name));
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${new Date().toISOString().slice(0, 10)}.json`);
  const results: Results = { benches: [...others, ...ran] };
  writeFileSync(file, `${JSON.stringify(results, undefined, 2)}\n`);
  return file;
}

function filesOf(folder: string): string[] {
  try {
    const names = readdirSync(folder).filter((name) => /^\d{4}-\d\d-\d\d\.json$/.test(name));
    return names.sort();
  } catch {
    return [];
  }
}
