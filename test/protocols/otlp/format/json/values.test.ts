// What the format reports of each record, held to an oracle on JSON.parse.

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { otlpJsonFormat } from "../../../../../src/protocols/otlp/format/json/index.ts";
import { UndecodableError } from "../../../../../src/core/errors.ts";
import { encodeUtf8 } from "../../../../../src/core/utf8.ts";
import { FIELDS_OF_SIGNAL } from "../../../../../src/policy/fields.ts";
import { type FieldRef, type Signal, SIGNALS } from "../../../../../src/policy/model.ts";
import type { FilterOutcome } from "../../../../../src/policy/record-port.ts";
import {
  attributeRef,
  COMPOSITE,
  FakeEvaluation,
  fieldRef,
  type SeenRecord,
} from "../../../../support/fake-evaluation.ts";
import { REQUESTS } from "./arbitrary-otlp.ts";
import { recordsOf } from "./oracle.ts";

function see(document: string, signal: Signal, refs: readonly FieldRef[]): readonly SeenRecord[] {
  const evaluation = new FakeEvaluation(signal, refs);
  const outcome = otlpJsonFormat(signal).filter(encodeUtf8(document), evaluation);
  expect(outcome.body).toBeUndefined();
  expect(outcome.records - outcome.unreadable).toBe(evaluation.records.length);
  return evaluation.records;
}

function everything(signal: Signal): FieldRef[] {
  const scopes = (["record", "resource", "scope", "event"] as const).filter(
    (scope) => scope !== "event" || signal === "trace",
  );
  return [
    ...FIELDS_OF_SIGNAL[signal].map((field) => fieldRef(field)),
    ...scopes.flatMap((scope) => [
      attributeRef(scope, "a"),
      attributeRef(scope, "a", "b"),
      attributeRef(scope, "b", "a", "a"),
      attributeRef(scope, "a.b"),
      attributeRef(scope, ""),
      attributeRef(scope, "é", ""),
    ]),
  ];
}

describe.each([...SIGNALS])("values of %ss", (signal) => {
  test("agree with JSON.parse on random requests, whatever is asked", () => {
    fc.assert(
      fc.property(REQUESTS[signal], fc.subarray(everything(signal)), (document, refs) => {
        expect(see(document, signal, refs)).toEqual(recordsOf(document, signal, refs));
      }),
      { numRuns: 120 },
    );
  });

  test("agree when everything is asked", () => {
    const refs = everything(signal);
    fc.assert(
      fc.property(REQUESTS[signal], (document) => {
        expect(see(document, signal, refs)).toEqual(recordsOf(document, signal, refs));
      }),
      { numRuns: 120 },
    );
  });
});

/** A request with one log record of these members. */
function logOf(members: string): string {
  return `{"resourceLogs":[{"scopeLogs":[{"logRecords":[{${members}}]}]}]}`;
}
const A = attributeRef("record", "a");
const AB = attributeRef("record", "a", "b");

