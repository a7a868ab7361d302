// Every coding: round trips, bounds, cuts at each byte, bombs.

import { describe, expect, test } from "bun:test";
import * as zlib from "node:zlib";
import * as fc from "fast-check";
import type { BodyCoding } from "../../../src/protocols/index.ts";
import { compress } from "../../../src/pipeline/coding/compress.ts";
import { type WireCoding, decode } from "../../../src/pipeline/coding/decode.ts";
import { contentBytesOfZstd, endOfZstd } from "../../../src/pipeline/coding/zstd-frames.ts";

const TEXT = Buffer.from("GET /checkout 200 ".repeat(40));
const MAX = 100_000;

interface Case {
  readonly coding: BodyCoding;
  readonly wire: WireCoding;
  readonly encode: (bytes: Uint8Array) => Uint8Array;
}
const CASES: readonly Case[] = [
  { coding: "identity", wire: "identity", encode: (bytes) => bytes },
  { coding: "gzip", wire: "gzip", encode: (bytes) => zlib.gzipSync(bytes) },
  { coding: "deflate", wire: "zlib", encode: (bytes) => zlib.deflateSync(bytes) },
  { coding: "deflate", wire: "raw-deflate", encode: (bytes) => zlib.deflateRawSync(bytes) },
  { coding: "zstd", wire: "zstd", encode: (bytes) => zlib.zstdCompressSync(bytes) },
];
const COMPRESSED = CASES.filter(({ wire }) => wire !== "identity");

for (const { coding, wire, encode } of CASES) {
  describe(wire, () => {
    const encoded = encode(TEXT);

    test("is decoded and told apart", () => {
      expect(decode(encoded, coding, MAX)).toEqual({ kind: "ok", bytes: TEXT, coding: wire });
    });
    test("is decoded at exactly the bound and given up one byte above it", () => {
      expect(decode(encoded, coding, TEXT.length).kind).toBe("ok");
      expect(decode(encoded, coding, TEXT.length - 1)).toEqual({ kind: "too_large" });
    });
    test("is written so that it reads back as itself, in the same coding", () => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => {
          const back = decode(compress(bytes, wire), coding, MAX);
          expect(back.kind === "ok" && [...back.bytes]).toEqual([...bytes]);
          expect(back.kind === "ok" && back.coding).toBe(wire);
        }),
        { numRuns: 50 },
      );
    });
  });
}

describe("the size that a body claims is only a hint", () => {
  const sizes = [0, 1, 255, 256, 65_791, 65_792, 200_000];
  for (const { coding, wire, encode } of COMPRESSED) {
    test(`${wire} of any size is decoded`, () => {
      for (const size of sizes) {
        const bytes = Buffer.alloc(size, "GET /checkout 200 ");
        expect(decode(encode(bytes), coding, 200_000)).toEqual({ kind: "ok", bytes, coding: wire });
      }
    });
  }

  test("gzip of several members is decoded, whatever the last one's size", () => {
    const large = Buffer.alloc(90_000, "abc");
    const members = Buffer.concat([zlib.gzipSync(large), zlib.gzipSync("d")]);
    const bytes = Buffer.concat([large, Buffer.from("d")]);
    expect(decode(members, "gzip", MAX)).toEqual({ kind: "ok", bytes, coding: "gzip" });
  });

  test("gzip that lies about it is corrupt", () => {
    for (const claim of [0, 1, TEXT.length + 1, 0xffff_ffff]) {
      const encoded = zlib.gzipSync(TEXT);
      encoded.writeUInt32LE(claim, encoded.length - 4);
      expect(decode(encoded, "gzip", MAX).kind).toBe("corrupt");
    }
  });

  test("zstd's header is read in each of its forms", () => {
    for (const size of [...sizes, 5_000_000]) {
      expect(contentBytesOfZstd(zlib.zstdCompressSync(Buffer.alloc(size)))).toBe(size);
    }
    const header = (descriptor: number, ...rest: number[]): Uint8Array =>
      Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, descriptor, ...rest);
    expect(contentBytesOfZstd(header(0x00, 0x58))).toBeUndefined();
    expect(contentBytesOfZstd(header(0x21, 9, 7))).toBe(7);
    expect(contentBytesOfZstd(header(0xe0, 1, 0, 0, 0, 2, 0, 0, 0))).toBe(2 ** 33 + 1);
    expect(contentBytesOfZstd(header(0xe0, 1, 0, 0, 0, 2, 0, 0))).toBeUndefined();
    expect(contentBytesOfZstd(TEXT)).toBeUndefined();
  });
});

