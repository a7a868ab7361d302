// Joins a base URL and a request's target into the URL to send the request to.

import type { SignalPath } from "../protocols/index.ts";
import { basicCredentials } from "../system/basic-credentials.ts";
import { restOf, signalAtEndOf } from "./signal-paths.ts";

/** An upstream's URL, taken apart once at start. */
export interface UpstreamBase {
  /** scheme://host[:port], without userinfo; safe to print. */
  readonly origin: string;
  readonly isTls: boolean;
  /** For the Host header: with the port unless it is the scheme's own. */
  readonly host: string;
  readonly hostname: string;
  readonly port: number;
  /**
   * Taken from the userinfo of the URL, as curl does: sent unless the request has its own
   * Authorization.
   */
  readonly authorization: string | undefined;
  /** Without the trailing slash; "" if the base has no path. */
  readonly path: string;
  /** As written; "/" if the base has no path. */
  readonly exactPath: string;
  /** Without the question mark; "" if the base has no query. */
  readonly query: string;
  /** The signal whose path the base ends with: its requests go to the base itself, not below it. */
  readonly signal: SignalPath | undefined;
}

/** `signals`: those whose paths a complete URL may end with. Default: none. */
export function parseUpstream(text: string, signals: readonly SignalPath[] = []): UpstreamBase {
  // A gRPC server is an HTTP server with its own paths.
  const isGrpc = /^grpcs?:/i.test(text);
  const url = new URL(isGrpc ? text.replace(/^grpc/i, "http") : text);
  const isTls = url.protocol === "https:";
  return {
    origin: isGrpc ? url.origin.replace(/^http/, "grpc") : url.origin,
    isTls,
    host: url.host,
    hostname: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port === "" ? (isTls ? 443 : 80) : Number(url.port),
    authorization: basicCredentials(url),
    path: url.pathname.replace(/\/+$/, ""),
    exactPath: url.pathname,
    query: url.search.slice(1),
    signal: signalAtEndOf(url.pathname, signals),
  };
}

/** The URL of `target` (path and query of a request) at `base`. */
export function joinUrl(base: UpstreamBase, target: string): string {
  return base.origin + joinTarget(base, target);
}

/** The path and query to request at `base`. */
export function requestTarget(
  base: UpstreamBase,
  { target, isAbsolute }: { readonly target: string; readonly isAbsolute?: boolean },
): string {
  return isAbsolute === true ? target : joinTarget(base, target);
}

/**
 * Path and query of `target` below `base`; the base's own query comes first. A target without a
 * path is the base itself, as written, and so is a target with the path that the base ends with.
 * The result always has a path, as RFC 9112 section 3.2.1 requires of a request line.
 */
export function joinTarget(base: UpstreamBase, target: string): string {
  const at = target.indexOf("?");
  const asked = at === -1 ? target : target.slice(0, at);
  const ownPath = base.signal === undefined ? asked : (restOf(base.signal, asked) ?? asked);
  const path = ownPath === "" ? base.exactPath : base.path + ownPath;
  if (base.query === "") return at === -1 ? path : path + target.slice(at);
  if (at === -1 || at === target.length - 1) return `${path}?${base.query}`;
  return `${path}?${base.query}&${target.slice(at + 1)}`;
}

/** A target with a different query, which begins with "?" or is empty. */
export function withQuery(target: string, query: string): string {
  const at = target.indexOf("?");
  return (at < 0 ? target : target.slice(0, at)) + query;
}
