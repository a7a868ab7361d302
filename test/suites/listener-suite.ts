// What every listener does with HTTP/1.1, whatever it listens on: requests one after the other on
// a connection, in whatever pieces they come; responses no faster than they are taken; nothing that
// two readers could take for two different requests.

import { afterEach, describe, expect, test } from "bun:test";
import type { Listener, ListenerOptions } from "../../src/server/listener.ts";
import type { RawClient } from "../support/raw-client.ts";
import { CHUNKS, HOST, PIPELINES, REFUSED, chunked, get, later, post } from "./listener-cases.ts";
import { listenerLife } from "./listener-life.ts";

/** One kind of socket: opens a listener there, and connects to it. */
export interface ListenerKind {
  readonly open: (options: Omit<ListenerOptions, "target" | "tls">) => Promise<Listener>;
  readonly connect: (listener: Listener) => Promise<RawClient>;
}

export function listenerSuite(name: string, { open, connect }: ListenerKind): void {
  const listeners: Listener[] = [];
  const seen: string[] = [];

  async function start(options: Partial<ListenerOptions> = {}): Promise<Listener> {
    const listener = await open({
      idleTimeoutMs: 30_000,
      fetch: async (request) => {
        const text = `${request.method} ${new URL(request.url).pathname} ${await request.text()}`;
        seen.push(`begin ${text}`);
        for (let turn = 0; turn < 3; turn++) await new Promise((go) => void setImmediate(go));
        seen.push(`end ${text}`);
        return new Response(text);
      },
      ...options,
    });
    listeners.push(listener);
    return listener;
  }

  async function bodies(client: RawClient, count: number): Promise<string[]> {
    const found: string[] = [];
    while (found.length < count) {
      const { status, body } = await client.answer();
      if (status !== 100) found.push(body);
    }
    return found;
  }

  afterEach(async () => {
    seen.length = 0;
    for (const listener of listeners.splice(0)) await listener.abort();
  });

  describe(`${name}: requests before the one before them is answered`, () => {
    test.each(PIPELINES)("%s: answered in order, one by one", async (_, requests, answers) => {
      using client = (await connect(await start())).write(requests.join(""));
      expect(await bodies(client, answers.length)).toEqual([...answers]);
      expect(seen).toEqual(answers.flatMap((text) => [`begin ${text}`, `end ${text}`]));
    });

    test("in pieces of a byte", async () => {
      using client = await connect(await start());
      const requests = post("/1", "aaa") + chunked("/2", CHUNKS) + get("/3");
      for (const byte of Buffer.from(requests)) await client.flushed(Buffer.of(byte));
      expect(await bodies(client, 3)).toEqual(["POST /1 aaa", "POST /2 chk", "GET /3 "]);
    });

    test("cut in two at each byte", async () => {
      const listener = await start();
      const requests = post("/1", "ab") + chunked("/2", CHUNKS) + get("/3");
      using client = await connect(listener);
      for (let at = 1; at < requests.length; at++) {
        await client.flushed(Buffer.from(requests.slice(0, at)));
        client.write(requests.slice(at));
        expect(await bodies(client, 3)).toEqual(["POST /1 ab", "POST /2 chk", "GET /3 "]);
      }
    });

    test("answered at once: in order, too", async () => {
      let count = 0;
      const listener = await start({ fetch: () => new Response(String(count++)) });
      using client = (await connect(listener)).write(get("/").repeat(500));
      const want = Array.from({ length: 500 }, (_, at) => String(at));
      expect(await bodies(client, 500)).toEqual(want);
    });

    test("behind one that asks for leave to send", async () => {
      using client = await connect(await start());
      client.write(post("/1", "aaa", "Expect: 100-continue\r\n") + get("/2"));
      expect(await bodies(client, 2)).toEqual(["POST /1 aaa", "GET /2 "]);
    });

    test("behind one that ends the connection: not read", async () => {
      using client = await connect(await start());
      client.write(get("/1", "Connection: close\r\n") + get("/2"));
      expect(await bodies(client, 1)).toEqual(["GET /1 "]);
      await client.ended();
      expect(seen).toEqual(["begin GET /1 ", "end GET /1 "]);
    });

    test("behind a body that its handler does not read", async () => {
      const listener = await start({ fetch: ({ url }) => new Response(new URL(url).pathname) });
      using client = await connect(listener);
      client.write(post("/1", "x".repeat(1_000_000)) + chunked("/2", CHUNKS) + get("/3"));
      expect(await bodies(client, 3)).toEqual(["/1", "/2", "/3"]);
    });

    test("malformed: refused when the one before it is answered", async () => {
      using client = (await connect(await start())).write(`${get("/1")}no HTTP at all\r\n\r\n`);
      expect((await client.answer()).body).toBe("GET /1 ");
      expect((await client.answer()).status).toBe(400);
      expect(await client.ended()).not.toBe("open");
    });

    test("when the client goes away: not even begun", async () => {
      const reached = Promise.withResolvers<AbortSignal>();
      const paths: string[] = [];
      const listener = await start({
        fetch: ({ url, signal }) => {
          paths.push(new URL(url).pathname);
          reached.resolve(signal);
          return new Promise<Response>((_, reject) => {
            signal.addEventListener("abort", () => reject(new Error("gone")));
          });
        },
      });
      const client = (await connect(listener)).write(get("/1") + get("/2"));
      const signal = await reached.promise;
      const aborted = new Promise((resolve) => signal.addEventListener("abort", resolve));
      client.close();
      await aborted;
      expect([paths, listener.pending]).toEqual([["/1"], 0]);
    });
  });

  describe(`${name}: what could be two different requests, or none`, () => {
    test.each(REFUSED)("%s: refused, and the connection is closed", async (_, text, status) => {
      using client = (await connect(await start())).write(text);
      if (text.startsWith(get("/1"))) expect((await client.answer()).status).toBe(200);
      expect((await client.answer()).status).toBe(status);
      expect(await client.ended()).not.toBe("open");
      expect(seen.filter((line) => line.startsWith("end") && line !== "end GET /1 ")).toEqual([]);
    });
  });

  describe(`${name}: responses`, () => {
    test("of a known length, of one that is not, of none, and to HEAD", async () => {
      const answers = new Map([
        ["/length", () => new Response("abc", { headers: { "content-length": "3" } })],
        ["/stream", () => new Response(later("a", "bc"))],
        ["/soon", () => new Response(new Blob(["abc"]).stream())],
        ["/none", () => new Response(null, { status: 204 })],
        ["/empty", () => new Response(null)],
        ["/head", () => new Response(null, { headers: { "content-length": "7" } })],
      ]);
      const listener = await start({
        fetch: ({ url }) => answers.get(new URL(url).pathname)?.() ?? new Response("none"),
      });
      using client = await connect(listener);
      const got: unknown[] = [];
      for (const path of answers.keys()) {
        const method = path === "/head" ? "HEAD" : "GET";
        client.write(`${method} ${path} HTTP/1.1\r\n${HOST}\r\n`);
        const { status, headers, body } = await client.answer(
          method === "HEAD" ? method : "others",
        );
        const framing = headers.filter(([key]) => /^(?:content-length|transfer-)/.test(key));
        got.push([status, body, framing.map((pair) => pair.join(": ")).join()]);
      }
      expect(got).toEqual([
        [200, "abc", "content-length: 3"],
        [200, "abc", "transfer-encoding: chunked"],
        [200, "abc", "content-length: 3"],
        [204, "", ""],
        [200, "", "content-length: 0"],
        [200, "", "content-length: 7"],
      ]);
    });

    test("to HTTP/1.0: no chunks, and the end; or kept open when it asks", async () => {
      const listener = await start({
        fetch: ({ url }) => {
          const isStream = url.endsWith("/stream");
          return new Response(isStream ? later("abc") : null);
        },
      });
      using closed = (await connect(listener)).write("GET /stream HTTP/1.0\r\n\r\n");
      await closed.ended();
      expect(closed.seen.split("\r\n\r\n")[1]).toBe("abc");
      using kept = await connect(listener);
      for (let round = 0; round < 2; round++) {
        kept.write("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
        expect((await kept.answer()).headers).toContainEqual(["connection", "keep-alive"]);
      }
    });

    test("no faster than they are taken", async () => {
      const piece = new Uint8Array(64 * 1024);
      let given = 0;
      const cancelled = Promise.withResolvers<void>();
      const endless = new ReadableStream<Uint8Array>(
        {
          pull: (controller) => {
            given += piece.length;
            controller.enqueue(piece);
          },
          cancel: () => cancelled.resolve(),
        },
        { highWaterMark: 0 },
      );
      const listener = await start({
        fetch: ({ url }) => new Response(url.endsWith("/other") ? "other" : endless),
      });
      const client = await connect(listener);
      client.socket.pause();
      client.write(get("/"));
      await client.flushed(Buffer.alloc(0));
      let before = -1;
      for (let round = 0; round < 500 && before !== given; round++) {
        before = given;
        using other = (await connect(listener)).write(get("/other"));
        await other.answer();
      }
      // What fits into the buffers of both sides of the connection, and no more.
      expect(given).toBeLessThan(32 * 1024 * 1024);
      client.close();
      await cancelled.promise;
    });

    test("that break off show as cut", async () => {
      const listener = await start({
        fetch: ({ url }) => {
          const headers = url.endsWith("/length") ? { "content-length": "10" } : {};
          return new Response(later("part", new Error("broken")), { headers });
        },
      });
      for (const path of ["/length", "/chunks"]) {
        using client = (await connect(listener)).write(get(path) + get("/next"));
        await client.ended();
        expect(client.seen).toContain("part");
        expect(client.seen).not.toContain("\r\n0\r\n\r\n");
        expect(client.seen.split("HTTP/1.1").length).toBe(2);
      }
      const plain = await start({
        fetch: () =>
          new Response(new Blob(["abcd"]).stream(), { headers: { "content-length": "3" } }),
      });
      using client = (await connect(plain)).write(get("/"));
      await client.ended();
      expect(client.seen).not.toContain("abcd");
    });
  });

  describe(`${name}: bodies of requests`, () => {
    test("are read no faster than they are taken", async () => {
      const reached = Promise.withResolvers<ReadableStream<Uint8Array> | null>();
      const held = Promise.withResolvers<Response>();
      const listener = await start({
        fetch: ({ body }) => {
          reached.resolve(body);
          return held.promise;
        },
      });
      using client = await connect(listener);
      const large = Buffer.alloc(24 * 1024 * 1024);
      let isSent = false;
      client.write(`POST / HTTP/1.1\r\n${HOST}Content-Length: ${large.length}\r\n\r\n`);
      const sent = client.flushed(large).then(() => (isSent = true));
      const body = await reached.promise;
      for (let turn = 0; turn < 200; turn++) await new Promise((go) => void setImmediate(go));
      expect(isSent).toBe(false);
      let bytes = 0;
      for await (const piece of body ?? []) bytes += piece.length;
      await sent;
      held.resolve(new Response(String(bytes)));
      expect((await client.answer()).body).toBe(String(large.length));
    });

    test("in ten thousand chunks come whole, as a stream and at once", async () => {
      const listener = await start({
        fetch: async (request) => {
          if (request.url.endsWith("/whole")) return new Response(await request.text());
          let text = "";
          for await (const piece of request.body ?? []) text += Buffer.from(piece).toString();
          return new Response(text);
        },
      });
      const want = Array.from({ length: 10_000 }, (_, at) => String(at % 10)).join("");
      const chunks = `${want.replaceAll(/./g, "1\r\n$&\r\n")}0\r\n\r\n`;
      for (const path of ["/whole", "/stream"]) {
        using client = (await connect(listener)).write(chunked(path, chunks));
        expect((await client.answer()).body).toBe(want);
      }
    });

    test("that are given up are read over", async () => {
      const reached = Promise.withResolvers<void>();
      const held = Promise.withResolvers<void>();
      const listener = await start({
        fetch: async ({ body }) => {
          const reader = body?.getReader();
          await reader?.read();
          const next = reader?.read();
          await reader?.cancel();
          await next;
          reached.resolve();
          await held.promise;
          return new Response("given up");
        },
      });
      using client = await connect(listener);
      client.write(post("/", "abcdef").slice(0, -3));
      await reached.promise;
      await client.flushed(Buffer.from(`def${get("/")}`));
      held.resolve();
      expect((await client.answer()).body).toBe("given up");
      expect((await client.answer()).body).toBe("given up");
    });

    test("that end with the connection are an error to their reader", async () => {
      const failed = Promise.withResolvers<string>();
      const listener = await start({
        fetch: async (request) => {
          try {
            return new Response(await request.bytes());
          } catch (error) {
            failed.resolve(error instanceof Error ? error.name : "");
            throw error;
          }
        },
      });
      const client = await connect(listener);
      await client.flushed(Buffer.from(post("/", "abc").slice(0, -1)));
      client.close();
      expect(await failed.promise).toBe("AbortError");
    });
  });

  listenerLife(name, { start, connect });
}
