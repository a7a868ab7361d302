// The records of one request in the form in which they pass between threads: numbers and bytes that
// can be understood without anything else. Writing copies ranges of bytes; reading happens later.

import { copyBytes, grownInts } from "../core/bytes.ts";
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

/**
 * How many there are of the following, in this order: ROW_WIDTH words for each record, two lengths
 * for each frame, number and length of the text of each source, the length of each encoding; then
 * the bytes of all of these, in the same order.
 */
const Head = { records: 0, frames: 1, sources: 2, encodings: 3, recordBytes: 4, words: 5 } as const;
const PAIR = 2;
const WORD_BYTES = 4;
/** Grows by one whenever the form of packets changes: some are read by later versions. */
export const PACKET_FORMAT = 1;

/** Where packets are written to. */
export interface PacketRoom {
  readonly words: Int32Array;
  readonly bytes: Uint8Array;
  /** The word at which a packet of this many words may be written; undefined: there is no room. */
  reserve(words: number): number | undefined;
}

/** Up to this many unwanted bytes cost less to copy than another piece does. */
const GAP_BYTES_MAX = 1024;

/**
 * The pieces of a body that contain the records of a packet; pieces with little between them are
 * joined. In the packet they come after the copies, one after the other.
 */
class BodyPieces {
  /** The range of each piece in the body. */
  #ranges = new Int32Array(64);
  #count = 0;
  /** By row: the position of its bytes among all bytes. */
  #places = new Int32Array(64);
  /** Bytes of all pieces, and of the copies before them. */
  #bytes = 0;

