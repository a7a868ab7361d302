// Data points are counted in every format that has metrics, whatever policies ask of them.

import { describe, expect, test } from "bun:test";
import { toBinary } from "@bufbuild/protobuf";
import * as fc from "fast-check";
import { LONG_BODY_BYTES_MIN, POINTS_COUNTED_MAX } from "../../src/core/limits.ts";
import { encodeUtf8 } from "../../src/core/utf8.ts";
import type { RecordFormat } from "../../src/policy/index.ts";
import { ExportMetricsServiceRequestSchema } from "../../src/proto/index.ts";
import {
  datadogSeriesJsonFormat,
  datadogSeriesProtobufFormat,
} from "../../src/protocols/datadog/format/index.ts";
import { otlpJsonFormat, otlpProtobufFormat } from "../../src/protocols/otlp/format/index.ts";
import { len } from "../core/protobuf/pb.ts";
import { countPoints } from "../support/otlp/count-points.ts";
import { finish } from "../support/steps.ts";
import { writeSeries } from "./datadog/format/metric-payload.ts";
import { messages, toOtlpJson } from "./otlp/format/message-maker.ts";
import { engineWith } from "./otlp/format/otlp-app.ts";

const tero = (match: object) => ({ id: "p", name: "P", metric: { match: [match], keep: false } });
const otel = (target: object) => ({
  id: "p",
  metric_filter: { matches: [{ target, predicate: { equals: "ERROR" } }], action: "DROP" },
});
/** What is asked: nothing of the data, its kind, its points, and each of them singly. */
const ASKING = {
  names: tero({ metric_field: "name", exact: "ERROR" }),
  kinds: tero({ aggregation_temporality: "DELTA" }),
  "all points": tero({ datapoint_attribute: "a", exact: "ERROR" }),
  "single points": otel({ datapoint_attribute: "a" }),
} as const;
const PAUSES = { everyBytes: 0, isDue: () => true };

/** Whole, and in steps. */
function pointsIn(format: RecordFormat, body: Uint8Array, policy: object): number | undefined {
  const evaluation = engineWith([policy]).evaluation("metric")!;
  const { points } = format.filter(body, evaluation);
  const inSteps = format.filterSteps?.(body, evaluation, PAUSES);
  if (inSteps !== undefined) expect(finish(inSteps).points).toBe(points);
  return points;
}

describe.each(Object.entries(ASKING))("where policies look at %s", (_, policy) => {
  const schema = ExportMetricsServiceRequestSchema;

  test("points of OTLP are what generated code reads, in both encodings", () => {
    const json = otlpJsonFormat("metric");
    const protobuf = otlpProtobufFormat("metric");
    let most = 0;
    fc.assert(
      fc.property(messages(schema), (message) => {
        const body = toBinary(schema, message as never);
        const count = countPoints(body);
        expect(pointsIn(protobuf, body, policy)).toBe(count);
        expect(pointsIn(json, encodeUtf8(toOtlpJson(schema, message)), policy)).toBe(count);
        most = Math.max(most, count);
      }),
      { numRuns: 60 },
    );
    expect(most).toBeGreaterThan(5);
  });

  test("points of Datadog's series are those in them, in all encodings", () => {
    const points = (count: number) =>
      Array.from({ length: count }, (_unused, i) => ({ timestamp: i, value: i }));
    const all = [2, 0, 3].map((count, i) => ({ metric: `m${i}`, type: 3, points: points(count) }));
    const v2 = encodeUtf8(JSON.stringify({ series: [...all, { metric: "none" }] }));
    const v1 = encodeUtf8(
      JSON.stringify({
        series: all.map((one) => ({
          metric: one.metric,
          points: one.points.map(({ timestamp, value }) => [timestamp, value]),
        })),
      }),
    );
    expect(pointsIn(datadogSeriesJsonFormat("v1"), v1, policy)).toBe(5);
    expect(pointsIn(datadogSeriesJsonFormat("v2"), v2, policy)).toBe(5);
    expect(pointsIn(datadogSeriesProtobufFormat(), writeSeries(all), policy)).toBe(5);
  });
});

