// Requests over a port, with both ends in one thread and messages cloned in between.

import { describe, expect, test } from "bun:test";
import { PAGE_REQUEST_BYTES_MAX } from "../../../src/core/limits.ts";
import {
  type ResponseMessage,
  type CallMessage,
  PortFetch,
  PortServer,
} from "../../../src/runtime/workers/port-fetch.ts";

interface Ends {
  readonly asking: PortFetch;
  readonly answering: PortServer;
  readonly sent: string[];
}

function ends(handle: (request: Request) => Response | Promise<Response>): Ends {
  const sent: string[] = [];
  const later = (run: () => void): void => void setImmediate(run);
  const asking = new PortFetch((message: CallMessage) => {
    sent.push(message.kind);
    const copy = structuredClone(message);
    later(() => answering.take(copy));
  });
  const answering = new PortServer((message: ResponseMessage) => {
    sent.push(message.kind);
    const copy = structuredClone(message);
    later(() => asking.take(copy));
  }, handle);
  return { asking, answering, sent };
}

const URL_OF = "http://edge/_edge/page?q=1";

describe("a request over a port", () => {
  test("arrives whole, and so does its answer", async () => {
    const { asking } = ends(async (request) => {
      const { method, url, headers } = request;
      const body = await request.text();
      return Response.json({ method, url, type: headers.get("x-type"), body }, { status: 418 });
    });
    const init = { method: "POST", body: "ä", headers: { "x-type": "t" } };
    const response = await asking.fetch(new Request(URL_OF, init));
    expect([response.status, response.headers.get("content-type")]).toEqual([
      418,
      "application/json;charset=utf-8",
    ]);
    expect(await response.json()).toEqual({ method: "POST", url: URL_OF, type: "t", body: "ä" });
  });

  test.each([
    ["http://user@other:99999/_edge/page?q=1", "/_edge/page?q=1"],
    ["http://a b/_edge/page", "/_edge/page"],
    // HTTP/1.0 without a Host.
    ["/_edge/page?q=/#f", "/_edge/page?q=/"],
  ])("arrives whatever its origin is (%s)", async (url, target) => {
    const { asking } = ends(({ url: arrived, headers }) =>
      Response.json([arrived, headers.get("host")]),
    );
    const request = new Request(URL_OF, { headers: { host: "a b" } });
    Object.defineProperty(request, "url", { value: url });
    const response = await asking.fetch(request);
    expect(await response.json()).toEqual([`http://edge${target}`, "a b"]);
  });

  test("keeps headers that come twice", async () => {
    const { asking } = ends(() => {
      const headers = new Headers();
      headers.append("set-cookie", "a=1");
      headers.append("set-cookie", "b=2");
      return new Response(null, { status: 204, headers });
    });
    const response = await asking.fetch(new Request(URL_OF));
    expect([response.status, response.headers.getSetCookie(), response.body]).toEqual([
      204,
      ["a=1", "b=2"],
      null,
    ]);
  });

  test("with a body over the limit is refused here; one at the limit is not", async () => {
    const { asking, sent } = ends(async (request) => Response.json((await request.bytes()).length));
    const post = (bytes: number): Promise<Response> =>
      asking.fetch(new Request(URL_OF, { method: "POST", body: new Uint8Array(bytes) }));
    expect(await (await post(PAGE_REQUEST_BYTES_MAX)).json()).toBe(PAGE_REQUEST_BYTES_MAX);
    sent.length = 0;
    expect([(await post(PAGE_REQUEST_BYTES_MAX + 1)).status, sent]).toEqual([413, []]);
  });

  test("several at once get their own answers", async () => {
    const { asking } = ends(async (request) => {
      await new Promise<void>((resolve) => void setImmediate(resolve));
      return new Response(request.url);
    });
    const urls = Array.from({ length: 20 }, (_, i) => `http://edge/${i}`);
    const texts = urls.map(async (url) => (await asking.fetch(new Request(url))).text());
    expect(await Promise.all(texts)).toEqual(urls);
  });

  test("fails when the other side fails", () => {
    const { asking } = ends(() => {
      throw new Error("no such thing");
    });
    expect(asking.fetch(new Request(URL_OF))).rejects.toThrow("no such thing");
  });

  test("fails when the other side ends before it answers", () => {
    const { asking } = ends(() => new Promise(() => undefined));
    const response = asking.fetch(new Request(URL_OF));
    setImmediate(() => asking.close());
    expect(response).rejects.toThrow("the thread that was asked has ended");
  });
});

describe("an answer over a port", () => {
  /** Gives `pieces` pieces, and says how many were asked for and whether it was given up. */
  function source(pieces: number): {
    stream: ReadableStream;
    asked: () => number;
    isOver: () => boolean;
  } {
    let asked = 0;
    let isOver = false;
    const stream = new ReadableStream<Uint8Array>(
      {
        pull: (controller) => {
          if (asked++ === pieces) controller.close();
          else controller.enqueue(new TextEncoder().encode(`${asked};`));
        },
        cancel: () => {
          isOver = true;
        },
      },
      { highWaterMark: 0 },
    );
    return { stream, asked: () => asked, isOver: () => isOver };
  }

  test("comes in pieces, and each only when it is asked for", async () => {
    const { stream, asked } = source(1000);
    const { asking } = ends(() => new Response(stream));
    const response = await asking.fetch(new Request(URL_OF));
    const reader = response.body!.getReader();
    const texts: string[] = [];
    for (let i = 0; i < 3; i++) texts.push(Buffer.from((await reader.read()).value).toString());
    for (let i = 0; i < 20; i++) await new Promise<void>((next) => void setImmediate(next));
    expect([texts, asked()]).toEqual([["1;", "2;", "3;"], 3]);
    await reader.cancel();
  });

  test("comes to its end", async () => {
    const { stream } = source(50);
    const { asking } = ends(() => new Response(stream));
    const text = await (await asking.fetch(new Request(URL_OF))).text();
    expect(text).toBe(Array.from({ length: 50 }, (_, i) => `${i + 1};`).join(""));
  });

  test("is given up on the other side when its reader goes away", async () => {
    const { stream, isOver } = source(1000);
    const { asking } = ends(() => new Response(stream));
    const client = new AbortController();
    const response = await asking.fetch(new Request(URL_OF, { signal: client.signal }));
    await response.body!.getReader().read();
    client.abort();
    for (let i = 0; i < 5; i++) await new Promise<void>((next) => void setImmediate(next));
    expect(isOver()).toBe(true);
  });

  test("is given up when the thread that asked has ended", async () => {
    const { stream, isOver } = source(1000);
    const { asking, answering } = ends(() => new Response(stream));
    const response = await asking.fetch(new Request(URL_OF));
    await response.body!.getReader().read();
    answering.close();
    for (let i = 0; i < 5; i++) await new Promise<void>((next) => void setImmediate(next));
    expect(isOver()).toBe(true);
  });

  test("that breaks off breaks off", async () => {
    const stream = new ReadableStream<Uint8Array>(
      {
        pull: (controller) => controller.error(new Error("the source broke")),
      },
      { highWaterMark: 0 },
    );
    const { asking } = ends(() => new Response(stream));
    const response = await asking.fetch(new Request(URL_OF));
    expect(response.text()).rejects.toThrow("the source broke");
  });
});
