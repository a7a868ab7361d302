// The streaming filter against a plain reading of whole texts: same bytes out, wherever the chunks
// end.

import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { encodeUtf8 } from "../../../../src/core/utf8.ts";
import type { Matcher } from "../../../../src/policy/index.ts";
import { testEngine } from "../../../support/engine.ts";
import {
  described,
  drop,
  filterBytes,
  hasLabel,
  inUnit,
  labelled,
  lines,
  nameEnds,
  named,
  nameStarts,
  not,
  ofResource,
  ofTemporality,
  ofType,
} from "./filter-text.ts";
import { filterWhole, type Sample } from "./whole-text-filter.ts";

/** A matcher, and what it means. */
interface Pair {
  readonly matcher: Matcher;
  readonly holds: (sample: Sample) => boolean;
}

/** The sample's own name, and the family's where that is another. */
const names = ({ name, family }: Sample): string[] => (name === "" ? [] : [name, family]);
const TYPES: Readonly<Record<string, number>> = { gauge: 1, counter: 2, histogram: 3, summary: 5 };
const CUMULATIVE = ["counter", "histogram"];

const NAMES = ["a", "b", "a_b", "ab", 'q."x"', "é"];
const SUFFIXES = [
  "",
  "",
  "_total",
  "_created",
  "_bucket",
  "_sum",
  "_count",
  "_info",
  "_gsum",
  "_x",
];
const LABELS = ["x", "le", "job", "instance", "k.8s"];
const VALUES = ["1", "2", "", 'q"\\\n', "}"];

const pair = fc.oneof(
  fc.constantFrom(...NAMES, "a_sum", "b_total").map((text): Pair => ({
    matcher: named(text),
    holds: (sample) => names(sample).includes(text),
  })),
  fc.constantFrom("a", "b", "ab", "z").map((text): Pair => ({
    matcher: nameStarts(text),
    holds: (sample) => names(sample).some((name) => name.startsWith(text)),
  })),
  fc.constantFrom("a", "_sum", "t", "b").map((text): Pair => ({
    matcher: nameEnds(text),
    holds: (sample) => names(sample).some((name) => name.endsWith(text)),
  })),
  fc.constantFrom("Help", "x\ny", '"', "\\", '\\"').map((text): Pair => ({
    matcher: described(text),
    holds: ({ help }) => help.includes(text),
  })),
  fc.constantFrom("s", "bytes").map((text): Pair => ({
    matcher: inUnit(text),
    holds: ({ unit }) => unit === text,
  })),
  fc.constantFrom(1, 2, 3, 4, 5).map((type): Pair => ({
    matcher: ofType(type),
    holds: (sample) => TYPES[sample.type] === type,
  })),
  fc.constantFrom(1, 2).map((temporality): Pair => ({
    matcher: ofTemporality(temporality),
    holds: (sample) => temporality === 2 && CUMULATIVE.includes(sample.type),
  })),
  fc.tuple(fc.constantFrom(...LABELS), fc.constantFrom(...VALUES)).map(([label, value]): Pair => ({
    matcher: labelled(label, value),
    holds: ({ labels }) => labels.get(label) === value,
  })),
  fc.constantFrom(...LABELS).map((label): Pair => ({
    matcher: hasLabel(label),
    holds: ({ labels }) => labels.has(label),
  })),
  fc.constantFrom("1", "2").map((value): Pair => ({
    matcher: ofResource("service.name", value),
    holds: ({ labels }) => labels.get("job") === value,
  })),
);
const condition = fc
  .tuple(pair, fc.boolean())
  .map(([{ matcher, holds }, negated]): Pair =>
    negated ? { matcher: not(matcher), holds: (sample) => !holds(sample) } : { matcher, holds },
  );
const policies = fc.array(fc.array(condition, { minLength: 1, maxLength: 3 }), { maxLength: 4 });

