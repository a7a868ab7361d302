// Begins and ends a request's spans around the work of others: a promise or a response goes in, and
// the same one comes out. Without a span, nothing is added.

import type { Span } from "../o11y/index.ts";
import { UpstreamError } from "./upstream-error.ts";

/** From this status on, a server has failed. */
const FAILED_STATUS_MIN = 500;

/** Ends the span of an upstream when it has answered or failed. */
export function untilAnswered(
  answer: Promise<Response>,
  span: Span | undefined,
): Promise<Response> {
  return span === undefined ? answer : watched(answer, span);
}

async function watched(answer: Promise<Response>, span: Span): Promise<Response> {
  try {
    const response = await answer;
    endWith(span, response.status);
    return response;
  } catch (error) {
    // Only messages of our own errors are free of secrets.
    const reason = error instanceof UpstreamError ? error.message : "not answered";
    span.end({}, reason);
    throw error;
  }
}

/** Ends a span that is about a response. */
export function endWith(span: Span | undefined, status: number): void {
  if (span === undefined) return;
  const failure = status >= FAILED_STATUS_MIN ? `status ${status}` : undefined;
  span.end({ "http.response.status_code": status }, failure);
}
