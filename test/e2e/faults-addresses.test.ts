// Where the compiled executable listens and connects to: addresses of every kind, ports that are
// taken, upstreams that accept no connection.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import * as net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { executable, hasEntryPoint } from "../support/e2e-executable.ts";
import { ISOLATED, startProgram } from "../support/e2e-program.ts";
import { RawClient } from "../support/raw-client.ts";
import { RawEdge } from "../support/raw-edge.ts";
import { RecordingUpstream } from "../support/recording-upstream.ts";

const BUILD_TIMEOUT_MS = 120_000;
const GET = "GET /x HTTP/1.1\r\nHost: edge\r\n\r\n";

describe.skipIf(!hasEntryPoint("edge"))("addresses", () => {
  let upstream: RecordingUpstream;
  let folder = "";
  beforeAll(async () => {
    await executable("edge");
    upstream = await RecordingUpstream.start();
    folder = mkdtempSync(join(tmpdir(), "edge-sock-"));
  }, BUILD_TIMEOUT_MS);
  afterAll(async () => {
    await upstream.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  function start(config: Record<string, unknown>): Promise<RawEdge> {
    return RawEdge.start({ config: { upstream_url: upstream.url, ...config } });
  }

  test("port 0: the system chooses, and the log says which", async () => {
    await using edge = await start({});
    expect(edge.url).toMatch(/^http:\/\/127\.0\.0\.1:[1-9]\d*$/);
    expect(await (await fetch(edge.url)).text()).toBe("ok");
  });

  test("IPv6", async () => {
    await using edge = await start({ listen_address: "::1" });
    expect(edge.url).toMatch(/^http:\/\/\[::1\]:[1-9]\d*$/);
    expect(await (await fetch(edge.url)).text()).toBe("ok");
  });

  test("a unix socket, and its file is gone after the stop", async () => {
    // In a chroot the path begins there.
    const inside = ISOLATED ? "/edge.sock" : join(folder, "edge.sock");
    await using edge = await start({ listen_address: `unix:${inside}` });
    expect(edge.url).toBe(`unix:${inside}`);
    const path = ISOLATED ? join(edge.program.folder, inside) : inside;
    using client = (await RawClient.connect({ path })).write(GET);
    expect((await client.answer()).body).toBe("ok");
    edge.program.signal("SIGTERM");
    expect(await edge.program.exited).toBe(0);
    expect(statSync(path, { throwIfNoEntry: false })).toBeUndefined();
  });

  test("an upstream with an IPv6 address", async () => {
    const server = Bun.serve({ hostname: "::1", port: 0, fetch: () => new Response("six") });
    await using edge = await start({ upstream_url: `http://[::1]:${server.port}` });
    expect(await (await fetch(edge.url)).text()).toBe("six");
    await server.stop(true);
  });

  for (const [name, more] of [
    ["the listener", {}],
    ["the pages of their own", { listen_port: 0, admin: { listen: "PLACE" } }],
    ["several workers", { worker_count: 2 }],
  ] as const) {
    test(`a port in use, for ${name}: exit code 1, and it says which`, async () => {
      const place = `127.0.0.1:${upstream.port}`;
      const config = { listen_port: upstream.port, upstream_url: "stdout:", ...more };
      const text = JSON.stringify(config).replace("PLACE", place);
      await using program = await startProgram("edge", { files: { "config.json": text } });
      expect(await program.exited).toBe(1);
      expect(program.output).toContain(`cannot listen on ${place}: it is in use`);
      expect(program.output).not.toContain("server.ready");
    });
  }

  describe("an upstream that accepts no connection", () => {
    const ERRORS = 'edge_upstream_errors_total{upstream="default",phase="connect"}';
    const RESPONSES = 'edge_responses_total{known_path="other",status_class="s5xx"}';

    for (const [name, url] of [
      ["because nobody listens", "http://127.0.0.1:1"],
      ["because it has no address", "http://nowhere.invalid"],
    ] as const) {
      test(`${name}: 502`, async () => {
        await using edge = await start({ upstream_url: url });
        await edge.mark();
        const answer = await fetch(edge.url, { method: "POST", body: "b" });
        expect(answer.status).toBe(502);
        expect(await answer.json()).toMatchObject({ error: "upstream_unreachable" });
        expect(await edge.counts({ [ERRORS]: 1, [RESPONSES]: 1 })).toEqual({
          [ERRORS]: 1,
          [RESPONSES]: 1,
        });
      });
    }

    test("because it is stuck and its queue is full: 504", async () => {
      const script = `const server = require("net").createServer();
        server.listen(0, "127.0.0.1", () => console.log(server.address().port));`;
      const stuck = Bun.spawn([process.execPath, "-e", script], { stdout: "pipe" });
      const port = await firstNumber(stuck.stdout);
      process.kill(stuck.pid, "SIGSTOP");
      const filling = await fillQueue(port);
      try {
        await using edge = await start({
          upstream_url: `http://127.0.0.1:${port}`,
          upstream_timeouts: { connect_ms: 200 },
        });
        await edge.mark();
        const answer = await fetch(edge.url, { method: "POST", body: "b" });
        expect([answer.status, await answer.json()]).toEqual([
          504,
          {
            error: "upstream_timeout",
            message: `http://127.0.0.1:${port} accepted no connection within 200 ms`,
          },
        ]);
        const counts = { [ERRORS]: 1, [RESPONSES]: 1 };
        expect(await edge.counts(counts)).toEqual(counts);
      } finally {
        for (const socket of filling) socket.destroy();
        stuck.kill("SIGKILL");
        await stuck.exited;
      }
    });
  });
});

/** What Bun asks the system for; it takes one more. */
const QUEUE_LENGTH = 512;

/** Connections that wait to be accepted, so many that no other one can be opened. */
async function fillQueue(port: number): Promise<net.Socket[]> {
  const sockets: net.Socket[] = [];
  const opened: Promise<void>[] = [];
  for (let n = 0; n < QUEUE_LENGTH + 20; n++) {
    const socket = net.connect(port, "127.0.0.1");
    socket.on("error", () => undefined);
    sockets.push(socket);
    if (n < QUEUE_LENGTH) opened.push(new Promise((resolve) => socket.on("connect", resolve)));
  }
  await Promise.all(opened);
  return sockets;
}

async function firstNumber(stream: ReadableStream<Uint8Array>): Promise<number> {
  let text = "";
  for await (const piece of stream) {
    text += Buffer.from(piece).toString();
    if (text.includes("\n")) break;
  }
  return Number(text);
}
