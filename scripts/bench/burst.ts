// Whether a fresh process refuses anything when clients come all at once: requests at a fixed rate
// from its first moment on, whatever it has answered so far, each on a free connection or a new
// one. It is a fault when one was not answered 200.
// Options: --rate=4000 (a second), --requests=12000, --kb=64, --workers=1,2.

import { connect, type Socket } from "node:net";
import { cpuMs, LoadBench, mostResidentMb, type Proxy } from "./load.ts";
import type { Cell } from "./report/figures.ts";
import type { Report } from "./report/report.ts";
import { logsOf, tenPolicies } from "../payloads/small-logs.ts";

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

export async function run(report: Report): Promise<void> {
  const burst = {
    requests: report.amount(12_000, 400, "requests"),
    perSecond: report.amount(4000, 400, "rate"),
    bodyBytes: report.amount(64, 64, "kb") * 1024,
  };
  const build = new LoadBench();
  try {
    const executable = await build.executable(report, "edge");
    const table = report.table(
      `a burst upon a fresh process, ${burst.perSecond} a second`,
      COLUMNS,
    );
    for (const workers of (report.option("workers") ?? "1,2").split(",").map(Number)) {
      table.row(workers === 1 ? "one worker" : `${workers} workers`, {
        ...(await measured(report, executable, workers, burst)),
      });
    }
  } finally {
    await build.close();
  }
}

const COLUMNS = {
  requests: "",
  "answered 200": "",
  otherwise: "text",
  "sent in": "ms",
  "all in": "ms",
  connections: "",
  p50: "ms",
  p99: "ms",
  max: "ms",
  "most memory": "MB",
  "CPU a request": "ms",
} as const;

/** A process of its own, which has answered nothing but that it is ready. */
async function measured(
  report: Report,
  executable: string,
  workers: number,
  burst: Burst,
): Promise<Partial<Record<keyof typeof COLUMNS, Cell>>> {
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
    const others = [...answers].filter(([how]) => how !== "200");
    const otherwise = others.map(([how, count]) => `${count} × ${how}`).join(", ");
    if (otherwise !== "") report.fault(`${otherwise}\n${await reasons(edge)}`);
    const at = (share: number): number =>
      latenciesMs[Math.floor(share * (latenciesMs.length - 1))] ?? 0;
    return {
      requests: burst.requests,
      "answered 200": answers.get("200") ?? 0,
      otherwise,
      "sent in": outcome.sentMs,
      "all in": outcome.allMs,
      connections: outcome.connections,
      p50: at(0.5),
      p99: at(0.99),
      max: at(1),
      "most memory": mostResidentMb(edge.pid),
      "CPU a request": cpuMs(edge.pid) / burst.requests,
    };
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
