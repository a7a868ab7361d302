// What becomes of rate limits and counts when the upstream does not take what policies left.

import { describe, expect, test } from "bun:test";
import * as zlib from "node:zlib";
import type { ForwardPlan, Plan } from "../../src/protocols/index.ts";
import { otlpJsonFormat } from "../../src/protocols/otlp/format/index.ts";
import type { Keep } from "../../src/policy/index.ts";
import { Executor, type ExecutorOptions } from "../../src/pipeline/executor.ts";
import { RequestMeter } from "../../src/pipeline/request-meter.ts";
import {
  BodyTooLargeError,
  ClientGoneError,
  UpstreamError,
} from "../../src/pipeline/upstream-error.ts";
import type { UpstreamRequest } from "../../src/pipeline/upstream.ts";
import { policyOf, testEngine } from "../support/engine.ts";
import { RecordingBus } from "../support/proxy-fakes.ts";
import { roomFor } from "../support/room.ts";

const RATE: Keep = { kind: "rate", count: 3, windowMs: 60_000 };
const KEYED: Keep = { ...RATE, key: { kind: "field", field: "body" } };

type Answers = (request: UpstreamRequest) => Response | Error;

class Edge {
  readonly bus = new RecordingBus();
  readonly sent: UpstreamRequest[] = [];
  /** What the upstream says next. */
  answers: Answers = () => new Response();
  readonly #executor: Executor;
  readonly #room = roomFor(this.bus);

  constructor(keep: Keep | undefined, more: Partial<ExecutorOptions> = {}) {
    const { engine } = testEngine(keep === undefined ? [] : [policyOf("p", [], keep)]);
    const upstream = {
      name: "up",
      send: async (request: UpstreamRequest) => {
        this.sent.push(request);
        const answer = this.answers(request);
        if (answer instanceof Error) throw answer;
        return answer;
      },
      stop: () => undefined,
    };
    const upstreams = { default: upstream, logs: upstream, metrics: upstream, traces: upstream };
    const bounds = { bodyBytesMax: 10_000, decodedBytesMax: 10_000 };
    this.#executor = new Executor({ engine, upstreams, bus: this.bus, ...bounds, ...more });
  }

  /** Sends so many records; how many the upstream saw, or "none". */
  async post(
    records: number,
    more: { coding?: "gzip"; plan?: Plan } = {},
  ): Promise<number | "none"> {
    const logRecords = Array.from({ length: records }, () => ({ body: { stringValue: "x" } }));
    const text = JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] });
    const body = more.coding === "gzip" ? zlib.gzipSync(text) : Buffer.from(text);
    const headers = more.coding === undefined ? {} : { "content-encoding": more.coding };
    const request = new Request("http://edge/v1/logs", { method: "POST", body, headers });
    const plan: Plan = more.plan ?? {
      kind: "filter",
      telemetry: "otlp_logs",
      signal: "log",
      coding: more.coding ?? "identity",
      format: otlpJsonFormat("log"),
      upstream: "logs",
      emptyResponse: { status: 200, contentType: "application/json", body: Buffer.from("{}") },
    };
    const before = this.sent.length;
    const meter = new RequestMeter();
    const permit = this.#room.permit(request, () => "");
    const call = { request, target: "/v1/logs", bodyBytes: body.length, meter, permit };
    await this.#executor.execute(plan, { ...call, routeKind: "otlp_logs" }).catch(() => undefined);
    const sent = this.sent[before]?.body;
    return sent instanceof Uint8Array ? recordsIn(Buffer.from(sent).toString()) : "none";
  }
}

const recordsIn = (text: string): number => text.split("stringValue").length - 1;
const timeout = new UpstreamError("upstream_timeout", "first_byte", "too slow");
const unreachable = new UpstreamError("upstream_unreachable", "connect", "not there");
const cut = new UpstreamError("upstream_failed", "receive", "ended half-way");

