// Packets of records in the spool, until their records are lines there: packets are written as they
// come, so that none is lost when the process ends. Two files are used in turn; each is emptied
// once everything in it has become lines.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PACKET_FORMAT } from "../record-packet.ts";
import { AppendFile } from "./append-file.ts";

/** Packets of other formats, which another version has left, are left alone. */
export const JOURNAL_ENDING = `.packets${PACKET_FORMAT}`;
/** Before each packet: how many bytes it has. */
const LENGTH_BYTES = 4;

export class Journal {
  readonly #files: readonly [AppendFile, AppendFile];
  /** Which one takes packets. */
  #current: 0 | 1 = 0;

  /** Throws when its files cannot be made. */
  constructor(folder: string) {
    const fileOf = (name: string): AppendFile =>
      new AppendFile(join(folder, name + JOURNAL_ENDING));
    this.#files = [fileOf("a"), fileOf("b")];
  }

  /** Without it, records are safe when they are lines. */
  append(packet: Uint8Array): void {
    const length = new Uint8Array(Uint32Array.of(packet.length).buffer);
    this.#files[this.#current].append(length, packet);
  }

  /** The records of all packets so far are going to be lines; others go to the other file. */
  turn(): void {
    this.#current = this.#current === 0 ? 1 : 0;
  }

  /** Those of packets before the last turn are lines. */
  turned(): void {
    this.#files[this.#current === 0 ? 1 : 0].empty();
  }

  /** What still holds packets stays. */
  close(): void {
    for (const file of this.#files) {
      if (file.bytes === 0) file.remove();
      else file.close();
    }
  }
}

/** The whole packets that a journal's file holds. Throws when it cannot be read. */
export function packetsIn(path: string): readonly Uint8Array<ArrayBuffer>[] {
  const bytes = readFileSync(path);
  const packets: Uint8Array<ArrayBuffer>[] = [];
  for (let at = 0; at + LENGTH_BYTES <= bytes.length;) {
    const start = at + LENGTH_BYTES;
    at = start + bytes.readUInt32LE(at);
    // A copy: numbers in it stand where a multiple of four begins.
    if (at <= bytes.length) packets.push(new Uint8Array(bytes.subarray(start, at)));
  }
  return packets;
}
