// What a protocol provides whose telemetry is fetched: how its scrapers ask, and how a response is
// filtered as it streams back. The pipeline fetches, decodes and encodes, and knows nothing else
// about it.

import type { FailOpenReason } from "../o11y/events.ts";
import type { Evaluation, Settlement } from "../policy/record-port.ts";
import type { HeaderValues } from "./header-values.ts";

/** Takes bytes[start, end), which are borrowed for the call only. */
export interface ByteSink {
  write(bytes: Uint8Array, start: number, end: number): void;
}

/** What a stream is filtered with, to where, and within which bounds. */
export interface StreamFilterOptions {
  /**
   * The policies; undefined: everything is kept. Used for one chunk at a time, never across two.
   */
  readonly evaluation: Evaluation | undefined;
  readonly sink: ByteSink;
  /** Bytes taken in; 0, the default: no bound. */
  readonly inputBytesMax?: number;
  /** Bytes handed out; 0, the default: no bound. */
  readonly outputBytesMax?: number;
}

/** What was met so far. */
export interface StreamingCounts {
  /** Of text; other formats have none. */
  readonly lines: number;
  /** Samples that were judged. */
  readonly samples: number;
  readonly dropped: number;
  /** What is neither a sample nor a comment, and what is too long: kept, not judged. */
  readonly unreadable: number;
  readonly tooLong: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/** What was kept without being judged, and why. */
export interface PassedRecords {
  readonly reason: FailOpenReason;
  readonly records: number;
  readonly detail: string;
}

/** Filters one body as it streams. */
export interface StreamFilter {
  /** The bound that ended the stream; its output ends after a whole line or message. */
  readonly limitReached: "input" | "output" | undefined;
  /** An error of judging: from there on everything is kept. */
  readonly fault: unknown;
  readonly settlement: Settlement | undefined;
  readonly counts: StreamingCounts;
  /** For the log and the metrics, when the body is over; without the fault. */
  readonly passed: readonly PassedRecords[];
  /**
   * Takes the next chunk; its kept bytes have reached the sink when this returns, but for the line
   * or message that it breaks off in. False when a bound was reached: nothing more is taken.
   */
  push(chunk: Uint8Array): boolean;
  /**
   * As `push`, with a pause wherever a part of a long message has been judged. The chunk stays as
   * it is until the end.
   */
  pushSteps(chunk: Uint8Array): Generator<undefined, boolean>;
  /** The body is complete. False when that exceeded a bound. */
  end(): boolean;
}

/** What telemetry is read that is fetched. */
export interface ScrapeFormat {
  /** An Accept header without what cannot be read here; all else stays as it is written. */
  readable(accept: string): string;
  /**
   * Makes the filter of a response with these headers; undefined when its Content-Type is none of
   * the format's.
   */
  filterOf(headers: HeaderValues): ((options: StreamFilterOptions) => StreamFilter) | undefined;
}
