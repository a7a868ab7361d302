// Content codings: decodes untrusted bodies within a bound and encodes what policies left of them
// with the same coding, at a fast level, because telemetry goes to a next hop nearby and not into
// an archive.

import * as zlib from "node:zlib";
import type { BodyCoding } from "../modules/index.ts";
import { isWholeZstd } from "./zstd-frames.ts";

/** A coding as it was found: `deflate` is two formats that only the bytes tell apart. */
export type WireCoding = "identity" | "gzip" | "zlib" | "raw-deflate" | "zstd";

export type Decoded =
  | { readonly kind: "ok"; readonly bytes: Uint8Array; readonly coding: WireCoding }
  /** More than the bound; nothing is known of the rest. */
  | { readonly kind: "too_large" }
  | { readonly kind: "corrupt"; readonly detail: string };

/** Larger steps than the default 16 KiB: fewer pieces to join for a batch of telemetry. */
const CHUNK_BYTES = 256 * 1024;
const GZIP_LEVEL = 1;
const ZSTD_LEVEL = 1;

/** The body in clear. A body of more than `decodedBytesMax` is given up as soon as that shows. */
export function decode(body: Uint8Array, coding: BodyCoding, decodedBytesMax: number): Decoded {
  switch (coding) {
    case "identity":
      if (body.length > decodedBytesMax) return { kind: "too_large" };
      return { kind: "ok", bytes: body, coding: "identity" };
    case "gzip":
      return attempt("gzip", () => zlib.gunzipSync(body, bounded(decodedBytesMax)));
    case "deflate":
      return inflate(body, decodedBytesMax);
    case "zstd":
      if (!isWholeZstd(body)) return { kind: "corrupt", detail: "zstd: not a whole frame" };
      return attempt("zstd", () => zlib.zstdDecompressSync(body, bounded(decodedBytesMax)));
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
  const options = bounded(decodedBytesMax);
  const raw = () => attempt("raw-deflate", () => zlib.inflateRawSync(body, options));
  if (!looksLikeZlib(body)) return raw();
  const wrapped = attempt("zlib", () => zlib.inflateSync(body, options));
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

function bounded(decodedBytesMax: number): { maxOutputLength: number; chunkSize: number } {
  return { maxOutputLength: decodedBytesMax, chunkSize: CHUNK_BYTES };
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
