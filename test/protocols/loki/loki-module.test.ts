// Which requests of Loki's are filtered and how, where all others go, and what clients are told.

import { describe, expect, test } from "bun:test";
import { lokiRecords } from "../../../src/protocols/loki/backend.ts";
import { loki, LokiModule } from "../../../src/protocols/loki/index.ts";
import type { InnerCoding, Plan } from "../../../src/protocols/index.ts";
import { PassthroughModule } from "../../../src/protocols/passthrough/index.ts";
import { Router } from "../../../src/server/router.ts";
import type { RecordFormat } from "../../../src/policy/index.ts";
import { finish } from "../../support/steps.ts";
import { snappy } from "../../../src/protocols/snappy/index.ts";
import { writeJson, writeProtobuf } from "./format/push.ts";

const format = (): RecordFormat => ({
  filter: () => ({ records: 0, dropped: 0, unreadable: 0, edited: 0 }),
});
const [json, protobuf] = [format(), format()];
const coding = {} as InnerCoding;
const module = new LokiModule({ json, protobuf, snappy: coding });
const router = new Router([module, new PassthroughModule()]);

function plan(method: string, path: string, headers: Record<string, string> = {}): Plan {
  const found = router.find(method, path)!;
  return found.module.plan({ method, path, query: "", headers: new Headers(headers) }, found.route);
}

const PUSH = "/loki/api/v1/push";
const type = (value: string, coded?: string) => ({
  "content-type": value,
  ...(coded === undefined ? {} : { "content-encoding": coded }),
});

describe("a push is filtered", () => {
  const filtered = (outer: string, isJson: boolean): Plan => ({
    kind: "filter",
    telemetry: "loki_logs",
    signal: "log",
    coding: outer as "gzip",
    inner: isJson ? undefined : coding,
    format: isJson ? json : protobuf,
    upstream: "logs",
    emptyResponse: { status: 204, body: new Uint8Array(0) },
  });
  test.each([
    [PUSH, type("application/json"), "identity", true],
    [PUSH, type("Application/JSON; charset=utf-8", "gzip"), "gzip", true],
    [PUSH, type("application/json", "snappy"), "identity", true],
    [PUSH, type("application/json", "deflate"), "deflate", true],
    [PUSH, type("application/x-protobuf"), "identity", false],
    [PUSH, type("application/x-protobuf", "Snappy"), "identity", false],
    [PUSH, type("application/x-protobuf", "gzip"), "gzip", false],
    [PUSH, {}, "identity", false],
    [PUSH, type("text/plain"), "identity", false],
    [`/gateway${PUSH}/`, type("application/json"), "identity", true],
  ])("%s %j", (path, headers, outer, isJson) => {
    expect(plan("POST", path, headers)).toEqual(filtered(outer, isJson));
  });
});

test("of a coding that is not known it is counted that nobody judged it", () => {
  expect(plan("POST", PUSH, type("application/json", "br"))).toEqual({
    kind: "forward",
    upstream: "logs",
    unjudged: {
      telemetry: "loki_logs",
      reason: "unknown_encoding",
      detail: 'content-encoding "br"',
    },
  });
});

test.each([
  ["GET", PUSH, "logs"],
  ["GET", "/loki/api/v1/query_range", "logs"],
  ["POST", "/api/prom/push", "logs"],
  ["GET", "/api/prom/query", "logs"],
  ["POST", "/lokix/api/v1/push", "logs"],
  ["GET", "/ready", "default"],
])("%s %s goes on unread", (method, path, upstream) => {
  const planned = plan(method, path);
  if (path === "/lokix/api/v1/push") expect(planned.kind).toBe("forward");
  else expect(planned).toEqual({ kind: "forward", upstream } as Plan);
});

test("errors are texts, as Loki writes them", () => {
  const form = module.routes[0]!.errors!;
  const error = { status: 413, code: "body_too_large", message: "ä is too large" };
  const { status, contentType, body } = form(error, new Headers());
  expect([status, contentType, new TextDecoder().decode(body)]).toEqual([
    413,
    "text/plain; charset=utf-8",
    "ä is too large\n",
  ]);
});

describe("stdout: prints an entry a line", () => {
  const push = [
    {
      labels: [["app", 'a"b']] as const,
      entries: [
        { time: 1_700_000_000_000_000_001n, line: "x" },
        { time: 2n, line: "y", metadata: [["k", "v"]] as const },
      ],
    },
  ];
  const printed = [
    { stream: { app: 'a"b' }, timestamp: "1700000000000000001", line: "x" },
    { stream: { app: 'a"b' }, timestamp: "2", line: "y", metadata: { k: "v" } },
  ];
  const request = { path: PUSH, contentType: "application/x-protobuf" };

  test("of JSON", () => {
    const bytes = writeJson(push);
    const document: unknown = JSON.parse(new TextDecoder().decode(bytes));
    expect(lokiRecords({ ...request, bytes, document })).toEqual(printed);
  });
  test("of protobuf", () => {
    const bytes = finish(snappy.encode(writeProtobuf(push)));
    expect(lokiRecords({ ...request, bytes, document: undefined })).toEqual(printed);
  });
  test("of nothing else", () => {
    for (const document of [{ series: [] }, [], 1, null]) {
      expect(lokiRecords({ ...request, bytes: new Uint8Array(1), document })).toBeUndefined();
    }
    for (const bytes of [new Uint8Array(0), Uint8Array.of(1, 0, 0x0a)]) {
      expect(lokiRecords({ ...request, bytes, document: undefined })).toBeUndefined();
    }
    const path = "/v1/logs";
    const bytes = Uint8Array.of(0);
    expect(lokiRecords({ ...request, path, bytes, document: undefined })).toBeUndefined();
  });
});

describe("of bodies that nobody names it knows its own", () => {
  const recognises = (body: string, contentType = "application/json") =>
    loki.samples?.recognises?.(Buffer.from(body), new Headers({ "content-type": contentType }));
  test.each([
    ['{"streams":[]}', "application/json", true],
    ['\n{ "streams" : [{', "application/json", true],
    ['{"resourceLogs":[]}', "application/json", false],
    ['[{"streams":[]}]', "application/json", false],
    ['{"streams":[]}', "application/x-protobuf", false],
  ])("%j as %s: %p", (body, contentType, isIt) => {
    expect(recognises(body, contentType)).toBe(isIt);
  });
});