describe("attribute values", () => {
  test.each<[string, string, unknown]>([
    ["a string", '{"stringValue":"x\\ty"}', "x\ty"],
    ["an empty string", '{"stringValue":""}', ""],
    ["a string in snake case", '{"string_value":"x"}', "x"],
    ["an int in a string", '{"intValue":"-9223372036854775808"}', -(2n ** 63n)],
    ["a bare int beyond 2^53", '{"intValue":9007199254740993}', 9007199254740993n],
    ["an int with an exponent", '{"intValue":1e3}', 1000n],
    ["a negative int with a fraction of zero", '{"intValue":-5.0}', -5n],
    ["an int that does not fit", '{"intValue":"9223372036854775808"}', COMPOSITE],
    ["an int that is no int", '{"intValue":"1.5"}', COMPOSITE],
    ["an int with escapes", '{"intValue":"\\u0034\\u0032"}', 42n],
    ["a double", '{"doubleValue":-0.25}', -0.25],
    ["a double in a string", '{"doubleValue":"1.5e3"}', 1500],
    ["NaN", '{"doubleValue":"NaN"}', Number.NaN],
    ["infinity", '{"doubleValue":"-Infinity"}', Number.NEGATIVE_INFINITY],
    ["another word for a double", '{"doubleValue":"infinity"}', COMPOSITE],
    ["true", '{"boolValue":true}', true],
    ["false", '{"bool_value":false}', false],
    ["bytes", '{"bytesValue":"AP+/"}', { bytes: [0, 255, 191] }],
    ["bytes in the URL alphabet, unpadded", '{"bytesValue":"-_8"}', { bytes: [251, 255] }],
    ["padded bytes", '{"bytesValue":"AA=="}', { bytes: [0] }],
    ["empty bytes", '{"bytesValue":""}', { bytes: [] }],
    ["bytes that are no base64", '{"bytesValue":"a*b="}', COMPOSITE],
    ["bytes of a lone digit", '{"bytesValue":"AAAAA"}', COMPOSITE],
    ["bytes with too much padding", '{"bytesValue":"AAA=="}', COMPOSITE],
    ["an array", '{"arrayValue":{"values":[{"stringValue":"x"}]}}', COMPOSITE],
    ["a map", '{"kvlistValue":{}}', COMPOSITE],
    ["nothing", "{}", COMPOSITE],
    ["null", "null", COMPOSITE],
    ["a null of a kind", '{"stringValue":null}', COMPOSITE],
    ["two kinds: the last", '{"stringValue":"x","boolValue":true}', true],
    ["a kind and a null of another", '{"stringValue":"x","boolValue":null}', "x"],
    ["a kind that is repeated as null", '{"stringValue":"x","stringValue":null}', COMPOSITE],
  ])("%s", (_, value, seen) => {
    const document = logOf(`"attributes":[{"key":"a","value":${value}}]`);
    expect(see(document, "log", [A])).toEqual([{ "record:a": seen } as SeenRecord]);
  });

  test.each<[string, string, SeenRecord]>([
    [
      "of equal keys each is there",
      '{"key":"a","value":{"intValue":1}},{"key":"a","value":{"intValue":2}}',
      { "record:a": [1n, 2n] },
    ],
    [
      "also when not all are maps",
      '{"key":"a"},{"key":"a","value":{"kvlistValue":{"values":[{"key":"b"},{"key":"b"}]}}}',
      { "record:a": [COMPOSITE, COMPOSITE], "record:a/b": [COMPOSITE, COMPOSITE] },
    ],
    ["a value may come before its key", '{"value":{"intValue":"3"},"key":"a"}', { "record:a": 3n }],
    [
      "the last of equal members wins",
      '{"key":"b","value":{"intValue":1},"key":"a","value":{"intValue":2}}',
      { "record:a": 2n },
    ],
    ["a key may hide the one that was asked", '{"key":"a","value":{"intValue":1},"key":"b"}', {}],
    ["a key may be escaped", '{"key":"\\u0061","value":{"stringValue":"x"}}', { "record:a": "x" }],
    [
      "unknown members are passed",
      '{"x":[{}],"key":"a","value":{"y":1,"stringValue":"x","z":{}}}',
      { "record:a": "x" },
    ],
    [
      "maps are entered",
      '{"key":"a","value":{"kvlist_value":{"values":[{"key":"b","value":{"boolValue":true}}]}}}',
      { "record:a": COMPOSITE, "record:a/b": true },
    ],
    ["dotted keys are no paths", '{"key":"a.b","value":{"stringValue":"x"}}', {}],
  ])("%s", (_, entries, seen) => {
    expect(see(logOf(`"attributes":[${entries}]`), "log", [A, AB])).toEqual([seen]);
  });
});

/** Records of a body that are not judged; undefined: the body as a whole is not. */
function unreadable(read: () => FilterOutcome): number | undefined {
  try {
    return read().unreadable;
  } catch (error) {
    expect(error).toBeInstanceOf(UndecodableError);
    return undefined;
  }
}

