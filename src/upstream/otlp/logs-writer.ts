// Writes an ExportLogsServiceRequest in protobuf, record by record, from ranges of bytes; no object
// is made per record. Text that is not valid UTF-8, as a string of protobuf must be, is written as
// bytes. Source: opentelemetry-proto, logs/v1/logs.proto.

import { isUtf8 } from "node:buffer";
import { bytesField, tagOf, varintSize, WireType, writeVarint } from "../../core/protobuf/index.ts";
import { encodeUtf8 } from "../../core/utf8.ts";

/** One record; the object is reused for the next one. An empty range is not written. */
export interface LogRecordFields {
  /** Nanoseconds since 1970; 0: not known. */
  timeUnixNano: bigint;
  observedTimeUnixNano: bigint;
  /** 0: not known. */
  severityNumber: number;
  severityText: Uint8Array;
  severityTextStart: number;
  severityTextEnd: number;
  body: Uint8Array;
  bodyStart: number;
  bodyEnd: number;
  /** 16 and 8 bytes, or none. */
  traceId: Uint8Array;
  spanId: Uint8Array;
  /** Each is a whole `attributes` field, as `stringAttribute` makes it. */
  attributes: Uint8Array;
}

const LENGTH = WireType.bytes;
const RESOURCE_LOGS = tagOf(1, LENGTH);
const RESOURCE = tagOf(1, LENGTH);
const SCOPE_LOGS = tagOf(2, LENGTH);
const SCOPE = tagOf(1, LENGTH);
const LOG_RECORDS = tagOf(2, LENGTH);
const RESOURCE_ATTRIBUTES = tagOf(1, LENGTH);
const TIME = tagOf(1, WireType.fixed64);
const SEVERITY_NUMBER = tagOf(2, WireType.varint);
const SEVERITY_TEXT = tagOf(3, LENGTH);
const BODY = tagOf(5, LENGTH);
const ATTRIBUTES = tagOf(6, LENGTH);
const TRACE_ID = tagOf(9, LENGTH);
const SPAN_ID = tagOf(10, LENGTH);
const OBSERVED_TIME = tagOf(11, WireType.fixed64);
const STRING_VALUE = tagOf(1, LENGTH);
const BYTES_VALUE = tagOf(7, LENGTH);
const TIME_SIZE = 9;
const NOTHING = new Uint8Array(0);
/** For fewer bytes, a loop is cheaper than making a view. */
const VIEW_BYTES_MIN = 32;

function keyValue(tag: number, key: string, value: string): Uint8Array {
  const said = bytesField(tagOf(2, LENGTH), bytesField(STRING_VALUE, encodeUtf8(value)));
  return bytesField(tag, bytesField(tagOf(1, LENGTH), encodeUtf8(key)), said);
}

/** An attribute of a record, for `attributes`. */
export function stringAttribute(key: string, value: string): Uint8Array {
  return keyValue(ATTRIBUTES, key, value);
}

export function emptyRecord(): LogRecordFields {
  return {
    timeUnixNano: 0n,
    observedTimeUnixNano: 0n,
    severityNumber: 0,
    severityText: NOTHING,
    severityTextStart: 0,
    severityTextEnd: 0,
    body: NOTHING,
    bodyStart: 0,
    bodyEnd: 0,
    traceId: NOTHING,
    spanId: NOTHING,
    attributes: NOTHING,
  };
}

export class OtlpLogsWriter {
  readonly #scope: Uint8Array;
  #resource: Uint8Array | undefined;
  /** Finished resources, and the records of the unfinished one. */
  readonly #done: Uint8Array[] = [];
  #records = new Uint8Array(64 * 1024);
  #view = new DataView(this.#records.buffer);
  #used = 0;
  /** The number of records since the start. */
  count = 0;

  /** The scope of all records: who wrote this request. */
  constructor(scope: { readonly name: string; readonly version: string }) {
    const name = bytesField(tagOf(1, LENGTH), encodeUtf8(scope.name));
    const version = bytesField(tagOf(2, LENGTH), encodeUtf8(scope.version));
    this.#scope = bytesField(SCOPE, name, version);
  }

  /** Begins a resource, to which the following records belong. */
  beginResource(attributes: ReadonlyMap<string, string>): void {
    this.#endResource();
    const all = [...attributes].map(([key, value]) => keyValue(RESOURCE_ATTRIBUTES, key, value));
    this.#resource = bytesField(RESOURCE, ...all);
  }

