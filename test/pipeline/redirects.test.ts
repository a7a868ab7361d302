// Redirects of upstreams at every door: no answer leads a client around the policies.

import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { ownTargetOf } from "../../src/pipeline/redirects.ts";
import { DISTRIBUTIONS } from "../../src/distributions.ts";
import { parseUpstream } from "../../src/pipeline/upstream-url.ts";
import { AdminEdge } from "../support/admin-edge.ts";
import { rawResponse, RecordingUpstream } from "../support/recording-upstream.ts";
import { INPUT, OUTPUT, proxy, type ScrapeProxy, stopAll, TEXT } from "./scrape/scrape-proxy.ts";

const SIGNALS = DISTRIBUTIONS.edge.modules.flatMap(({ signalPaths = [] }) => signalPaths);
const TRANSPORTS = ["http1", "fetch"] as const;

/** What an error says of a redirect that is not followed. */
function messageOf(origin: string, shown: string): string {
  const what = `${origin} redirects to ${shown}, where policies would not apply`;
  return `${what}; if that is right, make it the url of this upstream`;
}

describe("a redirect of an exporter", () => {
  afterEach(stopAll);

  /** Asks an exporter that redirects its first path, and answers all others. */
  async function redirected(
    location: string | undefined,
    options: { status?: number; path?: string; transport?: "http1" | "fetch"; base?: string } = {},
  ): Promise<{ own: ScrapeProxy; answer: Response; text: string; asked: string[] }> {
    const { status = 307, path = "/metrics/app", base = "/one/metrics", transport } = options;
    const targets = { "/metrics/app": base };
    const own = await proxy({ targets, ...(transport === undefined ? {} : { transport }) });
    const { url } = own.upstream;
    own.upstream.respond = ({ count }) => {
      if (count > 1) return rawResponse(200, { ...TEXT, location: "/nowhere" }, INPUT);
      const to = location
        ?.replace("ORIGIN", url)
        .replace("HOST", url.slice("http://".length))
        .replace("PORT", String(own.upstream.port));
      return rawResponse(status, to === undefined ? {} : { location: to }, "moved ".repeat(100));
    };
    const answer = await fetch(own.url + path, { redirect: "manual" });
    const text = await answer.text();
    return { own, answer, text, asked: own.upstream.requests.map(({ target }) => target) };
  }

  const followed: readonly [string, string][] = [
    ["ORIGIN/two", "/two"],
    ["ORIGIN/two?b=%20#part", "/two?b=%20"],
    ["ORIGIN", "/"],
    ["ORIGIN?x", "/?x"],
    ["/two", "/two"],
    ["two", "/one/two"],
    ["./", "/one/"],
    ["../two/", "/two/"],
    ["/one/metrics/", "/one/metrics/"],
    ["?again", "/one/metrics?again"],
    ["//HOST/two", "/two"],
    ["http://user:secret@HOST/two", "/two"],
    ["HTTP://HOST/two", "/two"],
  ];
  for (const transport of TRANSPORTS) {
    test.each(followed)(`to %s is followed to %s (${transport})`, async (location, want) => {
      const { answer, text, asked, own } = await redirected(location, { transport });
      expect([answer.status, text, asked]).toEqual([200, OUTPUT, ["/one/metrics", want]]);
      expect(answer.headers.get("location")).toBeNull();
      expect(own.upstream.header("authorization")).toBeUndefined();
      expect(own.bus.of("scrape.completed")).toMatchObject([{ outcome: "ok", dropped: 1 }]);
    });
  }
  test.each([301, 302, 303, 307, 308])("of status %d is followed", async (status) => {
    const { text, asked, own } = await redirected("/two", { status });
    expect([text, asked, own.upstream.last.method]).toEqual([
      OUTPUT,
      ["/one/metrics", "/two"],
      "GET",
    ]);
  });
  test("keeps the scrape's own query out of what the exporter names", async () => {
    const { asked } = await redirected("/two?y", { path: "/metrics/app/sub?x=1" });
    expect(asked).toEqual(["/one/metrics/sub?x=1", "/two?y"]);
  });
  test("is followed from an exporter without a path of its own", async () => {
    const { asked } = await redirected("metrics", { path: "/metrics/app?x=1", base: "" });
    expect(asked).toEqual(["/?x=1", "/metrics"]);
  });

  const refused: readonly [string, string][] = [
    ["http://elsewhere.invalid/metrics?token=secret", "http://elsewhere.invalid/metrics"],
    ["http://u:secret@elsewhere.invalid/", "http://elsewhere.invalid/"],
    ["https://HOST/metrics", "https://127.0.0.1:PORT/metrics"],
    ["//elsewhere.invalid/metrics", "http://elsewhere.invalid/metrics"],
    ["http://127.0.0.1:1/metrics", "http://127.0.0.1:1/metrics"],
    ["http://localhost:PORT/metrics", "http://localhost:PORT/metrics"],
    ["ftp://HOST/metrics", "a ftp: URL"],
    ["data:text/plain,a", "a data: URL"],
    ["http://[", "what is no URL"],
  ];
  test.each(refused)("to %s fails the scrape", async (location, shown) => {
    for (const transport of TRANSPORTS) {
      const { answer, text, asked, own } = await redirected(location, { transport });
      expect([answer.status, answer.headers.get("location"), asked.length]).toEqual([502, null, 1]);
      const { url, port } = own.upstream;
      const message = messageOf(url, shown.replace("PORT", String(port)));
      expect(JSON.parse(text)).toEqual({ error: "upstream_redirect", message });
      expect(own.bus.of("scrape.completed")).toMatchObject([{ outcome: "upstream_failed" }]);
      expect(own.bus.of("upstream.failed")).toEqual([
        { upstream: "/metrics/app", phase: "receive", reason: message, retried: false },
      ]);
    }
  });
  test.each([
    [307, undefined],
    [301, ""],
    [300, "/two"],
    [304, "/two"],
    [305, "/two"],
    [404, "/two"],
  ])("of status %d to %j is relayed, and leads nowhere", async (status, location) => {
    const { answer, asked, own } = await redirected(location, { status });
    expect([answer.status, answer.headers.get("location"), asked.length]).toEqual([
      status,
      null,
      1,
    ]);
    expect(own.bus.of("scrape.completed")).toMatchObject([{ outcome: "relayed" }]);
  });

  for (const [name, location] of [
    ["in a circle", () => "/metrics"],
    ["without end", (count: number) => `/metrics/${count}`],
  ] as const) {
    test(`${name} fails the scrape after ten`, async () => {
      const own = await proxy();
      own.upstream.respond = ({ count }) => rawResponse(302, { location: location(count) });
      const answer = await own.scrape();
      expect([answer.status, own.upstream.requests.length]).toEqual([502, 11]);
      expect(await answer.json()).toEqual({
        error: "upstream_redirect",
        message: `${own.upstream.url} redirects more than 10 times`,
      });
    });
  }
  test("that is the tenth is followed", async () => {
    const own = await proxy();
    own.upstream.respond = ({ count }) =>
      count === 11 ? rawResponse(200, TEXT, INPUT) : rawResponse(302, { location: `/${count}` });
    expect(await (await own.scrape()).text()).toBe(OUTPUT);
  });
  test("is followed without policies too, and for HEAD", async () => {
    const own = await proxy({ policies: [] });
    own.upstream.respond = ({ request }) =>
      request.target === "/two"
        ? rawResponse(200, TEXT, request.method === "HEAD" ? "" : INPUT)
        : rawResponse(301, { location: `${own.upstream.url}/two` });
    expect(await (await own.scrape()).text()).toBe(INPUT);
    const head = await fetch(`${own.url}/metrics`, { method: "HEAD", redirect: "manual" });
    expect([head.status, own.upstream.last.method]).toEqual([200, "HEAD"]);
  });
  test("with credentials in the upstream's URL is followed with them", async () => {
    const targets = { "/metrics/app": "" };
    const own = await proxy({ targets });
    own.upstream.respond = ({ count }) =>
      count === 1 ? rawResponse(301, { location: "/two" }) : rawResponse(200, TEXT, INPUT);
    await own.scrape("/metrics/app", { authorization: "Bearer t" });
    expect(
      own.upstream.requests.map(({ headers }) => new Map(headers).get("authorization")),
    ).toEqual(["Bearer t", "Bearer t"]);
  });
});

