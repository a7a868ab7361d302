// Edge's own errors in the form that OTLP clients read: a google.rpc.Status in the request's
// encoding, or in JSON if that is not an encoding of OTLP. Source: OTLP specification, "OTLP/HTTP
// Response".

import { bytesField } from "../../core/protobuf/index.ts";
import { encodeUtf8 } from "../../core/utf8.ts";
import { mediaTypeOf } from "../content.ts";
import type { ErrorResponse, ErrorContent, HeaderValues } from "../protocol.ts";

export function otlpError(error: ErrorContent, request: HeaderValues): ErrorResponse {
  const { message } = error;
  // A fault of ours is no fault of the telemetry's: its client is to keep it and try again, which
  // it does not after a 500.
  const status = error.status === 500 ? 503 : error.status;
  const code = RPC_CODES[status] ?? (status < 500 ? RPC.invalidArgument : RPC.internal);
  const mediaType = mediaTypeOf(request);
  if (!/^application\/(?:x-)?protobuf$/.test(mediaType)) {
    const body = encodeUtf8(JSON.stringify({ code, message }));
    return { status, contentType: "application/json", body };
  }
  const body = statusMessage(code, encodeUtf8(message));
  return { status, contentType: mediaType, body };
}

/** `code` is a varint of one byte. */
function statusMessage(code: number, message: Uint8Array): Uint8Array {
  const text = bytesField(MESSAGE_TAG, message);
  const body = new Uint8Array(2 + text.length);
  body.set([CODE_TAG, code]);
  body.set(text, 2);
  return body;
}

/** Field number and wire type of `code` (varint) and `message` (length-delimited). */
const [CODE_TAG, MESSAGE_TAG] = [0x08, 0x12];

/** google/rpc/code.proto. */
const RPC = {
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  resourceExhausted: 8,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
} as const;
const RPC_CODES: Readonly<Record<number, number>> = {
  404: RPC.notFound,
  405: RPC.unimplemented,
  413: RPC.resourceExhausted,
  429: RPC.resourceExhausted,
  501: RPC.unimplemented,
  502: RPC.unavailable,
  503: RPC.unavailable,
  504: RPC.deadlineExceeded,
};
