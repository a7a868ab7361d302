// Which headers stay behind at this hop.

import { describe, expect, test } from "bun:test";
import { stripRequestHeaders, stripResponseHeaders } from "../../src/pipeline/hop-by-hop.ts";

const END_TO_END = {
  accept: "*/*",
  "accept-encoding": "br, gzip",
  authorization: "Bearer x",
  "content-encoding": "gzip",
  "content-type": "application/json",
  cookie: "a=1; b=2",
  "x-trace": "1, 2",
};
const HOP_BY_HOP = {
  connection: "keep-alive",
  "keep-alive": "timeout=5",
  "proxy-connection": "keep-alive",
  te: "trailers",
  trailer: "x-sum",
  "transfer-encoding": "chunked",
  upgrade: "h2c",
};

function strip(how: (headers: Headers) => void, given: Record<string, string>) {
  const headers = new Headers(given);
  how(headers);
  return Object.fromEntries(headers);
}

test("a request keeps what is end to end and loses what is for this hop", () => {
  const own = {
    host: "edge:8080",
    "content-length": "5",
    "proxy-authorization": "Basic x",
    expect: "100-continue",
  };
  expect(strip(stripRequestHeaders, { ...END_TO_END, ...HOP_BY_HOP, ...own })).toEqual(END_TO_END);
});

test("an answer keeps its length and loses what is for this hop", () => {
  const given = { ...END_TO_END, ...HOP_BY_HOP, "content-length": "5" };
  expect(strip(stripResponseHeaders, given)).toEqual({ ...END_TO_END, "content-length": "5" });
});

describe("headers that Connection names go as well", () => {
  const cases: readonly [string, readonly string[]][] = [
    ["x-a", ["x-b"]],
    ["X-A, x-b", []],
    ["close, x-a", ["x-b"]],
    [" x-a ,, ", ["x-b"]],
    ["x-c", ["x-a", "x-b"]],
    ["not a name, x-a", ["x-b"]],
    ["keep-alive", ["x-a", "x-b"]],
  ];
  for (const [connection, left] of cases) {
    test(`Connection: ${connection} leaves ${left.join(" and ") || "nothing"}`, () => {
      const kept = strip(stripRequestHeaders, { connection, "x-a": "1", "x-b": "2" });
      expect(Object.keys(kept)).toEqual([...left]);
    });
  }
  test("but never those without which the body means something else", () => {
    const given = { connection: "content-encoding, content-type", ...END_TO_END };
    expect(strip(stripRequestHeaders, given)).toEqual(END_TO_END);
  });
});
