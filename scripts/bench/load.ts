// Starts proxies and an upstream on loopback, loads them with wrk for a bounded time, and reads
// what CPU time each proxy used. Everything that is started here is ended here.

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildExecutable, compile } from "../build.ts";
import type { Report } from "./report/report.ts";

export interface Load {
  readonly requests: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly failed: number;
  /** CPU time of the proxy itself, user and system, all its processes and threads. */
  readonly cpuMsPerRequest: number;
}

export interface Proxy {
  readonly url: string;
  readonly pid: number;
}

export interface LoadOptions {
  readonly path: string;
  readonly body: Uint8Array;
  readonly contentType: string;
  readonly seconds?: number;
  readonly connections?: number;
  /** How long each connection rests before each request. Default: not at all. */
  readonly pauseMs?: number;
}

const SECONDS_DEFAULT = 4;
/** Clock ticks a second of /proc, on every Linux that matters. */
const TICKS = 100;

/** A folder and processes that go away together. */
export class LoadBench {
  readonly folder = mkdtempSync(join(tmpdir(), "edge-bench-"));
  private readonly processes: Bun.Subprocess[] = [];

  static missing(): string | undefined {
    return Bun.which("wrk") === null ? "wrk is not installed (Debian package wrk)" : undefined;
  }

  /** A distribution: `--executables=DIR` says where it is built already. */
  async executable(report: Report, name: string): Promise<string> {
    const built = report.option("executables");
    const outdir = built ?? this.folder;
    const path = join(outdir, name);
    return existsSync(path) ? path : (await buildExecutable({ name, outdir })).path;
  }

  /** Compiled as Edge is: the yardstick for memory and starts. */
  async bareProxy(): Promise<string> {
    const outfile = join(this.folder, "bare-proxy");
    if (!existsSync(outfile)) {
      await compile(join(import.meta.dir, "servers/bare-proxy.ts"), outfile);
    }
    return outfile;
  }

  /** Starts what prints its port first. */
  async program(command: string[], env: Record<string, string> = {}): Promise<Proxy> {
    const child = this.spawn(command, env);
    return { url: `http://127.0.0.1:${await firstLine(child.stdout)}`, pid: child.pid };
  }

  /** The port that a script prints on its first line. */
  async script(name: string, env: Record<string, string> = {}): Promise<Proxy> {
    return this.program([process.execPath, join(import.meta.dir, "servers", name)], env);
  }

  /** An Edge executable with a configuration, started by `within`; waits until it is ready. */
  async edge(
    executable: string,
    config: Record<string, unknown>,
    env: Record<string, string> = {},
    within: readonly string[] = [],
  ): Promise<Proxy> {
    const port = freePort();
    const file = this.file(
      `config-${port}.json`,
      JSON.stringify({
        listen_address: "127.0.0.1",
        listen_port: port,
        log_level: "err",
        ...config,
      }),
    );
    const child = this.spawn([...within, executable, file], env);
    const url = `http://127.0.0.1:${port}`;
    await ready(`${url}/_ready`);
    return { url, pid: child.pid };
  }

  /** Starts an executable and returns the moment of its first answer on /_health. */
  async untilHealthy(
    executable: string,
    config: Record<string, unknown>,
  ): Promise<{ ms: number; stop: () => Promise<void> }> {
    const port = freePort();
    const listen = { listen_address: "127.0.0.1", listen_port: port, log_level: "err" };
    const file = this.file(`config-${port}.json`, JSON.stringify({ ...listen, ...config }));
    const child = this.spawn([executable, file]);
    await ready(`http://127.0.0.1:${port}/_health`, 1);
    const ms = performance.now();
    const stop = async (): Promise<void> => {
      child.kill("SIGTERM");
      await child.exited;
    };
    return { ms, stop };
  }

