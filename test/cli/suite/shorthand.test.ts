// Records as people write them become OTLP documents; what is wrong is told.

import { describe, expect, test } from "bun:test";
import { readInput } from "../../../src/cli/suite/shorthand.ts";

describe("an input", () => {
  test("that is a text is the body of a log record", () => {
    expect(readInput("a line")).toEqual({
      kind: "otlp",
      signal: "log",
      document: {
        resourceLogs: [{ scopeLogs: [{ logRecords: [{ body: { stringValue: "a line" } }] }] }],
      },
    });
  });

  test("that is a log has its fields, attributes, scope and resource", () => {
    const log = {
      body: { user: "ada", tags: ["a", 1.5, true, null] },
      severity_text: "INFO",
      severity_number: 9,
      attributes: { "http.status": 200, big: 9007199254740993n },
      resource: { "service.name": "shop" },
      scope: { name: "lib", version: "1", kind: "x" },
    };
    const values = [{ stringValue: "a" }, { doubleValue: 1.5 }, { boolValue: true }, {}];
    const body = [
      { key: "user", value: { stringValue: "ada" } },
      { key: "tags", value: { arrayValue: { values } } },
    ];
    const logRecord = {
      severityText: "INFO",
      severityNumber: 9,
      body: { kvlistValue: { values: body } },
      attributes: [
        { key: "http.status", value: { intValue: "200" } },
        { key: "big", value: { intValue: "9007199254740993" } },
      ],
    };
    const scope = {
      name: "lib",
      version: "1",
      attributes: [{ key: "kind", value: { stringValue: "x" } }],
    };
    const resource = { attributes: [{ key: "service.name", value: { stringValue: "shop" } }] };
    expect(readInput({ log }).document).toEqual({
      resourceLogs: [{ resource, scopeLogs: [{ scope, logRecords: [logRecord] }] }],
    });
  });

  test("that is a metric is a gauge, or a sum, of one data point", () => {
    const attributes = { a: "b" };
    const point = { attributes: [{ key: "a", value: { stringValue: "b" } }], asDouble: 2 };
    expect(readInput({ metric: { name: "m", unit: "s", value: 2, attributes } })).toEqual({
      kind: "otlp",
      signal: "metric",
      document: {
        resourceMetrics: [
          {
            scopeMetrics: [{ metrics: [{ name: "m", unit: "s", gauge: { dataPoints: [point] } }] }],
          },
        ],
      },
    });
    const [{ scopeMetrics }] = (
      readInput({ metrics: [{ name: "m", type: "sum" }] }).document as {
        resourceMetrics: [{ scopeMetrics: unknown }];
      }
    ).resourceMetrics;
    const sum = { aggregationTemporality: 2, isMonotonic: true, dataPoints: [{ asDouble: 1 }] };
    expect(scopeMetrics).toEqual([{ metrics: [{ name: "m", sum }] }]);
  });

  test("that is a span takes the short words of kind and status", () => {
    const span = { name: "GET /", kind: "server", status: "error", trace_id: "ab", span_id: "cd" };
    expect(readInput({ span }).document).toEqual({
      resourceSpans: [
        {
          scopeSpans: [
            {
              spans: [
                {
                  traceId: "ab",
                  spanId: "cd",
                  name: "GET /",
                  kind: "SPAN_KIND_SERVER",
                  status: { code: "STATUS_CODE_ERROR" },
                },
              ],
            },
          ],
        },
      ],
    });
  });

  test("that is Datadog's is a list", () => {
    const message = { message: "x" };
    const expected = { kind: "datadog", signal: "log", document: [message] };
    expect(readInput({ datadog: message }) as object).toEqual(expected);
    expect(readInput({ datadog: [message] }) as object).toEqual(expected);
  });

  test("that is an OTLP document is taken as it is", () => {
    const document = { resourceSpans: [] };
    expect(readInput(document)).toEqual({ kind: "otlp", signal: "trace", document });
  });

  const FORMS = "log, logs, metric, metrics, span, spans, datadog";
  const wrong: readonly (readonly [unknown, string])[] = [
    [{}, `input: one of ${FORMS}, a text, an OTLP document or a push of Loki is allowed`],
    [
      { log: {}, metric: {} },
      `input: one of ${FORMS}, a text, an OTLP document or a push of Loki is allowed`,
    ],
    [{ lgo: {} }, `input: one of ${FORMS}, a text, an OTLP document or a push of Loki is allowed`],
    [3, "input: 3 is no object"],
    [{ metric: { name: "m", type: "histogram" } }, 'metric.type: "histogram"; allowed: gauge, sum'],
    [
      { log: { bdy: 1 } },
      "log.bdy: unknown key; allowed: body, severity_text, severity_number, trace_id, span_id, event_name, attributes, resource, scope",
    ],
    [{ log: { attributes: [] } }, "attributes: [] is no object"],
  ];
  for (const [input, message] of wrong) {
    test(`${JSON.stringify(input)} is refused`, () => {
      expect(() => readInput(input)).toThrow(new Error(message));
    });
  }
});
