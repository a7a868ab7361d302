// Spans of whole requests through a proxy: their tree, what they say, and what the upstream is
// told.

import { describe, expect, test } from "bun:test";
import * as zlib from "node:zlib";
import type { Events } from "../../src/o11y/index.ts";
import { createSpanExporter } from "../../src/runtime/proxy/tracing.ts";
import {
  AdminEdge,
  configOf,
  DROP_DEBUG,
  JSON_HEADERS,
  logRecord,
  otlpLogs,
} from "../support/admin-edge.ts";
import { RecordingUpstream, rawResponse } from "../support/recording-upstream.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const SPAN = "b7ad6b7169203331";
const SAMPLED = `00-${TRACE}-${SPAN}-01`;
const UNSAMPLED = `00-${TRACE}-${SPAN}-00`;
const LOGGED = { log_level: "trace" };
const EXPORTED = { otlp_self_traces_url: "http://127.0.0.1:9/v1/traces" };

type Ended = Events["span.ended"];

const spansOf = (edge: AdminEdge): Ended[] => edge.bus.of("span.ended");

function post(edge: AdminEdge, body: string | Uint8Array, headers: Record<string, string> = {}) {
  return edge.ask("/v1/logs", {
    method: "POST",
    headers: { ...JSON_HEADERS, ...headers },
    body: body as Bun.BodyInit,
  });
}

const BODY = otlpLogs(logRecord("DEBUG", "a"), logRecord("INFO", "b"));

test("a judged request is decoded, evaluated and sent, below the caller's span", async () => {
  await using edge = await AdminEdge.start(LOGGED, [DROP_DEBUG]);
  const gzip = zlib.gzipSync(BODY);
  await post(edge, gzip, { "content-encoding": "gzip", traceparent: SAMPLED });
  const spans = spansOf(edge);
  const request = spans.at(-1)!;
  expect(
    spans.map(({ span, parentSpanId, traceId, sampled }) => [span, parentSpanId, traceId, sampled]),
  ).toEqual([
    ["decode", request.spanId, TRACE, false],
    ["evaluate", request.spanId, TRACE, false],
    ["upstream", request.spanId, TRACE, false],
    ["request", SPAN, TRACE, false],
  ]);
  expect(spans.map(({ attributes }) => attributes)).toEqual([
    { coding: "gzip", bytes_in: gzip.length, bytes_out: BODY.length },
    { telemetry: "otlp_logs", records: 2, dropped: 1, edited: 0 },
    { upstream: "default", "http.response.status_code": 200 },
    {
      "http.request.method": "POST",
      "http.route": "v1_logs",
      "http.response.status_code": 200,
    },
  ]);
  for (const { startMs, durationMs, failure } of spans) {
    expect(startMs).toBeGreaterThanOrEqual(request.startMs);
    expect(startMs + durationMs).toBeLessThanOrEqual(request.startMs + request.durationMs + 0.001);
    expect(failure).toBeUndefined();
  }
});

describe("other ways of a request", () => {
  const names = (edge: AdminEdge) => spansOf(edge).map(({ span, failure }) => [span, failure]);

  test("nothing to judge: only the upstream", async () => {
    await using edge = await AdminEdge.start(LOGGED);
    await post(edge, BODY);
    expect(names(edge)).toEqual([
      ["upstream", undefined],
      ["request", undefined],
    ]);
  });

  test("everything dropped: no upstream", async () => {
    await using edge = await AdminEdge.start(LOGGED, [DROP_DEBUG]);
    await post(edge, otlpLogs(logRecord("DEBUG", "a")));
    expect(names(edge).map(([span]) => span)).toEqual(["decode", "evaluate", "request"]);
  });

  test("what cannot be decoded or read fails its span, not the request", async () => {
    await using edge = await AdminEdge.start(LOGGED, [DROP_DEBUG]);
    await post(edge, "nonsense", { "content-encoding": "gzip" });
    await post(edge, "nonsense");
    expect(names(edge)).toEqual([
      ["decode", "corrupt"],
      ["upstream", undefined],
      ["request", undefined],
      ["decode", undefined],
      ["evaluate", "undecodable"],
      ["upstream", undefined],
      ["request", undefined],
    ]);
  });

  test("a server error of the upstream fails both spans", async () => {
    await using edge = await AdminEdge.start(LOGGED);
    edge.upstream.respond = () => rawResponse(503);
    await post(edge, BODY);
    edge.upstream.respond = () => rawResponse(404);
    await post(edge, BODY);
    expect(names(edge)).toEqual([
      ["upstream", "status 503"],
      ["request", "status 503"],
      ["upstream", undefined],
      ["request", undefined],
    ]);
  });

  test("an upstream that is away fails its span with the reason, without secrets", async () => {
    await using edge = await AdminEdge.start({
      ...LOGGED,
      upstream_url: "http://jane:pass-word@127.0.0.1:1/?key=s3cret",
    });
    expect((await post(edge, BODY)).status).toBe(502);
    const [upstream, request] = spansOf(edge);
    expect(upstream?.failure).toStartWith("cannot connect to http://127.0.0.1:1");
    expect(request?.failure).toBe("status 502");
    expect(JSON.stringify(spansOf(edge))).not.toMatch(/pass-word|s3cret/);
  });

  test("a scrape asks its upstream", async () => {
    await using edge = await AdminEdge.start(LOGGED);
    await edge.ask("/metrics");
    expect(names(edge).map(([span]) => span)).toEqual(["upstream", "request"]);
  });

  test("own pages are no requests to tell of", async () => {
    await using edge = await AdminEdge.start(LOGGED);
    for (const path of ["/_health", "/_ready", "/_edge/status", "/_edge/none"])
      await edge.ask(path);
    expect(spansOf(edge)).toEqual([]);
  });
});

