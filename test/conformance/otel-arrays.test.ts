// Paths into arrays, and what arrays hold: of spans, their events and data points, each in both
// encodings, with near misses.

import { describe, expect, test } from "bun:test";
import { canonical, engineOf, throughJson, throughProtobuf } from "./otel-dialect.ts";

type Any = Readonly<Record<string, unknown>>;
const text = (stringValue: string): Any => ({ stringValue });
const list = (...values: readonly Any[]): Any => ({ arrayValue: { values } });
const map = (key: string, value: Any): Any => ({ kvlistValue: { values: [{ key, value }] } });

const VALUES: Readonly<Record<string, Any>> = {
  texts: list(text("blue"), text("red")),
  numbers: list({ intValue: "7" }, { doubleValue: 2.5 }),
  mixed: list({ boolValue: true }, text("7"), map("id", text("x"))),
  nested: list(list(text("red"))),
  map: map("0", text("blue")),
  text: text("bluered"),
  empty: list(),
  bare: {},
};

const CASES: readonly (readonly [path: readonly string[], predicate: object, names: string])[] = [
  [["k", "0"], { equals: "blue" }, "texts map"],
  [["k", "1"], { regex: "^r" }, "texts"],
  [["k", "2"], { exists: {} }, "mixed"],
  [["k", "2", "id"], { equals: "x" }, "mixed"],
  [["k", "0", "0"], { equals: "red" }, "nested"],
  [["k", "01"], { exists: {} }, ""],
  [["k", "0"], { gte: 7 }, "numbers"],
  [["k", "1"], { equals: 2.5 }, "numbers"],
  [["k"], { contains: "red" }, "texts text"],
  [["k"], { contains: "re" }, "text"],
  [["k"], { contains: 7 }, "numbers"],
  [["k"], { contains: "7" }, "mixed"],
  [["k"], { contains: true }, "mixed"],
  [["k"], { equals: "red" }, ""],
];

/** What one place for an attribute makes of a value: a request, whose parts are named. */
interface Place {
  readonly signal: "metric" | "trace";
  readonly selector: string;
  readonly request: (parts: readonly (readonly [name: string, value: Any])[]) => unknown;
}
const attributesOf = (value: Any): object[] =>
  Object.keys(value).length === 0 ? [] : [{ key: "k", value }];
const span = (name: string, more: object): object => ({
  traceId: "0af7651916cd43dd8448eb211c80319c",
  spanId: "00f067aa0ba902b7",
  name,
  ...more,
});
const spans = (all: readonly object[]): unknown => ({
  resourceSpans: [{ scopeSpans: [{ spans: all }] }],
});
const PLACES: readonly Place[] = [
  {
    signal: "trace",
    selector: "span_attribute",
    request: (parts) =>
      spans(parts.map(([name, value]) => span(name, { attributes: attributesOf(value) }))),
  },
  {
    signal: "trace",
    selector: "event_attribute",
    request: (parts) =>
      spans(
        parts.map(([name, value]) =>
          span(name, { events: [{ name: "other" }, { attributes: attributesOf(value) }] }),
        ),
      ),
  },
  {
    signal: "metric",
    selector: "datapoint_attribute",
    request: (parts) => ({
      resourceMetrics: [
        {
          scopeMetrics: [
            {
              metrics: [
                {
                  name: "m",
                  gauge: {
                    dataPoints: [
                      { asInt: "0" },
                      ...parts.map(([, value], i) => ({
                        attributes: attributesOf(value),
                        asInt: String(i + 1),
                      })),
                    ],
                  },
                },
              ],
            },
          ],
        },
      ],
    }),
  },
];

describe.each(PLACES)("$selector", ({ signal, selector, request }) => {
  test.each(CASES)("%j with %j is of %j", (path, predicate, names) => {
    const matches = [{ target: { [selector]: path }, predicate }];
    const policy =
      signal === "trace"
        ? { trace_sampling: { matches, sampling: { percentage: 0 } } }
        : { metric_filter: { matches, action: "ACTION_DROP" } };
    const engine = engineOf([{ id: "p", ...policy }]);
    const all = Object.entries(VALUES);
    const gone = names.split(" ");
    // The number of a point is its place among all.
    const expected = canonical(signal, request(all));
    const kept = all.filter(([name]) => !gone.includes(name));
    const left = JSON.stringify(canonical(signal, request(kept)));
    for (const through of [throughJson, throughProtobuf]) {
      const out = through(engine, signal, request(all));
      if (signal === "trace") expect(JSON.stringify(out)).toBe(left);
      else expect(numbersIn(out)).toEqual(numbersIn(expected).filter(isKept));
    }
    function isKept(number: number): boolean {
      return number === 0 || !gone.includes(all[number - 1]![0]);
    }
  });
});

function numbersIn(request: unknown): number[] {
  return Array.from(JSON.stringify(request).matchAll(/"asInt":"(\d+)"/g), ([, digits]) =>
    Number(digits),
  );
}