describe("a redirect of", () => {
  let other: RecordingUpstream;
  let edge: AdminEdge;
  let url: string;

  beforeAll(async () => {
    other = await RecordingUpstream.start();
    const upstream_url = `${other.url}/base?key=secret`;
    edge = await AdminEdge.start({ upstream_url, metrics_url: other.url });
    url = await edge.listen();
  });
  afterAll(async () => {
    await edge[Symbol.asyncDispose]();
    await other.stop();
  });

  async function answerOf(path: string, location: string, status = 307): Promise<Response> {
    const to = location.replace("ORIGIN", other.url);
    other.respond = () => rawResponse(status, { location: to }, "moved");
    const headers = { "content-type": "application/json" };
    const redirect = "manual";
    return fetch(url + path, { method: "POST", body: "{}", headers, redirect });
  }

  const mapped: readonly [string, string, string][] = [
    ["/v1/logs", "ORIGIN/base/v1/logs", "/v1/logs"],
    ["/v1/logs", "/base/v1/logs?key=secret", "/v1/logs"],
    ["/v1/logs", "/base/v1/logs?key=secret&a=1#f", "/v1/logs?a=1#f"],
    ["/v1/logs", "/base/v1/logs?a=1", "/v1/logs?a=1"],
    ["/v1/traces", "traces", "/v1/traces"],
    ["/v1/metrics", "ORIGIN/v1/metrics?x", "/v1/metrics?x"],
    ["/api/v2/logs", "ORIGIN/base/api/v2/logs", "/api/v2/logs"],
    ["/api/v2/series", "/api/v2/series", "/api/v2/series"],
    ["/x/y", "ORIGIN/base/v1/logs", "/v1/logs"],
    ["/x/y", "z", "/x/z"],
    ["/x/y", "../../base/z", "/z"],
    ["/x/y", "ORIGIN/base//elsewhere.invalid/z", "/.//elsewhere.invalid/z"],
  ];
  test.each(mapped)("%s to %s leads to %s here", async (path, location, want) => {
    for (const status of [300, 301, 302, 303, 307, 308]) {
      const answer = await answerOf(path, location, status);
      const body = await answer.text();
      expect([answer.status, answer.headers.get("location"), body]).toEqual([
        status,
        want,
        "moved",
      ]);
    }
  });

  const refused: readonly [string, string, string][] = [
    ["/v1/logs", "http://elsewhere.invalid/v1/logs?k=v", "http://elsewhere.invalid/v1/logs"],
    ["/v1/logs", "ORIGIN/v1/logs", "ORIGIN/v1/logs"],
    ["/v1/logs", "/base", "ORIGIN/base"],
    ["/v1/logs", "/basement/v1/logs", "ORIGIN/basement/v1/logs"],
    ["/v1/logs", "/base/ingest", "ORIGIN/base/ingest"],
    ["/v1/logs", "/base/v1/traces", "ORIGIN/base/v1/traces"],
    ["/v1/metrics", "/metrics", "ORIGIN/metrics"],
    ["/v1/traces", "https://elsewhere.invalid", "https://elsewhere.invalid/"],
    ["/api/v2/logs", "//elsewhere.invalid/api/v2/logs", "http://elsewhere.invalid/api/v2/logs"],
    ["/api/v2/series", "http://[", "what is no URL"],
  ];
  test.each(refused)("%s to %s is an error", async (path, location, shown) => {
    const answer = await answerOf(path, location);
    expect([answer.status, answer.headers.get("location")]).toEqual([502, null]);
    const message = messageOf(other.url, shown.replace("ORIGIN", other.url));
    expect(await answer.text()).toContain(JSON.stringify(message));
  });

  const relayed: readonly [string, string, string][] = [
    ["/x/y", "https://elsewhere.invalid/login?a=b#c", "https://elsewhere.invalid/login?a=b#c"],
    ["/x/y", "ORIGIN/login", "ORIGIN/login"],
    ["/x/y", "/login?a", "/login?a"],
    ["/x/y", "http://[", "http://["],
  ];
  test.each(relayed)("%s to %s leads there: %s", async (path, location, want) => {
    const answer = await answerOf(path, location);
    expect([answer.status, answer.headers.get("location")]).toEqual([
      307,
      want.replace("ORIGIN", other.url),
    ]);
  });

  test("an unreadable telemetry request is held to the same", async () => {
    other.respond = () => rawResponse(308, { location: "http://elsewhere.invalid/" });
    const headers = { "content-type": "text/odd" };
    const asked = { method: "POST", body: "x", headers, redirect: "manual" } as const;
    expect((await fetch(`${url}/v1/logs`, asked)).status).toBe(502);
  });
  test("a path that is no telemetry leads where it says without a Location", async () => {
    other.respond = () => rawResponse(307, {}, "moved");
    const answer = await fetch(`${url}/v1/logs`, { method: "POST", redirect: "manual" });
    expect([answer.status, await answer.text()]).toEqual([307, "moved"]);
  });
});