  /**
   * Starts an executable, posts a body again and again, and ends it: how long until that was taken,
   * and what time of a core the executable used for it.
   */
  async untilAnswered(
    executable: string,
    config: Record<string, unknown>,
    { path, body, contentType }: Pick<LoadOptions, "path" | "body" | "contentType">,
  ): Promise<{ readonly ms: number; readonly cpuMs: number }> {
    const port = freePort();
    const listen = { listen_address: "127.0.0.1", listen_port: port, log_level: "err" };
    const file = this.file(`config-${port}.json`, JSON.stringify({ ...listen, ...config }));
    const startedMs = performance.now();
    const child = this.spawn([executable, file]);
    const headers = { "content-type": contentType };
    for (;;) {
      const url = `http://127.0.0.1:${port}${path}`;
      const answer = await fetch(url, { method: "POST", headers, body }).catch(() => undefined);
      if (answer?.status === 200) break;
      if (performance.now() - startedMs > 15_000) throw new Error(`${url} does not answer`);
      await Bun.sleep(1);
    }
    const took = { ms: performance.now() - startedMs, cpuMs: fineCpuMs(child.pid) };
    child.kill("SIGTERM");
    await child.exited;
    return took;
  }

  /** nginx as a plain proxy; undefined where it is not installed. */
  async nginx(upstream: string, workers: number): Promise<Proxy | undefined> {
    const nginx = Bun.which("nginx") ?? "/usr/sbin/nginx";
    if (!(await Bun.file(nginx).exists())) return undefined;
    const port = freePort();
    const { host } = new URL(upstream);
    // Its workers would be nobody, who cannot reach this folder.
    const asRoot = process.getuid?.() === 0 ? " user root;" : "";
    const conf = this.file(
      `nginx-${workers}.conf`,
      `daemon off; worker_processes ${workers};${asRoot} error_log stderr crit;
pid ${this.folder}/nginx-${workers}.pid;
events { worker_connections 1024; }
http { access_log off; client_max_body_size 0; client_body_buffer_size 2m;
  client_body_temp_path ${this.folder}/body; proxy_temp_path ${this.folder}/proxy;
  fastcgi_temp_path ${this.folder}/f; uwsgi_temp_path ${this.folder}/u; scgi_temp_path ${this.folder}/s;
  upstream sink { server ${host}; keepalive 256; }
  server { listen 127.0.0.1:${port} reuseport;
    location / { proxy_pass http://sink; proxy_http_version 1.1; proxy_set_header Connection ""; } } }`,
    );
    const child = this.spawn([nginx, "-c", conf, "-p", this.folder]);
    const url = `http://127.0.0.1:${port}`;
    await ready(url);
    return { url, pid: child.pid };
  }

  file(name: string, content: string | Uint8Array): string {
    const path = join(this.folder, name);
    writeFileSync(path, content);
    return path;
  }

  /** Loads a proxy with one body, after a warm-up of a third of the time. */
  async load(proxy: Proxy, options: LoadOptions): Promise<Load> {
    const run = (seconds: number) => this.run(proxy, options, seconds);
    return this.loadWith(proxy, run, options.seconds ?? SECONDS_DEFAULT);
  }

  /** The same with any client that loads for a number of seconds. */
  async loadWith(
    { pid }: Proxy,
    run: (seconds: number) => Promise<Omit<Load, "cpuMsPerRequest">>,
    seconds = SECONDS_DEFAULT,
  ): Promise<Load> {
    await run(Math.max(1, Math.round(seconds / 3)));
    const before = cpuMs(pid);
    const result = await run(seconds);
    this.#checkRunning();
    const cpuMsPerRequest =
      result.requests === 0 ? Number.NaN : (cpuMs(pid) - before) / result.requests;
    return { ...result, cpuMsPerRequest };
  }

