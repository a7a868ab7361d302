// Spellings of a path that a server reads as one, and those that it does not.

import { describe, expect, test } from "bun:test";
import { canonicalPath, restBehind, withoutTrailingSlash } from "../../src/core/paths.ts";

describe("the canonical path", () => {
  test.each([
    ["/v1/logs", "/v1/logs"],
    ["/v1/logs/", "/v1/logs/"],
    ["/", "/"],
    ["///", "/"],
    ["//a///b//", "/a/b/"],
    ["/a/./b/.", "/a/b/"],
    ["/a/../../b", "/b"],
    ["/a/b/..", "/a/"],
    ["/a/...", "/a/..."],
    ["/.well-known", "/.well-known"],
    ["/%61/%2E%2e/b", "/b"],
    ["/a%2Fb", "/a/b"],
    ["/a;x=1;y/b;", "/a/b"],
    ["/a%3Bx", "/a"],
    ["/%C3%A4", "/ä"],
    ["/%61%ff%62", "/a%ffb"],
    ["/%", "/%"],
    ["/%4", "/%4"],
    ["/%2541", "/%41"],
    ["a", "/a"],
  ])("%s is %s", (path, want) => {
    expect(canonicalPath(path)).toBe(want);
  });
});

test.each([
  ["/a/", "/a"],
  ["/a///", "/a"],
  ["/a", "/a"],
  ["/", ""],
])("%s without slashes at its end is %j", (path, want) => {
  expect(withoutTrailingSlash(path)).toBe(want);
});

describe("what follows a top", () => {
  test.each<[string, string, string | undefined]>([
    ["/m/app", "/m/app", ""],
    ["/m/app/", "/m/app", "/"],
    ["/m/app/%78", "/m/app", "/%78"],
    ["//m//app//x", "/m/app", "//x"],
    ["/%6D/app%2Fx", "/m/app", "%2Fx"],
    ["/x", "", "/x"],
    ["/m/apple", "/m/app", undefined],
    ["/m", "/m/app", undefined],
    ["/x/m/app", "/m/app", undefined],
    [`${"//x/..".repeat(25)}/m`, "/m", ""],
    [`${"//x/..".repeat(400)}/m`, "/m", undefined],
  ])("%s behind %s", (path, top, want) => {
    expect(restBehind(path, top)).toBe(want as string);
  });
});
