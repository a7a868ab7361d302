// Telemetry from browsers: who is let in, what preflights are told, and that pages can read every
// answer, the errors of the proxy's own included.

import { describe, expect, test } from "bun:test";
import { Cors } from "../../src/server/cors.ts";
import { AdminEdge, DROP_DEBUG, JSON_HEADERS, logRecord, otlpLogs } from "../support/admin-edge.ts";

const APP = "https://app.example.com";
const CORS = {
  allowed_origins: [APP, "https://*.web.example"],
  allowed_headers: ["X-Key"],
  max_age: 600,
};

function preflight(origin: string | null, headers: Record<string, string> = {}): RequestInit {
  const asked = { "access-control-request-method": "POST", ...headers };
  return { method: "OPTIONS", headers: origin === null ? asked : { origin, ...asked } };
}

/** Status and the headers that speak of origins. */
function shapeOf({ status, headers }: Response): unknown {
  const told = [...headers].filter(([name]) => name === "vary" || name.startsWith("access-"));
  return [status, Object.fromEntries(told)];
}

const PREFLIGHT_VARY = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers";
const REFUSED = [204, { vary: PREFLIGHT_VARY }];
const MAY_READ = {
  "access-control-allow-origin": APP,
  "access-control-allow-credentials": "true",
  vary: "Origin",
};

describe("which origins are let in", () => {
  test.each<[string[], string, boolean]>([
    [["*"], "https://anything.example", true],
    [["*"], "null", true],
    [["null"], "null", true],
    [["https://a.example"], "null", false],
    [["https://a.example"], "https://a.example", true],
    [["https://A.example"], "https://a.EXAMPLE", true],
    [["https://a.example"], "http://a.example", false],
    [["https://a.example"], "https://a.example:8443", false],
    [["https://a.example"], "https://a.example.evil", false],
    [["https://a.example"], "https://b.a.example", false],
    [["https://a.example"], "https://aXexample", false],
    [["https://*.a.example"], "https://b.a.example", true],
    [["https://*.a.example"], "https://c.b.a.example", true],
    [["https://*.a.example"], "https://a.example", false],
    [["https://*.a.example"], "https://xa.example", false],
    [["https://*.a.example"], "https://b.a.example.evil", false],
    [["https://*.a.example"], "https://evil/.a.example", false],
    [["http://localhost:*"], "http://localhost:3000", true],
    [["http://localhost:*"], "http://localhost", false],
    [["http://localhost:*"], "http://localhost:3000.evil.example", false],
    [["http://*.a.example:*"], "http://b.a.example:81", true],
    [["http://a.example:81*"], "http://a.example:8100", true],
    [["https://a.example:443"], "https://a.example", true],
    [["https://*.a.example:443"], "https://b.a.example", true],
    [["http://a.example:80"], "http://a.example", true],
    [["http://a.example:443"], "http://a.example", false],
    [["http://a.example:443"], "http://a.example:443", true],
    [["https://b\u00fccher.example"], "https://xn--bcher-kva.example", true],
    [["chrome-extension://abc"], "chrome-extension://abc", true],
    [["https://x", "https://y"], "https://y", true],
  ])("%j: %s", (allowedOrigins, origin, isAllowed) => {
    const cors = new Cors({ allowedOrigins, allowedHeaders: [], maxAgeS: 0 });
    const answer = new Headers();
    cors.open(answer, origin);
    const allowed = allowedOrigins.includes("*") ? "*" : origin;
    expect(answer.get("access-control-allow-origin")).toBe(isAllowed ? allowed : null);
  });
});

test("everybody is let in without credentials", () => {
  const cors = new Cors({ allowedOrigins: ["*"], allowedHeaders: [], maxAgeS: 0 });
  const answer = new Headers();
  cors.open(answer, APP);
  expect([...answer]).toEqual([["access-control-allow-origin", "*"]]);
});

