// What Edge takes of memory, and until it answers: idle, under a little load, with 10,000 policies,
// while these are replaced, for one large body that is edited throughout, and at its start. It is
// resident memory, which other work on the machine changes little; of starts the median.
// Options: --against=DIR, another checkout, measured in the same run; --rows=WORDS, rows whose
// title begins with one of these words.

import { resolve } from "node:path";
import { writeFileSync } from "node:fs";
import { fineCpuMs, LoadBench, type Proxy, residentMb } from "./load.ts";
import type { Report } from "./report/report.ts";
import { MemoryGroup } from "./servers/memory-group.ts";
import { logsOf, tenPolicies } from "../payloads/small-logs.ts";

const MIB = 1024 * 1024;
const SETTLE_MS = 2500;
const LOOK_MS = 50;
const POLICIES = 10_000;
const SETS = 6;
const REPLACED_EVERY_MS = 2000;
const BODIES_MIB = [1, 4, 16, 64];
const STARTS = 9;
/** The limit of many a sidecar. */
const CONTAINER_BYTES = 256 * MIB;

/** What all rows share. */
interface Setting {
  readonly report: Report;
  readonly bench: LoadBench;
  readonly executable: string;
  /** Behind each title, where two executables are measured. */
  readonly suffix: string;
  /** What the program is started by. */
  readonly within?: readonly string[];
}

export async function run(report: Report): Promise<void> {
  const bench = new LoadBench();
  const against = report.option("against");
  try {
    const settings: Setting[] = [];
    const executable = await bench.executable(report, "edge");
    settings.push({ report, bench, executable, suffix: "" });
    if (against !== undefined) {
      const before = await buildOf(bench, resolve(against));
      settings.push({ report, bench, executable: before, suffix: ", before" });
    }
    await sizes(settings);
    await bodies(settings);
    await starts(settings);
  } finally {
    await bench.close();
  }
}

interface Size {
  readonly resident: number;
  readonly most?: number;
  /** Of the most over what is at rest. */
  readonly ratio?: number;
}

async function sizes([first, ...others]: readonly Setting[]): Promise<void> {
  if (first === undefined) return;
  const { report } = first;
  const words = report.option("rows")?.split(",");
  const isWanted = (title: string): boolean =>
    words === undefined || words.some((word) => title.startsWith(word));
  const table = report.table("resident memory", { resident: "MB", most: "MB", "most ÷ rest": "×" });
  for (const [title, sent] of BARE_ROWS) {
    if (!isWanted(title)) continue;
    const { resident, most } = await bareSize(first, sent);
    table.row(`${title}, a bare Bun proxy`, { resident, most });
  }
  for (const { title, measure } of ROWS) {
    if (!isWanted(title)) continue;
    for (const setting of [first, ...others]) {
      const { resident, most, ratio } = await measure(setting);
      table.row(title + setting.suffix, { resident, most, "most ÷ rest": ratio });
    }
  }
}

interface Measured {
  readonly title: string;
  readonly measure: (setting: Setting) => Promise<Size>;
}

const [ONE_KB, ONE_MB] = [logsOf(4, 0), logsOf(0, 1_000_000)];

const ROWS: readonly Measured[] = [
  ...[1, 2].map((workers) => ({
    title: `idle, ${of(workers)}`,
    measure: (setting: Setting) => idle(setting, workers),
  })),
  ...[1, 2].map((workers) => ({
    title: `load of 50 connections, 1 KB, 10 policies, ${of(workers)}`,
    measure: (setting: Setting) => loaded(setting, workers, ONE_KB),
  })),
  ...[1, 2].map((workers) => ({
    title: `load of 50 connections, 1 MB, 10 policies, ${of(workers)}`,
    measure: (setting: Setting) => loaded(setting, workers, ONE_MB),
  })),
  ...[1, 2].map((workers) => ({
    title: `the same in a container of 256 MiB, ${of(workers)}`,
    measure: (setting: Setting) => contained(setting, workers),
  })),
  ...[1, 2].map((workers) => ({
    title: `set of 10,000 policies over none, ${of(workers)}`,
    measure: (setting: Setting) => withSet(setting, workers),
  })),
  ...[1, 2].map((workers) => ({
    title: `such sets, replaced every 2 s, ${of(workers)}`,
    measure: (setting: Setting) => replaced(setting, workers),
  })),
];

