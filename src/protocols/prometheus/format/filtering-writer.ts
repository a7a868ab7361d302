// Writes kept bytes: joins neighbouring ranges of a chunk, so that a part of an exposition that
// policies leave alone is handed on in one piece, and enforces the bound on the output.

import type { ByteSink } from "../../scrape-format.ts";

/**
 * Ranges of chunks that are kept, on their way to a sink.
 *
 * @example
 * const writer = new FilteringWriter(sink, 0);
 * writer.begin(chunk);
 * writer.keep(0, 10);
 * writer.keep(10, 20); // with the one before: one call of the sink
 * writer.flush();
 */
export class FilteringWriter {
  /** Bytes kept so far. */
  bytesOut = 0;
  /**
   * The bound was reached: what would have exceeded it, and everything after it, is not written.
   */
  isFull = false;
  private readonly sink: ByteSink;
  private readonly bytesMax: number;
  private chunk: Uint8Array = new Uint8Array(0);
  /** Range of the chunk that is kept but not handed on yet. */
  private runStart = 0;
  private runEnd = 0;

  /** `bytesMax` 0: no bound. */
  constructor(sink: ByteSink, bytesMax: number) {
    this.sink = sink;
    this.bytesMax = bytesMax === 0 ? Number.POSITIVE_INFINITY : bytesMax;
  }

  /** From here to `flush`, ranges refer to `chunk`. */
  begin(chunk: Uint8Array): void {
    this.chunk = chunk;
    this.runStart = 0;
    this.runEnd = 0;
  }

  /** Keeps a range of the chunk; ranges come in order. */
  keep(start: number, end: number): void {
    if (!this.takes(end - start)) return;
    if (start !== this.runEnd) {
      this.flush();
      this.runStart = start;
    }
    this.runEnd = end;
  }

  /** Keeps bytes of another array, after everything that was kept so far. */
  put(bytes: Uint8Array, start: number, end: number): void {
    if (!this.takes(end - start) || start === end) return;
    this.flush();
    this.sink.write(bytes, start, end);
  }

  /** Hands on what was kept of the chunk. */
  flush(): void {
    if (this.runEnd > this.runStart) this.sink.write(this.chunk, this.runStart, this.runEnd);
    this.runStart = this.runEnd;
  }

  private takes(length: number): boolean {
    if (this.isFull) return false;
    if (this.bytesOut + length > this.bytesMax) {
      this.isFull = true;
      return false;
    }
    this.bytesOut += length;
    return true;
  }
}
