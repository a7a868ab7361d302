// The tailer: lines a second for one file, 100 files and standard input, with and without
// policies, beside `cat`, `tail` and `grep -v -f` on the same input; idling beside 1,000 quiet
// files; and how long a line takes from being written to leaving. Options: --lines=500000,
// --policies=10 (or a list), --rounds=3. Rates are those of the lines behind the first ones,
// during which code is still being compiled. Of the rounds the fastest counts, since others of the
// machine only make it slower.

import { appendFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LoadBench } from "./load.ts";
import type { Report } from "./report/report.ts";

const LINES_DEFAULT = 500_000;
/** How many times as many lines the long texts have. */
const LONG = 3;
const ROUNDS_DEFAULT = 3;
const FILES = 100;
const QUIET_FILES = 1000;
const IDLE_MS = 10_000;
/** Until the code that idles is compiled. */
const SETTLE_MS = 4000;
const LATENCY_LINES = 300;
const LATENCY_PAUSE_MS = 10;
const LOOK_MS = 5;

type Format = "raw" | "json" | "logfmt";

const LINE: Readonly<Record<Format, (i: number) => string>> = {
  raw: (i) =>
    `2026-01-01T00:00:00Z INFO request handled id=${i} path=/api/items/${i % 97} took=${i % 313}ms`,
  json: (i) =>
    `{"time":"2026-01-01T00:00:00Z","level":"info","message":"request handled","id":${i},"path":"/api/items/${i % 97}"}`,
  logfmt: (i) =>
    `time=2026-01-01T00:00:00Z level=info msg="request handled" id=${i} path=/api/items/${i % 97}`,
};

export async function run(report: Report): Promise<void> {
  const lines = report.amount(LINES_DEFAULT, 20_000, "lines");
  const counts = (report.option("policies") ?? "10").split(",").map(Number);
  const rounds = report.amount(ROUNDS_DEFAULT, 1, "rounds");
  const bench = new LoadBench();
  try {
    const executable = await bench.executable(report, "edge-tail");
    await throughput(report, bench, executable, { lines, counts, rounds });
    await idle(report, bench, executable);
    await latency(report, bench, executable);
  } finally {
    await bench.close();
  }
}

/** What is measured, from commands that end in what is read. */
interface Row {
  readonly title: string;
  readonly command: readonly string[];
  readonly reads: "file" | "files" | "stdin";
  readonly format?: Format;
}

/** Of each format a short and a long text, so that the start can be told from the rest. */
interface Texts {
  readonly file: Readonly<Record<Format, string>>;
  readonly files: string;
  readonly lines: number;
}

async function throughput(
  report: Report,
  bench: LoadBench,
  executable: string,
  { lines, counts, rounds }: Amounts,
): Promise<void> {
  const short = textsOf(bench, "short", lines);
  const long = textsOf(bench, "long", lines * LONG);
  const state = join(bench.folder, "state");
  const tail = [executable, "--read-from=head", "--exit-on-eof", "--state-dir", state];
  const table = report.table("lines", {
    "a core": "million/s",
    "a million, the first": "s",
    "a million, the next": "s",
    start: "s",
    memory: "MB",
  });
  for (const row of rowsOf(bench, tail, counts)) {
    const { start, first, whole } = await timed(row, { short, long, rounds });
    const more = (long.lines - short.lines) / 1e6;
    const next = (whole.cpuSeconds - first.cpuSeconds) / more;
    table.row(row.title, {
      "a core": 1 / Math.max(0.001, next),
      "a million, the first": (first.cpuSeconds - start.cpuSeconds) / (short.lines / 1e6),
      "a million, the next": next,
      start: start.cpuSeconds,
      memory: whole.mostKib / 1024,
    });
  }
}

