// Clients that stop, go on for ever, go away or speak rarely used HTTP, in front of the compiled
// executable.

import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { executable, hasEntryPoint } from "../support/e2e-executable.ts";
import type { RawClient } from "../support/raw-client.ts";
import { DROP_DEBUG, RawEdge, otlpLogs } from "../support/raw-edge.ts";
import { RecordingUpstream, rawResponse } from "../support/recording-upstream.ts";

const BUILD_TIMEOUT_MS = 120_000;
const BODY_BYTES_MAX = 100_000;
const HOST = "Host: edge\r\n";
const JSON_TYPE = "Content-Type: application/json\r\n";
const GET = `GET /x HTTP/1.1\r\n${HOST}\r\n`;

const RESPONSES = "edge_responses_total";
/** Records that policies look at, and bytes that nobody does. */
const KINDS = [
  { path: "/v1/logs", known: "v1_logs", what: "judged" },
  { path: "/x", known: "other", what: "passed through" },
] as const;

function head(path: string, framing: string): string {
  return `POST ${path} HTTP/1.1\r\n${HOST}${JSON_TYPE}${framing}\r\n\r\n`;
}

/** The runtime's own bound for heads, and one that is set, which stands before the runtime. */
const GUARDS = [
  ["", {}],
  [", guarded by header_timeout_ms", { header_timeout_ms: 9000 }],
] as const;

