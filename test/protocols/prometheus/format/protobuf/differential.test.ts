// The protobuf form of families against their text form: the same samples are left, but for those
// that cannot leave a metric that stays: its count, its sum, and its last bucket.

import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { encodeUtf8 } from "../../../../../src/core/utf8.ts";
import type { Matcher } from "../../../../../src/policy/index.ts";
import { countsOf, testEngine } from "../../../../support/engine.ts";
import {
  described,
  drop,
  filterBytes,
  hasLabel,
  inUnit,
  labelled,
  nameEnds,
  named,
  nameStarts,
  not,
  ofResource,
  ofTemporality,
  ofType,
} from "../filter-text.ts";
import {
  decodeFamilies,
  encodeFamilies,
  type Metric,
  type MetricFamily,
  samplesOf,
  textOfFamilies,
  Type,
} from "./families.ts";
import { filterProtobuf } from "./filter-families.ts";

const NAMES = ["a", "b", "a_s", "lat", "ab"];
const VALUES = ["1", "2", "", 'q"\\\n'];
const BOUNDS = [0.000_025, 0.5, 1, 10, 1_000_000, Number.POSITIVE_INFINITY];

const matcher = fc.oneof(
  fc.constantFrom(...NAMES, "a_sum", "lat_bucket", "b_count").map((name) => named(name)),
  fc.constantFrom("a", "lat_", "z").map((text) => nameStarts(text)),
  fc.constantFrom("_sum", "_count", "_bucket", "s", "b").map((text) => nameEnds(text)),
  fc.constantFrom("Help", "x\ny", "\\").map((text) => described(text)),
  fc.constantFrom("s", "").map((text) => inUnit(text)),
  fc.constantFrom(1, 2, 3, 4, 5).map((type) => ofType(type)),
  fc.constantFrom(1, 2).map((temporality) => ofTemporality(temporality)),
  fc
    .tuple(fc.constantFrom("x", "job"), fc.constantFrom(...VALUES))
    .map(([label, value]) => labelled(label, value)),
  fc.constantFrom("0.5", "1", "2.5e-05", "1e+06", "+Inf").map((text) => labelled("le", text)),
  fc.constantFrom("0.5", "0.99").map((text) => labelled("quantile", text)),
  fc.constantFrom("x", "le", "quantile", "absent").map((label) => hasLabel(label)),
  fc.constantFrom("1", "2").map((value) => ofResource("service.name", value)),
);
const matchers = fc.array(
  fc.tuple(matcher, fc.boolean()).map(([one, negated]): Matcher => (negated ? not(one) : one)),
  { minLength: 1, maxLength: 3 },
);
const policies = fc.array(matchers, { maxLength: 4 });

const labels = fc.uniqueArray(
  fc.tuple(fc.constantFrom("x", "y", "job"), fc.constantFrom(...VALUES)),
  { maxLength: 3, selector: ([name]) => name },
);
const metric = fc
  .record({
    labels,
    value: fc.integer({ min: 0, max: 99 }),
    count: fc.integer({ min: 0, max: 99 }),
    sum: fc.integer({ min: 0, max: 99 }),
    bounds: fc.subarray(BOUNDS),
    quantiles: fc.subarray([0.5, 0.99]),
    isTimed: fc.boolean(),
  })
  .map(({ bounds, quantiles, isTimed, ...rest }): Metric => ({
    ...rest,
    // The last bucket has the count.
    buckets: bounds.map((bound) => [bound, bound > 1e9 ? rest.count : 1]),
    quantiles: quantiles.map((quantile) => [quantile, 7]),
    ...(isTimed ? { timestampMs: 1_700_000_000_000 } : {}),
  }));
const family = fc.record({
  name: fc.constantFrom(...NAMES),
  type: fc.constantFrom(Type.counter, Type.gauge, Type.summary, Type.untyped, Type.histogram),
  help: fc.constantFrom("Help me.", 'x\ny \\ "z"'),
  unit: fc.constantFrom("s", "bytes"),
  metrics: fc.array(metric, { maxLength: 4 }),
});
const families = fc.uniqueArray(family, { maxLength: 5, selector: ({ name }) => name });

/** What protobuf is to be left with, by what of the text is. */
function expected(all: readonly MetricFamily[], left: ReadonlySet<string>): string[] {
  return all.flatMap((one) =>
    one.metrics.flatMap((own, number) => {
      const samples = samplesOf(one, own);
      const isKept = (sample: string, place: number): boolean =>
        left.has(keyOf(one, number, place)) ||
        sample.startsWith(`${one.name}_sum`) ||
        sample.startsWith(`${one.name}_count`) ||
        sample.includes('le="+Inf"');
      const stays = samples.some((_, place) => left.has(keyOf(one, number, place)));
      return stays ? samples.filter((sample, place) => isKept(sample, place)) : [];
    }),
  );
}
const keyOf = ({ name }: MetricFamily, metric: number, sample: number): string =>
  `${name} ${metric} ${sample}`;

