// Workers in front of a recording upstream, with policies given to them directly, and clients that
// open a connection for each request, so that the system spreads them over the workers.

import { mkdtempSync, rmSync } from "node:fs";
import * as http from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig } from "../../../src/config/index.ts";
import type { Policy, SnapshotSummary } from "../../../src/policy/index.ts";
import { runInSteps, yieldToLoop } from "../../../src/system/index.ts";
import { ServiceLedgers } from "../../../src/policy/index.ts";
import { createBudgets } from "../../../src/runtime/budgets.ts";
import { type Assembly, assemble } from "../../../src/runtime/proxy/assemble.ts";
import type { Listener } from "../../../src/server/listener.ts";
import { WorkerPool } from "../../../src/runtime/workers/index.ts";
import { RecordingBus } from "../../support/proxy-fakes.ts";
import { RecordingUpstream, rawResponse } from "../../support/recording-upstream.ts";
import { DISTRIBUTION } from "./distribution.ts";

/** One file, built once: every worker that is started reads it. */
const bundled = (async (): Promise<string> => {
  const outdir = mkdtempSync(join(tmpdir(), "edge-worker-entry-"));
  process.on("exit", () => rmSync(outdir, { recursive: true, force: true }));
  const entry = new URL("./worker-entry.ts", import.meta.url).pathname;
  await Bun.build({ entrypoints: [entry], outdir, target: "bun" });
  return join(outdir, "worker-entry.js");
})();

export interface PoolHarnessOptions {
  readonly workers?: number;
  /** Members of the configuration file. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly policies?: readonly Policy[];
  /** What workers run. */
  readonly entry?: string;
  readonly silentLooksMax?: number;
}

export interface Answer {
  /** 0: the connection broke. */
  readonly status: number;
  readonly text: string;
}

export class PoolHarness implements AsyncDisposable {
  readonly bus = new RecordingBus();
  readonly reports: string[] = [];
  isReady = true;
  readonly upstream: RecordingUpstream;
  readonly pool: WorkerPool;
  readonly assembly: Assembly;
  listener!: Listener;

  private constructor(upstream: RecordingUpstream, entry: string, options: PoolHarnessOptions) {
    this.upstream = upstream;
    const file = { listen_address: "127.0.0.1", listen_port: 0, upstream_url: upstream.url };
    const text = JSON.stringify({ ...file, ...options.config });
    const { config } = loadConfig({
      path: "/c.json",
      defaultPath: "/c.json",
      env: {},
      readFile: () => new TextEncoder().encode(text),
    });
    const budgets = createBudgets(config.budgets);
    const services = new ServiceLedgers();
    this.pool = new WorkerPool({
      config,
      budgets: budgets.memory,
      services,
      workers: options.workers ?? 2,
      bus: this.bus,
      entry,
      ...(options.silentLooksMax === undefined ? {} : { silentLooksMax: options.silentLooksMax }),
      writeError: (report) => void this.reports.push(report),
    });
    const { threads } = this.pool;
    this.assembly = assemble(config, DISTRIBUTION, this.bus, { threads, budgets, services });
  }

  static async start(options: PoolHarnessOptions = {}): Promise<PoolHarness> {
    const upstream = await RecordingUpstream.start();
    upstream.respond = () => rawResponse(200, { "content-type": "application/json" }, "{}");
    const harness = new PoolHarness(upstream, options.entry ?? (await bundled), options);
    try {
      harness.listener = await harness.#listen();
    } catch (error) {
      harness.assembly.metrics.stop();
      await upstream.stop();
      throw error;
    }
    if (options.policies !== undefined) await harness.load(options.policies);
    return harness;
  }

  #listen(): Promise<Listener> {
    return this.pool.listen({
      distribution: { modules: [] },
      tls: undefined,
      idleTimeoutMs: 60_000,
      pages: this.assembly.server.app.fetch,
      ready: () => this.isReady,
    });
  }

  get url(): string {
    return this.listener.url;
  }

  /** Puts a set in force, as the registry does. */
  load(policies: readonly Policy[]): Promise<SnapshotSummary> {
    const { policies: engine, pause } = this.pool.threads;
    return runInSteps(engine.replace(policies), pause);
  }

  get(path: string, init: http.RequestOptions = {}): Promise<Answer> {
    return request(this.url + path, init);
  }

  /** A request with log records of these severities, and of this trace. */
  post(
    severities: readonly string[],
    init: http.RequestOptions = {},
    traceId?: string,
  ): Promise<Answer> {
    const logRecords = severities.map((severityText) => ({ severityText, traceId }));
    const body = JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] });
    const headers = { "content-type": "application/json" };
    return request(`${this.url}/v1/logs`, { method: "POST", headers, ...init }, body);
  }

  /** Threads that answer, by asking until each has. */
  async threads(count: number): Promise<Set<string>> {
    const seen = new Set<string>();
    while (seen.size < count) seen.add((await this.get("/test/who")).text);
    return seen;
  }

  /** Hits of a policy in all threads. */
  hits(id: string): number {
    return this.assembly.engine.totals().find((one) => one.id === id)?.hits ?? 0;
  }

  /** Log records that reached the upstream. */
  received(): number {
    const bodies = this.upstream.requests.map(({ body }) => body.toString());
    return bodies.join("").split("severityText").length - 1;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.listener.abort();
    this.assembly.metrics.stop();
    for (const upstream of this.assembly.upstreams) upstream.stop();
    await this.upstream.stop();
  }
}

/** On a connection of its own, unless an agent is given. */
export function request(url: string, init: http.RequestOptions = {}, body = ""): Promise<Answer> {
  return new Promise((resolve) => {
    const sent = http.request(url, { agent: false, ...init }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (piece: string) => (text += piece));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
      response.on("error", () => resolve({ status: 0, text }));
    });
    sent.on("error", (error) => resolve({ status: 0, text: error.message }));
    sent.end(body);
  });
}

/** Runs `count` of these, `width` at a time. */
export async function inParallel<T>(
  count: number,
  width: number,
  run: (index: number) => Promise<T>,
): Promise<T[]> {
  const results: T[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) results.push(await run(next++));
  };
  await Promise.all(Array.from({ length: width }, lane));
  return results;
}

/** Resolves when it is so; others have their turn between two looks. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await yieldToLoop();
}

/** How often each status came: `{"200": 3}`. */
export function statuses(answers: readonly Answer[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}
