// Collects what a filter keeps of a chunk into pieces for a stream: small ranges are copied
// together, a large one is a view of the chunk, which nobody changes.

import type { ByteSink } from "../prometheus/index.ts";

const PIECE_BYTES = 64 * 1024;
const VIEW_BYTES_MIN = 16 * 1024;

export class ScrapeOutput implements ByteSink {
  /** The chunk that is being filtered; it is the stream's own from here on. */
  chunk: Uint8Array | undefined;
  #pieces: Uint8Array[] = [];
  /** Room for small ranges, and how much of it is taken. */
  #buffer: Uint8Array | undefined;
  #used = 0;

  write(bytes: Uint8Array, start: number, end: number): void {
    if (bytes === this.chunk && end - start >= VIEW_BYTES_MIN) {
      this.#cut();
      this.#pieces.push(bytes.subarray(start, end));
      return;
    }
    let at = start;
    while (at < end) {
      const buffer = (this.#buffer ??= new Uint8Array(PIECE_BYTES));
      const length = Math.min(end - at, buffer.length - this.#used);
      buffer.set(bytes.subarray(at, at + length), this.#used);
      this.#used += length;
      at += length;
      if (this.#used === buffer.length) this.#cut();
    }
  }

  /** The pieces since the last call; one that is not full waits for more unless `isLast`. */
  take(isLast: boolean): Uint8Array[] {
    if (isLast) this.#cut();
    const pieces = this.#pieces;
    if (pieces.length > 0) this.#pieces = [];
    return pieces;
  }

  /** Makes a piece of what was copied; the room behind it takes the next ranges. */
  #cut(): void {
    const buffer = this.#buffer;
    if (buffer === undefined || this.#used === 0) return;
    this.#pieces.push(buffer.subarray(0, this.#used));
    this.#buffer = this.#used === buffer.length ? undefined : buffer.subarray(this.#used);
    this.#used = 0;
  }
}