/** Samples of a text that are left in another, by their places. */
function leftIn(all: readonly MetricFamily[], text: string): Set<string> {
  const lines = text.split("\n");
  const left = new Set<string>();
  let at = 0;
  for (const one of all) {
    for (const [number, own] of one.metrics.entries()) {
      for (const [place, sample] of samplesOf(one, own).entries()) {
        while (lines[at]?.startsWith("#") === true) at++;
        if (lines[at] !== sample) continue;
        left.add(keyOf(one, number, place));
        at++;
      }
    }
  }
  return left;
}

test("protobuf and text come to the same samples and hits", () => {
  let dropped = 0;
  let kept = 0;
  const property = fc.property(
    families,
    policies,
    fc.integer({ min: 1, max: 200 }),
    (all, sets, size) => {
      // Samples are told apart by their place; equal lines in a row would not be.
      const told = all.map((one) => ({
        ...one,
        metrics: one.metrics.map((own, i) => ({
          ...own,
          labels: [...own.labels, ["n", String(i)] as const],
        })),
      }));
      const set = sets.map((all_, i) => drop(`p${i}`, ...all_));
      const [forText, forBytes] = [testEngine(set), testEngine(set)];
      const text = filterBytes(encodeUtf8(textOfFamilies(told)), {
        evaluation: forText.engine.evaluation("metric"),
      });
      const bytes = encodeFamilies(told);
      const evaluation = forBytes.engine.evaluation("metric");
      const got = filterProtobuf(bytes, { evaluation, chunkBytes: size });
      const left = decodeFamilies(got.bytes);
      expect(left.flatMap((one) => one.metrics.flatMap((own) => samplesOf(one, own)))).toEqual(
        expected(told, leftIn(told, text.text)),
      );
      const names = told.filter(({ name }) => text.text.includes(`# TYPE ${name} `));
      expect(left.map(({ name }) => name)).toEqual(names.map(({ name }) => name));
      expect(got.fault).toBeUndefined();
      if (got.counts.dropped === 0) expect(got.bytes.equals(bytes)).toBe(true);
      expect(countsOf(forBytes)).toEqual(countsOf(forText));
      if (sets.length > 0) expect(got.counts.samples).toBe(text.counts.samples);
      dropped += got.counts.dropped;
      kept += got.counts.samples - got.counts.dropped;
    },
  );
  fc.assert(property, { numRuns: 400 });
  // Both happen a lot, or the test tests nothing.
  expect(Math.min(dropped, kept)).toBeGreaterThan(200);
});

test("bytes of any kind pass when no policy matches", () => {
  const { engine } = testEngine([drop("p", named("absent"), hasLabel("x"))]);
  const bytes = fc.uint8Array({ maxLength: 300 });
  const damaged = fc
    .tuple(families, fc.nat(), fc.integer({ min: 0, max: 255 }))
    .map(([all, at, byte]) => {
      const whole = new Uint8Array(encodeFamilies(all));
      if (whole.length > 0) whole[at % whole.length] = byte;
      return whole;
    });
  const property = fc.property(
    fc.oneof(bytes, damaged),
    fc.integer({ min: 1, max: 90 }),
    (input, size) => {
      const evaluation = engine.evaluation("metric");
      const got = filterProtobuf(input, { evaluation, chunkBytes: size });
      expect([got.bytes.equals(input), got.counts.dropped, got.fault]).toEqual([
        true,
        0,
        undefined,
      ]);
    },
  );
  fc.assert(property, { numRuns: 600 });
});

test("damaged bytes never make a fault, whatever policies drop", () => {
  const property = fc.property(families, policies, fc.nat(), fc.nat(255), (all, sets, at, byte) => {
    const input = new Uint8Array(encodeFamilies(all));
    if (input.length > 0) input[at % input.length] = byte;
    const { engine } = testEngine(sets.map((set, i) => drop(`p${i}`, ...set)));
    const evaluation = engine.evaluation("metric");
    const whole = filterProtobuf(input, { evaluation });
    expect(whole.fault).toBeUndefined();
    expect(filterProtobuf(input, { evaluation, chunkBytes: 1 }).bytes.equals(whole.bytes)).toBe(
      true,
    );
  });
  fc.assert(property, { numRuns: 400 });
});