/** The yardstick: what the runtime itself takes for the same. */
const BARE_ROWS: readonly (readonly [string, Uint8Array | undefined])[] = [
  ["idle", undefined],
  ["load of 50 connections, 1 KB", ONE_KB],
  ["load of 50 connections, 1 MB", ONE_MB],
];

async function bareSize(setting: Setting, sent: Uint8Array | undefined): Promise<Size> {
  const { bench } = setting;
  const sink = await bench.script("sink.ts");
  const proxy = await bench.program([await bench.bareProxy()], { UPSTREAM: sink.url });
  if (sent === undefined) await settled(setting);
  const most = sent === undefined ? undefined : await mostUnderLoad(setting, proxy, sent);
  process.kill(sink.pid);
  const resident = residentMb(proxy.pid);
  return ended(proxy, most === undefined ? { resident } : { resident, most });
}

async function bodies(settings: readonly Setting[]): Promise<void> {
  const [first] = settings;
  if (first?.report.option("rows") !== undefined) return;
  const table = first?.report.table("one body, every record edited: most over idle", {
    most: "MB",
    "÷ the body": "×",
  });
  for (const mib of BODIES_MIB.slice(0, first?.report.amount(BODIES_MIB.length, 2))) {
    for (const setting of settings) {
      const most = await body(setting, mib);
      table?.row(`${mib} MiB${setting.suffix}`, { most, "÷ the body": most / mib });
    }
  }
}

async function starts(settings: readonly Setting[]): Promise<void> {
  const [first] = settings;
  if (first?.report.option("rows") !== undefined) return;
  const table = first?.report.table("from start to the first filtered answer", {
    median: "ms",
    "of a core": "ms",
  });
  if (first !== undefined) {
    const { ms, cpuMs } = await bareStart(first);
    table?.row("a bare Bun proxy", { median: ms, "of a core": cpuMs });
  }
  for (const workers of [1, 2]) {
    for (const setting of settings) {
      const { ms, cpuMs } = await started(setting, workers);
      table?.row(of(workers) + setting.suffix, { median: ms, "of a core": cpuMs });
    }
  }
}

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
  { bench, executable, within }: Setting,
  workers: number,
  policies: readonly unknown[] = [],
  more: Readonly<Record<string, unknown>> = {},
): Promise<Running> {
  const path = bench.file("policies.json", JSON.stringify({ policies }));
  const config = {
    upstream_url: "stdout:",
    worker_count: workers,
    policy_providers: [{ id: "file", type: "file", path }],
    ...more,
  };
  const proxy = await bench.edge(executable, config, {}, within);
  const put = (next: readonly unknown[]): void => {
    writeFileSync(path, JSON.stringify({ policies: next }));
  };
  return { proxy, put };
}

function settled({ report }: Setting, times = 1): Promise<void> {
  return Bun.sleep(report.amount(SETTLE_MS * times, 300));
}

async function idle(setting: Setting, workers: number): Promise<Size> {
  const { proxy } = await start(setting, workers);
  await settled(setting);
  return ended(proxy, { resident: residentMb(proxy.pid) });
}

async function loaded(setting: Setting, workers: number, sent: Uint8Array): Promise<Size> {
  const sink = await setting.bench.script("sink.ts");
  const { proxy } = await start(setting, workers, tenPolicies(), { upstream_url: sink.url });
  const most = await mostUnderLoad(setting, proxy, sent);
  process.kill(sink.pid);
  return ended(proxy, { resident: residentMb(proxy.pid), most });
}

/** The kernel ends what takes more than it may: that is a fault of the run. */
async function contained(setting: Setting, workers: number): Promise<Size> {
  const group = new MemoryGroup(CONTAINER_BYTES);
  try {
    const size = await loaded({ ...setting, within: group.command }, workers, ONE_MB);
    if (size.resident === 0) setting.report.fault("a process took more than its container has");
    return size;
  } finally {
    await group.close();
  }
}

/** With 50 connections that rest 20 ms between requests. */
async function mostUnderLoad(
  { bench, report }: Setting,
  proxy: Proxy,
  body: Uint8Array,
): Promise<number> {
  const request = { path: "/v1/logs", contentType: "application/json", body };
  const seconds = report.amount(6, 1);
  const [most] = await Promise.all([
    mostMb(proxy, seconds * 1000),
    bench.run(proxy, { ...request, connections: 50, pauseMs: 20 }, seconds),
  ]);
  return most;
}

