// Headers that requests to upstreams are sent with, through the compiled executable with one and
// several workers: over HTTP and gRPC, from the configuration and from a file that is replaced.

import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { executable, hasEntryPoint } from "../../support/e2e-executable.ts";
import { type Program, startProgram, WHERE } from "../../support/e2e-program.ts";
import { type Recorder, startUpstream } from "../../support/e2e-upstream.ts";
import { GrpcBackend } from "../../support/grpc/backend.ts";

const BUILD_TIMEOUT_MS = 120_000;
const JSON_TYPE = { "content-type": "application/json" };
/** Connections of their own, so that all workers get some. */
const REQUESTS = 20;

describe.skipIf(!hasEntryPoint("edge"))(`headers for upstreams, executable ${WHERE}`, () => {
  let recorder: Recorder;
  let backend: GrpcBackend;
  let program: Program | undefined;
  beforeAll(async () => {
    await executable("edge");
    recorder = startUpstream();
    backend = await GrpcBackend.start();
  }, BUILD_TIMEOUT_MS);
  afterAll(async () => {
    await recorder[Symbol.asyncDispose]();
    await backend.stop();
  });
  afterEach(() => program?.[Symbol.asyncDispose]());

  async function start(workers: number): Promise<{ readonly url: string; readonly own: Program }> {
    const config = {
      listen_port: 0,
      worker_count: workers,
      log_format: "json",
      upstream_url: recorder.url.replace("//", "//user:pass@"),
      traces_url: `grpc://127.0.0.1:${backend.port}`,
      upstream_headers: [
        { name: "X-Api-Key", value_file: "key" },
        { name: "x-tenant", value: "${TENANT}", action: "add", upstreams: ["logs", "traces"] },
        { name: "x-region", value: "eu", action: "default" },
        { name: "cookie", action: "remove" },
      ],
    };
    const files = { "config.json": JSON.stringify(config), key: "first-key\n" };
    const env = { TENANT: "blue" };
    const own = await startProgram("edge", { files, args: ["config.json"], env });
    program = own;
    return { url: await own.url(), own };
  }

  function send(url: string, path: string): Promise<Response> {
    const headers = {
      ...JSON_TYPE,
      connection: "close",
      cookie: "session=1",
      "x-api-key": "the client's",
      "x-tenant": "own",
      "x-region": "us",
    };
    return fetch(new URL(path, url), { method: "POST", headers, body: "{}" });
  }

  const NAMES = ["x-api-key", "x-tenant", "x-region", "cookie", "authorization"];
  const pick = (headers: Readonly<Record<string, unknown>>): unknown[] =>
    NAMES.map((name) => headers[name]);
  const BASIC = `Basic ${btoa("user:pass")}`;

  for (const workers of [1, 2]) {
    test(`of each kind of traffic, over HTTP and gRPC, ${workers} worker(s)`, async () => {
      const { url } = await start(workers);
      for (const path of ["/v1/logs", "/v1/metrics", "/anything"]) {
        await (await send(url, path)).text();
      }
      expect(recorder.received.slice(-3).map(({ headers }) => pick(headers))).toEqual([
        ["first-key", "own, blue", "us", undefined, BASIC],
        ["first-key", "own", "us", undefined, BASIC],
        ["first-key", "own", "us", undefined, BASIC],
      ]);
      expect((await send(url, "/v1/traces")).status).toBe(200);
      expect(pick(backend.calls.at(-1)!.fields)).toEqual([
        "first-key",
        "own, blue",
        "us",
        undefined,
        undefined,
      ]);
    });

    test(`of a file that is replaced, ${workers} worker(s), and no value is told`, async () => {
      const { url, own } = await start(workers);
      const key = join(own.folder, "key");
      writeFileSync(`${key}.new`, "second-key");
      renameSync(`${key}.new`, key);
      await own.line((line) => (line.includes("upstream_headers.reloaded") ? line : undefined));
      // The main thread answers, after what it has sent to the worker before.
      for (let index = 0; index < REQUESTS; index++) {
        await (
          await fetch(new URL("/_edge/status", url), { headers: { connection: "close" } })
        ).text();
      }
      const before = recorder.received.length;
      await Promise.all(
        Array.from({ length: REQUESTS }, async () => (await send(url, "/v1/logs")).text()),
      );
      const keys = recorder.received.slice(before).map(({ headers }) => headers["x-api-key"]);
      expect(keys).toEqual(Array.from({ length: REQUESTS }, () => "second-key"));

      writeFileSync(key, "");
      own.signal("SIGHUP");
      const line = await own.line((one) =>
        one.includes("upstream_headers.reload_failed") ? one : undefined,
      );
      expect(line).toContain("upstream_headers[0].value_file");
      const answer = await fetch(new URL("/_edge/reload", url), { method: "POST" });
      expect(answer.status).toBe(502);
      expect(await answer.json()).toMatchObject({
        ok: false,
        upstream_headers: { changed: false, last_error: expect.stringContaining("is empty") },
      });
      await (await send(url, "/v1/logs")).text();
      expect(recorder.received.at(-1)!.headers["x-api-key"]).toBe("second-key");
      expect(own.output).not.toMatch(/first-key|second-key|"blue"/);
    });
  }

  test("a file that is not there keeps the program from starting, and says which", async () => {
    const list = [{ name: "x-api-key", value_file: "none" }];
    const files = { "config.json": JSON.stringify({ listen_port: 0, upstream_headers: list }) };
    program = await startProgram("edge", { files, args: ["config.json"] });
    expect(await program.exited).toBe(1);
    expect(program.output).toMatch(
      /upstream_headers\[0\]\.value_file: .*none cannot be read \(ENOENT\)/,
    );
  });
});
