// What extensions are given of a protobuf exposition: metrics that say whose they are.

import { expect, test } from "bun:test";
import { BinaryWriter } from "@bufbuild/protobuf/wire";
import { createEngine, type OfferedRecord } from "../../../../../src/policy/index.ts";
import { finish } from "../../../../support/steps.ts";
import { eachRecord } from "../../../../extensions/packed-records.ts";
import { drop, hasLabel, nameEnds } from "../filter-text.ts";
import { decodeFamilies, encodeFamilies, type MetricFamily, Type } from "./families.ts";
import { filterProtobuf } from "./filter-families.ts";

const TYPE = "com.example/copy";
const HITS: MetricFamily = {
  name: "hits_total",
  type: Type.counter,
  help: "Hits.",
  metrics: [
    { labels: [["code", "200"]], value: 5 },
    { labels: [["path", "/"]], value: 1 },
    { labels: [["code", "404"]], value: 2 },
  ],
};
const LATENCY: MetricFamily = {
  name: "latency_seconds",
  type: Type.histogram,
  unit: "seconds",
  metrics: [{ labels: [["code", "200"]], count: 3, sum: 2.5, buckets: [[0.5, 1]] }],
};

test("each is offered as a family of one metric, with all else that the family says", () => {
  const offered: OfferedRecord[] = [];
  const engine = createEngine({
    validateRegex: () => undefined,
    nowMs: () => 0,
    random: () => 0,
    extensions: new Map([
      [TYPE, { type: TYPE, offer: eachRecord((one) => void offered.push(one)) }],
    ]),
  });
  const use = { type: TYPE, version: "1.0.0", config: new Uint8Array(), mode: "dropped" } as const;
  const policies = [
    drop("codes", hasLabel("code"), nameEnds("_total")),
    drop("sums", nameEnds("_sum")),
  ];
  finish(engine.replace(policies.map((policy) => ({ ...policy, extensions: [use] }))));
  const input = encodeFamilies([HITS, LATENCY]);
  filterProtobuf(input, { evaluation: engine.evaluation("metric"), chunkBytes: 7 });
  const shown = offered.map(({ bytes, encoding, source }) => [
    source.policy,
    encoding,
    decodeFamilies(new BinaryWriter().bytes(bytes).finish()),
  ]);
  const [first, , third] = HITS.metrics;
  expect(shown).toEqual([
    ["codes", "prometheus_protobuf", [{ ...HITS, metrics: [first!] }]],
    ["codes", "prometheus_protobuf", [{ ...HITS, metrics: [third!] }]],
    ["sums", "prometheus_protobuf", [LATENCY]],
  ]);
});