describe("the traceparent that the upstream gets", () => {
  async function seen(keys: object, headers: Record<string, string>) {
    await using edge = await AdminEdge.start({ ...keys });
    await post(edge, BODY, headers);
    const upstream = spansOf(edge).find(({ span }) => span === "upstream");
    return { header: edge.upstream.header("traceparent"), spanId: upstream?.spanId };
  }

  test("none without spans, and the caller's own untouched", async () => {
    expect(await seen({}, {})).toEqual({ header: undefined, spanId: undefined });
    for (const header of [SAMPLED, UNSAMPLED, "not valid"]) {
      expect(await seen({}, { traceparent: header })).toEqual({ header, spanId: undefined });
    }
  });

  test("spans that are only logged change nothing", async () => {
    expect((await seen(LOGGED, {})).header).toBeUndefined();
    for (const header of [SAMPLED, UNSAMPLED, "not valid"]) {
      expect((await seen(LOGGED, { traceparent: header })).header).toBe(header);
    }
  });

  test("exported spans put themselves between", async () => {
    const { header, spanId } = await seen(EXPORTED, { traceparent: SAMPLED });
    expect(header).toBe(`00-${TRACE}-${spanId}-01`);
    expect(spanId).not.toBe(SPAN);
  });

  test("what the caller does not sample is not exported, and stays", async () => {
    expect(await seen(EXPORTED, { traceparent: UNSAMPLED })).toEqual({
      header: UNSAMPLED,
      spanId: undefined,
    });
  });
});

describe("export", () => {
  test("sampled spans of a request arrive, and the export itself makes none", async () => {
    const collector = await RecordingUpstream.start();
    const keys = { ...LOGGED, otlp_self_traces_url: `${collector.url}/v1/traces` };
    await using edge = await AdminEdge.start(keys, [DROP_DEBUG]);
    const exporter = createSpanExporter(configOf(keys), edge.bus)!;
    await post(edge, BODY, { traceparent: SAMPLED });
    await post(edge, BODY, { traceparent: UNSAMPLED });
    await exporter.stop(5000);
    expect(edge.bus.of("spans.exported")).toEqual([{ spans: 4 }]);
    const document = JSON.parse(collector.last.body.toString()) as {
      resourceSpans: { scopeSpans: { spans: { name: string; traceId: string }[] }[] }[];
    };
    const spans = document.resourceSpans[0]!.scopeSpans[0]!.spans;
    expect(spans.map(({ name, traceId }) => [name, traceId])).toEqual(
      ["decode", "evaluate", "upstream", "request"].map((name) => [`edge.${name}`, TRACE]),
    );
    await collector.stop();
  });

  test("spans that are sent to this very proxy do not breed", async () => {
    await using edge = await AdminEdge.start({ ...LOGGED, ...EXPORTED });
    const url = await edge.listen();
    const config = configOf({ otlp_self_traces_url: `${url}/v1/traces` });
    const exporter = createSpanExporter(config, edge.bus)!;
    await post(edge, BODY, { traceparent: SAMPLED });
    await exporter.stop(5000);
    expect(edge.upstream.requests.map(({ target }) => target)).toEqual(["/v1/logs", "/v1/traces"]);
    expect(edge.upstream.header("traceparent")).toBeUndefined();
    expect(spansOf(edge).map(({ span }) => span)).toEqual(["upstream", "request"]);
  });
});
