// The body of one scrape: decoded, filtered and encoded again, one piece at a time and no faster
// than the scraper reads. A body that cannot be sent whole is cut off visibly, so that no scraper
// takes a part for the whole.

import { errorMessage } from "../../core/errors.ts";
import { edenGC, fullGC } from "bun:jsc";
import * as zlib from "node:zlib";
import { type LoopShare, loopShare } from "../../system/index.ts";
import type { StreamFilter } from "../../protocols/scrape-format.ts";
import { freeBuffer } from "../free-buffer.ts";
import { StreamCoder } from "./scrape-coder.ts";
import { ScrapeOutput } from "./scrape-output.ts";

/** The size of pieces that the codings work with. */
const CHUNK_BYTES = 64 * 1024;
/** How much is filtered in one step: a single byte may cost as much as a line, or a family. */
export const STEP_BYTES = 16 * 1024;
/** How long the runtime is given to send what it holds before a connection is cut. */
const CUT_OFF_DELAY_MS = 10;
/** Decodes to at most a thousand times as much. */
const GUNZIP_STEP_BYTES = 8 * 1024;
/**
 * Decoded bytes after which the young part of the heap is collected, which takes about a
 * millisecond: the memory of a decoder's output cannot be released in another way.
 */
const COLLECT_BYTES = 4 * 1024 * 1024;
/** After so many collections the whole heap is collected, for what has aged: every 128 MiB. */
const COLLECTIONS_PER_WHOLE = 32;
/** Scrapers are usually nearby: speed before size. */
const GZIP_LEVEL = 1;

/** How a body ended. `failed`: the exporter's response broke off or could not be decoded. */
export type BodyEnd =
  | { readonly kind: "whole" }
  | { readonly kind: "input_limit" | "output_limit" }
  | { readonly kind: "failed"; readonly reason: string }
  | { readonly kind: "cancelled" };

export interface ScrapeBodyOptions {
  readonly source: ReadableStream<Uint8Array>;
  /** The source is gzip. */
  readonly isGzip: boolean;
  /** Whether the result is to be gzip. */
  readonly asGzip: boolean;
  /** Makes the filter that writes to this sink. */
  readonly filterTo: (sink: ScrapeOutput) => StreamFilter;
  /** Called for each piece that is handed on, with its encoded size. */
  readonly sent: (bytes: number) => void;
  /** Called once. */
  readonly ended: (end: BodyEnd, filter: StreamFilter) => void;
  /** Default: this thread's share. */
  readonly share?: LoopShare | undefined;
}

/** The error with which the scraper's connection is cut; the runtime may print it. */
class CutOffError extends Error {
  readonly code = "scrape_cut_off";
  constructor(kind: BodyEnd["kind"]) {
    super(`the scrape was cut off: ${kind}`);
    this.name = "CutOffError";
  }
}

/**
 * The filtered body. It is a direct stream, because what is written to one is copied at once: so
 * the same few buffers serve a scrape of any size.
 */
export function filterScrape(options: ScrapeBodyOptions): ReadableStream<Uint8Array> {
  const body = new ScrapeBody(options);
  return new ReadableStream<Uint8Array>({
    type: "direct",
    pull: (controller) => body.run(controller),
    cancel: () => body.cancel(),
  });
}

/** A bound of the scrape was reached. */
class LimitError extends Error {
  readonly limit: "input" | "output";
  constructor(limit: "input" | "output") {
    super(`${limit} limit`);
    this.limit = limit;
  }
}

/** The part of the stream controller that is used. */
interface Controller {
  write(bytes: Uint8Array): number | Promise<number>;
  close(): void;
}

/** The part of the stream reader that is used. */
interface Reader {
  read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
  cancel(reason?: unknown): Promise<void>;
}

class ScrapeBody {
  readonly #options: ScrapeBodyOptions;
  readonly #reader: Reader;
  readonly #output = new ScrapeOutput();
  readonly #filter: StreamFilter;
  readonly #decoder: StreamCoder | undefined;
  readonly #encoder: StreamCoder | undefined;
  readonly #share: LoopShare;
  /** Decoded bytes since the last collection. */
  #decodedBytes = 0;
  #collections = 0;
  #isOver = false;

