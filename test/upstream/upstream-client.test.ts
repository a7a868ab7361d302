// What leaves towards an upstream and what comes back, over real sockets and byte for byte.

import { afterEach, describe, expect, test } from "bun:test";
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
const post = (target: string, body: string, more = ""): string =>
  `POST ${target} HTTP/1.1\r\nHost: edge\r\nContent-Length: ${body.length}\r\n${more}\r\n${body}`;

for (const transport of TRANSPORTS) {
  describe(transport, () => {
    const start = (options: HarnessOptions = {}) => startOver(transport, options);

    describe("a request on its way out", () => {
      test("keeps method, path, query, body and end-to-end headers, and gets a Host of its own", async () => {
        const { upstream, url } = await start();
        const response = await fetch(`${url}/a/b?x=1&y=%20z`, {
          method: "PUT",
          body: "hello",
          headers: {
            "x-tenant": "t",
            accept: "a/b",
            "user-agent": "agent/1",
            "content-type": "x/y",
          },
        });
        expect(await response.text()).toBe("ok");
        const { method, target, headers, body } = upstream.last;
        expect([method, target, body.toString()]).toEqual(["PUT", "/a/b?x=1&y=%20z", "hello"]);
        expect(Object.fromEntries(headers)).toEqual({
          accept: "a/b",
          "accept-encoding": "gzip, deflate, br, zstd",
          ...(transport === "fetch" ? { connection: "keep-alive" } : {}),
          "content-length": "5",
          "content-type": "x/y",
          host: `127.0.0.1:${upstream.port}`,
          "user-agent": "agent/1",
          "x-tenant": "t",
        });
      });

      test("loses what is for one hop, and what Connection names", async () => {
        const { raw, upstream } = await start().then((harness) => ({
          raw: harness.raw.bind(harness),
          upstream: harness.upstream,
        }));
        const hop =
          "Connection: x-hop, keep-alive\r\nX-Hop: 1\r\nTE: trailers\r\nKeep-Alive: 5\r\n";
        const proxy = "Proxy-Authorization: Basic x\r\nUpgrade: h2c\r\nExpect: 100-continue\r\n";
        await raw(post("/", "abc", `${hop}${proxy}X-Kept: 1\r\n`), (seen) => seen.endsWith("ok"));
        const names = upstream.last.headers.map(([name]) => name).toSorted();
        const added = transport === "fetch" ? ["accept", "connection"] : [];
        expect(names).toEqual([...added, "content-length", "host", "user-agent", "x-kept"]);
        expect(upstream.header("user-agent")).toBe("edge");
      });

      test("asks for no encoding that the client did not ask for", async () => {
        const harness = await start();
        await harness.raw(get("/"), (seen) => seen.endsWith("ok"));
        expect(harness.upstream.header("accept-encoding")).toBeUndefined();
        await harness.raw(get("/", "Accept-Encoding: br\r\n"), (seen) => seen.endsWith("ok"));
        expect(harness.upstream.header("accept-encoding")).toBe("br");
      });

      test("carries several values of one header", async () => {
        const harness = await start();
        const twice = "X-A: 1\r\nX-A: 2\r\n";
        await harness.raw(get("/", twice), (seen) => seen.endsWith("ok"));
        expect(harness.upstream.header("x-a")).toBe("1, 2");
      });

      test("carries 15 KiB of headers", async () => {
        const harness = await start();
        const many = Array.from({ length: 150 }, (_, at) => `X-${at}: ${"v".repeat(90)}\r\n`).join(
          "",
        );
        const { text } = await harness.raw(get("/", many), (seen) => seen.endsWith("ok"));
        expect(text).toStartWith("HTTP/1.1 200");
        expect(harness.upstream.header("x-149")).toBe("v".repeat(90));
      });

      test("goes below the base path, with the credentials of the URL", async () => {
        const { upstream, url } = await start({
          upstreamUrl: ({ port }) => `http://user:pass@127.0.0.1:${port}/base/?key=k`,
        });
        await fetch(`${url}/v1/logs?a=1`);
        expect(upstream.last.target).toBe("/base/v1/logs?key=k&a=1");
        expect(upstream.header("authorization")).toBe(`Basic ${btoa("user:pass")}`);
        await fetch(`${url}/`, { headers: { authorization: "Bearer mine" } });
        expect(upstream.header("authorization")).toBe("Bearer mine");
      });

      for (const method of [
        "GET",
        "HEAD",
        "POST",
        "PUT",
        "DELETE",
        "PATCH",
        "OPTIONS",
        "PROPFIND",
      ]) {
        test(`may be a ${method}`, async () => {
          const harness = await start();
          harness.upstream.respond = () => rawResponse(200);
          const request = `${method} /m HTTP/1.1\r\nHost: x\r\n\r\n`;
          const { text } = await harness.raw(request, (seen) => seen.endsWith("\r\n\r\n"));
          expect(text).toStartWith("HTTP/1.1 200");
          expect(harness.upstream.last.method).toBe(method);
        });
      }

      test("of HTTP/1.0 without a Host is forwarded", async () => {
        const harness = await start();
        const { text } = await harness.raw("GET /old?x HTTP/1.0\r\n\r\n");
        expect(text).toEndWith("ok");
        expect(harness.upstream.last.target).toBe("/old?x");
      });

      const hosts: readonly [string, string][] = [
        ["no Host", "HTTP/1.0\r\n"],
        ["an empty Host", "HTTP/1.1\r\nHost:\r\n"],
        ["a Host that fits into no URL", "HTTP/1.1\r\nHost: edge:99999\r\n"],
        ["a Host", "HTTP/1.1\r\nHost: edge\r\n"],
      ];
      for (const [name, rest] of hosts) {
        test(`with ${name} stays below the base path`, async () => {
          const harness = await start({ upstreamUrl: ({ url }) => `${url}/base` });
          const target = "/a/../../b/%2E%2e/caf\xc3\xa9/.?d=/../%2e\xc3\xa9";
          const request = `GET ${target} ${rest}Connection: close\r\n\r\n`;
          await harness.raw(Buffer.from(request, "latin1"));
          expect(harness.upstream.last.target).toBe("/base/caf%C3%A9/?d=/../%2e%C3%A9");
        });
      }

      test("with a body of several megabytes arrives whole, with its length", async () => {
        const { upstream, url } = await start({ bodyBytesMax: 10_000_000 });
        const body = Buffer.alloc(5_000_000, "0123456789abcdef");
        const response = await fetch(`${url}/big`, { method: "POST", body });
        expect(response.status).toBe(200);
        expect(upstream.last.body.equals(body)).toBe(true);
        expect(upstream.header("content-length")).toBe("5000000");
      });

      test("in chunks is judged as a whole when policies look at it", async () => {
        const harness = await start();
        const head = "POST /lines HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
        const chunks = "5\r\nkeep\n\r\n4\r\ndrop\r\n0\r\n\r\n";
        await harness.raw(`${head}${chunks}`, (seen) => seen.endsWith("ok"));
        expect(harness.upstream.last.body.toString()).toBe("keep");
        expect(harness.upstream.header("content-length")).toBe("4");
      });

      test("in chunks is passed on as it comes", async () => {
        const harness = await start();
        const head = "POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
        await harness.raw(`${head}3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n`, (seen) => seen.endsWith("ok"));
        expect(harness.upstream.last.body.toString()).toBe("abcde");
      });
    });

    describe("a body over the bound", () => {
      const isWhole = (seen: string): boolean => seen.endsWith('bytes"}');

      test("is refused by its length, and the connection stays", async () => {
        const harness = await start({ bodyBytesMax: 100 });
        const { text, end } = await harness.raw(post("/", "x".repeat(101)), isWhole);
        expect(end).toBe("open");
        expect(text).toStartWith("HTTP/1.1 413");
        expect(text).toContain('"error":"body_too_large"');
        expect(harness.upstream.requests).toEqual([]);
      });

      for (const path of ["/raw", "/lines"]) {
        test(`in chunks is refused when it shows, on ${path}, and never reaches the upstream whole`, async () => {
          const harness = await start({ bodyBytesMax: 100 });
          const head = `POST ${path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n`;
          const chunk = `40\r\n${"x".repeat(64)}\r\n`;
          const { text, end } = await harness.raw(`${head}${chunk}${chunk}0\r\n\r\n`, isWhole);
          expect(end).toBe("open");
          expect(text).toStartWith("HTTP/1.1 413");
          expect(harness.upstream.requests).toEqual([]);
        });
      }
    });

    describe("an answer on its way back", () => {
      test("keeps status, headers and bytes, and loses what is for one hop", async () => {
        const harness = await start();
        harness.upstream.respond = () =>
          rawResponse(
            299,
            {
              "content-encoding": "gzip",
              "keep-alive": "5",
              connection: "x-hop",
              "x-hop": "1",
              etag: "e",
            },
            "\x1f\x8bnot really gzip",
          );
        const { text } = await harness.raw(get("/"), (seen) => seen.endsWith("gzip"));
        const [head = "", body] = text.split("\r\n\r\n");
        expect(head).toStartWith("HTTP/1.1 299 ");
        const names = head
          .split("\r\n")
          .slice(1)
          .map((line) => line.split(":")[0]!.toLowerCase());
        expect(names.toSorted()).toEqual([
          "content-encoding",
          "content-length",
          "content-type",
          "date",
          "etag",
        ]);
        expect(body).toBe(Buffer.from("\x1f\x8bnot really gzip").toString("latin1"));
      });

      test("may set several cookies", async () => {
        const { upstream, url } = await start();
        upstream.respond = () =>
          "HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 0\r\n\r\n";
        expect((await fetch(url)).headers.getSetCookie()).toEqual(["a=1", "b=2"]);
      });

      for (const status of [201, 204, 304, 400, 404, 429, 500, 503]) {
        test(`of status ${status} is relayed`, async () => {
          const { upstream, url } = await start();
          upstream.respond = () => rawResponse(status, { "retry-after": "7" });
          const response = await fetch(url);
          expect([response.status, response.headers.get("retry-after")]).toEqual([status, "7"]);
        });
      }

      for (const status of [301, 302, 303, 307, 308]) {
        test(`of status ${status} is relayed and not followed`, async () => {
          const { upstream, url } = await start();
          upstream.respond = () => rawResponse(status, { location: "http://elsewhere.invalid/" });
          const response = await fetch(url, { redirect: "manual" });
          expect([response.status, response.headers.get("location")]).toEqual([
            status,
            "http://elsewhere.invalid/",
          ]);
          expect(upstream.requests.length).toBe(1);
        });
      }

      test("to a HEAD keeps the length of the body that it does not have", async () => {
        const harness = await start();
        harness.upstream.respond = () =>
          "HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nContent-Length: 1234\r\n\r\n";
        const { text } = await harness.raw("HEAD /x HTTP/1.1\r\nHost: x\r\n\r\n", (seen) =>
          seen.endsWith("\r\n\r\n"),
        );
        expect(text.toLowerCase()).toContain("content-length: 1234");
      });

      test("without a content type gets none", async () => {
        const harness = await start();
        harness.upstream.respond = () => "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
        const { text } = await harness.raw(get("/"), (seen) => seen.includes("ok"));
        expect(text.toLowerCase()).not.toContain("content-type");
      });

      test("of unknown length is streamed piece by piece", async () => {
        const { upstream, url } = await start();
        let more = (): void => undefined;
        upstream.respond = ({ socket }) => {
          more = () => void socket.write("3\r\ntwo\r\n0\r\n\r\n");
          return "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n";
        };
        const response = await fetch(url);
        const reader = response.body!.getReader();
        expect(Buffer.from((await reader.read()).value).toString()).toBe("one");
        more();
        expect(Buffer.from((await reader.read()).value).toString()).toBe("two");
        expect((await reader.read()).done).toBe(true);
      });

      test("of several megabytes arrives whole", async () => {
        const { upstream, url } = await start();
        const body = Buffer.alloc(5_000_000, "0123456789abcdef");
        upstream.respond = () => rawResponse(200, {}, body);
        expect(Buffer.from(await (await fetch(url)).arrayBuffer()).equals(body)).toBe(true);
      });
    });
  });
}
