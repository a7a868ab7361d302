// Headers and bytes on their way through the compiled executable, both ways: what must pass
// unchanged, and what belongs to one connection and must not.

import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { executable, hasEntryPoint } from "../support/e2e-executable.ts";
import type { RawResponse } from "../support/raw-client.ts";
import { RawEdge } from "../support/raw-edge.ts";
import { RecordingUpstream, rawResponse } from "../support/recording-upstream.ts";

const BUILD_TIMEOUT_MS = 120_000;
const HOST = "Host: edge\r\n";

describe.skipIf(!hasEntryPoint("edge"))("what goes through", () => {
  let upstream: RecordingUpstream;
  let edge: RawEdge;

  beforeAll(async () => {
    await executable("edge");
    upstream = await RecordingUpstream.start();
    edge = await RawEdge.start({ config: { upstream_url: `${upstream.url}/base/` } });
  }, BUILD_TIMEOUT_MS);
  afterEach(() => {
    upstream.respond = () => rawResponse(200, {}, "ok");
  });
  afterAll(async () => {
    await edge[Symbol.asyncDispose]();
    await upstream.stop();
  });

  async function answerTo(text: string): Promise<RawResponse> {
    using client = await edge.send(text);
    return await client.answer();
  }
  const valuesOf = (answer: RawResponse, name: string): string[] =>
    answer.headers.filter(([key]) => key === name).map(([, value]) => value);

  test("a request keeps its method, path, query, headers and body", async () => {
    const body = Buffer.from([0, 255, 13, 10, 0x1f, 0x8b]);
    const lines = [
      "DD-API-KEY: 0123456789abcdef",
      "Content-Type: text/plain; charset=utf-8",
      "Content-Encoding: x-odd",
      "Accept-Encoding: zstd;q=1, gzip;q=0.5",
      "User-Agent: agent/1.0",
      "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
      "X-Latin: caf\xe9",
      "X-Empty: ",
      `Content-Length: ${body.length}`,
    ];
    using client = await edge.send(
      `PUT /a%2Fb/?c=d&e=%20 HTTP/1.1\r\n${HOST}${lines.join("\r\n")}\r\n\r\n`,
    );
    client.write(body);
    expect((await client.answer()).status).toBe(200);
    const { method, target, headers, body: got } = upstream.last;
    expect([method, target, got.equals(body)]).toEqual(["PUT", "/base/a%2Fb/?c=d&e=%20", true]);
    expect(Object.fromEntries(headers)).toEqual({
      host: `127.0.0.1:${upstream.port}`,
      "dd-api-key": "0123456789abcdef",
      "content-type": "text/plain; charset=utf-8",
      "content-encoding": "x-odd",
      "accept-encoding": "zstd;q=1, gzip;q=0.5",
      "user-agent": "agent/1.0",
      traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
      "x-latin": "caf\xe9",
      "x-empty": "",
      "content-length": "6",
      via: expect.stringMatching(/^1\.1 edge-[0-9a-f]{16}$/),
    });
  });

  test("a request leaves behind what is for this connection alone", async () => {
    const lines = [
      "Connection: keep-alive, X-Hop, content-type",
      "X-Hop: 1",
      "Content-Type: a/b",
      "Keep-Alive: timeout=5",
      "Proxy-Connection: keep-alive",
      "Proxy-Authorization: Basic c2VjcmV0",
      "TE: trailers",
      "Trailer: X-Sum",
      "Upgrade: h2c",
      "X-Stays: 1",
    ];
    await answerTo(`GET /x HTTP/1.1\r\n${HOST}${lines.join("\r\n")}\r\n\r\n`);
    const names = upstream.last.headers.map(([name]) => name);
    expect(names.filter((name) => name !== "user-agent").toSorted()).toEqual([
      "content-type",
      "host",
      "via",
      "x-stays",
    ]);
  });

  test("an answer keeps its status, headers and bytes", async () => {
    const bytes = Buffer.from("\x1f\x8bnot really gzip \xff", "latin1");
    upstream.respond = () =>
      Buffer.concat([
        Buffer.from(
          "HTTP/1.1 299 Odd But Fine\r\nContent-Encoding: gzip\r\nContent-Type: a/b;c=d\r\n" +
            "Set-Cookie: a=1; Expires=Thu, 01 Jan 2099 00:00:00 GMT\r\nSet-Cookie: b=2\r\n" +
            'Set-Cookie: a=1\r\nETag: "x,y"\r\nWarning: 199 a\r\nWarning: 199 b\r\n' +
            `Date: Thu, 01 Jan 2026 00:00:00 GMT\r\nServer: odd\r\nContent-Length: ${bytes.length}\r\n\r\n`,
        ),
        bytes,
      ]);
    const answer = await answerTo(`GET /x HTTP/1.1\r\n${HOST}\r\n`);
    expect([answer.status, answer.body]).toEqual([299, bytes.toString("latin1")]);
    expect(valuesOf(answer, "set-cookie")).toEqual([
      "a=1; Expires=Thu, 01 Jan 2099 00:00:00 GMT",
      "b=2",
      "a=1",
    ]);
    expect(valuesOf(answer, "content-encoding")).toEqual(["gzip"]);
    expect(valuesOf(answer, "content-type")).toEqual(["a/b;c=d"]);
    expect(valuesOf(answer, "etag")).toEqual(['"x,y"']);
    expect(valuesOf(answer, "warning").join(", ")).toBe("199 a, 199 b");
    expect(valuesOf(answer, "date")).toEqual(["Thu, 01 Jan 2026 00:00:00 GMT"]);
    expect(valuesOf(answer, "server")).toEqual(["odd"]);
  });

  test("an answer without a content type is given none", async () => {
    upstream.respond = () => "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nplain";
    const answer = await answerTo(`GET /x HTTP/1.1\r\n${HOST}\r\n`);
    expect([valuesOf(answer, "content-type"), answer.body]).toEqual([[], "plain"]);
  });

  test("an answer leaves behind what is for that connection alone", async () => {
    upstream.respond = () =>
      rawResponse(
        200,
        {
          connection: "X-Hop",
          "x-hop": "1",
          "keep-alive": "timeout=5",
          "proxy-authenticate": "Basic",
          te: "x",
          trailer: "X-Sum",
          upgrade: "h2c",
          "x-stays": "1",
        },
        "ok",
      );
    const answer = await answerTo(`GET /x HTTP/1.1\r\n${HOST}\r\n`);
    const names = answer.headers.map(([name]) => name).filter((name) => name !== "date");
    expect(names.toSorted()).toEqual(["content-length", "content-type", "x-stays"]);
  });

  test("a hundred and twenty headers pass, both ways", async () => {
    const many = Array.from({ length: 120 }, (_, at) => [`x-${at}`, String(at)] as const);
    upstream.respond = () => rawResponse(200, Object.fromEntries(many), "ok");
    const lines = many.map(([name, value]) => `${name}: ${value}\r\n`).join("");
    const answer = await answerTo(`GET /x HTTP/1.1\r\n${HOST}${lines}\r\n`);
    const isOurs = ([name]: readonly [string, string]): boolean => name.startsWith("x-");
    const byNumber = (a: readonly [string, string], b: readonly [string, string]): number =>
      Number(a[1]) - Number(b[1]);
    expect(upstream.last.headers.filter(isOurs).toSorted(byNumber)).toEqual([...many]);
    expect(answer.headers.filter(isOurs).toSorted(byNumber)).toEqual([...many]);
  });

  test("an answer passes each piece on as it comes", async () => {
    const next = Promise.withResolvers<() => void>();
    upstream.respond = ({ socket }) => {
      socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n");
      next.resolve(() => void socket.write("6\r\nsecond\r\n0\r\n\r\n"));
      return undefined;
    };
    using client = await edge.send(`GET /x HTTP/1.1\r\n${HOST}\r\n`);
    await client.until("first piece", (seen) => seen.includes("first") || undefined);
    (await next.promise)();
    expect((await client.answer()).body).toBe("firstsecond");
  });

  for (const status of [201, 301, 302, 304, 401, 404, 408, 425, 429, 451, 500, 503, 507]) {
    test(`an answer ${status} is relayed as it is`, async () => {
      const before = upstream.requests.length;
      upstream.respond = () => rawResponse(status, { location: "/y", "retry-after": "7" }, "");
      const answer = await answerTo(`GET /x HTTP/1.1\r\n${HOST}\r\n`);
      expect([
        answer.status,
        valuesOf(answer, "retry-after"),
        valuesOf(answer, "location"),
      ]).toEqual([status, ["7"], ["/y"]]);
      expect(upstream.requests.length - before).toBe(1);
    });
  }
});
