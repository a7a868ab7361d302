// The lines of one object, from its first record until it has arrived: in memory, in a file of the
// spool, or, if the file could not be written any further, its beginning there and the rest here.

import { grownBytes } from "../../core/bytes.ts";
import { DUMP_SPARE_BYTES_MAX } from "../../core/limits.ts";
import type { BatchHead } from "./batch-head.ts";
import type { SpoolFile } from "./spool-file.ts";

const LINE_FEED = 0x0a;
const BYTES_MIN = 4096;
const NOTHING = new Uint8Array(0);

/** Keeps the memory of an object that has arrived for the next one: fresh memory costs more. */
export class SpareBuffer {
  #buffer = NOTHING;

  take(): Uint8Array<ArrayBuffer> {
    const buffer = this.#buffer;
    this.#buffer = NOTHING;
    return buffer;
  }

  give(buffer: Uint8Array<ArrayBuffer>): void {
    const isWanted = buffer.length > this.#buffer.length;
    if (isWanted && buffer.length <= DUMP_SPARE_BYTES_MAX) this.#buffer = buffer;
  }
}

export interface BatchOptions {
  readonly head: BatchHead;
  /** Monotonic milliseconds. */
  readonly openedMs: number;
  readonly file?: SpoolFile | undefined;
  /** Bytes of an object that another process has begun. */
  readonly adoptedBytes?: number | undefined;
  /** Where its memory comes from and goes to. */
  readonly spare?: SpareBuffer | undefined;
}

export class Batch {
  readonly head: BatchHead;
  /** Monotonic milliseconds. */
  readonly openedMs: number;
  file: SpoolFile | undefined;
  /**
   * Undefined for an object of an earlier process, whose lines are not counted before it is sent.
   */
  records: number | undefined;
  /** Bytes of all lines with their line ends. */
  bytes: number;
  readonly #spare: SpareBuffer;
  #buffer: Uint8Array<ArrayBuffer>;
  #length = 0;
  #heldRecords = 0;

  constructor({ head, openedMs, file, adoptedBytes, spare = new SpareBuffer() }: BatchOptions) {
    this.head = head;
    this.openedMs = openedMs;
    this.file = file;
    this.records = adoptedBytes === undefined ? 0 : undefined;
    this.bytes = adoptedBytes ?? 0;
    this.#spare = spare;
    this.#buffer = adoptedBytes === undefined ? spare.take() : NOTHING;
  }

  /** Bytes that are only in memory. */
  get heldBytes(): number {
    return this.#length;
  }

  get heldRecords(): number {
    return this.#heldRecords;
  }

  add(line: Uint8Array): void {
    const end = this.#length + line.length + 1;
    if (end > this.#buffer.length) {
      this.#buffer = grownBytes(this.#buffer, Math.max(BYTES_MIN, end, this.#buffer.length * 2));
    }
    this.#buffer.set(line, this.#length);
    this.#buffer[end - 1] = LINE_FEED;
    this.#length = end;
    this.bytes += line.length + 1;
    this.#heldRecords++;
    if (this.records !== undefined) this.records++;
  }

  /**
   * Moves the lines in memory to the file, if there is one. Returns the number of bytes, or an
   * error; in that case they stay in memory.
   */
  spool(): number | Error {
    if (this.file === undefined || this.#length === 0) return 0;
    const bytes = this.#length;
    const fault = this.file.append(this.#buffer.subarray(0, bytes));
    if (fault !== undefined) return fault;
    this.#length = 0;
    this.#heldRecords = 0;
    return bytes;
  }

  /** No more lines are added. */
  seal(): void {
    this.file?.close();
    // The object may wait for a long time.
    if (this.#length > this.#buffer.length / 2) return;
    const held = this.#buffer.slice(0, this.#length);
    this.#spare.give(this.#buffer);
    this.#buffer = held;
  }

  /** Returns all of its lines. Rejects if the file cannot be read. */
  async read(): Promise<Uint8Array> {
    const held = this.#buffer.subarray(0, this.#length);
    if (this.file === undefined) return held;
    const written = await this.file.read();
    return held.length === 0 ? written : new Uint8Array(Buffer.concat([written, held]));
  }

  /** The object has arrived, or was given up. */
  discard(): void {
    this.#spare.give(this.#buffer);
    this.#buffer = NOTHING;
    this.#length = 0;
    this.file?.remove();
  }
}

export function countLines(lines: Uint8Array): number {
  let count = 0;
  for (let at = lines.indexOf(LINE_FEED); at >= 0; at = lines.indexOf(LINE_FEED, at + 1)) count++;
  return count;
}
