// Exports of spans: what is sent and when, and that what cannot be sent is counted and given up.

import { afterEach, describe, expect, test } from "bun:test";
import { EventBus, type Events, SpanExporter } from "../../src/o11y/index.ts";
import {
  SPAN_BATCH_MAX,
  SPAN_EXPORT_INTERVAL_MS,
  SPAN_EXPORT_TIMEOUT_MS,
} from "../../src/core/limits.ts";
import { RecordingUpstream, rawResponse } from "../support/recording-upstream.ts";
import { ManualClock } from "./manual-clock.ts";

type Ended = Events["span.ended"];

const RESOURCE = {
  name: "edge",
  namespace: "shop",
  version: "3",
  instanceId: "i-1",
  resourceAttributes: [
    { key: "region", value: "north" },
    { key: "service.name", value: "not this" },
  ],
};

function span(more: Partial<Ended> = {}): Ended {
  return {
    span: "request",
    traceId: "1".repeat(32),
    spanId: "2".repeat(16),
    sampled: true,
    startMs: 1_700_000_000_000.25,
    durationMs: 1.5,
    attributes: {},
    ...more,
  };
}

interface Posted {
  readonly url: string;
  readonly init: RequestInit;
  answer(response: Response): void;
  fail(error: unknown): void;
}

function exporter(options: { url?: string; queueMax?: number } = {}) {
  const bus = new EventBus();
  const clock = new ManualClock();
  const posted: Posted[] = [];
  const told: unknown[] = [];
  bus.on("spans.exported", ({ spans }) => void told.push(["exported", spans]));
  bus.on("spans.lost", ({ spans, reason }) => void told.push(["lost", spans, reason]));
  const made = new SpanExporter({
    url: "http://collector:4318/v1/traces",
    ...options,
    resource: RESOURCE,
    version: "1.2.3",
    bus,
    schedule: clock.schedule,
    fetch: (url, init) => {
      const { promise, resolve, reject } = Promise.withResolvers<Response>();
      posted.push({ url, init, answer: resolve, fail: reject });
      return promise;
    },
  });
  return { exporter: made, bus, clock, posted, told };
}

function spansOf({ init }: Posted): unknown[] {
  const document = JSON.parse(init.body as string) as {
    resourceSpans: { scopeSpans: { spans: unknown[] }[] }[];
  };
  return document.resourceSpans[0]!.scopeSpans[0]!.spans;
}

/** Lets everything run that waits for nothing but its turn. */
async function turns(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}

test("spans wait for each other, and go out as one OTLP JSON request", async () => {
  const { exporter: exports, clock, posted, told } = exporter();
  exports.take(span({ attributes: { method: "POST", ok: true, bytes: 12, share: 0.5 } }));
  clock.advance(SPAN_EXPORT_INTERVAL_MS - 1);
  exports.take(
    span({
      span: "upstream",
      parentSpanId: "2".repeat(16),
      spanId: "3".repeat(16),
      failure: "slow",
    }),
  );
  expect(posted.length).toBe(0);
  clock.advance(1);
  expect(posted.map(({ url, init }) => [url, init.method, init.headers, init.redirect])).toEqual([
    [
      "http://collector:4318/v1/traces",
      "POST",
      { "content-type": "application/json", "user-agent": "edge-self-traces" },
      "manual",
    ],
  ]);
  const string = (key: string, stringValue: string) => ({ key, value: { stringValue } });
  expect(JSON.parse(posted[0]!.init.body as string)).toEqual({
    resourceSpans: [
      {
        resource: {
          attributes: [
            string("service.name", "edge"),
            string("service.namespace", "shop"),
            string("service.version", "3"),
            string("service.instance.id", "i-1"),
            string("region", "north"),
          ],
        },
        scopeSpans: [
          {
            scope: { name: "edge", version: "1.2.3" },
            spans: [
              {
                traceId: "1".repeat(32),
                spanId: "2".repeat(16),
                name: "edge.request",
                kind: 2,
                startTimeUnixNano: "1700000000000250000",
                endTimeUnixNano: "1700000000001750000",
                attributes: [
                  string("method", "POST"),
                  { key: "ok", value: { boolValue: true } },
                  { key: "bytes", value: { intValue: "12" } },
                  { key: "share", value: { doubleValue: 0.5 } },
                ],
              },
              {
                traceId: "1".repeat(32),
                spanId: "3".repeat(16),
                parentSpanId: "2".repeat(16),
                name: "edge.upstream",
                kind: 3,
                startTimeUnixNano: "1700000000000250000",
                endTimeUnixNano: "1700000000001750000",
                attributes: [],
                status: { code: 2, message: "slow" },
              },
            ],
          },
        ],
      },
    ],
  });
  posted[0]!.answer(new Response("{}"));
  await turns();
  expect(told).toEqual([["exported", 2]]);
});

