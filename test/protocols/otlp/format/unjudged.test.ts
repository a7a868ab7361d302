// What an OTLP body holds at a place, or of a type, that is not judged: it is forwarded as it came
// and counted, and its neighbours are judged.

import { describe, expect, test } from "bun:test";
import { decodeUtf8, encodeUtf8 } from "../../../../src/core/utf8.ts";
import { otlpJsonFormat, otlpProtobufFormat } from "../../../../src/protocols/otlp/format/index.ts";
import type { Signal } from "../../../../src/policy/index.ts";
import { bytes, concat, fixed64, group, int, len, text } from "../../../core/protobuf/pb.ts";
import { engineWith } from "./otlp-app.ts";

/** Drop every record that can be read. */
const engine = engineWith([
  {
    id: "log",
    name: "n",
    log: {
      match: [
        { log_field: "body", equals: "never", negate: true },
        { log_attribute: "user", equals: "never", negate: true },
        { resource_attribute: "host", equals: "never", negate: true },
        { log_field: "scope_name", equals: "never", negate: true },
      ],
      keep: "none",
    },
  },
  {
    id: "metric",
    name: "n",
    metric: { match: [{ metric_field: "name", equals: "never", negate: true }], keep: false },
  },
  {
    id: "trace",
    name: "n",
    trace: {
      match: [{ trace_field: "name", equals: "never", negate: true }],
      keep: { percentage: 0 },
    },
  },
]);

function judge(signal: Signal, body: Uint8Array, isJson: boolean) {
  const format = isJson ? otlpJsonFormat(signal) : otlpProtobufFormat(signal);
  const {
    records,
    dropped,
    unreadable,
    body: sent,
  } = format.filter(body, engine.evaluation(signal)!);
  return { records, dropped, unreadable, sent };
}

