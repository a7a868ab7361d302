// The pool of connections and what may happen on one of them, over real sockets.

import { afterEach, describe, expect, test } from "bun:test";
import * as net from "node:net";
import { type HarnessOptions, ProxyHarness } from "../../support/proxy-harness.ts";
import { rawResponse } from "../../support/recording-upstream.ts";
import { LOOP_SHARE_MS } from "../../../src/core/limits.ts";
import { LoopShare } from "../../../src/system/loop-share.ts";
import { Connection } from "../../../src/upstream/http1/connection.ts";

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

describe("an upstream that sends faster than it can be read", () => {
  /** A socket whose pauses are noted, on a connection that is asked something. */
  function asked(nowMs: () => number) {
    const calls: string[] = [];
    const note = (call: string) => () => void calls.push(call);
    const socket = {
      write: (_: unknown, __?: number, length = 0) => length,
      pause: note("pause"),
      resume: note("resume"),
      terminate: note("terminate"),
    } as unknown as Bun.Socket<Connection | undefined>;
    const share = new LoopShare(nowMs);
    const connection = new Connection(socket, note("idle"), note("gone"), share);
    const body: string[] = [];
    connection.send("GET", "GET / HTTP/1.1\r\n\r\n", null, {
      head: () => undefined,
      piece: (bytes, start, end) =>
        void body.push(Buffer.from(bytes.subarray(start, end)).toString()),
      ended: note("ended"),
      failed: note("failed"),
    });
    const get = (text: string): void => connection.received(Buffer.from(text));
    return { calls, connection, body, get, rested: () => share.rest() };
  }
  const HEAD = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

  test("waits for others when its reading took the share of the loop, and is read on then", async () => {
    let nowMs = 0;
    const { calls, body, get, rested } = asked(() => nowMs++ * LOOP_SHARE_MS);
    get(`${HEAD}1\r\na\r\n`);
    expect(calls).toEqual(["pause"]);
    await rested();
    expect(calls).toEqual(["pause", "resume"]);
    get("1\r\nb\r\n0\r\n\r\n");
    expect([body.join(""), calls]).toEqual(["ab", ["pause", "resume", "ended", "idle"]]);
  });

  test("does not wait when there was time", () => {
    const { calls, get } = asked(() => 0);
    get(`${HEAD}1\r\na\r\n`);
    get("1\r\nb\r\n");
    expect(calls).toEqual([]);
  });

  test("is not read on while whoever gets the response is slow", async () => {
    let nowMs = 0;
    const { calls, connection, get, rested } = asked(() => nowMs++ * LOOP_SHARE_MS);
    get(`${HEAD}1\r\na\r\n`);
    connection.pause();
    await rested();
    expect(calls).toEqual(["pause"]);
    connection.resume();
    expect(calls).toEqual(["pause", "resume"]);
  });

  test("waits within what came at once, too, and is whole when it ends there", async () => {
    let nowMs = 0;
    const { calls, body, get, rested } = asked(() => nowMs++ * LOOP_SHARE_MS);
    const ones = "1\r\na\r\n".repeat(50_000);
    get(`${HEAD}${ones}0\r\n\r\n`);
    const first = body.join("").length;
    expect([first > 5000, first < 20_000, calls]).toEqual([true, true, ["pause"]]);
    for (let rounds = 0; rounds < 5; rounds++) await rested();
    expect([body.join("") === "a".repeat(50_000), calls]).toEqual([
      true,
      ["pause", "ended", "idle", "resume"],
    ]);
  });

  test("is read to its end when its connection closes meanwhile", () => {
    let nowMs = 0;
    const { calls, connection, body, get } = asked(() => nowMs++ * LOOP_SHARE_MS);
    get(`${HEAD}${"1\r\na\r\n".repeat(50_000)}0\r\n\r\n`);
    connection.ended(undefined);
    expect([body.join("").length, calls]).toEqual([50_000, ["pause", "ended", "idle", "gone"]]);
  });

  test("and says more than it was asked is not kept, wherever that stands", () => {
    for (const chunks of [1, 10_922, 10_923, 30_000]) {
      let nowMs = 0;
      const { calls, connection, get } = asked(() => nowMs++ * LOOP_SHARE_MS);
      get(`${HEAD}${"1\r\na\r\n".repeat(chunks)}0\r\n\r\n${"poison".repeat(20_000)}`);
      connection.ended(undefined);
      expect([connection.isClosed, calls.includes("failed")]).toEqual([true, false]);
    }
  });
});
