// The streaming filter by behaviour: what leaves, and in which order, for each kind of family.

import { describe, expect, test } from "bun:test";
import { encodeUtf8 } from "../../src/core/utf8.ts";
import type { Evaluation, Matcher } from "../../src/policy/index.ts";
import { countsOf, policyOf, testEngine } from "../support/engine.ts";
import {
  described,
  drop,
  filterBytes,
  filterText,
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

const GAUGE = lines("# HELP temp Temperature.", "# TYPE temp gauge", 'temp{room="a"} 1');
const COUNTER = lines("# HELP hits_total Hits.", "# TYPE hits_total counter", "hits_total 5 17");
const HISTOGRAM = lines(
  "# HELP lat Latency.",
  "# TYPE lat histogram",
  'lat_bucket{le="1"} 2',
  'lat_bucket{le="+Inf"} 3',
  "lat_sum 4.5",
  "lat_count 3",
);
const SUMMARY = lines(
  "# TYPE size summary",
  'size{quantile="0.5"} 2',
  "size_sum 10",
  "size_count 4",
  "size_created 1.5e9",
);
const ALL = GAUGE + HISTOGRAM + COUNTER + SUMMARY;

/** What leaves of `input`, and that it does so whatever the chunks. */
function left(input: string, ...drops: (readonly Matcher[])[]): string {
  const whole = filterText(input, drops);
  const bytewise = filterText(input, drops, { chunkBytes: [1] });
  expect(bytewise).toEqual(whole);
  expect(whole.fault).toBeUndefined();
  return whole.text;
}

describe("families", () => {
  test("leave as they came when no policy matches", () => {
    expect(left(ALL, [named("absent")], [labelled("room", "b")], [ofType(4)])).toBe(ALL);
  });
  test.each([
    ["gauge", "temp", HISTOGRAM + COUNTER + SUMMARY],
    ["counter", "hits_total", GAUGE + HISTOGRAM + SUMMARY],
    ["histogram", "lat", GAUGE + COUNTER + SUMMARY],
    ["summary", "size", GAUGE + HISTOGRAM + COUNTER],
  ])("go whole when a policy names the %s", (_, name, want) => {
    expect(left(ALL, [named(name)])).toBe(want);
  });
  test("go whole by a name that only the family has", () => {
    expect(left(HISTOGRAM, [nameEnds("at")])).toBe("");
    expect(left(HISTOGRAM, [nameEnds("ta")])).toBe(HISTOGRAM);
  });
  test("lose single samples that a policy names", () => {
    expect(left(HISTOGRAM, [named("lat_count")])).toBe(HISTOGRAM.replace("lat_count 3\n", ""));
  });
  test("of one name and another are told apart by all of their bytes", () => {
    const input = lines("# TYPE a histogram", "a_bucket 1", "a_buckets 1", "ab_sum 1", "a_sum 1");
    expect(left(input, [named("a")])).toBe(lines("a_buckets 1", "ab_sum 1"));
  });
  test("without a type have no suffixes", () => {
    const input = lines("# HELP a Help.", "a_bucket 1", "a_sum 1");
    expect(left(input, [named("a")])).toBe(input);
  });
  test.each<[string, number]>([
    ["gauge", 1],
    ["counter", 2],
    ["histogram", 3],
    ["summary", 5],
    ["COUNTER", 2],
  ])("of type %s are matched as metric type %d", (word, type) => {
    const input = lines(`# TYPE a ${word}`, "a 1");
    for (let other = 1; other <= 5; other++) {
      expect(left(input, [ofType(other)])).toBe(other === type ? "" : input);
    }
  });
  test.each(["unknown", "untyped", "info", "stateset", "gaugehistogram", "nonsense", ""])(
    "of type %p have no metric type",
    (word) => {
      const input = lines(`# TYPE a ${word}`, "a 1");
      for (let type = 1; type <= 5; type++) expect(left(input, [ofType(type)])).toBe(input);
    },
  );
  test.each([
    ["counter", false, true],
    ["histogram", false, true],
    ["gauge", false, false],
    ["summary", false, false],
  ])("of type %s: delta %p, cumulative %p", (word, delta, cumulative) => {
    const input = lines(`# TYPE a ${word}`, "a 1");
    expect(left(input, [ofTemporality(1)]) === "").toBe(delta);
    expect(left(input, [ofTemporality(2)]) === "").toBe(cumulative);
    expect(left(input, [not(ofTemporality(2))]) === "").toBe(!cumulative);
  });
  test("are matched by the texts of HELP and UNIT, unescaped", () => {
    const input = lines("# UNIT a s", "# HELP a One\\ntwo \\\\ \\x", "# TYPE a gauge", "a 1");
    expect(left(input, [described("One\ntwo \\ \\x")])).toBe("");
    expect(left(input, [described("One\\ntwo")])).toBe(input);
    expect(left(input, [inUnit("s")])).toBe("");
    expect(left(input, [inUnit("")])).toBe(input);
  });
});

describe("a negated name", () => {
  test("holds when neither the sample's nor the family's name matches", () => {
    expect(left(HISTOGRAM + GAUGE, [not(named("lat"))])).toBe(HISTOGRAM);
    expect(left(HISTOGRAM + GAUGE, [not(nameStarts("lat"))])).toBe(HISTOGRAM);
    expect(left(HISTOGRAM, [not(named("lat_sum"))])).toBe(
      lines("# HELP lat Latency.", "# TYPE lat histogram", "lat_sum 4.5"),
    );
  });
});

describe("metadata", () => {
  const series = lines("# HELP a Help.", "# TYPE a gauge", 'a{x="1"} 1', 'a{x="2"} 2', "b 1");
  test("comes with the first sample that is kept", () => {
    expect(left(series, [labelled("x", "1")])).toBe(series.replace('a{x="1"} 1\n', ""));
  });
  test("leaves nothing when all samples go", () => {
    expect(left(series, [named("a")])).toBe("b 1\n");
    expect(left(series, [hasLabel("x")])).toBe("b 1\n");
  });
  test("keeps its order, UNIT included", () => {
    const input = lines("# TYPE a_s gauge", "# UNIT a_s s", "# HELP a_s H.", "a_s 1", "# EOF");
    expect(left(input, [named("a_s")])).toBe("# EOF\n");
    expect(left(input, [named("b")])).toBe(input);
  });
  test("of a family without samples stays", () => {
    const input = lines("# HELP a A.", "# TYPE a gauge", "# HELP b B.", "# TYPE b gauge", "c 1");
    expect(left(input, [nameStarts("")], [named("a")], [named("c")])).toBe(
      input.replace("c 1\n", ""),
    );
  });
  test("does not reach samples of another family", () => {
    const input = lines("# HELP foo Foo.", "# TYPE foo gauge", "foo_bar 1", "foo 1");
    expect(left(input, [described("Foo")])).toBe(
      lines("# HELP foo Foo.", "# TYPE foo gauge", "foo_bar 1"),
    );
    expect(left(input, [ofType(1)])).toBe(
      lines("# HELP foo Foo.", "# TYPE foo gauge", "foo_bar 1"),
    );
  });
  test("may be missing", () => {
    const input = lines("a 1", 'b{x="1"} 2', "a 3");
    expect(left(input, [named("a")])).toBe('b{x="1"} 2\n');
  });
  test("takes comments with it that stand before the first sample", () => {
    const input = lines("# first", "# TYPE a gauge", "# second", "a 1", "# third", "", "b 1");
    expect(left(input, [named("a")])).toBe(lines("# first", "# third", "", "b 1"));
    expect(left(input, [named("b")])).toBe(input.replace("b 1\n", ""));
  });
});

describe("a family that comes again", () => {
  test("keeps its type", () => {
    const input = `${HISTOGRAM}${GAUGE}lat_count{x="1"} 3\nlat_x 1\n`;
    expect(left(input, [named("lat")])).toBe(`${GAUGE}lat_x 1\n`);
    expect(left(input, [ofType(3)])).toBe(`${GAUGE}lat_x 1\n`);
    expect(left(input, [described("Latency")])).toBe(`${GAUGE}lat_x 1\n`);
  });
  test("brings its metadata when none of it was kept before", () => {
    const input = lines("# HELP a H.", "# TYPE a gauge", 'a{x="1"} 1', "b 1", 'a{x="2"} 2', "a 3");
    expect(left(input, [labelled("x", "1")])).toBe(
      lines("b 1", "# HELP a H.", "# TYPE a gauge", 'a{x="2"} 2', "a 3"),
    );
  });
  test("does not repeat its metadata", () => {
    const input = `${GAUGE}b 1\ntemp 2\nb 2\ntemp 3\n`;
    expect(left(input, [named("b")])).toBe(`${GAUGE}temp 2\ntemp 3\n`);
  });
  test("with metadata of its own has both", () => {
    const input = lines("# TYPE a counter", "a_total 1", "b 1", "# HELP a H.", "a_total 2");
    expect(left(input, [named("b")])).toBe(input.replace("b 1\n", ""));
    expect(left(input, [ofType(2)])).toBe("b 1\n");
  });
});

describe("the end of the exposition", () => {
  test("closes the family: what comes behind it does not bring its metadata back", () => {
    const input = lines("# TYPE a gauge", "a 1", "# EOF", "{ unreadable", "b 1");
    expect(left(input, [named("a")])).toBe(lines("# EOF", "{ unreadable", "b 1"));
  });
});

describe("OpenMetrics", () => {
  const input = lines(
    "# TYPE hits counter",
    '# HELP hits Say \\"hi\\".',
    'hits_total{a="1"} 5 17 # {trace_id="x"} 0.5 17.1',
    'hits_created{a="1"} 1.5e9',
    "# TYPE build info",
    'build_info{version="1"} 1',
    "# TYPE state stateset",
    'state{state="on"} 1',
    'state{state="off"} 0',
    "# TYPE queue gaugehistogram",
    'queue_bucket{le="+Inf"} 1',
    "queue_gcount 1",
    "queue_gsum 2",
    "# EOF",
  );
  const without = (name: string): string =>
    input
      .split("\n")
      .filter((line) => !line.startsWith(name) && !line.includes(` ${name} `))
      .join("\n");

  test.each(["hits", "build", "state", "queue"])("%s goes whole by its family's name", (name) => {
    expect(left(input, [named(name)])).toBe(without(name));
  });
  test("EOF stays last when all else goes", () => {
    expect(left(input, [nameStarts("")], [not(named(""))])).toBe("# EOF\n");
  });
  test("keeps exemplars and timestamps as they are", () => {
    expect(left(input, [named("build_info")])).toBe(without("build"));
  });
  test("has escaped quotes in HELP, which the text format has not", () => {
    const drops = [[described('Say "hi"')]];
    expect(filterText(input, drops, { openMetrics: true }).text).toBe(without("hits"));
    expect(filterText(input, drops).text).toBe(input);
  });
});

describe("names and labels", () => {
  test("quoted names are matched unescaped, and go with their metadata", () => {
    const input = lines(
      '# HELP "my.\\"metric\\"" Help.',
      '# TYPE "my.\\"metric\\"" histogram',
      '{"my.\\"metric\\"_bucket",le="+Inf"} 1',
      '{"my.\\"metric\\"_sum"} 1',
      '{"other",a="b"} 1',
    );
    expect(left(input, [named('my."metric"')])).toBe('{"other",a="b"} 1\n');
    expect(left(input, [labelled("le", "+Inf")])).toBe(
      input.replace('{"my.\\"metric\\"_bucket",le="+Inf"} 1\n', ""),
    );
  });
  test("label values are matched unescaped", () => {
    const input = lines('a{p="C:\\\\x\\n\\"y\\" \\q"} 1', 'a{p="x"} 1');
    expect(left(input, [labelled("p", 'C:\\x\n"y" \\q')])).toBe('a{p="x"} 1\n');
    expect(left(input, [labelled("p", "C:\\\\x")])).toBe(input);
  });
  test("quoted label names are matched unescaped", () => {
    const input = lines('a{"k.\\"8s\\""="v"} 1', 'a{"k.8s"="v"} 1');
    expect(left(input, [hasLabel('k."8s"')])).toBe('a{"k.8s"="v"} 1\n');
    expect(left(input, [hasLabel("k.8s")])).toBe('a{"k.\\"8s\\""="v"} 1\n');
  });
  test("a label that is there but empty exists", () => {
    expect(left('a{x=""} 1\n', [hasLabel("x")])).toBe("");
    expect(left('a{y=""} 1\n', [hasLabel("x")])).toBe('a{y=""} 1\n');
  });
  test("braces and hashes inside of quotes are text", () => {
    const input = lines('a{x="} 1 # {"} 1', 'a{x="b",y="}"} 2');
    expect(left(input, [labelled("x", "} 1 # {")])).toBe('a{x="b",y="}"} 2\n');
  });
  test("job and instance are the resource's service.name and service.instance.id", () => {
    const input = lines('a{job="x",instance="1"} 1', 'a{job="y",instance="1"} 2', "a 3");
    expect(left(input, [ofResource("service.name", "x")])).toBe(
      lines('a{job="y",instance="1"} 2', "a 3"),
    );
    expect(left(input, [ofResource("service.instance.id", "1")])).toBe("a 3\n");
    expect(left(input, [ofResource("job", "x")])).toBe(input);
    expect(left(input, [labelled("job", "x"), named("a")])).toBe(
      lines('a{job="y",instance="1"} 2', "a 3"),
    );
    expect(left(input, [not(ofResource("service.name", "x")), named("a")])).toBe(
      'a{job="x",instance="1"} 1\n',
    );
  });
});

describe("samples that begin alike", () => {
  const asked = labelled("asked", "1");
  test("are judged by what comes after", () => {
    const input = lines(
      'a{x="1",y="1"} 1',
      'a{x="1",asked="1"} 2',
      'a{x="1",y="2"} 3',
      'a{x="1",y="2",asked="1"} 4',
      'a{x="1","asked"="1"} 5',
      'a{x="1","\\asked"="1"} 6',
      'a{x="1"} 7',
    );
    expect(left(input, [asked])).toBe(
      lines('a{x="1",y="1"} 1', 'a{x="1",y="2"} 3', 'a{x="1","\\asked"="1"} 6', 'a{x="1"} 7'),
    );
  });
  test("may go on with a name that has escapes", () => {
    const input = lines('a{x="1"} 1', 'a{"as\\"ked"="1"} 2');
    expect(left(input, [labelled('as"ked', "1")])).toBe('a{x="1"} 1\n');
  });
  test("may go on with a label of the resource", () => {
    const input = lines('a{x="1",job="k"} 1', 'a{x="1",job="j"} 2', 'a{x="1"} 3', 'a{job="j"} 4');
    const want = lines('a{x="1",job="k"} 1', 'a{x="1"} 3');
    expect(left(input, [ofResource("service.name", "j")])).toBe(want);
    expect(left(input, [ofResource("service.name", "j"), hasLabel("job")])).toBe(want);
  });
  test("are counted and read like others", () => {
    const input = lines(
      'a{x="1",asked="2",y="1"} 1',
      'a{x="1",asked="2",y="2"} 2',
      'a{x="1",asked="2"y} 3',
    );
    expect(filterText(input, [[asked]]).counts).toMatchObject({
      samples: 2,
      unreadable: 1,
      lines: 3,
    });
  });
  test("of another family, or with other metadata, are judged anew", () => {
    const series = 'a{asked="2",y="1"} 1';
    const input = lines("# TYPE a gauge", series, "# TYPE a counter", series, "# EOF", series);
    expect(left(input, [ofType(2), labelled("asked", "2")])).toBe(
      lines("# TYPE a gauge", series, "# EOF"),
    );
  });
});

describe("what cannot be read", () => {
  test("is kept, in its place, with the metadata before it", () => {
    const input = lines("# TYPE a gauge", "a{ 1", 'a{x="1} 2', "a nonsense", "9a 1", "a 1", "a");
    const { text, counts } = filterText(input, [[nameStarts("")], [named("a")]]);
    expect(text).toBe(input.replace("a 1\n", ""));
    expect(counts).toMatchObject({ lines: 7, samples: 1, dropped: 1, unreadable: 5 });
  });
  test("may be bytes that are no UTF-8", () => {
    const bytes = Uint8Array.of(0xff, 0xfe, 0x0a, 0x61, 0x20, 0x31, 0x0a, 0x00);
    const { engine } = testEngine([drop("p", named("a"))]);
    const evaluation = engine.evaluation("metric");
    const out: number[] = [];
    const got = filterBytes(bytes, { evaluation, chunkBytes: [3, 1] });
    for (const char of encodeUtf8(got.text)) out.push(char);
    expect(got.counts).toMatchObject({ lines: 3, samples: 1, dropped: 1, unreadable: 2 });
    expect(got.counts.bytesOut).toBe(4);
  });
  test("a last line without a newline is judged as well, and none is added", () => {
    expect(left("a 1\nb 2", [named("a")])).toBe("b 2");
    expect(left("a 1\nb 2", [named("b")])).toBe("a 1\n");
    expect(left("# TYPE a gauge", [named("a")])).toBe("# TYPE a gauge");
  });
  test("carriage returns stay", () => {
    const input = "# TYPE a gauge\r\na 1\r\n\r\nb 1\r\n";
    expect(left(input, [ofType(1)])).toBe("\r\nb 1\r\n");
    expect(left(input, [named("c")])).toBe(input);
  });
});

describe("counts", () => {
  test("every sample of a matched family is a hit of the policy", () => {
    const engine = testEngine([
      drop("by-family", named("lat")),
      drop("by-label", labelled("room", "a")),
      policyOf("kept", [named("hits_total")], { kind: "all" }, { signal: "metric" }),
    ]);
    const evaluation = engine.engine.evaluation("metric");
    filterBytes(encodeUtf8(ALL + ALL), { evaluation, chunkBytes: [7] });
    expect(countsOf(engine)).toEqual({
      "by-family": [8, 0],
      "by-label": [2, 0],
      kept: [2, 0],
    });
  });
  test("also where the outcome depends on names alone", () => {
    const engine = testEngine([drop("a", named("lat")), drop("b", ofType(3))]);
    const evaluation = engine.engine.evaluation("metric");
    filterBytes(encodeUtf8(ALL), { evaluation });
    expect(countsOf(engine)).toEqual({ a: [4, 0], b: [0, 4] });
  });
  test("lines, samples and bytes", () => {
    const { counts } = filterText(ALL, [[named("temp")]]);
    expect(counts).toEqual({
      lines: 17,
      samples: 10,
      dropped: 1,
      unreadable: 0,
      tooLong: 0,
      bytesIn: ALL.length,
      bytesOut: ALL.length - GAUGE.length,
    });
  });
});

describe("a fault of judging", () => {
  test("lets the rest out as it came", () => {
    const { engine } = testEngine([drop("p", named("a"))]);
    const evaluation = engine.evaluation("metric")!;
    const lasting = evaluation.withLastingFields!();
    let calls = 0;
    const broken: Evaluation = Object.create(lasting, {
      decide: {
        value: () => {
          if (++calls === 2) throw new RangeError("a bug");
          return lasting.decide();
        },
      },
    });
    const once: Evaluation = Object.create(evaluation, {
      withLastingFields: { value: () => broken },
    });
    const input = lines("a 1", "# TYPE a gauge", "a 2", "a 3");
    const got = filterBytes(encodeUtf8(input), { evaluation: once });
    expect(got.text).toBe(lines("# TYPE a gauge", "a 2", "a 3"));
    expect(got.fault).toEqual(new RangeError("a bug"));
  });
});
