// What can go wrong between the proxy and an upstream, and what the client is told about it.

import { errorMessage } from "../core/errors.ts";
import { redactText } from "../core/redact.ts";

/** How far a request had come when it failed. */
export type UpstreamPhase = "connect" | "first_byte" | "idle" | "send" | "receive";

/** An upstream gave no response. The message is safe to print: no userinfo, no query. */
export class UpstreamError extends Error {
  readonly code:
    "upstream_timeout" | "upstream_unreachable" | "upstream_failed" | "upstream_redirect";
  readonly phase: UpstreamPhase;
  /** Status for the client: 504 if the upstream was too slow, otherwise 502. */
  readonly status: 502 | 504;

  constructor(code: UpstreamError["code"], phase: UpstreamPhase, message: string) {
    super(message);
    this.name = "UpstreamError";
    this.code = code;
    this.phase = phase;
    this.status = code === "upstream_timeout" ? 504 : 502;
  }
}

/** The client went away, so there is no one to answer. */
export class ClientGoneError extends Error {
  readonly code = "client_gone";
  constructor() {
    super("the client closed the connection");
    this.name = "ClientGoneError";
  }
}

/** The client went away while its body was read. */
export function isAbort(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return (
    error.name === "AbortError" || ("code" in error && error.code === "ERR_STREAM_PREMATURE_CLOSE")
  );
}

/** The client sent too little of its body while others waited for room. */
export class UploadCutError extends Error {
  readonly code = "upload_stalled";
  constructor() {
    super("the body came too slowly while other requests waited for room");
    this.name = "UploadCutError";
  }
}

/** The request body is larger than `max_body_size`; detected while it was being read. */
export class BodyTooLargeError extends Error {
  readonly code = "body_too_large";
  readonly bytesMax: number;
  /** Whether more of the body may come than anyone will read. */
  readonly isEndless: boolean;
  constructor(bytesMax: number, isEndless = false) {
    super(`the request body is larger than max_body_size, ${bytesMax} bytes`);
    this.name = "BodyTooLargeError";
    this.bytesMax = bytesMax;
    this.isEndless = isEndless;
  }
}

const UNREACHABLE = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENETDOWN",
  "EHOSTDOWN",
  "EADDRNOTAVAIL",
  "ENOENT",
]);
const DIED = new Set(["ECONNRESET", "EPIPE", "ECONNABORTED", "ConnectionClosed"]);

/** Reasons for refusing a certificate or a handshake, by the names that OpenSSL and Bun use. */
const UNTRUSTED =
  /CERT|TLS|SSL|SIGNATURE|CRL|^(?:EPROTO|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED|HOSTNAME_MISMATCH)$/;
/** Errors that say that a proxy of the environment leads nowhere. */
const NO_WAY = new Set(["ERR_PROXY_TUNNEL", "UnsupportedProxyProtocol"]);

/** Errors of fetch for bytes that are not a response. */
const MALFORMED = new Set([
  "Malformed_HTTP_Response",
  "InvalidHTTPResponse",
  "InvalidContentLength",
  "UnsupportedTransferEncoding",
  "UnrequestedUpgrade",
]);

/** Whether an established connection has ended; only then can a second attempt help. */
export function isConnectionDeath(error: unknown): boolean {
  return DIED.has(codeOf(error));
}

/** The error for a response that began and did not end. */
export function partialResponse(origin: string): UpstreamError {
  return new UpstreamError("upstream_failed", "receive", `${origin} ended its answer half-way`);
}

/**
 * Turns what `fetch` rejected with into an error of our own. With `mayBeProxied` it may be about
 * the proxy that the environment names.
 */
export function upstreamErrorOf(error: unknown, origin: string, mayBeProxied = false): Error {
  if (error instanceof UpstreamError || error instanceof ClientGoneError) return error;
  if (error instanceof BodyTooLargeError || error instanceof UploadCutError) return error;
  const code = codeOf(error);
  if (error instanceof Error && error.name === "TimeoutError") {
    return new UpstreamError("upstream_timeout", "first_byte", `${origin} did not answer in time`);
  }
  if (UNREACHABLE.has(code)) {
    const proxy = mayBeProxied ? ", or to the proxy that the environment names" : "";
    const what = `cannot connect to ${origin}${proxy} (${code})`;
    return new UpstreamError("upstream_unreachable", "connect", what);
  }
  if (NO_WAY.has(code)) {
    const what = `the proxy that the environment names does not lead to ${origin} (${code})`;
    return new UpstreamError("upstream_unreachable", "connect", what);
  }
  if (UNTRUSTED.test(code)) {
    return new UpstreamError(
      "upstream_unreachable",
      "connect",
      `no trusted TLS with ${origin} (${code})`,
    );
  }
  if (code === "ETIMEDOUT") {
    return new UpstreamError(
      "upstream_timeout",
      "connect",
      `connecting to ${origin} took too long`,
    );
  }
  if (code === "EPARTIAL") return partialResponse(origin);
  if (code === "malformed_response") {
    return new UpstreamError("upstream_failed", "receive", `${origin} sent a ${messageOf(error)}`);
  }
  if (MALFORMED.has(code)) {
    const what = `${origin} sent a malformed answer: ${code}`;
    return new UpstreamError("upstream_failed", "receive", what);
  }
  if (isConnectionDeath(error)) {
    return new UpstreamError(
      "upstream_failed",
      "first_byte",
      `${origin} closed the connection before answering`,
    );
  }
  const reason = code === "" ? messageOf(error) : code;
  return new UpstreamError("upstream_failed", "send", `${origin} failed: ${reason}`);
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error) || !("code" in error)) return "";
  return typeof error.code === "string" ? error.code : "";
}

function messageOf(error: unknown): string {
  const text = errorMessage(error);
  return redactText(text.split("\n", 1)[0] ?? "");
}
