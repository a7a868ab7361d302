// Large bodies decode in another thread to the same as at once, with room for what comes out.

import { describe, expect, test } from "bun:test";
import * as zlib from "node:zlib";
import type { BodyCoding } from "../../../src/protocols/index.ts";
import { compressAside } from "../../../src/pipeline/coding/compress.ts";
import { type WireCoding, decode, decodeAside } from "../../../src/pipeline/coding/decode.ts";
import { decodeBody } from "../../../src/pipeline/coding/decode-body.ts";
import { NoRoomError } from "../../../src/pipeline/room/room.ts";
import { RecordingBus } from "../../support/proxy-fakes.ts";
import { roomFor } from "../../support/room.ts";

const MIB = 1024 * 1024;
const TEXT = Buffer.from("GET /checkout 200 ".repeat(200_000));
const CODINGS: readonly [BodyCoding, WireCoding, (bytes: Uint8Array) => Uint8Array][] = [
  ["gzip", "gzip", (bytes) => zlib.gzipSync(bytes)],
  ["deflate", "zlib", (bytes) => zlib.deflateSync(bytes)],
  ["deflate", "raw-deflate", (bytes) => zlib.deflateRawSync(bytes)],
  ["zstd", "zstd", (bytes) => zlib.zstdCompressSync(bytes)],
];
const roomy = (): undefined => undefined;

for (const [coding, wire, encode] of CODINGS) {
  describe(wire, () => {
    const encoded = encode(TEXT);
    const bodies: readonly [string, Uint8Array, number][] = [
      ["a whole body", encoded, TEXT.length],
      ["one byte too many", encoded, TEXT.length - 1],
      ["a cut body", encoded.subarray(0, encoded.length - 1), TEXT.length],
      ["zeros behind it", Buffer.concat([encoded, Buffer.alloc(700)]), TEXT.length],
      ["something behind it", Buffer.concat([encoded, Buffer.from("\0x")]), TEXT.length],
      ["no body", new Uint8Array(0), TEXT.length],
      ["another coding", TEXT.subarray(0, 1000), TEXT.length],
      ["a bomb", encode(Buffer.alloc(32 * MIB)), MIB],
    ];
    for (const [what, body, max] of bodies) {
      test(`${what} decodes aside as it does at once`, async () => {
        const aside = await decodeAside(body, coding, max, roomy);
        const atOnce = decode(body, coding, max);
        expect(aside.kind).toBe(atOnce.kind);
        if (aside.kind !== "ok" || atOnce.kind !== "ok") return;
        expect(aside.coding).toBe(atOnce.coding);
        expect(Buffer.compare(aside.bytes, atOnce.bytes)).toBe(0);
      });
    }

    test("what is encoded aside is what went in", async () => {
      const decoded = decode(await compressAside(TEXT, wire), coding, TEXT.length);
      if (decoded.kind !== "ok") throw new Error(decoded.kind);
      expect(Buffer.compare(decoded.bytes, TEXT)).toBe(0);
    });

    test("room is held for what comes out, no more, and is given up with the request", async () => {
      const room = roomFor(new RecordingBus(), { bytesMax: 64 * MIB });
      const permit = room.permit(undefined, () => "a");
      await permit.hold(encoded.length);
      const { kind } = await decodeBody(encoded, coding, 64 * MIB, permit);
      expect([kind, room.bytes]).toEqual(["ok", encoded.length + TEXT.length]);
      permit.leave();
      expect(room.bytes).toBe(0);
    });

    test("it ends when there is no room for it", async () => {
      const full = (): Promise<void> => Promise.reject(new NoRoomError("max_inflight_bytes", 1));
      const decoding = decodeAside(encoded, coding, 64 * MIB, full);
      expect(await decoding.catch((error: unknown) => error)).toBeInstanceOf(NoRoomError);
    });
  });
}
