// What a replay takes each record of a body for.

import { expect, test } from "bun:test";
import { judgeBody } from "../../../src/cli/replay/judged.ts";
import { Verdict } from "../../../src/policy/index.ts";
import { engineOf } from "../../conformance/otel-dialect.ts";

test("a metric that loses data points is edited, by the policy that takes them", () => {
  const point = (code: string): object => ({
    attributes: [{ key: "code", value: { stringValue: code } }],
    asInt: "1",
  });
  const metric = (name: string, ...codes: readonly string[]): object => ({
    name,
    gauge: { dataPoints: codes.map(point) },
  });
  const metrics = [metric("some", "200", "500"), metric("none", "500"), metric("all", "200")];
  const bytes = Buffer.from(JSON.stringify({ resourceMetrics: [{ scopeMetrics: [{ metrics }] }] }));
  const engine = engineOf([
    {
      id: "ok",
      metric_filter: {
        matches: [{ target: { datapoint_attribute: "code" }, predicate: { equals: "200" } }],
        action: "ACTION_DROP",
      },
    },
  ]);
  const judged = judgeBody(engine, { kind: "otlp", signal: "metric", bytes });
  expect(judged.map(({ verdict, policy }) => [verdict, policy])).toEqual([
    [Verdict.edit, "ok"],
    [Verdict.keep, undefined],
    [Verdict.drop, "ok"],
  ]);
});
