// What memory a large set of policies takes, and what it takes to have another one in its place,
// with other ids, every two seconds: resident memory with one worker and with two.
// Options: --policies=10000 --seconds=20.

import { writeFileSync } from "node:fs";
import { buildExecutable } from "../build.ts";
import { LoadBench, residentMb } from "./load.ts";
import { printTable } from "./measure.ts";

const WORKERS = [1, 2] as const;
const REPLACED_EVERY_MS = 2000;
const LOOK_MS = 100;
const POLICIES_DEFAULT = 10_000;
const SECONDS_DEFAULT = 20;

export async function run(args: readonly string[]): Promise<void> {
  const count = option(args, "policies", POLICIES_DEFAULT);
  const seconds = option(args, "seconds", SECONDS_DEFAULT);
  const bench = new LoadBench();
  try {
    const { path: executable } = await buildExecutable({ name: "edge", outdir: bench.folder });
    const rows: string[][] = [];
    for (const workers of WORKERS) rows.push(await measured(bench, executable, workers));
    printTable(["", "no policies", "a set at rest", "replaced: most"], rows);
  } finally {
    await bench.close();
  }

  async function measured(
    bench: LoadBench,
    executable: string,
    workers: number,
  ): Promise<string[]> {
    const path = bench.file(`policies-${workers}.json`, setOf(0, 0));
    const edge = await bench.edge(executable, {
      upstream_url: "stdout:",
      worker_count: workers,
      policy_providers: [{ id: "file", type: "file", path }],
    });
    const empty = residentMb(edge.pid);
    writeFileSync(path, setOf(count, 1));
    await mostMb(edge.pid, seconds * 250);
    const atRest = residentMb(edge.pid);
    let most = atRest;
    for (let set = 2; set < 2 + (seconds * 1000) / REPLACED_EVERY_MS; set++) {
      writeFileSync(path, setOf(count, set));
      most = Math.max(most, await mostMb(edge.pid, REPLACED_EVERY_MS));
    }
    const mb = (size: number): string => `${size.toFixed(0)} MB`;
    return [`${workers} worker${workers === 1 ? "" : "s"}`, mb(empty), mb(atRest), mb(most)];
  }
}

function option(args: readonly string[], name: string, fallback: number): number {
  return Number(new RegExp(`^--${name}=(.+)$`, "m").exec(args.join("\n"))?.[1] ?? fallback);
}

/** Watches for that long. */
async function mostMb(pid: number, ms: number): Promise<number> {
  let most = 0;
  for (const endMs = performance.now() + ms; performance.now() < endMs;) {
    await Bun.sleep(LOOK_MS);
    most = Math.max(most, residentMb(pid));
  }
  return most;
}

function setOf(count: number, set: number): string {
  const policies = Array.from({ length: count }, (_, i) => ({
    id: `policy-${set}-${i}`,
    name: `policy ${i}`,
    log: {
      match: [
        { log_field: "body", regex: `request ${i} [a-z]+ failed ${set}` },
        { log_attribute: "service", exact: `service-${i}` },
      ],
      keep: "none",
    },
  }));
  return JSON.stringify({ policies });
}
