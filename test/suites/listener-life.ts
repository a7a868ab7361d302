// The part of the suite of listeners that is about how connections end: by time, and by draining.

import { describe, expect, test } from "bun:test";
import { REQUEST_HEAD_BYTES_MAX } from "../../src/core/limits.ts";
import type { Listener, ListenerOptions } from "../../src/server/listener.ts";
import type { RawClient } from "../support/raw-client.ts";
import { get } from "./listener-cases.ts";

interface Started {
  /** Answers with method, path and body unless `fetch` is given; ended by the suite. */
  readonly start: (options: Partial<ListenerOptions>) => Promise<Listener>;
  readonly connect: (listener: Listener) => Promise<RawClient>;
}

export function listenerLife(name: string, { start, connect }: Started): void {
  describe(`${name}: time`, () => {
    test("connections run out of it each on its own, before their first head is whole", async () => {
      const slow: string[] = [];
      const onTimeout = (phase: string): void => void slow.push(phase);
      const listener = await start({ headTimeoutMs: 60, onTimeout });
      using first = await connect(listener);
      using second = (await connect(listener)).write("GET / HTTP/1.1\r\n");
      using asking = (await connect(listener)).write(get("/"));
      expect((await asking.answer()).body).toBe("GET / ");
      await first.ended();
      await second.ended();
      expect([first.seen, second.seen, asking.end]).toEqual(["", "", "open"]);
      // The first one said nothing.
      expect(slow).toEqual(["head"]);
      expect(listener.connections).toBeGreaterThan(0);
    });

    test("a body that stops, and a response that nobody takes, are told of by their phase", async () => {
      const slow: string[] = [];
      const onTimeout = (phase: string): void => void slow.push(phase);
      const never = new Promise<never>(() => undefined);
      const fetch = async (request: Request): Promise<Response> =>
        request.method === "POST" ? new Response(await request.text()) : never;
      const listener = await start({ idleTimeoutMs: 60, onTimeout, fetch });
      const head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc";
      using sending = (await connect(listener)).write(head);
      await sending.ended();
      using taking = (await connect(listener)).write(get("/"));
      await taking.ended();
      expect(slow).toEqual(["body", "response"]);
    });

    test("what is no request is told of with its status", async () => {
      const refused: number[] = [];
      const onRefused = (status: number): void => void refused.push(status);
      const listener = await start({ onRefused });
      using odd = (await connect(listener)).write("GET / HTTP/9\r\n\r\n");
      await odd.ended();
      using large = (await connect(listener)).write(
        `GET / HTTP/1.1\r\nHost: a\r\nX: ${"x".repeat(REQUEST_HEAD_BYTES_MAX)}\r\n\r\n`,
      );
      await large.ended();
      expect(refused).toEqual([expect.any(Number), 431]);
    });

    test("and so do those that begin a later head without end", async () => {
      const listener = await start({ headTimeoutMs: 60 });
      using client = (await connect(listener)).write(get("/"));
      expect((await client.answer()).body).toBe("GET / ");
      client.write("GET /2");
      expect(await client.ended()).toBe("closed");
    });

    test("responses that go on have as long as they take", async () => {
      let isOver = false;
      const stream = new ReadableStream<Uint8Array>(
        {
          async pull(controller) {
            await new Promise((go) => void setImmediate(go));
            if (isOver) controller.close();
            else controller.enqueue(Buffer.from("."));
          },
        },
        { highWaterMark: 0 },
      );
      const listener = await start({ idleTimeoutMs: 60, fetch: () => new Response(stream) });
      using client = (await connect(listener)).write(get("/"));
      for (let round = 0; round < 3; round++) {
        using silent = await connect(listener);
        await silent.ended();
      }
      isOver = true;
      expect((await client.answer()).body).toMatch(/^\.+$/);
    });

    test("silent connections are closed when their time is over", async () => {
      const listener = await start({ idleTimeoutMs: 60 });
      using client = (await connect(listener)).write(get("/"));
      expect((await client.answer()).body).toBe("GET / ");
      expect(await client.ended()).toBe("closed");
    });
  });

  test(`${name}: draining answers what is in flight, and gives up what asks nothing`, async () => {
    const reached = Promise.withResolvers<void>();
    const held = Promise.withResolvers<Response>();
    const listener = await start({
      headTimeoutMs: 60_000,
      fetch: ({ url }) => {
        if (!url.endsWith("/held")) return new Response("at once");
        reached.resolve();
        return held.promise;
      },
    });
    using idle = (await connect(listener)).write(get("/"));
    expect((await idle.answer()).body).toBe("at once");
    using asking = (await connect(listener)).write(get("/held"));
    using silent = await connect(listener);
    await reached.promise;
    expect(listener.pending).toBe(1);
    const drained = listener.drain();
    await silent.ended();
    expect(await idle.ended()).toBe("closed");
    held.resolve(new Response("late"));
    const { body, headers } = await asking.answer();
    expect(body).toBe("late");
    expect(headers).toContainEqual(["connection", "close"]);
    await drained;
    expect([listener.pending, await asking.ended()]).toEqual([0, "closed"]);
  });
}
