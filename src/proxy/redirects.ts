// Where the redirects of an upstream lead. A client that followed one by itself would go around
// the policies, so they are followed here, or turned into addresses of this proxy. Pure.

import { UpstreamError } from "./upstream-error.ts";
import type { UpstreamBase } from "./upstream-url.ts";

export interface Destination {
  /** At the upstream's own origin: another scheme, host or port is another's. */
  readonly isOwn: boolean;
  /** Path and query, without userinfo and fragment. */
  readonly target: string;
  /** With its "#"; "" when there is none. */
  readonly fragment: string;
  /** Safe to print. */
  readonly shown: string;
}

/** Redirects that clients follow by themselves: RFC 9110 section 15.4. */
const FOLLOWED = new Set([301, 302, 303, 307, 308]);

/** Whether a client is told to go on with another address. */
export function isRedirect({ status, headers }: Response): boolean {
  // An empty one names the address that was asked already.
  return status >= 300 && status < 400 && (headers.get("location") ?? "") !== "";
}

/** Whether the redirect is one that asks for the same thing elsewhere. */
export function isFollowed(response: Response): boolean {
  return FOLLOWED.has(response.status) && isRedirect(response);
}

/** Where an answer of `base` to a request of `asked`, path and query, leads. */
export function destinationOf(
  response: Response,
  base: UpstreamBase,
  asked: string,
): Destination | undefined {
  const location = response.headers.get("location") ?? "";
  const url = URL.parse(location, base.origin + asked);
  if (url === null) return undefined;
  const { origin, pathname, search, hash, protocol } = url;
  const isWeb = protocol === "http:" || protocol === "https:";
  return {
    isOwn: origin === base.origin,
    target: pathname + search,
    fragment: hash,
    // Without userinfo and query, which may be secrets.
    shown: isWeb ? origin + pathname : `a ${protocol} URL`,
  };
}

/**
 * The path and query of this proxy that lead to `target` at `base`, or undefined when none does: it
 * does not lie below the base's path.
 */
export function ownTargetOf({ path, query }: UpstreamBase, target: string): string | undefined {
  if (!target.startsWith(`${path}/`)) return undefined;
  const own = target.slice(path.length);
  const at = own.indexOf("?");
  // The base's own query is added to every request, and is nobody else's business.
  if (query === "" || at === -1) return own;
  const rest = own.slice(at + 1);
  if (rest === query) return own.slice(0, at);
  return rest.startsWith(`${query}&`) ? own.slice(0, at + 1) + rest.slice(query.length + 1) : own;
}

/** A path as a reference: two slashes at its beginning would name a host. */
export function referenceTo(target: string): string {
  return target.startsWith("//") ? `/.${target}` : target;
}

/** A redirect that nobody follows. */
export function redirectError(
  base: UpstreamBase,
  destination: Destination | undefined,
): UpstreamError {
  const where = destination === undefined ? "what is no URL" : destination.shown;
  const what = `${base.origin} redirects to ${where}, where policies would not apply`;
  return new UpstreamError(
    "upstream_redirect",
    "receive",
    `${what}; if that is right, make it the url of this upstream`,
  );
}

/** A redirect behind too many others. */
export function endlessError({ origin }: UpstreamBase, redirectsMax: number): UpstreamError {
  const what = `${origin} redirects more than ${redirectsMax} times`;
  return new UpstreamError("upstream_redirect", "receive", what);
}
