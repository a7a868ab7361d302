// Framing of answers: every kind of body, cut at every byte, and what is refused.

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { type ResponseHead, ResponseReader } from "../../../src/upstream/http1/response-reader.ts";

interface Seen {
  readonly heads: ResponseHead[];
  body: string;
  ends: number;
  isReusable: boolean;
  isClean: boolean;
}

function read(pieces: readonly string[], method = "GET", closes = false): Seen {
  const seen: Seen = { heads: [], body: "", ends: 0, isReusable: false, isClean: true };
  const reader = new ResponseReader({
    head: (head) => void seen.heads.push(head),
    piece: (bytes, start, end) => {
      seen.body += Buffer.from(bytes.subarray(start, end)).toString("latin1");
    },
    end: () => void seen.ends++,
  });
  reader.begin(method);
  for (const piece of pieces) {
    if (!reader.feed(Buffer.from(piece, "latin1"))) seen.isClean = false;
  }
  if (closes && reader.close()) seen.isClean = true;
  seen.isReusable = reader.isReusable;
  return seen;
}

const OK = "HTTP/1.1 200 OK\r\n";
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`;

interface Case {
  readonly name: string;
  readonly text: string;
  readonly body: string;
  readonly isReusable: boolean;
  readonly method?: string;
  readonly closes?: boolean;
}
const CASES: readonly Case[] = [
  {
    name: "a length",
    text: `${OK}Content-Length: 5\r\n\r\nhello`,
    body: "hello",
    isReusable: true,
  },
  { name: "no bytes", text: `${OK}Content-Length: 0\r\n\r\n`, body: "", isReusable: true },
  {
    name: "the same length twice",
    text: `${OK}Content-Length: 2\r\nContent-Length: 2\r\n\r\nab`,
    body: "ab",
    isReusable: true,
  },
  {
    name: "chunks",
    text: `${CHUNKED}3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n`,
    body: "abcde",
    isReusable: true,
  },
  {
    name: "chunks with extensions, trailers and odd digits",
    text: `${CHUNKED}00A;x=y\r\n0123456789\r\n1 \r\nz\r\n0\r\nX-Sum: 1\r\nX-B: 2\r\n\r\n`,
    body: "0123456789z",
    isReusable: true,
  },
  {
    name: "line feeds in chunks",
    text: `${CHUNKED}4\r\n\r\n\r\n\r\n0\r\n\r\n`,
    body: "\r\n\r\n",
    isReusable: true,
  },
  {
    name: "chunks and a length, of which chunks win and the connection is given up",
    text: `${OK}Content-Length: 99\r\nTransfer-Encoding: Chunked\r\n\r\n1\r\na\r\n0\r\n\r\n`,
    body: "a",
    isReusable: false,
  },
  {
    name: "bare line feeds",
    text: "HTTP/1.1 200 OK\nContent-Length: 1\n\nx",
    body: "x",
    isReusable: true,
  },
  {
    name: "the end of the connection",
    text: `${OK}\r\nall of it`,
    body: "all of it",
    isReusable: false,
    closes: true,
  },
  {
    name: "Connection: close",
    text: `${OK}Connection: x, Close\r\nContent-Length: 1\r\n\r\nx`,
    body: "x",
    isReusable: false,
  },
  {
    name: "HTTP/1.0",
    text: "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx",
    body: "x",
    isReusable: false,
  },
  {
    name: "HTTP/1.0 that keeps the connection",
    text: "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\nx",
    body: "x",
    isReusable: true,
  },
  {
    name: "HEAD",
    text: `${OK}Content-Length: 5\r\n\r\n`,
    body: "",
    isReusable: true,
    method: "HEAD",
  },
  { name: "204", text: "HTTP/1.1 204 No Content\r\n\r\n", body: "", isReusable: true },
  {
    name: "304 with a length",
    text: "HTTP/1.1 304 X\r\nContent-Length: 9\r\n\r\n",
    body: "",
    isReusable: true,
  },
  {
    name: "answers before the answer",
    text: `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\n${OK}Content-Length: 1\r\n\r\nx`,
    body: "x",
    isReusable: true,
  },
  {
    name: "lines that a line feed ends, and a body that looks like the end of a head",
    text: "HTTP/1.1 200 OK\nContent-Length: 6\n\na\r\n\r\nb",
    body: "a\r\n\r\nb",
    isReusable: true,
  },
  {
    name: "a head that an empty line ends before another",
    text: `${OK}Content-Length: 4\n\r\n\r\n\r\n`,
    body: "\r\n\r\n",
    isReusable: true,
  },
  {
    name: "no reason",
    text: "HTTP/1.1 200\r\nContent-Length: 1\r\n\r\nx",
    body: "x",
    isReusable: true,
  },
];

describe("an answer with", () => {
  for (const { name, text, body, isReusable, method = "GET", closes = false } of CASES) {
    const want = [1, body, 1, isReusable, true];
    const of = (seen: Seen) =>
      [seen.heads.length, seen.body, seen.ends, seen.isReusable, seen.isClean] as const;

    test(name, () => {
      expect(of(read([text], method, closes))).toEqual(want as never);
    });
    test(`${name}, cut in two at each byte`, () => {
      for (let at = 1; at < text.length; at++) {
        const seen = read([text.slice(0, at), text.slice(at)], method, closes);
        expect([at, ...of(seen)]).toEqual([at, ...want] as never);
      }
    });
    test(`${name}, byte by byte`, () => {
      expect(of(read(text.split(""), method, closes))).toEqual(want as never);
    });
    test(`${name}, with bytes behind it`, () => {
      if (closes) return;
      const seen = read([`${text}HTTP/1.1 200`], method);
      expect([seen.body, seen.ends, seen.isClean]).toEqual([body, 1, false]);
    });
    test(`${name}, is not whole before its last byte`, () => {
      for (let end = 0; end < text.length; end++) {
        expect([end, read([text.slice(0, end)], method).ends]).toEqual([end, 0]);
      }
    });
  }
});

test("headers for this hop are left out, and those that Connection names", () => {
  const hop = "Connection: X-Hop, content-type\r\nX-Hop: 1\r\nKeep-Alive: 5\r\nUpgrade: h2c\r\n";
  const text = `${OK}${hop}Content-Type: a/b\r\nX-Kept: 1\r\nContent-Length: 0\r\n\r\n`;
  expect(read([text]).heads[0]?.headers).toEqual([
    ["content-type", "a/b"],
    ["x-kept", "1"],
    ["content-length", "0"],
  ]);
});

test("the head is given as it came, names in lower case", () => {
  const text =
    "HTTP/1.1 299 Fine Thing\r\nX-A:  1 \r\nSet-Cookie: a=b: c\r\nX-A: 2\r\nX-Empty:\r\nContent-Length: 0\r\n\r\n";
  expect(read([text]).heads).toEqual([
    {
      status: 299,
      statusText: "Fine Thing",
      headers: [
        ["x-a", "1"],
        ["set-cookie", "a=b: c"],
        ["x-a", "2"],
        ["x-empty", ""],
        ["content-length", "0"],
      ],
      hasBody: false,
      length: 0,
    },
  ]);
});

describe("is refused:", () => {
  const cases: readonly [string, string, string][] = [
    ["what is no HTTP", "garbage garbage\r\n\r\n", "no status line"],
    ["another version", "HTTP/2 200 OK\r\n\r\n", "no status line"],
    ["a status out of range", "HTTP/1.1 999 X\r\n\r\n", "no status line"],
    ["a line that is no header", `${OK}no colon\r\n\r\n`, "a line of the head that is no header"],
    ["a folded line", `${OK}X-A: 1\r\n 2: 3\r\n\r\n`, "a line of the head that is no header"],
    ["a name with a space", `${OK}X-A : 1\r\n\r\n`, "a line of the head that is no header"],
    [
      "two lengths",
      `${OK}Content-Length: 1\r\nContent-Length: 2\r\n\r\n`,
      "a Content-Length that is no length",
    ],
    ["a negative length", `${OK}Content-Length: -1\r\n\r\n`, "a Content-Length that is no length"],
    [
      "a list of lengths",
      `${OK}Content-Length: 1, 2\r\n\r\n`,
      "a Content-Length that is no length",
    ],
    [
      "a coding below chunks",
      `${OK}Transfer-Encoding: gzip, chunked\r\n\r\n`,
      "an unknown transfer coding",
    ],
    ["no size of a chunk", `${CHUNKED}xyz\r\n`, "no size of a chunk"],
    ["a negative chunk", `${CHUNKED}-1\r\n`, "no size of a chunk"],
    ["a chunk that is too long", `${CHUNKED}1\r\nab\r\n`, "a chunk longer than it says"],
    ["a switch of protocols", "HTTP/1.1 101 X\r\n\r\n", "a switch of protocols nobody asked for"],
    ["a head without end", `${OK}${"X: y\r\n".repeat(20_000)}`, "head of more than 65536 bytes"],
    [
      "a chunk line without end",
      `${CHUNKED}1;${"x".repeat(5000)}`,
      "chunk line of more than 4096 bytes",
    ],
  ];
  for (const [name, text, message] of cases) {
    test(name, () => {
      expect(() => read([text])).toThrow(`malformed answer: ${message}`);
    });
  }
});

test("a body in chunks of any sizes, cut anywhere, comes out as it went in", () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: "binary-ascii", minLength: 1, maxLength: 40 }), { maxLength: 8 }),
      fc.array(fc.nat(400), { maxLength: 12 }),
      (chunks, cuts) => {
        const text = `${CHUNKED}${chunks.map((one) => `${one.length.toString(16)}\r\n${one}\r\n`).join("")}0\r\n\r\n`;
        const at = [0, ...cuts.map((cut) => Math.min(cut, text.length)), text.length].toSorted(
          (a, b) => a - b,
        );
        const pieces = at.slice(1).map((end, index) => text.slice(at[index], end));
        const seen = read(pieces.filter((piece) => piece !== ""));
        expect([seen.body, seen.ends, seen.isReusable]).toEqual([chunks.join(""), 1, true]);
      },
    ),
    { numRuns: 200 },
  );
});

test.each([
  [20, "x"],
  [21, "malformed answer: more than 20 responses before the response"],
])("of %d answers before the answer it is %j", (times, expected) => {
  const text = `${"HTTP/1.1 100 Continue\r\n\r\n".repeat(times)}${OK}Content-Length: 1\r\n\r\nx`;
  let told: string;
  try {
    told = read([text]).body;
  } catch (error) {
    told = error instanceof Error ? error.message : String(error);
  }
  expect(told).toBe(expected);
});

test("small chunks of one read are one piece, large ones are their own", () => {
  const pieces: string[] = [];
  const reader = new ResponseReader({
    head: () => undefined,
    piece: (bytes, start, end) => pieces.push(Buffer.from(bytes.subarray(start, end)).toString()),
    end: () => pieces.push("end"),
  });
  const large = "b".repeat(2000);
  const small = ["1\r\na\r\n", "3\r\nxyz\r\n", "1\r\nc\r\n"].join("");
  reader.begin("GET");
  reader.feed(Buffer.from(`${OK}Transfer-Encoding: chunked\r\n\r\n${small}`));
  reader.feed(Buffer.from(`${small}7d0\r\n${large}\r\n${small}0\r\n\r\n`));
  expect(pieces).toEqual(["axyzc", "axyzc", large, "axyzc", "end"]);
});
