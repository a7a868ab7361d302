// Errors of the proxy's own, as the client of each kind of telemetry reads them. What happened is
// decided elsewhere; here it is only put into words and headers.

import { UNREAD_BYTES_MAX } from "../core/limits.ts";
import { mediaTypeOf } from "../protocols/content.ts";
import type { ErrorForm } from "../protocols/index.ts";
import { PoliciesMissingError } from "../pipeline/policy-gate.ts";
import { ownAnswer } from "../pipeline/request-meter.ts";
import { NoRoomError } from "../pipeline/room/room.ts";
import { BodyTooLargeError, UploadCutError, UpstreamError } from "../pipeline/upstream-error.ts";

/** What is wrong with a request, or with what it needs. */
export interface OwnError {
  readonly status: number;
  /** A word for programs. */
  readonly code: string;
  readonly message: string;
  /** What is left of the request is not read: the connection cannot be used again. */
  readonly isLast?: boolean;
}

/** How long clients are asked to wait when there is no room at the moment. */
const RETRY_AFTER_S = 1;

/** Whatever is wrong with the proxy, which the log says. */
export const INTERNAL: OwnError = {
  status: 500,
  code: "internal_error",
  message: "the proxy failed on this request",
};

/**
 * What the client is told of an error; undefined: it was not foreseen. What is well with another
 * try is one of the statuses that OTLP's clients try again on: 429, 502, 503, 504.
 */
export function ownErrorOf(error: unknown, bodyBytes: number): OwnError | undefined {
  if (error instanceof PoliciesMissingError || error instanceof NoRoomError) {
    const { code, message } = error;
    return { status: 503, code, message, isLast: !isSoonRead(bodyBytes) };
  }
  if (error instanceof UploadCutError) {
    return { status: 503, code: error.code, message: error.message, isLast: true };
  }
  if (error instanceof UpstreamError) return error;
  if (!(error instanceof BodyTooLargeError)) return undefined;
  const { code, message, isEndless } = error;
  return { status: 413, code, message, isLast: isEndless || bodyBytes > UNREAD_BYTES_MAX };
}

/**
 * Whether the rest of a refused request is read behind its answer, so that its client can read that
 * and use the connection again.
 */
export function isSoonRead(bodyBytes: number): boolean {
  return bodyBytes >= 0 && bodyBytes <= UNREAD_BYTES_MAX;
}

/** As JSON of our own. */
export function problem(status: number, code: string, message: string): Response {
  const body = JSON.stringify({ error: code, message });
  return ownAnswer(body, status, headersOf("application/json", status));
}

/** In the form that clients of that kind of telemetry read; `request`: the client's headers. */
export function errorAnswer(
  error: OwnError,
  form: ErrorForm | undefined,
  request: Headers,
): Response {
  const response = answerIn(form, error, request);
  if (error.isLast === true) response.headers.set("connection", "close");
  return response;
}

function answerIn(form: ErrorForm | undefined, error: OwnError, request: Headers): Response {
  const { status, code, message } = error;
  switch (form) {
    case "otlp":
      // A fault of ours is no fault of the telemetry's: its client is to keep it and try again,
      // which it does not after a 500.
      return rpcStatus(status === 500 ? 503 : status, message, mediaTypeOf(request));
    case "datadog":
      return json(status, { errors: [message] });
    default:
      return problem(status, code, message);
  }
}

/**
 * A google.rpc.Status in the request's encoding (OTLP specification, "OTLP/HTTP Response"); in JSON
 * when that is none of OTLP's.
 */
function rpcStatus(status: number, message: string, mediaType: string): Response {
  const code = RPC_CODES[status] ?? (status < 500 ? RPC.invalidArgument : RPC.internal);
  if (!/^application\/(?:x-)?protobuf$/.test(mediaType)) return json(status, { code, message });
  const text = Buffer.from(message, "utf8");
  const body = Buffer.concat([
    Uint8Array.of(CODE_FIELD, code, MESSAGE_FIELD, ...varint(text.length)),
    text,
  ]);
  return ownAnswer(body, status, headersOf(mediaType, status));
}

/** Field number and wire type of `code` (varint) and `message` (length-delimited). */
const [CODE_FIELD, MESSAGE_FIELD] = [0x08, 0x12];

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)];
}

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

function json(status: number, document: unknown): Response {
  return ownAnswer(JSON.stringify(document), status, headersOf("application/json", status));
}

function headersOf(contentType: string, status: number): Readonly<Record<string, string>> {
  const isForNow = status === 429 || status === 503;
  return {
    "content-type": contentType,
    ...(isForNow ? { "retry-after": String(RETRY_AFTER_S) } : {}),
  };
}
