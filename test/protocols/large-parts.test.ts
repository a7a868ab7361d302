// What is read in one go is bounded, so that nobody waits for it: a record with more in it passes
// as it came and is counted, and its neighbours are judged; a request, a resource, a scope or a
// stream with more makes its body undecodable.

import { describe, expect, test } from "bun:test";
import { UndecodableError } from "../../src/core/errors.ts";
import {
  ASKED_PARTS_MAX,
  ATTRIBUTES_BYTES_MAX,
  CODED_BYTES_MAX,
  CONTAINER_FIELDS_MAX,
  JSON_DIGITS_MAX,
  LOG_MEMBERS_MAX,
  LONG_VALUE_BYTES_MIN,
  MEMBERS_MAX,
  MESSAGE_DOCUMENT_BYTES_MAX,
  OWNER_BYTES_MAX,
  OWNER_MEMBERS_MAX,
  OWNER_PARTS_MAX,
  PAIRS_BYTES_MAX,
  PARTS_BYTES_MAX,
  RECORD_FIELDS_MAX,
  TAGS_BYTES_MAX,
} from "../../src/core/limits.ts";
import type { RecordFormat, Signal } from "../../src/policy/index.ts";
import {
  datadogLogsFormat,
  datadogSeriesJsonFormat,
  datadogSeriesProtobufFormat,
} from "../../src/protocols/datadog/format/index.ts";
import { lokiJsonFormat, lokiProtobufFormat } from "../../src/protocols/loki/format/index.ts";
import { otlpJsonFormat, otlpProtobufFormat } from "../../src/protocols/otlp/format/index.ts";
import { engineWith } from "./otlp/format/otlp-app.ts";

const ofLogs = (...match: object[]): object => ({ log: { match, keep: "none" } });
/** What every record is asked for; small ones say nothing and so are dropped. */
const ASKS = ofLogs({ log_attribute: "asked", exact: "x", negate: true });
const ASKS_RESOURCE = ofLogs({ resource_attribute: "asked", exact: "x", negate: true });
const ASKS_ID = ofLogs({ log_field: "trace_id", exact: "a", negate: true });
const ASKS_SERIES = {
  metric: { match: [{ datapoint_attribute: "asked", exact: "x", negate: true }], keep: false },
};

const bytes = (value: string): Uint8Array => Buffer.from(value);
/** A length-delimited field of protobuf. */
function field(number: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const content = Buffer.concat(parts);
  const head = [number * 8 + 2];
  let rest = content.length;
  for (; rest >= 0x80; rest >>>= 7) head.push((rest & 0x7f) | 0x80);
  return Buffer.concat([Buffer.of(...head, rest), content]);
}
const times = (count: number, one: string): string => Array(count).fill(one).join();
const fields = (count: number, one: Uint8Array): Uint8Array =>
  Buffer.alloc(count * one.length, one);

const logs = (records: readonly string[], before = ""): Uint8Array =>
  bytes(`{"resourceLogs":[{${before}"scopeLogs":[{"logRecords":[${records.join()}]}]}]}`);
const protobufLogs = (records: readonly Uint8Array[], ...own: readonly Uint8Array[]): Uint8Array =>
  field(1, ...own, field(2, ...records));
/** A resource with a text of so many bytes beside what is asked for. */
const resource = (size: number): string => `{"x":"${"a".repeat(size - 8)}"}`;
const ATTRIBUTE = '{"key":"other","value":{"stringValue":"a"}}';
const ODD_ATTRIBUTE = '{"value":{},"key":"b"}';
const push = (entries: readonly string[], before = ""): Uint8Array =>
  bytes(`{"streams":[{"stream":{},${before}"values":[${entries.join()}]}]}`);
const LABELS = field(1, bytes('{a="b"}'));
const series = (all: readonly string[]): Uint8Array => bytes(`{"series":[${all.join()}]}`);

interface Case {
  readonly format: () => RecordFormat;
  readonly policy: Readonly<Partial<Record<Signal, object>>>;
  /** As much as is read. */
  readonly most: number;
}
/** A record with so much in it, between two small ones. */
interface OfRecord extends Case {
  readonly body: (count: number) => Uint8Array;
}

const json = (): RecordFormat => otlpJsonFormat("log");
const protobuf = (): RecordFormat => otlpProtobufFormat("log");
const datadog = (): RecordFormat => datadogLogsFormat();

