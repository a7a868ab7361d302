// Errors that nobody catches, in threads of the compiled executable: what they held is answered,
// and counted once; a worker is replaced, the main thread ends with a report. The runtime loads a
// file into each thread, which throws when another file appears.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { executable, hasEntryPoint } from "../../support/e2e-executable.ts";
import { type Program, startProgram, WHERE } from "../../support/e2e-program.ts";
import { RecordingUpstream, rawResponse } from "../../support/recording-upstream.ts";

const BUILD_TIMEOUT_MS = 120_000;
const isHere = process.platform === "linux" && hasEntryPoint("edge");
/** Requests that wait for their answers when something is thrown. */
const HELD = 8;

const BODY = JSON.stringify({
  resourceLogs: [{ scopeLogs: [{ logRecords: [{ severityText: "a" }, { severityText: "b" }] }] }],
});

const POLICIES = [
  {
    id: "a",
    name: "a",
    log: { match: [{ log_field: "severity_text", exact: "a" }], keep: "none" },
  },
];

/** Throws in one of the threads that run it, once a file is there to be taken away. */
const thrower = (thrown: string): string => `
const { unlinkSync } = require("node:fs");
const look = setInterval(() => {
  try {
    unlinkSync("throw");
  } catch {
    return;
  }
  clearInterval(look);
  ${thrown};
}, 5);
look.unref();`;
const IN_MAIN = `require("./thrower.cjs");`;
const IN_WORKERS = `
const threads = require("node:worker_threads");
const { Worker } = threads;
threads.Worker = class extends Worker {
  constructor(file, options) {
    super(file, { ...options, preload: [process.cwd() + "/thrower.cjs"] });
  }
};`;

const KINDS: readonly (readonly [string, string, string])[] = [
  ["an exception", 'throw new Error("thrown by a test")', "thrown by a test"],
  ["a rejection", 'Promise.reject(new Error("thrown by a test"))', "thrown by a test"],
  ["a RangeError for want of memory", 'throw new RangeError("Out of memory")', "Out of memory"],
  ["nothing at all", "throw undefined", "undefined"],
  ["what cannot be printed", "throw Object.create(null)", "an error that cannot be printed"],
];

async function start(preload: string, thrown: string, upstream: string, workers: number) {
  const config = {
    listen_address: "127.0.0.1",
    listen_port: 0,
    log_format: "json",
    upstream_url: upstream,
    worker_count: workers,
    policy_providers: [{ id: "file", type: "file", path: "policies.json" }],
  };
  const program = await startProgram("edge", {
    files: {
      "config.json": JSON.stringify(config),
      "policies.json": JSON.stringify({ policies: POLICIES }),
      "preload.cjs": preload,
      "thrower.cjs": thrower(thrown),
    },
    args: ["config.json"],
    env: { BUN_OPTIONS: "--preload=./preload.cjs" },
  });
  const url = await program.url();
  await program.line((line) => (line.includes("policies.replaced") ? line : undefined));
  return { program, url };
}

function post(url: string): Promise<number> {
  const headers = { "content-type": "application/json" };
  return fetch(`${url}/v1/logs`, { method: "POST", headers, body: BODY }).then(
    async (response) => {
      await response.text();
      return response.status;
    },
    () => 0,
  );
}

/** An upstream that answers when it is told to. */
async function holding() {
  const upstream = await RecordingUpstream.start();
  const arrived = Promise.withResolvers<void>();
  const answers: (() => void)[] = [];
  upstream.respond = ({ socket }) => {
    answers.push(() => socket.write(rawResponse(200, {}, "{}")));
    if (answers.length === HELD) arrived.resolve();
    return undefined;
  };
  const release = (): void => {
    upstream.respond = () => rawResponse(200, {}, "{}");
    for (const answer of answers) answer();
  };
  return { upstream, arrived: arrived.promise, release };
}

/** Whole at once, so that no thread takes half of it. */
function throwIn(program: Program): void {
  const path = join(program.folder, "throw");
  writeFileSync(`${path}.new`, "");
  renameSync(`${path}.new`, path);
}

const after = (program: Program, event: string): Promise<string> =>
  program.line((line) => (line.includes(`"event":"${event}"`) ? line : undefined));

describe.skipIf(!isHere)(`an error that nobody catches, in the executable, ${WHERE}`, () => {
  beforeAll(async () => void (await executable("edge")), BUILD_TIMEOUT_MS);
  const programs: Program[] = [];
  afterAll(async () => {
    for (const program of programs) await program[Symbol.asyncDispose]();
  });

  test.each(KINDS)("%s in a worker costs no request, and no count", async (_, thrown, reason) => {
    const { upstream, arrived, release } = await holding();
    await using _upstream = { [Symbol.asyncDispose]: () => upstream.stop() };
    const { program, url } = await start(IN_WORKERS, thrown, upstream.url, 2);
    programs.push(program);
    const held = Array.from({ length: HELD }, () => post(url));
    await arrived;
    throwIn(program);
    expect(await after(program, "worker.failed")).toContain(`"reason":"${reason}"`);
    await after(program, "worker.replaced");
    release();
    expect(await Promise.all(held)).toEqual(Array<number>(HELD).fill(200));
    expect(await Promise.all([post(url), post(url)])).toEqual([200, 200]);
    const metrics = await (await fetch(`${url}/_edge/metrics`)).text();
    expect(metrics).toContain(`edge_policy_hits_total{policy="a"} ${HELD + 2}\n`);
    expect(metrics).toContain("edge_worker_failures_total 1\n");
    expect(upstream.requests).toHaveLength(HELD + 2);
    expect(program.output.split("edge crashed:")).toHaveLength(2);
    program.signal("SIGTERM");
    expect(await program.exited).toBe(0);
  });

  test.each(KINDS)("%s in the main thread ends it, with a report", async (_, thrown, reason) => {
    const { upstream, arrived } = await holding();
    await using _upstream = { [Symbol.asyncDispose]: () => upstream.stop() };
    const { program, url } = await start(IN_MAIN, thrown, upstream.url, 1);
    programs.push(program);
    const held = Array.from({ length: HELD }, () => post(url));
    await arrived;
    throwIn(program);
    expect(await program.exited).toBe(70);
    expect(new Set(await Promise.all(held))).toEqual(new Set([0]));
    const [, report, ...more] = program.output.split("edge crashed:");
    expect(more).toEqual([]);
    expect(report).toContain(reason);
    expect(report).toMatch(/POST v1_logs, \d+ bytes, application\/json, identity: \d+ ms ago, not/);
  });
});
