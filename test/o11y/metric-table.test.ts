// The table of metrics: names that tell type and unit, and nothing missing.

import { describe, expect, test } from "bun:test";
import { pageSpecs } from "../../scripts/docs-metrics.ts";

describe("the table", () => {
  const specs = pageSpecs();

  test("names are unique, and their endings tell type and unit", () => {
    expect(new Set(specs.map(({ name }) => name)).size).toBe(specs.length);
    for (const { name, type, unit } of specs) {
      expect([name, name.endsWith("_total")]).toEqual([name, type === "counter"]);
      const plain = name.replace(/_total$/, "");
      if (unit === "bytes") expect(plain).toMatch(/_bytes(?:_|$)/);
      if (unit === "seconds") expect(plain).toEndWith("_seconds");
    }
  });

  test("buckets ascend", () => {
    for (const spec of specs) {
      const buckets: readonly number[] = spec.buckets ?? [];
      expect(buckets.toSorted((a, b) => a - b)).toEqual([...buckets]);
    }
  });

  test("the names of the reference are all there", () => {
    const names = new Set<string>(specs.map(({ name }) => name));
    const expected = [
      "edge_requests_total",
      "edge_request_duration_seconds",
      "edge_responses_total",
      "edge_request_errors_total",
      "edge_prefilter_decisions_total",
      "edge_policy_records_evaluated_total",
      "edge_policy_records_kept_total",
      "edge_policy_records_dropped_total",
      "edge_policies_loaded",
      "edge_build_info",
      "edge_policy_records_sampled_total",
      "edge_policy_records_rate_limited_total",
      "edge_fail_open_total",
      "edge_lost_total",
    ];
    expect(expected.filter((name) => !names.has(name))).toEqual([]);
  });
});