const RECORDS: Readonly<Record<string, OfRecord>> = {
  "OTLP in JSON, members": {
    format: json,
    policy: ASKS,
    most: MEMBERS_MAX,
    body: (count) => logs(["{}", `{${times(count, '"a":1')}}`, "{}"]),
  },
  "OTLP in JSON, attributes in an unusual order": {
    format: json,
    policy: ASKS,
    // The list itself, and of each attribute itself and two members.
    most: (MEMBERS_MAX - 1) / 3,
    body: (count) => logs(["{}", `{"attributes":[${times(count, ODD_ATTRIBUTE)}]}`, "{}"]),
  },
  "OTLP in JSON, attributes that nobody asks for": {
    format: json,
    policy: ASKS,
    most: ATTRIBUTES_BYTES_MAX / ATTRIBUTE.length,
    body: (count) => logs(["{}", `{"attributes":[${times(count, ATTRIBUTE)}]}`, "{}"]),
  },
  "OTLP in JSON, attributes of long texts": {
    format: json,
    policy: ASKS,
    most: ATTRIBUTES_BYTES_MAX / LONG_VALUE_BYTES_MIN,
    body: (count) => {
      const value = { stringValue: "a".repeat(LONG_VALUE_BYTES_MIN) };
      const most = Math.min(count, 2 * (ATTRIBUTES_BYTES_MAX / LONG_VALUE_BYTES_MIN));
      const attribute = JSON.stringify({ key: "other", value });
      return logs(["{}", `{"attributes":[${times(most, attribute)}]}`, "{}"]);
    },
  },
  "OTLP in JSON, attributes in a map": {
    format: json,
    policy: ofLogs({ log_attribute: ["m", "asked"], exact: "x", negate: true }),
    most: (ATTRIBUTES_BYTES_MAX - ATTRIBUTE.length) / ATTRIBUTE.length,
    body: (count) => {
      const map = `{"key":"m","value":{"kvlistValue":{"values":[${times(count, ATTRIBUTE)}]}}}`;
      return logs(["{}", `{"attributes":[${ATTRIBUTE},${map}]}`, "{}"]);
    },
  },
  "OTLP in JSON, attributes of data points": {
    format: () => otlpJsonFormat("metric"),
    policy: ASKS_SERIES,
    most: PARTS_BYTES_MAX / ATTRIBUTE.length,
    body: (count) => {
      const list = `{"attributes":[${times(Math.floor(count / 4), ATTRIBUTE)}]}`;
      const rest = `{"attributes":[${times(count - 3 * Math.floor(count / 4), ATTRIBUTE)}]}`;
      const point = (points: string): string => `{"gauge":{"dataPoints":[${points}]}}`;
      const all = [point("{}"), point([list, list, list, rest].join()), point("{}")];
      return bytes(`{"resourceMetrics":[{"scopeMetrics":[{"metrics":[${all.join()}]}]}]}`);
    },
  },
  "Datadog, members of 128 bytes": {
    format: datadog,
    policy: ASKS,
    most: LOG_MEMBERS_MAX / 2,
    // In one go the end of a longer record that is not read is not looked for.
    body: (count) =>
      bytes(`[{},{${times(Math.min(count, 70_000), `"a":"${"b".repeat(122)}"`)}},{}]`),
  },
  "OTLP in JSON, bytes in base64": {
    format: json,
    policy: ASKS,
    most: CODED_BYTES_MAX / 4,
    body: (count) => {
      const value = { bytesValue: "AAAA".repeat(count) };
      return logs(["{}", JSON.stringify({ attributes: [{ key: "asked", value }] }), "{}"]);
    },
  },
  "OTLP in JSON, an id": {
    format: json,
    policy: ASKS_ID,
    most: CODED_BYTES_MAX,
    body: (count) => logs(["{}", `{"traceId":"${"B".repeat(count)}"}`, "{}"]),
  },
  "OTLP in JSON, digits of a number": {
    format: json,
    policy: ASKS,
    most: JSON_DIGITS_MAX,
    body: (count) => logs(["{}", `{"a":${"1".repeat(count)}}`, "{}"]),
  },
  "OTLP in protobuf, an id": {
    format: protobuf,
    policy: ASKS_ID,
    most: CODED_BYTES_MAX,
    body: (count) => protobufLogs([field(2), field(2, field(9, Buffer.alloc(count, 1))), field(2)]),
  },
  "Loki in protobuf, fields of an entry": {
    format: () => lokiProtobufFormat(),
    policy: ASKS,
    most: RECORD_FIELDS_MAX,
    body: (count) => field(1, LABELS, field(2), field(2, fields(count, field(9))), field(2)),
  },
  "Loki in JSON, elements of an entry": {
    format: () => lokiJsonFormat(),
    policy: ASKS,
    most: 2,
    body: (count) => push(['["1","x"]', `[${times(count, '"1"')}]`, '["1","x"]']),
  },
  "Datadog, a document in a message": {
    format: datadog,
    policy: ASKS,
    most: MESSAGE_DOCUMENT_BYTES_MAX,
    body: (count) => {
      const document = `{"a":"${"b".repeat(count - 8)}"}`;
      return bytes(`[{},${JSON.stringify({ message: document })},{}]`);
    },
  },
  "Datadog, a document as the message": {
    format: datadog,
    policy: ASKS,
    most: MESSAGE_DOCUMENT_BYTES_MAX,
    body: (count) => bytes(`[{},{"message":{"a":"${"b".repeat(count - 8)}"}},{}]`),
  },
  "Datadog, tags of a series in JSON": {
    format: () => datadogSeriesJsonFormat("v1"),
    policy: ASKS_SERIES,
    most: TAGS_BYTES_MAX,
    body: (count) => series(["{}", `{"tags":["${"b".repeat(count - 4)}"]}`, "{}"]),
  },
  "Datadog, tags of a series in protobuf": {
    format: () => datadogSeriesProtobufFormat(),
    policy: ASKS_SERIES,
    most: TAGS_BYTES_MAX / 2,
    body: (count) => Buffer.concat([field(1), field(1, fields(count, field(3))), field(1)]),
  },
  "Datadog, fields of a series in protobuf": {
    format: () => datadogSeriesProtobufFormat(),
    policy: ASKS_SERIES,
    most: RECORD_FIELDS_MAX,
    body: (count) => Buffer.concat([field(1), field(1, fields(count, field(4))), field(1)]),
  },
};

