// What an analysis costs: pairs of processes with one Edge each, without a socket in front of it,
// get the same requests by turns, one with the analysis off and one with it on: CPU time, medians
// of blocks and of pairs. Beside it what looking at one request costs, and the share that this is
// of all at the default sample: what is beyond it is what else an analysis does to a process.

import { join } from "node:path";
import { Analyser } from "../../../src/analysis/index.ts";
import { Analysing } from "../../../src/admin/analysis/analysing.ts";
import { otlpProtobufSeries } from "../../../src/protocols/otlp/series.ts";
import type { Assembly } from "../../../src/runtime/proxy/assemble.ts";
import { policyFile } from "../../payloads/index.ts";
import { LoadBench } from "../load.ts";
import type { Report } from "../report/report.ts";
import { CASES, type Case } from "./cases.ts";
import { edgeOf } from "./cpu-side.ts";

/** Pairs of blocks, behind those in which the code is still being compiled. */
const PAIRS = 11;
const WARM_UP_PAIRS = 30;
/** Pairs of processes: code is compiled better in one than in another, by chance. */
const PROCESSES = 2;
const OFF_CALLS = 20_000_000;

/** The default of the configuration. */
const SAMPLE = 0.01;
const MEMORY_BYTES = 16 * 1024 * 1024;
const LOOKS = 60;
const LOOK_BLOCKS = 7;
const SERIES = new Map([["otlp_protobuf", otlpProtobufSeries()]]);

export async function cpu(report: Report): Promise<void> {
  const bench = new LoadBench();
  try {
    const upstream = await bench.script("sink.ts");
    const assembly = edgeOf(upstream.url, policyFile(10, { signal: "mixed" }));
    const table = report.table("a request, and with the analysis on", {
      off: "µs",
      on: "µs",
      more: "%",
      "one look": "µs",
      "looks at the default sample": "%",
    });
    for (const [number, one] of CASES.entries()) {
      const { off, more } = await measured(report, upstream.url, number);
      const look = lookUs(assembly, one, report.amount(LOOKS, 2));
      table.row(one.title, {
        off,
        on: off * (1 + more),
        more: 100 * more,
        "one look": look,
        "looks at the default sample": (100 * SAMPLE * look) / off,
      });
    }
    const ns = offCallNs(report.amount(OFF_CALLS, 1000));
    const off = report.table("what a request is asked while no analysis is on", {
      "a request": "ns",
    });
    off.row("off", { "a request": ns });
  } finally {
    await bench.close();
  }
}

/** Microseconds of CPU a request, and how much more it is with the analysis. */
async function measured(
  report: Report,
  upstreamUrl: string,
  number: number,
): Promise<{ readonly off: number; readonly more: number }> {
  const offs: number[] = [];
  const ons: number[] = [];
  for (let i = 0; i < report.amount(PROCESSES, 1, "processes"); i++) {
    const { off, on } = await measuredOnce(report, upstreamUrl, number);
    offs.push(off);
    ons.push(on);
  }
  return { off: median(offs), more: median(ons) / median(offs) - 1 };
}

/** By two processes: what each takes for a request. */
async function measuredOnce(
  report: Report,
  upstreamUrl: string,
  number: number,
): Promise<{ readonly off: number; readonly on: number }> {
  const sides = [
    new Side(upstreamUrl, "off", number),
    new Side(upstreamUrl, "on", number),
  ] as const;
  const times = [[], []] as readonly [number[], number[]];
  const warmUp = report.amount(WARM_UP_PAIRS, 0, "warm-up");
  try {
    for (let pair = -warmUp; pair < report.amount(PAIRS, 1, "pairs"); pair++) {
      // Whoever comes first finds the caches of the other: they take turns.
      for (const which of pair % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)) {
        const time = await sides[which].block();
        if (pair >= 0) times[which].push(time);
      }
    }
    return { off: median(times[0]), on: median(times[1]) };
  } finally {
    for (const side of sides) side.end();
  }
}

/** One of the two processes. */
class Side {
  readonly #child;
  readonly #lines: AsyncIterator<string>;

  constructor(upstreamUrl: string, state: "off" | "on", number: number) {
    const script = join(import.meta.dir, "cpu-side.ts");
    this.#child = Bun.spawn([process.execPath, script, upstreamUrl, state, `${number}`], {
      stdin: "pipe",
      stdout: "pipe",
      stderr: "inherit",
    });
    this.#lines = linesOf(this.#child.stdout);
  }

  /** Microseconds of CPU a request. */
  async block(): Promise<number> {
    void this.#child.stdin.write("go\n");
    await this.#child.stdin.flush();
    const { value } = await this.#lines.next();
    return Number(value);
  }

  end(): void {
    this.#child.kill();
  }
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string, void> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stream) {
    text += decoder.decode(chunk, { stream: true });
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n")) {
      yield text.slice(0, at);
      text = text.slice(at + 1);
    }
  }
}

/** Microseconds of CPU for looking at one request of the sample. */
function lookUs(assembly: Assembly, { path, type, body: make }: Case, looks: number): number {
  const { body } = make();
  const headers = new Headers({ "content-type": type });
  const planned = assembly.plan({ method: "POST", path, query: "", headers });
  if (planned?.kind !== "filter") throw new Error(`${path} is not filtered`);
  const { signal, format } = planned;
  const spec = { signals: [signal], sample: SAMPLE, memoryBytesMax: MEMORY_BYTES, seed: 1 };
  const analyser = new Analyser(spec, { random: () => 0, nowMs: () => 0, seriesOf: SERIES });
  const times: number[] = [];
  for (let block = -2; block < LOOK_BLOCKS; block++) {
    const start = process.cpuUsage();
    for (let i = 0; i < looks; i++) {
      const observer = analyser.observer(signal);
      if (observer !== undefined) format.filter(body, observer);
    }
    const { user, system } = process.cpuUsage(start);
    if (block >= 0) times.push((user + system) / looks);
  }
  return median(times);
}

/** What a request is asked while no analysis is on. */
function offCallNs(calls: number): number {
  const { onlookers } = new Analysing(new Map());
  let seen = 0;
  const { user: before } = process.cpuUsage();
  for (let i = 0; i < calls; i++) if (onlookers("log") !== undefined) seen++;
  return ((process.cpuUsage().user - before) * 1000) / calls + seen;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}
