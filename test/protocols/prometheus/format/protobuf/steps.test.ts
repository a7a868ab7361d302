// Long families in steps, between which others judge with the same policies; and what is too much
// to be judged at all.

import { describe, expect, test } from "bun:test";
import {
  FAMILY_FIELDS_MAX,
  FAMILY_STEP_BYTES,
  SAMPLE_PARTS_MAX,
} from "../../../../../src/core/limits.ts";
import { ProtobufFilter } from "../../../../../src/protocols/prometheus/format/index.ts";
import { testEngine } from "../../../../support/engine.ts";
import { drop, filterText, labelled, named } from "../filter-text.ts";
import { encodeFamilies, encodeFamily, type MetricFamily, Type } from "./families.ts";
import { filterProtobuf } from "./filter-families.ts";

const LONG: MetricFamily = {
  name: "hits_total",
  type: Type.counter,
  metrics: Array.from({ length: 10_000 }, (_, i) => ({
    labels: [["code", i % 3 === 0 ? "404" : "200"]],
    value: i,
  })),
};
const AFTER: MetricFamily = { ...LONG, name: "after", metrics: LONG.metrics.slice(0, 1) };
const POLICY = drop("p", labelled("code", "404"));

test("a long family is judged in steps, as it is at once, whoever judges in between", () => {
  const input = encodeFamilies([LONG, AFTER]);
  const { engine } = testEngine([POLICY]);
  const evaluation = engine.evaluation("metric");
  const atOnce = filterProtobuf(input, { evaluation });
  const out: Uint8Array[] = [];
  const filter = new ProtobufFilter({
    evaluation,
    sink: { write: (from, start, end) => void out.push(from.slice(start, end)) },
  });
  let pauses = 0;
  const steps = filter.pushSteps(input);
  for (let step = steps.next(); step.done !== true; step = steps.next()) {
    pauses++;
    const other = filterProtobuf(encodeFamilies([AFTER]), { evaluation });
    expect([other.bytes.length, other.counts.dropped]).toEqual([0, 1]);
  }
  filter.end();
  expect(pauses).toBe(Math.floor(encodeFamily(LONG).length / FAMILY_STEP_BYTES));
  expect(Buffer.concat(out).equals(atOnce.bytes)).toBe(true);
  expect([filter.counts, filter.counts.dropped]).toEqual([atOnce.counts, 3335]);
});

describe("what is judged at the bound passes as it came above it, counted as unreadable:", () => {
  const labels = (count: number) =>
    Array.from({ length: count }, (_, i) => [i === 0 ? "code" : `l${i}`, "404"] as const);
  const buckets = (count: number) =>
    Array.from({ length: count }, (_, i) => [i === count - 1 ? Infinity : i, 1] as const);

  test.each([
    [0, ["", 0]],
    [1, ["as it came", 1]],
  ] as const)("labels of a sample, and %d more", (more, [left, unreadable]) => {
    const of = labels(SAMPLE_PARTS_MAX + more);
    const line = `hits_total{${of.map(([name, value]) => `${name}="${value}"`).join(",")}} 1\n`;
    const text = filterText(line, [[labelled("code", "404")]]);
    expect([text.text === line ? "as it came" : text.text, text.counts.unreadable]).toEqual([
      left,
      unreadable,
    ]);
    const input = encodeFamilies([{ ...LONG, metrics: [{ labels: of, value: 1 }] }]);
    const evaluation = testEngine([POLICY]).engine.evaluation("metric");
    const got = filterProtobuf(input, { evaluation });
    expect([
      got.bytes.equals(input) ? "as it came" : got.bytes.toString(),
      got.counts.unreadable,
    ]).toEqual([left, unreadable]);
  });

  test.each([0, 1])("buckets of a histogram, and %d more", (more) => {
    const metrics = [{ labels: [], count: 1, sum: 1, buckets: buckets(SAMPLE_PARTS_MAX + more) }];
    const input = encodeFamilies([{ name: "lat", type: Type.histogram, metrics }]);
    const evaluation = testEngine([drop("p", labelled("le", "7"))]).engine.evaluation("metric");
    const { bytes, counts } = filterProtobuf(input, { evaluation });
    expect([counts.dropped, counts.unreadable, bytes.equals(input)]).toEqual(
      more === 0 ? [1, 0, false] : [0, 1, true],
    );
  });

  /** A message whose length is known, of a name and so many empty fields. */
  const familyOf = (name: string, tag: number, fields: number): Buffer => {
    const message = Buffer.concat([
      Buffer.from([0x0a, name.length]),
      Buffer.from(name),
      Buffer.alloc(2 * fields, Buffer.from([tag, 0])),
    ]);
    const length: number[] = [];
    let rest = message.length;
    for (; rest >= 0x80; rest >>>= 7) length.push((rest & 0x7f) | 0x80);
    return Buffer.concat([Buffer.from([...length, rest]), message]);
  };

  test.each([0, 1])("fields of a family, and %d more", (more) => {
    const evaluation = testEngine([drop("p", named("a"))]).engine.evaluation("metric");
    // Its name is one of them.
    const input = familyOf("a", 0x22, FAMILY_FIELDS_MAX - 1 + more);
    const { bytes, counts } = filterProtobuf(input, { evaluation });
    expect([bytes.length, counts.dropped, counts.unreadable]).toEqual(
      more === 0 ? [0, FAMILY_FIELDS_MAX - 1, 0] : [input.length, 0, 1],
    );
  });
});
