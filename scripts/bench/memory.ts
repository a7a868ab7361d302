// What Edge takes of memory, and until it answers: idle, under a little load, with 10,000 policies,
// while these are replaced, for one large body that is edited throughout, and at its start. It is
// resident memory, which other work on the machine changes little; of starts the median.
// Options: --against DIR, another checkout, measured in the same run; --rows=WORDS, rows whose
// title begins with one of these words.

import { resolve } from "node:path";
import { writeFileSync } from "node:fs";
import { buildExecutable } from "../build.ts";
import { LoadBench, type Proxy, residentMb } from "./load.ts";
import { printTable } from "./measure.ts";
import { logsOf, tenPolicies } from "./payloads.ts";

const SETTLE_MS = 2500;
const LOOK_MS = 50;
const POLICIES = 10_000;
const SETS = 8;
const REPLACED_EVERY_MS = 2000;
const BODY_MIB = 64;
const STARTS = 9;

interface Measured {
  readonly title: string;
  /** Answers a cell for an executable. */
  readonly measure: (bench: LoadBench, executable: string) => Promise<string>;
}

export async function run(args: readonly string[]): Promise<void> {
  const at = args.indexOf("--against");
  const against = at < 0 ? undefined : resolve(args[at + 1] ?? "");
  const words = /^--rows=(.+)$/m.exec(args.join("\n"))?.[1]?.split(",");
  const bench = new LoadBench();
  try {
    const executables: string[] = [];
    if (against !== undefined) executables.push(await buildOf(bench, against));
    executables.push((await buildExecutable({ name: "edge", outdir: bench.folder })).path);
    const rows: string[][] = [];
    for (const { title, measure } of ROWS) {
      if (words !== undefined && !words.some((word) => title.startsWith(word))) continue;
      const cells: string[] = [];
      for (const executable of executables) cells.push(await measure(bench, executable));
      rows.push([title, ...cells]);
    }
    printTable(["", ...(against === undefined ? [] : ["before"]), "now"], rows);
  } finally {
    await bench.close();
  }
}

const ROWS: readonly Measured[] = [
  ...[1, 2].map((workers) => ({
    title: `idle, ${of(workers)}`,
    measure: (bench: LoadBench, executable: string) => idle(bench, executable, workers),
  })),
  ...[1, 2].map((workers) => ({
    title: `load of 50 connections, 1 KB, 10 policies, ${of(workers)}`,
    measure: (bench: LoadBench, executable: string) => loaded(bench, executable, workers),
  })),
  ...[1, 2, 4].map((workers) => ({
    title: `set of 10,000 policies over none, ${of(workers)}`,
    measure: (bench: LoadBench, executable: string) => withSet(bench, executable, workers),
  })),
  ...[1, 2].map((workers) => ({
    title: `replaced every 2 s: most, over one set at rest, ${of(workers)}`,
    measure: (bench: LoadBench, executable: string) => replaced(bench, executable, workers),
  })),
  {
    title: "body of 64 MiB, every record edited: most over idle",
    measure: body,
  },
  ...[1, 2].map((workers) => ({
    title: `start until the first filtered answer, ${of(workers)}`,
    measure: (bench: LoadBench, executable: string) => started(bench, executable, workers),
  })),
];

function of(workers: number): string {
  return workers === 1 ? "one worker" : `${workers} workers`;
}

/** The executable of another checkout, which builds it by its own script. */
async function buildOf(bench: LoadBench, checkout: string): Promise<string> {
  const outdir = `${bench.folder}/against`;
  const script = `${checkout}/scripts/build.ts`;
  const child = bench.spawn([process.execPath, script, "edge", `--outdir=${outdir}`]);
  if ((await child.exited) !== 0) throw new Error(`${script} failed`);
  return `${outdir}/edge`;
}

interface Running {
  readonly proxy: Proxy;
  readonly put: (policies: readonly unknown[]) => void;
}

async function start(
  bench: LoadBench,
  executable: string,
  workers: number,
  policies: readonly unknown[] = [],
  more: Readonly<Record<string, unknown>> = {},
): Promise<Running> {
  const path = bench.file("policies.json", JSON.stringify({ policies }));
  const proxy = await bench.edge(executable, {
    upstream_url: "stdout:",
    worker_count: workers,
    policy_providers: [{ id: "file", type: "file", path }],
    ...more,
  });
  const put = (next: readonly unknown[]): void => {
    writeFileSync(path, JSON.stringify({ policies: next }));
  };
  return { proxy, put };
}

async function idle(bench: LoadBench, executable: string, workers: number): Promise<string> {
  const { proxy } = await start(bench, executable, workers);
  await Bun.sleep(SETTLE_MS);
  return ended(proxy, mb(residentMb(proxy.pid)));
}

