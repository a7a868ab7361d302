// Offered records as they go from one thread to another: plain data whose buffers are moved, and
// that says all by itself. Packed by copies of ranges; read by whoever has the time.

import { grownBytes, grownInts } from "../core/bytes.ts";
import { decodeUtf8, encodeUtf8 } from "../core/utf8.ts";
import {
  NO_FRAME,
  type OfferedRecord,
  type OfferedRecords,
  type OfferSource,
  Outcome,
  type RecordEncoding,
  type RecordFrame,
  ROW_WIDTH,
  RowAt,
} from "../policy/index.ts";

/** Cloned on its way, `rows` and `bytes` moved. */
export interface ForwardedRecords {
  /** Of the extension. */
  readonly type: string;
  readonly records: number;
  readonly encodings: readonly RecordEncoding[];
  /** WIDTH numbers a record. */
  readonly rows: Int32Array<ArrayBuffer>;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/**
 * Numbers of a record: places in the bytes, but for `facts`, of which the low bits are an Outcome.
 */
const At = {
  facts: 0,
  source: 1,
  sourceEnd: 2,
  /** -1: there is no frame. */
  resource: 3,
  scope: 4,
  scopeEnd: 5,
  start: 6,
  end: 7,
} as const;
const WIDTH = 8;
const ENCODING_FACTOR = 4;
/** Numbers of a frame while it is packed: as those of a row. */
const FRAME_WIDTH = 3;
const ROWS_MIN = 512;

export function buffersOf({ rows, bytes }: ForwardedRecords): ArrayBuffer[] {
  return [rows.buffer, bytes.buffer];
}

export class OutgoingRecords {
  readonly #type: string;
  readonly #texts: SourceTexts;
  #bytes: Uint8Array<ArrayBuffer>;
  #length = 0;
  #rows: Int32Array<ArrayBuffer> = new Int32Array(ROWS_MIN * WIDTH);
  #count = 0;
  /** Where the text of a source begins. */
  readonly #sources = new Map<OfferSource, number>();
  /** Neighbours often have the same. */
  #lastSource: OfferSource | undefined;
  #lastSourceAt = 0;
  #lastSourceEnd = 0;
  readonly #encodings: RecordEncoding[] = [];

  constructor(type: string, texts: SourceTexts, bytes: number) {
    this.#type = type;
    this.#texts = texts;
    this.#bytes = new Uint8Array(bytes);
  }

  get length(): number {
    return this.#length;
  }

  /** Whether so many bytes fit without a larger buffer. */
  fits(bytes: number): boolean {
    return this.#length + bytes <= this.#bytes.length;
  }

  append(records: OfferedRecords): void {
    const start = this.#length;
    this.#copy(records.bytes.subarray(0, records.length));
    const frames = this.#frames(records);
    const encodings = records.encodings.map((encoding) => this.#numberOf(encoding));
    const end = (this.#count + records.count) * WIDTH;
    if (end > this.#rows.length) {
      this.#rows = grownInts(this.#rows, Math.max(end, this.#rows.length * 2));
    }
    for (let row = 0; row < records.count; row++) this.#row(records, row, start, frames, encodings);
  }

  take(): ForwardedRecords {
    return {
      type: this.#type,
      records: this.#count,
      encodings: this.#encodings,
      rows: this.#rows,
      bytes: this.#bytes,
    };
  }

  #row(
    { rows, sources }: OfferedRecords,
    row: number,
    start: number,
    frames: Int32Array,
    encodings: readonly number[],
  ): void {
    const from = row * ROW_WIDTH;
    const out = this.#rows;
    const to = this.#count++ * WIDTH;
    const source = sources[rows[from + RowAt.source] as number] as OfferSource;
    if (source !== this.#lastSource) this.#findSource(source);
    const encoding = encodings[rows[from + RowAt.encoding] as number] as number;
    const frame = rows[from + RowAt.frame] as number;
    out[to + At.facts] = encoding * ENCODING_FACTOR + (rows[from + RowAt.outcome] as number);
    out[to + At.source] = this.#lastSourceAt;
    out[to + At.sourceEnd] = this.#lastSourceEnd;
    const at = frame * FRAME_WIDTH;
    out[to + At.resource] = frame === NO_FRAME ? -1 : (frames[at] as number);
    out[to + At.scope] = frame === NO_FRAME ? 0 : (frames[at + 1] as number);
    out[to + At.scopeEnd] = frame === NO_FRAME ? 0 : (frames[at + 2] as number);
    out[to + At.start] = start + (rows[from + RowAt.start] as number);
    out[to + At.end] = start + (rows[from + RowAt.end] as number);
  }

  /** Resource and scope of each, one behind the other. */
  #frames({ frames }: OfferedRecords): Int32Array {
    const places = new Int32Array(frames.length * FRAME_WIDTH);
    frames.forEach(({ resource, scope }, i) => {
      places[i * FRAME_WIDTH] = this.#copy(resource);
      places[i * FRAME_WIDTH + 1] = this.#copy(scope);
      places[i * FRAME_WIDTH + 2] = this.#length;
    });
    return places;
  }

  #findSource(source: OfferSource): void {
    const text = this.#texts.of(source);
    let at = this.#sources.get(source);
    if (at === undefined) {
      at = this.#copy(text);
      this.#sources.set(source, at);
    }
    this.#lastSource = source;
    this.#lastSourceAt = at;
    this.#lastSourceEnd = at + text.length;
  }

