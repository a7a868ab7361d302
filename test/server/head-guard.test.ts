// A listener with a bound of its own for heads: in how many pieces one comes does not matter, what
// never ends is closed, what the server refuses is still refused.

import { afterEach, describe, expect, test } from "bun:test";
import { type Listener, type ListenerOptions, listen } from "../../src/server/listener.ts";
import { RawClient } from "../support/raw-client.ts";

const open: Listener[] = [];

async function start(headTimeoutMs: number, more: Partial<ListenerOptions> = {}) {
  const listener = await listen({
    target: { kind: "tcp", host: "127.0.0.1", port: 0 },
    idleTimeoutMs: 30_000,
    headTimeoutMs,
    fetch: async (request) => new Response(`${request.method} ${await request.text()}`),
    ...more,
  });
  open.push(listener);
  return listener;
}

afterEach(async () => {
  for (const listener of open.splice(0)) await listener.abort();
});

function connect({ port }: Listener): Promise<RawClient> {
  return RawClient.connect({ host: "127.0.0.1", port });
}

const POST = "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody";

test("a request is answered wherever it is cut in two", async () => {
  const listener = await start(5000);
  for (let at = 1; at < POST.length; at++) {
    using client = await connect(listener);
    await client.flushed(Buffer.from(POST.slice(0, at)));
    client.write(POST.slice(at));
    expect((await client.answer()).body).toBe("POST body");
  }
});

test("a request is answered in pieces of one byte, and so is the next one", async () => {
  const listener = await start(5000);
  using client = await connect(listener);
  for (const byte of Buffer.from(POST + POST)) await client.flushed(Buffer.of(byte));
  expect((await client.answer()).body).toBe("POST body");
  expect((await client.answer()).body).toBe("POST body");
});

describe("what the server refuses is refused", () => {
  const cases: readonly [string, string, number][] = [
    ["a head without an end that is too long", `GET /${"x".repeat(70_000)}`, 431],
    ["line feeds alone", "GET / HTTP/1.1\nHost: a\n\n", 505],
    ["no HTTP", "hello\r\n\r\n", 400],
    ["an empty line first", `\r\n\r\n${POST}`, 400],
  ];
  for (const [name, text, status] of cases) {
    test(`${name}: ${status}`, async () => {
      using client = (await connect(await start(5000))).write(text);
      expect((await client.answer()).status).toBe(status);
      expect(await client.ended()).not.toBe("open");
    });
  }
});

test("connections run out of time each on its own", async () => {
  const listener = await start(60);
  using first = await connect(listener);
  using second = (await connect(listener)).write("GET / HTTP/1.1\r\n");
  using asking = (await connect(listener)).write(POST);
  expect((await asking.answer()).body).toBe("POST body");
  await first.ended();
  await second.ended();
  expect([first.seen, second.seen, asking.end]).toEqual(["", "", "open"]);
});

test("a port in use is an error that says which", async () => {
  const { port } = await start(5000);
  const target = { kind: "tcp", host: "127.0.0.1", port } as const;
  const message = `cannot listen on 127.0.0.1:${port}: it is in use`;
  expect(start(5000, { target })).rejects.toThrow(message);
  expect(start(10_000, { target })).rejects.toThrow(message);
});

test("draining answers what is in flight and gives up what asks nothing", async () => {
  const reached = Promise.withResolvers<void>();
  const held = Promise.withResolvers<Response>();
  const listener = await start(60_000, {
    fetch: () => {
      reached.resolve();
      return held.promise;
    },
  });
  using asking = (await connect(listener)).write(POST);
  using silent = await connect(listener);
  await reached.promise;
  expect(listener.pending).toBe(1);
  const drained = listener.drain();
  await silent.ended();
  held.resolve(new Response("late"));
  expect((await asking.answer()).body).toBe("late");
  await drained;
  expect([listener.pending, await asking.ended()]).toEqual([0, "closed"]);
});
