// Content codings: decodes untrusted bodies up to a bound, at once or in another thread.

import { joined } from "../../system/read-stream.ts";
import { errorMessage } from "../../core/errors.ts";
import type { Transform } from "node:stream";
import * as zlib from "node:zlib";
import type { BodyCoding, InnerCoding } from "../../protocols/index.ts";
import { isPadding } from "./padding.ts";
import { freeBuffer } from "../free-buffer.ts";
import { contentBytesOfZstd, endOfZstd } from "./zstd-frames.ts";

/**
 * The coding that was found in a body: `deflate` means two formats that only the bytes distinguish.
 */
export type WireCoding = "identity" | "gzip" | "zlib" | "raw-deflate" | "zstd";

/** A decoded body, or why there is none. */
export type Decoded =
  | {
      readonly kind: "ok";
      readonly bytes: Uint8Array;
      readonly coding: WireCoding;
      /** The size before a second coding, inside the first, was undone. */
      readonly codedBytes?: number;
      /** That second coding, if only the bytes showed which it is. */
      readonly inner?: InnerCoding;
    }
  /** More than the bound; nothing is known about the rest. */
  | { readonly kind: "too_large" }
  | { readonly kind: "corrupt"; readonly detail: string };

/**
 * Decoded bytes come in steps, which are joined in the end. One step that holds all of them costs
 * half the memory and, for gzip, half the time; a step that is too large costs next to nothing.
 */
const STEP_BYTES_MIN = 16 * 1024;
/**
 * Used if nothing tells the size: small bodies stay small, and telemetry shrinks to about a tenth.
 */
const STEP_BYTES = 256 * 1024;
const USUAL_RATIO = 16;
/** The highest ratio of deflate; a body that claims more is lying. */
const RATIO_MAX = 1032;
/** Room after the expected bytes, so that the decoder sees the end without another step. */
const STEP_SPARE_BYTES = 64;
/** A step in another thread: long enough that the cost of handing it over is negligible. */
const ASIDE_STEP_BYTES = 1024 * 1024;

interface StepOptions {
  readonly maxOutputLength: number;
  readonly chunkSize: number;
  readonly info: true;
}
type Packed = Exclude<WireCoding, "identity">;
const DECODERS: Readonly<Record<Packed, (body: Uint8Array, options: StepOptions) => Uint8Array>> = {
  gzip: zlib.gunzipSync,
  zlib: zlib.inflateSync,
  "raw-deflate": zlib.inflateRawSync,
  zstd: zlib.zstdDecompressSync,
};
const STREAMS: Readonly<Record<Packed, (options: { chunkSize: number }) => Transform>> = {
  gzip: zlib.createGunzip,
  zlib: zlib.createInflate,
  "raw-deflate": zlib.createInflateRaw,
  zstd: zlib.createZstdDecompress,
};

/** The decoded body. Decoding stops as soon as more than `decodedBytesMax` bytes have come out. */
export function decode(body: Uint8Array, coding: BodyCoding, decodedBytesMax: number): Decoded {
  if (coding === "identity") return asItIs(body, decodedBytesMax);
  const options = steps(body, coding, decodedBytesMax);
  const data = dataOf(body, coding);
  let first: Decoded | undefined;
  for (const one of readings(data, coding)) {
    const decoded = attempt(one, () => whole(data, one, DECODERS[one](data, options)));
    if (decoded.kind !== "corrupt") return decoded;
    first ??= decoded;
  }
  return first ?? NO_FRAME;
}

/**
 * The same in another thread, for bodies that would block the event loop. `hold` makes room for
 * what has come out, piece by piece, so that a body's mere claims take no room; if it rejects, this
 * rejects as well.
 */
export async function decodeAside(
  body: Uint8Array,
  coding: BodyCoding,
  decodedBytesMax: number,
  hold: (bytes: number) => Promise<void> | undefined,
): Promise<Decoded> {
  if (coding === "identity") return asItIs(body, decodedBytesMax);
  const data = dataOf(body, coding);
  let first: Decoded | undefined;
  for (const one of readings(data, coding)) {
    const decoded = await decodePieces(data, one, decodedBytesMax, hold);
    if (decoded.kind !== "corrupt") return decoded;
    first ??= decoded;
  }
  return first ?? NO_FRAME;
}

