// Raw ids as lower-case hex text in a store that is reused from record to record, and hex text as
// raw ids.

import { CODED_BYTES_MAX } from "../../../../core/limits.ts";
import { digitOf, hexDigit } from "../../../../core/hex.ts";

/** At first; room for a span with 24 links. The store doubles when a record has more. */
const STORE_BYTES = 1024;

/** Bytes of ids, by the protocol: one of another length is invalid. */
export const TRACE_ID_BYTES = 16;
export const SPAN_ID_BYTES = 8;

/** Whether a raw id says anything: it is not empty and not all zero. */
export function isId(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (bytes[at] !== 0) return true;
  return false;
}

/** Writes bytes[start, end) as hex at out[at…]; returns the offset after it. */
export function writeHex(
  bytes: Uint8Array,
  start: number,
  end: number,
  out: Uint8Array,
  at: number,
): number {
  let next = at;
  for (let from = start; from < end; from++) {
    const byte = bytes[from] as number;
    out[next++] = digitOf(byte >>> 4);
    out[next++] = digitOf(byte & 15);
  }
  return next;
}

/** The `size` raw bytes that `text` spells in hex, or undefined when it spells anything else. */
export function parseHex(text: Uint8Array, size: number): Uint8Array | undefined {
  if (text.length !== size * 2) return undefined;
  const raw = new Uint8Array(size);
  for (let i = 0; i < size; i++) {
    const high = hexDigit(text[i * 2] as number);
    const low = hexDigit(text[i * 2 + 1] as number);
    if (high < 0 || low < 0) return undefined;
    raw[i] = (high << 4) | low;
  }
  return raw;
}

/** Hex texts of one record. They stay until `clear`. */
export class HexStore {
  bytes = new Uint8Array(STORE_BYTES);
  /** Range of the last text. */
  start = 0;
  end = 0;
  private bytesLeft = CODED_BYTES_MAX;

  clear(): void {
    this.end = 0;
    this.bytesLeft = CODED_BYTES_MAX;
  }

  /** Whether the record may have so many bytes of ids more. */
  takes(bytes: number): boolean {
    this.bytesLeft -= bytes;
    return this.bytesLeft >= 0;
  }

  /** Writes bytes[start, end) as hex text to this.bytes[this.start, this.end). */
  add(bytes: Uint8Array, start: number, end: number): void {
    const from = this.end;
    const size = (end - start) * 2;
    // Texts that were handed out stay in the old store, so it is left as it is.
    if (from + size > this.bytes.length) {
      this.bytes = new Uint8Array(Math.max(this.bytes.length * 2, size));
      this.start = 0;
    } else this.start = from;
    this.end = writeHex(bytes, start, end, this.bytes, this.start);
  }
}
