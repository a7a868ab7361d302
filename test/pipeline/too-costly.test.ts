// What is counted of records whose matching, or redacting, takes too much.

import { expect, test } from "bun:test";
import type { Plan } from "../../src/protocols/index.ts";
import { otlpJsonFormat } from "../../src/protocols/otlp/format/index.ts";
import type { Matcher, Policy } from "../../src/policy/index.ts";
import { Executor } from "../../src/pipeline/executor.ts";
import { RequestMeter } from "../../src/pipeline/request-meter.ts";
import type { UpstreamRequest } from "../../src/pipeline/upstream.ts";
import { policyOf, testEngine } from "../support/engine.ts";
import { RecordingBus } from "../support/proxy-fakes.ts";
import { roomFor } from "../support/room.ts";

const matching = (pattern: string): Matcher => ({
  field: { kind: "field", field: "body" },
  condition: { op: "regex", pattern },
  negate: false,
  caseInsensitive: false,
});
const COSTLY = matching("[a-m][a-z0-9 ]{300}[A-Z]");
const LONG = "a1 b2 ".repeat(400_000);

/** Sends one record for each body: what was told, and what the upstream saw. */
async function pass(policies: readonly Policy[], bodies: readonly string[]) {
  const bus = new RecordingBus();
  const own = testEngine(policies);
  own.tickMs = 30;
  let sent = "";
  const upstream = {
    name: "up",
    send: async ({ body }: UpstreamRequest) => {
      if (body instanceof Uint8Array) sent = new TextDecoder().decode(body);
      return new Response();
    },
    stop: () => undefined,
  };
  const upstreams = { default: upstream, logs: upstream, metrics: upstream, traces: upstream };
  const bounds = { bodyBytesMax: 10_000_000, decodedBytesMax: 10_000_000 };
  const executor = new Executor({ engine: own.engine, upstreams, bus, ...bounds });
  const logRecords = bodies.map((stringValue) => ({ body: { stringValue } }));
  const body = Buffer.from(JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] }));
  const plan: Plan = {
    kind: "filter",
    telemetry: "otlp_logs",
    signal: "log",
    upstream: "logs",
    coding: "identity",
    format: otlpJsonFormat("log"),
    emptyResponse: { status: 200, contentType: "application/json", body: Buffer.from("{}") },
  };
  const request = new Request("http://edge/v1/logs", { method: "POST", body });
  const meter = new RequestMeter();
  const permit = roomFor(bus).permit(request, () => "");
  const call = { request, target: "/v1/logs", bodyBytes: body.length, meter, permit };
  await executor.execute(plan, { ...call, routeKind: "otlp_logs" });
  return { bus, sent };
}

test("records that take too long stay, and count as failed open", async () => {
  const { bus, sent } = await pass([policyOf("drops", [COSTLY])], [LONG, "short", LONG]);
  expect(sent.split("stringValue").length).toBe(4);
  expect(bus.of("fail_open")).toEqual([
    {
      telemetry: "otlp_logs",
      reason: "too_costly",
      records: 2,
      detail: "records that take longer than record_time_max_ms",
    },
  ]);
  expect(bus.of("records.evaluated")[0]).toMatchObject({ records: 3, dropped: 0, unjudged: 2 });
  expect(bus.of("redaction.closed")).toEqual([]);
});

test("values that are replaced whole are counted, and nothing else of them leaves", async () => {
  const field = { kind: "field", field: "body" } as const;
  const redact = [{ field, regex: "a", replacement: "***" }];
  const redacting = policyOf("redacts", [], { kind: "all" }, { transform: { redact } });
  const { bus, sent } = await pass([redacting], ["a".repeat(100_001), "ab"]);
  expect(sent).toContain('[{"body":{"stringValue":"***"}},{"body":{"stringValue":"***b"}}]');
  expect(bus.of("redaction.closed")).toEqual([{ telemetry: "otlp_logs", values: 1 }]);
  expect(bus.of("fail_open")).toEqual([]);
});