for (const { coding, wire, encode } of COMPRESSED) {
  describe(`${wire} that is not whole`, () => {
    const encoded = encode(TEXT);
    test("is corrupt when cut at any byte", () => {
      for (let end = 0; end < encoded.length; end++) {
        const { kind } = decode(encoded.subarray(0, end), coding, MAX);
        expect(`${end}: ${kind}`).toBe(`${end}: corrupt`);
      }
    });
    test("never throws, whatever the bytes", () => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
          expect(["ok", "corrupt", "too_large"]).toContain(decode(bytes, coding, 1000).kind);
        }),
        { numRuns: 200 },
      );
    });
    test("a bomb is given up at the bound", () => {
      const bomb = encode(Buffer.alloc(8_000_000));
      expect(bomb.length).toBeLessThan(20_000);
      expect(decode(bomb, coding, 1_000_000)).toEqual({ kind: "too_large" });
    });
  });
}

for (const { coding, wire, encode } of COMPRESSED) {
  describe(`behind the end of ${wire}`, () => {
    const encoded = encode(TEXT);
    const ok = { kind: "ok", bytes: TEXT, coding: wire } as const;
    test.each([1, 2, 7, 512, 70_000])("%d zero bytes are padding", (count) => {
      const padded = Buffer.concat([encoded, Buffer.alloc(count)]);
      expect(decode(padded, coding, MAX)).toEqual(ok);
      expect(decode(padded, coding, TEXT.length)).toEqual(ok);
      expect(decode(padded, coding, TEXT.length - 1)).toEqual({ kind: "too_large" });
    });
    const garbage: readonly [string, Uint8Array][] = [
      ["one byte", Buffer.of(1)],
      ["a line end", Buffer.from("\n")],
      ["text", TEXT],
      ["a byte behind zero bytes", Buffer.of(0, 0, 7)],
      ["more data behind zero bytes", Buffer.concat([Buffer.of(0), encoded])],
      ["the first byte of more", encoded.subarray(0, 1)],
      ["half of more", encoded.subarray(0, encoded.length >> 1)],
    ];
    for (const [name, bytes] of garbage) {
      test(`${name} makes it corrupt`, () => {
        expect(decode(Buffer.concat([encoded, bytes]), coding, MAX).kind).toBe("corrupt");
      });
    }
    test("zero bytes alone are no data", () => {
      expect(decode(Buffer.alloc(64), coding, MAX).kind).toBe("corrupt");
    });
  });
}

test("several gzip members are one body", () => {
  const two = Buffer.concat([zlib.gzipSync("a"), zlib.gzipSync("b")]);
  expect(decode(two, "gzip", MAX)).toEqual({
    kind: "ok",
    bytes: Buffer.from("ab"),
    coding: "gzip",
  });
});

test("deflate data that begins like zlib by chance is read as what it is", () => {
  // A stored block of one byte whose unused bits are set so that its start is a valid zlib header;
  // an empty last one.
  const bare = Buffer.from("780100feff61010000ffff", "hex");
  const want = { kind: "ok", bytes: Buffer.from("a"), coding: "raw-deflate" } as const;
  expect(decode(bare, "deflate", MAX)).toEqual(want);
});

describe("the frames of a zstd body", () => {
  const frame = zlib.zstdCompressSync(TEXT);
  const skippable = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
  const cases: readonly [string, Uint8Array, boolean][] = [
    ["none", Buffer.alloc(0), false],
    ["one", frame, true],
    ["two", Buffer.concat([frame, frame]), true],
    ["with a checksum", zlib.zstdCompressSync(TEXT, { params: { 201: 1 } }), true],
    ["of nothing", zlib.zstdCompressSync(Buffer.alloc(0)), true],
    ["of many blocks", zlib.zstdCompressSync(Buffer.alloc(1_000_000, "abc\n")), true],
    ["of random bytes", zlib.zstdCompressSync(Buffer.from(TEXT.map((_, at) => at * 97))), true],
    ["after a skippable one", Buffer.concat([skippable, frame]), true],
    ["before a skippable one", Buffer.concat([frame, skippable]), true],
    ["a cut skippable one", Buffer.concat([frame, skippable.subarray(0, 9)]), false],
    ["before garbage", Buffer.concat([frame, Buffer.from("x")]), false],
    ["before much garbage", Buffer.concat([frame, TEXT]), false],
    ["of another format", zlib.gzipSync(TEXT), false],
  ];
  for (const [name, bytes, want] of cases) {
    test(`${name}: ${want ? "whole" : "not whole"}`, () => {
      expect(endOfZstd(bytes)).toBe(want ? bytes.length : -1);
    });
  }
});
