// Collects what a filter keeps in one buffer, which is sent and then filled again.

import type { ByteSink } from "../../protocols/scrape-format.ts";

/** From this size on, the content is worth sending. */
const FILLED_BYTES = 64 * 1024;

export class ScrapeOutput implements ByteSink {
  // A chunk of the exposition may be added to content that was not enough to be sent.
  #buffer: Uint8Array = new Uint8Array(3 * FILLED_BYTES);
  #used = 0;

  get isFilled(): boolean {
    return this.#used >= FILLED_BYTES;
  }

  write(bytes: Uint8Array, start: number, end: number): void {
    const used = this.#used + end - start;
    if (used > this.#buffer.length) {
      // For metadata that was held back, or a long line.
      const larger = new Uint8Array(Math.max(used, this.#buffer.length * 2));
      larger.set(this.#buffer.subarray(0, this.#used));
      this.#buffer = larger;
    }
    this.#buffer.set(bytes.subarray(start, end), this.#used);
    this.#used = used;
  }

  /**
   * The content, valid until `clear`: all of it, or nothing if it is neither enough nor the last.
   */
  filled(isLast: boolean): Uint8Array {
    return this.#buffer.subarray(0, isLast || this.isFilled ? this.#used : 0);
  }

  clear(): void {
    this.#used = 0;
  }
}
