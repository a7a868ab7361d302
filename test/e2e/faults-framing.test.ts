// Requests whose framing is wrong, doubtful or unusual, byte for byte, in front of the compiled
// executable: nothing that two readers could take for two different requests reaches an upstream.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { executable, hasEntryPoint } from "../support/e2e-executable.ts";
import { DROP_DEBUG, RawEdge } from "../support/raw-edge.ts";
import { RecordingUpstream } from "../support/recording-upstream.ts";

const BUILD_TIMEOUT_MS = 120_000;
const HOST = "Host: edge\r\n";

/** A POST with these header lines and what follows them. */
function post(lines: string, rest: string, path = "/x"): string {
  return `POST ${path} HTTP/1.1\r\n${HOST}${lines}\r\n\r\n${rest}`;
}
const HIDDEN = "GET /hidden HTTP/1.1\r\nHost: edge\r\n\r\n";
const CHUNKS = "4\r\nabcd\r\n0\r\n\r\n";
const CHUNKED = "Transfer-Encoding: chunked";

/**
 * Refused before anything of them is sent on; the connection is closed. Those that have no good
 * head are refused by the runtime's parser, before there is a request to count.
 */
const REFUSED: readonly [string, string, number, "counted"?][] = [
  ["a length and chunks", post(`Content-Length: 4\r\n${CHUNKED}`, `0\r\n\r\n${HIDDEN}`), 400],
  ["chunks and a length", post(`${CHUNKED}\r\nContent-Length: 6`, `0\r\n\r\n${HIDDEN}`), 400],
  ["two lengths", post("Content-Length: 4\r\nContent-Length: 5", "abcd"), 400],
  ["a list of lengths", post("Content-Length: 4, 4", "abcd"), 400],
  ["a length with a sign", post("Content-Length: +4", "abcd"), 400],
  ["a negative length", post("Content-Length: -1", "abcd"), 400],
  ["a hexadecimal length", post("Content-Length: 0x4", "abcd"), 400],
  ["an empty length", post("Content-Length: ", "abcd"), 400],
  ["a length beyond 64 bits", post("Content-Length: 99999999999999999999", "abcd"), 400],
  ["a space before the colon", post("Content-Length : 4", "abcd"), 400],
  ["line feeds alone", `POST /x HTTP/1.1\nHost: edge\nContent-Length: 4\n\nabcd`, 505],
  ["one line feed alone", `POST /x HTTP/1.1\r\nHost: edge\nContent-Length: 4\r\n\r\nabcd`, 400],
  ["a carriage return in a value", post("X: a\rContent-Length: 4", "abcd"), 400],
  ["a folded line", post("X: a\r\n Content-Length: 4", "abcd"), 400],
  ["an unknown coding", post("Transfer-Encoding: xchunked", CHUNKS), 400],
  ["identity as a coding", post("Transfer-Encoding: identity", CHUNKS), 400],
  ["chunks of gzip", post("Transfer-Encoding: gzip, chunked", CHUNKS), 400],
  ["gzip of chunks", post("Transfer-Encoding: chunked, gzip", CHUNKS), 400],
  ["chunked twice", post(`${CHUNKED}\r\n${CHUNKED}`, CHUNKS), 400],
  ["a vertical tab before chunked", post("Transfer-Encoding: \x0bchunked", CHUNKS), 400],
  ["no coding", post("Transfer-Encoding: ", CHUNKS), 400],
  ["chunks in HTTP/1.0", post(CHUNKED, CHUNKS).replace("HTTP/1.1", "HTTP/1.0"), 400],
  ["a chunk without a size", post(CHUNKED, "zz\r\nabcd\r\n0\r\n\r\n"), 400, "counted"],
  ["a negative chunk", post(CHUNKED, "-4\r\nabcd\r\n0\r\n\r\n"), 400, "counted"],
  ["a chunk of 0x4", post(CHUNKED, "0x4\r\nabcd\r\n0\r\n\r\n"), 400, "counted"],
  [
    "a chunk beyond 64 bits",
    post(CHUNKED, "ffffffffffffffff4\r\nabcd\r\n0\r\n\r\n"),
    400,
    "counted",
  ],
  ["a chunk longer than it says", post(CHUNKED, "4\r\nabcdef\r\n0\r\n\r\n"), 400, "counted"],
  ["chunks with line feeds alone", post(CHUNKED, "4\nabcd\n0\n\n"), 400, "counted"],
  ["no Host", "GET /x HTTP/1.1\r\n\r\n", 400],
  ["a Host that is none", "GET /x HTTP/1.1\r\nHost: a b\r\n\r\n", 400, "counted"],
  ["two Hosts", "GET /x HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400, "counted"],
  ["a NUL in a value", `GET /x HTTP/1.1\r\n${HOST}X: a\0b\r\n\r\n`, 400],
  ["a name that is none", `GET /x HTTP/1.1\r\n${HOST}X(: a\r\n\r\n`, 400],
  ["a line without a colon", `GET /x HTTP/1.1\r\n${HOST}abc\r\n\r\n`, 400],
  ["a space in the target", `GET /a b HTTP/1.1\r\n${HOST}\r\n`, 505],
  ["HTTP/0.9", "GET /x\r\n\r\n", 505],
  ["HTTP/1.2", `GET /x HTTP/1.2\r\n${HOST}\r\n`, 505],
  ["TLS", `\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03${"a".repeat(64)}\r\n\r\n`, 400],
  ["no HTTP", "hello\r\n\r\n", 400],
  ["a body in a GET", `GET /x HTTP/1.1\r\n${HOST}Content-Length: 4\r\n\r\nabcd`, 400, "counted"],
  ["chunks in a GET", `GET /x HTTP/1.1\r\n${HOST}${CHUNKED}\r\n\r\n${CHUNKS}`, 400, "counted"],
  ["a body in a HEAD", `HEAD /x HTTP/1.1\r\n${HOST}Content-Length: 4\r\n\r\nabcd`, 400, "counted"],
  ["CONNECT", `CONNECT other:443 HTTP/1.1\r\nHost: other:443\r\n\r\n`, 501, "counted"],
  ["TRACE", `TRACE /x HTTP/1.1\r\n${HOST}\r\n`, 501, "counted"],
  ["a head of more than 16 KiB", `GET /x HTTP/1.1\r\n${HOST}X: ${"v".repeat(16_384)}\r\n\r\n`, 431],
  ["a target of more than 16 KiB", `GET /${"v".repeat(16_384)} HTTP/1.1\r\n${HOST}\r\n`, 431],
  ["more than 200 headers", `GET /x HTTP/1.1\r\n${HOST}${numbered(200)}\r\n`, 431],
];

/** Forwarded: name, request, what the upstream gets. */
const FORWARDED: readonly [string, string, string][] = [
  ["the same length twice", post("Content-Length: 4\r\nContent-Length: 4", "abcd"), "POST /x abcd"],
  [
    "the same length twice, judged",
    post(
      "Content-Type: application/json\r\nContent-Length: 4\r\nContent-Length: 4",
      "abcd",
      "/v1/logs",
    ),
    "POST /v1/logs abcd",
  ],
  ["Chunked, with a capital", post("Transfer-Encoding: Chunked", CHUNKS), "POST /x abcd"],
  ["a tab before chunked", post("Transfer-Encoding:\tchunked", CHUNKS), "POST /x abcd"],
  ["an extension of a chunk", post(CHUNKED, "4;a=b\r\nabcd\r\n0\r\n\r\n"), "POST /x abcd"],
  ["no length and no chunks", post("X: 1", ""), "POST /x "],
  [
    "a body in a DELETE",
    post("Content-Length: 4", "abcd").replace("POST", "DELETE"),
    "DELETE /x abcd",
  ],
  ["a GET with a length of 0", `GET /x HTTP/1.1\r\n${HOST}Content-Length: 0\r\n\r\n`, "GET /x "],
  ["a rare method", `PROPFIND /x HTTP/1.1\r\n${HOST}\r\n`, "PROPFIND /x "],
  ["a whole URL as target", `GET http://other/x?y=1 HTTP/1.1\r\n${HOST}\r\n`, "GET /x?y=1 "],
  ["dots in a path", `GET /a/../b/./c HTTP/1.1\r\n${HOST}\r\n`, "GET /b/c "],
  [
    "what no URL can hold",
    `GET /{a}?"<\xc3\xa9>" HTTP/1.1\r\n${HOST}\r\n`,
    "GET /%7Ba%7D?%22%3C%C3%A9%3E%22 ",
  ],
  ["an escaped slash", `GET /a%2Fb?c=%zz HTTP/1.1\r\n${HOST}\r\n`, "GET /a%2Fb?c=%zz "],
  [
    "a wish to upgrade",
    `GET /x HTTP/1.1\r\n${HOST}Connection: upgrade\r\nUpgrade: h2c\r\n\r\n`,
    "GET /x ",
  ],
  ["180 headers", `GET /x HTTP/1.1\r\n${HOST}${numbered(180)}\r\n`, "GET /x "],
  [
    "a head of nearly 16 KiB",
    `GET /x HTTP/1.1\r\n${HOST}X: ${"v".repeat(16_200)}\r\n\r\n`,
    "GET /x ",
  ],
];

function numbered(count: number): string {
  return Array.from({ length: count }, (_, at) => `X-${at}: ${at}\r\n`).join("");
}

/** The runtime's own bound for heads, and one that is set, which stands before the runtime. */
const GUARDS = [
  ["", {}],
  [", guarded by header_timeout_ms", { header_timeout_ms: 9000 }],
] as const;

for (const [guard, guarding] of GUARDS)
  describe.skipIf(!hasEntryPoint("edge"))(`the framing of requests${guard}`, () => {
    let upstream: RecordingUpstream;
    let edge: RawEdge;

    beforeAll(async () => {
      await executable("edge");
      upstream = await RecordingUpstream.start();
      const config = { upstream_url: upstream.url, ...guarding };
      edge = await RawEdge.start({ config, policies: [DROP_DEBUG] });
    }, BUILD_TIMEOUT_MS);
    afterAll(async () => {
      await edge[Symbol.asyncDispose]();
      await upstream.stop();
    });

    for (const [name, text, status, counted] of REFUSED) {
      test(`${name}: ${status}, closed, and no request is sent on`, async () => {
        const before = upstream.requests.length;
        await edge.mark();
        using client = await edge.send(text);
        const to = text.startsWith("HEAD ") ? "HEAD" : "others";
        expect((await client.answer(to)).status).toBe(status);
        expect(await client.ended()).not.toBe("open");
        expect(upstream.requests.length).toBe(before);
        const series = `edge_responses_total{known_path="other",status_class="s${Math.floor(status / 100)}xx"}`;
        const counts = counted === undefined ? {} : { [series]: 1 };
        expect(await edge.counts(counts)).toEqual(counts);
      });
    }

    for (const [name, text, got] of FORWARDED) {
      test(`${name}: forwarded`, async () => {
        const before = upstream.requests.length;
        using client = await edge.send(text);
        expect((await client.answer()).status).toBe(200);
        const requests = upstream.requests.slice(before);
        const seen = requests.map(({ method, target, body }) =>
          [method, target, body.toString()].join(" "),
        );
        expect(seen).toEqual([got]);
        // What followed the body on the connection is read as the next request.
        client.write(`GET /next HTTP/1.1\r\n${HOST}\r\n`);
        expect((await client.answer()).body).toBe("ok");
        expect(upstream.last.target).toBe("/next");
      });
    }

    test("trailers: never sent on, and the request is forwarded without them", async () => {
      using client = await edge.send(post(CHUNKED, "4\r\nabcd\r\n0\r\nX-Sum: 1\r\n\r\n"));
      expect((await client.answer()).status).toBe(200);
      expect([upstream.last.body.toString(), upstream.header("x-sum")]).toEqual([
        "abcd",
        undefined,
      ]);
      client.write(`GET /next HTTP/1.1\r\n${HOST}\r\n`);
      expect((await client.answer()).status).toBe(200);
    });
  });
