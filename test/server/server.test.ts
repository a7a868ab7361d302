// One request from its head to its answer, through app.request() and without a socket.

import { describe, expect, test } from "bun:test";
import type { Plan, ProxyModule, RequestHead, Route } from "../../src/protocols/index.ts";
import type { Upstream, UpstreamRequest } from "../../src/pipeline/upstream.ts";
import { UpstreamError } from "../../src/pipeline/upstream-error.ts";
import { RecordingBus } from "../support/proxy-fakes.ts";
import { type HarnessOptions, proxyServer } from "../support/proxy-harness.ts";

function upstreamThat(send: (request: UpstreamRequest) => Promise<Response>): Upstream {
  return { name: "fake", send, stop: () => undefined };
}

function planning(plan: (head: RequestHead) => Plan, routeKind: "health" | "passthrough") {
  const module: ProxyModule = {
    name: "test",
    routes: [{ match: { kind: "any" }, knownPath: "other", routeKind }],
    plan,
  };
  return module;
}

const ANSWER: Plan = { kind: "respond", status: 200, headers: { "x-a": "1" }, body: "hello" };

function server(options: HarnessOptions, upstream?: Upstream) {
  const bus = new RecordingBus();
  const fallback = upstreamThat(() => Promise.resolve(new Response("up")));
  const proxy = proxyServer(bus, upstream ?? fallback, options);
  return { bus, app: proxy.app, announceDrain: () => proxy.announceDrain() };
}

describe("a module is shown the head of the request as it came", () => {
  const cases: readonly [string, string, string][] = [
    ["http://edge/v1/logs", "/v1/logs", ""],
    ["http://edge/v1/logs?a=1&b=%20", "/v1/logs", "?a=1&b=%20"],
    ["http://edge/", "/", ""],
    ["http://edge/?", "/", "?"],
    ["http://edge/a%2Fb", "/a%2Fb", ""],
    ["http://edge/x#fragment", "/x", ""],
    ["http://[::1]:8080/x/", "/x/", ""],
  ];
  for (const [url, path, query] of cases) {
    test(url, async () => {
      const seen: RequestHead[] = [];
      const module = planning((head) => {
        seen.push(head);
        return ANSWER;
      }, "passthrough");
      const { app } = server({ modules: [module] });
      await app.request(url, { method: "PUT", headers: { "x-b": "2" } });
      expect(seen.map((head) => [head.method, head.path, head.query])).toEqual([
        ["PUT", path, query],
      ]);
      expect(seen[0]?.headers.get("X-B")).toBe("2");
    });
  }
});

test("an answer plan is answered as it is", async () => {
  const { app, bus } = server({ modules: [planning(() => ANSWER, "health")] });
  const response = await app.request("/x");
  expect([response.status, response.headers.get("x-a"), await response.text()]).toEqual([
    200,
    "1",
    "hello",
  ]);
  expect(bus.of("prefilter.decided")).toEqual([{ routeKind: "health", decision: "none" }]);
});

test("a HEAD is answered with the length of what a GET gets, and without it", async () => {
  const { app } = server({ modules: [planning(() => ANSWER, "health")] });
  const response = await app.request("/x", { method: "HEAD" });
  const { status, headers } = response;
  expect([status, headers.get("x-a"), headers.get("content-length"), response.body]).toEqual([
    200,
    "1",
    "5",
    null,
  ]);
});

test("a HEAD that an upstream answers keeps the length that it said", async () => {
  const headers = { "content-length": "7" };
  const upstream = upstreamThat(() => Promise.resolve(new Response(null, { headers })));
  const forward: Plan = { kind: "forward", upstream: "default" };
  const { app } = server({ modules: [planning(() => forward, "passthrough")] }, upstream);
  const response = await app.request("/x", { method: "HEAD" });
  expect([response.headers.get("content-length"), response.body]).toEqual(["7", null]);
});

test("a path that no module takes is 404", async () => {
  const { app, bus } = server({ modules: [] });
  const response = await app.request("/x");
  expect(response.status).toBe(404);
  expect(await response.json()).toEqual({
    error: "not_found",
    message: "no module takes this path",
  });
  expect(bus.of("request.completed").map(({ knownPath }) => knownPath)).toEqual(["other"]);
});

