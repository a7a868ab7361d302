// Heads that are refused, and near misses that are not.

import { expect, test } from "bun:test";
import { refusalOf } from "../../src/server/refusals.ts";

const CASES: readonly [string, Record<string, string>, string | undefined][] = [
  ["GET", { host: "edge" }, undefined],
  ["GET", { host: "edge", "content-length": "0" }, undefined],
  ["GET", { host: "edge", "content-length": "4" }, "unexpected_body"],
  ["GET", { host: "edge", "transfer-encoding": "chunked" }, "unexpected_body"],
  ["HEAD", { host: "edge", "content-length": "4" }, "unexpected_body"],
  ["POST", { host: "edge", "content-length": "4" }, undefined],
  ["DELETE", { host: "edge", "content-length": "4" }, undefined],
  ["CONNECT", { host: "edge" }, "method_not_supported"],
  ["TRACE", { host: "edge" }, "method_not_supported"],
  ["OPTIONS", { host: "edge" }, undefined],
  ["POST", { host: "a, b" }, "bad_host"],
  ["GET", { host: "a,a" }, "bad_host"],
  ["GET", { host: "a b" }, "bad_host"],
  ["GET", { host: "user@a" }, "bad_host"],
  ["GET", { host: "a/b" }, "bad_host"],
  ["GET", { host: "caf\xe9" }, "bad_host"],
  ["GET", { host: "[::1]:8080" }, undefined],
  ["GET", { host: "a_b.example:80" }, undefined],
  ["GET", { host: "" }, undefined],
  ["POST", {}, undefined],
];

for (const [method, headers, code] of CASES) {
  test(`${method} ${JSON.stringify(headers)}: ${code ?? "goes on"}`, () => {
    expect(refusalOf(method, new Headers(headers))?.code).toBe(code);
  });
}
