// Random damage to requests and to answers, in front of the compiled executable: whatever bytes
// come from either side, it lives, answers in HTTP or cuts, and what it sends on is HTTP.

import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import * as zlib from "node:zlib";
import { executable, hasEntryPoint } from "../support/e2e-executable.ts";
import { DROP_DEBUG, RawEdge, otlpLogs } from "../support/raw-edge.ts";
import { RecordingUpstream, rawResponse } from "../support/recording-upstream.ts";

const BUILD_TIMEOUT_MS = 120_000;
const RUNS = 250;
/** Fewer: an answer that has lost its end is waited for. */
const ANSWER_RUNS = 100;
const PATIENCE_MS = 10;
const HOST = "Host: edge\r\n";
const JSON_TYPE = "Content-Type: application/json\r\n";

const body = Buffer.from(otlpLogs("DEBUG", "INFO"));
const gzip = zlib.gzipSync(body);
const REQUESTS: readonly Buffer[] = [
  Buffer.from(`GET /x?a=b HTTP/1.1\r\n${HOST}Accept: */*\r\n\r\n`),
  request(`${JSON_TYPE}Content-Length: ${body.length}`, body),
  request(`${JSON_TYPE}Content-Encoding: gzip\r\nContent-Length: ${gzip.length}`, gzip),
  request(
    `${JSON_TYPE}Transfer-Encoding: chunked`,
    Buffer.concat([
      Buffer.from(`${body.length.toString(16)}\r\n`),
      body,
      Buffer.from("\r\n0\r\n\r\n"),
    ]),
  ),
];
const ANSWERS: readonly Buffer[] = [
  rawResponse(200, { "x-a": "b" }, "a body of some length"),
  Buffer.from(
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\n3;x=y\r\nend\r\n0\r\n\r\n",
  ),
  Buffer.from("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\nX-A: b\r\n\r\n"),
  Buffer.from("HTTP/1.0 404 Not Found\r\nConnection: keep-alive\r\nContent-Length: 4\r\n\r\nnone"),
];

function request(lines: string, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`POST /v1/logs HTTP/1.1\r\n${HOST}${lines}\r\n\r\n`), content]);
}

/** One piece of damage, at a thousandth of the whole. */
const damage = fc.record({
  at: fc.nat({ max: 999 }),
  cut: fc.nat({ max: 12 }),
  put: fc.oneof(
    fc.constant(""),
    fc.constantFrom("\r\n", "\n", "\r", "\0", " ", "\t", ":", ",", "0", "-1", "\r\n\r\n", "\r\n "),
    fc.constantFrom(
      "Content-Length: 3\r\n",
      "Transfer-Encoding: chunked\r\n",
      "Connection: close\r\n",
    ),
    fc.string({ unit: "binary", maxLength: 8 }),
  ),
});

function damaged(
  bytes: Buffer,
  wounds: readonly { at: number; cut: number; put: string }[],
): Buffer {
  let out = bytes;
  for (const { at, cut, put } of wounds) {
    const start = Math.floor((at * out.length) / 1000);
    out = Buffer.concat([out.subarray(0, start), Buffer.from(put), out.subarray(start + cut)]);
  }
  return out;
}

describe.skipIf(!hasEntryPoint("edge"))("damage", () => {
  let upstream: RecordingUpstream;
  let edge: RawEdge;

  beforeAll(async () => {
    await executable("edge");
    upstream = await RecordingUpstream.start();
    const upstream_timeouts = { first_byte_ms: 50, idle_ms: 50 };
    const config = { upstream_url: upstream.url, upstream_timeouts };
    edge = await RawEdge.start({ config, policies: [DROP_DEBUG] });
  }, BUILD_TIMEOUT_MS);
  afterEach(() => {
    upstream.respond = () => rawResponse(200, {}, "ok");
  });
  afterAll(async () => {
    await edge[Symbol.asyncDispose]();
    await upstream.stop();
  });

  async function lives(): Promise<void> {
    expect((await fetch(`${edge.url}/_health`)).status).toBe(200);
    const errors = [
      ...(await edge.metrics()).matchAll(/^edge_request_errors_total\{.*\} ([1-9].*)$/gm),
    ];
    expect(errors.map(([line]) => line)).toEqual([]);
  }

  test("to requests", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...REQUESTS),
        fc.array(damage, { minLength: 1, maxLength: 3 }),
        async (whole, wounds) => {
          using client = await edge.send(damaged(whole, wounds));
          // Damage may leave the server waiting for more: then there is nothing to see.
          await Promise.race([
            new Promise((resolve) => client.socket.once("data", resolve)),
            new Promise((resolve) => client.socket.once("close", resolve)),
            Bun.sleep(PATIENCE_MS),
          ]);
          // The upstream is there and answers: no request that was understood can fail.
          if (client.seen !== "")
            expect(client.seen).toMatch(/^HTTP\/1\.1 [1-4]\d\d |^HTTP\/1\.1 50[15] /);
        },
      ),
      { numRuns: RUNS },
    );
    await lives();
    for (const { method, target, headers } of upstream.requests) {
      expect(`${method} ${target}`).toMatch(/^[A-Z-]+ \/[!-~]*$/);
      for (const [name] of headers) expect(name).toMatch(/^[!#$%&'*+.^_`|~0-9a-z-]+$/);
      expect(headers.filter(([name]) => name === "host").length).toBe(1);
      const framings = ["content-length", "transfer-encoding"];
      expect(headers.filter(([name]) => framings.includes(name)).length).toBeLessThan(2);
    }
  }, 20_000);

  test("to answers", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...ANSWERS),
        fc.array(damage, { minLength: 1, maxLength: 3 }),
        fc.boolean(),
        async (whole, wounds, ends) => {
          upstream.respond = ({ socket }) => {
            socket.write(damaged(whole, wounds), () => {
              if (ends) socket.end();
            });
            return undefined;
          };
          using client = await edge.send(`GET /x HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`);
          await client.ended();
          expect(client.seen).toMatch(/^HTTP\/1\.1 [2-5]\d\d /);
        },
      ),
      { numRuns: ANSWER_RUNS },
    );
    await lives();
    upstream.respond = () => rawResponse(200, {}, "fine again");
    using client = await edge.send(`GET /x HTTP/1.1\r\n${HOST}\r\n`);
    expect((await client.answer()).body).toBe("fine again");
  }, 20_000);
});
