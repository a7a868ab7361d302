// The pool of connections and what may happen on one of them, over real sockets.

import { afterEach, describe, expect, test } from "bun:test";
import * as net from "node:net";
import { type HarnessOptions, ProxyHarness } from "../../support/proxy-harness.ts";
import { rawResponse } from "../../support/recording-upstream.ts";

const running: ProxyHarness[] = [];

async function start(options: HarnessOptions = {}): Promise<ProxyHarness> {
  const harness = await ProxyHarness.start({ transport: "http1", ...options });
  running.push(harness);
  return harness;
}

afterEach(async () => {
  for (const harness of running.splice(0)) await harness.stop();
});

describe("connections", () => {
  test("are used again", async () => {
    const { url, upstream } = await start();
    for (let at = 0; at < 5; at++) expect(await (await fetch(url)).text()).toBe("ok");
    expect([upstream.requests.length, upstream.connections]).toEqual([5, 1]);
  });

  test("carry one request each at a time", async () => {
    const { url, upstream } = await start();
    const sockets: net.Socket[] = [];
    const allThere = Promise.withResolvers<void>();
    upstream.respond = ({ socket }) => {
      if (sockets.push(socket) === 8) allThere.resolve();
      return undefined;
    };
    const answers = Array.from({ length: 8 }, (_, at) => fetch(`${url}/${at}`));
    await allThere.promise;
    for (const socket of sockets) socket.write(rawResponse(200, {}, "ok"));
    for (const answer of answers) expect((await answer).status).toBe(200);
    expect(upstream.connections).toBe(8);
    upstream.respond = () => rawResponse(200, {}, "ok");
    await Promise.all(Array.from({ length: 8 }, () => fetch(url)));
    expect(upstream.connections).toBe(8);
  });

  test("that the upstream closes while they are idle are not used again", async () => {
    const { url, upstream, bus } = await start();
    upstream.respond = ({ socket, count }) => {
      if (count === 1) socket.end(rawResponse(200, {}, "ok"));
      return count === 1 ? undefined : rawResponse(200, {}, "ok");
    };
    await fetch(url);
    await upstream.allClosed();
    expect((await fetch(url, { method: "POST", body: "b" })).status).toBe(200);
    expect([upstream.connections, upstream.requests.length]).toEqual([2, 2]);
    expect(bus.of("upstream.failed").filter(({ retried }) => !retried)).toEqual([]);
  });

  test("that say more than they were asked are not used again", async () => {
    const { url, upstream } = await start();
    upstream.respond = () =>
      Buffer.concat([rawResponse(200, {}, "ok"), rawResponse(200, {}, "poison")]);
    expect(await (await fetch(url)).text()).toBe("ok");
    upstream.respond = () => rawResponse(200, {}, "fine");
    expect(await (await fetch(url)).text()).toBe("fine");
    expect(upstream.connections).toBe(2);
  });

  test("that speak unasked while idle are not used again", async () => {
    const { url, upstream } = await start();
    let socket: net.Socket | undefined;
    upstream.respond = (context) => {
      socket = context.socket;
      return rawResponse(200, {}, "ok");
    };
    await fetch(url);
    socket?.write(rawResponse(200, {}, "poison"));
    await upstream.allClosed();
    upstream.respond = () => rawResponse(200, {}, "fine");
    expect(await (await fetch(url)).text()).toBe("fine");
  });

  for (const header of ["connection", "Connection"]) {
    test(`that are to be closed (${header}: close) are`, async () => {
      const { url, upstream } = await start();
      upstream.respond = () => rawResponse(200, { [header]: "close" }, "ok");
      await fetch(url);
      await fetch(url);
      expect(upstream.connections).toBe(2);
    });
  }
});

