// Zips of the layer for AWS Lambda: `extensions/tero-edge`, which may be executed, and nothing
// else. The bytes are the same for the same executable, whenever they are made.

import { readFileSync, writeFileSync } from "node:fs";
import { crc32, deflateRawSync } from "node:zlib";

/** Path in the layer: Lambda starts each file of that folder, and knows it by its name. */
const NAME = Buffer.from("extensions/tero-edge");
/** A regular file, rwxr-xr-x, in the upper half of the external attributes. */
const MODE = 0o100_755;
const MADE_BY_UNIX = 0x0314;
const VERSION_NEEDED = 20;
const DEFLATED = 8;
/** The first day that the format knows. */
const DATE = 0x0021;
const LEVEL = 9;

/** Writes the layer of an executable; answers the size of the zip in bytes. */
export function writeLayer(executable: string, zip: string): number {
  const bytes = readFileSync(executable);
  const packed = deflateRawSync(bytes, { level: LEVEL });
  const sizes = { crc: crc32(bytes), packed: packed.length, plain: bytes.length };
  const local = localHeader(sizes);
  const central = centralHeader(sizes);
  const at = local.length + NAME.length + packed.length;
  const end = endOfCentral(central.length + NAME.length, at);
  const whole = Buffer.concat([local, NAME, packed, central, NAME, end]);
  writeFileSync(zip, whole);
  return whole.length;
}

interface Sizes {
  readonly crc: number;
  readonly packed: number;
  readonly plain: number;
}

function writeSizes(header: Buffer, at: number, { crc, packed, plain }: Sizes): void {
  header.writeUInt32LE(crc, at);
  header.writeUInt32LE(packed, at + 4);
  header.writeUInt32LE(plain, at + 8);
  header.writeUInt16LE(NAME.length, at + 12);
}

/** APPNOTE 6.3.10, section 4.3.7. */
function localHeader(sizes: Sizes): Buffer {
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50, 0);
  header.writeUInt16LE(VERSION_NEEDED, 4);
  header.writeUInt16LE(DEFLATED, 8);
  header.writeUInt16LE(DATE, 12);
  writeSizes(header, 14, sizes);
  return header;
}

/** Section 4.3.12. */
function centralHeader(sizes: Sizes): Buffer {
  const header = Buffer.alloc(46);
  header.writeUInt32LE(0x02014b50, 0);
  header.writeUInt16LE(MADE_BY_UNIX, 4);
  header.writeUInt16LE(VERSION_NEEDED, 6);
  header.writeUInt16LE(DEFLATED, 10);
  header.writeUInt16LE(DATE, 14);
  writeSizes(header, 16, sizes);
  header.writeUInt32LE(MODE * 0x10000, 38);
  return header;
}

/** Section 4.3.16. */
function endOfCentral(size: number, at: number): Buffer {
  const record = Buffer.alloc(22);
  record.writeUInt32LE(0x06054b50, 0);
  record.writeUInt16LE(1, 8);
  record.writeUInt16LE(1, 10);
  record.writeUInt32LE(size, 12);
  record.writeUInt32LE(at, 16);
  return record;
}
