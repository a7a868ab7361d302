// Requests for pages below /_edge/, as a table: first the token, then the path, then the method.

import { describe, expect, test } from "bun:test";
import { type PagesDeps, planPage } from "../../src/admin/plan-page.ts";

const DEPS: PagesDeps = {
  pages: [
    { path: "/_edge/text", methods: ["GET", "HEAD"] },
    { path: "/_edge/served", methods: ["POST"] },
  ],
  adminToken: undefined,
  hosts: [],
  servesPages: true,
};
const TOKEN = { ...DEPS, adminToken: "s3cret" };
const ELSEWHERE = { ...TOKEN, servesPages: false };

function plan(deps: PagesDeps, method: string, path: string, authorization?: string) {
  const headers = new Headers(authorization === undefined ? {} : { authorization });
  return planPage({ method, path, query: "?n=2", headers }, deps);
}

test.each([
  ["GET", "/_edge/text"],
  ["HEAD", "/_edge/text"],
  ["POST", "/_edge/served"],
])("%s %s is answered by that page, with the query", (method, page) => {
  expect(plan(DEPS, method, page)).toEqual({ kind: "page", page, query: "?n=2" });
});

describe("what is refused, and how", () => {
  const found = "there is no such page; there are /_edge/text, /_edge/served";
  const token = "send the header Authorization: Bearer with the value of admin.token";
  const moved = "these pages are served at admin.listen, not here";
  type Case = readonly [
    PagesDeps,
    string,
    string,
    string | undefined,
    number,
    string,
    string,
    Readonly<Record<string, string>>,
  ];
  const challenge = { "www-authenticate": 'Bearer realm="edge"' };
  const wrong = { "www-authenticate": 'Bearer realm="edge", error="invalid_token"' };
  const cases: readonly Case[] = [
    [DEPS, "GET", "/_edge/none", undefined, 404, "not_found", found, {}],
    [DEPS, "DELETE", "/_edge/none", undefined, 404, "not_found", found, {}],
    [DEPS, "GET", "/_edge", undefined, 404, "not_found", found, {}],
    [DEPS, "GET", "/_edge/text/", undefined, 404, "not_found", found, {}],
    [
      DEPS,
      "POST",
      "/_edge/text",
      undefined,
      405,
      "method_not_allowed",
      "use GET, HEAD",
      { allow: "GET, HEAD" },
    ],
    [
      DEPS,
      "GET",
      "/_edge/served",
      undefined,
      405,
      "method_not_allowed",
      "use POST",
      { allow: "POST" },
    ],
    [TOKEN, "GET", "/_edge/text", undefined, 401, "unauthorized", token, challenge],
    [TOKEN, "GET", "/_edge/text", "Bearer no", 401, "unauthorized", token, wrong],
    [TOKEN, "GET", "/_edge/none", undefined, 401, "unauthorized", token, challenge],
    [TOKEN, "DELETE", "/_edge/text", undefined, 401, "unauthorized", token, challenge],
    [TOKEN, "GET", "/_edge/none", "Bearer s3cret", 404, "not_found", found, {}],
    [ELSEWHERE, "GET", "/_edge/text", "Bearer s3cret", 404, "not_found", moved, {}],
    [ELSEWHERE, "POST", "/_edge/served", undefined, 404, "not_found", moved, {}],
  ];
  for (const [deps, method, path, authorization, status, error, message, more] of cases) {
    test(`${method} ${path} ${authorization ?? ""}: ${status} ${message}`, () => {
      expect(plan(deps, method, path, authorization)).toEqual({
        kind: "respond",
        status,
        headers: { "content-type": "application/json", ...more },
        body: JSON.stringify({ error, message }),
      });
    });
  }
});

describe("a POST that a browser makes for a page of another origin is refused", () => {
  const post = (headers: Record<string, string>, method = "POST", path = "/_edge/served") =>
    planPage({ method, path, query: "", headers: new Headers(headers) }, DEPS);
  const host = "127.0.0.1:8080";
  const foreign = ["http://evil.example", "http://127.0.0.1:8081", "http://127.0.0.1", "null", ""];
  for (const origin of foreign) {
    test(JSON.stringify(origin), () => {
      expect(post({ host, origin })).toEqual({
        kind: "respond",
        status: 403,
        headers: { "content-type": "application/json" },
        body: JSON.stringify({
          error: "foreign_origin",
          message: "a web page of another origin may not ask for this",
        }),
      });
    });
  }

  test("but not one for a page of its own, nor one that no browser makes, nor a read", () => {
    for (const origin of ["http://127.0.0.1:8080", "https://127.0.0.1:8080"]) {
      expect(post({ host, origin }).kind).toBe("page");
    }
    expect(post({ host }).kind).toBe("page");
    const read = post({ host, origin: "http://evil.example" }, "GET", "/_edge/text");
    expect(read.kind).toBe("page");
  });
});

describe("without a token, a name that may be a web page's own is refused", () => {
  const refused = {
    kind: "respond",
    status: 403,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      error: "unknown_host",
      message:
        "without a token these pages are served by address only, and by names in admin.hosts",
    }),
  } as const;
  const hosts = ["edge.example.com", "Other.Example"];
  const metrics = { path: "/_edge/metrics", methods: ["GET"], isForAnyHost: true };
  const deps = { ...DEPS, hosts, pages: [...DEPS.pages, metrics] };
  const asked = (host: string, path = "/_edge/text", with_: PagesDeps = deps) =>
    planPage({ method: "GET", path, query: "", headers: new Headers({ host }) }, with_);

  test.each([
    "evil.example",
    "evil.example:8080",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "edge.example.com.evil.example",
    "evil-edge.example.com",
    "example.com",
    "edge.local.example",
    "notlocal.example",
    "[evil.example]",
    "[evil]",
    "[127.0.0.1]",
    "[::1%evil.com]",
    "[::1%25evil.com]:8080",
    "[fe80::1%eth0]",
    "::1%evil.com",
    "[::1].evil.example",
    "1.2.3.4.5",
    "",
    ":8080",
    "localhost:80:80",
  ])("%p", (host) => {
    expect(asked(host)).toEqual(refused);
    expect(asked(host, "/_edge/none")).toEqual(refused);
  });

  test.each([
    "127.0.0.1",
    "127.0.0.1:8080",
    "192.168.7.1",
    "[::1]",
    "[::1]:8080",
    "[fe80::1]:8080",
    "localhost",
    "LocalHost:8080",
    "localhost.",
    "app.localhost:8080",
    "edge",
    "edge:8080",
    "edge.monitoring.svc.cluster.local:8080",
    "ip-10-0-0-1.ec2.internal",
    "edge.home.arpa",
    "edge.example.com",
    "EDGE.example.com.:8080",
    "other.example",
  ])("but not %p", (host) => {
    expect(asked(host).kind).toBe("page");
  });

  test("nor who names none, nor who shows the token, nor who asks for metrics", () => {
    expect(plan(deps, "GET", "/_edge/text").kind).toBe("page");
    expect(asked("evil.example", "/_edge/metrics").kind).toBe("page");
    const headers = new Headers({ host: "evil.example", authorization: "Bearer s3cret" });
    const head = { method: "GET", path: "/_edge/text", query: "", headers };
    expect(planPage(head, TOKEN).kind).toBe("page");
  });
});

test("no answer holds the token", () => {
  for (const authorization of [undefined, "Bearer no", "Bearer s3cret"]) {
    for (const path of ["/_edge/text", "/_edge/none"]) {
      expect(JSON.stringify(plan(TOKEN, "PUT", path, authorization))).not.toContain("s3cret");
    }
  }
});
