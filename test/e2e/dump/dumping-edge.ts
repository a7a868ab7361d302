// The compiled executable with s3-dump in a folder that outlives it, so that another one can go on
// where it was killed.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { executable } from "../../support/e2e-executable.ts";
import { ACCESS_KEY, type S3Server, SECRET_KEY } from "../../support/s3-server.ts";

const WAIT_MS = 30_000;
const LOOK_MS = 20;

export interface DumpingEdgeOptions {
  readonly name?: string;
  readonly server: S3Server;
  readonly upstream: string;
  readonly workers: number;
  /** Members of the file. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly dump?: Readonly<Record<string, unknown>>;
  readonly policies?: readonly unknown[];
  readonly secret?: string;
}

export class DumpingEdge implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), "edge-dump-"));
  url = "";
  output = "";
  readonly #options: DumpingEdgeOptions;
  #child: Bun.Subprocess<"ignore", "pipe", "pipe"> | undefined;

  constructor(options: DumpingEdgeOptions) {
    this.#options = options;
    const { server, upstream, workers, policies = [] } = options;
    const target = { name: "archive", bucket: server.bucket, endpoint: server.url, prefix: "e2e/" };
    const s3_dump = {
      enabled: true,
      max_batch_age_ms: 100,
      flush_interval_ms: 50,
      targets: [target],
      ...options.dump,
    };
    const policy_providers = [{ type: "file", path: "policies.json" }];
    const own = { listen_port: 0, log_format: "json", upstream_url: upstream, policy_providers };
    const file = { ...own, worker_count: workers, s3_dump, ...options.config };
    writeFileSync(join(this.folder, "config.json"), JSON.stringify(file));
    writeFileSync(join(this.folder, "policies.json"), JSON.stringify({ policies }));
  }

  async start(): Promise<void> {
    const { name = "edge", secret = SECRET_KEY } = this.#options;
    this.output = "";
    const child = Bun.spawn([await executable(name), "config.json"], {
      cwd: this.folder,
      env: { AWS_ACCESS_KEY_ID: ACCESS_KEY, AWS_SECRET_ACCESS_KEY: secret, PATH: "" },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    this.#child = child;
    void this.#collect(child.stdout);
    void this.#collect(child.stderr);
    await this.until("it says that it is ready", () => this.output.includes('"policies.complete"'));
    this.url = /"server\.ready".*?"url":"([^"]+)"/.exec(this.output)?.[1] ?? "";
  }

  async kill(): Promise<void> {
    this.#child?.kill("SIGKILL");
    await this.#child?.exited;
  }

  /** Resolves to the exit code. */
  async stop(): Promise<number | undefined> {
    this.#child?.kill("SIGTERM");
    return this.#child?.exited;
  }

  async post(path: string, body: string | Uint8Array, type = "application/json"): Promise<number> {
    const headers = { "content-type": type, connection: "close" };
    const own = typeof body === "string" ? body : new Uint8Array(body);
    const answer = await fetch(this.url + path, { method: "POST", headers, body: own });
    await answer.text();
    return answer.status;
  }

  /** Sum of the series of a counter. */
  async count(name: string): Promise<number> {
    const text = await (await fetch(`${this.url}/_edge/metrics`)).text();
    const series = text.split("\n").filter((line) => line.replace(/[{ ].*/, "") === name);
    return series.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0);
  }

  /** Resolves when it is so; throws, with all output, when it does not come to be. */
  async until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
    const untilMs = performance.now() + WAIT_MS;
    while (!(await isSo())) {
      if (performance.now() > untilMs) throw new Error(`never: ${what}; output:\n${this.output}`);
      await new Promise((resolve) => void setTimeout(resolve, LOOK_MS));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #collect(stream: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    for await (const piece of stream) this.output += decoder.decode(piece, { stream: true });
  }
}