const quote = (text: string): string =>
  `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;
const isPlain = (name: string): boolean => /^[a-z_]+$/.test(name);

/** With line ends as they are, as Prometheus takes them. */
const RAW = String.raw`"1\\\"` + '\na{x=\\"2\\"} 1\nb 2\n"';
const label = fc
  .tuple(fc.constantFrom(...LABELS), fc.constantFrom(...VALUES, "raw"))
  .map(([key, value]) => {
    const spelled = value === "raw" ? RAW : quote(value);
    return `${isPlain(key) ? key : quote(key)}=${spelled}`;
  });
/** Each label at most once. */
const labelList = fc.uniqueArray(label, { maxLength: 4, selector: (text) => text.split("=")[0] });
const tail = fc.constantFrom(
  "1",
  "+Inf",
  "NaN",
  "-1.5e3 17",
  '2 # {t="}"} 1',
  '2 # {t="\na 1\n",u="}"} 1 3',
  "0x1p3",
  "1\t2 ",
  "{count:1,sum:2.5,bucket:[0.5:1,+Inf:1]} 17",
);
const sampleOf = (base: string): fc.Arbitrary<string> =>
  fc
    .tuple(fc.constantFrom(...SUFFIXES), labelList, tail, fc.boolean())
    .map(([suffix, list, rest, comma]) => {
      const name = base + suffix;
      const end = comma && list.length > 0 ? "," : "";
      if (isPlain(name)) {
        return list.length === 0 ? `${name} ${rest}` : `${name}{${list.join(",")}${end}} ${rest}`;
      }
      return `{${[quote(name), ...list].join(",")}${end}} ${rest}`;
    });
const metadataOf = (name: string): fc.Arbitrary<string> =>
  fc
    .constantFrom(
      "TYPE gauge",
      "TYPE counter",
      "TYPE histogram",
      "TYPE summary",
      "TYPE info",
      "TYPE gaugehistogram",
      "TYPE Unknown ",
      "HELP Help me.",
      'HELP x\\ny \\" \\\\ \\z',
      "HELP ",
      "UNIT s",
      "UNIT bytes ",
    )
    .map((what) => {
      const [keyword = "", ...rest] = what.split(" ");
      const spelled = isPlain(name) || name === "é" ? name : quote(name);
      return `# ${keyword} ${spelled}${rest.length === 0 ? "" : ` ${rest.join(" ")}`}`;
    });
const oddLine = fc.constantFrom(
  "",
  "  ",
  "# a comment",
  "#HELP a no blank",
  "# HELP",
  "# EOF",
  "#",
  "a",
  "a{",
  'a{x="1" 1',
  'a{x="1',
  'a{x="1\\',
  'a 1 # {x="1',
  "a{count:1",
  'a{x="1"}',
  "a{x=1} 1",
  '{x="1"} 1',
  '{"a","b"} 1',
  "a nonsense",
  "1a 2",
  "a 1\r",
  "\t a_sum 2",
  "b{} 3",
  "\u0000\ufffd",
);
/** Mostly well-formed families, so that more than the odd cases is met. */
const family = fc
  .constantFrom(...NAMES)
  .chain((name) =>
    fc
      .tuple(
        fc.array(metadataOf(name), { maxLength: 3 }),
        fc.array(sampleOf(name), { maxLength: 6 }),
      )
      .map(([metadata, samples]) => [...metadata, ...samples]),
  );
const block = fc.oneof(
  { weight: 8, arbitrary: family },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(...NAMES)
      .chain(metadataOf)
      .map((line) => [line]),
  },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom(...NAMES)
      .chain(sampleOf)
      .map((line) => [line]),
  },
  { weight: 3, arbitrary: oddLine.map((line) => [line]) },
);
const exposition = fc
  .tuple(fc.array(block, { maxLength: 8 }), fc.boolean())
  .map(([blocks, ended]) => blocks.flat().join("\n") + (ended ? "\n" : ""));

