// The own paths, as a table of methods, paths and states.

import { describe, expect, test } from "bun:test";
import { AdminModule, readyPage } from "../../src/admin/index.ts";
import type { PagesDeps } from "../../src/admin/plan-page.ts";
import type { Plan } from "../../src/protocols/index.ts";
import { PassthroughModule } from "../../src/protocols/passthrough/index.ts";
import { Router } from "../../src/server/router.ts";

const DEPS: PagesDeps = {
  pages: [{ path: "/_edge/metrics", methods: ["GET", "HEAD"] }],
  adminToken: undefined,
  hosts: [],
  servesPages: true,
};

function plan(
  method: string,
  path: string,
  deps: Partial<PagesDeps> = {},
  headers: Record<string, string> = {},
  query = "",
): Plan {
  const admin = new AdminModule({ ...DEPS, ...deps });
  const routed = new Router([admin, new PassthroughModule()]).find(method, path);
  if (routed === undefined) throw new Error("no route");
  return routed.module.plan({ method, path, query, headers: new Headers(headers) }, routed.route);
}

/** 200 when a page will answer it. */
function status(found: Plan): number {
  if (found.kind === "page") return 200;
  if (found.kind !== "respond") throw new Error(`planned ${found.kind}`);
  return found.status;
}

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"];

describe("own paths are never forwarded", () => {
  const paths = [
    "/_health",
    "/_health/",
    "//_health",
    "/%5Fhealth",
    "/_health/x",
    "/_health;x=1",
    "/_ready",
    "/_ready/",
    "/_ready/x",
    "/_edge",
    "/_edge/",
    "/_edge/metrics",
    "/_edge/nothing",
    "//_edge//metrics",
    "/%5fedge/metrics",
    "/_edge%2Fmetrics",
    "/_%65dge;a/metrics",
    "/x%2F../_edge/metrics",
    "/_edge/v1/logs",
    "/_health/v1/logs",
  ];
  for (const path of paths) {
    for (const method of METHODS) {
      test(`${method} ${path}`, () => {
        expect(["respond", "page"]).toContain(plan(method, path).kind);
      });
    }
  }
});

describe("paths that only look like own ones are forwarded", () => {
  for (const path of ["/_healthy", "/_readyz", "/_edges", "/x/_health", "/_edg"]) {
    test(path, () => {
      expect(plan("GET", path).kind).toBe("forward");
    });
  }
});

describe("a path of the program's own is what a server reads that tidies it", () => {
  const cases: readonly [string, number][] = [
    ["/_health/", 200],
    ["//_health", 200],
    ["/%5Fhealth", 200],
    ["/_health/x", 404],
    ["/_health//x/", 404],
    ["/_ready/", 200],
    ["/_ready/x", 404],
    ["//_edge/metrics", 200],
    ["/%5fedge/metrics/", 200],
    ["/_edge/%6Detrics", 200],
    ["/_edge/nothing", 404],
  ];
  for (const [path, want] of cases) {
    test(`${path} is ${want}`, () => {
      expect(status(plan("GET", path))).toBe(want);
    });
  }
});

test("liveness is answered whatever the state", () => {
  expect(plan("GET", "/_health")).toEqual({
    kind: "respond",
    status: 200,
    headers: { "content-type": "application/json" },
    body: '{"status":"ok"}',
  });
});

test.each([
  [true, 200, '{"status":"ready"}'],
  [false, 503, '{"status":"not ready"}'],
])("readiness is asked of the program: %p", async (isReady, want, body) => {
  expect(plan("GET", "/_ready")).toEqual({ kind: "page", page: "/_ready", query: "" });
  const page = readyPage(() => isReady);
  expect(page.path).toBe("/_ready");
  const response = await page.serve(new Request("http://edge/_ready"), new URLSearchParams());
  expect([response.status, response.headers.get("content-type"), await response.text()]).toEqual([
    want,
    "application/json",
    body,
  ]);
});

describe("a wrong method is 405 and says which are right", () => {
  for (const path of ["/_health", "/_ready", "/_edge/metrics"]) {
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS"]) {
      test(`${method} ${path}`, () => {
        const found = plan(method, path);
        expect(status(found)).toBe(405);
        expect(found.kind === "respond" && found.headers["allow"]).toBe("GET, HEAD");
      });
    }
  }
});

test("an unknown page is 404 whatever the method", () => {
  expect(METHODS.map((method) => status(plan(method, "/_edge/nothing")))).toEqual(
    METHODS.map(() => 404),
  );
});

test("a page is asked with its query", () => {
  const page = "/_edge/metrics";
  expect(plan("GET", `${page}/`, {}, {}, "?n=2")).toEqual({ kind: "page", page, query: "?n=2" });
});

test("pages are not there when another listener has them", () => {
  expect(status(plan("GET", "/_edge/metrics", { servesPages: false }))).toBe(404);
  expect(status(plan("GET", "/_health", { servesPages: false }))).toBe(200);
});

describe("with a token, pages ask for it", () => {
  const cases: readonly [string | undefined, number][] = [
    [undefined, 401],
    ["Bearer s3cret", 200],
    ["bearer s3cret", 200],
    ["Bearer s3cret ", 200],
    ["Bearer s3cre", 401],
    ["Bearer s3crett", 401],
    ["Bearer ", 401],
    ["Basic s3cret", 401],
    ["s3cret", 401],
  ];
  for (const [authorization, want] of cases) {
    test(`${authorization}: ${want}`, () => {
      const headers = authorization === undefined ? {} : { authorization };
      expect(status(plan("GET", "/_edge/metrics", { adminToken: "s3cret" }, headers))).toBe(want);
    });
  }
  test("liveness and readiness do not", () => {
    expect(status(plan("GET", "/_health", { adminToken: "s3cret" }))).toBe(200);
    expect(status(plan("GET", "/_ready", { adminToken: "s3cret" }))).toBe(200);
  });
});
