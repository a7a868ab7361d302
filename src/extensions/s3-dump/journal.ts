// Packets of records in the spool, until their records are lines there: packets are written as they
// come, so that none is lost when the process ends. Two files are used in turn; each is emptied
// once everything in it has become lines.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PACKET_FORMAT } from "../record-packet.ts";
import { AppendFile } from "./append-file.ts";

/** Packets in other formats, which another version has left, are not touched. */
export const JOURNAL_ENDING = `.packets${PACKET_FORMAT}`;
/** Before each packet: its length in bytes. */
const LENGTH_BYTES = 4;

export class Journal {
  readonly #files: readonly [AppendFile, AppendFile];
  /** The file that takes packets at the moment. */
  #current: 0 | 1 = 0;

  /** Throws if its files cannot be created. */
  constructor(folder: string) {
    const fileOf = (name: string): AppendFile =>
      new AppendFile(join(folder, name + JOURNAL_ENDING));
    this.#files = [fileOf("a"), fileOf("b")];
  }

  /** If this fails, records are only safe once they are lines. */
  append(packet: Uint8Array): void {
    const length = new Uint8Array(Uint32Array.of(packet.length).buffer);
    this.#files[this.#current].append(length, packet);
  }

  /**
   * The records of all packets so far are about to become lines; later packets go to the other
   * file.
   */
  turn(): void {
    this.#current = this.#current === 0 ? 1 : 0;
  }

  /** The records of packets before the last turn have become lines. */
  turned(): void {
    this.#files[this.#current === 0 ? 1 : 0].empty();
  }

  /** Files that still contain packets stay. */
  close(): void {
    for (const file of this.#files) {
      if (file.bytes === 0) file.remove();
      else file.close();
    }
  }
}

/** The complete packets in a journal's file. Throws if it cannot be read. */
export function packetsIn(path: string): readonly Uint8Array<ArrayBuffer>[] {
  const bytes = readFileSync(path);
  const packets: Uint8Array<ArrayBuffer>[] = [];
  for (let at = 0; at + LENGTH_BYTES <= bytes.length;) {
    const start = at + LENGTH_BYTES;
    at = start + bytes.readUInt32LE(at);
    // A copy, because the numbers in it must begin at a multiple of four.
    if (at <= bytes.length) packets.push(new Uint8Array(bytes.subarray(start, at)));
  }
  return packets;
}
