// Scrapes through the proxy, as processes: what one costs in CPU time and in memory, for sets of
// 0 to 10,000 policies, beside `grep -v` of the same patterns and a bare passthrough on Bun.
// Options: --size 50MB, --times N (the large scrape is N times the small one; default 20), --gzip.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { printTable } from "./measure.ts";
import { type Generated, loadGenerator } from "./payloads.ts";

const SOURCE = path.resolve(import.meta.dir, "../../src/edge-prometheus.ts");
const COUNTS = [0, 100, 1000, 10_000] as const;
const MB = 1_000_000;
/** Kernel ticks of CPU time a second, on every Linux there is. */
const TICKS_PER_SECOND = 100;

type Generate = Awaited<ReturnType<typeof loadGenerator>>;

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

function row(title: string, bytes: number, cost: Cost): string[] {
  const perSecond = (seconds: number): string => (bytes / MB / Math.max(seconds, 0.001)).toFixed(0);
  return [
    title,
    (bytes / MB).toFixed(0),
    (cost.bytesOut / MB).toFixed(1),
    perSecond(cost.cpuSeconds),
    perSecond(cost.seconds),
    Number.isNaN(cost.grownMb) ? "" : cost.grownMb.toFixed(1),
  ];
}

interface Setup {
  readonly folder: string;
  readonly upstreamPort: string;
  readonly bytes: number;
  /** The large scrape is so many times the small one. */
  readonly times: number;
  readonly isGzip: boolean;
}

async function proxyRows(setup: Setup, count: number, policies: Uint8Array): Promise<string[][]> {
  const { folder, upstreamPort, bytes, times, isGzip } = setup;
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
    const name = `${count} policies${isGzip ? ", gzip" : ""}`;
    const rows: string[][] = [];
    for (const [n, what] of [
      [1, "first"],
      [1, "second"],
      [times, "large"],
    ] as const) {
      const cost = await scrape(child, `${url}/metrics/${n}`, headers);
      rows.push(row(`${name}, ${what}`, n * bytes, cost));
    }
    return rows;
  } finally {
    await child.stop();
  }
}

async function passthroughRows({ upstreamPort, bytes, times, folder }: Setup): Promise<string[][]> {
  const script = path.join(import.meta.dir, "prometheus-passthrough.ts");
  const child = new Child([script, upstreamPort], folder);
  try {
    const port = await child.printed(/(\d+)\n/);
    const rows: string[][] = [];
    for (const [n, what] of [
      [1, "first"],
      [1, "second"],
      [times, "large"],
    ] as const) {
      const cost = await scrape(child, `http://127.0.0.1:${port}/metrics/${n}`, {});
      rows.push(row(`bare passthrough, ${what}`, n * bytes, cost));
    }
    return rows;
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

async function grepRow(setup: Setup, count: number, policies: Uint8Array): Promise<string[]> {
  const { policies: list } = JSON.parse(Buffer.from(policies).toString()) as {
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
  return row(`grep -v of ${count} patterns`, setup.bytes, cost);
}

function policiesOf(generate: Generate, count: number): Uint8Array {
  if (count === 0) return Buffer.from('{"policies":[]}');
  const options = { count: String(count), signal: "metric", flavor: "prometheus" };
  return generate("policies", options).body;
}

function option(args: readonly string[], name: string, otherwise: string): string {
  const at = args.indexOf(name);
  return at < 0 ? otherwise : (args[at + 1] ?? otherwise);
}

export async function run(args: readonly string[]): Promise<void> {
  const generate = await loadGenerator(args);
  const folder = mkdtempSync(path.join(tmpdir(), "edge-bench-"));
  const size = option(args, "--size", "50MB");
  const { body }: Generated = generate("prometheus", { size });
  const file = path.join(folder, "exposition");
  writeFileSync(file, body);
  const bytes = body.length;
  const upstream = new Child([path.join(import.meta.dir, "prometheus-upstream.ts"), file], folder);
  try {
    const upstreamPort = await upstream.printed(/(\d+)\n/);
    const times = Number(option(args, "--times", "20"));
    const setup = { folder, upstreamPort, bytes, times, isGzip: args.includes("--gzip") };
    const rows = await passthroughRows(setup);
    for (const count of COUNTS) {
      rows.push(...(await proxyRows(setup, count, policiesOf(generate, count))));
    }
    // With more patterns grep takes minutes to begin.
    rows.push(await grepRow(setup, 100, policiesOf(generate, 100)));
    const header = ["scrape", "MB in", "MB out", "MB/s of CPU", "MB/s", "peak RSS grows by MB"];
    printTable(header, rows);
  } finally {
    await upstream.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
