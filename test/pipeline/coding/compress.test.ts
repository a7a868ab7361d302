// What policies leave of a body is no larger than its share of what came in, whatever pains its
// client took to make that small.

import { describe, expect, test } from "bun:test";
import * as zlib from "node:zlib";
import { compress, compressAside } from "../../../src/pipeline/coding/compress.ts";
import { decode, type WireCoding } from "../../../src/pipeline/coding/decode.ts";
import type { BodyCoding } from "../../../src/protocols/index.ts";

const WIRE: Readonly<Record<Exclude<WireCoding, "identity">, BodyCoding>> = {
  gzip: "gzip",
  zlib: "deflate",
  "raw-deflate": "deflate",
  zstd: "zstd",
};

/** Numbers that are the same each time. */
function numbers(): (below: number) => number {
  let state = 42;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
const WORDS = "user order payment failed for with timeout retry cache miss hit in region eu us db"
  .split(" ")
  .map((word, i) => word + (i % 3 === 0 ? "ed" : ""));

/** One log record after the other, as services write them. */
function records(count: number): Record<string, string>[] {
  const below = numbers();
  const hex = (digits: number): string =>
    Array.from({ length: digits }, () => below(16).toString(16)).join("");
  return Array.from({ length: count }, (_, i) => ({
    time: String(1_700_000_000_000_000_000n + BigInt(i) * 1_234_567n),
    level: ["INFO", "DEBUG", "WARN"][below(3)] as string,
    text: Array.from({ length: 8 + below(10) }, () => WORDS[below(WORDS.length)]).join(" "),
    trace: hex(32),
    route: `/api/v1/items/${below(5000)}/parts/${below(90)}`,
    took: String(below(90_000)),
  }));
}

const CORPORA: Readonly<Record<string, (all: Record<string, string>[]) => Buffer>> = {
  "OTLP in JSON": (all) => {
    const logRecords = all.map(({ time, level, text, trace, ...rest }) => ({
      timeUnixNano: time,
      severityText: level,
      body: { stringValue: text },
      traceId: trace,
      attributes: Object.entries(rest).map(([key, value]) => ({
        key,
        value: { stringValue: value },
      })),
    }));
    return Buffer.from(JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] }));
  },
  "binary fields": (all) =>
    Buffer.concat(
      all.map(({ time = "", level = "", text = "", trace = "", route = "", took = "" }) => {
        const bytes = Buffer.alloc(12);
        bytes.writeBigUInt64LE(BigInt(time));
        bytes.writeUInt32LE(Number(took), 8);
        const texts = Buffer.from(`\n${level}\x12${text}\x1a${route}`, "latin1");
        return Buffer.concat([bytes, Buffer.from(trace, "hex"), texts]);
      }),
    ),
  "Datadog in JSON": (all) =>
    Buffer.from(
      JSON.stringify(
        all.map(({ level, text, ...rest }) => ({
          message: `${level}: ${text} ${JSON.stringify(rest)}`,
          ddsource: "java",
          ddtags: `env:prod,route:${rest["route"]}`,
          service: "shop",
        })),
      ),
    ),
};

type Client = (bytes: Uint8Array) => Uint8Array;
const CLIENTS: readonly (readonly [string, Exclude<WireCoding, "identity">, Client])[] = [
  ...([1, 3, 6, 9] as const).flatMap((level) => [
    [`gzip ${level}`, "gzip", (bytes: Uint8Array) => zlib.gzipSync(bytes, { level })] as const,
    [`zlib ${level}`, "zlib", (bytes: Uint8Array) => zlib.deflateSync(bytes, { level })] as const,
    [
      `bare deflate ${level}`,
      "raw-deflate",
      (bytes: Uint8Array) => zlib.deflateRawSync(bytes, { level }),
    ] as const,
    [
      `zstd ${level}`,
      "zstd",
      (bytes: Uint8Array) => Bun.zstdCompressSync(bytes, { level }),
    ] as const,
  ]),
  ["gzip of libdeflate", "gzip", (bytes) => Bun.gzipSync(bytes.slice(), { library: "libdeflate" })],
];

for (const [name, corpus] of Object.entries(CORPORA)) {
  for (const count of [150, 4000]) {
    describe(`${name}, ${count} records of which seven of ten stay`, () => {
      const all = records(count);
      const before = corpus(all);
      const after = corpus(all.filter((_, i) => (i * 7) % 10 >= 3));

      test.each(CLIENTS)("%s: no larger than their share", async (_, coding, encode) => {
        const packed = encode(before);
        const original = { packed, clearBytes: before.length };
        for (const out of [
          compress(after, coding, original),
          await compressAside(after, coding, original),
        ]) {
          expect(out.length).toBeLessThanOrEqual(0.7 * packed.length * 1.05);
          const back = decode(out, WIRE[coding], after.length);
          expect(back.kind === "ok" && Buffer.compare(back.bytes, after)).toBe(0);
        }
      });
    });
  }
}

test("a large body is no larger than its share either", async () => {
  const all = records(9000);
  const before = corpusOf(all);
  const after = corpusOf(all.filter((_, i) => (i * 7) % 10 >= 3));
  expect(after.length).toBeGreaterThan(1024 * 1024);
  for (const [, coding, encode] of CLIENTS) {
    const packed = encode(before);
    const out = await compressAside(after, coding, { packed, clearBytes: before.length });
    expect(out.length).toBeLessThanOrEqual(0.7 * packed.length * 1.05);
    expect(decode(out, WIRE[coding], after.length)).toMatchObject({ kind: "ok", coding });
  }
});

function corpusOf(all: Record<string, string>[]): Buffer {
  return CORPORA["OTLP in JSON"]?.(all) ?? Buffer.alloc(0);
}

test("what a client encoded in haste is not encoded with more pains", () => {
  const bytes = corpusOf(records(500));
  const original = { packed: zlib.gzipSync(bytes, { level: 1 }), clearBytes: bytes.length };
  expect(compress(bytes, "gzip", original)).toEqual(compress(bytes, "gzip"));
});

test("without a coding, or without bytes, there is nothing to do", async () => {
  const nothing = new Uint8Array(0);
  expect(compress(nothing, "identity")).toBe(nothing);
  expect(await compressAside(nothing, "identity")).toBe(nothing);
  for (const coding of ["gzip", "zlib", "raw-deflate"] as const) {
    const packed = compress(nothing, coding, { packed: nothing, clearBytes: 0 });
    expect(decode(packed, WIRE[coding], 10)).toMatchObject({ kind: "ok", bytes: nothing });
  }
});
