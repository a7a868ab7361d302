// The run of `bun run soak`; reports through `--json`. First what the doors bear, with nothing
// wrong, and that every byte is counted; then half of that rate for minutes, while policies are
// replaced every second, the backend fails for one request in twenty, and workers end now and
// then.

import { LoadBench, residentMb } from "../bench/load.ts";
import { Report } from "../bench/report/report.ts";
import { Backend, type Manner } from "../doors/backend.ts";
import { countersOf, sumOf } from "../doors/counters.ts";
import { doorsWith } from "../doors/doors.ts";
import { buildEdge, startEdge } from "../doors/edge-under-test.ts";
import { Ledger } from "../doors/ledger.ts";
import { policiesOf } from "../doors/policies.ts";
import { counted, reportBalance } from "./balance.ts";
import { paced } from "./pace.ts";

const MINUTES = 10;
const MAX_MS = 10_000;
const SAMPLES = 60;
const SETS_EVERY_MS = 1000;
/** On average; each of two. */
const WORKERS_END_MS = 45_000;
const WORKERS = 2;
const FAILS = 0.05;

const report = new Report(process.argv.slice(2));
const bench = new LoadBench();
const doors = doorsWith(() => new Ledger());
const backend = new Backend(doors.map(({ ledger }) => ledger));

/** One request in twenty meets another kind of failure. */
function failing(): Manner {
  if (Math.random() > FAILS) return { kind: "takes" };
  const ways: readonly Manner[] = [
    { kind: "answers", status: 503 },
    { kind: "closes" },
    { kind: "dies within" },
    { kind: "takes", afterMs: 100 },
  ];
  return ways[Math.floor(Math.random() * ways.length)] ?? { kind: "takes" };
}

/** Requests a second of all doors together; and of what was sent, every byte is somewhere. */
async function mostOf(executable: string): Promise<number> {
  const edge = await startEdge(bench, executable, backend.url, { worker_count: WORKERS });
  const most = await paced(doors, edge, Infinity, report.amount(MAX_MS, 1000));
  const counters = await countersOf(edge.url);
  const sent = doors.reduce((sum, { ledger, isPush }) => {
    const { bytes } = ledger.take();
    return isPush ? sum + bytes : sum;
  }, 0);
  const gone = ["dropped", "sampled", "rate_limited"].reduce(
    (sum, what) => sum + counted(counters, `edge_policy_bytes_${what}_total`),
    0,
  );
  const table = report.table("before the soak, as fast as all doors go", { measured: "" });
  table.row("requests a second", { measured: Math.round(most) });
  table.row("bytes sent", { measured: sent });
  table.row("bytes at the backend", { measured: backend.takenBytes });
  table.row("bytes dropped, sampled, limited", { measured: gone });
  const left = sent - backend.takenBytes - gone;
  table.row("bytes sent, but for what is counted", { measured: left });
  if (left !== 0) report.fault(`${left} bytes are neither at the backend nor counted`);
  process.kill(edge.pid, "SIGTERM");
  for (const { close } of doors) close();
  return most;
}

async function soak(executable: string, perSecond: number): Promise<void> {
  const totalMs = report.amount(MINUTES, 0.05, "minutes") * 60_000;
  const samples = report.amount(SAMPLES, 6);
  const endsMs = report.amount(WORKERS_END_MS, 1000);
  const config = { worker_count: WORKERS };
  const env = { EDGE_WORKER_ENDS_MS: String(endsMs) };
  const edge = await startEdge(bench, executable, backend.url, config, env);
  backend.manner = failing;
  const table = report.table("the soak, by time", {
    resident: "MB",
    requests: "/s",
    "workers ended": "",
  });
  let set = 0;
  const replacing = setInterval(() => edge.putPolicies(policiesOf(++set)), SETS_EVERY_MS);
  const sizes: number[] = [];
  for (let sample = 1; sample <= samples; sample++) {
    const requests = await paced(doors, edge, perSecond, totalMs / samples);
    const resident = residentMb(edge.pid);
    sizes.push(resident);
    const ended = sumOf(await countersOf(edge.url), "edge_worker_failures_total");
    const seconds = Math.round((sample * totalMs) / samples / 1000);
    table.row(`${seconds} s`, { resident, requests, "workers ended": ended });
  }
  clearInterval(replacing);
  reportBalance(report, doors, await countersOf(edge.url), { sizes, sets: set, perSecond });
}

try {
  const executable = report.option("executable") ?? (await buildEdge(bench.folder));
  await backend.start();
  const most = await mostOf(executable);
  await soak(executable, most / 2);
} finally {
  for (const { close } of doors) close();
  await bench.close();
  await backend.stop();
}
