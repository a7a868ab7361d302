// The compiled executable with many connections, at its limit, and told to stop under load.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { executable, hasEntryPoint } from "../support/e2e-executable.ts";
import { issueCertificates } from "../support/proxy-certificates.ts";
import { RawClient } from "../support/raw-client.ts";
import { DROP_DEBUG, RawEdge, otlpLogs } from "../support/raw-edge.ts";
import { RecordingUpstream, type Respond, rawResponse } from "../support/recording-upstream.ts";

const BUILD_TIMEOUT_MS = 120_000;
const HOST = "Host: edge\r\n";
const IDLE_CONNECTIONS = 2000;
const MIB = 1024 * 1024;

function post(body: string): string {
  return `POST /v1/logs HTTP/1.1\r\n${HOST}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

describe.skipIf(!hasEntryPoint("edge"))("under load", () => {
  let upstream: RecordingUpstream;
  let secure: RecordingUpstream;
  let folder = "";
  let authority = "";
  beforeAll(async () => {
    await executable("edge");
    upstream = await RecordingUpstream.start();
    folder = mkdtempSync(join(tmpdir(), "edge-load-"));
    const { ca, server } = issueCertificates(folder);
    authority = ca;
    secure = await RecordingUpstream.start({ cert: server.cert, key: server.key });
  }, BUILD_TIMEOUT_MS);
  afterAll(async () => {
    await upstream.stop();
    await secure.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  function start(config: Record<string, unknown> = {}): Promise<RawEdge> {
    upstream.respond = () => rawResponse(200, {}, "ok");
    return RawEdge.start({
      config: { upstream_url: upstream.url, ...config },
      policies: [DROP_DEBUG],
      files: { "ca.pem": authority },
    });
  }

  /** Holds answers back until they are let go. */
  function held(): {
    respond: Respond;
    release: () => void;
    reached: (count: number) => Promise<void>;
  } {
    const waiting: (() => void)[] = [];
    let wake = (): void => undefined;
    return {
      respond: ({ socket }) => {
        waiting.push(() => void socket.write(rawResponse(200, {}, "late")));
        wake();
        return undefined;
      },
      release: () => {
        for (const answer of waiting.splice(0)) answer();
      },
      reached: async (count) => {
        while (waiting.length < count) await new Promise<void>((resolve) => (wake = resolve));
      },
    };
  }

  test("2,000 idle connections cost little, and a request is answered besides", async () => {
    await using edge = await start({ max_connections: IDLE_CONNECTIONS });
    const before = (await edge.metric("process_resident_memory_bytes"))!;
    const idle: RawClient[] = [];
    for (let n = 0; n < IDLE_CONNECTIONS; n += 100) {
      const some = Array.from({ length: 100 }, () => edge.connect());
      idle.push(...(await Promise.all(some)));
    }
    // Each was answered once: what is idle now is kept alive.
    for (const client of idle) client.write(`GET /x HTTP/1.1\r\n${HOST}\r\n`);
    for (const client of idle) expect((await client.answer()).status).toBe(200);
    using next = await edge.send(post(otlpLogs("INFO")));
    expect((await next.answer()).status).toBe(200);
    const after = (await edge.metric("process_resident_memory_bytes"))!;
    expect(after - before).toBeLessThan(64 * MIB);
    expect(idle.filter(({ end }) => end !== "open").length).toBe(0);
    for (const client of idle) client.close();
  });

  test("max_connections in flight: one more is 503 and may try again, its own pages answer", async () => {
    await using edge = await start({
      max_connections: 3,
      upstream_timeouts: { connect_ms: 300 },
    });
    const { respond, release, reached } = held();
    upstream.respond = respond;
    const first = await Promise.all([1, 2, 3].map(() => edge.send(post(otlpLogs("INFO")))));
    await reached(3);
    await edge.mark();
    using fourth = await edge.send(post(otlpLogs("INFO", "WARN")));
    const { status, headers, body } = await fourth.answer();
    expect([status, JSON.parse(body)]).toEqual([
      503,
      { code: 14, message: "max_connections, 3 requests in flight, is reached" },
    ]);
    expect(headers).toContainEqual(["retry-after", "1"]);
    const counts = { 'edge_responses_total{known_path="v1_logs",status_class="s5xx"}': 1 };
    expect(await edge.counts(counts)).toEqual(counts);
    expect((await fetch(`${edge.url}/_health`)).status).toBe(200);

    release();
    for (const client of first) expect((await client.answer()).body).toBe("late");
    // There is room again, on the same connection.
    upstream.respond = () => rawResponse(200, {}, "ok");
    fourth.write(post(otlpLogs("INFO")));
    expect((await fourth.answer()).body).toBe("ok");
    for (const client of first) client.close();
  });

  describe("told to stop", () => {
    /** Posts one request after the other until its connection ends. */
    async function run(client: RawClient, body: string, seen: { sent: number; answered: number }) {
      try {
        while (client.end === "open") {
          client.write(post(body));
          seen.sent++;
          const { status, headers } = await client.answer();
          if (status !== 200) throw new Error(`answered ${status}`);
          seen.answered++;
          if (headers.some(([name, value]) => name === "connection" && value === "close")) return;
        }
      } catch (error) {
        if (client.end === "open") throw error;
      }
    }

    for (const [name, config] of [
      ["one thread", {}],
      ["two workers", { worker_count: 2 }],
      ["guarded by header_timeout_ms", { header_timeout_ms: 9000 }],
      ["an upstream over TLS", { upstream_url: "TLS", upstream_tls: { ca_file: "ca.pem" } }],
    ] as const) {
      test(`by SIGTERM, ${name}: every request that was sent is answered, exit code 0`, async () => {
        const isSecure = "upstream_tls" in config;
        await using edge = await start({
          ...config,
          ...(isSecure ? { upstream_url: secure.url } : {}),
        });
        const target = isSecure ? secure : upstream;
        const before = target.requests.length;
        const seen = { sent: 0, answered: 0 };
        const clients = await Promise.all(Array.from({ length: 32 }, () => edge.connect()));
        const running = clients.map((client) => run(client, otlpLogs("DEBUG", "INFO"), seen));
        while (seen.answered < 500) await Bun.sleep(1);
        edge.program.signal("SIGTERM");
        await Promise.all(running);
        expect(await edge.program.exited).toBe(0);
        expect(seen.answered).toBe(seen.sent);
        expect(target.requests.length - before).toBe(seen.answered);
      });
    }

    test("by SIGINT: what is in flight is answered, and its connection closed", async () => {
      await using edge = await start({ shutdown_timeout_ms: 3_600_000 });
      const { respond, release, reached } = held();
      upstream.respond = respond;
      using client = await edge.send(post(otlpLogs("INFO")));
      await reached(1);
      edge.program.signal("SIGINT");
      await edge.logged("server.draining");
      release();
      const { body, headers } = await client.answer();
      expect([body, await client.ended()]).toEqual(["late", "closed"]);
      expect(headers).toContainEqual(["connection", "close"]);
      expect(await edge.program.exited).toBe(0);
    });

    test("what takes longer than shutdown_timeout_ms is cut and counted, exit code 0", async () => {
      await using edge = await start({ shutdown_timeout_ms: 100 });
      const { respond, reached } = held();
      upstream.respond = respond;
      using slow = await edge.send(post(otlpLogs("INFO")));
      await reached(1);
      edge.program.signal("SIGTERM");
      expect(await edge.program.exited).toBe(0);
      await slow.ended();
      expect(slow.seen).toBe("");
      expect(edge.program.output).toMatch(/"event":"server.stopped","unfinished":1/);
    });

    test("a second time: exit code 1, at once", async () => {
      await using edge = await start({ shutdown_timeout_ms: 3_600_000 });
      const { respond, reached } = held();
      upstream.respond = respond;
      using slow = await edge.send(post(otlpLogs("INFO")));
      await reached(1);
      edge.program.signal("SIGTERM");
      await edge.logged("server.draining");
      edge.program.signal("SIGTERM");
      expect(await edge.program.exited).toBe(1);
      await slow.ended();
      expect(slow.seen).toBe("");
    });
  });
});
