// Hostile clients beside honest ones, for a bounded time: what the honest ones notice. Stalled
// uploads, bombs, many large bodies, pipelined requests, resets and noise come from a process of
// their own, each kind from an address of its own. Exits with 1 when the honest p99 is 100 ms or
// more, or when an honest request fails.
// Options: --seconds=60, --workers=1, --executable=FILE (built afresh without it).

import { join } from "node:path";
import { buildExecutable } from "../build.ts";
import { logsBody } from "./chaos/bodies.ts";
import { firstLine, LoadBench, type Proxy, residentMb } from "./load.ts";
import { printTable } from "./measure.ts";

const SECONDS_DEFAULT = 60;
const HONEST_CLIENTS = 8;
/** Between two requests of one client. */
const HONEST_PAUSE_MS = 20;
const P99_MS_MAX = 100;
/** What hostile clients do, each in turn alone, and then all at once. */
const KINDS = ["nobody", "stalls", "bombs", "large", "pipelines", "resets", "noise"] as const;

interface Seen {
  readonly times: number[];
  readonly failures: Map<string, number>;
}

export async function run(args: readonly string[]): Promise<void> {
  const seconds = Number(option(args, "seconds") ?? SECONDS_DEFAULT);
  const workers = Number(option(args, "workers") ?? 1);
  const bench = new LoadBench();
  try {
    const built = option(args, "executable");
    const executable =
      built ?? (await buildExecutable({ name: "edge", outdir: bench.folder })).path;
    const sink = await bench.script("sink.ts");
    const edge = await bench.edge(executable, {
      upstream_url: sink.url,
      worker_count: workers,
      policy_providers: [
        { id: "file", type: "file", path: bench.file("policies.json", JSON.stringify(POLICIES)) },
      ],
    });
    const rows: string[][] = [];
    let isFine = true;
    for (const kind of [...KINDS, "all"]) {
      // All at once have as long as all alone.
      const share = (seconds / 2) * (kind === "all" ? 1 : 1 / KINDS.length);
      const seen = await beside(bench, edge, kind, share * 1000);
      const p99 = quantile(seen.times, 0.99);
      const failures = [...seen.failures].map(([what, count]) => `${count} × ${what}`);
      isFine &&= p99 < P99_MS_MAX && failures.length === 0;
      const times = [quantile(seen.times, 0.5), p99, Math.max(...seen.times)];
      rows.push([
        kind,
        String(seen.times.length),
        ...times.map((ms) => `${ms.toFixed(1)} ms`),
        `${residentMb(edge.pid).toFixed(0)} MB`,
        failures.join(", ") || "none",
      ]);
    }
    printTable(
      ["honest clients beside", "answered", "p50", "p99", "max", "resident", "failed"],
      rows,
    );
    if (!isFine) process.exitCode = 1;
  } finally {
    await bench.close();
  }
}

/** One of ten is dropped, and every body is looked at with a regular expression. */
const POLICIES = {
  policies: [
    {
      id: "drop-debug",
      name: "drop debug",
      log: { match: [{ log_field: "severity_text", exact: "DEBUG" }], keep: "none" },
    },
    {
      id: "mask-cards",
      name: "mask card numbers",
      log: {
        match: [{ log_field: "body", regex: "card [0-9]{4}" }],
        keep: "all",
        transform: { redact: [{ log_field: "body", replacement: "***" }] },
      },
    },
  ],
};

async function beside(bench: LoadBench, edge: Proxy, kind: string, ms: number): Promise<Seen> {
  const env = { EDGE: edge.url, KIND: kind, LIFE_MS: String(ms) };
  const hostile = bench.spawn(
    [process.execPath, join(import.meta.dir, "chaos", "hostile.ts")],
    env,
  );
  await firstLine(hostile.stdout);
  const seen: Seen = { times: [], failures: new Map() };
  const until = performance.now() + ms;
  const clients = Array.from({ length: HONEST_CLIENTS }, () => honest(edge, until, seen));
  await Promise.all(clients);
  await hostile.exited;
  return seen;
}

async function honest(edge: Proxy, until: number, { times, failures }: Seen): Promise<void> {
  const body = logsBody(10);
  const headers = { "content-type": "application/json" };
  while (performance.now() < until) {
    const started = performance.now();
    let outcome = "200";
    try {
      const answer = await fetch(`${edge.url}/v1/logs`, { method: "POST", body, headers });
      const text = await answer.text();
      outcome = answer.status === 200 ? "200" : `${answer.status} ${text}`;
    } catch (error) {
      outcome = error instanceof Error ? error.message : String(error);
    }
    times.push(performance.now() - started);
    if (outcome !== "200") failures.set(outcome, (failures.get(outcome) ?? 0) + 1);
    await Bun.sleep(HONEST_PAUSE_MS);
  }
}

function quantile(times: readonly number[], share: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  return sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
}

/** `--name=value` or `--name value`. */
function option(args: readonly string[], name: string): string | undefined {
  const at = args.indexOf(`--${name}`);
  if (at !== -1) return args[at + 1];
  return args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3);
}
