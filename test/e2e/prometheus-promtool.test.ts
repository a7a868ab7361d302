// Whatever policies take out of an exposition that promtool accepts, it accepts what is left.

import { describe, expect, test } from "bun:test";
import type { Matcher } from "../../src/policy/index.ts";
import {
  filterText,
  hasLabel,
  labelled,
  lines,
  nameEnds,
  named,
  nameStarts,
  not,
  ofType,
} from "../protocols/prometheus/format/filter-text.ts";
import { checkMetrics, HAS_PROMETHEUS } from "./prometheus-server.ts";

const EXPOSITION = lines(
  "# HELP up_ratio Up.",
  "# TYPE up_ratio gauge",
  "up_ratio 1",
  "# HELP hits_total Hits, \\\\ and \\n.",
  "# TYPE hits_total counter",
  'hits_total{path="/",code="200"} 5 1700000000000',
  'hits_total{path="/a\\"b",code="500"} 1',
  "# HELP lat_seconds Latency.",
  "# TYPE lat_seconds histogram",
  'lat_seconds_bucket{path="/",le="1"} 2',
  'lat_seconds_bucket{path="/",le="+Inf"} 3',
  'lat_seconds_sum{path="/"} 4.5',
  'lat_seconds_count{path="/"} 3',
  'lat_seconds_bucket{path="/b",le="1"} 2',
  'lat_seconds_bucket{path="/b",le="+Inf"} 3',
  'lat_seconds_sum{path="/b"} 4.5',
  'lat_seconds_count{path="/b"} 3',
  "# HELP size_bytes Size.",
  "# TYPE size_bytes summary",
  'size_bytes{quantile="0.5"} 2',
  "size_bytes_sum 10",
  "size_bytes_count 4",
);

const SETS: readonly (readonly [string, readonly (readonly Matcher[])[]])[] = [
  ["nothing", []],
  ["a gauge", [[named("up_ratio")]]],
  ["a counter by type", [[ofType(2)]]],
  ["a histogram by name", [[named("lat_seconds")]]],
  ["a histogram by type", [[ofType(3)]]],
  ["a summary by type", [[ofType(5)]]],
  ["all but histograms", [[not(ofType(3))]]],
  ["one path of all families", [[labelled("path", "/")]]],
  ["everything with a path", [[hasLabel("path")]]],
  ["everything without a path", [[not(hasLabel("path"))]]],
  ["all sums", [[nameEnds("_sum")]]],
  ["all counts", [[nameEnds("_count")]]],
  [
    "a prefix and a label",
    [[nameStarts("lat"), labelled("path", "/b")], [labelled("code", "500")]],
  ],
  ["an escaped label", [[labelled("path", '/a"b')]]],
  ["everything", [[ofType(1)], [ofType(2)], [ofType(3)], [ofType(5)]]],
];

const title = HAS_PROMETHEUS ? "promtool" : "promtool (skipped: not installed)";
describe.skipIf(!HAS_PROMETHEUS)(title, () => {
  test.each(SETS)("accepts what is left without %s", async (_, drops) => {
    const { text, counts } = filterText(EXPOSITION, drops, { chunkBytes: [29] });
    expect(counts.dropped > 0).toBe(drops.length > 0);
    expect(await checkMetrics(text)).toEqual({ code: 0, output: "" });
  });
  test("rejects what is no exposition", async () => {
    expect((await checkMetrics(EXPOSITION.replace("up_ratio 1", "up_ratio one"))).code).toBe(1);
  });
});
