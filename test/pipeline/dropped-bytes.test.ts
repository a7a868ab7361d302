// What a policy is told of the bytes that it had dropped: the record's own, in every format.

import { expect, test } from "bun:test";
import { create, toBinary } from "@bufbuild/protobuf";
import {
  datadogLogsFormat,
  datadogSeriesJsonFormat,
  datadogSeriesProtobufFormat,
} from "../../src/protocols/datadog/format/index.ts";
import { otlpJsonFormat, otlpProtobufFormat } from "../../src/protocols/otlp/format/index.ts";
import type { FieldName, Policy, RecordFormat, Signal } from "../../src/policy/index.ts";
import { ExportLogsServiceRequestSchema } from "../../src/proto/index.ts";
import { LogRecordSchema } from "../../src/proto/gen/opentelemetry/proto/logs/v1/logs_pb.ts";
import { writeSeries } from "../protocols/datadog/format/metric-payload.ts";
import { filterBytes } from "../protocols/prometheus/format/filter-text.ts";
import { policyOf, testEngine } from "../support/engine.ts";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

function dropping(signal: Signal, field: FieldName, text: string): Policy {
  const matcher = {
    field: { kind: "field", field },
    condition: { op: "equals", value: { type: "string", value: text } },
    negate: false,
    caseInsensitive: false,
  } as const;
  return policyOf("drop", [matcher], { kind: "none" }, { signal });
}
const LOGS = dropping("log", "severity_text", "DEBUG");
const METRICS = dropping("metric", "name", "gone");

function droppedBytes(
  policy: Policy,
  signal: Signal,
  format: RecordFormat,
  ...bodies: readonly Uint8Array[]
): [dropped: number, bytes: number] {
  const { engine } = testEngine([policy]);
  let dropped = 0;
  for (const body of bodies) dropped += format.filter(body, engine.evaluation(signal)!).dropped;
  return [dropped, engine.totals()[0]!.droppedBytes];
}

// Spaces and letters of two bytes: bytes of the input count, not characters of what it means.
const DEBUG = [
  '{ "severityText" : "DEBUG", "body": {"stringValue": "ä"} }',
  '{"severityText":"DEBUG"}',
];
const INFO = '{"severityText":"INFO"}';
const sum = (texts: readonly string[]): number =>
  texts.reduce((bytes, text) => bytes + utf8(text).length, 0);

test("OTLP JSON: of a record its object, without commas and spaces around it", () => {
  const list = `[ ${DEBUG[0]} , ${INFO},${DEBUG[1]} ]`;
  const body = utf8(`{"resourceLogs":[{"scopeLogs":[{"logRecords":${list}}]}]}`);
  expect(droppedBytes(LOGS, "log", otlpJsonFormat("log"), body)).toEqual([2, sum(DEBUG)]);
  expect(droppedBytes(LOGS, "log", otlpJsonFormat("log"), body, body)).toEqual([4, 2 * sum(DEBUG)]);
});

test("OTLP protobuf: of a record its message, without tag and length", () => {
  const records = ["DEBUG", "INFO", "DEBUG"].map((severityText, i) =>
    create(LogRecordSchema, { severityText, timeUnixNano: BigInt(i) }),
  );
  const request = { resourceLogs: [{ scopeLogs: [{ logRecords: records }] }] };
  const body = toBinary(
    ExportLogsServiceRequestSchema,
    create(ExportLogsServiceRequestSchema, request),
  );
  const bytes =
    toBinary(LogRecordSchema, records[0]!).length + toBinary(LogRecordSchema, records[2]!).length;
  expect(droppedBytes(LOGS, "log", otlpProtobufFormat("log"), body)).toEqual([2, bytes]);
});

test("Datadog logs: of a record its object, in an array and on a line", () => {
  const debug = '{"status":"DEBUG", "message":"ä"}';
  const array = utf8(`[${debug} , {"status":"INFO"}]`);
  const lines = utf8(`${debug}\n{"status":"INFO"}\n${debug}\n`);
  const format = datadogLogsFormat();
  expect(droppedBytes(LOGS, "log", format, array)).toEqual([1, sum([debug])]);
  expect(droppedBytes(LOGS, "log", format, lines)).toEqual([2, 2 * sum([debug])]);
});

test("Datadog series: of a series its object or its message", () => {
  const gone = '{"metric":"gone","points":[]}';
  const json = utf8(`{"series":[ ${gone}, {"metric":"kept","points":[]}]}`);
  const format = datadogSeriesJsonFormat("v2");
  expect(droppedBytes(METRICS, "metric", format, json)).toEqual([1, sum([gone])]);
  const [one, other] = [{ metric: "gone", tags: ["a:b"] }, { metric: "kept" }];
  const message = writeSeries([one]).length - 2;
  const body = writeSeries([one, other]);
  const protobuf = datadogSeriesProtobufFormat();
  expect(droppedBytes(METRICS, "metric", protobuf, body)).toEqual([1, message]);
});

test("Prometheus: of a sample its line, without the end of the line", () => {
  const { engine } = testEngine([METRICS]);
  const gone = ['gone{path="ä"} 1', "gone 2 1700000000000"];
  const text = utf8(`# TYPE gone gauge\n${gone.join("\n")}\nkept 3\n`);
  const evaluation = engine.evaluation("metric")!;
  const { counts } = filterBytes(text, { evaluation, chunkBytes: [7] });
  expect([counts.dropped, engine.totals()[0]!.droppedBytes]).toEqual([2, sum(gone)]);
});

test("a record that another policy dropped counts for that one only", () => {
  const all: Policy = { ...LOGS, id: "a" };
  const { engine } = testEngine([LOGS, all]);
  const body = utf8(`{"resourceLogs":[{"scopeLogs":[{"logRecords":[${DEBUG[1]}]}]}]}`);
  otlpJsonFormat("log").filter(body, engine.evaluation("log")!);
  expect(engine.totals().map(({ id, droppedBytes: bytes }) => [id, bytes])).toEqual([
    ["a", sum([DEBUG[1]!])],
    ["drop", 0],
  ]);
});

test("a body that turns out undecodable has dropped nothing", () => {
  const body = utf8(`{"resourceLogs":[{"scopeLogs":[{"logRecords":[${DEBUG[1]}]}]}`);
  const { engine } = testEngine([LOGS]);
  expect(() => otlpJsonFormat("log").filter(body, engine.evaluation("log")!)).toThrow();
  expect(engine.totals()[0]!.droppedBytes).toBe(0);
});
