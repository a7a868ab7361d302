// The program's own paths: liveness, readiness and the pages below /_edge/. None of them is ever
// forwarded, and none waits for an upstream: a wrong method is 405, an unknown path 404.

import { canonicalPath, withoutTrailingSlash } from "../core/paths.ts";
import type { LocalPage } from "../pipeline/local-pages.ts";
import { localResponse } from "../pipeline/request-meter.ts";
import { noSuchPage, type PagesDeps, planPage } from "./plan-page.ts";
import type { RespondPlan, Plan, ProxyModule, RequestHead, Route } from "../protocols/index.ts";

const JSON_TYPE = { "content-type": "application/json" };
const READS = ["GET", "HEAD"];
const READY = "/_ready";

/** Plans requests for the program's pages: health, readiness and all below `/_edge/`. */
export class AdminModule implements ProxyModule {
  readonly name = "admin";
  readonly routes: readonly Route[] = [
    { match: { kind: "exact", path: "/_health" }, knownPath: "health", routeKind: "health" },
    { match: { kind: "prefix", path: "/_health/" }, knownPath: "health", routeKind: "health" },
    { match: { kind: "exact", path: "/_ready" }, knownPath: "ready", routeKind: "health" },
    { match: { kind: "prefix", path: "/_ready/" }, knownPath: "ready", routeKind: "health" },
    {
      match: { kind: "exact", path: "/_edge/metrics" },
      knownPath: "edge_metrics",
      routeKind: "health",
    },
    { match: { kind: "exact", path: "/_edge" }, knownPath: "edge_admin", routeKind: "health" },
    { match: { kind: "prefix", path: "/_edge/" }, knownPath: "edge_admin", routeKind: "health" },
  ];

  readonly #deps: PagesDeps;

  constructor(deps: PagesDeps) {
    this.#deps = deps;
  }

  plan(head: RequestHead): Plan {
    const path = withoutTrailingSlash(canonicalPath(head.path));
    if (path === "/_health") return allowed(head) ?? respond(200, { status: "ok" });
    if (path === READY) return allowed(head) ?? { kind: "page", page: READY, query: head.query };
    if (/^\/_(?:health|ready)\//.test(path)) return noSuchPage(["/_health", "/_ready"]);
    return planPage({ ...head, path }, this.#deps);
  }
}

/** Whether the program takes requests, and has its policies. */
export function readyPage(ready: () => boolean): LocalPage {
  const serve = (): Response => {
    const [status, word] = ready() ? [200, "ready"] : [503, "not ready"];
    return localResponse(JSON.stringify({ status: word }), status, JSON_TYPE);
  };
  return { path: READY, methods: READS, serve };
}

/**
 * The 405 of RFC 9110 section 15.5.6 for anything but a read; undefined when the method is fine.
 */
function allowed(head: RequestHead): RespondPlan | undefined {
  if (READS.includes(head.method)) return undefined;
  const refused = respond(405, { error: "method not allowed" });
  return { ...refused, headers: { ...JSON_TYPE, allow: READS.join(", ") } };
}

function respond(status: number, document: Readonly<Record<string, string>>): RespondPlan {
  return { kind: "respond", status, headers: JSON_TYPE, body: JSON.stringify(document) };
}
