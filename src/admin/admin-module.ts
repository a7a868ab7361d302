// The program's own paths: liveness, readiness and the pages below /_edge/. None of them is ever
// forwarded, and none waits for an upstream: a wrong method is 405, an unknown path 404.

import { canonicalPath, withoutTrailingSlash } from "../core/paths.ts";
import { planPage, noSuchPage } from "./plan-page.ts";
import type {
  AnswerPlan,
  ModuleDeps,
  ModuleRegistration,
  Plan,
  ProxyModule,
  RequestHead,
  Route,
} from "../protocols/module.ts";

const JSON_TYPE = { "content-type": "application/json" };
const ALLOW = "GET, HEAD";

export class HealthModule implements ProxyModule {
  readonly name = "health";
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

  readonly #deps: ModuleDeps;

  constructor(deps: ModuleDeps) {
    this.#deps = deps;
  }

  plan(head: RequestHead): Plan {
    const path = withoutTrailingSlash(canonicalPath(head.path));
    if (path === "/_health") return allowed(head) ?? answer(200, { status: "ok" });
    if (path === "/_ready") return allowed(head) ?? this.#ready();
    if (/^\/_(?:health|ready)\//.test(path)) return noSuchPage(["/_health", "/_ready"]);
    return planPage({ ...head, path }, this.#deps);
  }

  #ready(): AnswerPlan {
    return this.#deps.ready()
      ? answer(200, { status: "ready" })
      : answer(503, { status: "not ready" });
  }
}

/** For a distribution's list. */
export const health: ModuleRegistration = {
  name: "health",
  create: (deps) => new HealthModule(deps),
};

/**
 * The 405 of RFC 9110 section 15.5.6 for anything but a read; undefined when the method is fine.
 */
function allowed(head: RequestHead): AnswerPlan | undefined {
  if (head.method === "GET" || head.method === "HEAD") return undefined;
  const refused = answer(405, { error: "method not allowed" });
  return { ...refused, headers: { ...JSON_TYPE, allow: ALLOW } };
}

function answer(status: number, document: Readonly<Record<string, string>>): AnswerPlan {
  return { kind: "answer", status, headers: JSON_TYPE, body: JSON.stringify(document) };
}
