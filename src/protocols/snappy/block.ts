// Snappy's block format, in which Loki's protobuf bodies come: a length, and then pieces that are
// literals or copies of what came before. Both ways are bounded and go in steps. Source:
// github.com/google/snappy, format_description.txt.

import { writeVarint } from "../../core/protobuf/index.ts";
import type { InnerCoding, Unpacked } from "../protocol.ts";

/** Bytes in clear from one step to the next, and of a block, within which copies refer back. */
const STEP_BYTES = 64 * 1024;
/** What a copy of three bytes stands for, which is the most: 64 bytes. */
const RATIO_MAX = 64 / 3;
const LENGTH_BYTES_MAX = 5;
/** Of the last bytes of a block nothing is looked for, so that four can be read at once. */
const MARGIN_BYTES = 15;
const HASH_BITS = 14;
/** Copies of fewer bytes are no gain. */
const MATCH_BYTES_MIN = 4;
const COPY_BYTES_MAX = 64;

/** The block format, without frames. */
export const snappy: InnerCoding = {
  expectedBytes: (coded) => Math.max(0, lengthOf(coded)),
  decode,
  encode,
};

/** What the coded bytes begin with: how many there are in clear; -1 for what is no length. */
function lengthOf(coded: Uint8Array): number {
  let length = 0;
  for (let at = 0; at < LENGTH_BYTES_MAX && at < coded.length; at++) {
    const byte = coded[at] as number;
    length += (byte & 0x7f) * 2 ** (7 * at);
    if (byte < 0x80) return length <= 0xffffffff ? length : -1;
  }
  return -1;
}

/** The same; -1 also where so many cannot be in it. */
export function claimedBytes(coded: Uint8Array): number {
  const length = lengthOf(coded);
  return length > coded.length * RATIO_MAX ? -1 : length;
}

/** Offset behind the length. */
function behindLength(coded: Uint8Array): number {
  let at = 0;
  while ((coded[at] as number) >= 0x80) at++;
  return at + 1;
}

function corrupt(what: string, at: number): Unpacked {
  return { kind: "corrupt", detail: `snappy: ${what} at byte ${at}` };
}

function* decode(coded: Uint8Array, clearBytesMax: number): Generator<undefined, Unpacked> {
  const length = lengthOf(coded);
  if (length < 0) return corrupt("no length", 0);
  if (length > clearBytesMax) return { kind: "too_large" };
  // What claims more than it can hold costs nothing.
  if (length > coded.length * RATIO_MAX) return corrupt("more is claimed than there can be", 0);
  const out = new Uint8Array(length);
  let pauseAt = STEP_BYTES;
  let at = behindLength(coded);
  let used = 0;
  while (at < coded.length) {
    const tagAt = at;
    const tag = coded[at++] as number;
    if ((tag & 3) === 0) {
      let size = tag >>> 2;
      if (size >= 60) {
        const width = size - 59;
        size = littleEndian(coded, at, width);
        at += width;
      }
      size++;
      if (at > coded.length || size > coded.length - at)
        return corrupt("a literal is cut off", tagAt);
      if (size > length - used) return corrupt("more than was claimed", tagAt);
      out.set(coded.subarray(at, at + size), used);
      at += size;
      used += size;
    } else {
      const width = WIDTHS[tag & 3] as number;
      if (at + width > coded.length) return corrupt("a copy is cut off", tagAt);
      const isShort = width === 1;
      const size = isShort ? ((tag >>> 2) & 7) + 4 : (tag >>> 2) + 1;
      const low = littleEndian(coded, at, width);
      const back = isShort ? ((tag >>> 5) << 8) | low : low;
      at += width;
      if (back === 0 || back > used) return corrupt("a copy of what is not there", tagAt);
      if (size > length - used) return corrupt("more than was claimed", tagAt);
      copyBack(out, used, back, size);
      used += size;
    }
    if (used >= pauseAt) {
      yield;
      pauseAt = used + STEP_BYTES;
    }
  }
  return used === length ? { kind: "ok", bytes: out } : corrupt("less than was claimed", at);
}

/** Bytes of a copy's offset, by the kind of its tag. */
const WIDTHS = [0, 1, 2, 4] as const;

function littleEndian(bytes: Uint8Array, at: number, width: number): number {
  let value = 0;
  for (let i = 0; i < width; i++) value += (bytes[at + i] ?? 0) * 2 ** (8 * i);
  return value;
}

