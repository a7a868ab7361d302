// Clients that are slow to ask, in front of the compiled executable with a bound for heads that is
// set.

import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { executable, hasEntryPoint } from "../support/e2e-executable.ts";
import { issueCertificates } from "../support/proxy-certificates.ts";
import { RawClient } from "../support/raw-client.ts";
import { RawEdge } from "../support/raw-edge.ts";
import { RecordingUpstream, rawResponse } from "../support/recording-upstream.ts";

const BUILD_TIMEOUT_MS = 120_000;
const HEADER_TIMEOUT_MS = 200;
const GET = "GET /x HTTP/1.1\r\nHost: edge\r\n\r\n";

describe.skipIf(!hasEntryPoint("edge"))("header_timeout_ms", () => {
  let upstream: RecordingUpstream;
  const edges: RawEdge[] = [];

  beforeAll(async () => {
    await executable("edge");
    upstream = await RecordingUpstream.start();
    for (const worker_count of [1, 2]) {
      const config = { upstream_url: upstream.url, header_timeout_ms: HEADER_TIMEOUT_MS };
      edges.push(await RawEdge.start({ config: { ...config, worker_count } }));
    }
  }, BUILD_TIMEOUT_MS);
  afterEach(() => {
    upstream.respond = () => rawResponse(200, {}, "ok");
  });
  afterAll(async () => {
    for (const edge of edges) await edge[Symbol.asyncDispose]();
    await upstream.stop();
  });

  for (const [at, threads] of ["one thread", "two workers"].entries()) {
    describe(threads, () => {
      test("closes a connection that asks nothing", async () => {
        using client = await edges[at]!.connect();
        await client.ended();
        expect(client.seen).toBe("");
      });

      test("closes a connection that sends its head byte by byte without end", async () => {
        const before = upstream.requests.length;
        using client = await edges[at]!.send("GET /x HTTP/1.1\r\nHost: edge\r\nX: ");
        let bytes = 0;
        while (client.end === "open" && bytes < 16_000) {
          await Promise.race([client.flushed(Buffer.from("a")), client.ended()]);
          bytes++;
          await Bun.sleep(1);
        }
        expect(client.end).not.toBe("open");
        expect([client.seen, upstream.requests.length - before]).toEqual(["", 0]);
      });

      test("answers those that are in time, and leaves them open", async () => {
        using client = await edges[at]!.send(GET);
        expect((await client.answer()).body).toBe("ok");
        // As long as a connection that asked nothing was left open, and more.
        using silent = await edges[at]!.connect();
        await silent.ended();
        client.write(GET);
        expect((await client.answer()).body).toBe("ok");
      });

      test("has nothing to do with answers that take longer", async () => {
        const reached = Promise.withResolvers<() => void>();
        upstream.respond = ({ socket }) => {
          reached.resolve(() => void socket.write(rawResponse(200, {}, "late")));
          return undefined;
        };
        using client = await edges[at]!.send(GET);
        const answer = await reached.promise;
        using silent = await edges[at]!.connect();
        await silent.ended();
        answer();
        expect((await client.answer()).body).toBe("late");
      });

      test("lets a cut answer show as cut", async () => {
        upstream.respond = ({ socket }) => {
          const text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\n";
          socket.write(text, () => socket.destroy());
          return undefined;
        };
        using client = await edges[at]!.send(GET);
        await client.ended();
        expect(client.seen).not.toContain("\r\n0\r\n\r\n");
      });

      test("passes 16 MiB whole, both ways", async () => {
        const large = Buffer.alloc(16 * 1024 * 1024);
        for (let byte = 0; byte < large.length; byte += 4096) large.writeUInt32LE(byte, byte);
        await using edge = await RawEdge.start({
          config: {
            upstream_url: upstream.url,
            header_timeout_ms: HEADER_TIMEOUT_MS,
            worker_count: at + 1,
            max_body_size: large.length,
          },
        });
        upstream.respond = () => rawResponse(200, {}, large);
        const answer = await fetch(edge.url);
        expect(Bun.hash(await answer.arrayBuffer())).toBe(Bun.hash(large));
        upstream.respond = ({ request }) => rawResponse(200, {}, String(Bun.hash(request.body)));
        const echoed = await fetch(edge.url, { method: "POST", body: large });
        expect(await echoed.text()).toBe(String(Bun.hash(large)));
      });
    });
  }

  test("a head that is not whole does not keep the program from stopping", async () => {
    const config = { upstream_url: upstream.url, header_timeout_ms: 60_000 };
    await using edge = await RawEdge.start({ config });
    using half = await edge.send("GET /x HTTP/1.1\r\n");
    using idle = await edge.send(GET);
    expect((await idle.answer()).body).toBe("ok");
    edge.program.signal("SIGTERM");
    expect(await edge.program.exited).toBe(0);
    expect(edge.program.output).toMatch(/"event":"server.stopped","unfinished":0/);
    await Promise.all([half.ended(), idle.ended()]);
  });

  test("holds with TLS, too, and on the address of the own pages", async () => {
    const folder = mkdtempSync(join(tmpdir(), "edge-slow-"));
    const { ca, server } = issueCertificates(folder);
    rmSync(folder, { recursive: true });
    await using edge = await RawEdge.start({
      config: {
        upstream_url: upstream.url,
        header_timeout_ms: HEADER_TIMEOUT_MS,
        tls: { cert_file: "cert.pem", key_file: "key.pem" },
        admin: { listen: "127.0.0.1:0" },
      },
      files: { "cert.pem": server.cert, "key.pem": server.key },
    });
    using silent = await RawClient.connectTls({ host: "127.0.0.1", port: edge.port, ca });
    await silent.ended();
    const url = await edge.program.line((line) => /"url":"(http:[^"]*)"/.exec(line)?.[1]);
    using silentPages = await RawClient.connect({
      host: "127.0.0.1",
      port: Number(new URL(url).port),
    });
    await silentPages.ended();
    expect([silent.seen, silentPages.seen]).toEqual(["", ""]);
  });
});
