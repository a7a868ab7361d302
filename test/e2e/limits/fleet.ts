// Several compiled instances behind one limit, with one backend that counts what passes, and load
// in bursts that lie well within windows, so that each record belongs to one.

import { type Program, startProgram } from "../../support/e2e-program.ts";
import { logRequest } from "./records.ts";

export const CLIENTS = 32;
const WINDOW_MS = 1000;
/** A burst begins and ends so long after a window's start; its answers come before the next. */
const BURST_FROM_MS = 100;
const BURST_UNTIL_MS = 600;
/** When nothing is on its way any more, and the leases of the next window are had. */
const QUIET_AT_MS = 920;
const ATTEMPTS = 5;

export interface FleetOptions {
  readonly instances: number;
  readonly storeUrl: string | undefined;
  readonly policies: object;
  readonly config?: object;
}

export class Fleet implements AsyncDisposable {
  readonly programs: Program[] = [];
  urls: string[] = [];
  readonly #backend: Bun.Server<undefined>;
  readonly #passed = new Map<string, number>();

  private constructor() {
    this.#backend = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: async (request) => {
        const tenant = /tenant-\w+/.exec(await request.text())?.[0] ?? "";
        this.#passed.set(tenant, (this.#passed.get(tenant) ?? 0) + 1);
        return Response.json({});
      },
    });
  }

  static async start(options: FleetOptions): Promise<Fleet> {
    const fleet = new Fleet();
    for (let i = 0; i < options.instances; i++) await fleet.add(options);
    return fleet;
  }

  async add({ storeUrl, policies, config = {} }: FleetOptions): Promise<Program> {
    const settings = {
      listen_port: 0,
      upstream_url: `http://127.0.0.1:${this.#backend.port}`,
      log_format: "json",
      worker_count: 1,
      policy_providers: [{ type: "file", path: "policies.json" }],
      shared_limits: storeUrl === undefined ? {} : { url: storeUrl },
      ...config,
    };
    const files = {
      "config.json": JSON.stringify(settings),
      "policies.json": JSON.stringify(policies),
    };
    const program = await startProgram("edge", { files, args: ["config.json"] });
    this.programs.push(program);
    this.urls.push(await program.url());
    return program;
  }

  /**
   * What passes in one window, by tenant, while all clients send to all of the instances. A burst
   * whose answers came too late to tell is made again.
   */
  async burst(urls = this.urls, tenants: readonly string[] = ["tenant-a"]) {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const startMs = (Math.floor(Date.now() / WINDOW_MS) + 1) * WINDOW_MS;
      await until(startMs + BURST_FROM_MS);
      this.#passed.clear();
      const client = async (number: number): Promise<void> => {
        for (let i = number; Date.now() < startMs + BURST_UNTIL_MS; i++) {
          const url = urls[i % urls.length]!;
          const tenant = tenants[Math.floor(i / urls.length) % tenants.length]!;
          await send(url, tenant);
        }
      };
      await Promise.all(Array.from({ length: CLIENTS }, (_, i) => client(i)));
      const tookMs = Date.now() - startMs;
      await until(startMs + QUIET_AT_MS);
      if (tookMs < WINDOW_MS) return Object.fromEntries(this.#passed);
    }
    throw new Error("this machine is too slow to tell");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const program of this.programs) await program[Symbol.asyncDispose]();
    await this.#backend.stop(true);
  }
}

async function send(url: string, tenant: string): Promise<void> {
  const response = await fetch(`${url}/v1/logs`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: logRequest(tenant),
  });
  await response.arrayBuffer();
  if (response.status !== 200) throw new Error(`status ${response.status}`);
}

async function until(timeMs: number): Promise<void> {
  const leftMs = timeMs - Date.now();
  if (leftMs > 0) await new Promise((resolve) => void setTimeout(resolve, leftMs));
}
