// What matchers of metric_filter see of metrics and of their data points, what is left, and what is
// said of it: in both encodings of OTLP, and in scrapes.

import { describe, expect, test } from "bun:test";
import { decodeUtf8, encodeUtf8 } from "../../src/core/utf8.ts";
import { otlpJsonFormat } from "../../src/protocols/otlp/format/index.ts";
import { PolicyStreamingFilter } from "../../src/protocols/prometheus/format/index.ts";
import { canonical, engineOf, hitsOf, throughJson, throughProtobuf } from "./otel-dialect.ts";

const request = (...metrics: readonly object[]) => ({
  resourceMetrics: [{ scopeMetrics: [{ metrics }] }],
});
const point = (attributes: Readonly<Record<string, string>>, more: object = { asInt: "1" }) => ({
  attributes: Object.entries(attributes).map(([key, stringValue]) => ({
    key,
    value: { stringValue },
  })),
  ...more,
});
const on = (target: object, predicate: object, negate = false) => ({ target, predicate, negate });
const attribute = (key: string, predicate: object, negate = false) =>
  on({ datapoint_attribute: [key] }, predicate, negate);
const filter = (id: string, matches: readonly object[], action = "DROP") => ({
  id,
  metric_filter: { matches, action: `ACTION_${action}` },
});

/** What both encodings leave, which is the same. */
function left(policies: readonly object[], input: unknown): unknown {
  const engine = engineOf(policies);
  const json = throughJson(engine, "metric", input);
  const counts = hitsOf(engine);
  const other = engineOf(policies);
  expect(throughProtobuf(other, "metric", input)).toEqual(json);
  expect(hitsOf(other)).toEqual(counts);
  return json;
}
const same = (...metrics: readonly object[]) => canonical("metric", request(...metrics));

describe("descriptors", () => {
  const metrics = [
    { name: "g", unit: "ms", gauge: { dataPoints: [point({})] } },
    { name: "s", sum: { aggregationTemporality: 1, isMonotonic: true, dataPoints: [point({})] } },
    { name: "u", sum: { aggregationTemporality: 2, dataPoints: [point({})] } },
    { name: "h", histogram: { aggregationTemporality: 2, dataPoints: [point({}, {})] } },
    { name: "e", exponentialHistogram: { dataPoints: [point({}, {})] } },
    { name: "q", description: "", summary: { dataPoints: [point({}, {})] } },
    { name: "none" },
  ];
  const field = (descriptor_field: string, predicate: object, negate = false) =>
    on({ descriptor_field }, predicate, negate);
  test.each<[object, string]>([
    [field("TYPE", { equals: "GAUGE" }), "g"],
    [field("METRIC_DESCRIPTOR_FIELD_TYPE", { regex: "HISTOGRAM$" }), "h e"],
    [field("TYPE", { contains: "SUM" }), "s u q"],
    [field("TYPE", { exists: {} }), "g s u h e q"],
    [field("TYPE", { equals: "SUM" }, true), "g h e q none"],
    [field("TYPE", { equals: "sum" }), ""],
    [field("TYPE", { equals: 2 }), ""],
    [field("AGGREGATION_TEMPORALITY", { equals: "CUMULATIVE" }), "u h"],
    [field("AGGREGATION_TEMPORALITY", { regex: "^D" }), "s"],
    [field("AGGREGATION_TEMPORALITY", { exists: {} }, true), "g e q none"],
    [field("AGGREGATION_TEMPORALITY", { equals: "UNSPECIFIED" }), ""],
    [field("IS_MONOTONIC", { equals: true }), "s"],
    [field("IS_MONOTONIC", { equals: false }), "u"],
    [field("IS_MONOTONIC", { exists: {} }), "s u"],
    [field("IS_MONOTONIC", { regex: "^t" }), "s"],
    [field("IS_MONOTONIC", { regex: "^false$" }), "u"],
    [field("IS_MONOTONIC", { regex: "e" }), "s u"],
    [field("IS_MONOTONIC", { regex: "x" }), ""],
    [field("IS_MONOTONIC", { equals: "true" }), ""],
    [field("IS_MONOTONIC", { equals: true }, true), "g u h e q none"],
    [field("NAME", { regex: "^[gs]$" }), "g s"],
    [field("UNIT", { exists: {} }), "g"],
    [field("DESCRIPTION", { equals: "" }), ""],
  ])("%j drops %j", (matcher, names) => {
    const gone = names.split(" ");
    const rest = metrics.filter(({ name }) => !gone.includes(name));
    expect(left([filter("p", [matcher])], request(...metrics))).toEqual(same(...rest));
  });

  test("the same pattern on a flag and on a text is two tests", () => {
    const both = [
      filter("a", [field("NAME", { regex: "^t" })]),
      filter("b", [field("IS_MONOTONIC", { regex: "^t" })]),
    ];
    const named = { name: "total", gauge: { dataPoints: [point({})] } };
    expect(left(both, request(named, ...metrics))).toEqual(
      same(...metrics.filter(({ name }) => name !== "s")),
    );
  });
});

