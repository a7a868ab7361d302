// Where requests begin and end: the same however their bytes come, none that is cut short, and
// never another than the runtime's own server reads.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { RequestReader } from "../../../src/server/http1/request-reader.ts";
import { RawClient } from "../../support/raw-client.ts";

interface Read {
  /** Method, target, length as announced, body. */
  readonly requests: readonly string[];
  readonly refusal: number | string | undefined;
}

/** What the bytes are read as when they come in pieces that end at these offsets. */
function read(bytes: Buffer, ends: readonly number[] = []): Read {
  const requests: string[] = [];
  let begun = "";
  let body = "";
  const reader = new RequestReader({
    head: ({ method, target, bodyBytes }) => {
      begun = `${method} ${target} ${bodyBytes}`;
      body = "";
    },
    piece: (piece, start, end) => {
      expect(end).toBeGreaterThan(start);
      body += piece.toString("latin1", start, end);
    },
    end: () => requests.push(`${begun} ${body}`),
  });
  let from = 0;
  for (const to of [...ends, bytes.length]) {
    const piece = Buffer.from(bytes.subarray(from, to));
    from = to;
    for (let at = 0; at < piece.length && reader.refusal === undefined;) {
      if (reader.isWhole) reader.next();
      at = reader.feed(piece, at);
    }
  }
  return { requests, refusal: reader.refusal };
}

const GOOD = [
  "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n",
  "POST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab\r\nc",
  "POST /3 HTTP/1.1\r\nhost:a\r\nTransfer-Encoding: Chunked\r\n\r\n2\r\nab\r\na;x=y\r\n0\r\n\r\n12345\r\n0\r\nT: t\r\n\r\n",
  "\r\nPUT /4?x HTTP/1.0\r\nX: \xe9\r\n\r\n",
  "POST /5 HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
];
const ALL = Buffer.from(GOOD.join(""), "latin1");
const WANT = [
  "GET /1 0 ",
  "POST /2 5 ab\r\nc",
  "POST /3 -1 ab0\r\n\r\n12345",
  "PUT /4?x 0 ",
  "POST /5 0 ",
];

describe("requests", () => {
  test("are the same cut in two or in three at any bytes", () => {
    for (let first = 1; first < ALL.length; first++) {
      for (const second of [first, first + 1, first + 7, ALL.length]) {
        const ends = [first, Math.min(second, ALL.length)];
        expect(read(ALL, ends)).toEqual({ requests: WANT, refusal: undefined });
      }
    }
  });

  test("that are cut short at any byte are not whole, and those before them are", () => {
    let whole = 0;
    let next = GOOD[0]?.length ?? 0;
    for (let length = 0; length <= ALL.length; length++) {
      if (length === next) next += GOOD[++whole]?.length ?? Number.POSITIVE_INFINITY;
      const got = read(ALL.subarray(0, length));
      expect(got).toEqual({ requests: WANT.slice(0, whole), refusal: undefined });
    }
  });
});

/** Lines and pieces that smuggle, alone or together. */
const LINES = [
  "Content-Length: 3",
  "Content-Length: 3",
  "content-length:3",
  "Content-Length: 03",
  "Content-Length: 4",
  "Content-Length: +3",
  "Content-Length: 3,3",
  "Content-Length: 3 ",
  "Content-Length: 3\xa0",
  "Content-Length:\t3",
  "Content-Length : 3",
  "Content_Length: 9",
  "Transfer-Encoding: chunked",
  "Transfer-Encoding: chunked",
  "transfer-encoding:chunked",
  "Transfer-Encoding: chunked ",
  "Transfer-Encoding: \x0bchunked",
  "Transfer-Encoding: identity",
  "Transfer-Encoding: gzip, chunked",
  "Transfer-Encoding: chunked, chunked",
  "Transfer-Encoding : chunked",
  " Transfer-Encoding: chunked",
  "X: y\rTransfer-Encoding: chunked",
  "X: y\nTransfer-Encoding: chunked",
  "X:",
  "X: \xe9",
  ": x",
  "Host: b",
  "Expect: 100-continue",
];
const BODIES = [
  "",
  "abc",
  "3\r\nabc\r\n0\r\n\r\n",
  "3;x\r\nabc\r\n0\r\nT: t\r\n\r\n",
  "3\nabc\n0\n\n",
];
const FIRST = [
  "POST /x HTTP/1.1",
  "GET /x HTTP/1.1",
  "POST /x HTTP/1.0",
  "POST  /x HTTP/1.1",
  "POST /x HTTP/1.1 ",
];