  async close(): Promise<void> {
    for (const child of this.processes) child.kill("SIGTERM");
    await Promise.all(this.processes.map((child) => child.exited));
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Loads a proxy without a warm-up. */
  async run(
    proxy: Proxy,
    { path, body, contentType, connections = 8, pauseMs = 0, ...options }: LoadOptions,
    seconds = options.seconds ?? SECONDS_DEFAULT,
  ): Promise<Omit<Load, "cpuMsPerRequest">> {
    const script = join(import.meta.dir, "post.lua");
    const pause = pauseMs === 0 ? {} : { PAUSE_MS: String(pauseMs) };
    const child = Bun.spawn(
      ["wrk", "-t1", `-c${connections}`, `-d${seconds}s`, "-s", script, proxy.url + path],
      {
        env: { ...process.env, ...pause, BODY: this.file("payload", body), CTYPE: contentType },
        stdout: "pipe",
        stderr: "inherit",
      },
    );
    const text = await new Response(child.stdout).text();
    const line = text.split("\n").find((one) => one.startsWith("{"));
    // post.lua prints exactly this object.
    return JSON.parse(line ?? "{}") as Omit<Load, "cpuMsPerRequest">;
  }

  /** What failed in between is no figure. */
  #checkRunning(): void {
    for (const { exitCode, signalCode, pid } of this.processes) {
      const isStopped = signalCode === "SIGTERM" || exitCode === 0;
      if (!isStopped && (exitCode ?? signalCode) !== null) {
        throw new Error(`process ${pid} ended during the load: ${exitCode ?? signalCode}`);
      }
    }
  }

  /** Starts a process that ends with the bench at the latest. */
  spawn(
    command: string[],
    env: Record<string, string> = {},
  ): Bun.Subprocess<"ignore", "pipe", "inherit"> {
    const child = Bun.spawn(command, {
      env: { ...process.env, ...env },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "inherit",
    });
    this.processes.push(child);
    return child;
  }
}

export function freePort(): number {
  const server = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const { port } = server;
  server.stop(true);
  return port;
}

export async function firstLine(stream: ReadableStream<Uint8Array>): Promise<string> {
  const reader = stream.getReader();
  const { value } = await reader.read();
  reader.releaseLock();
  return new TextDecoder().decode(value).trim();
}

export async function ready(url: string, pollMs = 25, status = 200): Promise<void> {
  const until = performance.now() + 15_000;
  while (performance.now() < until) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.status === status) return;
    await Bun.sleep(pollMs);
  }
  throw new Error(`${url} did not become ready within 15 s`);
}

/** Of a process, its threads, and the processes that it started. */
export function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ownMs = ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS;
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "latin1").match(/\d+/g) ?? [];
  return children.reduce((sum, child) => sum + cpuMs(Number(child)), ownMs);
}

/** By thread, as the scheduler counts it: in fractions of a tick. */
export function threadsMs(pid: number): ReadonlyMap<number, number> {
  const tasks = readdirSync(`/proc/${pid}/task`);
  return new Map(
    tasks.map((task) => {
      const [ns] = readFileSync(`/proc/${pid}/task/${task}/schedstat`, "latin1").split(" ");
      return [Number(task), Number(ns) / 1e6];
    }),
  );
}

/** Of a process and the threads that it has now. */
export function fineCpuMs(pid: number): number {
  return [...threadsMs(pid).values()].reduce((sum, ms) => sum + ms, 0);
}

/** Of a process meanwhile; looks often, because what a thread used goes with it. */
export async function spentMs(pid: number, meanwhile: () => Promise<unknown>): Promise<number> {
  let before = threadsMs(pid);
  let spent = 0;
  const look = (): void => {
    const now = threadsMs(pid);
    for (const [task, ms] of now) spent += ms - (before.get(task) ?? 0);
    before = now;
  };
  const looking = setInterval(look, LOOK_MS);
  await meanwhile();
  clearInterval(looking);
  look();
  return spent;
}
const LOOK_MS = 100;

/** Resident memory of a process. */
export function residentMb(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "latin1");
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
}

/** The most that has been resident since its start. */
export function mostResidentMb(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "latin1");
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
}
