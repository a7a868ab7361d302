// Finds trace ids in the bytes of a record. In OTLP that is the record's own id. In other formats
// ids are in attributes and texts: every run of hexadecimal digits that is as long as an id, and
// decimal ids as Datadog writes them. Pure.

import { FieldCursor, tagOf, WireType } from "../../core/protobuf/index.ts";
import type { RecordEncoding, Signal } from "../../policy/index.ts";
import { FIND_IDS_PER_RECORD_MAX } from "../../core/limits.ts";
import type { IdHash } from "./id-hash.ts";

const KEYS = [Buffer.from('"traceId"'), Buffer.from('"trace_id"')];
const LOG_TAG = tagOf(9, WireType.bytes);
const SPAN_TAG = tagOf(1, WireType.bytes);
const QUOTE = 0x22;
const COLON = 0x3a;
/** Of 64 and of 128 bits. */
const HEX_LENGTHS = [16, 32];
const DECIMAL_LENGTH_MIN = 17;
const DECIMAL_LENGTH_MAX = 20;

/** What `isTraceId` lets pass is found when it is there. */
export function isTraceId(text: string): boolean {
  return /^(?:[0-9a-f]{16}|[0-9a-f]{32}|[0-9]{17,20})$/i.test(text);
}

export class TraceIds {
  readonly #hash: IdHash;
  readonly #cursor = new FieldCursor();
  #count = 0;
  /** Of the body at hand, and where its keys are next. */
  #bytes: Uint8Array | undefined;
  #body: Buffer = Buffer.alloc(0);
  readonly #places = KEYS.map(() => -1);

  constructor(hash: IdHash) {
    this.#hash = hash;
  }

  /** Calls `take` with each id in the hash. */
  each(
    signal: Signal,
    encoding: RecordEncoding,
    bytes: Uint8Array,
    start: number,
    end: number,
    take: () => void,
  ): void {
    this.#count = 0;
    if (encoding === "otlp_json") this.#ofKeys(signal, bytes, start, end, take);
    else if (encoding === "otlp_protobuf") this.#ofField(signal, bytes, start, end, take);
    else this.#ofRuns(bytes, start, end, take);
  }

  #ofKeys(signal: Signal, bytes: Uint8Array, start: number, end: number, take: () => void): void {
    const body = this.#bodyOf(bytes);
    for (let k = 0; k < KEYS.length; k++) {
      let at = this.#next(k, start);
      while (at < end && this.#count < FIND_IDS_PER_RECORD_MAX) {
        const behind = at + (KEYS[k] as Buffer).length;
        const value = valueAt(body, behind);
        const stop = value < 0 ? -1 : body.indexOf(QUOTE, value);
        if (stop > value && stop < end) {
          this.#hash.text(body, value, stop);
          this.#count++;
          take();
          // A log has one; those of links of spans do no harm.
          if (signal === "log") return;
        }
        at = this.#next(k, behind);
      }
    }
  }

  /** Where the key is next; what is behind the record is remembered for the records there. */
  #next(k: number, from: number): number {
    const known = this.#places[k] as number;
    if (known >= from) return known;
    const found = this.#body.indexOf(KEYS[k] as Buffer, from);
    return (this.#places[k] = found < 0 ? Number.POSITIVE_INFINITY : found);
  }

  #bodyOf(bytes: Uint8Array): Buffer {
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.#body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
      this.#places.fill(-1);
    }
    return this.#body;
  }

  #ofField(signal: Signal, bytes: Uint8Array, start: number, end: number, take: () => void): void {
    const wanted = signal === "trace" ? SPAN_TAG : LOG_TAG;
    const cursor = this.#cursor;
    cursor.open(bytes, start, end);
    while (cursor.next()) {
      if (cursor.tag !== wanted || cursor.start === cursor.stop) continue;
      this.#hash.binary(bytes, cursor.start, cursor.stop);
      take();
    }
  }

  #ofRuns(bytes: Uint8Array, start: number, end: number, take: () => void): void {
    let from = start;
    for (let at = start; at <= end && this.#count < FIND_IDS_PER_RECORD_MAX; at++) {
      if (at < end && isWord(bytes[at] as number)) continue;
      const length = at - from;
      if (length >= 16 && length <= 32 && isId(bytes, from, at)) {
        this.#hash.text(bytes, from, at);
        this.#count++;
        take();
      }
      from = at + 1;
    }
  }
}

/** Behind a colon and an opening quote; -1 when there are none. */
function valueAt(bytes: Uint8Array, start: number): number {
  let at = start;
  while ((bytes[at] as number) <= 0x20) at++;
  if (bytes[at] !== COLON) return -1;
  at++;
  while ((bytes[at] as number) <= 0x20) at++;
  return bytes[at] === QUOTE ? at + 1 : -1;
}

function isWord(byte: number): boolean {
  const letter = byte | 0x20;
  return (byte >= 0x30 && byte <= 0x39) || (letter >= 0x61 && letter <= 0x7a) || byte === 0x5f;
}

function isId(bytes: Uint8Array, start: number, end: number): boolean {
  const length = end - start;
  let isDecimal = true;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number;
    if (byte >= 0x30 && byte <= 0x39) continue;
    const letter = byte | 0x20;
    if (letter < 0x61 || letter > 0x66) return false;
    isDecimal = false;
  }
  if (HEX_LENGTHS.includes(length)) return true;
  return isDecimal && length >= DECIMAL_LENGTH_MIN && length <= DECIMAL_LENGTH_MAX;
}
