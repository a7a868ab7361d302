// Upstreams that hang, die, lie and answer oddly, in front of the compiled executable: what the
// client sees, what the upstream got, what is counted.

import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import type * as net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TLSSocket } from "node:tls";
import { executable, hasEntryPoint } from "../support/e2e-executable.ts";
import { issueCertificates } from "../support/proxy-certificates.ts";
import type { End } from "../support/raw-client.ts";
import { DROP_DEBUG, RawEdge, otlpLogs } from "../support/raw-edge.ts";
import { RecordingUpstream, type Respond, rawResponse } from "../support/recording-upstream.ts";

const BUILD_TIMEOUT_MS = 120_000;
/** Long enough for a busy machine to answer in, short enough to wait for. */
const SLOW_MS = 200;

const GET = "GET /x HTTP/1.1\r\nHost: edge\r\n\r\n";
const JSON_HEADERS = "Host: edge\r\nContent-Type: application/json\r\n";

function post(body: string): string {
  return `POST /v1/logs HTTP/1.1\r\n${JSON_HEADERS}Content-Length: ${body.length}\r\n\r\n${body}`;
}

/** Writes `text` and then ends the connection, in order or with a reset. */
function writes(text: string, then: "end" | "reset" | "stay"): Respond {
  return ({ socket }) => {
    socket.write(text, () => {
      if (then === "end") socket.end();
      else if (then === "reset") resetOf(socket);
    });
    return undefined;
  };
}

/** Over TLS there is only the one way to go. */
function resetOf(socket: net.Socket): void {
  if (socket instanceof TLSSocket) socket.destroy();
  else socket.resetAndDestroy();
}

