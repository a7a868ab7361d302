// The compiled executable and a control plane that fails in every way between two good answers:
// what is in force, and that counts add up to exactly what was sent.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { fromJson, type JsonValue, toBinary } from "@bufbuild/protobuf";
import { ExportMetricsServiceRequestSchema, SyncResponseSchema } from "../../src/proto/index.ts";
import { writeSeries } from "../protocols/datadog/format/metric-payload.ts";
import { type Asked, StubControlPlane } from "../providers/http/stub-control-plane.ts";
import { executable, hasEntryPoint } from "../support/e2e-executable.ts";
import { RawEdge } from "../support/raw-edge.ts";

const BUILD_TIMEOUT_MS = 120_000;
const ENCODINGS = ["json", "protobuf"] as const;
const WORKERS = [1, 2] as const;
const SYNC_TIMEOUT_MS = 1000;
/** Policies of the huge set. */
const HUGE = 10_000;

type Encoding = (typeof ENCODINGS)[number];

/** Each policy drops the records whose severity is its id. */
function answerOf(ids: readonly string[], encoding: Encoding): Response {
  const document = {
    policies: ids.map((id) => ({
      id,
      name: id,
      enabled: true,
      log: { match: [{ logField: "LOG_FIELD_SEVERITY_TEXT", exact: id }], keep: "none" },
    })),
    hash: `hash of ${ids.length} from ${ids[0]}`,
    syncTimestampUnixNano: "1700000000000000001",
    syncType: "SYNC_TYPE_FULL",
  };
  if (encoding === "json") return Response.json(document);
  const message = fromJson(SyncResponseSchema, document as JsonValue);
  const headers = { "content-type": "application/x-protobuf" };
  return new Response(toBinary(SyncResponseSchema, message), { headers });
}

const JSON_TYPE = { "content-type": "application/json" };

/** Requests of three data points, in all formats of metrics that clients send. */
const POINTS = 3;
const OTLP_METRICS = {
  resourceMetrics: [
    {
      scopeMetrics: [
        {
          metrics: [
            { name: "a", gauge: { dataPoints: [{ asInt: "1" }, { asInt: "2" }] } },
            { name: "b", sum: { dataPoints: [{ asInt: "3" }] } },
            { name: "c" },
          ],
        },
      ],
    },
  ],
};
const DATA_POINTS = Array.from({ length: POINTS }, (_, i) => ({ timestamp: i + 1, value: i }));
const METRICS: readonly (readonly [path: string, type: string, body: BodyInit])[] = [
  ["/v1/metrics", "application/json", JSON.stringify(OTLP_METRICS)],
  [
    "/v1/metrics",
    "application/x-protobuf",
    toBinary(
      ExportMetricsServiceRequestSchema,
      fromJson(ExportMetricsServiceRequestSchema, OTLP_METRICS),
    ),
  ],
  [
    "/api/v1/series",
    "application/json",
    JSON.stringify({
      series: [
        { metric: "a", points: DATA_POINTS.map(({ timestamp, value }) => [timestamp, value]) },
      ],
    }),
  ],
  [
    "/api/v2/series",
    "application/json",
    JSON.stringify({ series: [{ metric: "a", type: 3, points: DATA_POINTS }] }),
  ],
  [
    "/api/v2/series",
    "application/x-protobuf",
    new Uint8Array(writeSeries([{ metric: "a", type: 3, points: DATA_POINTS }])),
  ],
];

/** Answers that are no good. */
const BAD_RESPONSES: readonly (readonly [string, () => Response | Promise<Response>])[] = [
  ["500", () => new Response("no", { status: 500 })],
  ["garbage", () => new Response("<html>", { headers: { "content-type": "text/html" } })],
  ["nothing", () => new Response(null, { status: 204 })],
  ["an empty document", () => Response.json({})],
  ["an error message", () => Response.json({ hash: "x", errorMessage: "out of order" })],
  ["a redirect", () => new Response(null, { status: 307, headers: { location: "/" } })],
  ["half an answer", () => new Response('{"policies": [', { headers: JSON_TYPE })],
  ["no answer", () => new Promise<never>(() => undefined)],
];

function hitsOf(asked: readonly Asked[]): Record<string, number> {
  const hits: Record<string, number> = {};
  for (const { request } of asked) {
    for (const { id, matchHits } of request.policyStatuses) {
      hits[id] = (hits[id] ?? 0) + Number(matchHits);
    }
  }
  return hits;
}

async function send(edge: RawEdge, severity: string, records: number): Promise<void> {
  const logRecords = Array.from({ length: records }, (_, i) => ({
    severityText: severity,
    body: { stringValue: `record ${i}` },
  }));
  const answer = await fetch(`${edge.url}/v1/logs`, {
    method: "POST",
    headers: JSON_TYPE,
    body: JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] }),
  });
  expect([answer.status, await answer.text()]).toEqual([200, "{}"]);
}

