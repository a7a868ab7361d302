// Reads `partial_success` from an OTLP response, in protobuf or JSON: how many records a backend
// rejected although it accepted the request. It is the same for all signals.

import { memberOf } from "../../core/members.ts";
import { FieldCursor, tagOf, WireType } from "../../core/protobuf/index.ts";
import { int64ToNumber } from "../../core/int64.ts";
import { printable } from "../../core/printable.ts";
import { decodeUtf8 } from "../../core/utf8.ts";

export interface PartialSuccess {
  readonly rejected: number;
  /**
   * What the backend says about it; it may say something even if nothing was rejected. Empty:
   * nothing.
   */
  readonly message: string;
}

const ALL: PartialSuccess = { rejected: 0, message: "" };
const MESSAGE_CHARS_MAX = 300;
const PARTIAL_SUCCESS = tagOf(1, WireType.bytes);
const REJECTED = tagOf(1, WireType.varint);
const MESSAGE = tagOf(2, WireType.bytes);

/** A response that cannot be read, or says nothing, counts as having accepted everything. */
export function readPartialSuccess(response: Uint8Array, headers: Headers): PartialSuccess {
  if (response.length === 0) return ALL;
  const type = headers.get("content-type") ?? "";
  const { message, rejected } = type.startsWith("application/json")
    ? inJson(response)
    : inProtobuf(response);
  return {
    rejected: Number.isFinite(rejected) && rejected > 0 ? rejected : 0,
    message: printable(message.slice(0, MESSAGE_CHARS_MAX)),
  };
}

function inProtobuf(response: Uint8Array): PartialSuccess {
  const cursor = new FieldCursor();
  cursor.open(response, 0, response.length);
  while (cursor.next()) {
    if (cursor.tag !== PARTIAL_SUCCESS) continue;
    let rejected = 0;
    let message = "";
    cursor.open(response, cursor.start, cursor.stop);
    while (cursor.next()) {
      if (cursor.tag === REJECTED) rejected = int64ToNumber(cursor.hi, cursor.lo);
      if (cursor.tag === MESSAGE) message = decodeUtf8(response, cursor.start, cursor.stop);
    }
    return cursor.fault < 0 ? { rejected, message } : ALL;
  }
  return ALL;
}

function inJson(response: Uint8Array): PartialSuccess {
  let document: unknown;
  try {
    document = JSON.parse(decodeUtf8(response));
  } catch {
    return ALL;
  }
  const partial = memberOf(document, "partialSuccess");
  // One of the three names that the signals use.
  const counts = ["rejectedLogRecords", "rejectedDataPoints", "rejectedSpans"].map((name) =>
    Number(memberOf(partial, name) ?? 0),
  );
  const message = memberOf(partial, "errorMessage");
  return { rejected: Math.max(...counts), message: typeof message === "string" ? message : "" };
}
