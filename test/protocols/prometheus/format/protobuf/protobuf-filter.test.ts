// Expositions in protobuf: what policies take out of them, and that all else leaves byte for byte.

import { describe, expect, test } from "bun:test";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { countsOf, testEngine } from "../../../../support/engine.ts";
import {
  described,
  drop,
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
import { encodeFamilies, encodeFamily, type MetricFamily, Type } from "./families.ts";
import { filterProtobuf, leftOf } from "./filter-families.ts";

const HITS: MetricFamily = {
  name: "hits_total",
  type: Type.counter,
  help: 'Hits of a "kind".\\ n',
  metrics: [
    { labels: [["code", "200"]], value: 5 },
    {
      labels: [
        ["code", "404"],
        ["path", '/a\n"b"'],
      ],
      value: 2,
      timestampMs: 1_700_000_000_000,
    },
  ],
};
const TEMP: MetricFamily = {
  name: "temp_celsius",
  type: Type.gauge,
  help: "Temperature.",
  unit: "celsius",
  metrics: [
    {
      labels: [
        ["room", "a"],
        ["job", "j"],
      ],
      value: 21.5,
    },
  ],
};
const BUCKETS = [
  [0.5, 1],
  [1, 2],
  [1_000_000, 3],
] as const;
const LAT: MetricFamily = {
  name: "lat",
  type: Type.histogram,
  help: "Latency.",
  metrics: [
    { labels: [["path", "/"]], count: 3, sum: 2.5, buckets: BUCKETS },
    { labels: [["path", "/x"]], count: 3, sum: 2.5, buckets: BUCKETS },
  ],
};
const NATIVE: MetricFamily = {
  name: "rq",
  type: Type.histogram,
  metrics: [
    { labels: [["path", "/"]], count: 144, sum: 2, buckets: [], isNative: true },
    { labels: [["path", "/x"]], count: 3, sum: 2, buckets: BUCKETS, isNative: true },
  ],
};
const SIZE: MetricFamily = {
  name: "size_bytes",
  type: Type.summary,
  metrics: [
    {
      labels: [],
      count: 3,
      sum: 7,
      quantiles: [
        [0.5, 2],
        [0.99, 3],
      ],
    },
    { labels: [["path", "/"]], count: 3, sum: 7, quantiles: [[0.5, 2]] },
  ],
};
const RAW: MetricFamily = {
  name: "raw",
  type: Type.untyped,
  metrics: [{ labels: [["x", ""]], value: 1 }],
};
const EMPTY: MetricFamily = { name: "empty", type: Type.gauge, help: "None yet.", metrics: [] };
const ALL = [HITS, TEMP, LAT, NATIVE, SIZE, RAW, EMPTY];
const except = (...gone: readonly MetricFamily[]): MetricFamily[] =>
  ALL.filter((family) => !gone.includes(family));
const only = (family: MetricFamily, ...numbers: number[]): MetricFamily => ({
  ...family,
  metrics: family.metrics.filter((_, number) => numbers.includes(number)),
});
const instead = (...changed: readonly MetricFamily[]): MetricFamily[] =>
  ALL.map((family) => changed.find(({ name }) => name === family.name) ?? family);

describe("families", () => {
  test("leave as they came when no policy matches, whatever the chunks", () => {
    expect(leftOf(ALL, [named("absent")])).toEqual(ALL);
    expect(leftOf(ALL, [labelled("absent", "1")])).toEqual(ALL);
    expect(leftOf(ALL)).toEqual(ALL);
  });
  test.each([HITS, TEMP, LAT, NATIVE, SIZE, RAW])(
    "go whole by their name, and leave nothing",
    (family) => {
      expect(leftOf(ALL, [named(family.name)])).toEqual(except(family));
      expect(leftOf([family], [named(family.name)])).toEqual([]);
    },
  );
  test("go by what their names begin with, and by what they do not", () => {
    expect(leftOf(ALL, [nameStarts("r")])).toEqual(except(RAW, NATIVE));
    expect(leftOf(ALL, [not(nameStarts("r"))])).toEqual([NATIVE, RAW, EMPTY]);
    expect(leftOf(ALL, [not(named("lat"))])).toEqual([LAT, EMPTY]);
  });
  test("go by their type", () => {
    expect(leftOf(ALL, [ofType(1)])).toEqual(except(TEMP));
    expect(leftOf(ALL, [ofType(2)])).toEqual(except(HITS));
    expect(leftOf(ALL, [ofType(3)])).toEqual(except(LAT, NATIVE));
    expect(leftOf(ALL, [ofType(5)])).toEqual(except(SIZE));
    expect(leftOf(ALL, [ofTemporality(2)])).toEqual(except(HITS, LAT, NATIVE));
    expect(leftOf(ALL, [ofType(4)])).toEqual(ALL);
  });
  test("go by the texts of HELP and UNIT, which have no escapes", () => {
    expect(leftOf(ALL, [described('"kind".\\ n')])).toEqual(except(HITS));
    expect(leftOf(ALL, [inUnit("celsius")])).toEqual(except(TEMP));
  });
  test("without metrics stay", () => {
    expect(leftOf([EMPTY], [named("empty")], [nameStarts("")])).toEqual([EMPTY]);
  });
  test("of a type that nobody knows are samples without a type", () => {
    const odd = { ...RAW, type: 9 };
    expect(leftOf([odd, { ...odd, name: "b" }], [named("raw")])).toEqual([{ ...odd, name: "b" }]);
    for (const type of [1, 2, 3, 5]) expect(leftOf([odd], [ofType(type)])).toEqual([odd]);
  });
});

describe("metrics", () => {
  test("go one at a time by their labels", () => {
    expect(leftOf(ALL, [labelled("code", "404")])).toEqual(instead(only(HITS, 0)));
    expect(leftOf(ALL, [labelled("path", '/a\n"b"')])).toEqual(instead(only(HITS, 0)));
    expect(leftOf(ALL, [labelled("path", "/x")])).toEqual(instead(only(LAT, 0), only(NATIVE, 0)));
    expect(leftOf(ALL, [hasLabel("code")])).toEqual(except(HITS));
    expect(leftOf(ALL, [hasLabel("x")])).toEqual(except(RAW));
    expect(leftOf(ALL, [labelled("x", "")])).toEqual(except(RAW));
    expect(leftOf(ALL, [ofResource("service.name", "j")])).toEqual(except(TEMP));
  });
  test("go by a name and a label together", () => {
    expect(leftOf(ALL, [named("lat"), labelled("path", "/x")])).toEqual(instead(only(LAT, 0)));
  });
});

describe("histograms", () => {
  const without = (family: MetricFamily, ...bounds: number[]): MetricFamily => ({
    ...family,
    metrics: family.metrics.map((metric) => ({
      ...metric,
      buckets: (metric.buckets ?? []).filter(([bound]) => !bounds.includes(bound)),
    })),
  });
  test("lose single buckets by their bound, in either spelling", () => {
    for (const text of ["1", "1.0"]) {
      expect(leftOf([LAT], [labelled("le", text)])).toEqual([without(LAT, 1)]);
    }
    expect(leftOf([LAT], [labelled("le", "1e+06")])).toEqual([without(LAT, 1_000_000)]);
    expect(leftOf([LAT], [labelled("le", "+Inf")])).toEqual([LAT]);
    expect(leftOf([LAT], [hasLabel("le")])).toEqual([without(LAT, 0.5, 1, 1_000_000)]);
  });
  test("lose their buckets by name, and keep count and sum, which cannot go alone", () => {
    expect(leftOf([LAT], [named("lat_bucket")])).toEqual([without(LAT, 0.5, 1, 1_000_000)]);
    expect(leftOf([LAT], [named("lat_sum")])).toEqual([LAT]);
    expect(leftOf([LAT], [named("lat_count")])).toEqual([LAT]);
    expect(leftOf([LAT], [named("lat_sum")], [named("lat_count")])).toEqual([LAT]);
  });
  test("go when all of their samples do", () => {
    const all = ["lat_bucket", "lat_sum", "lat_count"].map((name) => [named(name)]);
    expect(leftOf([LAT], ...all)).toEqual([]);
    expect(leftOf([LAT], [not(named("other"))])).toEqual([]);
  });
  test("that are native go by the family's name only", () => {
    const classic = ["rq_bucket", "rq_sum", "rq_count"].map((name) => [named(name)]);
    expect(leftOf([NATIVE], ...classic)).toEqual([without(NATIVE, 0.5, 1, 1_000_000)]);
    expect(leftOf([NATIVE], [nameEnds("_count")])).toEqual([NATIVE]);
    expect(leftOf([NATIVE], [named("rq")])).toEqual([]);
    expect(leftOf([NATIVE], [ofType(3)])).toEqual([]);
  });
  test("of gauges have their samples' names, and no type", () => {
    const gauge = { ...LAT, type: Type.gaugehistogram };
    expect(leftOf([gauge], [named("lat_bucket")])).toEqual([without(gauge, 0.5, 1, 1_000_000)]);
    expect(leftOf([gauge], [named("lat")])).toEqual([]);
    expect(leftOf([gauge], [ofType(3)])).toEqual([gauge]);
  });
});

describe("summaries", () => {
  test("lose single quantiles, and keep count and sum", () => {
    const [first, second] = SIZE.metrics;
    const left = {
      ...SIZE,
      metrics: [
        { ...first!, quantiles: [[0.99, 3] as const] },
        { ...second!, quantiles: [] },
      ],
    };
    expect(leftOf([SIZE], [labelled("quantile", "0.5")])).toEqual([left]);
    expect(leftOf([SIZE], [named("size_bytes_sum")])).toEqual([SIZE]);
  });
});

describe("bytes", () => {
  const evaluation = (...names: string[]) =>
    testEngine([
      drop("p", named("gone")),
      ...names.map((name) => drop(name, named(name))),
    ]).engine.evaluation("metric");

  test("of what is kept are those that came, lengths and fields in odd forms included", () => {
    // A length in more bytes than it needs, fields that nobody knows, a name at the end.
    const odd = (name: string): Buffer => {
      const writer = new BinaryWriter();
      writer.tag(4, WireType.LengthDelimited).fork();
      writer.tag(100, WireType.Varint).int32(7).tag(3, WireType.LengthDelimited).string("");
      writer.join().tag(1, WireType.LengthDelimited).string(name);
      const message = writer.tag(99, WireType.Bit32).fixed32(1).finish();
      return Buffer.concat([Buffer.of(0x80 | message.length, 0x80, 0x00), message]);
    };
    const input = Buffer.concat([odd("a"), odd("gone"), odd("b"), Buffer.of(0)]);
    const want = Buffer.concat([odd("a"), odd("b"), Buffer.of(0)]);
    for (const chunkBytes of [1, 5, 1000]) {
      const { bytes } = filterProtobuf(input, { evaluation: evaluation(), chunkBytes });
      expect(bytes.equals(want)).toBe(true);
    }
  });
  test("of a family that loses a metric are the same but for its length", () => {
    const kept = encodeFamilies([only(HITS, 0)]);
    const { engine } = testEngine([drop("p", labelled("code", "404"))]);
    const options = { evaluation: engine.evaluation("metric") };
    expect(filterProtobuf(encodeFamilies([HITS]), options).bytes.equals(kept)).toBe(true);
  });
  test("all pass without policies", () => {
    const input = Buffer.concat([encodeFamilies(ALL), Buffer.from("no protobuf \xff")]);
    expect(filterProtobuf(input, { evaluation: undefined }).bytes.equals(input)).toBe(true);
  });
});

describe("what cannot be read", () => {
  const options = () => ({
    evaluation: testEngine([drop("p", nameStarts(""))]).engine.evaluation("metric"),
  });
  const delimited = (message: Uint8Array): Uint8Array => new BinaryWriter().bytes(message).finish();
  const broken: readonly [string, Uint8Array][] = [
    ["a family that is none", delimited(Buffer.from("nonsense"))],
    ["a field that runs past the family's end", delimited(Buffer.of(0x0a, 9, 0x61))],
  ];
  test.each(broken)("passes as it came, and the others are judged: %s", (_, bytes) => {
    const input = Buffer.concat([encodeFamily(HITS), bytes, encodeFamily(TEMP)]);
    for (const chunkBytes of [1, 1000]) {
      const got = filterProtobuf(input, { ...options(), chunkBytes });
      expect(got.bytes.equals(bytes)).toBe(true);
      expect(got.counts).toMatchObject({ samples: 3, dropped: 3, unreadable: 1 });
    }
  });
  test("a metric passes as it came, and its siblings are judged", () => {
    const writer = new BinaryWriter().tag(1, WireType.LengthDelimited).string("a");
    writer.tag(4, WireType.LengthDelimited).string("");
    writer.tag(4, WireType.LengthDelimited).bytes(Buffer.of(0x0a, 9));
    writer.tag(4, WireType.LengthDelimited).string("");
    const got = filterProtobuf(delimited(writer.finish()), options());
    expect([...got.bytes]).toEqual([7, 0x0a, 1, 0x61, 0x22, 2, 0x0a, 9]);
    expect(got.counts).toMatchObject({ samples: 2, dropped: 2, unreadable: 1 });
  });
  test.each([
    ["a length without an end", Buffer.alloc(40, 0xff)],
    ["a last message that is cut off", encodeFamily(TEMP).subarray(0, 20)],
    ["a last length that is cut off", Buffer.of(0x80)],
  ])("ends what is judged, and passes: %s", (_, bytes) => {
    const input = Buffer.concat([encodeFamily(HITS), bytes]);
    for (const chunkBytes of [1, 3, 1000]) {
      const got = filterProtobuf(input, { ...options(), chunkBytes });
      expect(got.bytes.equals(bytes)).toBe(true);
      expect(got.counts).toMatchObject({ samples: 2, unreadable: 1 });
    }
  });
  test("every cut of an exposition passes what is left behind it", () => {
    const input = encodeFamilies([TEMP, LAT]);
    for (let end = 0; end <= input.length; end++) {
      const got = filterProtobuf(input.subarray(0, end), options());
      expect(got.fault).toBeUndefined();
      expect(got.counts.unreadable).toBe(
        end === 0 || end === encodeFamily(TEMP).length || end === input.length ? 0 : 1,
      );
    }
  });
});

describe("a family's limit", () => {
  const input = encodeFamilies([TEMP, HITS, TEMP]);
  const hits = encodeFamily(HITS).length - 1;
  const run = (familyBytesMax: number, chunkBytes: number) => {
    const { engine } = testEngine([drop("p", nameStarts(""))]);
    const evaluation = engine.evaluation("metric");
    return filterProtobuf(input, { evaluation, familyBytesMax, chunkBytes });
  };
  test.each([1, 10, 1000])("at it the family is judged, in chunks of %d", (chunkBytes) => {
    const { bytes, counts } = run(hits, chunkBytes);
    expect([bytes.length, counts.tooLong, counts.dropped]).toEqual([0, 0, 4]);
  });
  test.each([1, 10, 1000])("above it, it passes whole and is counted, in chunks of %d", (size) => {
    const { bytes, counts } = run(hits - 1, size);
    expect(bytes.equals(encodeFamily(HITS))).toBe(true);
    expect([counts.tooLong, counts.samples, counts.dropped]).toEqual([1, 2, 2]);
  });
});

describe("input and output", () => {
  const input = encodeFamilies([TEMP, HITS, TEMP]);
  const first = encodeFamily(TEMP).length;
  const { engine } = testEngine([drop("p", labelled("code", "404"))]);
  test("an input limit ends the output after a whole message", () => {
    const evaluation = engine.evaluation("metric");
    const got = filterProtobuf(input, { evaluation, inputBytesMax: input.length - 1 });
    expect(got.limitReached).toBe("input");
    expect(got.bytes.equals(encodeFamilies([TEMP, only(HITS, 0)]))).toBe(true);
  });
  test("an output limit ends the output after a whole message", () => {
    const evaluation = engine.evaluation("metric");
    for (const more of [0, 1, 10]) {
      const got = filterProtobuf(input, { evaluation, outputBytesMax: first + more });
      expect([got.limitReached, got.bytes.length]).toEqual(["output", first]);
    }
  });
});

test("counts are those of the samples, and each match is a hit", () => {
  const engine = testEngine([
    drop("lat", named("lat")),
    drop("bound", labelled("le", "0.5")),
    drop("sum", nameEnds("_sum")),
  ]);
  const evaluation = engine.engine.evaluation("metric");
  const { counts } = filterProtobuf(encodeFamilies(ALL), { evaluation });
  expect(counts).toMatchObject({ lines: 0, samples: 31, dropped: 13, unreadable: 0, tooLong: 0 });
  expect(countsOf(engine)).toEqual({ bound: [3, 0], lat: [10, 2], sum: [3, 2] });
});

test("a fault of judging lets the rest out as it came", () => {
  const { engine } = testEngine([drop("p", nameStarts(""))]);
  const evaluation = engine.evaluation("metric")!;
  const failing = Object.create(evaluation) as typeof evaluation;
  Object.defineProperty(failing, "withScopedFields", { value: undefined });
  Object.defineProperty(failing, "decide", {
    value: () => {
      throw new RangeError("a bug");
    },
  });
  const input = encodeFamilies(ALL);
  const got = filterProtobuf(input, { evaluation: failing, chunkBytes: 50 });
  expect(got.fault).toBeInstanceOf(RangeError);
  expect(got.bytes.equals(input)).toBe(true);
});
