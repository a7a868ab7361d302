// Runs one script as a process of its own, within a time, and tells what it reported through
// `--json`: also of one that fails or does not end, what it had until then.

import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { cpus, loadavg, release, tmpdir, totalmem } from "node:os";
import { join, resolve } from "node:path";
import type { Figures } from "./figures.ts";
import type { BenchResult } from "./results.ts";

const ROOT = resolve(import.meta.dir, "../../..");
/** Between the request to end and the end. */
const GRACE_MS = 10_000;

export interface Run {
  readonly name: string;
  /** A script and its arguments, run by Bun. */
  readonly command: readonly string[];
  readonly limitSeconds: number;
}

export async function runOne({ name, command, limitSeconds }: Run): Promise<BenchResult> {
  const folder = mkdtempSync(join(tmpdir(), "edge-bench-"));
  const json = join(folder, "report.json");
  const startedAt = new Date();
  const loadBefore = loadavg()[0] ?? 0;
  try {
    const child = Bun.spawn([process.execPath, ...command, `--json=${json}`], {
      cwd: ROOT,
      stdin: "ignore",
      stdout: "inherit",
      stderr: "inherit",
    });
    const ends = ending(child, limitSeconds * 1000);
    const isLate = await ends;
    // As report.ts writes it.
    const { tables, faults } = (
      existsSync(json) ? JSON.parse(readFileSync(json, "utf8")) : { tables: [], faults: [] }
    ) as { tables: Figures[]; faults: string[] };
    const how = child.signalCode ?? `exit code ${child.exitCode}`;
    if (isLate) faults.push(`it did not end within ${limitSeconds} s`);
    else if (child.exitCode !== 0 && faults.length === 0) faults.push(`it ended with ${how}`);
    return {
      name,
      startedAt: startedAt.toISOString(),
      seconds: Math.round((Date.now() - startedAt.getTime()) / 1000),
      commit: commit(),
      machine: machine(),
      loadBefore: Math.round(loadBefore * 100) / 100,
      tables,
      faults,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Whether it had to be ended. */
async function ending(child: Bun.Subprocess, limitMs: number): Promise<boolean> {
  let isLate = false;
  const soft = setTimeout(() => {
    isLate = true;
    child.kill("SIGTERM");
  }, limitMs);
  const hard = setTimeout(() => child.kill("SIGKILL"), limitMs + GRACE_MS);
  await child.exited;
  clearTimeout(soft);
  clearTimeout(hard);
  return isLate;
}

function machine(): string {
  const all = cpus();
  const gib = Math.round(totalmem() / 1024 ** 3);
  const cores = `${all.length} × ${all[0]?.model ?? "unknown processor"}`;
  return `${cores}, ${gib} GiB, Linux ${release()}, Bun ${Bun.version}`;
}

function commit(): string {
  const { stdout } = Bun.spawnSync(["git", "rev-parse", "--short", "HEAD"], { cwd: ROOT });
  return stdout.toString().trim();
}
