// Bodies that decode to too much or to nothing, in front of the compiled executable: they go on as
// they came, are counted, and cost no memory.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import * as zlib from "node:zlib";
import * as snappy from "snappy";
import { snappyFrames } from "../../src/protocols/snappy/index.ts";
import { executable, hasEntryPoint } from "../support/e2e-executable.ts";
import { DROP_DEBUG, RawEdge, otlpLogs } from "../support/raw-edge.ts";
import { RecordingUpstream } from "../support/recording-upstream.ts";
import { finish } from "../support/steps.ts";

const BUILD_TIMEOUT_MS = 120_000;
const MIB = 1024 * 1024;
const DECODED_BYTES_MAX = 4 * MIB;
/**
 * Decodes to this many bytes: a hundred times what is allowed, and compressed a thousandth of it.
 */
const BOMB_BYTES = 512 * MIB;

type Compress = (bytes: Uint8Array) => Uint8Array;
const CODINGS: readonly [string, string, Compress][] = [
  ["gzip", "gzip", (bytes) => zlib.gzipSync(bytes, { level: 9 })],
  ["zstd", "zstd", (bytes) => Bun.zstdCompressSync(bytes)],
  ["deflate in zlib", "deflate", (bytes) => zlib.deflateSync(bytes, { level: 9 })],
  ["deflate without zlib", "deflate", (bytes) => zlib.deflateRawSync(bytes, { level: 9 })],
];
/** What the Collector's exporters may send besides. */
const OTHERS: readonly [string, string, Compress, Compress][] = [
  ["zlib", "zlib", (bytes) => zlib.deflateSync(bytes), (bytes) => zlib.inflateSync(bytes)],
  ["frames of snappy", "snappy", framed, unframed],
  ["frames of snappy, by their name", "X-Snappy-Framed", framed, unframed],
  ["a block of snappy", "snappy", (bytes) => snappy.compressSync(Buffer.from(bytes)), unblocked],
];
const TELEMETRY = 'telemetry="otlp_logs"';
const ANSWERED = 'edge_responses_total{known_path="v1_logs",status_class="s2xx"}';
const DROPPED = `edge_policy_records_dropped_total{${TELEMETRY}}`;
const failOpen = (reason: string): string =>
  `edge_fail_open_total{${TELEMETRY},reason="${reason}"}`;

