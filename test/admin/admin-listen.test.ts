// Who may see the program's own pages, and where: one table for both listeners, on real sockets,
// with an upstream that must never see a request for any of them.

import { describe, expect, test } from "bun:test";
import { AdminEdge, DROP_DEBUG } from "../support/admin-edge.ts";

const PAGES = [
  "/_edge/metrics",
  "/_edge/policies",
  "/_edge/policies?format=json",
  "/_edge/status",
  "/_edge/tap/pre?seconds=1",
  "/_edge/tap/post",
  "/_edge/explain",
  "/_edge/reload",
  "/_edge",
  "/_edge/",
  "/_edge/unknown",
];
const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
const TOKEN = "t0ken-of-admin";
const WITH_TOKEN = { authorization: `Bearer ${TOKEN}` };

async function statuses(url: string, headers: Readonly<Record<string, string>> = {}) {
  const found: Record<string, number[]> = {};
  for (const page of PAGES) {
    found[page] = [];
    for (const method of METHODS) {
      const response = await fetch(url + page, { method, headers });
      found[page].push(response.status);
      await response.body?.cancel();
    }
  }
  return found;
}

function all(status: number): Record<string, number[]> {
  return Object.fromEntries(PAGES.map((page) => [page, METHODS.map(() => status)]));
}

const READ = [200, 200, 405, 405, 405, 405, 405];
const STREAM = [200, 405, 200, 405, 405, 405, 405];
/** The console says how it is turned on. */
const OFF = [404, 404, 405, 405, 405, 405, 405];
const POST = (status: number) => [405, 405, status, 405, 405, 405, 405];
const SERVED = {
  "/_edge/metrics": READ,
  "/_edge/policies": READ,
  "/_edge/policies?format=json": READ,
  "/_edge/status": READ,
  "/_edge/tap/pre?seconds=1": STREAM,
  "/_edge/tap/post": STREAM,
  "/_edge/explain": POST(403),
  "/_edge/reload": POST(200),
  "/_edge": OFF,
  "/_edge/": OFF,
  "/_edge/unknown": METHODS.map(() => 404),
};

describe("without admin.listen", () => {
  test("the data port serves the pages, each with its methods, and forwards none", async () => {
    await using edge = await AdminEdge.start({ tap_enabled: true }, [DROP_DEBUG]);
    expect(await statuses(await edge.listen())).toEqual(SERVED);
    expect(edge.upstream.requests.length).toBe(0);
  });

  test("with a token, every request for them needs it", async () => {
    await using edge = await AdminEdge.start({ tap_enabled: true, admin: { token: TOKEN } });
    const url = await edge.listen();
    expect(await statuses(url)).toEqual(all(401));
    expect(await statuses(url, { authorization: "Bearer t0ken-of-admi" })).toEqual(all(401));
    expect(await statuses(url, WITH_TOKEN)).toEqual(SERVED);
    expect((await fetch(`${url}/_health`)).status).toBe(200);
    expect(edge.upstream.requests.length).toBe(0);
  });
});

describe("with admin.listen", () => {
  const keys = { tap_enabled: true, admin: { listen: "127.0.0.1:0" } };

  test("the data port knows none of them, and forwards none", async () => {
    await using edge = await AdminEdge.start(keys);
    const url = await edge.listen();
    expect(await statuses(url)).toEqual(all(404));
    expect(await statuses(url, WITH_TOKEN)).toEqual(all(404));
    expect(edge.upstream.requests.length).toBe(0);
    expect(await (await fetch(`${url}/_edge/status`)).json()).toEqual({
      error: "not_found",
      message: "these pages are served at admin.listen, not here",
    });
    for (const path of ["/_health", "/v1/other"]) {
      expect((await fetch(url + path)).status).toBe(200);
    }
    expect(edge.upstream.requests.map(({ target }) => target)).toEqual(["/v1/other"]);
  });

  test("the other port serves them and nothing else", async () => {
    await using edge = await AdminEdge.start(keys);
    const url = await edge.listen("adminServer");
    expect(await statuses(url)).toEqual(SERVED);
    for (const path of ["/", "/v1/logs", "/api/v2/logs", "/metrics", "/anything"]) {
      expect((await fetch(url + path, { method: "POST", body: "x" })).status).toBe(404);
    }
    expect((await fetch(`${url}/_health`)).status).toBe(200);
    expect(edge.upstream.requests.length).toBe(0);
  });

  test("the other port asks for the token as well", async () => {
    await using edge = await AdminEdge.start({
      ...keys,
      admin: { ...keys.admin, token: TOKEN },
    });
    const url = await edge.listen("adminServer");
    const refused = await fetch(`${url}/_edge/status`);
    expect([refused.status, refused.headers.get("www-authenticate")]).toEqual([
      401,
      'Bearer realm="edge"',
    ]);
    expect((await fetch(`${url}/_edge/status`, { headers: WITH_TOKEN })).status).toBe(200);
  });
});

describe("a web page that lets its own name point here", () => {
  const asked = async (url: string, host: string, page: string): Promise<number> =>
    (await fetch(url + page, { headers: { host } })).status;

  test("gets none of the pages but metrics", async () => {
    await using edge = await AdminEdge.start({
      tap_enabled: true,
      admin: { listen: "127.0.0.1:0", hosts: ["edge.example.com"] },
    });
    const url = await edge.listen("adminServer");
    for (const page of PAGES) {
      const isOpen = page === "/_edge/metrics";
      expect([page, await asked(url, "evil.example", page)]).toEqual([page, isOpen ? 200 : 403]);
    }
    for (const host of ["edge.example.com:1", "localhost", "127.0.0.1:9"]) {
      expect(await asked(url, host, "/_edge/status")).toBe(200);
    }
    expect(await asked(url, "evil.example", "/_health")).toBe(200);
  });

  test("is asked for the token where there is one, whatever its name", async () => {
    await using edge = await AdminEdge.start({ admin: { token: TOKEN } });
    const headers = { ...WITH_TOKEN, host: "evil.example" };
    const url = await edge.listen();
    expect((await fetch(`${url}/_edge/status`, { headers })).status).toBe(200);
    expect(await asked(url, "evil.example", "/_edge/status")).toBe(401);
  });
});
