// A whole program with several workers, as a process: the errors that no test runner lets happen,
// and its signals.

import { afterEach, expect, test } from "bun:test";
import * as http from "node:http";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { availableCores } from "../../../src/runtime/workers/index.ts";
import { RecordingUpstream, rawResponse } from "../../support/recording-upstream.ts";
import { inParallel, request, statuses } from "./pool-harness.ts";

const ENTRY = new URL("./program.ts", import.meta.url).pathname;
const DROP_DEBUG = {
  id: "drop",
  name: "drop",
  log: { match: [{ log_field: "severity_text", exact: "DEBUG" }], keep: "none" },
};
const DEBUG = JSON.stringify({
  resourceLogs: [{ scopeLogs: [{ logRecords: [{ severityText: "DEBUG" }] }] }],
});

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

class Running implements AsyncDisposable {
  readonly upstream: RecordingUpstream;
  readonly child: Bun.Subprocess<"ignore", "inherit", "pipe">;
  log = "";
  #wake = (): void => undefined;

  private constructor(upstream: RecordingUpstream, folder: string) {
    this.upstream = upstream;
    this.child = Bun.spawn([process.execPath, ENTRY, "config.json"], {
      cwd: folder,
      env: { PATH: process.env["PATH"] ?? "" },
      stdin: "ignore",
      stdout: "inherit",
      stderr: "pipe",
    });
    void this.#collect();
  }

  static async start(config: Readonly<Record<string, unknown>> = {}): Promise<Running> {
    const upstream = await RecordingUpstream.start();
    const folder = mkdtempSync(join(tmpdir(), "edge-workers-"));
    folders.push(folder);
    writeFileSync(join(folder, "policies.json"), JSON.stringify({ policies: [DROP_DEBUG] }));
    const policy_providers = [{ id: "file", type: "file", path: "policies.json" }];
    const file = {
      listen_address: "127.0.0.1",
      listen_port: 0,
      log_format: "json",
      worker_count: 2,
      upstream_url: upstream.url,
      policy_providers,
      ...config,
    };
    writeFileSync(join(folder, "config.json"), JSON.stringify(file));
    const running = new Running(upstream, folder);
    await running.logged("policies.replaced");
    return running;
  }

  get url(): string {
    return /"url":"([^"]+)"/.exec(this.log)?.[1] ?? "";
  }

  async logged(text: string): Promise<void> {
    while (!this.log.includes(text)) await new Promise<void>((next) => (this.#wake = next));
  }

  post(init: http.RequestOptions = {}): ReturnType<typeof request> {
    const headers = { "content-type": "application/json" };
    return request(`${this.url}/v1/logs`, { method: "POST", headers, ...init }, DEBUG);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill("SIGKILL");
    await this.child.exited;
    await this.upstream.stop();
  }

  async #collect(): Promise<void> {
    for await (const piece of this.child.stderr) {
      this.log += Buffer.from(piece).toString();
      this.#wake();
    }
  }
}

test.each([
  ["throw", "thrown by a test"],
  ["reject", "rejected by a test"],
])("an error that nobody caught costs no request (%s)", async (how, message) => {
  await using edge = await Running.start();
  const agent = new http.Agent({ keepAlive: true, maxSockets: 8 });
  const send = (): Promise<Record<string, number>> =>
    inParallel(50, 8, () => edge.post({ agent })).then(statuses);
  const sent = [await send()];
  expect((await request(`${edge.url}/test/${how}`)).status).toBe(200);
  // The one that failed ends after another one listens, and has told its clients to leave.
  while (!edge.log.includes("worker.retired")) sent.push(await send());
  agent.destroy();
  expect(sent).toEqual(sent.map(() => ({ 200: 50 })));
  const { text } = await request(`${edge.url}/_edge/metrics`);
  const hits = `edge_policy_hits_total{policy="drop"} ${sent.length * 50}\n`;
  expect([text.includes(hits), edge.upstream.requests.length]).toEqual([true, 0]);
  expect(edge.log).toContain("edge crashed: an error was not caught.");
  expect(edge.log).toMatch(
    /\n  POST v1_logs, \d+ bytes, application\/json, identity: \d+ ms ago, /,
  );
  expect(edge.log).toContain(`"reason":"${message}"`);
  edge.child.kill("SIGTERM");
  expect(await edge.child.exited).toBe(0);
});

test("a signal to stop lets every worker answer what it has", async () => {
  await using edge = await Running.start();
  const held: (() => void)[] = [];
  const arrived = Promise.withResolvers<void>();
  edge.upstream.respond = ({ socket }) => {
    held.push(() => void socket.write(rawResponse(200, {}, "late")));
    if (held.length === 6) arrived.resolve();
    return undefined;
  };
  const waiting = inParallel(6, 6, () => request(`${edge.url}/held`));
  await arrived.promise;
  edge.child.kill("SIGTERM");
  await edge.logged("server.draining");
  for (const answer of held) answer();
  expect([statuses(await waiting), await edge.child.exited]).toEqual([{ 200: 6 }, 0]);
  expect(edge.log).toContain('"event":"server.stopped","unfinished":0');
});

test("a unix socket has one worker, and the log says so", async () => {
  const path = join(mkdtempSync(join(tmpdir(), "edge-socket-")), "edge.sock");
  folders.push(join(path, ".."));
  await using edge = await Running.start({
    listen_address: `unix:${path}`,
    listen_port: undefined,
  });
  expect(edge.log).toContain('"event":"workers.limited","wanted":2,"workers":1');
  const answer = await fetch("http://edge/_health", { unix: path });
  expect(answer.status).toBe(200);
});

test("has a worker for each core when nobody says how many", async () => {
  const cores = availableCores();
  await using edge = await Running.start({ worker_count: null });
  // One core is served by the main thread alone, which says nothing of workers.
  const said = /"event":"workers.starting","workers":(\d+)/.exec(edge.log)?.[1] ?? "1";
  expect(said).toBe(String(cores));
  expect((await edge.post()).status).toBe(200);
});