describe("a path at the upstream is one of this proxy", () => {
  const cases: readonly [string, string, string | undefined][] = [
    ["http://h", "/x?y", "/x?y"],
    ["http://h/b", "/b/x", "/x"],
    ["http://h/b", "/b/", "/"],
    ["http://h/b", "/b", undefined],
    ["http://h/b", "/bx", undefined],
    ["http://h/b", "/", undefined],
    ["http://h/b/", "/b/x", "/x"],
    ["http://h/b?k=v", "/b/x?k=v", "/x"],
    ["http://h/b?k=v", "/b/x?k=v&a=1", "/x?a=1"],
    ["http://h/b?k=v", "/b/x?k=va", "/x?k=va"],
    // Requests for /v1/logs, with a slash or not, are sent to the base.
    ["http://h/in/v1/logs", "/in/v1/logs", "/v1/logs"],
    ["http://h/in/v1/logs", "/in/v1/logs/", "/"],
    ["http://h/in/v1/logs", "/in/v1/logs/x", "/x"],
    ["http://h/in/v1/logs", "/v1/logs", undefined],
    ["http://h/in/metrics", "/in/metrics", "/metrics"],
    ["http://h/in/metrics", "/in/metrics/x", "/x"],
  ];
  test.each(cases)("at %s, %s is %p", (base, target, want) => {
    expect(ownTargetOf(parseUpstream(base, SIGNALS), target)).toBe(want);
  });
});
