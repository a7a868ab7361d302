// One step at a time through a zlib stream: each step hands out what the coder made of it, so that
// nothing piles up inside and an error ends just the step that met it.

import type { Gunzip, Gzip } from "node:zlib";

export class StreamCoder {
  readonly #stream: Gzip | Gunzip;
  #made: Uint8Array[] = [];
  #failed: ((error: Error) => void) | undefined;
  #error: Error | undefined;

  constructor(stream: Gzip | Gunzip) {
    this.#stream = stream;
    stream.on("data", (piece: Uint8Array) => void this.#made.push(piece));
    stream.on("error", (error: Error) => {
      this.#error = error;
      this.#failed?.(error);
    });
  }

  /** Codes `bytes`, which must not change meanwhile. */
  write(bytes: Uint8Array): Promise<Uint8Array[]> {
    return this.#step((done) => this.#stream.write(bytes, done));
  }

  /** Hands out all that was written so far. */
  flush(): Promise<Uint8Array[]> {
    return this.#step((done) => this.#stream.flush(done));
  }

  /** Rejects when the coding is not complete. */
  end(): Promise<Uint8Array[]> {
    return this.#step((done) => {
      this.#stream.once("end", done);
      this.#stream.end();
    });
  }

  close(): void {
    this.#stream.destroy();
  }

  #step(start: (done: () => void) => void): Promise<Uint8Array[]> {
    return new Promise((resolve, reject) => {
      if (this.#error !== undefined) {
        reject(this.#error);
        return;
      }
      this.#failed = reject;
      start(() => {
        const made = this.#made;
        this.#made = [];
        resolve(made);
      });
    });
  }
}
