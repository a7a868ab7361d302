// Carries records that were offered in one thread to the extensions in another: packed, once per
// turn of the event loop, a bounded number of bytes at a time. What does not fit is lost and
// counted. All extensions live in one thread, so that what they keep, and their way to it, exists
// once.

import { RECORD_FORWARD_BYTES_MAX } from "../core/limits.ts";
import type { EventBus } from "../o11y/index.ts";
import {
  type ExtensionHandler,
  type OfferedRecord,
  type OfferSource,
  type RecordEncoding,
  type RecordFrame,
} from "../policy/index.ts";
import type { ExtensionKind } from "./extension.ts";

/** Plain data: cloned on its way, `heads` and `bytes` moved. */
export interface ForwardedRecords {
  readonly sources: readonly OfferSource[];
  readonly frames: readonly RecordFrame[];
  readonly encodings: readonly RecordEncoding[];
  /** HEAD_WIDTH numbers a record. */
  readonly heads: Int32Array<ArrayBuffer>;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

const HeadAt = { source: 0, frame: 1, flags: 2, end: 3 } as const;
const HEAD_WIDTH = 4;
const FLAG_MATCHED = 1;
const FLAG_KEPT = 2;
const ENCODING_FACTOR = 4;
const NO_FRAME = -1;

export interface RecordForwarderOptions {
  readonly kinds: readonly ExtensionKind[];
  readonly bus: EventBus;
  /** The other thread answers each batch with one call of `taken`. */
  readonly post: (batch: ForwardedRecords) => void;
  /** Calls back in this turn of the event loop, or the next. Default: setImmediate. */
  readonly soon?: (run: () => void) => void;
}

export class RecordForwarder {
  /** For the engine of this thread. What is wrong with uses was told where they were published. */
  readonly handlers: ReadonlyMap<string, ExtensionHandler>;
  readonly #options: RecordForwarderOptions;
  #records: OfferedRecord[] = [];
  #bytes = 0;
  /** Records that did not fit, by extension. */
  readonly #lost = new Map<string, number>();
  #isDue = false;
  /** Bytes of the batches that were not taken yet, in their order. */
  readonly #underway: number[] = [];
  #underwayBytes = 0;
  #settled: (() => void)[] = [];

  constructor(options: RecordForwarderOptions) {
    this.#options = options;
    const offer = (record: OfferedRecord): void => this.#offer(record);
    this.handlers = new Map(options.kinds.map(({ type }) => [type, { type, offer }]));
  }

  /** The other thread has taken one batch. */
  taken(): void {
    this.#underwayBytes -= this.#underway.shift() ?? 0;
    if (this.#underway.length > 0) return;
    for (const resolve of this.#settled.splice(0)) resolve();
  }

  /** Resolves when everything that was offered has been taken. */
  async settled(): Promise<void> {
    this.#depart();
    if (this.#underway.length === 0) return;
    await new Promise<void>((resolve) => void this.#settled.push(resolve));
  }

  #offer(record: OfferedRecord): void {
    if (this.#underwayBytes + this.#bytes >= RECORD_FORWARD_BYTES_MAX) {
      const { type } = record.source.use;
      this.#lost.set(type, 1 + (this.#lost.get(type) ?? 0));
    } else {
      this.#records.push(record);
      this.#bytes += record.bytes.length;
    }
    if (this.#isDue) return;
    this.#isDue = true;
    (this.#options.soon ?? setImmediate)(() => this.#depart());
  }

  #depart(): void {
    this.#isDue = false;
    for (const [extension, records] of this.#lost) {
      this.#options.bus.emit("extension.records_lost", {
        extension,
        reason: "channel_full",
        records,
      });
    }
    this.#lost.clear();
    if (this.#records.length === 0) return;
    const [records, bytes] = [this.#records, this.#bytes];
    this.#records = [];
    this.#bytes = 0;
    this.#underway.push(bytes);
    this.#underwayBytes += bytes;
    this.#options.post(packed(records, bytes));
  }
}

function packed(records: readonly OfferedRecord[], length: number): ForwardedRecords {
  const heads = new Int32Array(records.length * HEAD_WIDTH);
  const bytes = new Uint8Array(length);
  const sources = new Map<OfferSource, number>();
  const frames = new Map<RecordFrame, number>();
  const encodings = new Map<RecordEncoding, number>();
  let end = 0;
  for (const [
    number,
    { source, frame, matched, kept, encoding, bytes: own },
  ] of records.entries()) {
    bytes.set(own, end);
    end += own.length;
    const at = number * HEAD_WIDTH;
    const flags = (matched ? FLAG_MATCHED : 0) + (kept ? FLAG_KEPT : 0);
    heads[at + HeadAt.source] = numberOf(sources, source);
    heads[at + HeadAt.frame] = frame === undefined ? NO_FRAME : numberOf(frames, frame);
    heads[at + HeadAt.flags] = flags + numberOf(encodings, encoding) * ENCODING_FACTOR;
    heads[at + HeadAt.end] = end;
  }
  return {
    sources: [...sources.keys()],
    frames: [...frames.keys()],
    encodings: [...encodings.keys()],
    heads,
    bytes,
  };
}

function numberOf<T>(known: Map<T, number>, item: T): number {
  const number = known.get(item) ?? known.size;
  known.set(item, number);
  return number;
}

/** The records of a batch; their bytes are views of it. */
export function recordsOf(batch: ForwardedRecords): OfferedRecord[] {
  const { sources, frames, encodings, heads, bytes } = batch;
  const records: OfferedRecord[] = [];
  let start = 0;
  for (let at = 0; at < heads.length; at += HEAD_WIDTH) {
    const flags = heads[at + HeadAt.flags] as number;
    const end = heads[at + HeadAt.end] as number;
    const source = sources[heads[at + HeadAt.source] as number];
    const encoding = encodings[Math.floor(flags / ENCODING_FACTOR)];
    if (source === undefined || encoding === undefined) {
      throw new RangeError("offered records: a batch that was packed otherwise");
    }
    records.push({
      source,
      frame: frames[heads[at + HeadAt.frame] as number],
      matched: (flags & FLAG_MATCHED) !== 0,
      kept: (flags & FLAG_KEPT) !== 0,
      encoding,
      bytes: bytes.subarray(start, end),
    });
    start = end;
  }
  return records;
}
