// The compiled extension for AWS Lambda as Lambda starts it.

import { createServer } from "node:net";
import { executable } from "../../support/e2e-executable.ts";
import type { LambdaEmulator } from "./emulator.ts";

const WAIT_MS = 15_000;

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" ? (address?.port ?? 0) : 0));
    });
  });
}

export class Extension implements AsyncDisposable {
  readonly port: number;
  readonly pid: number;
  readonly exited: Promise<number>;
  output = "";
  readonly #child: Bun.Subprocess<"ignore", "pipe", "pipe">;

  private constructor(port: number, child: Bun.Subprocess<"ignore", "pipe", "pipe">) {
    this.port = port;
    this.#child = child;
    this.pid = child.pid;
    this.exited = child.exited;
    void this.#collect(child.stdout);
    void this.#collect(child.stderr);
  }

  static async start(
    emulator: LambdaEmulator,
    env: Readonly<Record<string, string>> = {},
    port?: number,
  ): Promise<Extension> {
    const own = port ?? (await freePort());
    const child = Bun.spawn([await executable("edge-lambda")], {
      env: {
        AWS_LAMBDA_RUNTIME_API: emulator.address,
        TERO_LISTEN_PORT: String(own),
        TERO_LOG_FORMAT: "json",
        PATH: "",
        ...env,
      },
      cwd: "/",
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    return new Extension(own, child);
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  async post(messages: readonly string[]): Promise<number> {
    const answer = await fetch(`http://127.0.0.1:${this.port}/api/v2/logs`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(messages.map((message) => ({ message }))),
    });
    await answer.text();
    return answer.status;
  }

  async logged(text: string): Promise<void> {
    const untilMs = performance.now() + WAIT_MS;
    while (!this.output.includes(text)) {
      if (performance.now() > untilMs) throw new Error(`never: ${text}; output:\n${this.output}`);
      await new Promise((resolve) => void setTimeout(resolve, 10));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.exited;
  }

  async #collect(stream: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    for await (const piece of stream) this.output += decoder.decode(piece, { stream: true });
  }
}