function rowsOf(bench: LoadBench, tail: readonly string[], counts: readonly number[]): Row[] {
  const needles = bench.file("needles", needleList(10).join("\n"));
  // To a pipe: it looks no further than the first line when nobody reads what it prints.
  const grep = `cat "$@" | grep -v -F -f ${needles} | cat`;
  const [executable = ""] = tail;
  const rule = [...tail, "--exclude=needle-1"];
  return [
    { title: "cat", command: ["cat"], reads: "file" },
    { title: "tail -n +1", command: ["tail", "-n", "+1"], reads: "file" },
    { title: "grep -v -F -f, 10 needles", command: ["sh", "-c", grep, "sh"], reads: "file" },
    { title: "one file", command: tail, reads: "file" },
    { title: `${FILES} files`, command: tail, reads: "files" },
    { title: "standard input", command: [executable], reads: "stdin" },
    { title: "one file, one --exclude", command: rule, reads: "file" },
    ...counts.flatMap((count) => {
      const policies = policyFile(bench, count);
      return (["raw", "json", "logfmt"] as const).map((format): Row => {
        const title = `one file, ${count.toLocaleString("en")} policies, ${format}`;
        const command = [...tail, `--format=${format}`, `--policy=${policies}`];
        return { title, command, reads: "file", format };
      });
    }),
  ];
}

function textsOf(bench: LoadBench, name: string, lines: number): Texts {
  const fileOf = (format: Format): string =>
    bench.file(`${name}-${format}.log`, textOf(format, lines));
  const files = join(bench.folder, name);
  mkdirSync(files);
  const share = textOf("raw", lines / FILES);
  for (let i = 0; i < FILES; i++) writeFileSync(join(files, `${i}.log`), share);
  const file = { raw: fileOf("raw"), json: fileOf("json"), logfmt: fileOf("logfmt") };
  return { file, files: join(files, "*.log"), lines };
}

/** What the start costs, the first lines and all, at the fastest. */
async function timed(row: Row, { short, long, rounds }: Run): Promise<Timed> {
  const once = (texts: Texts | undefined) => {
    const path = texts?.file[row.format ?? "raw"] ?? "/dev/null";
    if (row.reads === "stdin") return measured([...row.command, "-"], path);
    const input = row.reads === "file" ? path : (texts?.files ?? path);
    // Without an input the tailer reads standard input, which is empty.
    return measured(texts === undefined ? row.command : [...row.command, input], "/dev/null");
  };
  const all = { start: NEVER, first: NEVER, whole: NEVER };
  for (let round = 0; round < rounds; round++) {
    all.start = fastest(all.start, await once(undefined));
    all.first = fastest(all.first, await once(short));
    all.whole = fastest(all.whole, await once(long));
  }
  return all;
}

type Timed = Readonly<Record<"start" | "first" | "whole", Measured>>;

interface Amounts {
  readonly lines: number;
  readonly counts: readonly number[];
  readonly rounds: number;
}

interface Run {
  readonly short: Texts;
  readonly long: Texts;
  readonly rounds: number;
}

interface Measured {
  readonly cpuSeconds: number;
  readonly mostKib: number;
}

const NEVER: Measured = { cpuSeconds: Infinity, mostKib: 0 };

function fastest(one: Measured, other: Measured): Measured {
  return {
    cpuSeconds: Math.min(one.cpuSeconds, other.cpuSeconds),
    mostKib: Math.max(one.mostKib, other.mostKib),
  };
}

async function measured(command: readonly string[], stdin: string): Promise<Measured> {
  const child = Bun.spawn([...command], {
    stdin: Bun.file(stdin),
    stdout: "ignore",
    stderr: "inherit",
  });
  let mostKib = 0;
  while (child.exitCode === null && child.signalCode === null) {
    mostKib = Math.max(mostKib, peakKib(child.pid));
    await Promise.race([child.exited, Bun.sleep(LOOK_MS)]);
  }
  const cpuSeconds = Number(child.resourceUsage()?.cpuTime.total ?? 0) / 1e6;
  return { cpuSeconds, mostKib };
}

