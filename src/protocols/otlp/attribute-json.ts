// An attribute in protobuf as proto3 JSON, as most are: a short key, and a short text that needs no
// escapes or a small whole number. Whatever else it may be is left to the reader of any message.

import type { ByteWriter } from "../../core/json/index.ts";
import { tagOf, WireType } from "../../core/protobuf/index.ts";
import { encodeUtf8 } from "../../core/utf8.ts";

const KEY_TAG = tagOf(1, WireType.bytes);
const VALUE_TAG = tagOf(2, WireType.bytes);
const STRING_TAG = tagOf(1, WireType.bytes);
const INT_TAG = tagOf(3, WireType.varint);
/** Lengths below it have one byte. */
const LENGTH_MAX = 0x80;
/** Of a tag and such a length. */
const HEAD_BYTES = 2;
const SMALL_INT_BYTES_MAX = 4;

const START = encodeUtf8('{"key":"');
const STRING = encodeUtf8('","value":{"stringValue":"');
const INT = encodeUtf8('","value":{"intValue":"');
const END = encodeUtf8('"}}');

/** Writes the `KeyValue` in bytes[start, stop); false: it is another, and nothing is written. */
export function writeUsualAttribute(
  bytes: Uint8Array,
  start: number,
  stop: number,
  out: ByteWriter,
): boolean {
  const key = start + HEAD_BYTES;
  const keyEnd = key + (bytes[start + 1] as number);
  const value = keyEnd + HEAD_BYTES;
  // An empty key is one that is not there.
  if (bytes[start] !== KEY_TAG || keyEnd === key || keyEnd - key >= LENGTH_MAX) return false;
  if (value >= stop || stop - value >= LENGTH_MAX) return false;
  if (bytes[keyEnd] !== VALUE_TAG || bytes[keyEnd + 1] !== stop - value) return false;
  const { length } = out;
  out.copy(START, 0, START.length);
  if (out.plain(bytes, key, keyEnd) && writeUsualValue(bytes, value, stop, out)) return true;
  out.cut(length);
  return false;
}

/** The end of a key, and an `AnyValue`. What is written of another is to be taken back. */
function writeUsualValue(bytes: Uint8Array, at: number, stop: number, out: ByteWriter): boolean {
  switch (bytes[at]) {
    case STRING_TAG:
      if (bytes[at + 1] !== stop - at - HEAD_BYTES) return false;
      out.copy(STRING, 0, STRING.length);
      if (!out.plain(bytes, at + HEAD_BYTES, stop)) return false;
      break;
    case INT_TAG: {
      const int = smallIntAt(bytes, at + 1, stop);
      if (int < 0) return false;
      out.copy(INT, 0, INT.length);
      out.decimal(int);
      break;
    }
    default:
      return false;
  }
  out.copy(END, 0, END.length);
  return true;
}

/** The varint that is all of bytes[at, stop); -1: it is a larger one, or there is more. */
function smallIntAt(bytes: Uint8Array, at: number, stop: number): number {
  if (stop === at || stop - at > SMALL_INT_BYTES_MAX) return -1;
  let int = 0;
  for (let shift = 0; at < stop; shift += 7) {
    const byte = bytes[at++] as number;
    int |= (byte & 0x7f) << shift;
    if (byte < 0x80 !== (at === stop)) return -1;
  }
  return int;
}
