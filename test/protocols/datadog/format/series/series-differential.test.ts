// Any series: JSON and protobuf say the same to policies, which is what a plain reading of the
// rules says; and what is left of a request is exactly the series that stay.

import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { UndecodableError } from "../../../../../src/core/errors.ts";
import { decodeUtf8, encodeUtf8 } from "../../../../../src/core/utf8.ts";
import {
  datadogSeriesJsonFormat,
  datadogSeriesProtobufFormat,
} from "../../../../../src/protocols/datadog/format/index.ts";
import { Verdict } from "../../../../../src/policy/record-port.ts";
import {
  attributeRef,
  FakeEvaluation,
  fieldRef,
  refName,
  type SeenRecord,
  type SeenValue,
} from "../../../../support/fake-evaluation.ts";
import { type PlainSeries, writeSeries } from "../metric-payload.ts";

const NAMES = ["host", "device", "service", "env", "version", "a", "b.c"];
const ASKED = [
  ...NAMES,
  "service.name",
  "host.name",
  "deployment.environment",
  "service.version",
  "source_type_name",
  "interval",
  "none",
];
const REFS = [
  fieldRef("name"),
  fieldRef("unit"),
  fieldRef("metric_type"),
  fieldRef("aggregation_temporality"),
  ...ASKED.map((name) => attributeRef("record", name)),
  ...ASKED.map((name) => attributeRef("resource", ...name.split("."))),
];

const text = fc.constantFrom("x", "y:z", 'q"\\\n', "é😀", "web");
const name = fc.constantFrom(...NAMES);
const tag = fc.oneof(
  fc.tuple(name, text).map(([key, value]) => `${key}:${value}`),
  name,
  fc.constantFrom("", ":", " a : x "),
);
const series: fc.Arbitrary<PlainSeries> = fc
  .record(
    {
      metric: fc.constantFrom("drop", "keep", "other.metric"),
      type: fc.integer({ min: 0, max: 4 }),
      unit: text,
      tags: fc.array(tag, { maxLength: 5 }),
      resources: fc.array(fc.record({ type: name, name: text }), { maxLength: 3 }),
      points: fc.array(fc.record({ timestamp: fc.nat(), value: fc.double({ noNaN: true }) }), {
        maxLength: 2,
      }),
      source_type_name: text,
      interval: fc.integer({ min: 1, max: 60 }),
    },
    { requiredKeys: [] },
  )
  .map((one) => one as PlainSeries);

const ALIASES: Readonly<Record<string, string>> = {
  "service.name": "service",
  "host.name": "host",
  "deployment.environment": "env",
  "service.version": "version",
};

/** Values of an attribute: of the first part that has some. */
function valuesOf(one: PlainSeries, asked: string): SeenValue[] {
  const alias = ALIASES[asked];
  const names = alias === undefined ? [asked] : [asked, alias];
  const isTagOnly = alias === "env" || alias === "version";
  for (const candidate of isTagOnly ? [asked] : names) {
    const found = (one.resources ?? []).filter(({ type }) => type === candidate);
    if (found.length > 0) return found.map((resource) => resource.name);
  }
  for (const candidate of names) {
    const found = (one.tags ?? []).flatMap((raw) => {
      const trimmed = raw.replace(/^ +| +$/g, "");
      const colon = trimmed.indexOf(":");
      const key = colon < 0 ? trimmed : trimmed.slice(0, colon);
      return key === candidate ? [colon < 0 ? "" : trimmed.slice(colon + 1)] : [];
    });
    if (found.length > 0) return found;
  }
  if (asked === "source_type_name" && one.source_type_name) return [one.source_type_name];
  return asked === "interval" && one.interval ? [BigInt(one.interval)] : [];
}

function expected(one: PlainSeries): SeenRecord {
  const seen: Record<string, SeenValue | readonly SeenValue[]> = {};
  if (one.metric) seen["name"] = one.metric;
  if (one.unit) seen["unit"] = one.unit;
  if (one.type === 1) {
    seen["metric_type"] = 2n;
    seen["aggregation_temporality"] = 1n;
  } else if (one.type === 2 || one.type === 3) seen["metric_type"] = 1n;
  for (const ref of REFS) {
    if (ref.kind === "field") continue;
    const values = valuesOf(one, ref.path.join("."));
    if (values.length === 0) continue;
    seen[refName(ref)] = ref.scope === "record" || values.length > 1 ? values : values[0]!;
  }
  return seen;
}

/** Drops what is called "drop". */
const evaluate = (): FakeEvaluation =>
  new FakeEvaluation("metric", REFS, {
    decide: ({ name: metric }) => (metric === "drop" ? Verdict.drop : Verdict.keep),
  });

test("in JSON and in protobuf are what a plain reading sees, and kept ones stay as they are", () => {
  fc.assert(
    fc.property(fc.array(series, { maxLength: 4 }), (all) => {
      const seen = all.map(expected);
      const kept = all.filter(({ metric }) => metric !== "drop");
      const counts = {
        records: all.length,
        points: all.reduce((sum, { points = [] }) => sum + points.length, 0),
        dropped: all.length - kept.length,
        unreadable: 0,
        edited: 0,
      };

      const ofJson = evaluate();
      const print = (list: readonly PlainSeries[]): string => JSON.stringify({ series: list });
      const json = datadogSeriesJsonFormat("v2").filter(encodeUtf8(print(all)), ofJson);
      expect(ofJson.records).toEqual(seen);
      expect(decodeUtf8(json.body ?? encodeUtf8(print(all)))).toBe(print(kept));
      expect({ ...json, body: 0 }).toEqual({ ...counts, body: 0 });

      const ofProtobuf = evaluate();
      const protobuf = datadogSeriesProtobufFormat().filter(writeSeries(all), ofProtobuf);
      expect(ofProtobuf.records).toEqual(seen);
      expect(protobuf.body ?? writeSeries(all)).toEqual(writeSeries(kept));
      expect({ ...protobuf, body: 0 }).toEqual({ ...counts, body: 0 });
    }),
    { numRuns: 500 },
  );
});

test("no bytes make the formats fail otherwise than by an undecodable body", () => {
  const formats = [datadogSeriesJsonFormat("v1"), datadogSeriesProtobufFormat()];
  const body = fc.tuple(fc.array(series, { maxLength: 2 }), fc.nat(), fc.nat(255), fc.boolean());
  fc.assert(
    fc.property(body, ([all, at, byte, isJson]) => {
      const bytes = isJson ? encodeUtf8(JSON.stringify({ series: all })) : writeSeries(all);
      if (bytes.length > 0) bytes[at % bytes.length] = byte;
      for (const format of formats) {
        const evaluation = evaluate();
        try {
          format.filter(bytes, evaluation);
          expect(evaluation.calls.at(-1)).toBe("commit");
        } catch (error) {
          if (!(error instanceof UndecodableError)) throw error;
          expect(evaluation.calls.at(-1)).toBe("abort");
        }
      }
    }),
    { numRuns: 1000 },
  );
});
