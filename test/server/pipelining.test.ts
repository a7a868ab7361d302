// Requests that come before the one before them is answered: behind a guard each waits its turn.

import { afterEach, describe, expect, test } from "bun:test";
import { type Listener, listen } from "../../src/server/listener.ts";
import { RequestFramer } from "../../src/server/request-framer.ts";
import { RawClient } from "../support/raw-client.ts";

const open: Listener[] = [];
let seen: string[] = [];
let lost = 0;

async function start() {
  seen = [];
  lost = 0;
  const listener = await listen({
    target: { kind: "tcp", host: "127.0.0.1", port: 0 },
    idleTimeoutMs: 30_000,
    servesPipelined: true,
    lost: () => lost++,
    fetch: async (request) => {
      const text = `${request.method} ${new URL(request.url).pathname} ${await request.text()}`;
      seen.push(`begin ${text}`);
      for (let turn = 0; turn < 3; turn++) await new Promise((go) => void setImmediate(go));
      seen.push(`end ${text}`);
      return new Response(text);
    },
  });
  open.push(listener);
  return listener;
}

afterEach(async () => {
  for (const listener of open.splice(0)) await listener.abort();
});

const connect = ({ port }: Listener): Promise<RawClient> =>
  RawClient.connect({ host: "127.0.0.1", port });

const post = (path: string, body: string, more = ""): string =>
  `POST ${path} HTTP/1.1\r\nHost: a\r\n${more}Content-Length: ${body.length}\r\n\r\n${body}`;
const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
const chunked = (path: string): string =>
  `POST ${path} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nc\r\n2;x=y\r\nhk\r\n0\r\nT: t\r\n\r\n`;

const CASES: readonly [string, readonly string[], readonly string[]][] = [
  ["two without a body", [get("/1"), get("/2")], ["GET /1 ", "GET /2 "]],
  ["two with bodies", [post("/1", "aaa"), post("/2", "bbb")], ["POST /1 aaa", "POST /2 bbb"]],
  ["behind an empty body", [post("/1", ""), get("/2")], ["POST /1 ", "GET /2 "]],
  [
    "three of several kinds",
    [post("/1", "a"), get("/2"), post("/3", "c".repeat(100_000))],
    ["POST /1 a", "GET /2 ", `POST /3 ${"c".repeat(100_000)}`],
  ],
  [
    "behind a body in large",
    [post("/1", "x".repeat(300_000)), get("/2")],
    [`POST /1 ${"x".repeat(300_000)}`, "GET /2 "],
  ],
];

describe("pipelined requests are answered in their order, one after the other", () => {
  for (const [name, requests, answers] of CASES) {
    test(name, async () => {
      using client = (await connect(await start())).write(requests.join(""));
      for (const answer of answers) expect((await client.answer()).body).toBe(answer);
      expect(seen).toEqual(answers.flatMap((text) => [`begin ${text}`, `end ${text}`]));
    });
  }

  test("one of them in pieces of a byte", async () => {
    using client = await connect(await start());
    client.write(post("/1", "aaa"));
    for (const byte of Buffer.from(post("/2", "bbb"))) await client.flushed(Buffer.of(byte));
    expect((await client.answer()).body).toBe("POST /1 aaa");
    expect((await client.answer()).body).toBe("POST /2 bbb");
  });

  test("after one that asks for leave to send", async () => {
    using client = await connect(await start());
    client.write(post("/1", "aaa", "Expect: 100-continue\r\n") + get("/2"));
    const bodies: string[] = [];
    while (bodies.length < 2) {
      const { status, body } = await client.answer();
      if (status !== 100) bodies.push(body);
    }
    expect(bodies).toEqual(["POST /1 aaa", "GET /2 "]);
  });

  test("none behind one that ends the connection", async () => {
    using client = await connect(await start());
    client.write(get("/1").replace("Host: a", "Host: a\r\nConnection: close") + get("/2"));
    expect((await client.answer()).body).toBe("GET /1 ");
    expect(seen).toEqual(["begin GET /1 ", "end GET /1 "]);
  });

  test("a second that is malformed is refused after the first is answered", async () => {
    using client = (await connect(await start())).write(`${get("/1")}no HTTP at all\r\n\r\n`);
    expect((await client.answer()).body).toBe("GET /1 ");
    expect((await client.answer()).status).toBe(400);
  });
});

test("a burst of connections finds a server whose queue is full, and none is lost", async () => {
  const listener = await start();
  const clients = await Promise.all(Array.from({ length: 900 }, () => connect(listener)));
  for (const client of clients) client.write(get("/x"));
  const answers = await Promise.all(clients.map((client) => client.answer()));
  expect(answers.filter(({ status }) => status === 200).length).toBe(900);
  expect(lost).toBe(0);
  for (const client of clients) client.close();
});

describe("where requests end", () => {
  /** The ends that are found when the bytes come in pieces of `size`. */
  function ends(text: string, size: number): number[] {
    const found: number[] = [];
    const framer = new RequestFramer(() => undefined);
    const bytes = Buffer.from(text);
    for (let start = 0; start < bytes.length; start += size) {
      const piece = bytes.subarray(start, start + size);
      for (let at = 0; at < piece.length;) {
        at = framer.take(piece, at);
        if (framer.isWhole) found.push(start + at);
      }
    }
    return framer.isFraming ? found : [-1];
  }
  const requests = [post("/1", "abc"), chunked("/2"), get("/3"), post("/4", "")];
  const text = requests.join("");
  const want = requests.map((_, i) => requests.slice(0, i + 1).join("").length);

  test("is the same however they come", () => {
    for (let size = 1; size <= text.length; size++) expect(ends(text, size)).toEqual(want);
  });

  const unknown: readonly [string, string][] = [
    [
      "a length and chunks",
      "POST / HTTP/1.1\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n",
    ],
    ["two lengths", "POST / HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n"],
    ["a length that is none", "POST / HTTP/1.1\r\ncontent-length: +1\r\n\r\n"],
    ["another coding", "POST / HTTP/1.1\r\ntransfer-encoding: gzip, chunked\r\n\r\n"],
    ["a chunk size that is none", "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n"],
    ["no end of a chunk", "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n1\r\nab\r\n"],
    ["an empty line first", "\r\n"],
    ["another protocol", "GET / HTTP/1.1\r\nupgrade: websocket\r\n\r\n"],
    ["the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
    ["a tunnel", "CONNECT a:1 HTTP/1.1\r\n\r\n"],
  ];
  for (const [name, head] of unknown) {
    test(`${name}: the server behind is left to say`, () => {
      expect(ends(head, 1)).toEqual([-1]);
    });
  }
});
