// A real store for limits that instances share: Valkey or Redis, without files of its own. It can
// be killed and started again on its port, empty as after a crash.

import { createServer } from "node:net";
import type { Certificates } from "../proxy-certificates.ts";

const WAIT_MS = 20_000;

/** The program, which .ci/run installs; undefined: it is not there. */
export const REDIS_SERVER = Bun.which("valkey-server") ?? Bun.which("redis-server") ?? undefined;

export interface RedisOptions {
  readonly password?: string;
  /** Set: it speaks TLS only. */
  readonly certificates?: Certificates;
}

export class RedisServer implements AsyncDisposable {
  readonly url: string;
  readonly #port: number;
  readonly #password: string | undefined;
  readonly #certificates: Certificates | undefined;
  #child: Bun.Subprocess | undefined;

  private constructor(port: number, { password, certificates }: RedisOptions) {
    this.#port = port;
    this.#password = password;
    this.#certificates = certificates;
    const scheme = certificates === undefined ? "redis" : "rediss";
    this.url = `${scheme}://${password === undefined ? "" : `:${password}@`}127.0.0.1:${port}`;
  }

  static async start(options: RedisOptions = {}): Promise<RedisServer> {
    const server = new RedisServer(await freePort(), options);
    await server.start();
    return server;
  }

  async start(): Promise<void> {
    const password = this.#password === undefined ? [] : ["--requirepass", this.#password];
    const own = [...this.#portOptions(), "--bind", "127.0.0.1", "--save", "", ...password];
    this.#child = Bun.spawn([REDIS_SERVER ?? "", ...own], { stdout: "ignore", stderr: "ignore" });
    const untilMs = performance.now() + WAIT_MS;
    while (!(await this.#answers())) {
      if (performance.now() > untilMs) throw new Error("the store does not answer");
      await new Promise((resolve) => void setTimeout(resolve, 10));
    }
  }

  /** Ends it as a crash would. */
  async kill(): Promise<void> {
    this.#child?.kill("SIGKILL");
    await this.#child?.exited;
  }

  /** Lets it hang: connections stay, nothing is answered. */
  hang(): void {
    this.#child?.kill("SIGSTOP");
  }

  goOn(): void {
    this.#child?.kill("SIGCONT");
  }

  /** What it says to one command. */
  async send(command: string, ...args: string[]): Promise<unknown> {
    const ca = this.#certificates?.ca;
    const tls = ca === undefined ? {} : { tls: { ca } };
    const client = new Bun.RedisClient(this.url, { autoReconnect: false, ...tls });
    try {
      return (await client.send(command, args)) as unknown;
    } finally {
      client.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }

  #portOptions(): string[] {
    const [port, certificates] = [String(this.#port), this.#certificates];
    if (certificates === undefined) return ["--port", port];
    const { server, caFile } = certificates;
    const pair = ["--tls-cert-file", server.certFile, "--tls-key-file", server.keyFile];
    const authority = ["--tls-ca-cert-file", caFile, "--tls-auth-clients", "no"];
    return ["--port", "0", "--tls-port", port, ...pair, ...authority];
  }

  async #answers(): Promise<boolean> {
    try {
      return (await this.send("PING")) === "PONG";
    } catch {
      return false;
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => void server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