async function loaded(bench: LoadBench, executable: string, workers: number): Promise<string> {
  const sink = await bench.script("sink.ts");
  const { proxy } = await start(bench, executable, workers, tenPolicies(), {
    upstream_url: sink.url,
  });
  const request = {
    path: "/v1/logs",
    contentType: "application/json",
    body: logsOf(4, 0),
    connections: 50,
    pauseMs: 20,
  };
  const [most] = await Promise.all([mostMb(proxy, 6000), bench.run(proxy, request, 6)]);
  process.kill(sink.pid);
  return ended(proxy, mb(most));
}

async function withSet(bench: LoadBench, executable: string, workers: number): Promise<string> {
  const { proxy, put } = await start(bench, executable, workers);
  await Bun.sleep(SETTLE_MS);
  const empty = residentMb(proxy.pid);
  put(setOf(1));
  const most = await mostMb(proxy, SETTLE_MS * 4);
  const atRest = residentMb(proxy.pid);
  return ended(proxy, `${mb(atRest - empty)} (most ${mb(most - empty)})`);
}

async function replaced(bench: LoadBench, executable: string, workers: number): Promise<string> {
  const { proxy, put } = await start(bench, executable, workers);
  put(setOf(1));
  await Bun.sleep(SETTLE_MS * 4);
  const atRest = residentMb(proxy.pid);
  let most = atRest;
  for (let set = 2; set < 2 + SETS; set++) {
    put(setOf(set));
    most = Math.max(most, await mostMb(proxy, REPLACED_EVERY_MS));
  }
  return ended(proxy, `${mb(most)}, ${(most / atRest).toFixed(1)} × ${mb(atRest)}`);
}

async function body(bench: LoadBench, executable: string): Promise<string> {
  const sink = await bench.script("sink.ts");
  const policies = [
    {
      id: "hide",
      name: "hide",
      log: {
        match: [{ log_field: "body", exists: true }],
        keep: "all",
        transform: { redact: [{ log_attribute: "user", replacement: "***" }] },
      },
    },
  ];
  const bytes = (BODY_MIB + 1) * 1024 * 1024;
  const { proxy } = await start(bench, executable, 1, policies, {
    upstream_url: sink.url,
    max_body_size: bytes,
    max_decoded_bytes: bytes,
    max_inflight_bytes: bytes * 8,
  });
  await Bun.sleep(SETTLE_MS);
  const before = residentMb(proxy.pid);
  const all = logsOf(0, BODY_MIB * 1024 * 1024);
  const send = async (): Promise<number> => {
    const headers = { "content-type": "application/json" };
    return (await fetch(`${proxy.url}/v1/logs`, { method: "POST", headers, body: all })).status;
  };
  const [most, status] = await Promise.all([mostMb(proxy, SETTLE_MS * 2), send()]);
  if (status !== 200) throw new Error(`the body was answered with ${status}`);
  process.kill(sink.pid);
  const times = ((most - before) * 1024 * 1024) / all.length;
  return ended(proxy, `${mb(most - before)}, ${times.toFixed(1)} × the body`);
}

async function started(bench: LoadBench, executable: string, workers: number): Promise<string> {
  const path = bench.file("policies.json", JSON.stringify({ policies: tenPolicies() }));
  const all: { readonly ms: number; readonly cpuMs: number }[] = [];
  for (let i = 0; i < STARTS; i++) {
    all.push(
      await bench.untilAnswered(
        executable,
        {
          upstream_url: "stdout:",
          worker_count: workers,
          policy_providers: [{ id: "file", type: "file", path }],
        },
        { path: "/v1/logs", contentType: "application/json", body: logsOf(4, 0) },
      ),
    );
  }
  const median = (times: number[]): number => times.sort((a, b) => a - b)[STARTS >> 1] ?? 0;
  const [ms, cpuMs] = [median(all.map((one) => one.ms)), median(all.map((one) => one.cpuMs))];
  return `${ms.toFixed(0)} ms, ${cpuMs.toFixed(0)} of a core`;
}

/** Watches for that long. */
async function mostMb({ pid }: Proxy, ms: number): Promise<number> {
  let most = residentMb(pid);
  for (const endMs = performance.now() + ms; performance.now() < endMs;) {
    await Bun.sleep(LOOK_MS);
    most = Math.max(most, residentMb(pid));
  }
  return most;
}

function ended({ pid }: Proxy, cell: string): string {
  process.kill(pid);
  return cell;
}

function mb(size: number): string {
  return `${size.toFixed(0)} MB`;
}

/** Half of them by an attribute and a regex, half by what the body contains. */
function setOf(set: number): unknown[] {
  return Array.from({ length: POLICIES }, (_, i) => ({
    id: `policy-${set}-${i}`,
    name: `policy ${i}`,
    log: {
      match:
        i % 2 === 0
          ? [
              { log_field: "body", regex: `request ${i} [a-z]+ failed ${set}` },
              { log_attribute: "service", exact: `service-${i}` },
            ]
          : [{ log_field: "body", contains: `module ${i} of ${set} is idle` }],
      keep: "none",
    },
  }));
}