describe("answers", () => {
  test("that begin before the request was sent whole are relayed, and the rest is not sent", async () => {
    const { url, upstream, listener, bus } = await start({ bodyBytesMax: 10_000_000 });
    upstream.respond = () => undefined;
    const answered = new Promise<void>((resolve) => {
      upstream.early = (socket) => {
        socket.end(rawResponse(413, {}, "too much"));
        resolve();
      };
    });
    const socket = net.connect(listener.port, "127.0.0.1");
    let seen = "";
    const done = new Promise<void>((resolve) => {
      socket.on("data", (piece) => {
        seen += piece.toString();
        if (seen.endsWith("too much")) resolve();
      });
    });
    socket.write("POST /big HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000\r\n\r\nonly the start");
    await answered;
    await done;
    socket.destroy();
    expect(seen).toStartWith("HTTP/1.1 413");
    expect(bus.of("upstream.failed")).toEqual([]);
    upstream.early = undefined;
    upstream.respond = () => rawResponse(200, {}, "ok");
    expect((await fetch(url)).status).toBe(200);
  });

  test("of small known length that are cut are a 502, for nothing was said yet", async () => {
    const { url, upstream, bus } = await start();
    upstream.respond = ({ socket }) => {
      socket.end("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
      return undefined;
    };
    const response = await fetch(url, { method: "POST", body: "b" });
    expect([response.status, await response.json()]).toEqual([
      502,
      { error: "upstream_failed", message: `${upstream.url} ended its answer half-way` },
    ]);
    expect(upstream.requests.length).toBe(1);
    expect(bus.of("upstream.failed").map(({ phase }) => phase)).toEqual(["receive"]);
  });

  test("that end with the connection are whole", async () => {
    const { url, upstream } = await start();
    upstream.respond = ({ socket }) => {
      socket.end("HTTP/1.0 200 OK\r\n\r\nuntil the end");
      return undefined;
    };
    expect(await (await fetch(url)).text()).toBe("until the end");
  });

  test("that cannot be framed are a 502 that says why", async () => {
    const { url, upstream } = await start();
    upstream.respond = () => "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n";
    const response = await fetch(url);
    expect([response.status, await response.json()]).toEqual([
      502,
      {
        error: "upstream_failed",
        message: `${upstream.url} sent a malformed answer: a Content-Length that is no length`,
      },
    ]);
  });

  test("that announce themselves are awaited", async () => {
    const { url, upstream } = await start();
    upstream.respond = () =>
      Buffer.concat([
        Buffer.from("HTTP/1.1 103 Early\r\nLink: x\r\n\r\n"),
        rawResponse(200, {}, "ok"),
      ]);
    expect(await (await fetch(url)).text()).toBe("ok");
  });

  test("are read no faster than a slow client takes them", async () => {
    const { upstream, listener, url } = await start();
    const total = 64 * 1024 * 1024;
    let sent = 0;
    upstream.respond = ({ socket, request }) => {
      if (request.target === "/other") return rawResponse(200, {}, "ok");
      socket.write(`HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nContent-Length: ${total}\r\n\r\n`);
      const piece = Buffer.alloc(64 * 1024);
      const pump = (): void => {
        while (sent < total) {
          sent += piece.length;
          if (!socket.write(piece)) break;
        }
      };
      socket.on("drain", pump);
      pump();
      return undefined;
    };
    const client = net.connect(listener.port, "127.0.0.1");
    client.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    let received = 0;
    const begun = Promise.withResolvers<void>();
    const whole = Promise.withResolvers<void>();
    client.on("data", (piece) => {
      received += piece.length;
      begun.resolve();
      if (received >= total) whole.resolve();
    });
    await begun.promise;
    client.pause();
    // Other requests go on meanwhile, and give it all the time that it needs to fill the buffers.
    for (let at = 0; at < 200; at++) await (await fetch(`${url}/other`)).text();
    expect(sent).toBeLessThan(total);
    client.resume();
    await whole.promise;
    client.destroy();
    expect(sent).toBe(total);
  });
});

describe("header values", () => {
  test("in Latin-1 and in UTF-8 pass in both directions as the bytes that they are", async () => {
    const harness = await start();
    const value = Buffer.from([0xe9, 0x20, 0xc3, 0xa9]);
    const answer = (head: string) =>
      Buffer.concat([
        Buffer.from(`${head}X-Odd: `),
        value,
        Buffer.from("\r\nContent-Length: 2\r\n\r\nok"),
      ]);
    harness.upstream.respond = () => answer("HTTP/1.1 200 OK\r\nContent-Type: a/b\r\n");
    const request = answer("POST / HTTP/1.1\r\nHost: x\r\n");
    const { text } = await harness.raw(request, (seen) => seen.endsWith("ok"));
    expect(harness.upstream.header("x-odd")).toBe(value.toString("latin1"));
    expect(/x-odd: (.*)\r\n/i.exec(text)?.[1]).toBe(value.toString("latin1"));
  });
});
