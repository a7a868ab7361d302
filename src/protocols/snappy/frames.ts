// Snappy's frames, which OpenTelemetry's Collector sends where its exporters are to use snappy:
// pieces of up to 64 KiB, each with a checksum, as blocks or in clear. Both ways are bounded and go
// in steps. Source: github.com/google/snappy, framing_format.txt.

import { joinBytes } from "../../core/bytes.ts";
import type { InnerCoding, Unpacked } from "../protocol.ts";
import { claimedBytes, snappy } from "./block.ts";
import { crc32c } from "./crc32c.ts";

/** The piece that a stream begins with, and which may come again. */
const BEGINNING = Uint8Array.of(0xff, 6, 0, 0, 0x73, 0x4e, 0x61, 0x50, 0x70, 0x59);
const Piece = { block: 0, clear: 1, skippedFrom: 0x80, beginning: 0xff } as const;
/** Of a piece's type and size, and of its checksum. */
const HEAD_BYTES = 4;
const SUM_BYTES = 4;
/** In clear. */
const PIECE_BYTES_MAX = 64 * 1024;

/** Frames. */
export const snappyFrames: InnerCoding = {
  expectedBytes: (coded) => Math.max(0, lengthOf(coded)),
  decode,
  encode,
};

/** Frames or a block: what is called snappy may be either, and stays what it is. */
export const eitherSnappy: InnerCoding = {
  expectedBytes: (coded) => formOf(coded).expectedBytes(coded),
  *decode(coded, clearBytesMax) {
    const inner = formOf(coded);
    const unpacked = yield* inner.decode(coded, clearBytesMax);
    return unpacked.kind === "ok" ? { ...unpacked, inner } : unpacked;
  },
  encode,
};

function formOf(coded: Uint8Array): InnerCoding {
  return beginsAt(coded, 0) ? snappyFrames : snappy;
}

function beginsAt(coded: Uint8Array, at: number): boolean {
  return BEGINNING.every((byte, i) => coded[at + i] === byte);
}

function sizeAt(coded: Uint8Array, at: number): number {
  const [low = 0, middle = 0, high = 0] = coded.subarray(at + 1, at + HEAD_BYTES);
  return low | (middle << 8) | (high << 16);
}

/** Bytes in clear of the piece at `at`, which ends at `end`; 0: it has none, -1: it is none. */
function pieceLength(coded: Uint8Array, at: number, end: number): number {
  const type = coded[at] as number;
  const from = at + HEAD_BYTES + SUM_BYTES;
  if (end > coded.length) return -1;
  if (type === Piece.beginning) {
    return end === at + BEGINNING.length && beginsAt(coded, at) ? 0 : -1;
  }
  if (type >= Piece.skippedFrom) return 0;
  if (type > Piece.clear || from > end) return -1;
  const length = type === Piece.clear ? end - from : claimedBytes(coded.subarray(from, end));
  return length <= PIECE_BYTES_MAX ? length : -1;
}

/** Bytes in clear, none of which is more than it can be; -1: they are no frames. */
function lengthOf(coded: Uint8Array): number {
  let total = 0;
  if (!beginsAt(coded, 0)) return -1;
  for (let at = 0; at < coded.length;) {
    const end = at + HEAD_BYTES + sizeAt(coded, at);
    const length = pieceLength(coded, at, end);
    if (length < 0) return -1;
    total += length;
    at = end;
  }
  return total;
}

function corrupt(what: string, at: number): Unpacked {
  return { kind: "corrupt", detail: `snappy frames: ${what} at byte ${at}` };
}

function* decode(coded: Uint8Array, clearBytesMax: number): Generator<undefined, Unpacked> {
  const total = lengthOf(coded);
  if (total < 0) return corrupt("what is no frame", 0);
  if (total > clearBytesMax) return { kind: "too_large" };
  const out = new Uint8Array(total);
  let used = 0;
  let pauseAt = PIECE_BYTES_MAX;
  for (let at = 0; at < coded.length;) {
    const end = at + HEAD_BYTES + sizeAt(coded, at);
    const from = at + HEAD_BYTES + SUM_BYTES;
    const type = coded[at];
    if (type === Piece.block || type === Piece.clear) {
      let piece = coded.subarray(from, end);
      if (type === Piece.block) {
        const block = yield* snappy.decode(piece, PIECE_BYTES_MAX);
        if (block.kind !== "ok") return corrupt("a block that cannot be read", at);
        piece = block.bytes;
      }
      out.set(piece, used);
      const sum = new DataView(coded.buffer, coded.byteOffset + at + HEAD_BYTES, SUM_BYTES);
      if (sum.getUint32(0, true) !== maskedSum(piece)) return corrupt("a wrong checksum", at);
      used += piece.length;
    }
    at = end;
    if (at + used >= pauseAt) {
      yield;
      pauseAt = at + used + PIECE_BYTES_MAX;
    }
  }
  return { kind: "ok", bytes: out };
}

function* encode(clear: Uint8Array): Generator<undefined, Uint8Array> {
  const parts: Uint8Array[] = [BEGINNING];
  for (let at = 0; at < clear.length; at += PIECE_BYTES_MAX) {
    if (at > 0) yield;
    const piece = clear.subarray(at, at + PIECE_BYTES_MAX);
    const block = yield* snappy.encode(piece);
    const isBlock = block.length < piece.length;
    const data = isBlock ? block : piece;
    const head = new DataView(new ArrayBuffer(HEAD_BYTES + SUM_BYTES));
    const type = isBlock ? Piece.block : Piece.clear;
    head.setUint32(0, ((data.length + SUM_BYTES) << 8) | type, true);
    head.setUint32(HEAD_BYTES, maskedSum(piece), true);
    parts.push(new Uint8Array(head.buffer), data);
  }
  return joinBytes(parts);
}

/** The checksum as it is written. */
function maskedSum(bytes: Uint8Array): number {
  const crc = crc32c(bytes, 0, bytes.length);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