const request = (metric: string) =>
  encodeUtf8(`{"resourceMetrics":[{"scopeMetrics":[{"metrics":[${metric}]}]}]}`);
const inJson = (metric: string) =>
  pointsIn(otlpJsonFormat("metric"), request(metric), ASKING.names);

test("of several kinds of data in one metric the last one counts, and lists of one kind join", () => {
  const gauge = '"gauge":{"dataPoints":[{},{}]}';
  const sum = '"sum":{"dataPoints":[{},{},{}],"dataPoints":[{}]}';
  expect(inJson(`{${gauge},${sum}}`)).toBe(4);
  expect(inJson(`{${sum},${gauge}}`)).toBe(2);
  expect(inJson(`{${gauge},"gauge":{"dataPoints":[{}]}}`)).toBe(3);
  expect(inJson(`{${gauge},"name":"a","name":"b","sum":null}`)).toBe(2);
});

test("what is no list of points has none, nor has a metric that cannot be read", () => {
  expect(inJson('{"gauge":{"dataPoints":null}}')).toBe(0);
  expect(inJson('{"gauge":{}},{"name":"a"}')).toBe(0);
  expect(inJson('{"gauge":{"dataPoints":[{}]}},{"name":1,"gauge":{"dataPoints":[{}]}}')).toBe(1);
});

test("a list that was scanned beforehand is not scanned again to be counted", () => {
  const point = `{"asInt":"1","attributes":[]}`;
  const count = Math.ceil(LONG_BODY_BYTES_MIN / point.length) + 1;
  const list = Array.from({ length: count }, () => point).join(" , ");
  expect(inJson(`{"name":"m","gauge":{"dataPoints":[${list}]}}`)).toBe(count);
});

/** Empty points, two bytes each. */
const emptyPoints = (count: number): Uint8Array =>
  Uint8Array.from({ length: count * 2 }, (_, i) => (i % 2 === 0 ? 0x0a : 0));

test.each([
  [[-1], -1],
  [[0], 0],
  [[1], 0],
  [[-1, 2], 0],
  [[0, 3], 0],
] as const)("of one metric a million are counted at most: lists of %j more", (mores, counted) => {
  const list = mores.map((more, i) => (i === 0 ? POINTS_COUNTED_MAX : 0) + more);
  const gauges = list.map((count) => len(5, emptyPoints(count)));
  const expected = POINTS_COUNTED_MAX + counted;
  const body = len(1, len(2, len(2, ...gauges)));
  expect(pointsIn(otlpProtobufFormat("metric"), body, ASKING.names)).toBe(expected);
  const members = list.map((n) => `"gauge":{"dataPoints":[${Array(n).fill("{}").join()}]}`);
  expect(inJson(`{${members.join()}}`)).toBe(expected);
});

test("and of one of Datadog's series", () => {
  const points = Array(POINTS_COUNTED_MAX + 1)
    .fill("[1,2]")
    .join();
  const body = encodeUtf8(
    `{"series":[{"metric":"m","points":[${points}]},{"metric":"n","points":[[1,2]]}]}`,
  );
  expect(pointsIn(datadogSeriesJsonFormat("v1"), body, ASKING.names)).toBe(POINTS_COUNTED_MAX + 1);
});

test("what is no point in the data of a metric is not looked at without end", () => {
  const others = (count: number) => new Uint8Array(count * 2).fill(0x10);
  const gauge = (count: number) => len(1, len(2, len(2, len(5, others(count), emptyPoints(3)))));
  const counted = (count: number) =>
    pointsIn(otlpProtobufFormat("metric"), gauge(count), ASKING.names);
  expect(counted(5)).toBe(3);
  expect(counted(POINTS_COUNTED_MAX - 2)).toBe(2);
  expect(counted(POINTS_COUNTED_MAX)).toBe(0);
});
