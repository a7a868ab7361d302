// The tailer: lines a second for one file, 100 files and standard input, with and without policies,
// beside `cat`, `tail` and `grep -v -f` on the same input; idling beside 1,000 quiet files; and how
// long a line takes from being written to leaving.
// Options: --executable=FILE (built afresh without it), --lines=500000, --policies=10 (or a list),
// --rounds=3. Rates are those of the lines behind the first ones, during which code is still being
// compiled. Of the rounds the fastest counts, since others of the machine only make it slower.

import { appendFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildExecutable } from "../build.ts";
import { LoadBench } from "./load.ts";
import { printTable } from "./measure.ts";

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

export async function run(args: readonly string[]): Promise<void> {
  const option = (name: string): string | undefined =>
    args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3);
  const lines = Number(option("lines") ?? LINES_DEFAULT);
  const counts = (option("policies") ?? "10").split(",").map(Number);
  const rounds = Number(option("rounds") ?? ROUNDS_DEFAULT);
  const bench = new LoadBench();
  try {
    const executable =
      option("executable") ??
      (await buildExecutable({ name: "edge-tail", outdir: bench.folder })).path;
    await throughput(bench, executable, { lines, counts, rounds });
    await idle(bench, executable);
    await latency(bench, executable);
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
  bench: LoadBench,
  executable: string,
  { lines, counts, rounds }: Amounts,
): Promise<void> {
  const short = textsOf(bench, "short", lines);
  const long = textsOf(bench, "long", lines * LONG);
  const state = join(bench.folder, "state");
  const tail = [executable, "--read-from=head", "--exit-on-eof", "--state-dir", state];
  const rows: string[][] = [];
  for (const row of rowsOf(bench, tail, counts)) {
    rows.push([row.title, ...(await timed(row, { short, long, rounds }))]);
  }
  const million = (of: string): string => `CPU s a million lines, ${of}`;
  printTable(["lines", "a CPU second", million("first"), million("next"), "start", "memory"], rows);
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

/** Rates of the lines that are in the long text only, and what the first ones cost. */
async function timed(row: Row, { short, long, rounds }: Run): Promise<string[]> {
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
  const { start, first, whole } = all;
  const more = (long.lines - short.lines) / 1e6;
  const cpuSeconds = (whole.cpuSeconds - first.cpuSeconds) / more;
  const firstSeconds = (first.cpuSeconds - start.cpuSeconds) / (short.lines / 1e6);
  const rate = (seconds: number): string => `${(1 / Math.max(0.001, seconds)).toFixed(2)} million`;
  return [
    rate(cpuSeconds),
    firstSeconds.toFixed(2),
    cpuSeconds.toFixed(2),
    `${start.cpuSeconds.toFixed(2)} s`,
    `${(whole.mostKib / 1024).toFixed(0)} MiB`,
  ];
}

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

async function idle(bench: LoadBench, executable: string): Promise<void> {
  const folder = join(bench.folder, "quiet");
  mkdirSync(folder);
  for (let i = 0; i < QUIET_FILES; i++) writeFileSync(join(folder, `${i}.log`), "a line\n");
  const rows: string[][] = [];
  for (const engine of ["inotify", "poll"]) {
    const state = join(bench.folder, `idle-${engine}`);
    const child = Bun.spawn(
      [executable, `--io-engine=${engine}`, "--state-dir", state, join(folder, "*.log")],
      { stdout: "ignore", stderr: "inherit" },
    );
    await Bun.sleep(SETTLE_MS);
    const before = cpuMs(child.pid);
    await Bun.sleep(IDLE_MS);
    const busyMs = cpuMs(child.pid) - before;
    const kib = Number(/VmRSS:\s*(\d+)/.exec(procFile(child.pid, "status"))?.[1] ?? 0);
    child.kill();
    await child.exited;
    const share = (busyMs / IDLE_MS) * 100;
    rows.push([engine, `${share.toFixed(2)} %`, `${(kib / 1024).toFixed(0)} MiB`]);
  }
  console.log("");
  printTable([`idle beside ${QUIET_FILES} files`, "of a core", "memory"], rows);
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

async function latency(bench: LoadBench, executable: string): Promise<void> {
  const rows: string[][] = [];
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
    for (let i = 0; i < LATENCY_LINES; i++) {
      const nowMs = performance.now();
      appendFileSync(path, `${nowMs}\n`);
      await Bun.sleep(LATENCY_PAUSE_MS);
      late.push(performance.now() - nowMs - LATENCY_PAUSE_MS);
    }
    await Bun.sleep(500);
    child.kill();
    const delays = await times;
    const columns = [quantile(delays, 0.5), quantile(delays, 0.99), quantile(delays, 1)];
    rows.push([engine, String(delays.length), ...columns, quantile(late, 0.99)]);
  }
  console.log("");
  const title = ["from write to output", "lines", "median", "p99", "most"];
  // How busy the machine is: a timer of the bench itself.
  printTable([...title, "a timer is late, p99"], rows);
}

function quantile(values: readonly number[], share: number): string {
  const sorted = values.toSorted((a, b) => a - b);
  const at = Math.min(sorted.length - 1, Math.floor(sorted.length * share));
  return `${(sorted[at] ?? 0).toFixed(2)} ms`;
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
