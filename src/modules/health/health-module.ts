// The program's own paths: liveness, readiness and the pages below /_edge/. None of them is ever
// forwarded, and none waits for an upstream: a wrong method is 405, an unknown path 404.

import type {
  AnswerPlan,
  ModuleDeps,
  ModuleRegistration,
  OwnPage,
  Plan,
  ProxyModule,
  RequestHead,
  Route,
} from "../module.ts";

const JSON_TYPE = { "content-type": "application/json" };
const ALLOW = "GET, HEAD";

export class HealthModule implements ProxyModule {
  readonly name = "health";
  readonly routes: readonly Route[] = [
    { match: { kind: "exact", path: "/_health" }, knownPath: "health", routeKind: "health" },
    { match: { kind: "exact", path: "/_ready" }, knownPath: "ready", routeKind: "health" },
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
    if (head.path === "/_health") return allowed(head) ?? answer(200, { status: "ok" });
    if (head.path === "/_ready") return allowed(head) ?? this.#ready();
    if (!this.#deps.servesPages) return answer(404, { error: "not found" });
    return this.#page(head);
  }

  #ready(): AnswerPlan {
    return this.#deps.ready()
      ? answer(200, { status: "ready" })
      : answer(503, { status: "not ready" });
  }

  #page(head: RequestHead): Plan {
    const token = this.#deps.adminToken;
    if (token !== undefined && !hasToken(head.headers, token)) {
      const challenge = { ...JSON_TYPE, "www-authenticate": "Bearer" };
      return { ...answer(401, { error: "a bearer token is needed" }), headers: challenge };
    }
    const page = this.#deps.pages.find((candidate) => candidate.path === head.path);
    if (page === undefined) return answer(404, { error: "not found" });
    return allowed(head) ?? pageAnswer(page, head.query);
  }
}

/** For a distribution's list. */
export const health: ModuleRegistration = {
  name: "health",
  create: (deps) => new HealthModule(deps),
};

function pageAnswer(page: OwnPage, query: string): AnswerPlan {
  const { contentType, text } = page.render(new URLSearchParams(query));
  return { kind: "answer", status: 200, headers: { "content-type": contentType }, body: text };
}

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

/**
 * Compares all characters whatever the first difference, so that timing tells nothing of the token.
 */
function hasToken(headers: Headers, token: string): boolean {
  const value = headers.get("authorization") ?? "";
  const given = /^bearer +/i.exec(value);
  const text = given === null ? "" : value.slice(given[0].length).trim();
  let difference = text.length ^ token.length;
  for (let at = 0; at < token.length; at++) {
    difference |= token.charCodeAt(at) ^ (text.charCodeAt(at) || 0);
  }
  return difference === 0;
}
