// Compresses what policies left of a body again, so that it takes up no more than its share of what
// came in, at the cheapest level that achieves this. So a body that its client compressed well does
// not grow on its way.

import * as zlib from "node:zlib";
import { SMALL_BODY_BYTES_MAX } from "../../core/limits.ts";
import type { WireCoding } from "./decode.ts";

/** A body as it was before policies changed it. */
export interface Original {
  /** As received. */
  readonly packed: Uint8Array;
  /** Its size when decoded. */
  readonly clearBytes: number;
}

/** Up to this size a body is encoded at once, which takes a few milliseconds. */
const AT_ONCE_BYTES_MAX = 1024 * 1024;
/**
 * How much larger than its share of what was received a body may get: parts of a body repeat less.
 */
const SHARE_MAX = 1.02;
/** Allowed on top of the share, for what occurs only once: headers and checksums. */
const SPARE_BYTES = 32;
const FASTEST = 1;
const USUAL = 6;
const BEST = 9;
type Level = typeof FASTEST | typeof USUAL | typeof BEST;
type Packed = Exclude<WireCoding, "identity">;

/**
 * `bytes` in `coding`, for a body whose Content-Encoding does not change. Without an original it is
 * encoded at the fastest level.
 *
 * @example
 * const smaller = compress(body, "gzip");
 */
export function compress(bytes: Uint8Array, coding: WireCoding, original?: Original): Uint8Array {
  if (coding === "identity") return bytes;
  const bytesMax = shareOf(bytes, original);
  let packed = bytes;
  for (const level of levelsOf(bytes, coding, original)) {
    packed = packedAt(bytes, coding, level);
    if (packed.length <= bytesMax) break;
  }
  return packed;
}

/** The same, but in another thread if it would block this one. */
export async function compressAside(
  bytes: Uint8Array,
  coding: WireCoding,
  original?: Original,
): Promise<Uint8Array> {
  if (coding === "identity") return bytes;
  const atOnceMax = coding === "zstd" ? SMALL_BODY_BYTES_MAX : AT_ONCE_BYTES_MAX;
  if (bytes.length <= atOnceMax) return compress(bytes, coding, original);
  const bytesMax = shareOf(bytes, original);
  let packed = bytes;
  for (const level of levelsOf(bytes, coding, original)) {
    packed = await packedAside(bytes, coding, level);
    if (packed.length <= bytesMax) break;
  }
  return packed;
}

/** The size that the result should not exceed; it does so only if no level is better. */
function shareOf(bytes: Uint8Array, original: Original | undefined): number {
  if (original === undefined) return Infinity;
  const share = (original.packed.length * bytes.length) / Math.max(1, original.clearBytes);
  return share * SHARE_MAX + SPARE_BYTES;
}

/** Levels to try one after the other. */
function levelsOf(bytes: Uint8Array, coding: Packed, original?: Original): readonly Level[] {
  if (original === undefined) return [FASTEST];
  // zstd is so quick at its lowest levels that trying one costs next to nothing.
  if (coding === "zstd") return [FASTEST, USUAL, BEST];
  const isSmall = bytes.length <= SMALL_BODY_BYTES_MAX;
  // The best level of zlib is no better than its usual one, and libdeflate's best takes too long.
  if (wasFast(original.packed, coding)) return isSmall ? [FASTEST, USUAL, BEST] : [FASTEST, USUAL];
  return isSmall ? [USUAL, BEST] : [USUAL];
}

/** Whether a body says that its client used the fastest level (RFC 1952, XFL; RFC 1950, FLEVEL). */
function wasFast(packed: Uint8Array, coding: Packed): boolean {
  if (coding === "gzip") return packed[8] === 4;
  return coding === "zlib" && (packed[1] ?? 0xff) >> 6 === 0;
}

/**
 * Uses libdeflate, which compresses better than zlib in less time, but has no thread of its own.
 */
function packedAt(bytes: Uint8Array, coding: Packed, level: Level): Uint8Array {
  if (coding === "zstd") return Bun.zstdCompressSync(bytes, { level });
  const options = { library: "libdeflate", level } as const;
  // Nothing here is in shared memory, which Bun's types do not accept.
  const own = bytes as Uint8Array<ArrayBuffer>;
  if (coding === "gzip") return Bun.gzipSync(own, options);
  const raw = Bun.deflateSync(own, options);
  return coding === "zlib" ? zlibOf(raw, bytes) : raw;
}

/** RFC 1950: a header of two bytes, the data, and the checksum of the decoded bytes. */
function zlibOf(raw: Uint8Array, bytes: Uint8Array): Uint8Array {
  const whole = new Uint8Array(raw.length + 6);
  whole[0] = 0x78;
  whole[1] = 0x9c;
  whole.set(raw, 2);
  new DataView(whole.buffer).setUint32(raw.length + 2, Bun.hash.adler32(bytes));
  return whole;
}

function packedAside(bytes: Uint8Array, coding: Packed, level: Level): Promise<Uint8Array> {
  if (coding === "zstd") return Bun.zstdCompress(bytes, { level });
  return new Promise((resolve, reject) => {
    const done = (error: Error | null, packed: Uint8Array): void => {
      if (error === null) resolve(packed);
      else reject(error);
    };
    if (coding === "gzip") zlib.gzip(bytes, { level }, done);
    else if (coding === "zlib") zlib.deflate(bytes, { level }, done);
    else zlib.deflateRaw(bytes, { level }, done);
  });
}
