// Puts errors of the proxy itself into the form that the clients of each kind of telemetry read.
// What went wrong is decided elsewhere; this file only chooses words and headers.

import { UNREAD_BYTES_MAX } from "../core/limits.ts";
import type { ErrorResponse, ErrorContent, ErrorForm } from "../protocols/index.ts";
import { PoliciesMissingError } from "../pipeline/policy-gate.ts";
import { localResponse } from "../pipeline/request-meter.ts";
import { NoRoomError } from "../pipeline/room/room.ts";
import { BodyTooLargeError, UploadCutError, UpstreamError } from "../pipeline/upstream-error.ts";

/** What is wrong with a request, or with something that it needs. */
export interface LocalError extends ErrorContent {
  /** The rest of the request is not read, so the connection cannot be used again. */
  readonly isLast?: boolean;
}

/** How long clients are asked to wait if there is no room at the moment. */
const RETRY_AFTER_S = 1;

/** For faults of the proxy itself, which the log describes. */
export const INTERNAL: LocalError = {
  status: 500,
  code: "internal_error",
  message: "the proxy failed on this request",
};

/**
 * What the client is told about an error; undefined: the error was not foreseen. If trying again
 * can help, the status is one of those on which OTLP clients try again: 429, 502, 503, 504.
 */
export function localErrorOf(error: unknown, bodyBytes: number): LocalError | undefined {
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
 * Whether the rest of a refused request is read after its response, so that its client can read the
 * response and use the connection again.
 */
export function isSoonRead(bodyBytes: number): boolean {
  return bodyBytes >= 0 && bodyBytes <= UNREAD_BYTES_MAX;
}

/** An error in our own JSON form. */
export function problem(status: number, code: string, message: string): Response {
  const body = JSON.stringify({ error: code, message });
  return localResponse(body, status, headersOf("application/json", status));
}

/**
 * An error in the form that clients of that kind of telemetry read; `request`: the client's
 * headers.
 */
export function errorResponse(
  error: LocalError,
  form: ErrorForm | undefined,
  request: Headers,
): Response {
  const response = form === undefined ? plainResponse(error) : answerIn(form(error, request));
  if (error.isLast === true) response.headers.set("connection", "close");
  return response;
}

function plainResponse({ status, code, message }: LocalError): Response {
  return problem(status, code, message);
}

function answerIn({ status, contentType, body }: ErrorResponse): Response {
  return localResponse(body, status, headersOf(contentType, status));
}

function headersOf(contentType: string, status: number): Readonly<Record<string, string>> {
  const isForNow = status === 429 || status === 503;
  return {
    "content-type": contentType,
    ...(isForNow ? { "retry-after": String(RETRY_AFTER_S) } : {}),
  };
}
