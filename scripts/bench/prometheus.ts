// Scrapes through the proxy, as processes: what one costs in CPU time and in memory, for sets of
// 0 to 10,000 policies, beside `grep -v` of the same patterns and a bare passthrough on Bun.
// Options: --times=20 (the largest scrape is so many times the small one of 50 MB), --gzip.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { exposition, policyFile } from "../payloads/index.ts";
import type { Report, Table } from "./report/report.ts";

const SERVERS = path.join(import.meta.dir, "servers");
const SOURCE = path.resolve(import.meta.dir, "../../src/edge-prometheus.ts");
const COUNTS = [0, 100, 1000, 10_000] as const;
const MB = 1_000_000;
/** Kernel ticks of CPU time a second, on every Linux there is. */
const TICKS_PER_SECOND = 100;

class Child {
  readonly process: Bun.Subprocess<"ignore", "pipe", "pipe">;
  readonly #reading: Promise<unknown>;
  #text = "";
  #wake: (() => void) | undefined;

  constructor(command: readonly string[], cwd: string) {
    this.process = Bun.spawn([process.execPath, ...command], {
      cwd,
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    const { stdout, stderr } = this.process;
    this.#reading = Promise.all([this.#read(stdout), this.#read(stderr)]);
  }

  async #read(stream: ReadableStream<Uint8Array>): Promise<void> {
    for await (const piece of stream) {
      this.#text += Buffer.from(piece).toString("latin1");
      this.#wake?.();
    }
  }

  /** The first match of a pattern in what it prints. */
  async printed(pattern: RegExp): Promise<string> {
    for (;;) {
      const found = pattern.exec(this.#text);
      if (found !== null) return found[1] ?? "";
      const more = new Promise<true>((resolve) => {
        this.#wake = () => resolve(true);
      });
      const ended = this.#reading.then(() => false);
      if (!(await Promise.race([more, ended]))) throw new Error(`ended early: ${this.#text}`);
    }
  }

  get cpuSeconds(): number {
    const stat = readFileSync(`/proc/${this.process.pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  }

  /** Resident memory now (VmRSS) or at its highest since `resetPeak` (VmHWM), in megabytes. */
  residentMb(field: "VmRSS" | "VmHWM"): number {
    const status = readFileSync(`/proc/${this.process.pid}/status`, "utf8");
    const kib = new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1];
    return (Number(kib) * 1024) / MB;
  }

  resetPeak(): void {
    writeFileSync(`/proc/${this.process.pid}/clear_refs`, "5");
  }

  async stop(): Promise<void> {
    this.process.kill();
    await this.process.exited;
  }
}

interface Cost {
  readonly bytesOut: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly grownMb: number;
}

/** One scrape, read to its end and thrown away. */
async function scrape(child: Child, url: string, headers: Record<string, string>): Promise<Cost> {
  const before = child.residentMb("VmRSS");
  child.resetPeak();
  const cpu = child.cpuSeconds;
  const start = performance.now();
  const answer = await fetch(url, { headers, decompress: false });
  let bytesOut = 0;
  if (answer.body !== null) for await (const piece of answer.body) bytesOut += piece.length;
  return {
    bytesOut,
    seconds: (performance.now() - start) / 1000,
    cpuSeconds: child.cpuSeconds - cpu,
    grownMb: child.residentMb("VmHWM") - before,
  };
}

const COLUMNS = {
  "MB in": "MB",
  "MB out": "MB",
  "a core": "MB/s",
  "by the clock": "MB/s",
  "peak grows by": "MB",
} as const;

function row(
  table: Table<keyof typeof COLUMNS>,
  title: string,
  bytes: number,
  { bytesOut, cpuSeconds, seconds, grownMb }: Cost,
): void {
  const rate = (spent: number): number => bytes / MB / Math.max(spent, 0.001);
  table.row(title, {
    "MB in": bytes / MB,
    "MB out": bytesOut / MB,
    "a core": rate(cpuSeconds),
    "by the clock": rate(seconds),
    "peak grows by": Number.isNaN(grownMb) ? undefined : grownMb,
  });
}

interface Setup {
  readonly table: Table<keyof typeof COLUMNS>;
  readonly folder: string;
  readonly upstreamPort: string;
  readonly bytes: number;
  /** The large scrape is so many times the small one. */
  readonly times: number;
  readonly isGzip: boolean;
}

/**
 * How often the exposition is there, how often that is scraped, and what it is called. Code is
 * still being compiled during the first scrapes, and one of 50 MB takes few ticks of the clock.
 */
function scrapes({ times }: Setup): readonly (readonly [number, number, string])[] {
  return [
    [1, 1, "first"],
    [1, 1, "second"],
    [1, 5, "five more"],
    [Math.ceil(times / 4), 1, "larger"],
    [times, 1, "largest"],
  ];
}

async function scrapeRows(
  { table, ...setup }: Setup,
  child: Child,
  who: string,
  [url, headers]: readonly [string, Record<string, string>],
): Promise<void> {
  for (const [n, often, what] of scrapes({ table, ...setup })) {
    const costs: Cost[] = [];
    for (let i = 0; i < often; i++) costs.push(await scrape(child, `${url}/metrics/${n}`, headers));
    const sum = (of: (cost: Cost) => number): number =>
      costs.reduce((total, cost) => total + of(cost), 0);
    row(table, `${who}, ${what}`, often * n * setup.bytes, {
      bytesOut: sum((cost) => cost.bytesOut),
      seconds: sum((cost) => cost.seconds),
      cpuSeconds: sum((cost) => cost.cpuSeconds),
      grownMb: Math.max(...costs.map((cost) => cost.grownMb)),
    });
  }
}

async function proxyRows(setup: Setup, count: number): Promise<void> {
  const { folder, upstreamPort, isGzip } = setup;
  const policies = policiesOf(count);
  writeFileSync(path.join(folder, "policies.json"), policies);
  const config = {
    listen_port: 0,
    upstream_url: "stdout:",
    prometheus: { url: `http://127.0.0.1:${upstreamPort}` },
    policy_providers: [{ type: "file", id: "file", path: "policies.json" }],
  };
  writeFileSync(path.join(folder, "config.json"), JSON.stringify(config));
  const child = new Child([SOURCE, "config.json"], folder);
  try {
    const url = await child.printed(/server\.ready url="([^"]+)"[^]*policies\.replaced/);
    const headers = { "accept-encoding": isGzip ? "gzip" : "identity" };
    const name = `${count.toLocaleString("en")} policies${isGzip ? ", gzip" : ""}`;
    await scrapeRows(setup, child, name, [url, headers]);
  } finally {
    await child.stop();
  }
}

async function passthroughRows(setup: Setup): Promise<void> {
  const { upstreamPort, folder } = setup;
  const script = path.join(SERVERS, "prometheus-passthrough.ts");
  const child = new Child([script, upstreamPort], folder);
  try {
    const port = await child.printed(/(\d+)\n/);
    await scrapeRows(setup, child, "bare Bun", [`http://127.0.0.1:${port}`, {}]);
  } finally {
    await child.stop();
  }
}

/** What a policy of the generator looks for, as a line of `grep -E -f`. */
function grepPattern(policy: unknown): string {
  // The generator's own form: one or two matchers on names and labels.
  const { metric } = policy as { metric: { match: Record<string, string>[] } };
  return metric.match
    .map(({ exact, starts_with, ends_with, contains, regex, datapoint_attribute: label }) => {
      const text = exact ?? starts_with ?? ends_with ?? contains ?? regex?.replace(/[$^]/g, "");
      if (label !== undefined) return `${label}="${text ?? ""}`;
      return starts_with === undefined ? `${text}` : `^${text}`;
    })
    .join(".*");
}

async function grepRow(setup: Setup, count: number): Promise<void> {
  const { policies: list } = JSON.parse(policiesOf(count).toString()) as {
    policies: unknown[];
  };
  const patterns = path.join(setup.folder, "patterns");
  writeFileSync(patterns, `${list.map(grepPattern).join("\n")}\n`);
  const start = performance.now();
  const child = Bun.spawn(["grep", "-v", "-E", "-f", patterns, "exposition"], {
    cwd: setup.folder,
    env: { ...process.env, LC_ALL: "C" },
    stdout: "pipe",
  });
  let bytesOut = 0;
  for await (const piece of child.stdout) bytesOut += piece.length;
  await child.exited;
  const usage = child.resourceUsage();
  const cpuSeconds = Number(usage?.cpuTime.total ?? 0) / 1e6;
  const seconds = (performance.now() - start) / 1000;
  const cost = { bytesOut, seconds, cpuSeconds, grownMb: Number.NaN };
  row(setup.table, `grep -v of ${count} patterns`, setup.bytes, cost);
}

function policiesOf(count: number): Buffer {
  return policyFile(count, { signal: "metric", flavor: "prometheus" });
}

export async function run(report: Report): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), "edge-bench-"));
  const { body } = exposition({ bytes: report.amount(50, 5) * MB });
  const file = path.join(folder, "exposition");
  writeFileSync(file, body);
  const upstream = new Child([path.join(SERVERS, "prometheus-upstream.ts"), file], folder);
  try {
    const setup: Setup = {
      table: report.table("a scrape", COLUMNS),
      folder,
      upstreamPort: await upstream.printed(/(\d+)\n/),
      bytes: body.length,
      times: report.amount(20, 4, "times"),
      isGzip: report.option("gzip") !== undefined,
    };
    await passthroughRows(setup);
    for (const count of COUNTS) await proxyRows(setup, count);
    // With more patterns grep takes minutes to begin.
    await grepRow(setup, 100);
  } finally {
    await upstream.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