/** Streams of Loki, whose labels, or metadata of one entry, have so many bytes. */
const LOKI: Readonly<Record<string, OfRecord>> = {
  "Loki in JSON, metadata": {
    format: () => lokiJsonFormat(),
    policy: ASKS,
    most: PAIRS_BYTES_MAX,
    body: (count) => push(['["1","x"]', `["1","x",{"a":"${"b".repeat(count - 4)}"}]`, '["1","x"]']),
  },
  "Loki in JSON, labels": {
    format: () => lokiJsonFormat(),
    policy: ASKS_RESOURCE,
    most: PAIRS_BYTES_MAX,
    body: (count) => {
      const stream = (value: string) => `{"stream":{"a":"${value}"},"values":[["1","x"]]}`;
      const long = stream("b".repeat(count - 4));
      return bytes(`{"streams":[${[stream(""), long, stream("")].join()}]}`);
    },
  },
  "Loki in protobuf, metadata": {
    format: () => lokiProtobufFormat(),
    policy: ASKS,
    most: PAIRS_BYTES_MAX,
    body: (count) => {
      const pair = field(3, field(1, bytes("a")), field(2, Buffer.alloc(count - 7, "b")));
      return field(1, LABELS, field(2), field(2, pair), field(2));
    },
  },
  "Loki in protobuf, labels": {
    format: () => lokiProtobufFormat(),
    policy: ASKS_RESOURCE,
    most: PAIRS_BYTES_MAX,
    body: (count) => {
      const stream = (value: string) => field(1, field(1, bytes(`{a="${value}"}`)), field(2));
      return Buffer.concat([stream(""), stream("b".repeat(count - 6)), stream("")]);
    },
  },
};

