// The streaming filter by behaviour: what leaves, and in which order, for each kind of family.

import { describe, expect, test } from "bun:test";
import { encodeUtf8 } from "../../../../src/core/utf8.ts";
import type { Evaluation } from "../../../../src/policy/index.ts";
import { countsOf, policyOf, testEngine } from "../../../support/engine.ts";
import {
  described,
  drop,
  filterBytes,
  filterText,
  hasLabel,
  inUnit,
  labelled,
  left,
  lines,
  nameEnds,
  named,
  nameStarts,
  not,
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
    const scoped = evaluation.withScopedFields!();
    let calls = 0;
    const broken: Evaluation = Object.create(scoped, {
      decide: {
        value: () => {
          if (++calls === 2) throw new RangeError("a bug");
          return scoped.decide(0);
        },
      },
    });
    const once: Evaluation = Object.create(evaluation, {
      withScopedFields: { value: () => broken },
    });
    const input = lines("a 1", "# TYPE a gauge", "a 2", "a 3");
    const got = filterBytes(encodeUtf8(input), { evaluation: once });
    expect(got.text).toBe(lines("# TYPE a gauge", "a 2", "a 3"));
    expect(got.fault).toEqual(new RangeError("a bug"));
  });
});