describe.skipIf(!hasEntryPoint("edge"))("a compressed body", () => {
  let upstream: RecordingUpstream;
  let edge: RawEdge;

  beforeAll(async () => {
    await executable("edge");
    upstream = await RecordingUpstream.start();
    const config = { upstream_url: upstream.url, max_decoded_bytes: DECODED_BYTES_MAX };
    edge = await RawEdge.start({ config, policies: [DROP_DEBUG] });
  }, BUILD_TIMEOUT_MS);
  afterAll(async () => {
    await edge[Symbol.asyncDispose]();
    await upstream.stop();
  });

  function post(body: Uint8Array, coding: string): Promise<Response> {
    const headers = { "content-type": "application/json", "content-encoding": coding };
    return fetch(`${edge.url}/v1/logs`, { method: "POST", headers, body: Buffer.from(body) });
  }
  const residentBytes = async (): Promise<number> =>
    (await edge.metric("process_resident_memory_bytes"))!;

  for (const [name, coding, compress] of CODINGS) {
    describe(`as ${name}`, () => {
      const mixed = Buffer.from(otlpLogs("DEBUG", "INFO"));

      test("that is fine is judged, and goes on in its coding", async () => {
        await edge.mark();
        expect((await post(compress(mixed), coding)).status).toBe(200);
        expect(upstream.header("content-encoding")).toBe(coding);
        const sent = decompress(upstream.last.body, name);
        expect(sent.toString()).toBe(otlpLogs("INFO"));
        const counts = { [ANSWERED]: 1, [DROPPED]: 1 };
        expect(await edge.counts(counts)).toEqual(counts);
      });

      test("in which nothing changes goes on as the bytes that came", async () => {
        const body = compress(Buffer.from(otlpLogs("INFO")));
        expect((await post(body, coding)).status).toBe(200);
        expect(upstream.last.body.equals(body)).toBe(true);
      });

      test("that decodes to too much goes on as it came, ten times, and memory stays", async () => {
        const bomb = bombOf(name);
        expect(bomb.length).toBeLessThan(MIB);
        await post(bomb, coding);
        const before = await residentBytes();
        await edge.mark();
        let most = 0;
        for (let n = 0; n < 10; n++) {
          expect((await post(bomb, coding)).status).toBe(200);
          expect(upstream.last.body.equals(bomb)).toBe(true);
          most = Math.max(most, await residentBytes());
        }
        const counts = { [ANSWERED]: 10, [failOpen("decoded_too_large")]: 10 };
        expect(await edge.counts(counts)).toEqual(counts);
        expect(most - before).toBeLessThan(64 * MIB);
      });

      const whole = compress(mixed);
      const broken: readonly [string, Uint8Array][] = [
        ["is cut off", whole.subarray(0, whole.length - 5)],
        ["is cut off in its head", whole.subarray(0, 3)],
        ["is broken in its middle", withBytes(whole, whole.length >> 1, [0xff, 0xff, 0xff, 0xff])],
        ["is something else", Buffer.from("\xff\xfe no compression at all", "latin1")],
        ["is empty", new Uint8Array(0)],
      ];
      for (const [fault, body] of broken) {
        test(`that ${fault} goes on as it came`, async () => {
          await edge.mark();
          expect((await post(body, coding)).status).toBe(200);
          expect(upstream.last.body.equals(body)).toBe(true);
          const counts = { [ANSWERED]: 1, [failOpen("undecodable")]: 1 };
          expect(await edge.counts(counts)).toEqual(counts);
        });
      }
    });
  }

  test("of exactly max_decoded_bytes is judged; one byte more goes on as it came", async () => {
    const record = otlpLogs("DEBUG", "INFO");
    for (const [spare, counts] of [
      [0, { [ANSWERED]: 1, [DROPPED]: 1 }],
      [1, { [ANSWERED]: 1, [failOpen("decoded_too_large")]: 1 }],
    ] as const) {
      await edge.mark();
      const body = record + " ".repeat(DECODED_BYTES_MAX - record.length + spare);
      expect((await post(zlib.gzipSync(body), "gzip")).status).toBe(200);
      expect(await edge.counts(counts)).toEqual({ ...counts });
    }
  });

  for (const [name, coding, compress, decompressed] of OTHERS) {
    test(`as ${name} is judged, and goes on in its coding`, async () => {
      await edge.mark();
      const body = compress(Buffer.from(otlpLogs("DEBUG", "INFO")));
      expect((await post(body, coding)).status).toBe(200);
      expect(upstream.header("content-encoding")).toBe(coding);
      const sent = Buffer.from(decompressed(upstream.last.body));
      expect(sent.toString()).toBe(otlpLogs("INFO"));
      const counts = { [ANSWERED]: 1, [DROPPED]: 1 };
      expect(await edge.counts(counts)).toEqual(counts);
    });

    test(`as ${name} that is cut off goes on as it came`, async () => {
      await edge.mark();
      const body = compress(Buffer.from(otlpLogs("DEBUG", "INFO"))).subarray(0, -3);
      expect((await post(body, coding)).status).toBe(200);
      expect(upstream.last.body.equals(body)).toBe(true);
      const counts = { [ANSWERED]: 1, [failOpen("undecodable")]: 1 };
      expect(await edge.counts(counts)).toEqual(counts);
    });
  }

  test("as frames of snappy that claim too much goes on as it came", async () => {
    await edge.mark();
    const body = framed(new Uint8Array(DECODED_BYTES_MAX + 1));
    expect((await post(body, "snappy")).status).toBe(200);
    expect(upstream.last.body.equals(body)).toBe(true);
    const counts = { [ANSWERED]: 1, [failOpen("decoded_too_large")]: 1 };
    expect(await edge.counts(counts)).toEqual(counts);
  });

  for (const coding of ["br", "gzip, gzip", "lz4"]) {
    test(`in an unknown coding (${coding}) goes on as it came`, async () => {
      await edge.mark();
      const body = Buffer.from("anything at all");
      expect((await post(body, coding)).status).toBe(200);
      expect(upstream.last.body.equals(body)).toBe(true);
      expect(upstream.header("content-encoding")).toBe(coding);
      const counts = { [ANSWERED]: 1, [failOpen("unknown_encoding")]: 1 };
      expect(await edge.counts(counts)).toEqual(counts);
    });
  }
});

function framed(bytes: Uint8Array): Uint8Array {
  return finish(snappyFrames.encode(bytes));
}

function unframed(bytes: Uint8Array): Uint8Array {
  const answer = finish(snappyFrames.decode(bytes, DECODED_BYTES_MAX));
  if (answer.kind !== "ok") throw new Error("no frames");
  return answer.bytes;
}

function unblocked(bytes: Uint8Array): Uint8Array {
  return Buffer.from(snappy.uncompressSync(Buffer.from(bytes), { asBuffer: true }));
}

function decompress(bytes: Buffer, name: string): Buffer {
  switch (name) {
    case "gzip":
      return zlib.gunzipSync(bytes);
    case "zstd":
      return Buffer.from(Bun.zstdDecompressSync(bytes));
    case "deflate in zlib":
      return zlib.inflateSync(bytes);
    default:
      return zlib.inflateRawSync(bytes);
  }
}

function withBytes(bytes: Uint8Array, at: number, others: readonly number[]): Uint8Array {
  const copy = Buffer.from(bytes);
  copy.set(others, at);
  return copy;
}

const bombs = new Map<string, Uint8Array>();

/** Spaces without end. */
function bombOf(name: string): Uint8Array {
  const made = bombs.get(name);
  if (made !== undefined) return made;
  const spaces = Buffer.alloc(BOMB_BYTES, " ");
  const compress = CODINGS.find(([known]) => known === name)![2];
  const bomb = compress(spaces);
  bombs.set(name, bomb);
  return bomb;
}