test("a module that fails costs nothing but its plan: the request is forwarded", async () => {
  const module = planning(() => {
    throw new Error("a bug at http://user:pass@host/?key=1");
  }, "passthrough");
  const { app, bus } = server({ modules: [module] });
  const response = await app.request("/x");
  expect([response.status, await response.text()]).toEqual([200, "up"]);
  expect(bus.of("request.failed")).toEqual([
    { knownPath: "other", class: "module", reason: "a bug at http://***@host/?***" },
  ]);
});

describe("a module that fails to plan", () => {
  const failing = (routeKind: Route["routeKind"], upstream?: Route["upstream"]): ProxyModule => ({
    name: "failing",
    routes: [
      {
        match: { kind: "any" },
        knownPath: "other",
        routeKind,
        ...(upstream === undefined ? {} : { upstream }),
      },
    ],
    plan: () => {
      throw new Error("a bug");
    },
  });

  for (const method of ["GET", "HEAD", "POST", "DELETE"]) {
    test(`of the program's own pages lets no ${method} go on`, async () => {
      const sent: UpstreamRequest[] = [];
      const upstream = upstreamThat((request) => {
        sent.push(request);
        return Promise.resolve(new Response("up"));
      });
      const { app, bus } = server({ modules: [failing("health")] }, upstream);
      const headers = { authorization: "Bearer s3cret" };
      const response = await app.request("/_edge/policies", { method, headers });
      expect([response.status, sent]).toEqual([500, []]);
      expect(bus.of("request.failed")).toEqual([
        { knownPath: "other", class: "module", reason: "a bug" },
      ]);
    });
  }

  test("of the program's own pages cannot have them forwarded", async () => {
    const plans: Plan[] = [{ kind: "forward", upstream: "default" }];
    const { app } = server({ modules: [planning(() => plans[0]!, "health")] });
    expect((await app.request("/x")).status).toBe(500);
  });

  test.each(["the page throws", "there is no such page"])("a page of our own: %s", async (name) => {
    const sent: UpstreamRequest[] = [];
    const upstream = upstreamThat((request) => {
      sent.push(request);
      return Promise.resolve(new Response("up"));
    });
    const path = "/_edge/metrics";
    const serve = (): Response => {
      throw new Error("a bug");
    };
    const pages =
      name === "the page throws" ? ([[path, { path, methods: ["GET"], serve }]] as const) : [];
    const plan: Plan = { kind: "page", page: path, query: "" };
    const { app, bus } = server(
      { modules: [planning(() => plan, "health")], pages: new Map(pages) },
      upstream,
    );
    const response = await app.request(path, { headers: { authorization: "Bearer s3cret" } });
    expect([response.status, sent]).toEqual([500, []]);
    expect(bus.of("request.failed").map((event) => event.class)).toEqual(["uncaught"]);
  });

  test("of telemetry counts that it went on unjudged, to the upstream of its kind", async () => {
    const names: string[] = [];
    const named = (name: string) => ({
      ...upstreamThat(() => {
        names.push(name);
        return Promise.resolve(new Response("up"));
      }),
      name,
    });
    const { app, bus } = server({
      modules: [failing("otlp_logs", "logs")],
      upstreams: { logs: named("logs") },
    });
    const response = await app.request("/v1/logs", { method: "POST", body: "b" });
    expect([response.status, names]).toEqual([200, ["logs"]]);
    expect(bus.of("fail_open")).toEqual([
      {
        telemetry: "otlp_logs",
        reason: "internal_error",
        records: 0,
        detail: "it could not be planned how to read the body",
      },
    ]);
  });

  test("of scrapes goes to no other upstream than theirs", async () => {
    const { app } = server({ modules: [failing("prometheus_metrics", "none")] });
    expect((await app.request("/metrics")).status).toBe(500);
  });
});

