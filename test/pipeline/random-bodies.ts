// Bodies of every format that is judged whole, and policies of every signal, at random.

import { toBinary } from "@bufbuild/protobuf";
import * as fc from "fast-check";
import { encodeUtf8 } from "../../src/core/utf8.ts";
import type { RecordFormat, Signal } from "../../src/policy/index.ts";
import {
  datadogLogsFormat,
  datadogSeriesJsonFormat,
  datadogSeriesProtobufFormat,
} from "../../src/protocols/datadog/format/index.ts";
import { lokiJsonFormat, lokiProtobufFormat } from "../../src/protocols/loki/format/index.ts";
import { otlpJsonFormat, otlpProtobufFormat } from "../../src/protocols/otlp/format/index.ts";
import { record } from "../protocols/datadog/format/arbitrary-logs.ts";
import { type PlainSeries, writeSeries } from "../protocols/datadog/format/metric-payload.ts";
import { pushArbitrary, writeJson, writeProtobuf } from "../protocols/loki/format/push.ts";
import { REQUEST_SCHEMAS } from "../protocols/otlp/format/decoded-request.ts";
import { REQUESTS } from "../protocols/otlp/format/json/arbitrary-otlp.ts";
import { messages, toOtlpJson } from "../protocols/otlp/format/message-maker.ts";

const LETTERS = fc.constantFrom("a", "b", "e", "x", "o", "1");
const NAMES = fc.constantFrom("a", "b", "c", "service.name", "team", "level");
const TEXT = fc.constantFrom("", "x", 'a longer text of "some" bytes', "ä\n");

/** A keep of logs, and transforms of everything that can be changed. */
const logPolicy = fc.record({
  match: fc.oneof(
    LETTERS.map((contains) => [{ log_field: "body", contains }]),
    NAMES.map((name) => [{ log_attribute: name, exists: true }]),
    NAMES.map((name) => [{ resource_attribute: name, exists: true }]),
    fc.constant([{ log_field: "body", regex: "." }]),
  ),
  keep: fc.constantFrom("none", "all", "50%", "2/s", "0%"),
  transform: fc.record(
    {
      remove: NAMES.map((name) => [{ log_attribute: name }, { resource_attribute: name }]),
      redact: TEXT.map((replacement) => [
        { log_field: "body", regex: "[a-m]+", replacement },
        { resource_attribute: "service.name", replacement },
        { log_attribute: ["a", "b"], replacement },
      ]),
      rename: fc.tuple(NAMES, NAMES, fc.boolean()).map(([from, to, upsert]) => [
        { from_log_attribute: from, to, upsert },
        { from_resource_attribute: to, to: from, upsert },
      ]),
      add: fc.tuple(NAMES, TEXT, fc.boolean()).map(([name, value, upsert]) => [
        { log_attribute: name, value, upsert },
        { log_attribute: [name, "new"], value, upsert },
        { resource_attribute: name, value, upsert },
        { scope_attribute: name, value, upsert },
        { log_field: "severity_text", value, upsert },
      ]),
    },
    { requiredKeys: [] },
  ),
});
const metricPolicy = fc.record({
  match: fc.oneof(
    LETTERS.map((contains) => [{ metric_field: "name", contains }]),
    NAMES.map((name) => [{ datapoint_attribute: name, exists: true }]),
  ),
  keep: fc.boolean(),
});
const tracePolicy = fc.record({
  match: fc.oneof(
    LETTERS.map((contains) => [{ trace_field: "name", contains }]),
    fc.constant([{ trace_field: "name", regex: "." }]),
  ),
  keep: fc.constantFrom(0, 1, 50, 99, 100).map((percentage) => ({ percentage })),
});
const action = fc.constantFrom("ACTION_DROP", "ACTION_DROP", "ACTION_KEEP");
const on = (target: object, predicate: object, negate = false): object => ({
  matches: [{ target, predicate, negate }],
});
/** In OpenTelemetry's dialect, of metrics also such as take single data points away. */
const metricFilter = fc
  .tuple(
    fc.oneof(
      LETTERS.map((contains) => on({ descriptor_field: "NAME" }, { contains })),
      fc.constantFrom("SUM", "GAUGE").map((equals) => on({ descriptor_field: "TYPE" }, { equals })),
      fc
        .tuple(NAMES, fc.boolean())
        .map(([name, negate]) => on({ datapoint_attribute: [name] }, { exists: {} }, negate)),
    ),
    action,
  )
  .map(([matches, of]) => ({ metric_filter: { ...matches, action: of } }));
