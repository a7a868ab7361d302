// What a signal that ends the compiled executable leaves on standard error: a report of its own
// before the runtime's.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { dropOf } from "../../policy/wire/policy-set.ts";
import { executable, hasEntryPoint } from "../../support/e2e-executable.ts";
import { type Program, startProgram, WHERE } from "../../support/e2e-program.ts";

const BUILD_TIMEOUT_MS = 120_000;
const isHere = process.platform === "linux" && hasEntryPoint("edge");

/** An upstream that never answers, and says when it was reached. */
class SilentUpstream implements Disposable {
  readonly reached: Promise<void>;
  readonly #server: Bun.Server<undefined>;

  constructor() {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.reached = promise;
    this.#server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: () => {
        resolve();
        return new Promise<Response>(() => undefined);
      },
    });
  }

  get url(): string {
    return this.#server.url.href;
  }

  [Symbol.dispose](): void {
    void this.#server.stop(true);
  }
}

function start(upstream: string, workers: number): Promise<Program> {
  const config = {
    listen_port: 0,
    log_format: "json",
    upstream_url: upstream,
    worker_count: workers,
    policy_providers: [{ type: "file", path: "policies.json" }],
  };
  const policies = JSON.stringify({ policies: [dropOf("a")] });
  const files = { "config.json": JSON.stringify(config), "policies.json": policies };
  return startProgram("edge", { files });
}

interface Status {
  readonly event: string;
  readonly distribution?: string;
  readonly fatal_signals?: boolean;
  readonly recent?: readonly string[];
}

/** Asks how the program stands until it has handlers, and shows a request that is not answered. */
async function untilReported(program: Program, said = "not answered"): Promise<void> {
  for (;;) {
    const before = program.output.length;
    program.signal("SIGUSR1");
    const { fatal_signals: isReported, recent = [] } = await program.line((line) => {
      if (!program.output.slice(before).includes(line) || !line.endsWith("}")) return undefined;
      const status = JSON.parse(line) as Status;
      return status.event === "program.status" && status.distribution ? status : undefined;
    });
    if (isReported && recent.some((one) => one.includes(said))) return;
    await Bun.sleep(20);
  }
}

async function crashed(signal: NodeJS.Signals, workers: number): Promise<[Program, string]> {
  using upstream = new SilentUpstream();
  const program = await start(upstream.url, workers);
  const url = await program.url();
  const asked = fetch(`${url}/v1/logs`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: '{"resourceLogs":[]}',
  }).catch(() => undefined);
  await upstream.reached;
  await untilReported(program);
  program.signal(signal);
  await program.exited;
  await asked;
  return [program, program.output.slice(program.output.indexOf("edge crashed:"))];
}

describe.skipIf(!isHere)(`a fatal signal to the compiled executable, ${WHERE}`, () => {
  beforeAll(async () => void (await executable("edge")), BUILD_TIMEOUT_MS);
  const programs: Program[] = [];
  afterAll(async () => {
    for (const program of programs) await program[Symbol.asyncDispose]();
  });

  const SIGNALS = ["SIGSEGV", "SIGBUS", "SIGILL", "SIGABRT"] as const;
  for (const signal of SIGNALS) {
    test(`${signal}: the build, the uptime and what was in flight are told once, then it ends`, async () => {
      const [program, report] = await crashed(signal, 1);
      programs.push(program);
      const lines = report.split("\n");
      expect(lines.slice(0, 7)).toEqual([
        `edge crashed: ${signal}. This is a bug; please report the lines below, and those of the runtime behind them.`,
        expect.stringMatching(/^build edge \d+\.\d+\.\d+ \([0-9a-f]{12}\)$/),
        expect.stringMatching(/^runtime bun \d+\.\d+\.\d+ linux-\w+, pid \d+$/),
        expect.stringMatching(/^uptime \d+ s$/),
        expect.stringMatching(/^memory \d+ MiB resident$/),
        "last requests, the latest first:",
        expect.stringMatching(
          /^ {2}POST v1_logs, 19 bytes, application\/json, identity: \d+ ms ago, not answered$/,
        ),
      ]);
      expect(report.split("edge crashed:")).toHaveLength(2);
      expect(await program.exited).not.toBe(0);
      expect(lines.slice(7).join("\n")).toContain("Bun has crashed");
    });
  }

  test.each([1, 2])(
    "repeats that were not logged yet are told, with %d workers",
    async (workers) => {
      using upstream = new SilentUpstream();
      const program = await start(upstream.url, workers);
      programs.push(program);
      const url = await program.url();
      const headers = { "content-type": "application/json" };
      const asked = Array.from({ length: 7 }, () =>
        fetch(`${url}/v1/logs`, { method: "POST", headers, body: "{" }).catch(() => undefined),
      );
      await untilReported(program, "not logged yet: fail_open, 6 more");
      program.signal("SIGABRT");
      await program.exited;
      await Promise.all(asked);
      const report = program.output.slice(program.output.indexOf("edge crashed:"));
      expect(report).toContain("\nnot logged yet: fail_open, 6 more\n");
    },
  );

  test("what was in flight in other threads is told with the thread", async () => {
    const [program, report] = await crashed("SIGSEGV", 2);
    programs.push(program);
    expect(report).toMatch(
      /\nin thread \d+:\nlast requests, the latest first:\n {2}POST v1_logs, 19 bytes, application\/json, identity: \d+ ms ago, not answered\n/,
    );
    expect(report.match(/in thread \d+:/g)).toHaveLength(2);
  });
});
