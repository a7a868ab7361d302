// Runs a zlib stream one step at a time. Each step returns the output of that step, so that nothing
// piles up inside, and an error ends only the step that met it.

import type { Gunzip, Gzip } from "node:zlib";
import { isPadding } from "../coding/padding.ts";

export class StreamCoder {
  readonly #stream: Gzip | Gunzip;
  #made: Uint8Array[] = [];
  #failed: ((error: Error) => void) | undefined;
  #finished: (() => void) | undefined;
  #error: Error | undefined;
  /** The end of the coding was reached; the stream accepts nothing more. */
  #isFinished = false;
  #bytesGiven = 0;

  constructor(stream: Gzip | Gunzip) {
    this.#stream = stream;
    stream.on("data", (piece: Uint8Array) => void this.#made.push(piece));
    stream.on("error", (error: Error) => {
      this.#error = error;
      this.#failed?.(error);
    });
    stream.on("end", () => {
      this.#isFinished = true;
      this.#finished?.();
    });
  }

  /**
   * Codes `bytes`, which must not change meanwhile. Rejects if anything but zero bytes follows the
   * end of what is decoded.
   */
  async write(bytes: Uint8Array): Promise<Uint8Array[]> {
    if (this.#isFinished) {
      if (!isPadding(bytes, 0)) throw trailing();
      return [];
    }
    const made = await this.#step((done) => this.#stream.write(bytes, done));
    this.#bytesGiven += bytes.length;
    // The stream silently leaves what it does not want.
    const unread = this.#bytesGiven - this.#stream.bytesWritten;
    if (unread > 0) {
      if (!isPadding(bytes, bytes.length - unread)) throw trailing();
      this.#isFinished = true;
    }
    return made;
  }

  /** Returns the output for everything that was written so far. */
  flush(): Promise<Uint8Array[]> {
    return this.#step((done) => this.#stream.flush(done));
  }

  /** Rejects if the coding is incomplete. */
  end(): Promise<Uint8Array[]> {
    return this.#step((done) => {
      if (this.#isFinished) done();
      else this.#stream.end();
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
      let isDone = false;
      // Streams call back more than once at their end; later output belongs to another step.
      const done = (): void => {
        if (isDone) return;
        isDone = true;
        const made = this.#made;
        this.#made = [];
        resolve(made);
      };
      this.#failed = reject;
      this.#finished = done;
      start(done);
    });
  }
}

function trailing(): Error {
  return new Error("there is something behind the end of the gzip data");
}