async function withSet(setting: Setting, workers: number): Promise<Size> {
  const { proxy, put } = await start(setting, workers);
  await settled(setting);
  const empty = residentMb(proxy.pid);
  put(setOf(1));
  const most = await mostMb(proxy, setting.report.amount(SETTLE_MS * 4, 1000));
  return ended(proxy, { resident: residentMb(proxy.pid) - empty, most: most - empty });
}

async function replaced(setting: Setting, workers: number): Promise<Size> {
  const { proxy, put } = await start(setting, workers);
  put(setOf(1));
  await settled(setting, 4);
  const atRest = residentMb(proxy.pid);
  let most = atRest;
  for (let set = 2; set < 2 + setting.report.amount(SETS, 1); set++) {
    put(setOf(set));
    most = Math.max(most, await mostMb(proxy, REPLACED_EVERY_MS));
  }
  return ended(proxy, { resident: atRest, most, ratio: most / atRest });
}

/** The most over the idle program. */
async function body(setting: Setting, mib: number): Promise<number> {
  const { bench, report } = setting;
  const sink = await bench.script("sink.ts");
  const bytes = (mib + 1) * MIB;
  const { proxy } = await start(setting, 1, [HIDING], {
    upstream_url: sink.url,
    max_body_size: bytes,
    max_decoded_bytes: bytes,
    max_inflight_bytes: bytes * 8,
  });
  await settled(setting);
  const before = residentMb(proxy.pid);
  const all = logsOf(0, mib * MIB);
  const send = async (): Promise<number> => {
    const headers = { "content-type": "application/json" };
    return (await fetch(`${proxy.url}/v1/logs`, { method: "POST", headers, body: all })).status;
  };
  const watchedMs = report.amount(SETTLE_MS * 2, 1000);
  const [most, status] = await Promise.all([mostMb(proxy, watchedMs), send()]);
  if (status !== 200) report.fault(`a body of ${mib} MiB was answered with ${status}`);
  process.kill(sink.pid);
  return ended(proxy, most - before);
}

const HIDING = {
  id: "hide",
  name: "hide",
  log: {
    match: [{ log_field: "body", exists: true }],
    keep: "all",
    transform: { redact: [{ log_attribute: "user", replacement: "***" }] },
  },
};

async function started({ bench, executable, report }: Setting, workers: number): Promise<Start> {
  const path = bench.file("policies.json", JSON.stringify({ policies: tenPolicies() }));
  const config = {
    upstream_url: "stdout:",
    worker_count: workers,
    policy_providers: [{ id: "file", type: "file", path }],
  };
  const request = { path: "/v1/logs", contentType: "application/json", body: ONE_KB };
  return medianOf(report, () => bench.untilAnswered(executable, config, request));
}

/** Until a request has gone through it. */
async function bareStart({ bench, report }: Setting): Promise<Start> {
  const sink = await bench.script("sink.ts");
  const executable = await bench.bareProxy();
  return medianOf(report, async () => {
    const startedMs = performance.now();
    const { url, pid } = await bench.program([executable], { UPSTREAM: sink.url });
    const answer = await fetch(`${url}/v1/logs`, { method: "POST", body: ONE_KB });
    if (!answer.ok) throw new Error(`answered ${answer.status}`);
    const took = { ms: performance.now() - startedMs, cpuMs: fineCpuMs(pid) };
    process.kill(pid);
    return took;
  });
}

interface Start {
  readonly ms: number;
  readonly cpuMs: number;
}

async function medianOf(report: Report, once: () => Promise<Start>): Promise<Start> {
  const all: Start[] = [];
  for (let i = 0; i < report.amount(STARTS, 1); i++) all.push(await once());
  const median = (times: number[]): number => times.sort((a, b) => a - b)[times.length >> 1] ?? 0;
  return { ms: median(all.map((one) => one.ms)), cpuMs: median(all.map((one) => one.cpuMs)) };
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

function ended<T>({ pid }: Proxy, measured: T): T {
  process.kill(pid);
  return measured;
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
