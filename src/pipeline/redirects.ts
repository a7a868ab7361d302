// Decides where an upstream's redirect leads. A client that followed it would bypass the policies,
// so redirects are followed here, or turned into addresses of this proxy. Pure.

import { UpstreamError } from "./upstream-error.ts";
import { joinTarget, type UpstreamBase } from "./upstream-url.ts";

export interface Destination {
  /** Whether it is at the upstream's own origin: same scheme, host and port. */
  readonly isOwn: boolean;
  /** Path and query, without userinfo and fragment. */
  readonly target: string;
  /** With its "#"; "" if there is none. */
  readonly fragment: string;
  /** Safe to print. */
  readonly shown: string;
}

/** Redirects that clients follow automatically: RFC 9110 section 15.4. */
const FOLLOWED = new Set([301, 302, 303, 307, 308]);

/** Whether a client is told to continue at another address. */
export function isRedirect({ status, headers }: Response): boolean {
  // An empty one names the address that was requested already.
  return status >= 300 && status < 400 && (headers.get("location") ?? "") !== "";
}

/** Whether the redirect asks for the same thing elsewhere. */
export function isFollowed(response: Response): boolean {
  return FOLLOWED.has(response.status) && isRedirect(response);
}

/** Where a response of `base` to a request for `asked` (path and query) leads. */
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
 * The path and query of this proxy that lead to `target` at `base`, or undefined if none does
 * because the target is not below the base's path.
 */
export function ownTargetOf(base: UpstreamBase, target: string): string | undefined {
  const [path = ""] = target.split("?", 1);
  if (!path.startsWith(base.path)) return undefined;
  const rest = path.slice(base.path.length);
  // A base that ends in the path of its telemetry stands for that path here.
  const paths = base.signal === undefined ? [rest] : [rest, base.signal.path + rest];
  const own = paths.find((one) => one.startsWith("/") && pathAt(base, one) === path);
  return own === undefined ? undefined : own + ownQueryOf(base, target.slice(path.length));
}

/** The path that is requested at `base` when this one is requested here. */
function pathAt(base: UpstreamBase, own: string): string | undefined {
  return joinTarget(base, own).split("?", 1)[0];
}

/** The base's own query is added to every request, and must not be shown to clients. */
function ownQueryOf({ query }: UpstreamBase, search: string): string {
  if (query === "" || search === "") return search;
  if (search === `?${query}`) return "";
  return search.startsWith(`?${query}&`) ? `?${search.slice(query.length + 2)}` : search;
}

/** A path as a reference: two slashes at its beginning would name a host. */
export function referenceTo(target: string): string {
  return target.startsWith("//") ? `/.${target}` : target;
}

/** A redirect that is not followed. */
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

/** A redirect after too many others. */
export function endlessError({ origin }: UpstreamBase, redirectsMax: number): UpstreamError {
  const what = `${origin} redirects more than ${redirectsMax} times`;
  return new UpstreamError("upstream_redirect", "receive", what);
}
