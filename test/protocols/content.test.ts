// How the headers that describe a body are read.

import { describe, expect, test } from "bun:test";
import { bodyCodingOf, mediaTypeOf, shown } from "../../src/protocols/content.ts";
import type { BodyCoding } from "../../src/protocols/index.ts";

const headers = (name: string, value: string | undefined): Headers =>
  new Headers(value === undefined ? {} : { [name]: value });

describe("the media type is compared without case and parameters", () => {
  const cases: readonly [string | undefined, string][] = [
    [undefined, ""],
    ["application/json", "application/json"],
    ["Application/JSON", "application/json"],
    ["application/json; charset=utf-8", "application/json"],
    ["application/json;charset=utf-8", "application/json"],
    ["application/json ;a=b", "application/json"],
    ["APPLICATION/X-PROTOBUF", "application/x-protobuf"],
    ["application/jsonl", "application/jsonl"],
    ["text/plain; a=application/json", "text/plain"],
  ];
  for (const [value, want] of cases) {
    test(`${value} is ${want}`, () => {
      expect(mediaTypeOf(headers("content-type", value))).toBe(want);
    });
  }
});

describe("one known coding is found, several or unknown ones are not", () => {
  const cases: readonly [string | undefined, BodyCoding | undefined][] = [
    [undefined, "identity"],
    ["", "identity"],
    ["identity", "identity"],
    ["gzip", "gzip"],
    ["GZip", "gzip"],
    ["x-gzip", "gzip"],
    ["deflate", "deflate"],
    ["zlib", "deflate"],
    ["zstd", "zstd"],
    ["gzip, identity", "gzip"],
    ["identity,zstd", "zstd"],
    ["gzip, gzip", undefined],
    ["gzip, zstd", undefined],
    ["br", undefined],
    ["gzipx", undefined],
    ["x-zstd", undefined],
  ];
  for (const [value, want] of cases) {
    test(`${value} is ${want}`, () => {
      expect(bodyCodingOf(headers("content-encoding", value))).toBe(want);
    });
  }
});

test("what a client wrote is shown cut and without control characters", () => {
  expect(shown(null)).toBe("(none)");
  expect(shown("text/\tplain")).toBe('"text/?plain"');
  expect(shown("x".repeat(200))).toBe(JSON.stringify("x".repeat(80)));
});
