// Plans a request for a page below /_edge/. It checks the token first, or without one the name by
// which Edge is addressed, then the path, then the method, then which site a browser's request
// comes from. Errors are JSON that says what is wrong and what to do.

import type { LocalPage } from "../pipeline/local-pages.ts";
import type { RespondPlan, HeaderValues, PagePlan, RequestHead } from "../protocols/index.ts";
import { hasBearer } from "./bearer.ts";
import { isKnownHost } from "./known-host.ts";

const JSON_TYPE = { "content-type": "application/json" };
const READS = ["GET", "HEAD"] as const;

/** Which pages there are, and who may see them. */
export interface PagesDeps {
  /** Pages below `/_edge/`. */
  readonly pages: readonly Pick<LocalPage, "path" | "methods" | "isPublic" | "isForAnyHost">[];
  /** Bearer token that they ask for; undefined: none. */
  readonly adminToken: string | undefined;
  /** Names by which they may be asked for without a token, beside those of `isKnownHost`. */
  readonly hosts: readonly string[];
  /** Whether they are served by this listener. */
  readonly servesPages: boolean;
}

/** Never forwards. */
export function planPage(head: RequestHead, deps: PagesDeps): RespondPlan | PagePlan {
  const { adminToken: token, hosts, pages, servesPages } = deps;
  if (!servesPages) {
    return refusal(404, "not_found", "these pages are served at admin.listen, not here");
  }
  const page = pages.find(({ path }) => path === head.path);
  const isLocked = token !== undefined && page?.isPublic !== true;
  if (isLocked && !hasBearer(head.headers, token)) return unauthorized(head.headers);
  const isOpen = token === undefined && page?.isForAnyHost !== true;
  if (isOpen && !isKnownHost(head.headers.get("host"), hosts)) return unknownHost();
  if (page === undefined) return noSuchPage(pages.map(({ path }) => path));
  if (!page.methods.includes(head.method)) return wrongMethod(page.methods);
  if (!READS.some((method) => method === head.method) && isForeign(head.headers)) {
    return refusal(403, "foreign_origin", "a web page of another origin may not ask for this");
  }
  return { kind: "page", page: page.path, query: head.query };
}

/** The 404 of a path of the program's own that it does not have. */
export function noSuchPage(paths: readonly string[]): RespondPlan {
  return refusal(404, "not_found", `there is no such page; there are ${paths.join(", ")}`);
}

/**
 * Whether a browser sends this for a page that came from elsewhere: a form or a script of any site
 * can make it POST to an address that only its user reaches. Browsers name the origin of whoever
 * makes them POST (Fetch standard, "append a request Origin header"); other clients name none.
 */
function isForeign(headers: HeaderValues): boolean {
  const origin = headers.get("origin");
  return origin !== null && origin.replace(/^https?:\/\//, "") !== headers.get("host");
}

function unknownHost(): RespondPlan {
  const message =
    "without a token these pages are served by address only, and by names in admin.hosts";
  return refusal(403, "unknown_host", message);
}

/** RFC 6750 section 3: a token that was shown and is wrong is named as the error. */
function unauthorized(headers: HeaderValues): RespondPlan {
  const detail = headers.get("authorization") !== null ? ', error="invalid_token"' : "";
  const message = "send the header Authorization: Bearer with the value of admin.token";
  const refused = refusal(401, "unauthorized", message);
  const challenge = { "www-authenticate": `Bearer realm="edge"${detail}` };
  return { ...refused, headers: { ...refused.headers, ...challenge } };
}

/** RFC 9110 section 15.5.6. */
function wrongMethod(methods: readonly string[]): RespondPlan {
  const allow = methods.join(", ");
  const refused = refusal(405, "method_not_allowed", `use ${allow}`);
  return { ...refused, headers: { ...refused.headers, allow } };
}

function refusal(status: number, error: string, message: string): RespondPlan {
  return { kind: "respond", status, headers: JSON_TYPE, body: JSON.stringify({ error, message }) };
}
