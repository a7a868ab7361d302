// Whether a fresh process refuses anything when clients come all at once: requests at a fixed rate
// from its first moment on, whatever it has answered so far, each on a free connection or a new
// one. Exits with 1 when one was not answered 200.
// Options: --rate=4000 (a second), --requests=12000, --kb=64, --workers=1,2.

import { connect, type Socket } from "node:net";
import { buildExecutable } from "../build.ts";
import { cpuMs, LoadBench, mostResidentMb, type Proxy } from "./load.ts";
import { printTable } from "./measure.ts";
import { logsOf, tenPolicies } from "./payloads.ts";

/** For the answers to all; then those that are missing count as not answered. */
const ANSWER_MS_MAX = 60_000;

interface Burst {
  readonly requests: number;
  readonly perSecond: number;
  readonly bodyBytes: number;
}

interface Outcome {
  /** How many requests ended so: a status, or the code of an error. */
  readonly answers: ReadonlyMap<string, number>;
  readonly sentMs: number;
  readonly allMs: number;
  readonly connections: number;
  /** Of each answer after its request, ascending. */
  readonly latenciesMs: readonly number[];
}

export async function run(args: readonly string[]): Promise<void> {
  const option = (name: string, otherwise: string): string =>
    new RegExp(`^--${name}=(.+)$`, "m").exec(args.join("\n"))?.[1] ?? otherwise;
  const burst = {
    requests: Number(option("requests", "12000")),
    perSecond: Number(option("rate", "4000")),
    bodyBytes: Number(option("kb", "64")) * 1024,
  };
  const build = new LoadBench();
  try {
    const { path: executable } = await buildExecutable({ name: "edge", outdir: build.folder });
    const rows: string[][] = [];
    for (const workers of option("workers", "1,2").split(",").map(Number)) {
      rows.push(await row(executable, workers, burst));
    }
    const header = ["workers", "answers", "sent in", "all in", "connections", "p50", "p99", "max"];
    printTable([...header, "most memory", "CPU/request"], rows);
  } finally {
    await build.close();
  }
}

/** A process of its own, which has answered nothing but that it is ready. */
async function row(executable: string, workers: number, burst: Burst): Promise<string[]> {
  const bench = new LoadBench();
  try {
    const sink = await bench.script("sink.ts");
    const path = bench.file("policies.json", JSON.stringify({ policies: tenPolicies() }));
    const edge = await bench.edge(executable, {
      upstream_url: sink.url,
      worker_count: workers,
      policy_providers: [{ id: "file", type: "file", path }],
    });
    const outcome = await new Generator(edge, burst).run();
    const { answers, latenciesMs } = outcome;
    if (answers.get("200") !== burst.requests) {
      process.exitCode = 1;
      console.log(await reasons(edge));
    }
    const at = (share: number): string =>
      ms(latenciesMs[Math.floor(share * (latenciesMs.length - 1))] ?? 0);
    return [
      String(workers),
      [...answers].map(([how, count]) => `${count} × ${how}`).join(", "),
      ms(outcome.sentMs),
      ms(outcome.allMs),
      String(outcome.connections),
      at(0.5),
      at(0.99),
      at(1),
      `${mostResidentMb(edge.pid).toFixed(0)} MB`,
      `${(cpuMs(edge.pid) / burst.requests).toFixed(2)} ms`,
    ];
  } finally {
    await bench.close();
  }
}

/** What Edge itself says of what it did not answer. */
async function reasons({ url }: Proxy): Promise<string> {
  const text = await (await fetch(`${url}/_edge/metrics`)).text();
  return text
    .split("\n")
    .filter((line) => REASONS.test(line) && !line.endsWith(" 0"))
    .join("\n");
}

const REASONS =
  /^edge_(?:responses|requests_without_room|uploads_cut|upstream_errors|worker_failures)/;

class Generator {
  readonly #port: number;
  readonly #burst: Burst;
  readonly #request: Buffer;
  readonly #free: Socket[] = [];
  readonly #answers = new Map<string, number>();
  readonly #latenciesMs: number[] = [];
  #connections = 0;

  constructor({ url }: Proxy, burst: Burst) {
    this.#port = Number(new URL(url).port);
    this.#burst = burst;
    const body = logsOf(0, burst.bodyBytes);
    const head = `POST /v1/logs HTTP/1.1\r\nhost: edge\r\ncontent-type: application/json\r\n`;
    this.#request = Buffer.concat([
      Buffer.from(`${head}content-length: ${body.length}\r\n\r\n`),
      body,
    ]);
  }

  async run(): Promise<Outcome> {
    const { requests, perSecond } = this.#burst;
    const startMs = performance.now();
    for (let sent = 0; sent < requests;) {
      const due = Math.floor(((performance.now() - startMs) / 1000) * perSecond);
      for (; sent < Math.min(due, requests); sent++) this.#send();
      await Bun.sleep(1);
    }
    const sentMs = performance.now() - startMs;
    while (this.#latenciesMs.length < requests && performance.now() - startMs < ANSWER_MS_MAX) {
      await Bun.sleep(10);
    }
    const allMs = performance.now() - startMs;
    const missing = requests - this.#latenciesMs.length;
    if (missing > 0) this.#answers.set("nothing", missing);
    return {
      answers: this.#answers,
      sentMs,
      allMs,
      connections: this.#connections,
      latenciesMs: this.#latenciesMs.toSorted((a, b) => a - b),
    };
  }

  #send(): void {
    const startMs = performance.now();
    const socket = this.#free.pop() ?? this.#connect();
    let text = "";
    const ended = (how: string): void => {
      socket.removeAllListeners();
      socket.on("error", () => undefined);
      this.#answers.set(how, (this.#answers.get(how) ?? 0) + 1);
      this.#latenciesMs.push(performance.now() - startMs);
      if (how === "200") this.#free.push(socket);
      else socket.destroy();
    };
    socket.on("data", (bytes) => {
      text += bytes.toString("latin1");
      const status = statusOfWhole(text);
      if (status !== undefined) ended(status);
    });
    socket.on("error", (error) => ended("code" in error ? String(error.code) : error.name));
    socket.on("close", () => ended("closed"));
    socket.write(this.#request);
  }

  #connect(): Socket {
    this.#connections++;
    return connect(this.#port, "127.0.0.1").setNoDelay(true);
  }
}

/** Undefined as long as something of the response is missing. */
function statusOfWhole(text: string): string | undefined {
  const match = /^HTTP\/1\.1 (\d+)[^]*?\r\ncontent-length: (\d+)[^]*?\r\n\r\n([^]*)$/i.exec(text);
  if (match === null || (match[3] ?? "").length < Number(match[2])) return undefined;
  return match[1];
}

function ms(time: number): string {
  return `${time.toFixed(0)} ms`;
}