/** A request of one small record, with so much around it. */
const BODIES: Readonly<Record<string, OfRecord>> = {
  "OTLP in JSON, members of a resource": {
    format: json,
    policy: ASKS,
    // Those of the lists and of the scope are some, too.
    most: MEMBERS_MAX - 1,
    body: (count) => logs(["{}"], `${times(count, '"a":1')},`),
  },
  "OTLP in JSON, a resource": {
    format: json,
    policy: ASKS_RESOURCE,
    most: OWNER_BYTES_MAX,
    body: (count) => logs(["{}"], `"resource":${resource(count)},`),
  },
  "OTLP in JSON, a resource that nobody asks for": {
    format: json,
    policy: ASKS,
    most: OWNER_BYTES_MAX,
    body: (count) => logs(["{}"], `"resource":${resource(count)},`),
  },
  "OTLP in JSON, a resource that is repeated": {
    format: json,
    policy: ASKS_RESOURCE,
    most: OWNER_MEMBERS_MAX,
    body: (count) => logs(["{}"], `${times(count, '"resource":{}')},`),
  },
  "OTLP in protobuf, fields of a scope": {
    format: protobuf,
    policy: ASKS,
    most: CONTAINER_FIELDS_MAX - 1,
    body: (count) => protobufLogs([fields(count, field(9)), field(2)]),
  },
  "OTLP in protobuf, a resource": {
    format: protobuf,
    policy: ASKS_RESOURCE,
    // Its tag and its length.
    most: OWNER_BYTES_MAX - 4,
    body: (count) => protobufLogs([field(2)], field(1, field(9, Buffer.alloc(count)))),
  },
  "OTLP in protobuf, parts of a resource": {
    format: protobuf,
    policy: ASKS_RESOURCE,
    most: OWNER_PARTS_MAX,
    body: (count) => protobufLogs([field(2)], fields(count, field(1))),
  },
  "Loki in protobuf, fields of a stream": {
    format: () => lokiProtobufFormat(),
    policy: ASKS,
    most: CONTAINER_FIELDS_MAX - 2,
    body: (count) => field(1, LABELS, fields(count, field(9)), field(2)),
  },
  "Loki in JSON, members of a stream": {
    format: () => lokiJsonFormat(),
    policy: ASKS,
    most: MEMBERS_MAX - 2,
    body: (count) => push(['["1","x"]'], `${times(count, '"a":1')},`),
  },
};

function filtered({ format, policy, body }: OfRecord, count: number) {
  const [signal] = Object.keys(policy) as Signal[];
  const engine = engineWith([{ id: "p", name: "p", ...policy }]);
  const evaluation = signal && engine.evaluation(signal);
  if (evaluation === undefined) throw new Error("no policy works");
  const { records, dropped, unreadable } = format().filter(body(count), evaluation);
  return { records, dropped, unreadable };
}

describe("a record", () => {
  test.each(Object.entries({ ...RECORDS, ...LOKI }))("%s", (_, record) => {
    const most = Math.floor(record.most);
    expect(filtered(record, most)).toEqual({ records: 3, dropped: 3, unreadable: 0 });
    for (const more of [1, 100_000]) {
      const counts = filtered(record, most + more);
      expect(counts).toEqual({ records: 3, dropped: 2, unreadable: 1 });
    }
  });
});

describe("what is around records", () => {
  test.each(Object.entries(BODIES))("%s", (_, around) => {
    expect(filtered(around, around.most)).toEqual({ records: 1, dropped: 1, unreadable: 0 });
    for (const more of [1, 100_000]) {
      expect(() => filtered(around, around.most + more)).toThrow(UndecodableError);
    }
  });
});

test("a resource behind a record with more in it is read", () => {
  const match = [{ resource_attribute: "asked", exact: "x" }];
  const policy = { match: [...match, { datapoint_attribute: "a", exists: false }], keep: false };
  const engine = engineWith([{ id: "p", name: "p", metric: policy }]);
  const asked = '{"attributes":[{"key":"asked","value":{"stringValue":"x"}}]}';
  const metric = (points: number): string =>
    `{"gauge":{"dataPoints":[${times(points, '{"attributes":[]}')}]}}`;
  const resourceOf = (metrics: string): string =>
    `{"schemaUrl":"u","resource":${asked},"scopeMetrics":[{"metrics":[${metrics}]}]}`;
  const all = [resourceOf(metric(ASKED_PARTS_MAX + 1)), resourceOf(metric(1))];
  const { records, dropped, unreadable } = otlpJsonFormat("metric").filter(
    bytes(`{"resourceMetrics":[${all.join()}]}`),
    engine.evaluation("metric")!,
  );
  expect({ records, dropped, unreadable }).toEqual({ records: 2, dropped: 1, unreadable: 1 });
});