  /** Finds the pieces; returns the number of all bytes. */
  find({ rows, count, length }: OfferedRecords): number {
    if (count > this.#places.length) this.#places = new Int32Array(count * 2);
    let [from, to] = [0, -GAP_BYTES_MAX - 1];
    this.#count = 0;
    this.#bytes = length;
    for (let row = 0; row < count; row++) {
      const at = rows[row * ROW_WIDTH + RowAt.start] as number;
      const start = ~at;
      if (at >= 0) {
        this.#places[row] = at;
        continue;
      }
      if (start < from || start - to > GAP_BYTES_MAX) {
        this.#end(from, to);
        from = to = start;
      }
      to = Math.max(to, rows[row * ROW_WIDTH + RowAt.end] as number);
      this.#places[row] = this.#bytes + start - from;
    }
    this.#end(from, to);
    return this.#bytes;
  }

  #end(from: number, to: number): void {
    if (to <= from) return;
    const at = this.#count * PAIR;
    if (at === this.#ranges.length) this.#ranges = grownInts(this.#ranges, at * 2);
    this.#ranges[at] = from;
    this.#ranges[at + 1] = to;
    this.#count++;
    this.#bytes += to - from;
  }

  /** Puts the positions in the packet into the rows, which are written from word `at` on. */
  place({ rows, count }: OfferedRecords, out: Int32Array, at: number): void {
    for (let row = 0; row < count * ROW_WIDTH; row += ROW_WIDTH) {
      const start = rows[row + RowAt.start] as number;
      const length = (rows[row + RowAt.end] as number) - (start < 0 ? ~start : start);
      const place = this.#places[row / ROW_WIDTH] as number;
      out[at + row + RowAt.start] = place;
      out[at + row + RowAt.end] = place + length;
    }
  }

  /** Writes the pieces to `out` from `at` on; returns the offset after them. */
  copy(body: Uint8Array, out: Uint8Array, at: number): number {
    for (let i = 0; i < this.#count * PAIR; i += PAIR) {
      at = copyBytes(body, this.#ranges[i] as number, this.#ranges[i + 1] as number, out, at);
    }
    return at;
  }
}

/** Writes packets; its buffers for numbers and texts are reused from one to the next. */
export class PacketWriter {
  readonly #sourceTexts = new WeakMap<OfferSource, Uint8Array>();
  readonly #encodingTexts = new Map<RecordEncoding, Uint8Array>();
  /** Numbers of the sources of the current packet's records. */
  readonly #used: number[] = [];
  /** By number of a source: the last packet that contained it. */
  #usedBy = new Float64Array(0);
  #packet = 0;
  readonly #pieces = new BodyPieces();

  /** Returns the words that the packet takes; 0: there is no room. */
  write(records: OfferedRecords, room: PacketRoom): number {
    const { frames, encodings, sources } = records;
    this.#findSources(records);
    const used = this.#used;
    const recordBytes = this.#pieces.find(records);
    let bytes = recordBytes;
    for (const { resource, scope } of frames) bytes += resource.length + scope.length;
    for (const number of used) bytes += this.#textOf(sources[number] as OfferSource).length;
    for (const encoding of encodings) bytes += this.#nameOf(encoding).length;
    const pairs = frames.length + used.length;
    const tableWords = Head.words + records.count * ROW_WIDTH + pairs * PAIR + encodings.length;
    const words = tableWords + Math.ceil(bytes / WORD_BYTES);
    const at = room.reserve(words);
    if (at === undefined) return 0;
    this.#writeTables(records, recordBytes, room.words, at);
    this.#writeBytes(records, room.bytes, (at + tableWords) * WORD_BYTES);
    return words;
  }

  #writeTables(records: OfferedRecords, bytes: number, out: Int32Array, at: number): void {
    const { frames, encodings, sources, count } = records;
    const used = this.#used;
    out[at + Head.records] = count;
    out[at + Head.frames] = frames.length;
    out[at + Head.sources] = used.length;
    out[at + Head.encodings] = encodings.length;
    out[at + Head.recordBytes] = bytes;
    let to = at + Head.words;
    out.set(records.rows.subarray(0, count * ROW_WIDTH), to);
    this.#pieces.place(records, out, to);
    to += count * ROW_WIDTH;
    for (const { resource, scope } of frames) {
      out[to++] = resource.length;
      out[to++] = scope.length;
    }
    for (const number of used) {
      out[to++] = number;
      out[to++] = this.#textOf(sources[number] as OfferSource).length;
    }
    for (const encoding of encodings) out[to++] = this.#nameOf(encoding).length;
  }

  #writeBytes(records: OfferedRecords, out: Uint8Array, at: number): void {
    let to = at;
    const copy = (part: Uint8Array): void => {
      out.set(part, to);
      to += part.length;
    };
    if (records.length > 0) copy(records.bytes.subarray(0, records.length));
    to = this.#pieces.copy(records.body, out, to);
    for (const { resource, scope } of records.frames) {
      copy(resource);
      copy(scope);
    }
    for (const number of this.#used) copy(this.#textOf(records.sources[number] as OfferSource));
    for (const encoding of records.encodings) copy(this.#nameOf(encoding));
  }

  #findSources({ rows, count, sources }: OfferedRecords): void {
    if (this.#usedBy.length < sources.length) this.#usedBy = new Float64Array(sources.length);
    const packet = ++this.#packet;
    this.#used.length = 0;
    for (let row = 0; row < count; row++) {
      const source = rows[row * ROW_WIDTH + RowAt.source] as number;
      if (this.#usedBy[source] === packet) continue;
      this.#usedBy[source] = packet;
      this.#used.push(source);
    }
  }

  /** The source as JSON, which is written only once. */
  #textOf(source: OfferSource): Uint8Array {
    const known = this.#sourceTexts.get(source);
    if (known !== undefined) return known;
    const { use } = source;
    const config = use.config.toBase64();
    const text = encodeUtf8(JSON.stringify({ ...source, use: { ...use, config } }));
    this.#sourceTexts.set(source, text);
    return text;
  }

  #nameOf(encoding: RecordEncoding): Uint8Array {
    const known = this.#encodingTexts.get(encoding);
    if (known !== undefined) return known;
    const text = encodeUtf8(encoding);
    this.#encodingTexts.set(encoding, text);
    return text;
  }
}

/** How many sources a reader remembers. */
const SOURCES_MAX = 4096;

/** Makes objects of the records of packets. Equal sources are one object, as far as possible. */
export class PacketReader {
  readonly #sources = new Map<string, OfferSource>();

