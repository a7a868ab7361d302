// Spans that fail_closed drops, from the body of a request to the events about it.

import { expect, test } from "bun:test";
import { EventBus } from "../../src/o11y/index.ts";
import type { Events } from "../../src/o11y/events.ts";
import { otlpJsonFormat } from "../../src/protocols/otlp/format/index.ts";
import type { Keep } from "../../src/policy/index.ts";
import { Executor } from "../../src/pipeline/executor.ts";
import { RequestMeter } from "../../src/pipeline/request-meter.ts";
import { policyOf, testEngine } from "../support/engine.ts";
import { roomFor } from "../support/room.ts";

const KEEP: Keep = {
  kind: "sample",
  percent: 50,
  mode: "hash_seed",
  precision: 4,
  hashSeed: 0,
  failClosed: true,
};

test("spans without a usable trace id are told by policy and reason, once a request", async () => {
  const { engine } = testEngine([policyOf("half", [], KEEP, { signal: "trace" })]);
  const bus = new EventBus();
  const told: Events["sampling.undecided"][] = [];
  const sampled: (number | undefined)[] = [];
  bus.on("sampling.undecided", (event) => void told.push(event));
  bus.on("records.evaluated", (event) => void sampled.push(event.sampled));
  const upstream = { name: "up", send: async () => new Response(), stop: () => undefined };
  const upstreams = { default: upstream, logs: upstream, metrics: upstream, traces: upstream };
  const executor = new Executor({
    engine,
    upstreams,
    bus,
    bodyBytesMax: 10_000,
    decodedBytesMax: 10_000,
  });
  const spans = [{}, {}, { traceId: "0123456789abcdef00ffffffffffffff" }];
  const body = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] });
  const request = new Request("http://edge/v1/traces", { method: "POST", body });
  const response = await executor.execute(
    {
      kind: "filter",
      telemetry: "otlp_traces",
      signal: "trace",
      coding: "identity",
      format: otlpJsonFormat("trace"),
      upstream: "traces",
      emptyResponse: { status: 200, contentType: "application/json", body: Buffer.from("{}") },
    },
    {
      request,
      permit: roomFor(bus).permit(request, () => ""),
      target: "/v1/traces",
      bodyBytes: body.length,
      meter: new RequestMeter(),
      routeKind: "otlp_traces",
    },
  );
  expect(response.status).toBe(200);
  expect(told).toEqual([{ policy: "half", reason: "missing_trace_id", records: 2 }]);
  expect(sampled).toEqual([2]);
});