test("a full batch goes out at once, and one request at a time", async () => {
  const { exporter: exports, clock, posted, told } = exporter();
  for (let i = 0; i < SPAN_BATCH_MAX - 1; i++) exports.take(span());
  expect(posted.length).toBe(0);
  exports.take(span());
  expect(posted.map((one) => spansOf(one).length)).toEqual([SPAN_BATCH_MAX]);
  for (let i = 0; i < SPAN_BATCH_MAX + 1; i++) exports.take(span());
  clock.advance(10 * SPAN_EXPORT_INTERVAL_MS);
  expect(posted.length).toBe(1);
  posted[0]!.answer(new Response());
  await turns();
  expect(posted.map((one) => spansOf(one).length)).toEqual([SPAN_BATCH_MAX, SPAN_BATCH_MAX]);
  posted[1]!.answer(new Response());
  await turns();
  clock.advance(SPAN_EXPORT_INTERVAL_MS);
  expect(spansOf(posted[2]!).length).toBe(1);
  posted[2]!.answer(new Response());
  await turns();
  expect(told).toEqual([512, 512, 1].map((spans) => ["exported", spans]));
});

describe("what cannot be sent is counted, given up and not tried again", () => {
  const timeout = new Error("The operation timed out.");
  timeout.name = "TimeoutError";
  const cases: readonly [string, (posted: Posted) => void, string][] = [
    ["refused", (one) => one.answer(new Response("no", { status: 400 })), "answered 400"],
    ["redirected", (one) => one.answer(new Response("", { status: 307 })), "answered 307"],
    ["late", (one) => one.fail(timeout), `: no answer within ${SPAN_EXPORT_TIMEOUT_MS} ms`],
    [
      "unreachable",
      (one) => one.fail(Object.assign(new Error("x"), { code: "ECONNREFUSED" })),
      ": ECONNREFUSED",
    ],
    ["failed oddly", (one) => one.fail("odd"), ": failed"],
  ];
  for (const [name, end, words] of cases) {
    test(name, async () => {
      const url = "https://jane:pass%20word@collector/v1/traces?key=k3y";
      const { exporter: exports, clock, posted, told } = exporter({ url });
      exports.take(span());
      clock.advance(SPAN_EXPORT_INTERVAL_MS);
      end(posted[0]!);
      await turns();
      const space = words.startsWith(":") ? "" : " ";
      expect(told).toEqual([["lost", 1, `https://collector/v1/traces?***${space}${words}`]]);
      expect([posted.length, clock.pendingMs]).toEqual([1, []]);
    });
  }
});

test("the URL's userinfo is sent as credentials, its query stays", () => {
  const url = "https://jane:pass%20word@collector/v1/traces?key=k3y";
  const { exporter: exports, clock, posted } = exporter({ url });
  exports.take(span());
  clock.advance(SPAN_EXPORT_INTERVAL_MS);
  expect([posted[0]!.url, posted[0]!.init.headers]).toEqual([
    "https://collector/v1/traces?key=k3y",
    {
      "content-type": "application/json",
      "user-agent": "edge-self-traces",
      authorization: `Basic ${btoa("jane:pass word")}`,
    },
  ]);
});

