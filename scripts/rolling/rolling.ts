// A rolling update behind nginx, under load: of two instances one after the other is told to stop,
// ends and is started again on its port, over and over. Every record has a number, so that what was
// lost, or came twice, can be named.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface RollingOptions {
  /** The program, compiled: one that takes OTLP. */
  readonly executable: string;
  /** How often an instance is replaced, in turns. */
  readonly replacements: number;
  readonly clients?: number;
  /** How long a client rests between two requests. */
  readonly pauseMs?: number;
}

export interface RollingReport {
  readonly replacements: number;
  readonly sent: number;
  readonly arrived: number;
  /** Requests by what came of them, but for 200. */
  readonly failed: Readonly<Record<string, number>>;
  /** Numbers of records that were answered with 200 and did not arrive. */
  readonly missing: readonly number[];
  readonly twice: readonly number[];
  /** Requests that an instance cut as it stopped, and that nginx has sent to the other one. */
  readonly cut: number;
  /** Exit codes other than 0. */
  readonly exits: readonly number[];
}

const INSTANCES = 2;
const CLIENTS_DEFAULT = 16;
const READY_MS_MAX = 20_000;
/** How long load goes on before each replacement. */
const STEADY_MS = 300;

export const NGINX = Bun.which("nginx", { PATH: `${process.env["PATH"] ?? ""}:/usr/sbin` });

export async function rolling(options: RollingOptions): Promise<RollingReport> {
  const run = new Rolling(options);
  try {
    return await run.run();
  } finally {
    await run.end();
  }
}

class Rolling {
  readonly #options: RollingOptions;
  readonly #folder = mkdtempSync(join(tmpdir(), "edge-rolling-"));
  readonly #arrived = new Map<number, number>();
  readonly #backend: Bun.Server<undefined>;
  readonly #ports = Array.from({ length: INSTANCES }, freePort);
  readonly #front = freePort();
  readonly #instances: Bun.Subprocess[] = [];
  #nginx: Bun.Subprocess | undefined;
  #sent = 0;
  #isLoading = true;
  readonly #accepted = new Set<number>();
  readonly #failed: Record<string, number> = {};

