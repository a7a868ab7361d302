// Content codings: decodes untrusted bodies within a bound and encodes what policies left of them
// with the same coding, at a fast level, because telemetry goes to a next hop nearby and not into
// an archive.

import * as zlib from "node:zlib";
import type { BodyCoding } from "../modules/index.ts";
import { isPadding } from "./padding.ts";
import { contentBytesOfZstd, endOfZstd } from "./zstd-frames.ts";

/** A coding as it was found: `deflate` is two formats that only the bytes tell apart. */
export type WireCoding = "identity" | "gzip" | "zlib" | "raw-deflate" | "zstd";

export type Decoded =
  | { readonly kind: "ok"; readonly bytes: Uint8Array; readonly coding: WireCoding }
  /** More than the bound; nothing is known of the rest. */
  | { readonly kind: "too_large" }
  | { readonly kind: "corrupt"; readonly detail: string };

/**
 * Decoded bytes come in steps, which are joined in the end. One step that holds all of them costs
 * half the memory and, for gzip, half the time; one that is too large costs next to nothing.
 */
const STEP_BYTES_MIN = 16 * 1024;
/** When nothing tells the size: small bodies are not large, and telemetry shrinks to a tenth. */
const STEP_BYTES = 256 * 1024;
const USUAL_RATIO = 16;
/** Deflate's best; what claims to be larger lies. */
const RATIO_MAX = 1032;
/** Behind the expected bytes, so that the decoder sees their end without another step. */
const STEP_SPARE_BYTES = 64;
const GZIP_LEVEL = 1;
const ZSTD_LEVEL = 1;

/** The body in clear. A body of more than `decodedBytesMax` is given up as soon as that shows. */
export function decode(body: Uint8Array, coding: BodyCoding, decodedBytesMax: number): Decoded {
  switch (coding) {
    case "identity":
      if (body.length > decodedBytesMax) return { kind: "too_large" };
      return { kind: "ok", bytes: body, coding: "identity" };
    case "gzip":
      return attempt("gzip", () =>
        whole(body, zlib.gunzipSync(body, bounded(body, gzipBytes(body), decodedBytesMax))),
      );
    case "deflate":
      return inflate(body, decodedBytesMax);
    case "zstd": {
      const end = endOfZstd(body);
      if (end === -1) return { kind: "corrupt", detail: "zstd: not a whole frame" };
      const frames = body.subarray(0, end);
      const { maxOutputLength, chunkSize } = bounded(
        frames,
        contentBytesOfZstd(body),
        decodedBytesMax,
      );
      return attempt("zstd", () => zlib.zstdDecompressSync(frames, { maxOutputLength, chunkSize }));
    }
  }
}

/** `bytes` in `coding`, for a body whose Content-Encoding stays what it was. */
export function compress(bytes: Uint8Array, coding: WireCoding): Uint8Array {
  switch (coding) {
    case "identity":
      return bytes;
    case "gzip":
      return zlib.gzipSync(bytes, { level: GZIP_LEVEL });
    case "zlib":
      return zlib.deflateSync(bytes, { level: GZIP_LEVEL });
    case "raw-deflate":
      return zlib.deflateRawSync(bytes, { level: GZIP_LEVEL });
    case "zstd":
      return Bun.zstdCompressSync(bytes, { level: ZSTD_LEVEL });
  }
}

/**
 * "deflate" means the zlib format (RFC 9110 section 8.4.1.2), but some clients send bare deflate
 * data, which may by chance begin like zlib: so the other reading is tried before the body is
 * called corrupt.
 */
function inflate(body: Uint8Array, decodedBytesMax: number): Decoded {
  const options = bounded(body, undefined, decodedBytesMax);
  const raw = () => attempt("raw-deflate", () => whole(body, zlib.inflateRawSync(body, options)));
  if (!looksLikeZlib(body)) return raw();
  const wrapped = attempt("zlib", () => whole(body, zlib.inflateSync(body, options)));
  if (wrapped.kind !== "corrupt") return wrapped;
  const bare = raw();
  return bare.kind === "corrupt" ? wrapped : bare;
}

/** RFC 1950 section 2.2: method 8, and a header that is a multiple of 31. */
function looksLikeZlib(body: Uint8Array): boolean {
  const [method, flags] = body;
  if (method === undefined || flags === undefined) return false;
  return (method & 0x0f) === 8 && ((method << 8) | flags) % 31 === 0;
}

/** What the end of the last gzip member says of its size (RFC 1952 section 2.3.1). */
function gzipBytes(body: Uint8Array): number | undefined {
  if (body.length < 18) return undefined;
  return new DataView(body.buffer, body.byteOffset + body.length - 4, 4).getUint32(0, true);
}

/** `expectedBytes`: what the body says of its size; only a hint, because anybody can write it. */
function bounded(
  body: Uint8Array,
  expectedBytes: number | undefined,
  decodedBytesMax: number,
): { maxOutputLength: number; chunkSize: number; info: true } {
  const expected = expectedBytes ?? Math.max(STEP_BYTES, body.length * USUAL_RATIO);
  const possible = Math.min(expected, body.length * RATIO_MAX, decodedBytesMax);
  const chunkSize = Math.max(STEP_BYTES_MIN, possible + STEP_SPARE_BYTES);
  // Asks for the decoder beside what it made, which tells how far it read.
  return { maxOutputLength: decodedBytesMax, chunkSize, info: true };
}

/**
 * What a decoder made of all of `body`. It takes the first end of the coding for the end of the
 * body; what comes behind it must not get lost unseen.
 */
function whole(body: Uint8Array, answer: Uint8Array): Uint8Array {
  // The types do not know of `info`.
  const { buffer, engine } = answer as unknown as {
    readonly buffer: Uint8Array;
    readonly engine: { readonly bytesWritten: number };
  };
  if (isPadding(body, engine.bytesWritten)) return buffer;
  throw new Error("there is something behind the end of the data");
}

function attempt(coding: WireCoding, run: () => Uint8Array): Decoded {
  try {
    return { kind: "ok", bytes: run(), coding };
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ERR_BUFFER_TOO_LARGE") return { kind: "too_large" };
    const reason = error instanceof Error ? error.message : String(error);
    return { kind: "corrupt", detail: `${coding}: ${reason}` };
  }
}