  /** Writes one record; keeps no reference to it. */
  add(record: LogRecordFields): void {
    const { attributes, body, bodyEnd, bodyStart, severityNumber, severityText, spanId } = record;
    const { severityTextEnd, severityTextStart, traceId } = record;
    const bodySize = bodyEnd - bodyStart;
    const valueSize = 1 + varintSize(bodySize) + bodySize;
    const textSize = severityTextEnd - severityTextStart;
    const size =
      (record.timeUnixNano === 0n ? 0 : TIME_SIZE) +
      TIME_SIZE +
      (severityNumber === 0 ? 0 : 2) +
      (textSize === 0 ? 0 : 1 + varintSize(textSize) + textSize) +
      1 +
      varintSize(valueSize) +
      valueSize +
      attributes.length +
      (traceId.length === 0 ? 0 : 2 + traceId.length) +
      (spanId.length === 0 ? 0 : 2 + spanId.length);
    this.#reserve(size + 16);
    this.count++;
    this.#varint(LOG_RECORDS);
    this.#varint(size);
    if (record.timeUnixNano !== 0n) this.#time(TIME, record.timeUnixNano);
    if (severityNumber !== 0) {
      this.#varint(SEVERITY_NUMBER);
      this.#varint(severityNumber);
    }
    if (textSize > 0) {
      this.#varint(SEVERITY_TEXT);
      this.#bytes(severityText, severityTextStart, severityTextEnd);
    }
    this.#varint(BODY);
    this.#varint(valueSize);
    this.#varint(isText(body, bodyStart, bodyEnd) ? STRING_VALUE : BYTES_VALUE);
    this.#bytes(body, bodyStart, bodyEnd);
    this.#copy(attributes, 0, attributes.length);
    if (traceId.length > 0) {
      this.#varint(TRACE_ID);
      this.#bytes(traceId, 0, traceId.length);
    }
    if (spanId.length > 0) {
      this.#varint(SPAN_ID);
      this.#bytes(spanId, 0, spanId.length);
    }
    this.#time(OBSERVED_TIME, record.observedTimeUnixNano);
  }

  /** The request with everything that was written since the last one. */
  finish(): Uint8Array<ArrayBuffer> {
    this.#endResource();
    let size = 0;
    for (const part of this.#done) size += part.length;
    const request = new Uint8Array(size);
    let at = 0;
    for (const part of this.#done.splice(0)) {
      request.set(part, at);
      at += part.length;
    }
    this.count = 0;
    return request;
  }

  #endResource(): void {
    const resource = this.#resource;
    this.#resource = undefined;
    if (resource === undefined || this.#used === 0) return;
    const scope = this.#scope;
    const scopeSize = scope.length + this.#used;
    const size = resource.length + 1 + varintSize(scopeSize) + scopeSize;
    const head = new Uint8Array(1 + varintSize(size) + size - this.#used);
    let at = writeVarint(head, writeVarint(head, 0, RESOURCE_LOGS), size);
    head.set(resource, at);
    at = writeVarint(head, writeVarint(head, at + resource.length, SCOPE_LOGS), scopeSize);
    head.set(scope, at);
    this.#done.push(head, this.#records.slice(0, this.#used));
    this.#used = 0;
  }

  #varint(value: number): void {
    this.#used = writeVarint(this.#records, this.#used, value);
  }

  /** Writes a length and the bytes. */
  #bytes(bytes: Uint8Array, start: number, end: number): void {
    this.#varint(end - start);
    this.#copy(bytes, start, end);
  }

  #copy(bytes: Uint8Array, start: number, end: number): void {
    const length = end - start;
    if (length < VIEW_BYTES_MIN) {
      for (let i = 0; i < length; i++) this.#records[this.#used + i] = bytes[start + i] as number;
    } else this.#records.set(bytes.subarray(start, end), this.#used);
    this.#used += length;
  }

  #time(tag: number, unixNano: bigint): void {
    this.#varint(tag);
    this.#view.setBigUint64(this.#used, BigInt.asUintN(64, unixNano), true);
    this.#used += 8;
  }

  #reserve(size: number): void {
    if (this.#used + size <= this.#records.length) return;
    const larger = new Uint8Array(Math.max(this.#used + size, this.#records.length * 2));
    larger.set(this.#records.subarray(0, this.#used));
    this.#records = larger;
    this.#view = new DataView(larger.buffer);
  }
}

/** A loop detects ASCII, which needs no view. */
function isText(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    if ((bytes[i] as number) >= 0x80) return isUtf8(bytes.subarray(i, end));
  }
  return true;
}