  #copy(bytes: Uint8Array): number {
    const at = this.#length;
    const end = at + bytes.length;
    if (end > this.#bytes.length) {
      this.#bytes = grownBytes(this.#bytes, Math.max(end, this.#bytes.length * 2));
    }
    this.#bytes.set(bytes, at);
    this.#length = end;
    return at;
  }

  #numberOf(encoding: RecordEncoding): number {
    const known = this.#encodings.indexOf(encoding);
    return known >= 0 ? known : this.#encodings.push(encoding) - 1;
  }
}

/** Sources as JSON, written once each. */
export class SourceTexts {
  readonly #texts = new WeakMap<OfferSource, Uint8Array>();

  of(source: OfferSource): Uint8Array {
    const known = this.#texts.get(source);
    if (known !== undefined) return known;
    const { use } = source;
    const config = use.config.toBase64();
    const text = encodeUtf8(JSON.stringify({ ...source, use: { ...use, config } }));
    this.#texts.set(source, text);
    return text;
  }
}

/** How many sources a reader keeps. */
const SOURCES_MAX = 4096;

/** Makes objects of the records of batches. Equal sources are one object, as long as it can. */
export class ForwardedReader {
  readonly #sources = new Map<string, OfferSource>();

  /** Their bytes are views of the batch. */
  read({ records, encodings, rows, bytes }: ForwardedRecords): OfferedRecord[] {
    const sources = new Map<number, OfferSource>();
    const frames = new Map<number, RecordFrame>();
    const number = (row: number, at: number): number => rows[row * WIDTH + at] as number;
    return Array.from({ length: records }, (_, row): OfferedRecord => {
      const sourceAt = number(row, At.source);
      let source = sources.get(sourceAt);
      if (source === undefined) {
        source = this.#sourceOf(decodeUtf8(bytes, sourceAt, number(row, At.sourceEnd)));
        sources.set(sourceAt, source);
      }
      const facts = number(row, At.facts);
      const frameAt = number(row, At.resource);
      let frame = frames.get(frameAt);
      if (frame === undefined && frameAt >= 0) {
        const scopeAt = number(row, At.scope);
        frame = {
          resource: bytes.subarray(frameAt, scopeAt),
          scope: bytes.subarray(scopeAt, number(row, At.scopeEnd)),
        };
        // Two places at which nothing stands may be the same.
        if (number(row, At.scopeEnd) > frameAt) frames.set(frameAt, frame);
      }
      return {
        source,
        frame,
        matched: (facts & Outcome.matched) !== 0,
        kept: (facts & Outcome.kept) !== 0,
        encoding: encodings[Math.floor(facts / ENCODING_FACTOR)] as RecordEncoding,
        bytes: bytes.subarray(number(row, At.start), number(row, At.end)),
      };
    });
  }

  #sourceOf(text: string): OfferSource {
    const known = this.#sources.get(text);
    if (known !== undefined) return known;
    // Written by SourceTexts, in this process.
    const { use, ...rest } = JSON.parse(text) as OfferSource & { use: { config: string } };
    const config = Uint8Array.fromBase64(use.config);
    const source: OfferSource = { ...rest, use: { ...use, config } };
    if (this.#sources.size >= SOURCES_MAX) this.#sources.clear();
    this.#sources.set(text, source);
    return source;
  }
}
