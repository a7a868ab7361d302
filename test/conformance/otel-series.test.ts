// Series of Datadog by metric_filter, in each encoding that clients send: each is judged as one
// data point, whose attributes are its tags.

import { expect, test } from "bun:test";
import { decodeUtf8, encodeUtf8 } from "../../src/core/utf8.ts";
import {
  datadogSeriesJsonFormat,
  datadogSeriesProtobufFormat,
} from "../../src/protocols/datadog/format/index.ts";
import { writeSeries } from "../protocols/datadog/format/metric-payload.ts";
import { engineOf, hitsOf } from "./otel-dialect.ts";

const on = (target: object, predicate: object) => ({ target, predicate });
const attribute = (key: string, predicate: object) => on({ datapoint_attribute: [key] }, predicate);
const filter = (id: string, matches: readonly object[], action = "DROP") => ({
  id,
  metric_filter: { matches, action: `ACTION_${action}` },
});

const policies = [
  filter("x", [attribute("code", { equals: "200" })]),
  filter("up", [on({ descriptor_field: "IS_MONOTONIC" }, { equals: false })]),
  {
    id: "t",
    name: "t",
    metric: { match: [{ datapoint_attribute: "code", exact: "404" }], keep: false },
  },
  filter("k", [attribute("route", { equals: "/" })], "KEEP"),
];

test("series of Datadog are judged by their tags, as one", () => {
  const series = (metric: string, type: number, ...tags: readonly string[]) => ({
    metric,
    type,
    points: [{ timestamp: 1, value: 1 }],
    tags,
  });
  const body = (...all: readonly object[]) => JSON.stringify({ series: all });
  const kept = [series("c", 3, "code:500"), series("e", 3, "code:200", "route:/")];
  const input = body(
    series("a", 3, "code:200"),
    series("b", 1, "code:500"),
    kept[0]!,
    series("d", 3, "code:404", "route:/"),
    kept[1]!,
  );
  const outcome = datadogSeriesJsonFormat("v2").filter(
    encodeUtf8(input),
    engineOf(policies).evaluation("metric")!,
  );
  expect(decodeUtf8(outcome.body!)).toBe(body(...kept));
});

test("series of Datadog's first version have names for types, and are gauges without", () => {
  const series = (metric: string, more: object, ...tags: readonly string[]) => ({
    metric,
    points: [
      [1, 1],
      [2, 1],
    ],
    ...more,
    tags,
  });
  const gauges = filter("g", [on({ descriptor_field: "TYPE" }, { equals: "GAUGE" })]);
  const hosts = filter("h", [on({ resource_attribute: "host" }, { regex: "^x" })]);
  const body = (...all: readonly object[]) => JSON.stringify({ series: all });
  const kept = [
    series("c", { type: "count", host: "y" }, "code:500"),
    series("d", {}, "route:/", "code:200"),
  ];
  const input = body(
    series("a", {}, "code:500"),
    series("b", { type: "gauge" }, "code:500"),
    kept[0]!,
    series("x", { type: "count", host: "xy" }, "code:500"),
    kept[1]!,
  );
  const engine = engineOf([gauges, hosts, policies[3]!]);
  const evaluation = engine.evaluation("metric")!;
  const outcome = datadogSeriesJsonFormat("v1").filter(encodeUtf8(input), evaluation);
  expect(decodeUtf8(outcome.body!)).toBe(body(...kept));
  expect(hitsOf(engine)).toEqual({ g: [2, 1], h: [1, 0], k: [1, 0] });
});

test("series in protobuf are judged as those in JSON are", () => {
  const series = (metric: string, type: number, ...tags: readonly string[]) => ({
    metric,
    type,
    points: [{ timestamp: 1, value: 1 }],
    tags,
  });
  const kept = [series("c", 3, "code:500"), series("e", 3, "code:200", "route:/")];
  const all = [
    series("a", 3, "code:200"),
    series("b", 1, "code:500"),
    kept[0]!,
    series("d", 3, "code:404", "route:/"),
    kept[1]!,
  ];
  const engine = engineOf(policies);
  const evaluation = engine.evaluation("metric")!;
  const outcome = datadogSeriesProtobufFormat().filter(writeSeries(all), evaluation);
  expect(outcome.body).toEqual(writeSeries(kept));
  // The sum, and "a"; what "/" exempts from "x"; and what the other dialect drops all the same.
  expect(hitsOf(engine)).toEqual({ x: [1, 1], up: [1, 0], t: [1, 0], k: [1, 1] });
});
