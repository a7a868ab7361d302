// What is put for each sample into an evaluation of the plain kind, and in which order it is
// called.

import { describe, expect, test } from "bun:test";
import { encodeUtf8 } from "../../../../src/core/utf8.ts";
import { type FieldRef, Verdict } from "../../../../src/policy/index.ts";
import {
  attributeRef,
  FakeEvaluation,
  fieldRef,
  type SeenRecord,
} from "../../../support/fake-evaluation.ts";
import { filterBytes, lines } from "./filter-text.ts";

const FIELDS: readonly FieldRef[] = (
  ["name", "description", "unit", "metric_type", "aggregation_temporality"] as const
).map(fieldRef);
const INPUT = lines(
  "# HELP lat A \\\\ b",
  "# TYPE lat histogram",
  "# UNIT lat seconds",
  'lat_bucket{x="1",le="+Inf",job="j"} 3',
  'lat_sum{x="a\\nb"} 1',
  'g{"x"="","x"="2",y="3"} 2',
);

function see(refs: readonly FieldRef[], chunkBytes: readonly number[] = [1000]): SeenRecord[] {
  const evaluation = new FakeEvaluation("metric", refs);
  filterBytes(encodeUtf8(INPUT), { evaluation, chunkBytes });
  return [...evaluation.records];
}

describe("for each sample", () => {
  test.each([[1000], [1], [17]])("its fields, in chunks of %d", (size) => {
    const lat = {
      description: "A \\ b",
      unit: "seconds",
      metric_type: 3n,
      aggregation_temporality: 2n,
    };
    expect(see(FIELDS, [size])).toEqual([
      { name: ["lat_bucket", "lat"], ...lat },
      { name: ["lat_sum", "lat"], ...lat },
      { name: "g" },
    ]);
  });
  test("the labels that are asked for, all of one name", () => {
    const refs = [attributeRef("record", "x"), attributeRef("record", "z")];
    expect(see(refs)).toEqual([
      { "record:x": ["1"] },
      { "record:x": ["a\nb"] },
      { "record:x": ["", "2"] },
    ]);
  });
  test("the labels of the resource, each time anew", () => {
    const refs = [attributeRef("resource", "service.name"), attributeRef("resource", "job")];
    expect(see(refs)).toEqual([{ "resource:service.name": "j" }, {}, {}]);
  });
  test("labels of several segments are not there", () => {
    expect(see([attributeRef("record", "x", "y"), attributeRef("event", "x")])).toEqual([
      {},
      {},
      {},
    ]);
  });
});

test("each chunk is one use of the evaluation, from begin to commit", () => {
  const evaluation = new FakeEvaluation("metric", [fieldRef("name")]);
  filterBytes(encodeUtf8(lines("a 1", "b 2")), { evaluation, chunkBytes: [4] });
  const uses = evaluation.calls.filter((call) => call === "begin" || call === "commit");
  expect(uses).toEqual(["begin", "commit", "begin", "commit", "begin", "commit"]);
});

test("the verdict is obeyed", () => {
  const evaluation = new FakeEvaluation("metric", [fieldRef("name")], {
    decide: ({ name }) => (name === "a" ? Verdict.drop : Verdict.keep),
  });
  expect(filterBytes(encodeUtf8(lines("a 1", "b 2")), { evaluation }).text).toBe("b 2\n");
});
