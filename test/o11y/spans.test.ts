// Spans: when they are made, whom they continue, and what they tell.

import { describe, expect, test } from "bun:test";
import {
  createLog,
  EventBus,
  type Events,
  SELF_TRACES_AGENT,
  Tracer,
  type TracerOptions,
} from "../../src/o11y/index.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const SPAN = "b7ad6b7169203331";
/** The last 13 digits of a trace id decide: the lowest and the highest share. */
const LOW = `${"1".repeat(19)}${"0".repeat(13)}`;
const HIGH = `${"1".repeat(19)}${"f".repeat(13)}`;

type Ended = Events["span.ended"];

interface Setting {
  readonly logged?: boolean;
  readonly exported?: boolean;
  readonly traceId?: string;
  readonly ratio?: number;
}

function tracer({ logged = false, exported = false, traceId = HIGH, ratio = 0.5 }: Setting) {
  const bus = new EventBus();
  const spans: Ended[] = [];
  bus.on("span.ended", (span) => void spans.push(span));
  const clock = { nowMs: 1000 };
  let ids = 0;
  const options: TracerOptions = {
    bus,
    isLogged: logged,
    isExported: exported,
    ratio,
    nowMs: () => clock.nowMs,
    randomHex: (bytes) => (bytes === 16 ? traceId : (++ids).toString(16).padStart(16, "0")),
  };
  return { tracer: new Tracer(options), spans, clock };
}

const LOGGED = { bus: new EventBus(), isLogged: true, isExported: false };

function traceparent(flags: string): Headers {
  return new Headers({ traceparent: `00-${TRACE}-${SPAN}-${flags}` });
}

describe("a span is made only when somebody would look at it", () => {
  const none = new Headers();
  const cases: readonly [string, Setting, Headers, boolean, boolean][] = [
    ["nobody listens", {}, none, false, false],
    ["nobody listens, the caller samples", {}, traceparent("01"), false, false],
    ["the log listens", { logged: true }, none, true, false],
    ["the log listens, the caller samples", { logged: true }, traceparent("01"), true, false],
    ["exported, the trace is chosen", { exported: true, traceId: LOW }, none, true, true],
    ["exported, the trace is not chosen", { exported: true, traceId: HIGH }, none, false, false],
    [
      "exported, the caller samples",
      { exported: true, traceId: HIGH },
      traceparent("01"),
      true,
      true,
    ],
    [
      "exported, the caller does not",
      { exported: true, traceId: LOW },
      traceparent("00"),
      false,
      false,
    ],
    [
      "exported, the caller's header is not valid",
      { exported: true, traceId: LOW },
      new Headers({ traceparent: "00-x" }),
      true,
      true,
    ],
    ["both, not chosen", { exported: true, logged: true, traceId: HIGH }, none, true, false],
    ["a share of nothing", { exported: true, traceId: LOW, ratio: 0 }, none, false, false],
    ["a share of all", { exported: true, traceId: HIGH, ratio: 1 }, none, true, true],
    [
      "our own exports, although the caller samples",
      { exported: true, logged: true },
      new Headers({ "user-agent": SELF_TRACES_AGENT, traceparent: `00-${TRACE}-${SPAN}-01` }),
      false,
      false,
    ],
  ];
  for (const [name, setting, headers, isMade, isSampled] of cases) {
    test(name, () => {
      const made = tracer(setting);
      const span = made.tracer.request(headers, "GET", "other");
      expect([span !== undefined, span?.context.sampled ?? false]).toEqual([isMade, isSampled]);
      span?.end();
      expect(made.spans.map(({ sampled }) => sampled)).toEqual(isMade ? [isSampled] : []);
    });
  }
});

test("a request continues the caller's trace, and its children are below it", () => {
  const { tracer: traces, spans, clock } = tracer({ exported: true });
  const request = traces.request(traceparent("01"), "POST", "v1_logs");
  clock.nowMs = 1002;
  const decode = request?.child("decode", { coding: "gzip" });
  clock.nowMs = 1003.5;
  decode?.end({ bytes: 12 });
  clock.nowMs = 1010;
  request?.end({ status: 503 }, "status 503");
  const shared = { traceId: TRACE, sampled: true };
  expect(spans).toEqual([
    {
      ...shared,
      span: "decode",
      spanId: "0000000000000002",
      parentSpanId: "0000000000000001",
      startMs: 1002,
      durationMs: 1.5,
      attributes: { coding: "gzip", bytes: 12 },
    },
    {
      ...shared,
      span: "request",
      spanId: "0000000000000001",
      parentSpanId: SPAN,
      startMs: 1000,
      durationMs: 10,
      failure: "status 503",
      attributes: { "http.request.method": "POST", "http.route": "v1_logs", status: 503 },
    },
  ]);
});

