// Upstreams that are slow, absent or die, and clients that go away, over real sockets.

import { afterEach, describe, expect, test } from "bun:test";
import * as net from "node:net";
import { type HarnessOptions, ProxyHarness } from "../support/proxy-harness.ts";
import { rawResponse } from "../support/recording-upstream.ts";

const TRANSPORTS = ["http1", "fetch"] as const;
type Transport = (typeof TRANSPORTS)[number];

const running: ProxyHarness[] = [];

async function startOver(transport: Transport, options: HarnessOptions): Promise<ProxyHarness> {
  const harness = await ProxyHarness.start({ transport, ...options });
  running.push(harness);
  return harness;
}

afterEach(async () => {
  for (const harness of running.splice(0)) await harness.stop();
});

const get = (target: string, more = ""): string =>
  `GET ${target} HTTP/1.1\r\nHost: edge\r\n${more}\r\n`;

for (const transport of TRANSPORTS) {
  describe(transport, () => {
    const start = (options: HarnessOptions = {}) => startOver(transport, options);

    describe("an answer that breaks off cuts the client's connection", () => {
      const heads: readonly [string, string][] = [
        ["of a long known length", "Content-Type: a/b\r\nContent-Length: 100000\r\n\r\npart"],
        ["in chunks", "Transfer-Encoding: chunked\r\n\r\n4\r\npart\r\n"],
      ];
      for (const [name, rest] of heads) {
        test(name, async () => {
          const harness = await start();
          harness.upstream.respond = ({ socket }) => {
            socket.write(`HTTP/1.1 200 OK\r\n${rest}`, () => socket.destroy());
            return undefined;
          };
          const { text, end } = await harness.raw(get("/"));
          expect(end).toBe("reset");
          expect(text).not.toContain("0\r\n\r\n");
          expect(harness.bus.of("upstream.failed")).toEqual([
            {
              upstream: "default",
              phase: "receive",
              reason: `${harness.upstream.url} ended its answer half-way`,
              retried: false,
            },
          ]);
          expect(harness.client.inFlight).toBe(0);
        });
      }
    });

    describe("a short answer that breaks off is a 502, because none of it was passed on", () => {
      for (const type of ["Content-Type: a/b\r\n", ""]) {
        test(type === "" ? "without a content type" : "with a content type", async () => {
          const { upstream, url, bus, client } = await start();
          upstream.respond = ({ socket }) => {
            const head = `HTTP/1.1 200 OK\r\n${type}Content-Length: 10\r\n\r\n`;
            socket.write(`${head}part`, () => socket.destroy());
            return undefined;
          };
          const response = await fetch(url, { method: "POST", body: "b" });
          expect([response.status, await response.json()]).toEqual([
            502,
            { error: "upstream_failed", message: `${upstream.url} ended its answer half-way` },
          ]);
          expect(bus.of("upstream.failed").map(({ phase, retried }) => [phase, retried])).toEqual([
            ["receive", false],
          ]);
          expect(bus.of("request.completed").map(({ status }) => status)).toEqual([502]);
          expect([client.inFlight, upstream.requests.length]).toEqual([0, 1]);
        });
      }

      test("on a connection that was used before, too: it is not asked for again", async () => {
        const { upstream, url } = await start();
        await fetch(url);
        upstream.respond = ({ socket }) => {
          const head = "HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nContent-Length: 10\r\n\r\n";
          socket.write(`${head}part`, () => socket.destroy());
          return undefined;
        };
        const response = await fetch(url, { method: "POST", body: "b" });
        expect([response.status, upstream.requests.length]).toEqual([502, 2]);
      });
    });

    describe("an answer that no HTTP client can pass on is a 502", () => {
      const answers: readonly [string, string][] = [
        ["a status above 599", "HTTP/1.1 600 X\r\nContent-Length: 2\r\n\r\nok"],
        ["a status below 100", "HTTP/1.1 099 X\r\nContent-Length: 2\r\n\r\nok"],
        ["a header whose name is none", "HTTP/1.1 200 OK\r\nX(a): b\r\nContent-Length: 0\r\n\r\n"],
        ["a NUL in a header", "HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 0\r\n\r\n"],
      ];
      for (const [name, answer] of answers) {
        test(name, async () => {
          const { upstream, url, bus, client } = await start();
          upstream.respond = () => answer;
          const response = await fetch(url);
          expect([response.status, await response.json()]).toMatchObject([
            502,
            { error: "upstream_failed" },
          ]);
          expect(bus.of("upstream.failed").map(({ phase }) => phase)).toEqual(["receive"]);
          expect([client.inFlight, bus.of("request.failed")]).toEqual([0, []]);
        });
      }
    });

    describe("an upstream that is slow", () => {
      test("to answer: 504 after the first-byte timeout", async () => {
        const { upstream, url, bus, client } = await start({ timeouts: { firstByteMs: 40 } });
        upstream.respond = () => undefined;
        const response = await fetch(url);
        expect(response.status).toBe(504);
        expect(await response.json()).toEqual({
          error: "upstream_timeout",
          message: `${upstream.url} did not answer within 40 ms`,
        });
        expect(bus.of("upstream.failed").map(({ phase }) => phase)).toEqual(["first_byte"]);
        await upstream.allClosed();
        expect(client.inFlight).toBe(0);
      });

      test("in the middle of a short answer: 504 after the first-byte timeout", async () => {
        const { upstream, url, bus, client } = await start({ timeouts: { firstByteMs: 40 } });
        upstream.respond = () =>
          "HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nContent-Length: 10\r\n\r\npart";
        expect((await fetch(url)).status).toBe(504);
        expect(bus.of("upstream.failed").map(({ phase }) => phase)).toEqual(["first_byte"]);
        await upstream.allClosed();
        expect(client.inFlight).toBe(0);
      });

      test("in the middle of an answer: the connection is cut after the idle timeout", async () => {
        const harness = await start({ timeouts: { idleMs: 40 } });
        harness.upstream.respond = () =>
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\n";
        const { text, end } = await harness.raw(get("/"));
        expect([end, text.includes("part")]).toEqual(["reset", true]);
        expect(harness.bus.of("upstream.failed").map(({ phase }) => phase)).toEqual(["idle"]);
        await harness.upstream.allClosed();
      });

      test("to accept a connection: 504 after the connect timeout", async () => {
        const { upstream, url, bus, client } = await start({
          timeouts: { connectMs: 40 },
          connect: () => new Promise(() => undefined),
          probe: (_host, _port, timeoutMs, done) => void setTimeout(() => done(false), timeoutMs),
        });
        upstream.respond = () => undefined;
        const response = await fetch(url, { method: "POST", body: "b" });
        expect([response.status, await response.json()]).toEqual([
          504,
          {
            error: "upstream_timeout",
            message: `${upstream.url} accepted no connection within 40 ms`,
          },
        ]);
        expect(bus.of("upstream.failed").map(({ phase }) => phase)).toEqual(["connect"]);
        expect(client.inFlight).toBe(0);
      });

      test("to answer but accepting connections is given the time to answer", async () => {
        const { upstream, url, bus } = await start({
          timeouts: { connectMs: 20, firstByteMs: 120 },
        });
        upstream.respond = () => undefined;
        expect((await fetch(url)).status).toBe(504);
        expect(bus.of("upstream.failed").map(({ phase }) => phase)).toEqual(["first_byte"]);
      });
    });

    describe("an upstream that is not there", () => {
      test("refuses: 502 with the reason", async () => {
        const { url, bus } = await start({
          upstreamUrl: () => "http://u:p@127.0.0.1:1/?key=secret",
        });
        const response = await fetch(`${url}/x`, { method: "POST", body: "b" });
        expect(response.status).toBe(502);
        expect(await response.json()).toEqual({
          error: "upstream_unreachable",
          message: "cannot connect to http://127.0.0.1:1 (ECONNREFUSED)",
        });
        expect(bus.of("upstream.failed").map(({ phase }) => phase)).toEqual(["connect"]);
        expect(bus.of("request.completed").map(({ status }) => status)).toEqual([502]);
      });

      test("has no address: 502 with the reason", async () => {
        const { url } = await start({ upstreamUrl: () => "http://nowhere.invalid/" });
        const response = await fetch(url);
        expect(response.status).toBe(502);
        expect(await response.json()).toMatchObject({ error: "upstream_unreachable" });
      });

      test("speaks something else: 502", async () => {
        const { upstream, url } = await start();
        upstream.respond = () => "garbage garbage\r\n\r\n";
        expect((await fetch(url)).status).toBe(502);
      });
    });

    describe("a pooled connection that died", () => {
      test("is replaced, once, and the client sees nothing of it", async () => {
        const { upstream, url, bus } = await start();
        expect((await fetch(url)).status).toBe(200);
        upstream.respond = ({ request, socket }) => {
          if (request.connection === 1) return void socket.destroy();
          return rawResponse(200, {}, "again");
        };
        const response = await fetch(url, { method: "POST", body: "precious" });
        expect([response.status, await response.text()]).toEqual([200, "again"]);
        expect(upstream.requests.map(({ body }) => body.toString())).toEqual([
          "",
          "precious",
          "precious",
        ]);
        expect(bus.of("upstream.failed").map(({ retried }) => retried)).toEqual([true]);
      });

      test("is replaced only once: the second death is a 502", async () => {
        const { upstream, url, bus } = await start();
        await fetch(url);
        upstream.respond = ({ socket }) => void socket.destroy();
        const response = await fetch(url, { method: "POST", body: "b" });
        expect(response.status).toBe(502);
        expect(upstream.requests.length).toBe(3);
        expect(bus.of("upstream.failed").map(({ retried }) => retried)).toEqual([true, false]);
      });

      test("is replaced as often as there are some: none of them costs a client its request", async () => {
        const { upstream, url } = await start();
        const kept = 3;
        upstream.respond = ({ request, socket, count }) => {
          if (count > kept)
            return request.connection > kept ? rawResponse(200) : void socket.destroy();
          if (count === kept) for (const waiting of waitings) waiting();
          else waitings.push(() => socket.write(rawResponse(200)));
          return count === kept ? rawResponse(200) : undefined;
        };
        const waitings: (() => void)[] = [];
        await Promise.all(Array.from({ length: kept }, async () => (await fetch(url)).text()));
        expect(upstream.connections).toBe(kept);
        for (let n = 0; n < kept; n++) {
          const response = await fetch(url, { method: "POST", body: "precious" });
          expect([n, response.status]).toEqual([n, 200]);
        }
      });

      test("is not replaced when it was a new one: the upstream may have taken the request", async () => {
        const { upstream, url } = await start();
        upstream.respond = ({ socket }) => void socket.destroy();
        const response = await fetch(url, { method: "POST", body: "b" });
        expect([response.status, upstream.requests.length]).toEqual([502, 1]);
      });

      test("is not replaced when the body was a stream", async () => {
        const harness = await start();
        await fetch(harness.url);
        harness.upstream.respond = ({ socket }) => void socket.destroy();
        const head = "POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
        const { text } = await harness.raw(`${head}3\r\nabc\r\n0\r\n\r\n`, (seen) =>
          seen.includes("502"),
        );
        expect(text).toStartWith("HTTP/1.1 502");
        expect(harness.upstream.requests.length).toBe(2);
      });
    });

    describe("a client that goes away", () => {
      test("while the upstream thinks: the upstream's request is ended", async () => {
        const { upstream, listener, client, bus } = await start();
        const reached = new Promise<void>((resolve) => {
          upstream.respond = () => {
            resolve();
            return undefined;
          };
        });
        const socket = net.connect(listener.port, "127.0.0.1");
        socket.write(get("/"));
        await reached;
        socket.destroy();
        await upstream.allClosed();
        const { status } = await bus.first("request.completed");
        expect([status, client.inFlight]).toEqual([499, 0]);
        expect(bus.of("upstream.failed")).toEqual([]);
      });

      test("while the answer is streamed: the upstream's answer is ended", async () => {
        const { upstream, listener, client } = await start();
        upstream.respond = () =>
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\n";
        const socket = net.connect(listener.port, "127.0.0.1");
        socket.write(get("/"));
        await new Promise<void>((resolve) => socket.on("data", () => resolve()));
        socket.destroy();
        await upstream.allClosed();
        expect(client.inFlight).toBe(0);
      });

      const halves: readonly [string, string][] = [
        ["of known length", "Content-Length: 100\r\n\r\nhalf"],
        ["in chunks", "Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"],
      ];
      for (const path of ["/lines", "/raw"]) {
        for (const [name, rest] of halves) {
          test(`in the middle of its body ${name}, to ${path}: nobody else is blamed`, async () => {
            const { upstream, listener, bus, client } = await start();
            const socket = net.connect(listener.port, "127.0.0.1");
            socket.write(`POST ${path} HTTP/1.1\r\nHost: x\r\n${rest}`);
            await bus.first("prefilter.decided");
            socket.destroy();
            const { status } = await bus.first("request.completed");
            expect([status, client.inFlight]).toEqual([499, 0]);
            expect(bus.of("upstream.failed")).toEqual([]);
            expect(bus.of("request.failed")).toEqual([]);
            expect(upstream.requests).toEqual([]);
          });
        }
      }
    });
  });
}
