// Base URLs and request targets.

import { describe, expect, test } from "bun:test";
import { DISTRIBUTIONS } from "../../src/distributions.ts";
import { joinUrl, parseUpstream } from "../../src/pipeline/upstream-url.ts";

const SIGNALS = DISTRIBUTIONS.edge.modules.flatMap(({ signalPaths = [] }) => signalPaths);
const parsed = (url: string) => parseUpstream(url, SIGNALS);

describe("a base and a target are joined", () => {
  const TARGETS = ["", "?", "?x=1", "/", "/?x=1", "/v1/logs", "/v1/logs?", "/v1/logs?x=1"] as const;
  // By base: what each of the targets becomes, after the origin.
  const joins: readonly [string, string][] = [
    ["http://h", "/ /? /?x=1 / /?x=1 /v1/logs /v1/logs? /v1/logs?x=1"],
    ["http://h/", "/ /? /?x=1 / /?x=1 /v1/logs /v1/logs? /v1/logs?x=1"],
    ["http://h?", "/ /? /?x=1 / /?x=1 /v1/logs /v1/logs? /v1/logs?x=1"],
    ["http://h/b", "/b /b? /b?x=1 /b/ /b/?x=1 /b/v1/logs /b/v1/logs? /b/v1/logs?x=1"],
    ["http://h/b/", "/b/ /b/? /b/?x=1 /b/ /b/?x=1 /b/v1/logs /b/v1/logs? /b/v1/logs?x=1"],
    [
      "http://h?k=v",
      "/?k=v /?k=v /?k=v&x=1 /?k=v /?k=v&x=1 /v1/logs?k=v /v1/logs?k=v /v1/logs?k=v&x=1",
    ],
    [
      "http://h/b?k=v",
      "/b?k=v /b?k=v /b?k=v&x=1 /b/?k=v /b/?k=v&x=1 /b/v1/logs?k=v /b/v1/logs?k=v /b/v1/logs?k=v&x=1",
    ],
    [
      "http://h/b/?k=v",
      "/b/?k=v /b/?k=v /b/?k=v&x=1 /b/?k=v /b/?k=v&x=1 /b/v1/logs?k=v /b/v1/logs?k=v /b/v1/logs?k=v&x=1",
    ],
  ];
  for (const [base, wanted] of joins) {
    test(base, () => {
      const origin = new URL(base).origin;
      expect(TARGETS.map((target) => joinUrl(parsed(base), target))).toEqual(
        wanted.split(" ").map((path) => origin + path),
      );
    });
  }

  const others: readonly [string, string, string][] = [
    ["http://h:4318", "/v1/logs?a=1", "http://h:4318/v1/logs?a=1"],
    ["https://h/base//", "/v1/logs", "https://h/base/v1/logs"],
    ["http://h//", "", "http://h//"],
    ["http://u:p@h/x", "/y", "http://h/x/y"],
    ["http://u:p@h", "?y", "http://h/?y"],
    ["http://h/x#f", "/y", "http://h/x/y"],
    ["http://h#f", "?y", "http://h/?y"],
    ["http://[::1]:9", "?y", "http://[::1]:9/?y"],
    ["http://h/x", "?a=/?b", "http://h/x?a=/?b"],
    ["http://h/x?k=v", "?a=?b?", "http://h/x?k=v&a=?b?"],
    ["http://h", "/?", "http://h/?"],
    ["http://h", "//other/x", "http://h//other/x"],
  ];
  for (const [base, target, want] of others) {
    test(`${base} + ${target}`, () => {
      expect(joinUrl(parsed(base), target)).toBe(want);
    });
  }
});

describe("a base that ends in the path of a signal is its whole URL", () => {
  // Base, target, and what they become behind the origin.
  const cases: readonly [string, string, string][] = [
    ["/v1/logs", "/v1/logs", "/v1/logs"],
    ["/v1/logs", "/v1/logs?a=1", "/v1/logs?a=1"],
    ["/v1/logs?k=v", "/v1/logs?a=1", "/v1/logs?k=v&a=1"],
    ["/v1/logs/", "/v1/logs", "/v1/logs/"],
    ["/v1/logs", "//v1/%6cogs/", "/v1/logs"],
    ["/v1/logs", "/otlp/v1/logs", "/v1/logs"],
    ["/b/v1/logs", "/v1/logs", "/b/v1/logs"],
    ["/b/v1/logs", "/b/v1/logs", "/b/v1/logs"],
    ["/b/v1//%6cogs", "/v1/logs", "/b/v1//%6cogs"],
    ["/v1/metrics", "/v1/metrics", "/v1/metrics"],
    ["/v1/traces", "/v1/traces", "/v1/traces"],
    ["/api/v2/logs", "/api/v2/logs?dd=1", "/api/v2/logs?dd=1"],
    ["/api/v2/series", "/api/v2/series", "/api/v2/series"],
    ["/api/v1/series", "/api/v1/series", "/api/v1/series"],
    ["/v1/input", "/v1/input/key", "/v1/input/key"],
    ["/metrics", "/metrics", "/metrics"],
    ["/metrics", "/metrics?x", "/metrics?x"],
    ["/metrics", "/metrics/app", "/metrics/app"],
    ["/metrics", "//metrics/%61pp", "/metrics/%61pp"],
    ["/app/metrics", "/metrics", "/app/metrics"],
    // Another signal, and what only looks alike, goes below the base as ever.
    ["/v1/logs", "/v1/traces", "/v1/logs/v1/traces"],
    ["/v1/logs", "/v1/logs/x", "/v1/logs/v1/logs/x"],
    ["/v1/logsx", "/v1/logs", "/v1/logsx/v1/logs"],
    ["/xv1/logs", "/v1/logs", "/xv1/logs/v1/logs"],
    ["/v1/metrics", "/metrics", "/v1/metrics/metrics"],
    ["/metrics", "/v1/metrics", "/metrics/v1/metrics"],
    ["/metrics", "/metricsx", "/metrics/metricsx"],
    ["/b", "/b", "/b/b"],
    ["/v1", "/v1/logs", "/v1/v1/logs"],
  ];
  for (const [base, target, want] of cases) {
    test(`${base} + ${target}`, () => {
      expect(joinUrl(parsed(`http://h${base}`), target)).toBe(`http://h${want}`);
    });
  }
});

describe("userinfo becomes Basic credentials", () => {
  const basic = (pair: string) => `Basic ${Buffer.from(pair).toString("base64")}`;
  const cases: readonly [string, string | undefined][] = [
    ["http://h/", undefined],
    ["http://user:pass@h/", basic("user:pass")],
    ["http://us%40er:pa%3Ass@h/", basic("us@er:pa:ss")],
    ["http://user@h/", basic("user:")],
    ["http://%C3%BC:x@h/", basic("ü:x")],
  ];
  for (const [url, want] of cases) {
    test(url, () => {
      expect(parsed(url).authorization).toBe(want as string);
    });
  }
});

test("host and port are those to connect to", () => {
  const { hostname, port, isTls } = parsed("https://[2001:db8::1]/");
  expect([hostname, port, isTls]).toEqual(["2001:db8::1", 443, true]);
  expect(parsed("http://h").port).toBe(80);
});
