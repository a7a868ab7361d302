// A real S3 server, which checks signatures: the Versity S3 Gateway over a folder. It can be
// stopped and started again on its port, with what it had.

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { homedir } from "node:os";
import { join } from "node:path";

export const ACCESS_KEY = "edge-test";
export const SECRET_KEY = "edge-test-secret";
const WAIT_MS = 20_000;

/** The program, which .ci/run installs; undefined: it is not there. */
export const S3_SERVER =
  Bun.which("versitygw") ??
  Bun.which("versitygw", { PATH: join(homedir(), "go/bin") }) ??
  undefined;

export class S3Server implements AsyncDisposable {
  readonly bucket = "archive";
  readonly #folder = mkdtempSync(join(tmpdir(), "edge-s3-"));
  readonly #port: number;
  #child: Bun.Subprocess | undefined;

  private constructor(port: number) {
    this.#port = port;
    mkdirSync(join(this.#folder, this.bucket));
  }

  static async start(): Promise<S3Server> {
    const server = new S3Server(await freePort());
    await server.start();
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async start(): Promise<void> {
    const own = ["--access", ACCESS_KEY, "--secret", SECRET_KEY, "--quiet"];
    const port = ["--port", `127.0.0.1:${this.#port}`];
    this.#child = Bun.spawn([S3_SERVER ?? "", ...own, ...port, "posix", this.#folder], {
      stdout: "ignore",
      stderr: "ignore",
    });
    const untilMs = performance.now() + WAIT_MS;
    while (!(await this.#answers())) {
      if (performance.now() > untilMs) throw new Error("the S3 server does not answer");
      await new Promise((resolve) => void setTimeout(resolve, 20));
    }
  }

  /** Ends it as a crash would. */
  async kill(): Promise<void> {
    this.#child?.kill("SIGKILL");
    await this.#child?.exited;
  }

  /** Objects in the bucket, by key. */
  objects(): ReadonlyMap<string, Uint8Array> {
    const root = join(this.#folder, this.bucket);
    const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter(
      (entry) => entry.isFile() && !entry.parentPath.includes(".sgwtmp"),
    );
    return new Map(
      files.map((entry) => {
        const path = join(entry.parentPath, entry.name);
        return [path.slice(root.length + 1), readFileSync(path)];
      }),
    );
  }

  /** The lines of all objects whose key has this in it, decompressed. */
  lines(part = ""): string[] {
    return [...this.objects()]
      .filter(([key]) => key.includes(part))
      .flatMap(([key, bytes]) => linesOf(key, bytes));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #answers(): Promise<boolean> {
    try {
      await (await fetch(this.url)).text();
      return true;
    } catch {
      return false;
    }
  }
}

function linesOf(key: string, bytes: Uint8Array): string[] {
  const own = new Uint8Array(bytes);
  const plain = key.endsWith(".gz")
    ? Bun.gunzipSync(own)
    : key.endsWith(".zst")
      ? Bun.zstdDecompressSync(own)
      : own;
  const text = new TextDecoder().decode(plain);
  if (!text.endsWith("\n")) throw new Error(`${key} does not end with a line end`);
  return text.slice(0, -1).split("\n");
}

/** One that nobody has now; the server is started on it more than once. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}