describe("data points", () => {
  const ok = point({ code: "200" });
  const bad = point({ code: "500" });
  const bare = point({});
  const gauge = (name: string, ...dataPoints: readonly object[]) => ({
    name,
    gauge: { dataPoints },
  });
  const dropOk = filter("drop-ok", [attribute("code", { equals: "200" })]);

  test("of all kinds are pruned singly", () => {
    const kinds = ["gauge", "sum", "histogram", "exponentialHistogram", "summary"];
    const metrics = (...points: readonly object[]) =>
      kinds.map((kind) => ({ name: kind, unit: "1", [kind]: { dataPoints: points } }));
    const all = [
      { ...ok, asInt: undefined },
      { ...bad, asInt: undefined },
    ];
    expect(left([dropOk], request(...metrics(...all, ...all)))).toEqual(
      same(...metrics(all[1]!, all[1]!)),
    );
  });

  test("without the attribute match what is negated", () => {
    const policy = filter("p", [attribute("code", { equals: "500" }, true)]);
    expect(left([policy], request(gauge("a", ok, bad, bare)))).toEqual(same(gauge("a", bad)));
    const absent = filter("p", [attribute("code", { exists: {} }, true)]);
    expect(left([absent], request(gauge("a", ok, bad, bare)))).toEqual(same(gauge("a", ok, bad)));
  });

  test("are to satisfy all matchers by themselves, not together", () => {
    const policy = filter("p", [
      attribute("code", { equals: "200" }),
      attribute("route", { equals: "/" }),
      on({ descriptor_field: "NAME" }, { equals: "a" }),
    ]);
    const both = point({ code: "200", route: "/" });
    const points = [ok, point({ route: "/" }), both];
    expect(left([policy], request(gauge("a", ...points), gauge("b", both)))).toEqual(
      same(gauge("a", ok, points[1]!), gauge("b", both)),
    );
  });

  test("that a keep matches stay, and only these", () => {
    const set = [
      filter("drop-stream", [on({ descriptor_field: "NAME" }, { equals: "a" })]),
      filter("keep-bad", [attribute("code", { equals: "500" })], "KEEP"),
    ];
    expect(left(set, request(gauge("a", ok, bad, bare), gauge("b", ok)))).toEqual(
      same(gauge("a", bad), gauge("b", ok)),
    );
    const engine = engineOf(set);
    throughJson(engine, "metric", request(gauge("a", ok, bad, bare)));
    expect(hitsOf(engine)).toEqual({ "drop-stream": [2, 1], "keep-bad": [1, 0] });
  });

  test("of a stream that a keep matches all stay", () => {
    const set = [
      dropOk,
      filter("keep-a", [on({ descriptor_field: "NAME" }, { equals: "a" })], "KEEP"),
    ];
    expect(left(set, request(gauge("a", ok, bad), gauge("b", ok, bad)))).toEqual(
      same(gauge("a", ok, bad), gauge("b", bad)),
    );
  });

  test("take their metric, scope and resource along when none stays", () => {
    const scope = (...metrics: readonly object[]) => ({ scope: { name: "s" }, metrics });
    const input = {
      resourceMetrics: [
        { scopeMetrics: [scope(gauge("a", ok), gauge("b", ok))] },
        { scopeMetrics: [scope(gauge("a", ok)), scope(gauge("c", ok, bad))] },
      ],
    };
    const expected = { resourceMetrics: [{ scopeMetrics: [scope(gauge("c", bad))] }] };
    expect(left([dropOk], input)).toEqual(canonical("metric", expected));
  });

  test("that a metric does not have cannot be dropped, but the metric can", () => {
    const negated = filter("p", [attribute("code", { equals: "200" }, true)]);
    expect(left([negated], request(gauge("a")))).toEqual(same(gauge("a")));
    const whole = filter("p", [on({ descriptor_field: "NAME" }, { equals: "a" })]);
    expect(left([whole], request(gauge("a"), gauge("b")))).toEqual(same(gauge("b")));
  });

  test("are any of the metric in the other dialect, which sees them all", () => {
    const any = {
      id: "any",
      name: "any",
      metric: { match: [{ datapoint_attribute: "code", exact: "200" }], keep: false },
    };
    const input = request(gauge("a", ok, bad), gauge("b", bad));
    expect(left([any], input)).toEqual(same(gauge("b", bad)));
    // What one drops, the other has seen before.
    const engine = engineOf([any, dropOk]);
    throughJson(engine, "metric", input);
    expect(hitsOf(engine)).toEqual({ any: [1, 0], "drop-ok": [1, 0] });
  });

  test("that cannot be read stay, and are counted", () => {
    const odd = { attributes: "odd", asInt: "1" };
    const text = JSON.stringify(request(gauge("a", ok, odd, bad)));
    const engine = engineOf([dropOk]);
    const { body, ...counts } = otlpJsonFormat("metric").filter(
      encodeUtf8(text),
      engine.evaluation("metric")!,
    );
    expect(decodeUtf8(body!)).toBe(JSON.stringify(request(gauge("a", odd, bad))));
    expect(counts).toMatchObject({ records: 1, dropped: 0, unreadable: 1, edited: 1 });
  });

  test("leave every byte around them as it came", () => {
    const text = (points: string): string =>
      `{ "resourceMetrics":[ {"scopeMetrics" : [{"metrics":[ {"name":"a", "x":[1, 2],"gauge":{ "dataPoints" :[${points}] , "y":{}}} ]}]}]}\n`;
    const one = (code: string): string =>
      `{"attributes":[{ "key":"code","value":{"stringValue":"${code}"}}],"asDouble":1.50}`;
    const input = text(` ${one("200")} , ${one("500")},${one("200")} ,\n${one("404")}`);
    const engine = engineOf([dropOk]);
    const filtered = otlpJsonFormat("metric").filter(
      encodeUtf8(input),
      engine.evaluation("metric")!,
    );
    expect(decodeUtf8(filtered.body!)).toBe(text(` ${one("500")} ,\n${one("404")}`));
    const none = text(one("500"));
    const untouched = otlpJsonFormat("metric").filter(
      encodeUtf8(none),
      engine.evaluation("metric")!,
    );
    expect(untouched.body).toBeUndefined();
    expect(untouched).toMatchObject({ records: 1, dropped: 0, edited: 0 });
  });

  test("are explained: how many go, by whom, and what was missing", () => {
    const engine = engineOf([dropOk, filter("other", [attribute("code", { equals: "x" })])]);
    const explaining = engine.explaining("metric")!;
    const input = encodeUtf8(JSON.stringify(request(gauge("a", ok, bad, ok), gauge("b", bad))));
    const { body } = otlpJsonFormat("metric").filter(input, explaining);
    expect(canonical("metric", JSON.parse(decodeUtf8(body!)))).toEqual(
      same(gauge("a", bad), gauge("b", bad)),
    );
    const said = explaining.explanations.map(({ verdict, winner, matched, edits }) => [
      verdict,
      winner && `${winner.id}: ${winner.why}`,
      matched.map(({ id, dialect }) => `${id} ${dialect ?? ""}`),
      edits.map(({ policy, operation, changed }) => `${policy} ${operation} ${changed}`),
    ]);
    expect(said).toEqual([
      [
        "keep",
        "drop-ok: ACTION_DROP of 2 of 3 data points",
        ["drop-ok otel"],
        ["drop-ok take out 2 of 3 data points true"],
      ],
      ["keep", undefined, [], []],
    ]);
  });

  test("are taken out in a share of the resources by a policy in rollout", () => {
    const rolled = { ...dropOk, labels: { "edge.rollout": "50%" } };
    const resourceMetrics = Array.from({ length: 40 }, (_, i) => ({
      resource: {
        attributes: [{ key: "service.name", value: { stringValue: `s${i}` } }],
      },
      scopeMetrics: [{ metrics: [gauge("a", ok, bad), gauge("b", bad, ok)] }],
    }));
    const engine = engineOf([rolled]);
    const out = throughJson(engine, "metric", { resourceMetrics }) as {
      resourceMetrics: { scopeMetrics: { metrics: { gauge: { dataPoints: unknown[] } }[] }[] }[];
    };
    const points = out.resourceMetrics.map(({ scopeMetrics: [scope] }) =>
      scope!.metrics.map((one) => one.gauge.dataPoints.length),
    );
    // All metrics of a resource are in or out.
    expect(points.every(([a, b]) => a === b)).toBe(true);
    const pruned = points.filter(([a]) => a === 1).length;
    expect(pruned).toBeGreaterThan(5);
    expect(pruned).toBeLessThan(35);
    const [row] = engine.totals();
    expect(row).toMatchObject({ hits: pruned * 2, matchedInShadow: (40 - pruned) * 2 });
  });

  test("are counted and left by policies in shadow", () => {
    const engine = engineOf([{ ...dropOk, labels: { "edge.mode": "shadow" } }]);
    const input = encodeUtf8(JSON.stringify(request(gauge("a", ok, bad, ok))));
    const { body } = otlpJsonFormat("metric").filter(input, engine.evaluation("metric")!);
    expect(body).toBeUndefined();
    const [row] = engine.totals();
    expect(row).toMatchObject({ hits: 0, matchedInShadow: 2, droppedInShadow: 2 });
  });
});

