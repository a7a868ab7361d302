// The counters that OpenTelemetry's draft of policies names: what is in them, and that nothing is
// said of what is not known.

import { describe, expect, test } from "bun:test";
import type { Events } from "../../../src/o11y/index.ts";
import { COUNTS, countsOf } from "../../../src/policy/count-table.ts";
import { itemsOf } from "../../../src/o11y/otel/item-metrics.ts";
import type { PolicyTotals } from "../../../src/policy/index.ts";
import { status } from "../../providers/fake-host.ts";
import { setUp } from "../metrics-setup.ts";

const evaluated = (telemetry: Events["records.evaluated"]["telemetry"], records: number) => ({
  telemetry,
  records,
  dropped: 0,
  edited: 0,
  bytesIn: 0,
  bytesOut: 0,
});

function totals(id: string, hits: number, misses: number, isLoaded = true): PolicyTotals {
  const none = countsOf(new Float64Array(COUNTS));
  return { ...none, ...status(id, hits, { misses }), isLoaded };
}

function itemsIn(series: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries([...series].filter(([name]) => /^policy_\w+_items_total/.test(name)));
}

describe("consumed items", () => {
  test("are logs, spans and points of bodies that were looked into, whatever the protocol", () => {
    const { bus, read } = setUp();
    expect(itemsIn(read())).toEqual({});
    bus.emit("records.evaluated", evaluated("otlp_logs", 3));
    bus.emit("records.evaluated", evaluated("datadog_logs", 4));
    expect(itemsIn(read())).toEqual({ 'policy_consumed_items_total{signal="logs"}': 7 });
    bus.emit("records.evaluated", evaluated("otlp_traces", 2));
    bus.emit("records.evaluated", evaluated("otlp_metrics", 5));
    bus.emit("records.evaluated", { ...evaluated("otlp_metrics", 2), points: 8 });
    bus.emit("records.evaluated", { ...evaluated("prometheus_metrics", 3), points: 3 });
    expect(itemsIn(read())).toEqual({
      'policy_consumed_items_total{signal="logs"}': 7,
      'policy_consumed_items_total{signal="metrics"}': 11,
      'policy_consumed_items_total{signal="traces"}': 2,
    });
  });
});

describe("evaluated items", () => {
  const policies: Record<string, Parameters<typeof itemsOf>[0]> = {
    l: { signal: "log" },
    t: { signal: "trace", dialect: "otel" },
    m: { signal: "metric" },
    points: { signal: "metric", dialect: "otel" },
    quiet: { signal: "log" },
  };
  const policyItems = (id: string) => itemsOf(policies[id]!);

  test("are hits and misses of policies that count in items, silent ones left out", () => {
    const policyTotals = () => [
      totals("l", 3, 1),
      totals("t", 2, 0),
      totals("m", 9, 9),
      totals("points", 5, 0),
      totals("quiet", 0, 0),
    ];
    const { read } = setUp({ policyTotals, policyItems });
    expect(itemsIn(read())).toEqual({
      'policy_evaluated_items_total{policy_id="l",signal="logs",outcome="hit"}': 3,
      'policy_evaluated_items_total{policy_id="l",signal="logs",outcome="miss"}': 1,
      'policy_evaluated_items_total{policy_id="points",signal="metrics",outcome="hit"}': 5,
      'policy_evaluated_items_total{policy_id="t",signal="traces",outcome="hit"}': 2,
    });
  });

  test("go on being told of a policy that has left the set", () => {
    let isLoaded = true;
    const { read } = setUp({
      policyTotals: () => [totals("l", 3, 0, isLoaded)],
      policyItems: (id) => (isLoaded ? policyItems(id) : undefined),
    });
    const before = itemsIn(read());
    isLoaded = false;
    expect(Object.keys(before)).toHaveLength(1);
    expect(itemsIn(read())).toEqual(before);
  });
});