describe("in JSON", () => {
  const logs = (records: string): string =>
    `{"resourceLogs":[{"scopeLogs":[{"logRecords":[${records}]}]}]}`;
  const good = '{"body":{"stringValue":"x"}}';

  test.each(["x", "\u0000", "{", `\n${logs(good)}`, "]}"])(
    "what is behind the document passes: %j",
    (rest) => {
      const body = encodeUtf8(logs(`${good},${good}`) + rest);
      const { sent, ...counts } = judge("log", body, true);
      expect(counts).toEqual({ records: 3, dropped: 2, unreadable: 1 });
      expect(sent && decodeUtf8(sent)).toBe(`{}${rest}`);
    },
  );
  test("white space behind it is nothing", () => {
    const { records, unreadable } = judge("log", encodeUtf8(`${logs(good)} \r\n\t`), true);
    expect([records, unreadable]).toEqual([1, 0]);
  });

  test.each([
    '{"body":"text"}',
    '{"body":5}',
    '{"body":["x"]}',
    '{"body":{"stringValue":5}}',
    '{"body":{"kvlistValue":[]}}',
    '{"body":{"boolValue":"true"}}',
    '{"severityText":5}',
    '{"severity_text":{}}',
    '{"severityNumber":{}}',
    '{"severityNumber":true}',
    '{"traceId":5}',
    '{"spanId":[]}',
    '{"eventName":false}',
    '{"attributes":{"user":"x"}}',
    '{"attributes":"user"}',
    '{"attributes":["x"]}',
    '{"attributes":[null]}',
    '{"attributes":[{"key":5,"value":{"stringValue":"x"}}]}',
    '{"attributes":[{"key":"user","value":"x"}]}',
    '{"attributes":[{"key":"user","value":{"stringValue":{}}}]}',
    '{"attributes":[{"value":"x","key":"user"}]}',
    "5",
    "null",
    "[]",
    '"text"',
  ])("a record %s", (record) => {
    const input = encodeUtf8(logs(`${good},${record},${good}`));
    const sent = encodeUtf8(logs(record));
    expect(judge("log", input, true)).toEqual({ records: 3, dropped: 2, unreadable: 1, sent });
    // Nothing of it is left for what comes next.
    expect(judge("log", encodeUtf8(logs(`${record},${good}`)), true).dropped).toBe(1);
  });

  test.each([
    '{"body":null,"severityText":null,"severityNumber":null,"traceId":null,"attributes":null}',
    '{"severityNumber":"9","traceId":"no id","flags":{},"timeUnixNano":5,"x":[]}',
    '{"attributes":[{"key":"other","value":"x"},{"key":null,"value":null},{}]}',
    '{"@type":"x","body":{"@type":"y"}}',
    '{"body":{"stringValue":null}}',
  ])("but no record %s", (record) => {
    expect(judge("log", encodeUtf8(logs(record)), true)).toMatchObject({
      records: 1,
      dropped: 1,
      unreadable: 0,
    });
  });

  const scope = `{"logRecords":[${good}]}`;
  const resource = `{"scopeLogs":[${scope}]}`;
  test.each([
    [`{"resourceLogs":[${resource},null]}`, '{"resourceLogs":[null]}'],
    [`{"resourceLogs":[${resource},5]}`, '{"resourceLogs":[5]}'],
    [`{"resourceLogs":[${resource}],"resourceLogs":{}}`, '{"resourceLogs":{}}'],
    [`{"resourceLogs":[${resource}],"resourceMetrics":[{}]}`, '{"resourceMetrics":[{}]}'],
    [`{"resourceLogs":[${resource}],"resource_spans":[{}]}`, '{"resource_spans":[{}]}'],
    [`{"resourceLogs":[${resource}],"scopeLogs":[{}]}`, '{"scopeLogs":[{}]}'],
    [
      `{"resourceLogs":[{"scopeLogs":[${scope}],"instrumentationLibraryLogs":[{}]}]}`,
      '{"resourceLogs":[{"scopeLogs":[],"instrumentationLibraryLogs":[{}]}]}',
    ],
    [
      `{"resourceLogs":[{"scopeLogs":[${scope}],"instrumentation_library_logs":[{}]}]}`,
      '{"resourceLogs":[{"scopeLogs":[],"instrumentation_library_logs":[{}]}]}',
    ],
    [
      `{"resourceLogs":[{"scopeLogs":[${scope}],"logRecords":[{}]}]}`,
      '{"resourceLogs":[{"scopeLogs":[],"logRecords":[{}]}]}',
    ],
    [
      `{"resourceLogs":[{"scopeLogs":[${scope},{"logRecords":{}}]}]}`,
      '{"resourceLogs":[{"scopeLogs":[{"logRecords":{}}]}]}',
    ],
    [
      `{"resourceLogs":[${resource},{"resource":"host","scopeLogs":[${scope}]}]}`,
      `{"resourceLogs":[{"resource":"host","scopeLogs":[${scope}]}]}`,
    ],
    [
      `{"resourceLogs":[{"scopeLogs":[{"logRecords":[${good}],"scope":5},${scope}]}]}`,
      `{"resourceLogs":[{"scopeLogs":[{"logRecords":[${good}],"scope":5}]}]}`,
    ],
  ])("around records: %s", (input, left) => {
    expect(judge("log", encodeUtf8(input), true)).toEqual({
      records: 2,
      dropped: 1,
      unreadable: 1,
      sent: encodeUtf8(left),
    });
  });

  test.each([
    ["log", '{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"m"}]}]}]}'],
    ["metric", '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{}]}]}]}'],
    ["trace", '{"resource_metrics":[{}]}'],
  ] as const)("a request of another signal at the path of %ss: %s", (signal, input) => {
    expect(judge(signal, encodeUtf8(input), true)).toEqual({
      records: 1,
      dropped: 0,
      unreadable: 1,
      sent: undefined,
    });
  });
});