test("the output is that of a plain reading, whatever the chunks", () => {
  let dropped = 0;
  let kept = 0;
  const property = fc.property(
    exposition,
    policies,
    fc.array(fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 100, max: 900 })), {
      minLength: 1,
      maxLength: 6,
    }),
    fc.boolean(),
    (text, sets, chunkBytes, openMetrics) => {
      const { engine } = testEngine(
        sets.map((set, i) => drop(`p${i}`, ...set.map(({ matcher }) => matcher))),
      );
      const evaluation = engine.evaluation("metric");
      const got = filterBytes(encodeUtf8(text), { evaluation, chunkBytes, openMetrics });
      const drops = (sample: Sample): boolean =>
        sets.some((set) => set.every(({ holds }) => holds(sample)));
      expect(got.text).toBe(sets.length === 0 ? text : filterWhole(text, drops, openMetrics));
      expect(got.fault).toBeUndefined();
      dropped += got.counts.dropped;
      kept += got.counts.samples - got.counts.dropped;
    },
  );
  fc.assert(property, { numRuns: 1500 });
  // Both happen a lot, or the test tests nothing.
  expect(Math.min(dropped, kept)).toBeGreaterThan(500);
});

test("the output is identical when no policy matches", () => {
  const { engine } = testEngine([drop("p", labelled("absent", "1")), drop("q", named("absent"))]);
  const property = fc.property(exposition, fc.integer({ min: 1, max: 50 }), (text, size) => {
    const evaluation = engine.evaluation("metric");
    const got = filterBytes(encodeUtf8(text), { evaluation, chunkBytes: [size] });
    expect(got.text).toBe(text);
    expect(got.counts.dropped).toBe(0);
  });
  fc.assert(property, { numRuns: 1000 });
});

test("bytes of any kind pass when no policy matches", () => {
  const { engine } = testEngine([drop("p", named("absent"), hasLabel("x"))]);
  const bytes = fc.uint8Array({ maxLength: 300 });
  const text = fc.string({
    unit: fc.constantFrom(...'a{}"\\=,# \n\t1HELPTY_x'.split("")),
    maxLength: 200,
  });
  const input = fc.oneof(
    bytes,
    text.map((one) => encodeUtf8(one)),
  );
  fc.assert(
    fc.property(input, fc.integer({ min: 1, max: 50 }), (body, size) => {
      const evaluation = engine.evaluation("metric");
      const { counts, fault } = filterBytes(body, { evaluation, chunkBytes: [size] });
      expect([counts.bytesOut, counts.dropped, fault]).toEqual([body.length, 0, undefined]);
    }),
    { numRuns: 2000 },
  );
});

test("every byte border of a small exposition gives the same", () => {
  const text = lines(
    "# HELP a Help \\\\ me.",
    "# TYPE a histogram",
    'a_bucket{x="1",le="+Inf"} 1 # {t="\\"}"} 1',
    'a_sum{x="1"} 2',
    "# TYPE b gauge",
    'b{x="1"} 1',
    '{"q.\\"x\\"",x="2"} 3',
    "# a comment",
    'a_count{x="2"} 1',
    "é",
    "# EOF",
  );
  const bytes = encodeUtf8(text);
  const { engine } = testEngine([drop("p", labelled("x", "1"), nameStarts("a"))]);
  const filter = (...chunkBytes: number[]): unknown => {
    const { counts, ...rest } = filterBytes(bytes, {
      evaluation: engine.evaluation("metric"),
      chunkBytes,
    });
    return { ...rest, counts };
  };
  const whole = filter(bytes.length);
  expect(whole).toMatchObject({
    text: lines(
      "# TYPE b gauge",
      'b{x="1"} 1',
      '{"q.\\"x\\"",x="2"} 3',
      "# a comment",
      "# HELP a Help \\\\ me.",
      "# TYPE a histogram",
      'a_count{x="2"} 1',
      "é",
      "# EOF",
    ),
  });
  for (let border = 1; border < bytes.length; border++) {
    expect(filter(border, bytes.length)).toEqual(whole);
    expect(filter(border, 1, bytes.length)).toEqual(whole);
  }
});
