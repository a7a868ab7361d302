// Base URLs and request targets.

import { describe, expect, test } from "bun:test";
import { joinUrl, parseUpstream } from "../../src/proxy/upstream-url.ts";

describe("a base and a target are joined", () => {
  const cases: readonly [string, string, string][] = [
    ["http://h", "/v1/logs", "http://h/v1/logs"],
    ["http://h/", "/v1/logs", "http://h/v1/logs"],
    ["http://h:4318", "/v1/logs?a=1", "http://h:4318/v1/logs?a=1"],
    ["https://h/base", "/v1/logs", "https://h/base/v1/logs"],
    ["https://h/base/", "/v1/logs", "https://h/base/v1/logs"],
    ["https://h/base//", "/v1/logs", "https://h/base/v1/logs"],
    ["https://h/a/b", "/", "https://h/a/b/"],
    ["https://h/base?k=v", "/x", "https://h/base/x?k=v"],
    ["https://h/base?k=v", "/x?a=1", "https://h/base/x?k=v&a=1"],
    ["https://h/base?k=v", "/x?", "https://h/base/x?k=v"],
    ["http://u:p@h/x", "/y", "http://h/x/y"],
    ["http://h/x#f", "/y", "http://h/x/y"],
    ["http://[::1]:9", "/y", "http://[::1]:9/y"],
  ];
  for (const [base, target, want] of cases) {
    test(`${base} + ${target}`, () => {
      expect(joinUrl(parseUpstream(base), target)).toBe(want);
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
      expect(parseUpstream(url).authorization).toBe(want as string);
    });
  }
});

test("host and port are those to connect to", () => {
  const { hostname, port, isTls } = parseUpstream("https://[2001:db8::1]/");
  expect([hostname, port, isTls]).toEqual(["2001:db8::1", 443, true]);
  expect(parseUpstream("http://h").port).toBe(80);
});
