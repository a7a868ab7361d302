// Exporters that fail under a scrape, in front of the compiled executable: a part is never taken
// for the whole, and no exposition is too large.

import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import * as zlib from "node:zlib";
import { executable, hasEntryPoint } from "../support/e2e-executable.ts";
import { RawEdge } from "../support/raw-edge.ts";
import { RecordingUpstream, rawResponse } from "../support/recording-upstream.ts";

const BUILD_TIMEOUT_MS = 120_000;
const SLOW_MS = 200;
const MIB = 1024 * 1024;
const SCRAPE = "GET /metrics HTTP/1.1\r\nHost: edge\r\nAccept-Encoding: gzip\r\n\r\n";
const DROP_DEBUG = {
  id: "drop-debug",
  name: "drop-debug",
  metric: { match: [{ metric_field: "name", regex: "^debug_" }], keep: false },
};
const OK = "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\n";
const GZIP = `${OK}Content-Encoding: gzip\r\n`;
const LINES = "debug_a 1\nup 1\n".repeat(50_000);

describe.skipIf(!hasEntryPoint("edge"))("a scrape of an exporter that", () => {
  let upstream: RecordingUpstream;
  let edge: RawEdge;

  beforeAll(async () => {
    await executable("edge");
    upstream = await RecordingUpstream.start();
    const upstream_timeouts = { first_byte_ms: SLOW_MS, idle_ms: SLOW_MS };
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

  const whole = zlib.gzipSync(LINES);
  const FAILED = { 'edge_scrapes_total{target="default",outcome="upstream_failed"}': 1 };
  const answered = (statusClass: string) => ({
    [`edge_responses_total{known_path="metrics",status_class="${statusClass}"}`]: 1,
  });
  const BROKEN = { 'edge_upstream_errors_total{upstream="default",phase="receive"}': 1 };
  const DROPPED = {
    'edge_policy_records_dropped_total{telemetry="prometheus_metrics"}': LINES.length / 15,
  };

  interface Cut {
    readonly name: string;
    readonly head: string;
    readonly body: Buffer;
    readonly counts: Readonly<Record<string, number>>;
  }
  const cut: readonly Cut[] = [
    {
      name: "dies within its text",
      head: `${OK}Content-Length: ${LINES.length}\r\n\r\n`,
      body: Buffer.from("up 1\nup"),
      counts: { ...answered("s2xx"), ...FAILED, ...BROKEN },
    },
    {
      name: "says that it is whole when its gzip is not",
      head: `${GZIP}Content-Length: ${whole.length - 8}\r\n\r\n`,
      body: whole.subarray(0, whole.length - 8),
      counts: { ...answered("s2xx"), ...FAILED, ...DROPPED },
    },
    {
      name: "sends what is no gzip",
      head: `${GZIP}Content-Length: 8\r\n\r\n`,
      body: Buffer.from("no gzip\n"),
      counts: { ...answered("s2xx"), ...FAILED },
    },
  ];
  for (const { name, head, body, counts } of cut) {
    test(`${name}: the answer is cut`, async () => {
      upstream.respond = ({ socket }) => {
        socket.write(head);
        socket.write(body, () => socket.end());
        return undefined;
      };
      await edge.mark();
      using client = await edge.send(SCRAPE);
      expect(await client.ended()).toBe("reset");
      expect(client.seen).not.toContain("\r\n0\r\n\r\n");
      expect(await edge.counts(counts)).toEqual({ ...counts });
    });
  }

  test("dies within a short answer: 502", async () => {
    upstream.respond = ({ socket }) => {
      const text = `${GZIP}Content-Length: ${whole.length}\r\n\r\n`;
      socket.write(Buffer.concat([Buffer.from(text), whole.subarray(0, 99)]), () => socket.end());
      return undefined;
    };
    await edge.mark();
    using client = await edge.send(SCRAPE);
    expect((await client.answer()).status).toBe(502);
    const counts = { ...answered("s5xx"), ...FAILED, ...BROKEN };
    expect(await edge.counts(counts)).toEqual(counts);
  });

  test("does not answer: 504", async () => {
    upstream.respond = () => undefined;
    using client = await edge.send(SCRAPE);
    expect((await client.answer()).status).toBe(504);
  });

  test("pauses within its answer: is cut", async () => {
    upstream.respond = () =>
      `${OK}Content-Length: ${LINES.length}\r\n\r\n${LINES.slice(0, 500_000)}`;
    using client = await edge.send(SCRAPE);
    expect(await client.ended()).toBe("reset");
    expect(client.seen).not.toContain("\r\n0\r\n\r\n");
  });

  const bombs: readonly [string, Buffer][] = [
    ["of lines", zlib.gzipSync(Buffer.alloc(256 * MIB, 'up{a="bcdefgh"} 1\n'))],
    ["of one line", zlib.gzipSync(Buffer.alloc(256 * MIB, "x"))],
  ];
  for (const [name, bomb] of bombs) {
    test(`sends a bomb ${name}, 256 MiB: goes through it, and memory stays`, async () => {
      upstream.respond = () =>
        Buffer.concat([Buffer.from(`${GZIP}Content-Length: ${bomb.length}\r\n\r\n`), bomb]);
      const before = (await edge.metric("process_resident_memory_bytes"))!;
      const answer = await fetch(`${edge.url}/metrics`, {
        headers: { "accept-encoding": "identity" },
      });
      let bytes = 0;
      let most = before;
      let looks = 0;
      for await (const piece of answer.body!) {
        bytes += piece.length;
        if (bytes / (32 * MIB) <= looks) continue;
        looks++;
        most = Math.max(most, (await edge.metric("process_resident_memory_bytes"))!);
      }
      expect(answer.status).toBe(200);
      expect(bytes).toBe(256 * MIB);
      expect(most - before).toBeLessThan(160 * MIB);
    });
  }
});