  /**
   * The records' bytes are views of the packet. Throws if it is not a packet, as files may contain.
   */
  read(packet: Uint8Array<ArrayBuffer>): OfferedRecord[] {
    const words = new Int32Array(packet.buffer, packet.byteOffset, packet.length >> 2);
    checkTables(words);
    const count = words[Head.records] as number;
    const tables = this.#tables(packet, words);
    const { frames, sources, encodings, bytes } = tables;
    return Array.from({ length: count }, (_, row): OfferedRecord => {
      const at = Head.words + row * ROW_WIDTH;
      const outcome = words[at + RowAt.outcome] as number;
      const frame = words[at + RowAt.frame] as number;
      return {
        source: sources.get(words[at + RowAt.source] as number) as OfferSource,
        frame: frame === NO_FRAME ? undefined : frames[frame],
        encoding: encodings[words[at + RowAt.encoding] as number] as RecordEncoding,
        matched: (outcome & Outcome.matched) !== 0,
        kept: (outcome & Outcome.kept) !== 0,
        bytes: bytes.subarray(words[at + RowAt.start], words[at + RowAt.end]),
      };
    });
  }

  #tables(packet: Uint8Array, words: Int32Array) {
    const number = (at: number): number => words[at] as number;
    const [frameCount, sourceCount] = [number(Head.frames), number(Head.sources)];
    const encodingCount = number(Head.encodings);
    let word = Head.words + number(Head.records) * ROW_WIDTH;
    let at = (word + (frameCount + sourceCount) * PAIR + encodingCount) * WORD_BYTES;
    const take = (length: number): Uint8Array => packet.subarray(at, (at += length));
    const bytes = take(number(Head.recordBytes));
    const frames: RecordFrame[] = [];
    for (let i = 0; i < frameCount; i++) {
      frames.push({ resource: take(number(word++)), scope: take(number(word++)) });
    }
    const sources = new Map<number, OfferSource>();
    for (let i = 0; i < sourceCount; i++) {
      sources.set(number(word++), this.#sourceOf(decodeUtf8(take(number(word++)))));
    }
    const encodings: RecordEncoding[] = [];
    for (let i = 0; i < encodingCount; i++) encodings.push(decodeUtf8(take(number(word++))));
    return { frames, sources, encodings, bytes };
  }

  #sourceOf(text: string): OfferSource {
    const known = this.#sources.get(text);
    if (known !== undefined) return known;
    // Written by a PacketWriter, in this process.
    const { use, ...rest } = JSON.parse(text) as OfferSource & { use: { config: string } };
    const config = Uint8Array.fromBase64(use.config);
    const source: OfferSource = { ...rest, use: { ...use, config } };
    if (this.#sources.size >= SOURCES_MAX) this.#sources.clear();
    this.#sources.set(text, source);
    return source;
  }
}

function checkTables(words: Int32Array): void {
  const { records, frames, sources, encodings, words: headWords } = Head;
  const counts = [records, frames, sources, encodings].map((at) => words[at] ?? -1);
  const [recordCount = 0, frameCount = 0, sourceCount = 0, encodingCount = 0] = counts;
  const pairs = frameCount + sourceCount;
  const tableWords = headWords + recordCount * ROW_WIDTH + pairs * PAIR + encodingCount;
  if (Math.min(...counts) < 0 || tableWords > words.length) {
    throw new RangeError("it is no packet of records");
  }
}

/** How many records are in a packet. */
export function recordsIn(packet: Uint8Array<ArrayBuffer>): number {
  return new Int32Array(packet.buffer, packet.byteOffset, Head.words)[Head.records] as number;
}