test("a request without a caller's trace begins one", () => {
  const { tracer: traces, spans } = tracer({ exported: true, traceId: LOW });
  traces.request(new Headers(), "GET", "other")?.end();
  expect(spans.map(({ traceId, parentSpanId }) => [traceId, parentSpanId])).toEqual([
    [LOW, undefined],
  ]);
});

test("a span that ended twice is told once", () => {
  const { tracer: traces, spans } = tracer({ logged: true });
  const span = traces.request(new Headers(), "GET", "other");
  span?.end();
  span?.end({}, "again");
  expect(spans.map(({ failure }) => failure)).toEqual([undefined]);
});

describe("the upstream's traceparent", () => {
  test("is the child's when spans are exported", () => {
    const { tracer: traces } = tracer({ exported: true });
    const headers = traceparent("01");
    const request = traces.request(headers, "GET", "other");
    const upstream = request?.upstream("logs", headers);
    expect(headers.get("traceparent")).toBe(`00-${TRACE}-${upstream?.context.spanId}-01`);
    expect(upstream?.context.spanId).not.toBe(SPAN);
  });

  test("is new when spans are exported and the caller had none", () => {
    const { tracer: traces } = tracer({ exported: true, traceId: LOW });
    const headers = new Headers();
    const upstream = traces.request(headers, "GET", "other")?.upstream("logs", headers);
    expect(headers.get("traceparent")).toBe(`00-${LOW}-${upstream?.context.spanId}-01`);
  });

  test("is left alone when spans are only logged", () => {
    const { tracer: traces } = tracer({ logged: true });
    const headers = traceparent("01");
    traces.request(headers, "GET", "other")?.upstream("logs", headers);
    expect([...headers]).toEqual([["traceparent", `00-${TRACE}-${SPAN}-01`]]);
    const none = new Headers();
    traces.request(none, "GET", "other")?.upstream("logs", none);
    expect([...none]).toEqual([]);
  });
});

test("ids of zeros are drawn again", () => {
  const drawn = ["0".repeat(32), LOW, "0".repeat(16), "00000000000000aa"];
  const traces = new Tracer({ ...LOGGED, randomHex: () => drawn.shift()! });
  expect(traces.request(new Headers(), "GET", "other")?.context).toEqual({
    traceId: LOW,
    spanId: "00000000000000aa",
    sampled: false,
  });
});

test("real ids have the right form, and differ", () => {
  const traces = new Tracer(LOGGED);
  const contexts = [1, 2, 3].map(() => traces.request(new Headers(), "GET", "other")!.context);
  for (const { traceId, spanId } of contexts) {
    expect(traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(spanId).toMatch(/^[0-9a-f]{16}$/);
  }
  expect(new Set(contexts.map(({ traceId }) => traceId)).size).toBe(3);
});

test("the log prints spans at trace level and not at debug", () => {
  const lines: string[] = [];
  const sink = (bytes: Uint8Array): number => {
    lines.push(new TextDecoder().decode(bytes));
    return bytes.length;
  };
  for (const level of ["debug", "trace"] as const) {
    const bus = new EventBus();
    const log = createLog(bus, { level, sink, nowMs: () => 0, flushAtExit: false });
    const traces = new Tracer({
      ...LOGGED,
      bus,
      nowMs: () => 5,
      randomHex: (n) => "1".repeat(2 * n),
    });
    traces.request(new Headers(), "GET", "v1_logs")?.end();
    log.stop();
  }
  expect(lines).toEqual([
    `1970-01-01T00:00:00.000Z [TRACE] span.ended span="request" trace_id="${"1".repeat(32)}" span_id="${"1".repeat(16)}" sampled=false start_ms=5 duration_ms=0 attributes_http.request.method="GET" attributes_http.route="v1_logs"\n`,
  ]);
});
