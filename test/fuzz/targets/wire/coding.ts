// Content codings: bodies are decoded as the runtime's own decoders do, all of them and within the
// bound. The first byte chooses.

import * as zlib from "node:zlib";
import { decode, expectedBytes } from "../../../../src/pipeline/coding/decode.ts";
import { expectSame, type FuzzTarget, inputOf } from "../../fuzz-target.ts";

const BYTES_MAX = 65_536;
const CODINGS = ["gzip", "deflate", "zstd"] as const;
const text = inputOf("some text, some text, some text\n".repeat(20));
const coded = [
  [0, zlib.gzipSync(text)],
  [0, Buffer.concat([zlib.gzipSync(text), zlib.gzipSync(text)])],
  [1, zlib.deflateSync(text)],
  [1, zlib.deflateRawSync(text)],
  [2, zlib.zstdCompressSync(text)],
  [2, Buffer.concat([zlib.zstdCompressSync(text), zlib.zstdCompressSync(text)])],
  [2, Buffer.concat([zlib.zstdCompressSync(text), Buffer.alloc(8)])],
] as const;

export const target: FuzzTarget = {
  seeds: coded.map(([choice, bytes]) => new Uint8Array([choice, ...bytes])),
  check(input) {
    const coding = CODINGS[(input[0] ?? 0) % 3] ?? "gzip";
    const body = input.subarray(1);
    const decoded = decode(body, coding, BYTES_MAX);
    if (!(expectedBytes(body, coding) >= 0)) throw new Error("no expected size");
    if (decoded.kind === "corrupt") return;
    if (decoded.kind === "ok") {
      if (decoded.bytes.length > BYTES_MAX) throw new Error("more than the bound");
      expectSame("decoded", decoded.bytes, theirs(body, coding));
      const { length } = decoded.bytes;
      expectSame("at its size", decode(body, coding, Math.max(1, length)).kind, "ok");
      if (length > 1) expectSame("below", decode(body, coding, length - 1).kind, "too_large");
    }
  },
};

/** What the runtime makes of it; undefined: nothing. */
function theirs(body: Uint8Array, coding: (typeof CODINGS)[number]): Uint8Array | undefined {
  try {
    if (coding === "zstd") return new Uint8Array(zlib.zstdDecompressSync(body));
    if (coding === "gzip") return new Uint8Array(zlib.gunzipSync(body));
  } catch {
    return undefined;
  }
  try {
    return new Uint8Array(zlib.inflateSync(body));
  } catch {
    return new Uint8Array(zlib.inflateRawSync(body));
  }
}
