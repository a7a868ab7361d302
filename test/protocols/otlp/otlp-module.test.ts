// Which OTLP requests are filtered and how, and which are forwarded and counted.

import { eitherSnappy, snappyFrames } from "../../../src/protocols/snappy/index.ts";
import { describe, expect, test } from "bun:test";
import { OtlpModule } from "../../../src/protocols/otlp/otlp-module.ts";
import type { Plan } from "../../../src/protocols/index.ts";
import type { RecordFormat, Signal } from "../../../src/policy/index.ts";

interface NamedFormat extends RecordFormat {
  readonly name: string;
}

const named = (name: string): NamedFormat => ({
  name,
  filter: () => ({ records: 0, dropped: 0, unreadable: 0, edited: 0 }),
});
const otlp = new OtlpModule({
  json: (signal: Signal) => named(`json ${signal}`),
  protobuf: (signal: Signal) => named(`protobuf ${signal}`),
});

function plan(path: string, headers: Record<string, string>): Plan {
  const route = otlp.routes.find(({ match }) => match.kind === "exact" && match.path === path);
  if (route === undefined) throw new Error(`no route for ${path}`);
  return otlp.plan({ method: "POST", path, query: "", headers: new Headers(headers) });
}

test("takes POST on the three signals' paths and nothing else", () => {
  const taken = otlp.routes.map(({ match, methods, knownPath, routeKind }) => [
    match,
    methods,
    knownPath,
    routeKind,
  ]);
  expect(taken).toEqual([
    [{ kind: "exact", path: "/v1/logs" }, ["POST"], "v1_logs", "otlp_logs"],
    [{ kind: "exact", path: "/v1/metrics" }, ["POST"], "v1_metrics", "otlp_metrics"],
    [{ kind: "exact", path: "/v1/traces" }, ["POST"], "v1_traces", "otlp_traces"],
  ]);
});

describe("a body that can be read is filtered", () => {
  const cases = [
    ["/v1/logs", "application/json", "json log", "otlp_logs", "logs"],
    ["/v1/metrics", "application/json", "json metric", "otlp_metrics", "metrics"],
    ["/v1/traces", "application/json", "json trace", "otlp_traces", "traces"],
    ["/v1/logs", "application/x-protobuf", "protobuf log", "otlp_logs", "logs"],
    ["/v1/logs", "application/protobuf", "protobuf log", "otlp_logs", "logs"],
    ["/v1/traces", "Application/X-Protobuf; a=b", "protobuf trace", "otlp_traces", "traces"],
    ["/v1/logs", "APPLICATION/JSON; charset=UTF-8", "json log", "otlp_logs", "logs"],
  ] as const;
  for (const [path, contentType, format, telemetry, upstream] of cases) {
    test(`${contentType} on ${path}`, () => {
      const found = plan(path, { "content-type": contentType });
      if (found.kind !== "filter") throw new Error(`planned ${found.kind}`);
      expect((found.format as NamedFormat).name).toBe(format);
      expect([found.telemetry, found.upstream, found.coding]).toEqual([
        telemetry,
        upstream,
        "identity",
      ]);
    });
  }
});

describe("what the Collector calls snappy is known, alone", () => {
  test.each([
    ["snappy", eitherSnappy],
    [" Snappy ", eitherSnappy],
    ["x-snappy-framed", snappyFrames],
    ["zlib", undefined],
    ["gzip", undefined],
  ])("%p", (coding, inner) => {
    const headers = { "content-type": "application/json", "content-encoding": coding };
    const found = plan("/v1/logs", headers);
    expect(found.kind === "filter" && found.inner).toBe(inner as typeof eitherSnappy);
  });
  test("not beside another coding", () => {
    const headers = { "content-type": "application/json", "content-encoding": "snappy, gzip" };
    expect(plan("/v1/logs", headers).kind).toBe("forward");
  });
});

describe("when everything is dropped the client hears what a backend says", () => {
  test("JSON: an empty object in the request's content type", () => {
    const found = plan("/v1/logs", { "content-type": "application/json; charset=utf-8" });
    expect(found.kind === "filter" && found.emptyResponse).toEqual({
      status: 200,
      contentType: "application/json",
      body: new TextEncoder().encode("{}"),
    });
  });
  test("protobuf: an empty message is zero bytes", () => {
    const found = plan("/v1/logs", { "content-type": "application/protobuf" });
    expect(found.kind === "filter" && found.emptyResponse).toEqual({
      status: 200,
      contentType: "application/protobuf",
      body: new Uint8Array(0),
    });
  });
});

describe("what cannot be read is forwarded and counted", () => {
  const cases = [
    [{}, "unknown_content_type", "content-type (none)"],
    [{ "content-type": "text/plain" }, "unknown_content_type", 'content-type "text/plain"'],
    [
      { "content-type": "application/jsonl" },
      "unknown_content_type",
      'content-type "application/jsonl"',
    ],
    [
      { "content-type": "application/json", "content-encoding": "br" },
      "unknown_encoding",
      'content-encoding "br"',
    ],
    [
      { "content-type": "application/json", "content-encoding": "gzip, gzip" },
      "unknown_encoding",
      'content-encoding "gzip, gzip"',
    ],
  ] as const;
  for (const [headers, reason, detail] of cases) {
    test(`${JSON.stringify(headers)}: ${reason}`, () => {
      expect(plan("/v1/metrics", headers)).toEqual({
        kind: "forward",
        upstream: "metrics",
        unjudged: { telemetry: "otlp_metrics", reason, detail },
      });
    });
  }
});
