// Runs test files on instrumented sources: which changes each of them runs over, and whether it
// notices one.

import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Mutant } from "./instrument.ts";

const ROOT = join(import.meta.dirname, "../..");
const PRELOAD = join(import.meta.dirname, "preload.ts");
/** A change may well make a loop endless. */
const TIMEOUT_FACTOR = 5;
const TIMEOUT_MS_MIN = 20_000;

export interface TestFile {
  readonly path: string;
  readonly tookMs: number;
  /** Ids of the changes that its tests run over. */
  readonly covers: ReadonlySet<string>;
}

/** `unnoticed`: all tests passed. */
export type Verdict = "noticed" | "endless" | "unnoticed" | "not run";

/** Undefined: the file fails as it is, or with nothing but counters in the sources. */
export async function coverageOf(path: string, folder: string): Promise<TestFile | undefined> {
  const coverage = join(folder, "coverage.json");
  rmSync(coverage, { force: true });
  const startMs = performance.now();
  const code = await run(path, { EDGE_MUTATE_FOLDER: folder, EDGE_MUTATE_COVERAGE: coverage });
  if (code !== 0) return undefined;
  const covers = new Set(JSON.parse(readFileSync(coverage, "utf8")) as string[]);
  return { path, tookMs: performance.now() - startMs, covers };
}

/** Whether any of the files notices the change, the quickest first. */
export async function verdictOn(
  { id, file }: Mutant,
  tests: readonly TestFile[],
  folder: string,
): Promise<Verdict> {
  const covering = tests.filter(({ covers }) => covers.has(id));
  for (const { path, tookMs } of covering.toSorted((a, b) => a.tookMs - b.tookMs)) {
    const timeoutMs = Math.max(TIMEOUT_MS_MIN, Math.ceil(tookMs * TIMEOUT_FACTOR));
    const env = {
      EDGE_MUTATE_FOLDER: folder,
      EDGE_MUTATE_FILE: file,
      __STRYKER_ACTIVE_MUTANT__: id,
    };
    const code = await run(path, env, timeoutMs);
    if (code === undefined) return "endless";
    if (code !== 0) return "noticed";
  }
  return covering.length === 0 ? "not run" : "unnoticed";
}

/** The exit code; undefined: it took too long. */
async function run(
  path: string,
  env: Readonly<Record<string, string>>,
  timeoutMs?: number,
): Promise<number | undefined> {
  const args = ["test", "--bail", "--timeout=120000", "--preload", PRELOAD, path];
  const child = Bun.spawn([process.execPath, ...args], {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ["ignore", "ignore", "ignore"],
    ...(timeoutMs === undefined ? {} : { timeout: timeoutMs, killSignal: "SIGKILL" as const }),
  });
  const code = await child.exited;
  return child.signalCode === "SIGKILL" ? undefined : code;
}
