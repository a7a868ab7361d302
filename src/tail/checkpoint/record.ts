// The bytes of `checkpoint.wal`: a header, followed by records of one size, each with a checksum.
// The last record of a file counts. Pure.

import { crc32 } from "node:zlib";
import type { Fingerprint } from "../read/fingerprint.ts";
import { type FileId, type Position, keyOf } from "../read/generation.ts";

/** What is remembered of a file. */
export interface Entry extends Position {
  readonly id: FileId;
  readonly head: Fingerprint;
  /** Wall clock: when the file was last followed, in Unix milliseconds. */
  readonly seenMs: number;
}

export const HEADER_BYTES = 16;
export const RECORD_BYTES = 72;
/** "EDGETAIL", then the version of the format. */
const HEADER_TEXT = "EDGETAIL";
const VERSION = 1;
/** "TREC", little-endian. */
const RECORD_MAGIC = 0x43455254;
const FLAG_INSIDE_LINE = 1;
const CRC_AT = RECORD_BYTES - 4;

export function encodeHeader(): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES);
  bytes.set(new TextEncoder().encode(HEADER_TEXT));
  new DataView(bytes.buffer).setUint32(HEADER_TEXT.length, VERSION, true);
  return bytes;
}

export function encodeRecords(entries: readonly Entry[]): Uint8Array {
  const bytes = new Uint8Array(entries.length * RECORD_BYTES);
  for (const [index, entry] of entries.entries()) {
    const at = index * RECORD_BYTES;
    const view = new DataView(bytes.buffer, at, RECORD_BYTES);
    view.setUint32(0, RECORD_MAGIC, true);
    view.setUint32(4, entry.isInsideLine ? FLAG_INSIDE_LINE : 0, true);
    view.setBigUint64(8, BigInt.asUintN(64, entry.id.device), true);
    view.setBigUint64(16, BigInt.asUintN(64, entry.id.inode), true);
    view.setBigUint64(24, BigInt(entry.offset), true);
    view.setBigInt64(32, BigInt(Math.round(entry.seenMs)), true);
    view.setUint32(40, entry.head.length, true);
    view.setUint32(44, entry.head.crc, true);
    view.setUint32(48, entry.guard.length, true);
    view.setUint32(52, entry.guard.crc, true);
    view.setUint32(CRC_AT, crc32(bytes.subarray(at, at + CRC_AT)), true);
  }
  return bytes;
}

/** What a file of records came to. */
export interface Decoded {
  /** The last record of each file, by its key. */
  readonly entries: ReadonlyMap<string, Entry>;
  readonly records: number;
  /** Bytes at the end that are no whole record: the write of them was cut off. */
  readonly tornBytes: number;
  /** Bytes before the last good record that are none: nothing that was cut off looks so. */
  readonly corruptBytes: number;
}

export type Header = "ours" | "empty" | "foreign" | "other";

/** Formats of other programs that keep positions under the same name. */
const FOREIGN = ["WWAL", "CPKS"];

/** What a file is by its first bytes; `foreign`: another program's, to be left alone. */
export function headerOf(bytes: Uint8Array): Header {
  if (bytes.length === 0) return "empty";
  const ascii = new TextDecoder("latin1").decode(bytes.subarray(0, HEADER_TEXT.length));
  if (FOREIGN.includes(ascii.slice(0, 4))) return "foreign";
  const header = encodeHeader();
  const isOurs = header.every((byte, index) => bytes[index] === byte);
  // A start that was cut off while it wrote the header.
  if (
    bytes.length < HEADER_BYTES &&
    header.subarray(0, bytes.length).every((b, i) => b === bytes[i])
  )
    return "empty";
  return isOurs ? "ours" : "other";
}

/** Reads what can be read; goes on behind what cannot. */
export function decodeRecords(bytes: Uint8Array, from = HEADER_BYTES): Decoded {
  const entries = new Map<string, Entry>();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let records = 0;
  let corruptBytes = 0;
  let good = Math.min(from, bytes.length);
  for (let at = good; at + RECORD_BYTES <= bytes.length;) {
    if (!isRecord(bytes, view, at)) {
      at++;
      continue;
    }
    const entry = decodeRecord(view, at);
    // Taken out first, so that the map is in the order of last writes.
    entries.delete(keyOf(entry.id));
    entries.set(keyOf(entry.id), entry);
    corruptBytes += at - good;
    records++;
    at += RECORD_BYTES;
    good = at;
  }
  return { entries, records, tornBytes: bytes.length - good, corruptBytes };
}

function isRecord(bytes: Uint8Array, view: DataView, at: number): boolean {
  if (view.getUint32(at, true) !== RECORD_MAGIC) return false;
  return view.getUint32(at + CRC_AT, true) === crc32(bytes.subarray(at, at + CRC_AT));
}

function decodeRecord(view: DataView, at: number): Entry {
  return {
    id: { device: view.getBigUint64(at + 8, true), inode: view.getBigUint64(at + 16, true) },
    isInsideLine: (view.getUint32(at + 4, true) & FLAG_INSIDE_LINE) !== 0,
    offset: Number(view.getBigUint64(at + 24, true)),
    seenMs: Number(view.getBigInt64(at + 32, true)),
    head: { length: view.getUint32(at + 40, true), crc: view.getUint32(at + 44, true) },
    guard: { length: view.getUint32(at + 48, true), crc: view.getUint32(at + 52, true) },
  };
}