const OK = "HTTP/1.1 200 OK\r\nContent-Type: a/b\r\n";
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n4\r\npart\r\n`;
const RESPONSES = 'edge_responses_total{known_path="other",status_class=';
const ERRORS = 'edge_upstream_errors_total{upstream="default",phase=';

interface Fault {
  readonly name: string;
  readonly respond: Respond;
  readonly status: number;
  /** Text of the body, or the `error` of a JSON one. */
  readonly body?: string;
  readonly error?: string;
  /** Default: open. */
  readonly end?: End;
  readonly phase?: "connect" | "first_byte" | "idle" | "send" | "receive";
}

const FAULTS: readonly Fault[] = [
  {
    name: "hangs before its answer",
    respond: () => undefined,
    status: 504,
    error: "upstream_timeout",
    phase: "first_byte",
  },
  {
    name: "hangs in the head of its answer",
    respond: () => "HTTP/1.1 200 OK\r\nContent-",
    status: 504,
    error: "upstream_timeout",
    phase: "first_byte",
  },
  {
    name: "hangs in an answer in chunks",
    respond: () => CHUNKED,
    status: 200,
    end: "reset",
    phase: "idle",
  },
  {
    name: "hangs in an answer of known length",
    respond: () => `${OK}Content-Length: 100000\r\n\r\npart`,
    status: 200,
    end: "reset",
    phase: "idle",
  },
  {
    name: "hangs in a short answer",
    respond: () => `${OK}Content-Length: 100\r\n\r\npart`,
    status: 504,
    error: "upstream_timeout",
    phase: "first_byte",
  },
  {
    name: "dies in a short answer",
    respond: writes(`${OK}Content-Length: 100\r\n\r\npart`, "end"),
    status: 502,
    error: "upstream_failed",
    phase: "receive",
  },
  {
    name: "dies before its answer",
    respond: writes("", "reset"),
    status: 502,
    error: "upstream_failed",
    phase: "first_byte",
  },
  {
    name: "closes in order before its answer",
    respond: writes("", "end"),
    status: 502,
    error: "upstream_failed",
    phase: "first_byte",
  },
  {
    name: "dies in an answer in chunks",
    respond: writes(CHUNKED, "end"),
    status: 200,
    end: "reset",
    phase: "receive",
  },
  {
    name: "dies in a long answer of known length",
    respond: writes(`${OK}Content-Length: 100000\r\n\r\npart`, "end"),
    status: 200,
    end: "reset",
    phase: "receive",
  },
  {
    name: "answers garbage",
    respond: writes("no HTTP at all\r\n\r\n", "stay"),
    status: 502,
    error: "upstream_failed",
    phase: "receive",
  },
  {
    name: "answers with two lengths",
    respond: writes(`${OK}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`, "stay"),
    status: 502,
    error: "upstream_failed",
    phase: "receive",
  },
  {
    name: "answers with a status above 599",
    respond: () => "HTTP/1.1 600 X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    status: 502,
    error: "upstream_failed",
    phase: "receive",
  },
  {
    name: "answers with a chunk of no size after one that has arrived",
    respond: ({ socket }) => {
      const first = `${OK}Transfer-Encoding: chunked\r\n\r\n${"a".repeat(5)}\r\n`;
      socket.write(first);
      socket.write(Buffer.alloc(0xaaaaa, "p"), () => socket.write("\r\nzz\r\n"));
      return undefined;
    },
    status: 200,
    end: "reset",
    phase: "receive",
  },
  {
    name: "redirects",
    respond: () => rawResponse(307, { location: "http://127.0.0.1:1/other" }, "moved"),
    status: 307,
    body: "moved",
  },
  {
    name: "says 100 and 103 before its answer",
    respond: () =>
      Buffer.concat([
        Buffer.from("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n"),
        rawResponse(200, {}, "final"),
      ]),
    status: 200,
    body: "final",
  },
  {
    name: "ends an answer without length by closing",
    respond: writes(`${OK}Connection: close\r\n\r\nall of it`, "end"),
    status: 200,
    body: "all of it",
  },
  {
    name: "answers 204",
    respond: () => "HTTP/1.1 204 No Content\r\n\r\n",
    status: 204,
    body: "",
  },
  {
    name: "answers 500",
    respond: () => rawResponse(500, {}, "it broke"),
    status: 500,
    body: "it broke",
  },
];

const TRANSPORTS = ["http", "https"] as const;

describe.skipIf(!hasEntryPoint("edge"))("an upstream that fails", () => {
  let folder = "";
  let authority = "";
  const edges = new Map<string, RawEdge>();
  const upstreams = new Map<string, RecordingUpstream>();

  beforeAll(async () => {
    await executable("edge");
    folder = mkdtempSync(join(tmpdir(), "edge-faults-"));
    const { ca, server } = issueCertificates(folder);
    authority = ca;
    for (const scheme of TRANSPORTS) {
      const tls = scheme === "https" ? { cert: server.cert, key: server.key } : undefined;
      upstreams.set(scheme, await RecordingUpstream.start(tls));
      edges.set(scheme, await start(scheme, SLOW_MS));
    }
  }, BUILD_TIMEOUT_MS);

  function start(scheme: string, timeoutMs: number): Promise<RawEdge> {
    const config = {
      upstream_url: upstreams.get(scheme)!.url,
      upstream_timeouts: { first_byte_ms: timeoutMs, idle_ms: timeoutMs },
      upstream_tls: { ca_file: "ca.pem" },
    };
    return RawEdge.start({ config, policies: [DROP_DEBUG], files: { "ca.pem": authority } });
  }
  afterEach(() => {
    for (const upstream of upstreams.values()) {
      upstream.respond = () => rawResponse(200, {}, "ok");
      upstream.early = undefined;
    }
  });
  afterAll(async () => {
    for (const edge of edges.values()) await edge[Symbol.asyncDispose]();
    for (const upstream of upstreams.values()) await upstream.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  for (const scheme of TRANSPORTS) {
    describe(`over ${scheme}`, () => {
      const parts = (): [RawEdge, RecordingUpstream] => [
        edges.get(scheme)!,
        upstreams.get(scheme)!,
      ];

      for (const { name, respond, status, body, error, end = "open", phase } of FAULTS) {
        test(`and ${name}: ${status}, ${end}`, async () => {
          const [edge, upstream] = parts();
          const before = upstream.requests.length;
          upstream.respond = respond;
          await edge.mark();
          using client = await edge.send(GET);
          if (end === "open") {
            const answer = await client.answer();
            expect(answer.status).toBe(status);
            if (error === undefined) expect(answer.body).toBe(body!);
            else expect(JSON.parse(answer.body)).toMatchObject({ error });
          } else {
            expect(await client.ended()).toBe(end);
            expect(client.seen).toStartWith(`HTTP/1.1 ${status} `);
            expect(client.seen).not.toContain("\r\n0\r\n\r\n");
          }
          expect(client.end).toBe(end);
          expect(upstream.requests.length - before).toBe(1);
          const counts = {
            [`${RESPONSES}"s${Math.floor(status / 100)}xx"}`]: 1,
            ...(phase === undefined ? {} : { [`${ERRORS}"${phase}"}`]: 1 }),
          };
          expect(await edge.counts(counts)).toEqual(counts);
          // The failure was this one's alone: the next request is answered. It leaves no connection
          // behind, so that each fault meets a new one.
          await leaveNoConnection(edge, upstream);
        });
      }

      test("and answers once more than it was asked: the next request gets its own answer", async () => {
        const [edge, upstream] = parts();
        upstream.respond = () =>
          Buffer.concat([rawResponse(200, {}, "mine"), rawResponse(200, {}, "stray")]);
        using client = await edge.send(GET);
        expect((await client.answer()).body).toBe("mine");
        upstream.respond = () => rawResponse(200, {}, "second");
        client.write(GET);
        expect((await client.answer()).body).toBe("second");
      });

      test("and closes kept connections at random: every request is answered", async () => {
        const [edge, upstream] = parts();
        let deaths = 0;
        const used = new Set<number>();
        upstream.respond = ({ request, socket, count }) => {
          // Only a connection that has answered before dies under a request.
          if (used.has(request.connection) && random(count) < 0.3) {
            deaths++;
            resetOf(socket);
            return undefined;
          }
          used.add(request.connection);
          return rawResponse(200, {}, request.body);
        };
        await edge.mark();
        using client = await edge.connect();
        for (let n = 0; n < 60; n++) {
          const body = otlpLogs("INFO", `N${n}`);
          const { status, body: echoed } = await client.write(post(body)).answer();
          expect([status, echoed]).toEqual([200, body]);
        }
        expect(deaths).toBeGreaterThan(5);
        const counts = {
          'edge_responses_total{known_path="v1_logs",status_class="s2xx"}': 60,
          [`${ERRORS}"first_byte"}`]: deaths,
          'edge_upstream_retries_total{upstream="default"}': deaths,
        };
        expect(await edge.counts(counts)).toEqual(counts);
      });

      test("and answers 413 while the body is still coming: the client sees the 413", async () => {
        const [edge, upstream] = parts();
        await leaveNoConnection(edge, upstream);
        upstream.early = (socket) => {
          socket.pause();
          socket.write(rawResponse(413, { connection: "close" }, "too much for me"));
        };
        upstream.respond = () => undefined;
        using client = await edge.send(
          `POST /x HTTP/1.1\r\nHost: edge\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n`,
        );
        const { status, body } = await client.answer();
        expect([status, body]).toEqual([413, "too much for me"]);
      });

      test("or is just large: 64 MiB arrive whole, known length or not", async () => {
        const upstream = upstreams.get(scheme)!;
        // A busy machine may need long to send so much.
        await using edge = await start(scheme, 30_000);
        const large = Buffer.alloc(64 * 1024 * 1024);
        for (let at = 0; at < large.length; at += 4096) large.writeUInt32LE(at, at);
        const hash = Bun.hash(large);
        upstream.respond = ({ request: { target }, socket }) => {
          if (target === "/length") return rawResponse(200, {}, large);
          socket.write(`${OK}Transfer-Encoding: chunked\r\n\r\n${large.length.toString(16)}\r\n`);
          socket.write(large);
          socket.write("\r\n0\r\n\r\n");
          return undefined;
        };
        for (const path of ["/length", "/chunks"]) {
          const answer = await fetch(`${edge.url}${path}`);
          const body = await answer.arrayBuffer();
          expect([answer.status, body.byteLength]).toEqual([200, large.length]);
          expect(Bun.hash(body)).toBe(hash);
        }
      });
    });
  }
});

/** So that the next request opens one. */
async function leaveNoConnection(edge: RawEdge, upstream: RecordingUpstream): Promise<void> {
  upstream.respond = () => rawResponse(200, { connection: "close" }, "last");
  using client = await edge.send(GET);
  expect((await client.answer()).body).toBe("last");
}

/** A number in [0, 1) that depends on `n` alone. */
function random(n: number): number {
  return Number(Bun.hash.wyhash(String(n)) % 1000n) / 1000;
}