describe("where a record is a data point", () => {
  const policies = [
    filter("x", [attribute("code", { equals: "200" })]),
    filter("up", [on({ descriptor_field: "IS_MONOTONIC" }, { equals: false })]),
    {
      id: "t",
      name: "t",
      metric: { match: [{ datapoint_attribute: "code", exact: "404" }], keep: false },
    },
    filter("k", [attribute("route", { equals: "/" })], "KEEP"),
  ];

  test("samples of scrapes are judged by their labels", () => {
    const written: string[] = [];
    const evaluation = engineOf(policies).evaluation("metric")!;
    const streaming = new PolicyStreamingFilter({
      evaluation,
      sink: { write: (bytes, start, end) => void written.push(decodeUtf8(bytes, start, end)) },
    });
    const head = "# TYPE hits counter\n";
    const lines = ['200"', '404"', '500"', '200",route="/"', '404",route="/"'].map(
      (labels, i) => `hits{code="${labels}} ${i}\n`,
    );
    streaming.push(encodeUtf8(head + lines.join("")));
    streaming.end();
    expect(written.join("")).toBe(head + lines[2]! + lines[3]!);
  });
});

test("lengths of messages around pruned points may need fewer bytes", () => {
  const many = Array.from({ length: 300 }, (_, i) => point({ code: i % 3 === 0 ? "500" : "200" }));
  const input = request({ name: "a", gauge: { dataPoints: many } });
  const policy = filter("p", [attribute("code", { equals: "200" })]);
  const rest = many.filter((_, i) => i % 3 === 0);
  expect(left([policy], input)).toEqual(same({ name: "a", gauge: { dataPoints: rest } }));
});