const traceSampling = fc
  .tuple(
    fc.constantFrom(
      on({ record_field: "NAME" }, { regex: "." }),
      on(
        { record_field: "KIND" },
        {
          equals: "INTERNAL",
        },
      ),
    ),
    fc.constantFrom(0, 50, 99, 100),
  )
  .map(([matches, percentage]) => ({ trace_sampling: { ...matches, sampling: { percentage } } }));
export const POLICIES: Readonly<Record<Signal, fc.Arbitrary<object>>> = {
  log: logPolicy.map((log) => ({ log })),
  metric: fc.oneof(
    metricPolicy.map((metric) => ({ metric })),
    metricFilter,
  ),
  trace: fc.oneof(
    tracePolicy.map((trace) => ({ trace })),
    traceSampling,
  ),
};

const SERIES: fc.Arbitrary<PlainSeries[]> = fc.array(
  fc.record({
    metric: fc.constantFrom("a.b", "x", "other"),
    tags: fc.array(fc.constantFrom("a:1", "team:x", "level"), { maxLength: 3 }),
    type: fc.constantFrom(0, 1, 3),
    points: fc.constant([{ value: 1, timestamp: 2 }]),
  }),
  { maxLength: 4 },
);
const seriesJson = (all: readonly PlainSeries[]): Uint8Array =>
  encodeUtf8(
    JSON.stringify({ series: all.map(({ metric, tags }) => ({ metric, tags, points: [] })) }),
  );

/** Bodies of one format. */
export interface Case {
  readonly signal: Signal;
  readonly format: RecordFormat;
  readonly body: fc.Arbitrary<Uint8Array>;
}
const otlp = (signal: Signal): readonly (readonly [string, Case])[] => {
  const schema = REQUEST_SCHEMAS[signal];
  const made = messages(schema);
  return [
    [
      `OTLP JSON, ${signal}s`,
      {
        signal,
        format: otlpJsonFormat(signal),
        body: fc
          .oneof(
            REQUESTS[signal],
            made.map((one) => toOtlpJson(schema, one)),
          )
          .map(encodeUtf8),
      },
    ],
    [
      `OTLP protobuf, ${signal}s`,
      {
        signal,
        format: otlpProtobufFormat(signal),
        body: made.map((one) => toBinary(schema, one)),
      },
    ],
  ];
};
const log = "log";
const metric = "metric";
const records = fc.array(record, { maxLength: 5 });
export const CASES: readonly (readonly [string, Case])[] = [
  ...otlp("log"),
  ...otlp("metric"),
  ...otlp("trace"),
  [
    "Datadog logs",
    {
      signal: log,
      format: datadogLogsFormat(),
      body: records.map((all) => encodeUtf8(`[ ${all.join(" , ")} ]`)),
    },
  ],
  [
    "Datadog logs, a line each",
    {
      signal: log,
      format: datadogLogsFormat(),
      body: records.map((all) =>
        encodeUtf8(all.map((one) => one.replaceAll("\n", " ")).join("\n")),
      ),
    },
  ],
  [
    "Datadog series",
    { signal: metric, format: datadogSeriesJsonFormat("v2"), body: SERIES.map(seriesJson) },
  ],
  [
    "Datadog series in protobuf",
    { signal: metric, format: datadogSeriesProtobufFormat(), body: SERIES.map(writeSeries) },
  ],
  ["Loki JSON", { signal: log, format: lokiJsonFormat(), body: pushArbitrary.map(writeJson) }],
  [
    "Loki protobuf",
    {
      signal: log,
      format: lokiProtobufFormat(),
      body: pushArbitrary.map((push) => writeProtobuf(push)),
    },
  ],
];
