// What an analysis costs: two processes with one Edge each, without a socket in front of it, get
// the same requests by turns, one with the analysis off and one with it on: CPU time, the median of
// pairs of blocks. Beside it what looking at one request costs, and the share that this is of all
// at the default sample: what is beyond it is what else an analysis does to a process.

import { join } from "node:path";
import { Analyser } from "../../../src/analysis/index.ts";
import { Analysing } from "../../../src/admin/analysis/analysing.ts";
import { otlpProtobufSeries } from "../../../src/protocols/otlp/series.ts";
import type { Assembly } from "../../../src/runtime/proxy/assemble.ts";
import { LoadBench } from "../load.ts";
import { Table } from "../measure.ts";
import { loadGenerator } from "../payloads.ts";
import { CASES, type Case } from "./cases.ts";
import { edgeOf } from "./cpu-side.ts";

/** Pairs of blocks, behind those in which the code is still being compiled. */
const PAIRS = 21;
const WARM_UP_PAIRS = 8;
const OFF_CALLS = 20_000_000;

/** The default of the configuration. */
const SAMPLE = 0.01;
const MEMORY_BYTES = 16 * 1024 * 1024;
const LOOKS = 60;
const LOOK_BLOCKS = 7;
const SERIES = new Map([["otlp_protobuf", otlpProtobufSeries()]]);

export async function cpu(args: readonly string[]): Promise<void> {
  const generate = await loadGenerator(args);
  const bench = new LoadBench();
  try {
    const upstream = await bench.script("sink.ts");
    const assembly = edgeOf(upstream.url, generate("policies", { count: "10", signal: "mixed" }));
    const sized = CASES.map(({ title }) => [title, "10000 µs", "10000 µs", "10.0 %"]);
    const head = ["requests", "off", "on", "more", "one look", `${SAMPLE * 100} % of looks`];
    const table = new Table(head, sized);
    for (const [number, one] of CASES.entries()) {
      const { off, more } = await measured(upstream.url, number, args);
      const { body } = generate(one.kind, one.options);
      const look = lookUs(assembly, one, body);
      const us = (time: number): string => `${time.toFixed(0)} µs`;
      const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
      const cells = [us(off), us(off * (1 + more)), percent(more), us(look)];
      table.print([one.title, ...cells, percent((SAMPLE * look) / off)]);
    }
    console.log(`off: ${offCallNs().toFixed(1)} ns a request`);
  } finally {
    await bench.close();
  }
}

/** Microseconds of CPU a request, and how much more it is with the analysis. */
async function measured(
  upstreamUrl: string,
  number: number,
  args: readonly string[],
): Promise<{ readonly off: number; readonly more: number }> {
  const [off, on] = [
    new Side(upstreamUrl, "off", number, args),
    new Side(upstreamUrl, "on", number, args),
  ];
  try {
    const times: number[] = [];
    const ratios: number[] = [];
    for (let pair = -WARM_UP_PAIRS; pair < PAIRS; pair++) {
      // Whoever comes first finds the caches of the other: they take turns.
      const first = pair % 2 === 0 ? off : on;
      const one = await first.block();
      const other = await (first === off ? on : off).block();
      const [without, with_] = first === off ? [one, other] : [other, one];
      if (pair < 0) continue;
      times.push(without);
      ratios.push(with_ / without);
    }
    return { off: median(times), more: median(ratios) - 1 };
  } finally {
    off.end();
    on.end();
  }
}

/** One of the two processes. */
class Side {
  readonly #child;
  readonly #lines: AsyncIterator<string>;

  constructor(upstreamUrl: string, state: "off" | "on", number: number, args: readonly string[]) {
    const script = join(import.meta.dir, "cpu-side.ts");
    this.#child = Bun.spawn([process.execPath, script, upstreamUrl, state, `${number}`, ...args], {
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
function lookUs(assembly: Assembly, { path, type }: Case, body: Uint8Array): number {
  const headers = new Headers({ "content-type": type });
  const planned = assembly.plan({ method: "POST", path, query: "", headers });
  if (planned?.kind !== "filter") throw new Error(`${path} is not filtered`);
  const { signal, format } = planned;
  const spec = { signals: [signal], sample: SAMPLE, memoryBytesMax: MEMORY_BYTES, seed: 1 };
  const analyser = new Analyser(spec, { random: () => 0, nowMs: () => 0, seriesOf: SERIES });
  const times: number[] = [];
  for (let block = -2; block < LOOK_BLOCKS; block++) {
    const start = process.cpuUsage();
    for (let i = 0; i < LOOKS; i++) {
      const observer = analyser.observer(signal);
      if (observer !== undefined) format.filter(body, observer);
    }
    const { user, system } = process.cpuUsage(start);
    if (block >= 0) times.push((user + system) / LOOKS);
  }
  return median(times);
}

/** What a request is asked while no analysis is on. */
function offCallNs(): number {
  const { onlookers } = new Analysing(new Map());
  let seen = 0;
  const { user: before } = process.cpuUsage();
  for (let i = 0; i < OFF_CALLS; i++) if (onlookers("log") !== undefined) seen++;
  return ((process.cpuUsage().user - before) * 1000) / OFF_CALLS + seen;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}