test("more spans than the queue holds are lost and counted with the next export", async () => {
  const { exporter: exports, clock, posted, told } = exporter({ queueMax: 3 });
  for (let i = 0; i < 5; i++) exports.take(span());
  clock.advance(SPAN_EXPORT_INTERVAL_MS);
  expect(spansOf(posted[0]!).length).toBe(3);
  posted[0]!.answer(new Response());
  await turns();
  expect(told).toEqual([
    ["lost", 2, "the queue of spans is full"],
    ["exported", 3],
  ]);
});

test("of the spans on the bus, the sampled ones are taken until it stops", async () => {
  const { exporter: exports, bus, posted } = exporter();
  bus.emit("span.ended", span({ sampled: false }));
  bus.emit("span.ended", span());
  const stopped = exports.stop(1000);
  posted[0]!.answer(new Response());
  await stopped;
  expect(posted.map((one) => spansOf(one).length)).toEqual([1]);
  expect(bus.wants("span.ended")).toBe(false);
});

describe("stopping", () => {
  test("sends what waits", async () => {
    const { exporter: exports, clock, posted, told } = exporter();
    exports.take(span());
    const stopped = exports.stop(1000);
    expect(posted.length).toBe(1);
    posted[0]!.answer(new Response());
    await stopped;
    expect([told, clock.pendingMs]).toEqual([[["exported", 1]], []]);
  });

  test("waits no longer than it may, and counts what is left", async () => {
    const { exporter: exports, clock, told } = exporter();
    for (let i = 0; i < SPAN_BATCH_MAX + 2; i++) exports.take(span());
    const stopped = exports.stop(1000);
    clock.advance(1000);
    await stopped;
    expect(told).toEqual([["lost", 2, "the program stopped"]]);
    exports.take(span());
    expect(clock.pendingMs).toEqual([]);
  });

  test("is done at once when nothing waits", async () => {
    const { exporter: exports, clock, posted } = exporter();
    await exports.stop(1000);
    expect([posted.length, clock.pendingMs]).toEqual([0, []]);
  });
});

describe("on a real socket", () => {
  const open: RecordingUpstream[] = [];
  afterEach(async () => {
    for (const upstream of open.splice(0)) await upstream.stop();
  });

  function realExporter(url: string) {
    const bus = new EventBus();
    const told: unknown[] = [];
    bus.on("spans.exported", ({ spans }) => void told.push(["exported", spans]));
    bus.on("spans.lost", ({ reason }) => void told.push(["lost", reason]));
    return { exporter: new SpanExporter({ url, resource: RESOURCE, version: "1", bus }), told };
  }

  test("a batch arrives without a traceparent", async () => {
    const upstream = await RecordingUpstream.start();
    open.push(upstream);
    upstream.respond = () => rawResponse(200, {}, "{}");
    const { exporter: exports, told } = realExporter(`${upstream.url}/v1/traces`);
    exports.take(span());
    await exports.stop(5000);
    expect(told).toEqual([["exported", 1]]);
    const { method, target, headers, body } = upstream.last;
    expect([method, target]).toEqual(["POST", "/v1/traces"]);
    const named = (wanted: string) => headers.find(([name]) => name === wanted)?.[1];
    expect([named("user-agent"), named("traceparent")]).toEqual(["edge-self-traces", undefined]);
    expect(JSON.parse(body.toString())).toHaveProperty("resourceSpans");
  });

  test("an endpoint that is away costs nothing but the spans", async () => {
    const upstream = await RecordingUpstream.start();
    const url = `${upstream.url}/v1/traces`;
    await upstream.stop();
    const { exporter: exports, told } = realExporter(url);
    exports.take(span());
    await exports.stop(5000);
    expect(told.length).toBe(1);
    expect(String(told[0])).toStartWith(`lost,${url}: `);
  });
});