describe("in protobuf", () => {
  const request = (...records: Uint8Array[]): Uint8Array => len(1, len(2, ...records));
  const record = (...fields: Uint8Array[]): Uint8Array => len(2, ...fields);
  const good = record(len(5, text(1, "x")));
  const any = (value: string): Uint8Array => text(1, value);

  test.each([
    ["a text where a time belongs", text(1, "name")],
    ["a number where the body belongs", int(5, 1)],
    ["a text where a number belongs", text(2, "INFO")],
    ["a group where the attributes belong", group(6, text(1, "user"))],
    ["a fixed number where an id belongs", fixed64(9, 1)],
    ["a body whose text is a number", len(5, int(1, 1))],
    ["an asked attribute whose value is a number", len(6, text(1, "user"), int(2, 1))],
    ["an attribute whose key is a number", len(6, int(1, 1), len(2, any("x")))],
    ["two bodies, the first broken", concat(len(5, bytes(0x0a, 9)), len(5, any("xxxxxxxxx")))],
    ["two bodies, the last broken", concat(len(5, any("x")), len(5, bytes(0x0a, 9)))],
    [
      "an attribute of two values, the first broken",
      len(6, text(1, "user"), len(2, bytes(0x0a, 9)), len(2, any("xxxxxxxxx"))),
    ],
  ])("a record with %s", (_, fields) => {
    const odd = record(fields);
    expect(judge("log", request(good, odd, good), false)).toEqual({
      records: 3,
      dropped: 2,
      unreadable: 1,
      sent: request(odd),
    });
  });

  test("but no record with text that is not UTF-8, or with fields that nobody knows", () => {
    const invalid = bytes(0xff, 0xfe);
    for (const fields of [
      len(3, invalid),
      len(5, len(1, invalid)),
      len(6, text(1, "user"), len(2, len(1, invalid))),
      concat(int(4, 1), text(100, "x"), group(77, int(1, 1))),
      concat(len(5, any("a")), len(5, int(3, 7))),
    ]) {
      expect(judge("log", request(record(fields)), false)).toMatchObject({
        records: 1,
        dropped: 1,
        unreadable: 0,
      });
    }
  });

  test.each([
    [
      "records of old versions",
      len(1, len(2, good), len(1000, len(2, good))),
      len(1000, len(2, good)),
    ],
    ["a number where scopes belong", len(1, len(2, good), int(2, 5)), int(2, 5)],
    ["a group where scopes belong", len(1, len(2, good), group(2, good)), group(2, good)],
  ])("in a resource: %s", (_, input, left) => {
    expect(judge("log", input, false)).toEqual({
      records: 2,
      dropped: 1,
      unreadable: 1,
      sent: len(1, left),
    });
  });

  test("a number where records, or resources, belong", () => {
    expect(judge("log", len(1, len(2, good, int(2, 5))), false)).toEqual({
      records: 2,
      dropped: 1,
      unreadable: 1,
      sent: len(1, len(2, int(2, 5))),
    });
    expect(judge("log", concat(int(1, 5), len(1, len(2, good))), false)).toEqual({
      records: 2,
      dropped: 1,
      unreadable: 1,
      sent: int(1, 5),
    });
  });

  const metric = record(text(1, "name"), len(7, len(1, fixed64(4, 1))));
  const span = record(len(1, new Uint8Array(16)), text(5, "name"), fixed64(7, 1), fixed64(8, 2));
  const log = record(fixed64(1, 1), int(2, 9), len(5, any("x")));
  test.each([
    ["log", "metric", metric],
    ["log", "span", span],
    ["metric", "span", span],
    ["metric", "log", log],
    ["trace", "log", log],
    ["trace", "metric", metric],
  ] as const)("at the path of %ss, a %s", (signal, _, other) => {
    expect(judge(signal, request(other), false)).toEqual({
      records: 1,
      dropped: 0,
      unreadable: 1,
      sent: undefined,
    });
  });
});