describe("errors of upstreams become answers", () => {
  const cases: readonly [Error, number, string][] = [
    [new UpstreamError("upstream_timeout", "first_byte", "slow"), 504, "upstream_timeout"],
    [new UpstreamError("upstream_unreachable", "connect", "gone"), 502, "upstream_unreachable"],
    [new UpstreamError("upstream_failed", "send", "odd"), 502, "upstream_failed"],
    [new Error("a bug"), 500, "internal_error"],
  ];
  for (const [error, status, code] of cases) {
    test(`${code} is ${status}`, async () => {
      const { app, bus } = server(
        {},
        upstreamThat(() => Promise.reject(error)),
      );
      const response = await app.request("/x", { method: "POST", body: "b" });
      expect(response.status).toBe(status);
      expect(response.headers.get("content-type")).toBe("application/json");
      expect(await response.json()).toMatchObject({ error: code });
      expect(bus.of("request.completed").map((event) => event.status)).toEqual([status]);
      expect(bus.of("request.failed").length).toBe(status === 500 ? 1 : 0);
    });
  }

  test("what an unexpected error says is not shown to the client", async () => {
    const { app } = server(
      {},
      upstreamThat(() => Promise.reject(new Error("secret detail"))),
    );
    expect(await (await app.request("/x")).text()).not.toContain("secret");
  });
});

describe("requests in flight are bounded", () => {
  /** Holds requests until it is told to let so many of them go, which it waits for. */
  function holding() {
    const waiting: (() => void)[] = [];
    let arrived = (): void => undefined;
    const upstream = upstreamThat(() => {
      const answer = Promise.withResolvers<Response>();
      waiting.push(() => answer.resolve(new Response("late")));
      arrived();
      return answer.promise;
    });
    const release = async (count: number): Promise<void> => {
      while (waiting.length < count) await new Promise<void>((resolve) => (arrived = resolve));
      for (const go of waiting.splice(0)) go();
    };
    return { upstream, release };
  }

  test("one more than max_connections is 503, and there is room again afterwards", async () => {
    const { upstream, release } = holding();
    const { app } = server({ room: { requestsMax: 2 } }, upstream);
    const first = [app.request("/a"), app.request("/b")].map((one) => Promise.resolve(one));
    const third = await app.request("/c");
    expect([third.status, third.headers.get("retry-after")]).toEqual([503, "1"]);
    expect(await third.json()).toMatchObject({ error: "too_many_requests_in_flight" });
    await release(2);
    expect((await Promise.all(first)).map(({ status }) => status)).toEqual([200, 200]);
    const next = app.request("/d");
    await release(1);
    expect((await next).status).toBe(200);
  });

  test("the program's own paths are answered even then", async () => {
    const { upstream, release } = holding();
    const forward = planning(() => ({ kind: "forward", upstream: "default" }), "passthrough");
    const own = planning(() => ANSWER, "health");
    const health: ProxyModule = {
      ...own,
      routes: [{ ...own.routes[0]!, match: { kind: "exact", path: "/_health" } }],
      plan: own.plan.bind(own),
    };
    const { app } = server({ room: { requestsMax: 1 }, modules: [health, forward] }, upstream);
    const held = app.request("/a");
    expect((await app.request("/_health")).status).toBe(200);
    await release(1);
    await held;
  });

  test("one too many is served when there is room within its time", async () => {
    const { upstream, release } = holding();
    const { app } = server({ room: { requestsMax: 1, waitMs: 60_000 } }, upstream);
    const [first, second] = [app.request("/a"), app.request("/b")];
    await release(1);
    expect((await first).status).toBe(200);
    await release(1);
    expect((await second).status).toBe(200);
  });
});

test("after the notice every response asks its client to leave", async () => {
  const { app, announceDrain } = server({});
  expect((await app.request("/x")).headers.get("connection")).toBeNull();
  announceDrain();
  expect((await app.request("/x")).headers.get("connection")).toBe("close");
});

test("the duration is that of the clock between head and answer", async () => {
  const bus = new RecordingBus();
  const { app } = proxyServer(
    bus,
    upstreamThat(() => Promise.resolve(new Response("x"))),
    { clock: [100, 142] },
  );
  await app.request("/x");
  expect(bus.of("request.completed").map(({ durationMs }) => durationMs)).toEqual([42]);
});