const requestText = fc
  .record({
    first: fc.constantFrom(...FIRST),
    lines: fc.array(fc.constantFrom(...LINES), { maxLength: 4 }),
    end: fc.constantFrom("\r\n", "\r\n", "\r\n", "\n"),
    body: fc.constantFrom(...BODIES),
  })
  .map(({ first, lines, end, body }) =>
    [first, "Host: a", ...lines, "Connection: close", "", body].join(end),
  );

test("any request is the same however its bytes come", () => {
  fc.assert(
    fc.property(requestText, fc.array(fc.nat(), { maxLength: 5 }), (text, cuts) => {
      const bytes = Buffer.from(text + GOOD[1], "latin1");
      const ends = cuts.map((cut) => cut % bytes.length).toSorted((a, b) => a - b);
      expect(read(bytes, ends)).toEqual(read(bytes));
    }),
    { numRuns: 3000 },
  );
});

describe("beside the runtime's own server", () => {
  let runtime: Bun.Server<undefined>;
  beforeAll(() => {
    runtime = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: async (request) =>
        new Response(`${request.method} ${new URL(request.url).pathname} ${await request.text()}`),
    });
  });
  afterAll(() => runtime.stop(true));

  /** What it reads; undefined: it refuses. */
  async function readThere(text: string): Promise<string | undefined> {
    using client = await RawClient.connect({ host: "127.0.0.1", port: runtime.port ?? 0 });
    client.write(text);
    for (;;) {
      const answer = await client.answer().catch(() => undefined);
      if (answer === undefined) return undefined;
      if (answer.status === 100) continue;
      return answer.status === 200 ? answer.body : undefined;
    }
  }

  test("no request is read as another one", async () => {
    let compared = 0;
    const property = fc.asyncProperty(requestText, async (text) => {
      const [here] = read(Buffer.from(text, "latin1")).requests;
      if (here === undefined) return;
      const there = await readThere(text);
      // Bodies of GETs are not read there.
      const [, method, path, body] = /^(\S+) (\S+) \S+ ([^]*)$/.exec(here) ?? [];
      const want = `${method} ${path} ${method === "GET" ? "" : body}`;
      if (there === undefined) return;
      expect(there).toBe(want);
      compared++;
    });
    await fc.assert(property, { numRuns: 400 });
    expect(compared).toBeGreaterThan(50);
  });
});

describe("extensions of chunks", () => {
  const chunked = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  /** A chunk of one byte, whose line is that long. */
  const chunkOf = (lineBytes: number): string => `${"1;".padEnd(lineBytes, "x")}\r\na\r\n`;
  const refusalOf = (...chunks: string[]) =>
    read(Buffer.from(`${chunked}${chunks.join("")}0\r\n\r\n`)).refusal;
  // Of each line 16 bytes, and twice as many as its chunk has, are nothing to count.
  const allowed = 18;

  test("may have 16 KiB more than what they are about, together", () => {
    const most = Array.from({ length: 16 }, () => chunkOf(allowed + 1024));
    expect(refusalOf(...most)).toBeUndefined();
    expect(refusalOf(...most, chunkOf(allowed + 1))).toBe(400);
    expect(refusalOf(...most, "5\r\nhello\r\n", chunkOf(allowed + 1))).toBeUndefined();
  });

  test("of short lines there may be any number", () => {
    expect(refusalOf(...Array.from({ length: 20_000 }, () => chunkOf(allowed)))).toBeUndefined();
    expect(refusalOf("1\r\na\r\n".repeat(50_000))).toBeUndefined();
  });

  test("of one request are not counted for the next on its connection", () => {
    const request = `${chunked}${chunkOf(4000).repeat(4)}0\r\n\r\n`;
    expect(read(Buffer.from(request.repeat(3))).requests).toHaveLength(3);
  });
});
