// Reads standard input to its end. Lines leave as soon as they are whole, and the last one as it
// is. Nothing can be read twice, so no position is kept.

import { read } from "node:fs";
import type { LineOutput } from "../ports.ts";
import { NO_FINGERPRINT } from "../read/fingerprint.ts";
import { Generation, newCounts, newSource } from "../read/generation.ts";
import type { Delivery } from "./delivery.ts";

export interface StdinOptions {
  readonly delivery: Delivery;
  readonly output: Pick<LineOutput, "flush">;
  readonly chunkBytes: number;
  /** 0: never. */
  readonly partialLineTimeoutMs: number;
  /** Default: that of the process. */
  readonly fd?: number;
}

const NOWHERE = { device: 0n, inode: 0n };

export class Stdin {
  readonly file = new Generation(newSource("-", "stdin"), NOWHERE, newCounts());
  readonly #options: StdinOptions;
  readonly #stopped = Promise.withResolvers<"stopped">();
  #isStopping = false;
  #bytes: Uint8Array;

  constructor(options: StdinOptions) {
    this.#options = options;
    this.#bytes = new Uint8Array(options.chunkBytes);
  }

  /** Resolves at the end of the input, or when it was stopped; what was begun has left then. */
  async run(): Promise<void> {
    const { delivery, output } = this.#options;
    for (;;) {
      const length = await this.#next();
      if (length === 0) break;
      const from = 0;
      const to = this.file.begun.length + length;
      this.file.readOffset += length;
      this.file.size = this.file.readOffset;
      this.file.counts.readBytes += length;
      await delivery.deliver(this.file, { bytes: this.#bytes, from, to, guardAt });
      // A pipe that is read empty answers less than was asked for.
      if (length < this.#options.chunkBytes) output.flush();
      if (this.#isStopping) break;
    }
    await delivery.finish(this.file, true, true);
    output.flush();
  }

  stop(): void {
    this.#isStopping = true;
    this.#stopped.resolve("stopped");
  }

  /** Bytes that were read behind the line that was begun; 0: that was all. */
  async #next(): Promise<number> {
    const { delivery, output, chunkBytes, partialLineTimeoutMs, fd = 0 } = this.#options;
    const chunk = new Uint8Array(chunkBytes);
    const reading = readSome(fd, chunk);
    for (;;) {
      const isBegun = this.file.begun.length > 0 && partialLineTimeoutMs > 0;
      const timer = isBegun ? timeout(partialLineTimeoutMs) : undefined;
      const waits = timer === undefined ? [] : [timer.over];
      const outcome = await Promise.race([reading, this.#stopped.promise, ...waits]);
      timer?.cancel();
      if (outcome === "stopped") return 0;
      if (outcome === "over") {
        await delivery.finish(this.file, false);
        output.flush();
        continue;
      }
      const { begun } = this.file;
      if (this.#bytes.length < begun.length + outcome) {
        this.#bytes = new Uint8Array(begun.length + chunkBytes);
      }
      this.#bytes.set(begun);
      this.#bytes.set(chunk.subarray(0, outcome), begun.length);
      return outcome;
    }
  }
}

function guardAt() {
  return NO_FINGERPRINT;
}

function timeout(ms: number) {
  const { promise, resolve } = Promise.withResolvers<"over">();
  const timer = setTimeout(resolve, ms, "over");
  return { over: promise, cancel: () => clearTimeout(timer) };
}

/** 0 at the end. A terminal or socket that does not wait is asked again. */
function readSome(fd: number, into: Uint8Array): Promise<number> {
  return new Promise((resolve, reject) => {
    const attempt = (): void => {
      read(fd, into, 0, into.length, null, (error, length) => {
        if (error === null) resolve(length);
        else if (error.code === "EAGAIN") setTimeout(attempt, AGAIN_MS);
        else if (error.code === "EOF") resolve(0);
        else reject(error);
      });
    };
    attempt();
  });
}

const AGAIN_MS = 10;
