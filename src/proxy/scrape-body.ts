// The body of one scrape on its way through: decoded, filtered and encoded again, one piece at a
// time and no faster than the scraper reads. A body that cannot be sent whole is cut off, so that
// no scraper takes a part for the whole.

import * as zlib from "node:zlib";
import type { PolicyStreamingFilter } from "../prometheus/index.ts";
import { StreamCoder } from "./scrape-coder.ts";
import { ScrapeOutput } from "./scrape-output.ts";

/** Pieces that the codings work in. */
const CHUNK_BYTES = 64 * 1024;
/** How long the runtime is given to send what it holds before a connection is cut. */
const CUT_OFF_DELAY_MS = 10;
/** Unfolds to at most a thousand times as much. */
const GUNZIP_STEP_BYTES = 4 * 1024;
/** Scrapes go to a scraper nearby: speed before size. */
const GZIP_LEVEL = 1;

/** How a body ended. `failed`: the exporter's answer broke off or could not be decoded. */
export type BodyEnd =
  | { readonly kind: "whole" }
  | { readonly kind: "input_limit" | "output_limit" }
  | { readonly kind: "failed"; readonly reason: string }
  | { readonly kind: "cancelled" };

export interface ScrapeBodyOptions {
  readonly source: ReadableStream<Uint8Array>;
  /** The source is gzip. */
  readonly isGzip: boolean;
  /** The result is to be gzip. */
  readonly asGzip: boolean;
  /** Makes the filter that writes to this sink. */
  readonly filterTo: (sink: ScrapeOutput) => PolicyStreamingFilter;
  /** Called once. */
  readonly ended: (end: BodyEnd, filter: PolicyStreamingFilter) => void;
}

/** What the scraper's connection is cut with; the runtime may print it. */
class CutOffError extends Error {
  readonly code = "scrape_cut_off";
  constructor(kind: BodyEnd["kind"]) {
    super(`the scrape was cut off: ${kind}`);
    this.name = "CutOffError";
  }
}

/** The filtered body. */
export function filterScrape(options: ScrapeBodyOptions): ReadableStream<Uint8Array> {
  const output = new ScrapeOutput();
  const filter = options.filterTo(output);
  const reader = options.source.getReader();
  const pieces = options.asGzip
    ? gzipped(filteredPieces(reader, options.isGzip, filter, output))
    : filteredPieces(reader, options.isGzip, filter, output);
  let isOver = false;
  const end = (how: BodyEnd): void => {
    if (isOver) return;
    isOver = true;
    options.ended(how, filter);
  };
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const next = await pieces.next();
          if (isOver) return;
          if (next.done !== true) {
            controller.enqueue(next.value);
            return;
          }
          end({ kind: "whole" });
          controller.close();
        } catch (error) {
          if (isOver) return;
          const how = endOf(error);
          end(how);
          // The runtime sends what it has been given before the connection is cut.
          await Bun.sleep(CUT_OFF_DELAY_MS);
          controller.error(new CutOffError(how.kind));
          void reader.cancel().catch(() => undefined);
        }
      },
      async cancel() {
        end({ kind: "cancelled" });
        await reader.cancel().catch(() => undefined);
        await pieces.return(undefined).catch(() => undefined);
      },
    },
    { highWaterMark: 0 },
  );
}

/** A bound of the scrape was reached. */
class LimitError extends Error {
  readonly limit: "input" | "output";
  constructor(limit: "input" | "output") {
    super(`${limit} limit`);
    this.limit = limit;
  }
}

function endOf(error: unknown): BodyEnd {
  if (error instanceof LimitError) return { kind: `${error.limit}_limit` };
  return { kind: "failed", reason: error instanceof Error ? error.message : String(error) };
}

/** The part of a stream's reader that is used here. */
interface Reader {
  read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
}
type Pieces = AsyncGenerator<Uint8Array, void, undefined>;

/** What is left of the exposition; throws, after the last whole line, when it is not complete. */
async function* filteredPieces(
  reader: Reader,
  isGzip: boolean,
  filter: PolicyStreamingFilter,
  output: ScrapeOutput,
): Pieces {
  const chunks = isGzip ? gunzipped(reader) : received(reader);
  for await (const chunk of chunks) {
    output.chunk = chunk;
    const goesOn = filter.push(chunk);
    for (const piece of output.take(!goesOn)) yield piece;
    if (!goesOn) throw new LimitError(filter.limitReached ?? "input");
  }
  const isWhole = filter.end();
  for (const piece of output.take(true)) yield piece;
  if (!isWhole) throw new LimitError(filter.limitReached ?? "output");
}

async function* received(reader: Reader): Pieces {
  for (;;) {
    const { done, value } = await reader.read();
    if (done || value === undefined) return;
    yield value;
  }
}

/** Decodes gzip; small steps bound what a few bytes can unfold to. */
async function* gunzipped(reader: Reader): Pieces {
  const coder = new StreamCoder(zlib.createGunzip({ chunkSize: CHUNK_BYTES }));
  try {
    for await (const piece of received(reader)) {
      for (let at = 0; at < piece.length; at += GUNZIP_STEP_BYTES) {
        yield* await coder.write(piece.subarray(at, at + GUNZIP_STEP_BYTES));
      }
    }
    yield* await coder.end();
  } finally {
    coder.close();
  }
}

/** Encodes gzip; pieces that break off are encoded up to there, without an end of the coding. */
async function* gzipped(pieces: Pieces): Pieces {
  const coder = new StreamCoder(zlib.createGzip({ level: GZIP_LEVEL, chunkSize: CHUNK_BYTES }));
  try {
    try {
      for await (const piece of pieces) yield* await coder.write(piece);
    } catch (error) {
      yield* await coder.flush();
      throw error;
    }
    yield* await coder.end();
  } finally {
    coder.close();
  }
}