  constructor(options: RollingOptions) {
    this.#options = options;
    this.#backend = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: async (request) => {
        for (const [, number] of (await request.text()).matchAll(/record-(\d+)/g)) {
          this.#arrived.set(Number(number), (this.#arrived.get(Number(number)) ?? 0) + 1);
        }
        return Response.json({});
      },
    });
  }

  async run(): Promise<RollingReport> {
    const { replacements, clients = CLIENTS_DEFAULT } = this.#options;
    for (let i = 0; i < INSTANCES; i++) this.#instances[i] = await this.#start(i);
    this.#nginx = await this.#startNginx();
    const load = Array.from({ length: clients }, async () => this.#client());
    const exits: number[] = [];
    for (let i = 0; i < replacements; i++) {
      await pause(STEADY_MS);
      const number = i % INSTANCES;
      const old = this.#instances[number];
      old?.kill("SIGTERM");
      const code = (await old?.exited) ?? 0;
      if (code !== 0) exits.push(code);
      this.#instances[number] = await this.#start(number);
    }
    await pause(STEADY_MS);
    this.#isLoading = false;
    await Promise.all(load);
    const twice = [...this.#arrived].filter(([, times]) => times > 1).map(([number]) => number);
    return {
      replacements,
      sent: this.#sent,
      arrived: this.#arrived.size,
      failed: this.#failed,
      missing: [...this.#accepted].filter((number) => !this.#arrived.has(number)),
      twice,
      cut: cutRequests(this.#folder),
      exits,
    };
  }

  async end(): Promise<void> {
    this.#isLoading = false;
    for (const child of [...this.#instances, this.#nginx]) {
      child?.kill("SIGKILL");
      await child?.exited;
    }
    await this.#backend.stop(true);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #client(): Promise<void> {
    while (this.#isLoading) {
      const number = this.#sent++;
      const outcome = await this.#send(number);
      if (outcome === "200") this.#accepted.add(number);
      else this.#failed[outcome] = (this.#failed[outcome] ?? 0) + 1;
      if (this.#options.pauseMs !== undefined) await pause(this.#options.pauseMs);
    }
  }

  async #send(number: number): Promise<string> {
    try {
      const response = await fetch(`http://127.0.0.1:${this.#front}/v1/logs`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: requestOf(number),
      });
      await response.arrayBuffer();
      return String(response.status);
    } catch (error) {
      return error instanceof Error ? error.name : "no answer";
    }
  }

  /** One instance; resolves when it is ready. */
  async #start(number: number): Promise<Bun.Subprocess> {
    const port = this.#ports[number] ?? 0;
    const config = join(this.#folder, `config-${number}.json`);
    const policies = join(this.#folder, "policies.json");
    writeFileSync(policies, JSON.stringify(POLICIES));
    const settings = {
      listen_port: port,
      upstream_url: `http://127.0.0.1:${this.#backend.port}`,
      policy_providers: [{ type: "file", path: policies }],
      worker_count: 1,
    };
    writeFileSync(config, JSON.stringify(settings));
    const child = Bun.spawn([this.#options.executable, config], {
      stdout: "ignore",
      stderr: "ignore",
    });
    await answering(child, `http://127.0.0.1:${port}/_ready`);
    return child;
  }

  async #startNginx(): Promise<Bun.Subprocess> {
    const config = join(this.#folder, "nginx.conf");
    writeFileSync(config, nginxConfig(this.#folder, this.#front, this.#ports));
    const child = Bun.spawn([NGINX ?? "nginx", "-c", config, "-p", this.#folder], {
      stdout: "ignore",
      stderr: "ignore",
    });
    await answering(child, `http://127.0.0.1:${this.#front}/_ready`);
    return child;
  }
}

/** It edits each record, so that none passes without being judged. */
const POLICIES = {
  policies: [
    {
      id: "edit",
      name: "edit",
      log: {
        match: [{ log_field: "body", starts_with: "record-" }],
        keep: "all",
        transform: { remove: [{ log_attribute: "secret" }] },
      },
    },
  ],
};

function requestOf(number: number): string {
  const attributes = [{ key: "secret", value: { stringValue: "x" } }];
  const record = { body: { stringValue: `record-${number}` }, attributes };
  return JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: [record] }] }] });
}

/** What of it matters is shown in docs/scaling.md. */
function nginxConfig(folder: string, front: number, ports: readonly number[]): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  return `daemon off;
master_process off;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log warn;
events { worker_connections 256; }
http {
  access_log off;
  ${temporary.map((name) => `${name}_temp_path ${folder}/${name};`).join("\n  ")}
  upstream edge {
    ${ports.map((port) => `server 127.0.0.1:${port} max_fails=0;`).join("\n    ")}
    keepalive 16;
  }
  server {
    listen 127.0.0.1:${front};
    location / {
      proxy_pass http://edge;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_next_upstream error non_idempotent;
    }
  }
}
`;
}

/** As nginx tells them. */
function cutRequests(folder: string): number {
  const log = readFileSync(join(folder, "error.log"), "utf8");
  return log.split("\n").filter((line) => /reset by peer|prematurely closed/.test(line)).length;
}

async function answering(child: Bun.Subprocess, url: string): Promise<void> {
  const untilMs = performance.now() + READY_MS_MAX;
  while (child.exitCode === null && performance.now() < untilMs) {
    try {
      if ((await fetch(url)).ok) return;
    } catch {
      // It does not listen yet.
    }
    await pause(10);
  }
  throw new Error(`${url} does not answer`);
}

/** Of the system's choice; somebody else could take it before it is used, if only in theory. */
function freePort(): number {
  const nothing = { data: () => undefined };
  const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: nothing });
  const { port } = listener;
  listener.stop(true);
  return port;
}

async function pause(ms: number): Promise<void> {
  await new Promise<void>((resolve) => void setTimeout(resolve, ms));
}
