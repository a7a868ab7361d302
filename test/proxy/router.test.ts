// Which route takes a request.

import { describe, expect, test } from "bun:test";
import type { ProxyModule, Route } from "../../src/modules/index.ts";
import { Router } from "../../src/proxy/router.ts";

function module(name: string, routes: readonly Pick<Route, "match" | "methods">[]): ProxyModule {
  return {
    name,
    routes: routes.map((route) => ({ ...route, knownPath: "other", routeKind: "passthrough" })),
    plan: () => ({ kind: "forward", upstream: "default" }),
  };
}

const router = new Router([
  module("logs", [{ match: { kind: "exact", path: "/v1/logs" }, methods: ["POST"] }]),
  module("short", [{ match: { kind: "prefix", path: "/metrics/" }, methods: ["GET"] }]),
  module("long", [{ match: { kind: "prefix", path: "/metrics/app/" } }]),
  module("second", [{ match: { kind: "exact", path: "/v1/logs" } }]),
  module("rest", [{ match: { kind: "any" }, methods: ["GET", "POST", "PUT"] }]),
]);

describe("whole paths, then the longest prefix, then the rest", () => {
  const cases: readonly [string, string, string | undefined][] = [
    ["POST", "/v1/logs", "logs"],
    ["GET", "/v1/logs", "second"],
    ["POST", "/v1/logs/", "rest"],
    ["POST", "/v1/Logs", "rest"],
    ["POST", "/x/v1/logs", "rest"],
    ["GET", "/metrics/", "short"],
    ["GET", "/metrics/app", "short"],
    ["GET", "/metrics/app/1", "long"],
    ["PUT", "/metrics/x", "rest"],
    ["DELETE", "/metrics/x", undefined],
    ["GET", "", "rest"],
  ];
  for (const [method, path, want] of cases) {
    test(`${method} ${path} goes to ${want}`, () => {
      expect(router.find(method, path)?.module.name).toBe(want as string);
    });
  }
});