const failures: readonly [string, () => Response | Error, string][] = [
  ...[100, 300, 301, 304, 400, 413, 429, 499, 500, 503].map(
    (status) =>
      [`status ${status}`, () => statusOnly(status), "refused"] as [string, () => Response, string],
  ),
  ["a timeout", () => timeout, "upstream_failed"],
  ["no connection", () => unreachable, "upstream_failed"],
  ["an answer that was cut off", () => cut, "upstream_failed"],
  ["a client that went away", () => new ClientGoneError(), "client_gone"],
  ["a body that is too large after all", () => new BodyTooLargeError(1), "too_large"],
  ["a bug", () => new RangeError("a bug"), "internal_error"],
];

/** Not every status can be made with the constructor. */
function statusOnly(status: number): Response {
  if (status >= 200) return new Response(null, { status });
  return Object.defineProperties(new Response(null), {
    status: { value: status },
    ok: { value: false },
  });
}

describe.each(failures)("after %s", (_, answer, reason) => {
  test.each([
    ["a limit", RATE],
    ["a limit by key", KEYED],
  ])("%s lets the same records through when they are sent again", async (_name, keep) => {
    const edge = new Edge(keep);
    edge.answers = answer;
    expect(await edge.post(3)).toBe(3);
    edge.answers = () => new Response();
    expect([await edge.post(3), await edge.post(1)]).toEqual([3, "none"]);
  });

  test("what policies left is counted as lost, and nothing else is", async () => {
    const edge = new Edge(RATE);
    edge.answers = answer;
    await edge.post(5);
    expect(edge.bus.of("records.lost")).toEqual([
      { telemetry: "otlp_logs", reason, records: 3 } as never,
    ]);
    expect(edge.bus.of("records.evaluated")).toMatchObject([
      { records: 5, dropped: 2, limited: 2 },
    ]);
  });
});

test.each([200, 201, 202, 204, 206])("status %p has taken it: the limit stays", async (status) => {
  const edge = new Edge(RATE);
  edge.answers = () => new Response(null, { status });
  expect([await edge.post(2), await edge.post(2), await edge.post(1)]).toEqual([2, 1, "none"]);
  expect(edge.bus.of("records.lost")).toEqual([]);
});

test("a body that nobody looked into is one loss, whatever it holds", async () => {
  const edge = new Edge(undefined);
  edge.answers = () => new Response(null, { status: 503 });
  await edge.post(3);
  const plan: ForwardPlan = {
    kind: "forward",
    upstream: "logs",
    unjudged: { telemetry: "otlp_logs", reason: "unknown_encoding", detail: "br" },
  };
  await edge.post(3, { plan });
  await edge.post(3, { plan: { kind: "forward", upstream: "default" } });
  const lost = { telemetry: "otlp_logs", reason: "refused", records: 0 } as const;
  expect(edge.bus.of("records.lost")).toEqual([lost, lost]);
});

test("a body over max_body_size is one loss, and charges nothing", async () => {
  const edge = new Edge(RATE);
  expect(await edge.post(500)).toBe("none");
  const event = { telemetry: "otlp_logs", reason: "too_large", records: 0 } as const;
  expect(edge.bus.of("records.lost")).toEqual([event]);
  expect(await edge.post(4)).toBe(3);
});

test("when policies leave nothing, nothing can be lost", async () => {
  const edge = new Edge({ kind: "none" });
  edge.answers = () => new Response(null, { status: 503 });
  expect(await edge.post(3)).toBe("none");
  expect(edge.bus.of("records.lost")).toEqual([]);
});

test("what cannot be encoded again goes out as policies left it, without a coding", async () => {
  const compress = (): Uint8Array => {
    throw new RangeError("out of memory");
  };
  const edge = new Edge(RATE, { compress });
  expect(await edge.post(5, { coding: "gzip" })).toBe(3);
  expect(edge.sent[0]?.headers.has("content-encoding")).toBe(false);
  const event = { telemetry: "otlp_logs", coding: "gzip", reason: "out of memory" } as const;
  expect(edge.bus.of("encoding.failed")).toEqual([event]);
  expect(edge.bus.of("fail_open")).toEqual([]);
  expect(await edge.post(1)).toBe("none");
});
