// URLs of upstreams that already end in the path of their telemetry, and what is told of those that
// lead nowhere.

import { describe, expect, test } from "bun:test";
import { AdminEdge, JSON_HEADERS } from "../support/admin-edge.ts";
import { rawResponse, RecordingUpstream } from "../support/recording-upstream.ts";

const POST = { method: "POST", headers: JSON_HEADERS, body: "{}" };

/** What the upstream is asked for, by the configuration and a request. */
async function asked(
  keys: (url: string) => Readonly<Record<string, unknown>>,
  path: string,
  init?: RequestInit,
): Promise<readonly string[]> {
  const upstream = await RecordingUpstream.start();
  try {
    await using edge = await AdminEdge.start(keys(upstream.url));
    await (await edge.ask(path, init)).bytes();
    return upstream.requests.map(({ target }) => target);
  } finally {
    await upstream.stop();
  }
}

describe("a URL that ends in the path of its telemetry is the whole URL", () => {
  test.each<[string, string, string, string]>([
    ["logs_url", "/v1/logs", "/v1/logs", "/v1/logs"],
    ["logs_url", "/v1/logs", "/otlp/v1/logs/", "/v1/logs"],
    ["logs_url", "/v1/logs", "//v1/%6cogs?a=1", "/v1/logs?a=1"],
    ["metrics_url", "/t/v1/metrics?k=v", "/v1/metrics", "/t/v1/metrics?k=v"],
    ["traces_url", "/v1/traces", "/v1/traces", "/v1/traces"],
    ["upstream_url", "/v1/logs", "/v1/logs", "/v1/logs"],
    ["logs_url", "/api/v2/logs", "/api/v2/logs?ddsource=x", "/api/v2/logs?ddsource=x"],
    ["metrics_url", "/api/v2/series", "/api/v2/series", "/api/v2/series"],
    ["logs_url", "/base", "/v1/logs", "/base/v1/logs"],
  ])("%s %s: %s goes to %s", async (key, path, target, want) => {
    expect(await asked((url) => ({ [key]: url + path }), target, POST)).toEqual([want]);
  });

  test.each<[string, string, string]>([
    ["/metrics", "/metrics", "/metrics"],
    ["/metrics", "//metrics/?x", "/metrics/?x"],
    ["/app/metrics", "/metrics/sub", "/app/metrics/sub"],
    ["", "/metrics", "/metrics"],
  ])("prometheus.url %s: %s goes to %s", async (path, target, want) => {
    expect(await asked((url) => ({ prometheus: { url: url + path } }), target)).toEqual([want]);
  });
});

describe("an upstream's 404 on a path that it should know is told once", () => {
  const told = async (
    keys: (url: string) => Readonly<Record<string, unknown>>,
    requests: readonly [string, RequestInit?][],
  ): Promise<[unknown[], string]> => {
    const upstream = await RecordingUpstream.start();
    upstream.respond = () => rawResponse(404);
    try {
      await using edge = await AdminEdge.start(keys(upstream.url));
      for (const [path, init] of requests) await (await edge.ask(path, init)).bytes();
      const events = edge.bus.of("upstream.path_unknown");
      const urls = events.map(({ upstream: name, url }) => [
        name,
        url.replace(upstream.url, "http://h"),
      ]);
      return [urls, events[0]?.cure ?? ""];
    } finally {
      await upstream.stop();
    }
  };

  test("with the URL, without its secrets, and with what to do", async () => {
    const secret = (url: string) => `${url.replace("://", "://user:pass@")}/base?key=s3cret`;
    const [urls, cure] = await told(
      (url) => ({ logs_url: secret(url) }),
      [
        ["/v1/logs?token=t", POST],
        ["/v1/logs", POST],
        ["/otlp/v1/logs", POST],
      ],
    );
    expect(urls).toEqual([["logs", "http://h/base/v1/logs"]]);
    expect(cure).toBe("make the url of this upstream what comes before /v1/logs, or all of it");
  });

  test("for each kind of telemetry", async () => {
    const [urls] = await told(
      (url) => ({ upstream_url: url, traces_url: `${url}/t` }),
      [
        ["/v1/logs", POST],
        ["/v1/metrics", POST],
        ["/v1/traces", POST],
        ["/api/v2/logs", POST],
        ["/v1/input/0123456789abcdef", POST],
        ["/metrics"],
      ],
    );
    expect(urls).toEqual([
      ["default", "http://h/v1/logs"],
      ["default", "http://h/v1/metrics"],
      ["traces", "http://h/t/v1/traces"],
      ["default", "http://h/api/v2/logs"],
      ["default", "http://h/v1/input"],
      ["default", "http://h/metrics"],
    ]);
  });

  test("for a target of scrapes", async () => {
    const targets = (url: string) => ({ prometheus: { targets: { "/metrics/a": `${url}/m?k` } } });
    expect(await told(targets, [["/metrics/a?x=1"]])).toEqual([
      [["/metrics/a", "http://h/m"]],
      "check the url of this target",
    ]);
  });

  test("but not of what may well be unknown", async () => {
    const [urls] = await told(
      (url) => ({ upstream_url: url }),
      [["/v1/logs"], ["/anything", POST], ["/metrics", POST], ["/api/v2/logs/events", POST]],
    );
    expect(urls).toEqual([]);
  });
});