describe("a preflight is answered here", () => {
  const allowed = {
    "access-control-allow-origin": APP,
    "access-control-allow-credentials": "true",
    "access-control-allow-methods": "POST",
    "access-control-max-age": "600",
    vary: PREFLIGHT_VARY,
  };
  const names = "content-type,x-key";
  const asking = { "access-control-request-headers": names };
  test.each<[string, RequestInit, unknown]>([
    ["without headers", preflight(APP), [204, allowed]],
    [
      "with headers that are allowed",
      preflight(APP, asking),
      [204, { ...allowed, "access-control-allow-headers": names }],
    ],
    ["with another header", preflight(APP, { "access-control-request-headers": "x-b" }), REFUSED],
    ["of another method", preflight(APP, { "access-control-request-method": "DELETE" }), REFUSED],
    ["of another origin", preflight("https://evil.example"), REFUSED],
  ])("%s", async (_name, init, want) => {
    await using edge = await AdminEdge.start({ cors: CORS });
    for (const path of ["/v1/logs", "/otlp/v1/traces", "/api/v2/logs", "/anything"]) {
      expect(shapeOf(await edge.ask(path, init))).toEqual(want);
    }
    expect(edge.upstream.requests.length).toBe(0);
    expect(edge.bus.of("request.completed").map(({ status }) => status)).toEqual([
      204, 204, 204, 204,
    ]);
  });

  test("but for the program's own pages, which are nobody else's", async () => {
    await using edge = await AdminEdge.start({ cors: CORS });
    for (const path of ["/_edge/status", "//_edge/status", "/_health", "/_ready"]) {
      expect(shapeOf(await edge.ask(path, preflight(APP)))).toEqual([405, {}]);
      expect(shapeOf(await edge.ask(path, { headers: { origin: APP } }))).toMatchObject([
        expect.any(Number),
        {},
      ]);
    }
  });

  test("and an OPTIONS that is none is forwarded", async () => {
    await using edge = await AdminEdge.start({ cors: CORS });
    await edge.ask("/v1/logs", { method: "OPTIONS", headers: { origin: APP } });
    await edge.ask("/v1/logs", preflight(null));
    expect(edge.upstream.requests.map(({ method }) => method)).toEqual(["OPTIONS", "OPTIONS"]);
  });
});

describe("a page can read", () => {
  const headers = { ...JSON_HEADERS, origin: APP };
  const post = (body: string): RequestInit => ({ method: "POST", headers, body });

  test("the answer when policies dropped everything", async () => {
    await using edge = await AdminEdge.start({ cors: CORS }, [DROP_DEBUG]);
    const answer = await edge.ask("/v1/logs", post(otlpLogs(logRecord("DEBUG", "x"))));
    expect([shapeOf(answer), edge.upstream.requests.length]).toEqual([[200, MAY_READ], 0]);
  });

  test.each([
    [{ upstream_url: "http://127.0.0.1:1" }, 502],
    [{ max_body_size: 1 }, 413],
  ])("an error of the proxy's own: %j", async (keys, status) => {
    await using edge = await AdminEdge.start({ cors: CORS, ...keys });
    const init = { ...post("{}"), headers: { ...headers, "content-length": "2" } };
    expect(shapeOf(await edge.ask("/v1/logs", init))).toEqual([status, MAY_READ]);
  });

  test("what an upstream answers that says nothing of origins", async () => {
    await using edge = await AdminEdge.start({ cors: CORS });
    edge.upstream.respond = () => "HTTP/1.1 400 X\r\nVary: Accept\r\nContent-Length: 0\r\n\r\n";
    expect(shapeOf(await edge.ask("/v1/logs", post("{}")))).toEqual([
      400,
      { ...MAY_READ, vary: "Accept, Origin" },
    ]);
    edge.upstream.respond = () => "HTTP/1.1 400 X\r\nVary: a, ORIGIN\r\nContent-Length: 0\r\n\r\n";
    expect(shapeOf(await edge.ask("/v1/logs", post("{}")))).toEqual([
      400,
      { ...MAY_READ, vary: "a, ORIGIN" },
    ]);
  });

  test("what an upstream lets it read, as that says", async () => {
    await using edge = await AdminEdge.start({ cors: CORS });
    edge.upstream.respond = () =>
      "HTTP/1.1 200 X\r\nAccess-Control-Allow-Origin: https://else\r\nContent-Length: 0\r\n\r\n";
    expect(shapeOf(await edge.ask("/v1/logs", post("{}")))).toEqual([
      200,
      { "access-control-allow-origin": "https://else" },
    ]);
  });

  test("nothing when it is of another origin, and caches are told so", async () => {
    await using edge = await AdminEdge.start({ cors: CORS });
    for (const origin of ["https://evil.example", "https://web.example"]) {
      const init = { ...post("{}"), headers: { ...headers, origin } };
      expect(shapeOf(await edge.ask("/v1/logs", init))).toEqual([200, { vary: "Origin" }]);
    }
    const init = { method: "POST", headers: JSON_HEADERS, body: "{}" };
    expect(shapeOf(await edge.ask("/v1/logs", init))).toEqual([200, { vary: "Origin" }]);
  });

  test("nothing when no origins are configured, and preflights are forwarded", async () => {
    await using edge = await AdminEdge.start({ cors: { allowed_headers: ["*"] } });
    expect(shapeOf(await edge.ask("/v1/logs", post("{}")))).toEqual([200, {}]);
    await edge.ask("/v1/logs", preflight(APP));
    expect(edge.upstream.requests.map(({ method }) => method)).toEqual(["POST", "OPTIONS"]);
  });
});
