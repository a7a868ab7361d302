// The series of one metric: indexes, bounds of labels, exact text.

import { describe, expect, test } from "bun:test";
import { MetricFamily } from "../../src/o11y/metric-family.ts";

const base = { name: "edge_x_total", type: "counter", unit: "none", help: "Help." } as const;
const color = { name: "color", values: ["red", "other"] };
const size = { name: "size", values: ["s", "l"] };

describe("closed labels", () => {
  test("all combinations are there from the start, with 0", () => {
    expect(new MetricFamily({ ...base, labels: [color, size] }).text()).toBe(
      `# HELP edge_x_total Help.
# TYPE edge_x_total counter
edge_x_total{color="red",size="s"} 0
edge_x_total{color="red",size="l"} 0
edge_x_total{color="other",size="s"} 0
edge_x_total{color="other",size="l"} 0
`,
    );
  });

  test("an unknown value counts as other, or not at all where there is no other", () => {
    const family = new MetricFamily({ ...base, labels: [color, size] });
    family.add(family.at("blue", "l"), 2);
    family.add(family.at("red", "xl"), 5);
    expect(family.text()).toEndWith(
      `{color="red",size="s"} 0
edge_x_total{color="red",size="l"} 0
edge_x_total{color="other",size="s"} 0
edge_x_total{color="other",size="l"} 2
`,
    );
  });

  test("a counter takes no negative number and no NaN", () => {
    const family = new MetricFamily(base);
    for (const by of [3, -1, Number.NaN, 0, 0.5]) family.add(family.at(), by);
    expect(family.text()).toEndWith("\nedge_x_total 3.5\n");
  });
});

describe("open labels", () => {
  const spec = { ...base, open: { name: "who", valuesMax: 3 }, labels: [size] };

  test("nothing is printed before the first value", () => {
    expect(new MetricFamily(spec).text()).toBe("");
  });

  test("the last of the bound is kept for other, which takes all further values", () => {
    const family = new MetricFamily(spec);
    for (const who of ["a", "b", "c", "d", "a"]) family.add(family.atOpen(who, "l"), 1);
    expect(family.text()).toBe(
      `# HELP edge_x_total Help.
# TYPE edge_x_total counter
edge_x_total{who="a",size="s"} 0
edge_x_total{who="a",size="l"} 2
edge_x_total{who="b",size="s"} 0
edge_x_total{who="b",size="l"} 1
edge_x_total{who="other",size="s"} 0
edge_x_total{who="other",size="l"} 2
`,
    );
  });

  test("a value that is called other takes no place from the others", () => {
    const family = new MetricFamily(spec);
    for (const who of ["other", "a", "b", "c"]) family.add(family.atOpen(who, "s"), 1);
    expect(family.text().match(/who="\w+",size="s"} \d/g)).toEqual([
      'who="other",size="s"} 2',
      'who="a",size="s"} 1',
      'who="b",size="s"} 1',
    ]);
  });

  test("label values are escaped as the format asks: backslash, quote and line feed only", () => {
    const family = new MetricFamily({ ...base, open: { name: "who", valuesMax: 9 } });
    family.add(family.atOpen('a\\b"c\nd\tü\ud800'), 1);
    expect(family.text()).toEndWith('{who="a\\\\b\\"c\\nd\tü\ufffd"} 1\n');
    family.add(family.atOpen("\u001b[31m\u007f\u202e"), 2);
    expect(family.text()).toEndWith('{who="\\\\u001b[31m\\\\u007f\\\\u202e"} 2\n');
  });

  test("clearing forgets the values", () => {
    const family = new MetricFamily({ ...base, open: { name: "who", valuesMax: 9 } });
    family.add(family.atOpen("a"), 4);
    family.clear();
    family.add(family.atOpen("b"), 1);
    expect(family.text()).toEndWith('counter\nedge_x_total{who="b"} 1\n');
  });
});

describe("histograms", () => {
  const spec = {
    ...base,
    name: "edge_x_seconds",
    type: "histogram",
    buckets: [0.1, 0.5],
    labels: [size],
  } as const;

  test("buckets are cumulative, bounds belong to their bucket, all series are there", () => {
    const family = new MetricFamily(spec);
    for (const value of [0.1, 0.100001, 0.5, 7, 0]) family.observe(family.at("l"), value);
    expect(family.text()).toBe(
      `# HELP edge_x_seconds Help.
# TYPE edge_x_seconds histogram
edge_x_seconds_bucket{size="s",le="0.1"} 0
edge_x_seconds_bucket{size="s",le="0.5"} 0
edge_x_seconds_bucket{size="s",le="+Inf"} 0
edge_x_seconds_sum{size="s"} 0
edge_x_seconds_count{size="s"} 0
edge_x_seconds_bucket{size="l",le="0.1"} 2
edge_x_seconds_bucket{size="l",le="0.5"} 4
edge_x_seconds_bucket{size="l",le="+Inf"} 5
edge_x_seconds_sum{size="l"} 7.700001
edge_x_seconds_count{size="l"} 5
`,
    );
  });

  test("without labels the braces hold the bound only", () => {
    const { labels: _, ...plain } = spec;
    const family = new MetricFamily(plain);
    family.observe(family.at(), Number.NaN);
    family.observe(family.at(), -1);
    expect(family.text()).toEndWith(
      `edge_x_seconds_bucket{le="0.1"} 0
edge_x_seconds_bucket{le="0.5"} 0
edge_x_seconds_bucket{le="+Inf"} 0
edge_x_seconds_sum 0
edge_x_seconds_count 0
`,
    );
  });
});

test("gauges can go down and be infinite", () => {
  const family = new MetricFamily({ ...base, name: "edge_x", type: "gauge" });
  family.set(family.at(), 5);
  family.set(family.at(), -2.5);
  expect(family.text()).toEndWith("\nedge_x -2.5\n");
  family.set(family.at(), Number.POSITIVE_INFINITY);
  expect(family.text()).toEndWith("\nedge_x +Inf\n");
});

test("help texts are escaped", () => {
  const text = new MetricFamily({ ...base, help: "a\\b\nc" }).text();
  expect(text).toStartWith("# HELP edge_x_total a\\\\b\\nc\n# TYPE");
});
