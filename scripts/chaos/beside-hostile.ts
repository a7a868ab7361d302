// Hostile clients beside honest ones, for a bounded time: what the honest ones notice. Stalled
// uploads, bombs, many large bodies, pipelined requests, resets and noise come from a process of
// their own, each kind from an address of its own.

import { join } from "node:path";
import { firstLine, LoadBench, type Proxy, residentMb } from "../bench/load.ts";
import type { Report } from "../bench/report/report.ts";
import { logsBody } from "./bodies.ts";

const SECONDS_DEFAULT = 60;
const HONEST_CLIENTS = 8;
/** Between two requests of one client. */
const HONEST_PAUSE_MS = 20;
const P99_MS_MAX = 100;
/** What hostile clients do, each in turn alone, and then all at once. */
const KINDS = ["nobody", "stalls", "bombs", "large", "pipelines", "resets", "noise"] as const;

const HOSTILE_TABLE = "honest clients beside hostile ones";

interface Seen {
  readonly times: number[];
  readonly failures: Map<string, number>;
}

export async function besideHostile(report: Report, executable: string): Promise<void> {
  const seconds = report.amount(SECONDS_DEFAULT, 4, "seconds");
  const bench = new LoadBench();
  const table = report.table(HOSTILE_TABLE, {
    answered: "",
    p50: "ms",
    p99: "ms",
    max: "ms",
    resident: "MB",
    failed: "",
    how: "text",
  });
  try {
    const sink = await bench.script("sink.ts");
    const path = bench.file("policies.json", JSON.stringify(POLICIES));
    const edge = await bench.edge(executable, {
      upstream_url: sink.url,
      worker_count: report.amount(1, 1, "workers"),
      policy_providers: [{ id: "file", type: "file", path }],
    });
    for (const kind of [...KINDS, "all"]) {
      // All at once have as long as all alone.
      const share = (seconds / 2) * (kind === "all" ? 1 : 1 / KINDS.length);
      const { times, failures } = await beside(bench, edge, kind, share * 1000);
      const p99 = quantile(times, 0.99);
      const how = [...failures].map(([what, count]) => `${count} × ${what}`).join(", ");
      if (!report.isQuick && p99 >= P99_MS_MAX) report.fault(`beside ${kind}: p99 of ${p99} ms`);
      if (how !== "") report.fault(`beside ${kind}: ${how}`);
      table.row(kind, {
        answered: times.length,
        p50: quantile(times, 0.5),
        p99,
        max: Math.max(...times),
        resident: residentMb(edge.pid),
        failed: [...failures.values()].reduce((sum, count) => sum + count, 0),
        how,
      });
    }
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
  const hostile = bench.spawn([process.execPath, join(import.meta.dir, "hostile.ts")], env);
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
