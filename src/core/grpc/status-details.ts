// google.rpc.Status: the body of an error response over HTTP, and `grpc-status-details-bin` of a
// gRPC call. The only detail it knows is RetryInfo, which says when to retry. Source:
// google/rpc/status.proto, error_details.proto.

import { joinBytes } from "../bytes.ts";
import {
  bytesField,
  FieldCursor,
  tagOf,
  varintSize,
  WireType,
  writeVarint,
} from "../protobuf/index.ts";
import { decodeUtf8, encodeUtf8 } from "../utf8.ts";
import type { GrpcStatus } from "./status.ts";

/** Whatever could be read of a google.rpc.Status. */
export type StatusDetails = Partial<GrpcStatus>;

const CODE = tagOf(1, WireType.varint);
const MESSAGE = tagOf(2, WireType.bytes);
const DETAIL = tagOf(3, WireType.bytes);
const TYPE_URL = tagOf(1, WireType.bytes);
const VALUE = tagOf(2, WireType.bytes);
const RETRY_DELAY = tagOf(1, WireType.bytes);
const SECONDS = tagOf(1, WireType.varint);
const NANOS = tagOf(2, WireType.varint);
const RETRY_INFO = "type.googleapis.com/google.rpc.RetryInfo";

/** The message for a status. */
export function statusDetails({ code, message, retryAfterS }: GrpcStatus): Uint8Array {
  const parts = [varintField(CODE, code), bytesField(MESSAGE, encodeUtf8(message))];
  if (retryAfterS !== undefined) {
    const seconds = Math.min(0x7fffffff, Math.max(0, Math.ceil(retryAfterS)));
    const info = bytesField(RETRY_DELAY, varintField(SECONDS, seconds));
    const any = [bytesField(TYPE_URL, encodeUtf8(RETRY_INFO)), bytesField(VALUE, info)];
    parts.push(bytesField(DETAIL, ...any));
  }
  return joinBytes(parts);
}

/** What a google.rpc.Status says; other bytes say nothing. */
export function readStatusDetails(bytes: Uint8Array): StatusDetails {
  const read: { code?: number; message?: string; retryAfterS?: number } = {};
  const isWhole = eachField(bytes, (cursor) => {
    if (cursor.tag === CODE) read.code = cursor.lo;
    if (cursor.tag === MESSAGE) read.message = decodeUtf8(bytes, cursor.start, cursor.stop);
    if (cursor.tag !== DETAIL) return;
    const retryAfterS = retryAfterOf(bytes.subarray(cursor.start, cursor.stop));
    if (retryAfterS !== undefined) read.retryAfterS = retryAfterS;
  });
  return isWhole ? read : {};
}

/** Undefined: the detail is not a RetryInfo. */
function retryAfterOf(any: Uint8Array): number | undefined {
  let isRetryInfo = false;
  let value: Uint8Array = NOTHING;
  const isWhole = eachField(any, ({ tag, start, stop }) => {
    if (tag === TYPE_URL) isRetryInfo = decodeUtf8(any, start, stop) === RETRY_INFO;
    if (tag === VALUE) value = any.subarray(start, stop);
  });
  if (!isWhole || !isRetryInfo) return undefined;
  let delayS = 0;
  const isRead = eachField(value, ({ tag, start, stop }) => {
    if (tag === RETRY_DELAY) delayS = durationS(value.subarray(start, stop));
  });
  return isRead ? delayS : undefined;
}

/** Whole seconds, rounded up; 0 for a negative or malformed duration. */
function durationS(duration: Uint8Array): number {
  let seconds = 0;
  let nanos = 0;
  const isWhole = eachField(duration, ({ tag, hi, lo }) => {
    if (tag === SECONDS) seconds = hi === 0 && lo >= 0 ? lo : 0;
    if (tag === NANOS) nanos = lo;
  });
  return isWhole ? seconds + (nanos > 0 ? 1 : 0) : 0;
}

/** Whether all fields could be read. */
function eachField(bytes: Uint8Array, take: (cursor: FieldCursor) => void): boolean {
  const cursor = new FieldCursor();
  cursor.open(bytes, 0, bytes.length);
  while (cursor.next()) take(cursor);
  return cursor.fault < 0;
}

function varintField(tag: number, value: number): Uint8Array {
  const field = new Uint8Array(varintSize(tag) + varintSize(value));
  writeVarint(field, writeVarint(field, 0, tag), value);
  return field;
}

const NOTHING = new Uint8Array(0);