test("the usual spelling and its near misses read the same as JSON.parse reads them", () => {
  const usual = [
    logOf('"attributes":[{"key":"a","value":{"stringValue":"xy"}},{"key":"a"}]'),
    logOf('"attributes":[{"key":"a","value":{"intValue":"42"}},{"key":"a"}]'),
  ];
  const replacements = encodeUtf8(' "\\,:{}[]0aAkvsiS\n\u00e9');
  for (const document of usual) {
    for (let at = document.indexOf("["); at < document.length; at++) {
      for (const byte of replacements) {
        const bytes = encodeUtf8(document);
        bytes[at] = byte;
        const text = new TextDecoder().decode(bytes);
        const evaluation = new FakeEvaluation("log", [A, AB]);
        const reads = (): FilterOutcome => otlpJsonFormat("log").filter(bytes, evaluation);
        let expected: readonly SeenRecord[];
        try {
          expected = recordsOf(text, "log", [A, AB]);
        } catch {
          expect(unreadable(reads)).not.toBe(0);
          continue;
        }
        reads();
        expect({ text, records: evaluation.records }).toEqual({ text, records: [...expected] });
      }
    }
  }
});

test("a null that is repeated takes nothing of other objects back", () => {
  const metric = (point: string): string => `{"gauge":{"dataPoints":[${point}]},"unit":"m"}`;
  const named = metric('{"attributes":[{"key":"a","value":{"stringValue":"x"}}]}');
  const repeated = metric('{"attributes":null,"attributes":[]}');
  const document = `{"resourceMetrics":[{"scopeMetrics":[{"metrics":[${named},${repeated}]}]}]}`;
  const refs = [fieldRef("metric_type"), A, fieldRef("unit")];
  expect(see(document, "metric", refs)).toEqual([
    { metric_type: 1n, "record:a": ["x"], unit: "m" },
    { metric_type: 1n, unit: "m" },
  ]);
});

describe("fields of log records", () => {
  const refs = FIELDS_OF_SIGNAL.log.map((field) => fieldRef(field));
  test.each<[string, string, SeenRecord]>([
    ["a body", '"body":{"stringValue":"x"}', { body: "x" }],
    ["an empty body is missing", '"body":{"stringValue":""}', {}],
    ["a null body is missing", '"body":null', {}],
    ["a body without a value is missing", '"body":{}', {}],
    ["a map is a composite body", '"body":{"kvlistValue":{"values":[]}}', { body: COMPOSITE }],
    ["a typed body", '"body":{"intValue":"7"}', { body: 7n }],
    ["a repeated body", '"body":{"stringValue":"x"},"body":{"intValue":7}', { body: 7n }],
    ["a body repeated as nothing", '"body":{"stringValue":"x"},"body":{}', { body: "x" }],
    ["a body repeated as null", '"body":{"stringValue":"x"},"body":null', { body: "x" }],
    ["a body repeated as an empty string", '"body":{"intValue":7},"body":{"stringValue":""}', {}],
    ["a field that is repeated as empty", '"severityText":"A","severityText":""', {}],
    ["a field that is repeated as null", '"severityText":"A","severityText":null', {}],
    [
      "a repeated field in other case",
      '"severityText":"A","severity_text":"B"',
      { severity_text: "B" },
    ],
    ["an empty text is missing", '"severityText":""', {}],
    ["a severity by number", '"severityNumber":9', { severity_number: 9n }],
    ["a severity by name", '"severity_number":"SEVERITY_NUMBER_WARN2"', { severity_number: 14n }],
    ["a severity of 0 is missing", '"severityNumber":0', {}],
    ["an unspecified severity is missing", '"severityNumber":"SEVERITY_NUMBER_UNSPECIFIED"', {}],
    ["an unknown severity is missing", '"severityNumber":"WARN"', {}],
    ["a fractional severity is missing", '"severityNumber":9.5', {}],
    [
      "ids in lower case",
      `"traceId":"${"0AfB".repeat(8)}","spanId":"${"aB".repeat(8)}"`,
      { trace_id: "0afb".repeat(8), span_id: "ab".repeat(8) },
    ],
    ["ids of other lengths as they are", '"traceId":"0aB","spanId":"0"', { trace_id: "0ab" }],
    [
      "what is no id as a text",
      '"traceId":"W47/95gDgQPSabYzgT/GDA==","spanId":"\\u0041 @"',
      {
        trace_id: "W47/95gDgQPSabYzgT/GDA==".replaceAll("A", "a").replaceAll("D", "d"),
        span_id: "a @",
      },
    ],
    ["all-zero ids are missing", '"traceId":"00000000000000000000000000000000"', {}],
    ["an event name", '"eventName":"e\\u0021"', { event_name: "e!" }],
  ])("%s", (_, members, seen) => {
    expect(see(logOf(members), "log", refs)).toEqual([seen]);
  });
});

