// The compiled executable sends its own metrics to a collector, those of OpenTelemetry's draft of
// policies by the draft's names.

import { beforeAll, describe, expect, test } from "bun:test";
import { executable, hasEntryPoint } from "../../support/e2e-executable.ts";
import { RawEdge } from "../../support/raw-edge.ts";

const BUILD_TIMEOUT_MS = 120_000;

interface Metric {
  readonly name: string;
  readonly sum?: {
    readonly dataPoints: readonly {
      readonly attributes: readonly { key: string; value: { stringValue: string } }[];
      readonly asInt: string;
    }[];
  };
}

describe.skipIf(!hasEntryPoint("edge"))("own metrics by OTLP", () => {
  beforeAll(() => executable("edge"), BUILD_TIMEOUT_MS);

  test("the last export has all that was counted", async () => {
    const bodies: { resourceMetrics: { scopeMetrics: { metrics: Metric[] }[] }[] }[] = [];
    using collector = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: async (request) => {
        bodies.push((await request.json()) as (typeof bodies)[0]);
        return new Response("{}");
      },
    });
    const match = [{ target: { record_field: "BODY" }, predicate: { regex: "^drop" } }];
    await using edge = await RawEdge.start({
      config: {
        upstream_url: "stdout:",
        otlp_self_metrics_url: `http://127.0.0.1:${collector.port}/v1/metrics`,
      },
      policies: [{ id: "otel", log_filter: { matches: match, action: "DROP" } }],
    });
    const logRecords = ["drop a", "drop b", "keep"].map((stringValue) => ({
      body: { stringValue },
    }));
    await fetch(`${edge.url}/v1/logs`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] }),
    });
    const page = await edge.metrics();
    expect(page).toContain('policy_consumed_items_total{signal="logs"} 3\n');
    expect(page).toContain(
      'policy_evaluated_items_total{policy_id="otel",signal="logs",outcome="hit"} 2\n',
    );
    expect(page).not.toContain('signal="traces"');
    edge.program.signal("SIGTERM");
    expect(await edge.program.exited).toBe(0);

    const metrics = bodies.at(-1)?.resourceMetrics[0]?.scopeMetrics[0]?.metrics ?? [];
    const pointsOf = (name: string) =>
      metrics
        .find((metric) => metric.name === name)
        ?.sum?.dataPoints.map(({ attributes, asInt }) => [
          Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue])),
          asInt,
        ]);
    expect(pointsOf("policy.consumed.items")).toEqual([[{ signal: "logs" }, "3"]]);
    expect(pointsOf("policy.evaluated.items")).toEqual([
      [{ signal: "logs", "policy.id": "otel", outcome: "hit" }, "2"],
    ]);
    expect(metrics.map(({ name }) => name)).toContain("edge_requests_total");
  });
});