  constructor(options: ScrapeBodyOptions) {
    this.#options = options;
    this.#share = options.share ?? loopShare;
    this.#reader = options.source.getReader();
    this.#filter = options.filterTo(this.#output);
    const { isGzip, asGzip } = options;
    this.#decoder = isGzip
      ? new StreamCoder(zlib.createGunzip({ chunkSize: CHUNK_BYTES }))
      : undefined;
    this.#encoder = asGzip
      ? new StreamCoder(zlib.createGzip({ level: GZIP_LEVEL, chunkSize: CHUNK_BYTES }))
      : undefined;
  }

  /** Passes the whole body on; rejects if it has to be cut off. */
  async run(controller: Controller): Promise<void> {
    try {
      await this.#carry(controller);
      if (this.#isOver) return;
      this.#end({ kind: "whole" });
      controller.close();
    } catch (error) {
      if (this.#isOver) return;
      const how = endOf(error);
      this.#end(how);
      void this.#reader.cancel().catch(() => undefined);
      // Gives the runtime time to send what it has before the connection is cut.
      await Bun.sleep(CUT_OFF_DELAY_MS);
      throw new CutOffError(how.kind);
    } finally {
      this.#decoder?.close();
      this.#encoder?.close();
    }
  }

  async cancel(): Promise<void> {
    this.#end({ kind: "cancelled" });
    await this.#reader.cancel().catch(() => undefined);
  }

  #end(how: BodyEnd): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#options.ended(how, this.#filter);
  }

  async #carry(controller: Controller): Promise<void> {
    try {
      for (;;) {
        const { done, value } = await this.#reader.read();
        if (this.#isOver) return;
        if (done || value === undefined) break;
        if (this.#decoder === undefined) await this.#take(value, controller);
        else await this.#decode(value, this.#decoder, controller);
        // Streams hand their chunks over, and what is still needed of this one has been copied.
        freeBuffer(value);
      }
      for (const piece of (await this.#decoder?.end()) ?? []) {
        await this.#takeDecoded(piece, controller);
      }
      if (!this.#filter.end()) throw new LimitError(this.#filter.limitReached ?? "output");
    } catch (error) {
      // What was kept so far is still sent, up to a whole line and without an end of the coding.
      await this.#send(controller, true);
      for (const piece of (await this.#encoder?.flush()) ?? [])
        await this.#write(controller, piece);
      throw error;
    }
    await this.#send(controller, true);
    for (const piece of (await this.#encoder?.end()) ?? []) await this.#write(controller, piece);
  }

  /** Decodes in small steps, so that a few bytes cannot expand beyond the bound. */
  async #decode(bytes: Uint8Array, decoder: StreamCoder, controller: Controller): Promise<void> {
    for (let at = 0; at < bytes.length && !this.#isOver; at += GUNZIP_STEP_BYTES) {
      const pieces = await decoder.write(bytes.subarray(at, at + GUNZIP_STEP_BYTES));
      for (const piece of pieces) await this.#takeDecoded(piece, controller);
    }
  }

  async #takeDecoded(piece: Uint8Array, controller: Controller): Promise<void> {
    await this.#take(piece, controller);
    this.#decodedBytes += piece.length;
    if (this.#decodedBytes < COLLECT_BYTES) return;
    this.#decodedBytes = 0;
    if (++this.#collections % COLLECTIONS_PER_WHOLE === 0) fullGC();
    else edenGC();
  }

  /** Filters a chunk of the exposition, and sends the result once there is enough of it. */
  async #take(chunk: Uint8Array, controller: Controller): Promise<void> {
    for (let at = 0; at < chunk.length; at += STEP_BYTES) {
      const steps = this.#filter.pushSteps(chunk.subarray(at, at + STEP_BYTES));
      for (let isDone = false; !isDone;) {
        if (this.#share.isSpent) await this.#share.rest();
        if (this.#isOver) return;
        const step = steps.next();
        isDone = step.done === true;
        if (step.value === false) throw new LimitError(this.#filter.limitReached ?? "input");
      }
      if (this.#output.isFilled) await this.#send(controller, false);
    }
  }

  async #send(controller: Controller, isLast: boolean): Promise<void> {
    const piece = this.#output.filled(isLast);
    if (piece.length === 0) return;
    if (this.#encoder === undefined) await this.#write(controller, piece);
    else for (const coded of await this.#encoder.write(piece)) await this.#write(controller, coded);
    this.#output.clear();
  }

  #write(controller: Controller, piece: Uint8Array): number | Promise<number> {
    this.#options.sent(piece.length);
    return controller.write(piece);
  }
}

function endOf(error: unknown): BodyEnd {
  if (error instanceof LimitError) return { kind: `${error.limit}_limit` };
  return { kind: "failed", reason: errorMessage(error) };
}