describe("fields of metrics and spans", () => {
  const metricRefs = [fieldRef("metric_type"), fieldRef("aggregation_temporality")];
  test.each<[string, SeenRecord]>([
    ['"gauge":{}', { metric_type: 1n }],
    ['"sum":{"aggregationTemporality":1}', { metric_type: 2n, aggregation_temporality: 1n }],
    [
      '"histogram":{"aggregation_temporality":"AGGREGATION_TEMPORALITY_CUMULATIVE"}',
      { metric_type: 3n, aggregation_temporality: 2n },
    ],
    ['"exponentialHistogram":{"aggregationTemporality":0}', { metric_type: 4n }],
    ['"summary":{}', { metric_type: 5n }],
    ['"gauge":{},"sum":null', { metric_type: 1n }],
    ['"gauge":{},"gauge":null', { metric_type: 1n }],
    ['"sum":{"aggregationTemporality":1},"gauge":{}', { metric_type: 1n }],
    ["", {}],
  ])("of a metric with %s", (members, seen) => {
    const document = `{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{${members}}]}]}]}`;
    expect(see(document, "metric", metricRefs)).toEqual([seen]);
  });

  const spanRefs = [fieldRef("span_kind"), fieldRef("span_status"), fieldRef("parent_span_id")];
  test.each<[string, SeenRecord]>([
    ["", { span_status: 0n }],
    ['"status":{}', { span_status: 0n }],
    ['"status":null', { span_status: 0n }],
    ['"status":{"code":1}', { span_status: 1n }],
    ['"status":{"code":"STATUS_CODE_ERROR","message":"x"}', { span_status: 2n }],
    ['"status":{"code":2},"status":{}', { span_status: 2n }],
    ['"status":{"code":2},"status":{"code":1}', { span_status: 1n }],
    ['"kind":1', { span_status: 0n, span_kind: 1n }],
    ['"kind":"SPAN_KIND_CONSUMER"', { span_status: 0n, span_kind: 5n }],
    ['"kind":"SPAN_KIND_UNSPECIFIED"', { span_status: 0n }],
    [
      '"parent_span_id":"0A0b0C0d0E0f1011"',
      { span_status: 0n, parent_span_id: "0a0b0c0d0e0f1011" },
    ],
  ])("of a span with %s", (members, seen) => {
    const document = `{"resourceSpans":[{"scopeSpans":[{"spans":[{${members}}]}]}]}`;
    expect(see(document, "trace", spanRefs)).toEqual([seen]);
  });

  test("of all events and links of a span", () => {
    const document = `{"resourceSpans":[{"scopeSpans":[{"spans":[{
      "events":[{"name":"e1","attributes":[{"key":"a","value":{"intValue":1}}]},{},{"name":""},
                {"attributes":[{"key":"a"},{"key":"a","value":{"intValue":2}}],"name":"e2"}],
      "links":[{"traceId":"${"AA".repeat(16)}"},{"trace_id":"00"},
               {"traceId":"${"bb".repeat(16)}"}]}]}]}]}`;
    const refs = [fieldRef("event_name"), attributeRef("event", "a"), fieldRef("link_trace_id")];
    expect(see(document, "trace", refs)).toEqual([
      {
        event_name: ["e1", "e2"],
        "event:a": [1n, COMPOSITE, 2n],
        link_trace_id: ["aa".repeat(16), "bb".repeat(16)],
      },
    ]);
  });
});