async function decodePieces(
  body: Uint8Array,
  coding: Packed,
  decodedBytesMax: number,
  hold: (bytes: number) => Promise<void> | undefined,
): Promise<Decoded> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  let refused: unknown;
  const stream = STREAMS[coding]({ chunkSize: ASIDE_STEP_BYTES });
  stream.end(body);
  try {
    // A decoder yields bytes.
    for await (const piece of stream as AsyncIterable<Uint8Array>) {
      pieces.push(piece);
      length += piece.length;
      if (length > decodedBytesMax) return { kind: "too_large" };
      await hold(piece.length)?.catch((error: unknown) => {
        refused = error;
        throw error;
      });
    }
    // The types do not include how far a decoder read.
    const { bytesWritten } = stream as unknown as { readonly bytesWritten: number };
    checkEnd(body, coding, bytesWritten);
    return { kind: "ok", bytes: joined(pieces), coding };
  } catch (error) {
    if (refused !== undefined) throw error;
    return failure(coding, error);
  } finally {
    // If there was only one piece, the whole is that piece.
    if (pieces.length > 1 || length > decodedBytesMax)
      for (const piece of pieces) freeBuffer(piece);
  }
}

/**
 * How large the body says it is when decoded; a guess if it says nothing. The claim is not trusted.
 */
export function expectedBytes(body: Uint8Array, coding: BodyCoding): number {
  if (coding === "identity") return body.length;
  const said = coding === "gzip" ? gzipBytes(body) : undefined;
  const expected = coding === "zstd" ? contentBytesOfZstd(body) : said;
  const possible = body.length * RATIO_MAX;
  return Math.min(expected ?? Math.max(STEP_BYTES, body.length * USUAL_RATIO), possible);
}

const NO_FRAME: Decoded = { kind: "corrupt", detail: "zstd: not a whole frame" };

function asItIs(body: Uint8Array, decodedBytesMax: number): Decoded {
  if (body.length > decodedBytesMax) return { kind: "too_large" };
  return { kind: "ok", bytes: body, coding: "identity" };
}

/**
 * What the bytes may be, in the order to try. "deflate" means the zlib format (RFC 9110 section
 * 8.4.1.2), but some clients send bare deflate data, which may by chance begin like zlib; so both
 * readings are tried before the body is called corrupt.
 */
function readings(body: Uint8Array, coding: Exclude<BodyCoding, "identity">): readonly Packed[] {
  switch (coding) {
    case "gzip":
      return ["gzip"];
    case "deflate":
      return looksLikeZlib(body) ? ["zlib", "raw-deflate"] : ["raw-deflate"];
    case "zstd":
      return body.length > 0 ? ["zstd"] : [];
  }
}

/** The body without any padding after it; empty if the body is incomplete. */
function dataOf(body: Uint8Array, coding: BodyCoding): Uint8Array {
  return coding === "zstd" ? body.subarray(0, Math.max(0, endOfZstd(body))) : body;
}

/** RFC 1950 section 2.2: method 8, and a header that is a multiple of 31. */
function looksLikeZlib(body: Uint8Array): boolean {
  const [method, flags] = body;
  if (method === undefined || flags === undefined) return false;
  return (method & 0x0f) === 8 && ((method << 8) | flags) % 31 === 0;
}

/** The size that the end of the last gzip member states (RFC 1952 section 2.3.1). */
function gzipBytes(body: Uint8Array): number | undefined {
  if (body.length < 18) return undefined;
  return new DataView(body.buffer, body.byteOffset + body.length - 4, 4).getUint32(0, true);
}

function steps(body: Uint8Array, coding: BodyCoding, decodedBytesMax: number): StepOptions {
  const possible = Math.min(expectedBytes(body, coding), decodedBytesMax);
  const chunkSize = Math.max(STEP_BYTES_MIN, possible + STEP_SPARE_BYTES);
  // `info` asks for the decoder along with its output, because it tells how far it read.
  return { maxOutputLength: decodedBytesMax, chunkSize, info: true };
}

/** The output of a decoder, provided that it read all of `body`. */
function whole(body: Uint8Array, coding: Packed, answer: Uint8Array): Uint8Array {
  // The types do not include `info`.
  const { buffer, engine } = answer as unknown as {
    readonly buffer: Uint8Array;
    readonly engine: { readonly bytesWritten: number };
  };
  checkEnd(body, coding, engine.bytesWritten);
  return buffer;
}

/**
 * Decoders take the first end of the coding for the end of the body; what follows it must not get
 * lost unnoticed. For zstd the end has been found before.
 */
function checkEnd(body: Uint8Array, coding: Packed, readBytes: number): void {
  if (coding === "zstd" || isPadding(body, readBytes)) return;
  throw new Error("there is something behind the end of the data");
}

function attempt(coding: WireCoding, run: () => Uint8Array): Decoded {
  try {
    return { kind: "ok", bytes: run(), coding };
  } catch (error) {
    return failure(coding, error);
  }
}

function failure(coding: WireCoding, error: unknown): Decoded {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ERR_BUFFER_TOO_LARGE") return { kind: "too_large" };
  const reason = errorMessage(error);
  return { kind: "corrupt", detail: `${coding}: ${reason}` };
}
