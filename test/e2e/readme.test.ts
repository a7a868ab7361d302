// The README's command lines, word for word, in a fresh clone: what a newcomer does first. Slow,
// and needs the network for packages, so it runs only with EDGE_TEST_SLOW=1.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const ROOT = resolve(import.meta.dir, "../..");
const START = "npx -y bun@1.4.5 install && npx bun run src/edge.ts config.json";
const TEST = "npx -y bun@1.4.5 install && npx bun run test";
const INSTALL_TIMEOUT_MS = 180_000;
const SUITE_TIMEOUT_MS = 600_000;

/** Code blocks of the README, by their language. */
function blocks(language: string): string[] {
  const text = readFileSync(join(ROOT, "README.md"), "utf8");
  const found = text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)\\n\`\`\``, "gm"));
  return [...found].map(([, body]) => body!);
}

/** What a newcomer's shell has: nothing of this run, no Bun on the path but npm's. */
function plainEnvironment(more: Record<string, string>): NodeJS.Dict<string> {
  const { PATH = "", HOME = "/" } = process.env;
  const path = PATH.split(":").filter((entry) => !entry.includes("node_modules"));
  const npm = Object.entries(process.env).filter(([name]) => /^npm_config_(?!_)/.test(name));
  return { ...Object.fromEntries(npm), PATH: path.join(":"), HOME, ...more };
}

test("the README has both command lines and the curl that the test below runs", () => {
  const shell = blocks("sh");
  expect(shell.filter((block) => block === START || block === TEST)).toEqual([START, TEST]);
  expect(shell.filter((block) => block.startsWith("curl "))).toHaveLength(1);
});

const missing = ["git", "curl", "npx"].filter((program) => Bun.which(program) === null);
const isSlowRun = process.env["EDGE_TEST_SLOW"] === "1";
const reason =
  missing.length > 0 ? `needs ${missing.join(", ")}` : "slow: EDGE_TEST_SLOW=1 runs it";

describe.skipIf(missing.length > 0 || !isSlowRun)(
  `a fresh clone (${isSlowRun && missing.length === 0 ? "with packages installed anew" : reason})`,
  () => {
    let clone: string;
    beforeAll(() => {
      clone = join(mkdtempSync(join(tmpdir(), "edge-clone-")), "edge");
      const git = Bun.spawnSync(["git", "clone", "--quiet", "--no-hardlinks", ROOT, clone]);
      if (!git.success) throw new Error(git.stderr.toString());
    });
    afterAll(() => rmSync(resolve(clone, ".."), { recursive: true, force: true }));

    test(
      "starts as the README says, and the curl shows what the README shows",
      async () => {
        // The port is the one thing that may be taken on the machine of a test.
        const child = Bun.spawn(["sh", "-c", START], {
          cwd: clone,
          env: plainEnvironment({ TERO_LISTEN_PORT: "0" }),
          stdout: "pipe",
          stderr: "pipe",
          detached: true,
        });
        try {
          const output = new Output([child.stdout, child.stderr]);
          const url = await output.until(/server\.ready url="([^"]+)"/);
          await output.until(/policies\.replaced/);
          const [curl] = blocks("sh").filter((block) => block.startsWith("curl "));
          const { host } = new URL(url);
          const sent = Bun.spawn(["sh", "-c", curl!.replace("127.0.0.1:8080", host)], {
            stdout: "ignore",
            stderr: "ignore",
          });
          expect(await sent.exited).toBe(0);
          await output.until(/card expired/);
          const records = output.text.split("\n").filter((line) => line.startsWith('{"severity'));
          expect(records.join("\n")).toBe(blocks("json")[0]!);
        } finally {
          // npx and sh stand between this process and the program.
          process.kill(-child.pid, "SIGKILL");
          await child.exited;
        }
      },
      INSTALL_TIMEOUT_MS,
    );

    // In CI this very run is that command on a fresh clone; twice at once only adds load.
    test.skipIf(process.env["CI"] === "true")(
      "passes its tests as the README says",
      async () => {
        const child = Bun.spawn(["sh", "-c", TEST], {
          cwd: clone,
          env: plainEnvironment({}),
          stdout: "pipe",
          stderr: "pipe",
        });
        const texts = [new Response(child.stdout).text(), new Response(child.stderr).text()];
        const output = (await Promise.all(texts)).join("\n");
        const failed = output.split("\n").filter((line) => line.startsWith("(fail)"));
        expect([failed, await child.exited]).toEqual([[], 0]);
        expect(output).toMatch(/^ *[1-9]\d* pass$/m);
      },
      SUITE_TIMEOUT_MS,
    );
  },
);

/** Text of several streams as it comes. */
class Output {
  text = "";
  private ended = 0;
  private wake = (): void => undefined;
  private readonly streams: readonly ReadableStream<Uint8Array>[];

  constructor(streams: readonly ReadableStream<Uint8Array>[]) {
    this.streams = streams;
    for (const stream of streams) void this.collect(stream);
  }

  private async collect(stream: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of stream) {
      this.text += decoder.decode(chunk, { stream: true });
      this.wake();
    }
    this.ended++;
    this.wake();
  }

  /** First group, or all, of the first match; throws when the streams end without one. */
  async until(pattern: RegExp): Promise<string> {
    for (;;) {
      const found = pattern.exec(this.text);
      if (found !== null) return found[1] ?? found[0];
      if (this.ended === this.streams.length) throw new Error(`no ${pattern} in:\n${this.text}`);
      await new Promise<void>((resume) => (this.wake = resume));
    }
  }
}
