// Exports of the program's own metrics: what is sent, when, and what is told when it cannot be.

import { describe, expect, test } from "bun:test";
import { SELF_METRICS_INTERVAL_MS } from "../../../src/core/limits.ts";
import { EventBus, MetricsExporter } from "../../../src/o11y/index.ts";
import { MetricFamily } from "../../../src/o11y/metric-family.ts";
import { ITEM_METRICS } from "../../../src/o11y/otel/item-metrics.ts";
import { metricsJson } from "../../../src/o11y/otel/metrics-otlp.ts";
import { METRICS } from "../../../src/o11y/metric-table.ts";
import { ExportMetricsServiceRequestSchema } from "../../../src/proto/index.ts";
import { fromJson, type JsonValue } from "@bufbuild/protobuf";
import { ManualClock } from "../manual-clock.ts";

const RESOURCE = {
  name: "edge",
  namespace: "shop",
  version: "3",
  instanceId: "i-1",
  resourceAttributes: [{ key: "region", value: "north" }],
};

function setUp(families: readonly MetricFamily[], url = "http://collector:4318/v1/metrics") {
  const bus = new EventBus();
  const clock = new ManualClock(1_700_000_060_000);
  const posted: { url: string; init: RequestInit }[] = [];
  const told: string[] = [];
  bus.on("self_metrics.failed", ({ reason }) => void told.push(reason));
  let answer: () => Response = () => new Response("{}");
  const exporter = new MetricsExporter({
    url,
    json: () =>
      metricsJson(families, RESOURCE, "1.2.3", { startMs: 1_700_000_000_000, nowMs: clock.now() }),
    bus,
    schedule: clock.schedule,
    fetch: async (to, init) => {
      posted.push({ url: to, init });
      return answer();
    },
  });
  return { exporter, clock, posted, told, answerWith: (next: () => Response) => (answer = next) };
}

/** The metrics of a body, which is a message of OTLP. */
function metricsOf(body: unknown): unknown {
  const request = fromJson(
    ExportMetricsServiceRequestSchema,
    JSON.parse(String(body)) as JsonValue,
  );
  expect(request.resourceMetrics[0]?.scopeMetrics[0]?.scope).toMatchObject({ name: "edge" });
  return (
    JSON.parse(String(body)) as { resourceMetrics: { scopeMetrics: { metrics: unknown }[] }[] }
  ).resourceMetrics[0]?.scopeMetrics[0]?.metrics;
}

const TIMES = { startTimeUnixNano: "1700000000000000000", timeUnixNano: "1700000060000000000" };
const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });

describe("an export", () => {
  test("names what OpenTelemetry names by its names, and leaves out what was not counted", async () => {
    const consumed = new MetricFamily(ITEM_METRICS.itemsConsumed);
    const evaluated = new MetricFamily(ITEM_METRICS.itemsEvaluated);
    const { exporter, posted } = setUp([consumed, evaluated]);
    consumed.add(consumed.at("logs"), 5);
    evaluated.add(evaluated.atOpen("a", "logs", "hit"), 2);
    await exporter.stop(1000);
    const sum = { aggregationTemporality: 2, isMonotonic: true };
    expect(metricsOf(posted[0]?.init.body)).toEqual([
      {
        name: "policy.consumed.items",
        description: ITEM_METRICS.itemsConsumed.help,
        unit: "{item}",
        sum: {
          ...sum,
          dataPoints: [{ attributes: [text("signal", "logs")], ...TIMES, asInt: "5" }],
        },
      },
      {
        name: "policy.evaluated.items",
        description: ITEM_METRICS.itemsEvaluated.help,
        unit: "{item}",
        sum: {
          ...sum,
          dataPoints: [
            {
              attributes: [text("policy.id", "a"), text("signal", "logs"), text("outcome", "hit")],
              ...TIMES,
              asInt: "2",
            },
          ],
        },
      },
    ]);
  });

  test("has gauges, sums and histograms under the names of the page", async () => {
    const duration = new MetricFamily({ ...METRICS.requestDuration, labels: [] });
    const loaded = new MetricFamily({
      name: "edge_x_bytes",
      type: "gauge",
      unit: "bytes",
      help: "h",
    });
    loaded.set(0, 0.5);
    duration.observe(0, 0.0002);
    duration.observe(0, 99);
    const { exporter, posted } = setUp([loaded, duration]);
    await exporter.stop(1000);
    const buckets = METRICS.requestDuration.buckets.map(() => "0");
    expect(metricsOf(posted[0]?.init.body)).toEqual([
      {
        name: "edge_x_bytes",
        description: "h",
        unit: "By",
        gauge: {
          dataPoints: [{ attributes: [], timeUnixNano: TIMES.timeUnixNano, asDouble: 0.5 }],
        },
      },
      {
        name: "edge_request_duration_seconds",
        description: METRICS.requestDuration.help,
        unit: "s",
        histogram: {
          aggregationTemporality: 2,
          dataPoints: [
            {
              attributes: [],
              ...TIMES,
              count: "2",
              sum: 99.0002,
              bucketCounts: ["0", "1", ...buckets.slice(2), "1"],
              explicitBounds: [...METRICS.requestDuration.buckets],
            },
          ],
        },
      },
    ]);
  });

  test("comes each minute, with credentials as a header, and once more at the end", async () => {
    const { exporter, clock, posted } = setUp([], "https://jane:pw@collector/v1/metrics?key=k");
    exporter.start();
    clock.advance(SELF_METRICS_INTERVAL_MS - 1);
    expect(posted).toEqual([]);
    clock.advance(1);
    await exporter.stop(1000);
    clock.advance(10 * SELF_METRICS_INTERVAL_MS);
    expect(posted.map(({ url }) => url)).toEqual(
      [0, 0].map(() => "https://collector/v1/metrics?key=k"),
    );
    expect(posted[0]?.init.headers).toEqual({
      "content-type": "application/json",
      "user-agent": "edge-self-traces",
      authorization: `Basic ${btoa("jane:pw")}`,
    });
  });

  test("that fails is told, without secrets", async () => {
    const { exporter, told, answerWith } = setUp([], "https://jane:pw@collector/v1/metrics?key=k");
    answerWith(() => new Response("", { status: 503 }));
    await exporter.stop(1000);
    answerWith(() => {
      throw Object.assign(new Error("https://jane:pw@collector"), { code: "ECONNREFUSED" });
    });
    await exporter.stop(1000);
    expect(told).toEqual([
      "https://collector/v1/metrics?*** answered 503",
      "https://collector/v1/metrics?***: ECONNREFUSED",
    ]);
  });
});