/** Makes every provider ask now; answers the page's status. */
async function reload(edge: RawEdge): Promise<number> {
  return (await fetch(`${edge.url}/_edge/reload`, { method: "POST" })).status;
}

async function idsInForce(edge: RawEdge): Promise<string[]> {
  const page = await fetch(`${edge.url}/_edge/policies?format=json`);
  const { policies } = (await page.json()) as { policies: { id: string }[] };
  return policies.map(({ id }) => id);
}

describe.skipIf(!hasEntryPoint("edge"))("policies from a control plane", () => {
  let stub: StubControlPlane;
  beforeAll(async () => {
    await executable("edge");
    stub = new StubControlPlane();
  }, BUILD_TIMEOUT_MS);
  afterAll(() => stub.stop());

  function start(encoding: Encoding, workers: number): Promise<RawEdge> {
    stub.asked.length = 0;
    const provider = { type: "http", id: "plane", url: stub.url, content_type: encoding };
    return RawEdge.start({
      config: {
        upstream_url: "stdout:",
        worker_count: workers,
        policy_providers: [{ ...provider, timeout_ms: SYNC_TIMEOUT_MS, poll_interval: 3600 }],
      },
    });
  }

  for (const encoding of ENCODINGS) {
    for (const workers of WORKERS) {
      test(`${encoding}, ${workers} worker(s): counts are sent exactly once, whatever is answered`, async () => {
        const answering = (ids: readonly string[]) => () => answerOf(ids, encoding);
        stub.answer = answering(["A", "B"]);
        await using edge = await start(encoding, workers);
        await edge.program.line((line) => (line.includes("policies.replaced") ? true : undefined));
        for (const [, bad] of BAD_RESPONSES) {
          stub.answer = bad;
          await send(edge, "A", 3);
          await send(edge, "B", 2);
          expect(await reload(edge)).toBe(502);
          expect(await idsInForce(edge)).toEqual(["A", "B"]);
        }
        stub.answer = answering(["B", "C"]);
        expect(await reload(edge)).toBe(200);
        expect(await idsInForce(edge)).toEqual(["B", "C"]);
        // Of a policy that is gone, too.
        expect(hitsOf(stub.asked)).toEqual({
          A: 3 * BAD_RESPONSES.length,
          B: 2 * BAD_RESPONSES.length,
        });
        await send(edge, "C", 5);
        stub.answer = answering(["B", "C"]);
        expect(await reload(edge)).toBe(200);
        await send(edge, "B", 7);
        edge.program.signal("SIGTERM");
        expect(await edge.program.exited).toBe(0);
        expect(hitsOf(stub.asked)).toEqual({
          A: 3 * BAD_RESPONSES.length,
          B: 2 * BAD_RESPONSES.length + 7,
          C: 5,
        });
      });
    }

    test(`${encoding}: all data points that came are told, in every format, over all workers`, async () => {
      const answer = JSON.stringify({
        policies: [
          {
            id: "m",
            name: "m",
            enabled: true,
            metric: { match: [{ metricField: "METRIC_FIELD_UNIT", exact: "none" }], keep: false },
          },
        ],
        hash: "points",
        syncType: "SYNC_TYPE_FULL",
      });
      stub.answer = () => new Response(answer, { headers: JSON_TYPE });
      await using edge = await start(encoding, 2);
      await edge.program.line((line) => (line.includes("policies.replaced") ? true : undefined));
      for (const [path, type, body] of METRICS) {
        for (let i = 0; i < 4; i++) {
          const headers = { "content-type": type, "dd-api-key": "key" };
          const response = await fetch(`${edge.url}${path}`, { method: "POST", headers, body });
          expect(response.ok).toBe(true);
        }
      }
      expect(await reload(edge)).toBe(200);
      const told = stub.asked.map(({ request }) => Number(request.volume?.metricDataPoints ?? 0));
      expect(told.reduce((sum, count) => sum + count)).toBe(4 * METRICS.length * POINTS);
      expect(await edge.metrics()).toContain(
        `policy_consumed_items_total{signal="metrics"} ${4 * METRICS.length * POINTS}\n`,
      );
    });

    test(`${encoding}: a huge set is in force everywhere when the reload is answered`, async () => {
      stub.answer = () => answerOf(["A"], encoding);
      await using edge = await start(encoding, 2);
      await edge.program.line((line) => (line.includes("policies.replaced") ? true : undefined));
      const ids = Array.from({ length: HUGE }, (_, i) => `severity-${i}`);
      stub.answer = () => answerOf(ids, encoding);
      expect(await reload(edge)).toBe(200);
      expect((await idsInForce(edge)).length).toBe(HUGE);
      await send(edge, `severity-${HUGE - 1}`, 4);
      stub.answer = () => answerOf(ids, encoding);
      expect(await reload(edge)).toBe(200);
      const last = stub.asked.at(-1)!;
      const hits = Object.entries(hitsOf([last])).filter(([, count]) => count > 0);
      expect(hits).toEqual([[`severity-${HUGE - 1}`, 4]]);
    });
  }
});