/** Copies may overlap with themselves: then they repeat. */
function copyBack(out: Uint8Array, used: number, back: number, size: number): void {
  const from = used - back;
  for (let i = 0; i < size; i++) out[used + i] = out[from + i] as number;
}

function* encode(clear: Uint8Array): Generator<undefined, Uint8Array> {
  const encoder = new BlockEncoder(clear);
  for (let at = 0; at < clear.length; at += STEP_BYTES) {
    if (at > 0) yield;
    encoder.block(at, Math.min(clear.length, at + STEP_BYTES));
  }
  return encoder.finish();
}

class BlockEncoder {
  private readonly clear: Uint8Array;
  private readonly out: Uint8Array<ArrayBuffer>;
  private used: number;
  /** Offset in the block, by the hash of the four bytes there. */
  private readonly table = new Uint16Array(1 << HASH_BITS);

  constructor(clear: Uint8Array) {
    this.clear = clear;
    const { length } = clear;
    // A literal costs up to five bytes more than it has; each is followed by four bytes at least.
    this.out = new Uint8Array(32 + length + Math.ceil(length / 6));
    this.used = writeVarint(this.out, 0, length);
  }

  finish(): Uint8Array {
    return this.out.subarray(0, this.used);
  }

  /** Codes [start, end), which is no longer than offsets of two bytes. */
  block(start: number, end: number): void {
    const { clear, table } = this;
    table.fill(0);
    const last = end - MARGIN_BYTES;
    let literalAt = start;
    let at = start + 1;
    // Where nothing is found, ever fewer offsets are looked at.
    let misses = 32;
    while (at < last) {
      const slot = hashAt(clear, at);
      const before = start + (table[slot] as number);
      table[slot] = at - start;
      if (before >= at || !isSameWord(clear, before, at)) {
        at += misses++ >>> 5;
        continue;
      }
      this.literal(literalAt, at);
      let size = MATCH_BYTES_MIN;
      while (at + size < end && clear[at + size] === clear[before + size]) size++;
      this.copy(at - before, size);
      at += size;
      literalAt = at;
      misses = 32;
    }
    this.literal(literalAt, end);
  }

  private literal(start: number, end: number): void {
    if (start === end) return;
    const { out } = this;
    const size = end - start - 1;
    if (size < 60) out[this.used++] = size << 2;
    else {
      const isShort = size < 0x100;
      out[this.used++] = (isShort ? 60 : 61) << 2;
      out[this.used++] = size & 0xff;
      if (!isShort) out[this.used++] = size >>> 8;
    }
    out.set(this.clear.subarray(start, end), this.used);
    this.used += end - start;
  }

  private copy(back: number, size: number): void {
    let left = size;
    // The last piece is never shorter than a copy may be.
    while (left >= COPY_BYTES_MAX + MATCH_BYTES_MIN) {
      this.piece(back, COPY_BYTES_MAX);
      left -= COPY_BYTES_MAX;
    }
    if (left > COPY_BYTES_MAX) {
      this.piece(back, COPY_BYTES_MAX - MATCH_BYTES_MIN);
      left -= COPY_BYTES_MAX - MATCH_BYTES_MIN;
    }
    this.piece(back, left);
  }

  private piece(back: number, size: number): void {
    const { out } = this;
    if (size >= 4 && size < 12 && back < 2048) {
      out[this.used++] = ((back >>> 8) << 5) | ((size - 4) << 2) | 1;
      out[this.used++] = back & 0xff;
      return;
    }
    out[this.used++] = ((size - 1) << 2) | 2;
    out[this.used++] = back & 0xff;
    out[this.used++] = back >>> 8;
  }
}

function hashAt(bytes: Uint8Array, at: number): number {
  const word =
    (bytes[at] as number) |
    ((bytes[at + 1] as number) << 8) |
    ((bytes[at + 2] as number) << 16) |
    ((bytes[at + 3] as number) << 24);
  return Math.imul(word, 0x1e35a7bd) >>> (32 - HASH_BITS);
}

function isSameWord(bytes: Uint8Array, a: number, b: number): boolean {
  for (let i = 0; i < MATCH_BYTES_MIN; i++) if (bytes[a + i] !== bytes[b + i]) return false;
  return true;
}