for (const [guard, guarding] of GUARDS)
  describe.skipIf(!hasEntryPoint("edge"))(`a client${guard} that`, () => {
    let upstream: RecordingUpstream;
    let edge: RawEdge;

    beforeAll(async () => {
      await executable("edge");
      upstream = await RecordingUpstream.start();
      const config = { upstream_url: upstream.url, max_body_size: BODY_BYTES_MAX, ...guarding };
      edge = await RawEdge.start({ config, policies: [DROP_DEBUG] });
    }, BUILD_TIMEOUT_MS);
    afterEach(() => {
      upstream.respond = () => rawResponse(200, {}, "ok");
    });
    afterAll(async () => {
      await edge[Symbol.asyncDispose]();
      await upstream.stop();
    });

    const countsOf = (known: string, statusClass: string): Record<string, number> => ({
      [`${RESPONSES}{known_path="${known}",status_class="${statusClass}"}`]: 1,
    });

    for (const { path, known, what } of KINDS) {
      describe(`sends what is ${what}`, () => {
        test("and announces more than max_body_size: 413, nothing is read or sent on", async () => {
          const before = upstream.requests.length;
          await edge.mark();
          using client = await edge.send(head(path, `Content-Length: ${BODY_BYTES_MAX + 1}`));
          const { status, body } = await client.answer();
          const message = `the request body is larger than max_body_size, ${BODY_BYTES_MAX} bytes`;
          const isOtlp = known === "v1_logs";
          expect([status, JSON.parse(body)]).toEqual([
            413,
            isOtlp ? { code: 8, message } : { error: "body_too_large", message },
          ]);
          expect(upstream.requests.length).toBe(before);
          const counts = countsOf(known, "s4xx");
          expect(await edge.counts(counts)).toEqual(counts);
          // Clients that send without waiting for the answer can read it, and go on.
          client.write(" ".repeat(BODY_BYTES_MAX + 1)).write(GET);
          expect((await client.answer()).status).toBe(200);
        });

        test("and announces more than anyone would read: 413, closed", async () => {
          using client = await edge.send(head(path, `Content-Length: ${2 ** 40}`));
          expect((await client.answer()).status).toBe(413);
          expect(await client.ended()).not.toBe("open");
        });

        test("and sends more than max_body_size in chunks: 413, and the connection is kept", async () => {
          const before = upstream.requests.length;
          await edge.mark();
          using client = await edge.send(head(path, "Transfer-Encoding: chunked"));
          const chunk = `1000\r\n${" ".repeat(0x1000)}\r\n`;
          client.write(`${chunk.repeat(50)}0\r\n\r\n${GET}`);
          expect((await client.answer()).status).toBe(413);
          expect((await client.answer()).status).toBe(200);
          expect(upstream.requests.slice(before).map(({ target }) => target)).toEqual(["/x"]);
        });

        test("exactly max_body_size: forwarded", async () => {
          const body = " ".repeat(BODY_BYTES_MAX);
          using client = await edge.send(head(path, `Content-Length: ${body.length}`) + body);
          expect((await client.answer()).status).toBe(200);
          expect(upstream.last.body.length).toBe(BODY_BYTES_MAX);
        });

        test("for ever, in chunks: cut, and no whole request is sent on", async () => {
          const before = upstream.requests.length;
          await edge.mark();
          using client = await edge.send(head(path, "Transfer-Encoding: chunked"));
          const chunk = Buffer.from(`100000\r\n${" ".repeat(0x100000)}\r\n`);
          let sentMiB = 0;
          while (client.end === "open" && sentMiB < 256) {
            await Promise.race([client.flushed(chunk), client.ended()]);
            sentMiB++;
          }
          expect(client.end).not.toBe("open");
          expect(sentMiB).toBeLessThan(128);
          expect(upstream.requests.length).toBe(before);
          const counts = countsOf(known, "s4xx");
          expect(await edge.counts(counts)).toEqual(counts);
        });

        const halves: readonly [string, string][] = [
          ["of a known length", head(path, "Content-Length: 100") + otlpLogs("INFO").slice(0, 40)],
          ["in chunks", `${head(path, "Transfer-Encoding: chunked")}4\r\nhalf\r\n`],
        ];
        for (const [name, text] of halves) {
          test(`and goes away in the middle of a body ${name}: nothing is sent on as if whole`, async () => {
            const before = upstream.requests.length;
            await edge.mark();
            const client = await edge.send(text);
            await client.flushed(Buffer.from(""));
            client.socket.end();
            await client.ended();
            // 499: nobody is there to be answered.
            const counts = countsOf(known, "s4xx");
            expect(await edge.counts(counts)).toEqual(counts);
            expect(upstream.requests.length).toBe(before);
          });
        }

        test("one byte at a time: forwarded whole", async () => {
          const body = otlpLogs("INFO");
          using client = await edge.connect();
          for (const byte of Buffer.from(head(path, `Content-Length: ${body.length}`) + body)) {
            await client.flushed(Buffer.of(byte));
          }
          expect((await client.answer()).status).toBe(200);
          expect(upstream.last.body.toString()).toBe(body);
        });

        test("only when it is told to: 100, then the answer", async () => {
          const body = otlpLogs("INFO");
          const expecting = head(path, `Expect: 100-continue\r\nContent-Length: ${body.length}`);
          using client = await edge.send(expecting);
          expect((await client.answer()).status).toBe(100);
          client.write(body);
          expect((await client.answer()).status).toBe(200);
          expect(upstream.last.body.toString()).toBe(body);
          expect(upstream.header("expect")).toBeUndefined();
        });

        test("more than it announced: the rest is a request of its own, which is none", async () => {
          const body = otlpLogs("INFO");
          const before = upstream.requests.length;
          using client = await edge.send(
            `${head(path, `Content-Length: ${body.length}`)}${body}junk\r\n\r\n`,
          );
          await client.ended();
          const sent = upstream.requests.slice(before).map((one) => one.body.toString());
          expect(sent).toEqual([body]);
        });
      });
    }

    const ways: readonly [string, (client: RawClient) => void][] = [
      ["goes away", (client) => client.close()],
      ["closes its sending half", ({ socket }) => socket.end()],
    ];
    for (const [how, leave] of ways) {
      test(`${how} before it is answered: the upstream's request is ended`, async () => {
        const reached = Promise.withResolvers<void>();
        upstream.respond = ({ socket }) => {
          reached.resolve();
          socket.once("close", () => ended.resolve());
          return undefined;
        };
        const ended = Promise.withResolvers<void>();
        await edge.mark();
        using client = await edge.send(GET);
        await reached.promise;
        leave(client);
        await ended.promise;
        const counts = countsOf("other", "s4xx");
        expect(await edge.counts(counts)).toEqual(counts);
      });
    }

    test("stops reading a long answer: the upstream waits, memory does not grow", async () => {
      const large = Buffer.alloc(64 * 1024 * 1024, "x");
      const flowed = { whole: false };
      upstream.respond = ({ socket }) => {
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${large.length}\r\n\r\n`);
        socket.write(large, () => {
          flowed.whole = true;
        });
        return undefined;
      };
      const before = (await edge.metric("process_resident_memory_bytes"))!;
      const client = await edge.connect();
      client.socket.pause();
      client.write(GET);
      await client.flushed(Buffer.from(""));
      // Requests go on meanwhile, until the paused answer has been taken as far as it ever will.
      for (let n = 0; n < 200; n++) {
        using other = await edge.send(`GET /_health HTTP/1.1\r\n${HOST}\r\n`);
        expect((await other.answer()).status).toBe(200);
      }
      const after = (await edge.metric("process_resident_memory_bytes"))!;
      expect(flowed.whole).toBe(false);
      expect(after - before).toBeLessThan(32 * 1024 * 1024);
      client.close();
    });

    describe("speaks", () => {
      test("HTTP/1.0: answered whole, and the connection is closed", async () => {
        using client = await edge.send(`GET /x HTTP/1.0\r\n\r\n`);
        expect((await client.answer()).body).toBe("ok");
        expect(await client.ended()).toBe("closed");
      });

      test("HTTP/1.0, with a path beyond ASCII: escaped", async () => {
        using client = await edge.send("GET /caf\xc3\xa9/\xe6\x97\xa5?\xc3\xa9 HTTP/1.0\r\n\r\n");
        expect((await client.answer()).body).toBe("ok");
        expect(upstream.last.target).toBe("/caf%C3%A9/%E6%97%A5?%C3%A9");
      });

      test("HTTP/1.0 to an upstream that answers in chunks: no chunks for it", async () => {
        upstream.respond = () =>
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\n3\r\nend\r\n0\r\n\r\n";
        using client = await edge.send(`GET /x HTTP/1.0\r\n\r\n`);
        expect(await client.ended()).toBe("closed");
        expect(client.seen.split("\r\n\r\n")[1]).toBe("partend");
      });

      test("HEAD: the head of the answer with the length of what GET would get", async () => {
        upstream.respond = ({ request: { method } }) =>
          method === "HEAD"
            ? 'HTTP/1.1 200 OK\r\nContent-Length: 12345\r\nETag: "x"\r\n\r\n'
            : rawResponse(200, {}, "ok");
        using client = await edge.send(`HEAD /x HTTP/1.1\r\n${HOST}\r\n`);
        const seen = await client.until("head", (text) =>
          text.includes("\r\n\r\n") ? text : undefined,
        );
        expect(seen.toLowerCase()).toContain("\r\ncontent-length: 12345\r\n");
        expect(seen).toContain('"x"');
        client.write(GET);
        await client.until(
          "next answer",
          (text) => text.split("HTTP/1.1 200").length === 3 || undefined,
        );
      });

      test("with Connection: close: answered, and closed", async () => {
        using client = await edge.send(`GET /x HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`);
        expect((await client.answer()).body).toBe("ok");
        expect(await client.ended()).toBe("closed");
        expect(upstream.header("connection")).not.toBe("close");
      });

      test("in a pipeline: it gets its answers one by one", async () => {
        using client = await edge.send(GET + GET);
        expect([(await client.answer()).body, (await client.answer()).body]).toEqual(["ok", "ok"]);
      });

      for (const method of ["BREW", "get"]) {
        test(`${method}, which no server knows: the connection is closed, nothing is sent on`, async () => {
          const before = upstream.requests.length;
          using client = await edge.send(`${method} /x HTTP/1.1\r\n${HOST}\r\n`);
          expect(await client.ended()).toBe("closed");
          expect(upstream.requests.length).toBe(before);
        });
      }
    });
  });
