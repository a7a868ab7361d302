// A real store for limits that instances share: Valkey or Redis, without files of its own. It can
// be killed and started again on its port, empty as after a crash.

import { createServer } from "node:net";

const WAIT_MS = 20_000;

/** The program, which .ci/run installs; undefined: it is not there. */
export const REDIS_SERVER = Bun.which("valkey-server") ?? Bun.which("redis-server") ?? undefined;

export class RedisServer implements AsyncDisposable {
  readonly url: string;
  readonly #port: number;
  readonly #password: string | undefined;
  #child: Bun.Subprocess | undefined;

  private constructor(port: number, password: string | undefined) {
    this.#port = port;
    this.#password = password;
    this.url = `redis://${password === undefined ? "" : `:${password}@`}127.0.0.1:${port}`;
  }

  static async start(password?: string): Promise<RedisServer> {
    const server = new RedisServer(await freePort(), password);
    await server.start();
    return server;
  }

  async start(): Promise<void> {
    const password = this.#password === undefined ? [] : ["--requirepass", this.#password];
    const own = ["--port", String(this.#port), "--bind", "127.0.0.1", "--save", "", ...password];
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
    const client = new Bun.RedisClient(this.url, { autoReconnect: false });
    try {
      return (await client.send(command, args)) as unknown;
    } finally {
      client.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
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
