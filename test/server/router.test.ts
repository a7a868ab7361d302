// Which route takes a request.

import { describe, expect, test } from "bun:test";
import type { ProxyModule, Route } from "../../src/protocols/index.ts";
import { Router } from "../../src/server/router.ts";

function module(
  name: string,
  routes: readonly Pick<Route, "match" | "methods" | "isBelowAnyBase">[],
): ProxyModule {
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
    ["POST", "/v1/logs/", "logs"],
    ["POST", "/v1/Logs", "rest"],
    ["POST", "/x/v1/logs", "rest"],
    ["POST", "/v1/logsx", "rest"],
    ["POST", "/v1/log", "rest"],
    ["POST", "/v1/logs/x", "rest"],
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

describe("a path is matched in whatever spelling a server reads as that path", () => {
  const cases: readonly [string, string][] = [
    ["//v1/logs", "logs"],
    ["/v1//logs", "logs"],
    ["/v1/logs//", "logs"],
    ["/v1/%6cogs", "logs"],
    ["/v1/%6Cogs/", "logs"],
    ["/v1%2Flogs", "logs"],
    ["/%2fv1/logs", "logs"],
    ["/v1/./logs", "logs"],
    ["/v1/x/../logs", "logs"],
    ["/v1/x%2f..%2flogs", "logs"],
    ["/v1/logs;a=1", "logs"],
    ["/v1;x/logs;", "logs"],
    // What is encoded twice, a server reads as another name.
    ["/v1/%256cogs", "rest"],
    ["/v1/logs%20", "rest"],
    ["/v1/logs%3Fx", "rest"],
    ["/v1/logs%00", "rest"],
    ["/v1/%zzlogs", "rest"],
    ["/v1/%ff", "rest"],
    ["/V1/logs", "rest"],
  ];
  for (const [path, want] of cases) {
    test(`${path} goes to ${want}`, () => {
      expect(router.find("POST", path)?.module.name).toBe(want);
    });
  }
});

describe("a path that may stand below any base", () => {
  const below = new Router([
    module("own", [{ match: { kind: "prefix", path: "/own/" } }]),
    module("logs", [
      { match: { kind: "exact", path: "/v1/logs" }, methods: ["POST"], isBelowAnyBase: true },
    ]),
    module("rest", [{ match: { kind: "any" } }]),
  ]);
  const cases: readonly [string, string, string][] = [
    ["POST", "/otlp/v1/logs", "logs"],
    ["POST", "/a/b//v1/logs/", "logs"],
    ["POST", "/otlp/v1/%6cogs", "logs"],
    ["POST", "/own/v1/logs", "logs"],
    ["GET", "/own/v1/logs", "own"],
    ["GET", "/otlp/v1/logs", "rest"],
    ["POST", "/otlpv1/logs", "rest"],
    ["POST", "/otlp/v1/logs/x", "rest"],
    ["POST", "/otlp/xv1/logs", "rest"],
  ];
  for (const [method, path, want] of cases) {
    test(`${method} ${path} goes to ${want}`, () => {
      expect(below.find(method, path)?.module.name).toBe(want);
    });
  }
});