async function idle(report: Report, bench: LoadBench, executable: string): Promise<void> {
  const folder = join(bench.folder, "quiet");
  mkdirSync(folder);
  for (let i = 0; i < QUIET_FILES; i++) writeFileSync(join(folder, `${i}.log`), "a line\n");
  const idleMs = report.amount(IDLE_MS, 500);
  const table = report.table(`idle beside ${QUIET_FILES} files`, {
    "of a core": "%",
    memory: "MB",
  });
  for (const engine of ["inotify", "poll"]) {
    const state = join(bench.folder, `idle-${engine}`);
    const child = Bun.spawn(
      [executable, `--io-engine=${engine}`, "--state-dir", state, join(folder, "*.log")],
      { stdout: "ignore", stderr: "inherit" },
    );
    await Bun.sleep(report.amount(SETTLE_MS, 500));
    const before = cpuMs(child.pid);
    await Bun.sleep(idleMs);
    const busyMs = cpuMs(child.pid) - before;
    const kib = Number(/VmRSS:\s*(\d+)/.exec(procFile(child.pid, "status"))?.[1] ?? 0);
    child.kill();
    await child.exited;
    table.row(engine, { "of a core": (busyMs / idleMs) * 100, memory: kib / 1024 });
  }
}

/** The most memory that a process has had, as far as it still lives. */
function peakKib(pid: number): number {
  try {
    return Number(/VmHWM:\s*(\d+)/.exec(procFile(pid, "status"))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/** Of all threads of a process, as the scheduler counts it; a clock's ticks are too coarse. */
function cpuMs(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`);
  const times = threads.map((id) => Number(procFile(pid, `task/${id}/schedstat`).split(" ")[0]));
  return times.reduce((sum, time) => sum + time, 0) / 1e6;
}

function procFile(pid: number, name: string): string {
  return readFileSync(`/proc/${pid}/${name}`, "utf8");
}

async function latency(report: Report, bench: LoadBench, executable: string): Promise<void> {
  const table = report.table("from write to output", {
    lines: "",
    median: "ms",
    p99: "ms",
    most: "ms",
    // How busy the machine is: a timer of the bench itself.
    "a timer is late, p99": "ms",
  });
  for (const engine of ["inotify", "poll"]) {
    const path = bench.file(`latency-${engine}.log`, "");
    const state = join(bench.folder, `latency-${engine}`);
    const child = Bun.spawn([executable, `--io-engine=${engine}`, "--state-dir", state, path], {
      stdout: "pipe",
      stderr: "inherit",
    });
    const times = arrivals(child.stdout);
    await Bun.sleep(1500);
    const late: number[] = [];
    for (let i = 0; i < report.amount(LATENCY_LINES, 20); i++) {
      const nowMs = performance.now();
      appendFileSync(path, `${nowMs}\n`);
      await Bun.sleep(LATENCY_PAUSE_MS);
      late.push(performance.now() - nowMs - LATENCY_PAUSE_MS);
    }
    await Bun.sleep(500);
    child.kill();
    const delays = await times;
    table.row(engine, {
      lines: delays.length,
      median: quantile(delays, 0.5),
      p99: quantile(delays, 0.99),
      most: quantile(delays, 1),
      "a timer is late, p99": quantile(late, 0.99),
    });
  }
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = Math.min(sorted.length - 1, Math.floor(sorted.length * share));
  return sorted[at] ?? 0;
}

/** Milliseconds that each line, which says when it was written, took. */
async function arrivals(stream: ReadableStream<Uint8Array>): Promise<number[]> {
  const delays: number[] = [];
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const nowMs = performance.now();
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) delays.push(nowMs - Number(line));
  }
  return delays;
}

function textOf(format: Format, lines: number): string {
  const one = LINE[format];
  return Array.from({ length: lines }, (_, i) => `${one(i)}\n`).join("");
}

function needleList(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `needle-${i} of the bench`);
}

function policyFile(bench: LoadBench, count: number): string {
  const policies = needleList(count).map((needle, i) => ({
    id: `policy-${i}`,
    name: "Drops what has a needle",
    log: { match: [{ log_field: "body", contains: needle }], keep: "none" },
  }));
  return bench.file(`policies-${count}.json`, JSON.stringify({ policies }));
}
