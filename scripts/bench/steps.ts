// How long others wait for the longest step of filtering one large body, in shapes that are hard to
// cut into steps: one huge record, one huge member, what belongs to a list written behind it. It is
// CPU time of this thread: what others use of the cores meanwhile is none of its steps.

import { STEP_BYTES_MIN, STEP_MS_MAX } from "../../src/core/limits.ts";
import { AUTHORING, createEngine, decodePolicySet } from "../../src/policy/index.ts";
import type { RecordFormat, Signal } from "../../src/policy/index.ts";
import { datadogLogsFormat } from "../../src/protocols/datadog/format/index.ts";
import { lokiJsonFormat, lokiProtobufFormat } from "../../src/protocols/loki/format/index.ts";
import { otlpJsonFormat, otlpProtobufFormat } from "../../src/protocols/otlp/format/index.ts";
import { printTable } from "./measure.ts";

const MIB = 1024 * 1024;
const SIZES = [32, 64];
const ROUNDS = 2;

interface Shape {
  readonly title: string;
  readonly format: RecordFormat;
  readonly body: (bytes: number) => Uint8Array;
  readonly policy?: unknown;
  /** Logs, if nothing else. */
  readonly signal?: Signal;
}

const LINE = "a log line as they come, with some words in it, ".repeat(8);
const LOG = { body: { stringValue: LINE } };
const ATTRIBUTE = '{"key":"asked","value":{"stringValue":"a"}}';
const GROWS = {
  match: [{ log_field: "body", contains: "log line" }],
  keep: "all",
  transform: { add: [{ log_attribute: "seen", value: "x".repeat(200) }] },
};
const OF_A_RESOURCE = { match: [{ resource_attribute: "service.name", exact: "a" }], keep: "none" };
const MASKS = {
  match: [{ log_attribute: "asked", exact: "a" }],
  keep: "all",
  transform: { redact: [{ log_attribute: "asked", replacement: "***" }] },
};
const OF_RESOURCES = {
  match: [{ resource_attribute: "service.name", exists: false }],
  keep: "all",
  transform: { add: [{ resource_attribute: "seen", value: "yes" }] },
};
const OF_POINTS = { match: [{ datapoint_attribute: "asked", exact: "b" }], keep: false };
const OF_EVENTS = {
  match: [{ event_attribute: "asked", exact: "b" }],
  keep: { percentage: 0 },
};
const OF_LABELS = { match: [{ resource_attribute: "asked", exact: "b" }], keep: "none" };
const json = otlpJsonFormat("log");
const protobuf = otlpProtobufFormat("log");
const datadog = datadogLogsFormat();

function request(records: string, before = "", behind = ""): Buffer {
  return Buffer.from(
    `{${before}"resourceLogs":[{"scopeLogs":[{"logRecords":[${records}]}]${behind}}]}`,
  );
}
const many = (one: string, bytes: number, comma = ","): string =>
  Array.from({ length: Math.floor(bytes / (one.length + comma.length)) }, () => one).join(comma);
const text = (bytes: number): string => "words of a text ".repeat(bytes / 16);
const records = (bytes: number): string => many(JSON.stringify(LOG), bytes);

/** A length-delimited field. */
function field(number: number, parts: readonly Uint8Array[] = []): Uint8Array {
  const content = Buffer.concat(parts);
  const head = [number * 8 + 2];
  let rest = content.length;
  for (; rest >= 0x80; rest >>>= 7) head.push((rest & 0x7f) | 0x80);
  return Buffer.concat([Buffer.of(...head, rest), content]);
}
const repeated = (one: Uint8Array, bytes: number): Uint8Array =>
  Buffer.alloc(bytes - (bytes % one.length), one);
const protobufAttribute = (number: number): Uint8Array =>
  field(number, [field(1, [Buffer.from("asked")]), field(2, [field(1, [Buffer.from("a")])])]);
const protobufLog = (body: string): Uint8Array =>
  field(2, [field(5, [field(1, [Buffer.from(body)])])]);

function protobufLogs(bytes: number): Uint8Array {
  const one = protobufLog(LOG.body.stringValue);
  return field(
    2,
    Array.from({ length: Math.floor(bytes / one.length) }, () => one),
  );
}

const SHAPES: readonly Shape[] = [
  { title: "JSON, small records", format: json, body: (size) => request(records(size)) },
  {
    title: "JSON, small records, all edited, longer then",
    format: json,
    policy: GROWS,
    body: (size) => request(records(size)),
  },
  {
    title: "JSON, tiny records, all edited, much longer then",
    format: json,
    policy: GROWS,
    body: (size) => request(many('{"body":{"stringValue":"log line"}}', size)),
  },
  {
    title: "JSON, the last of small records edited",
    format: json,
    policy: GROWS,
    body: (size) => request(`${records(size).replaceAll("log", "the")},${JSON.stringify(LOG)}`),
  },
  {
    title: "JSON, the resource behind its records",
    format: json,
    policy: OF_A_RESOURCE,
    body: (size) => request(records(size), "", `,"resource":{"attributes":[]}`),
  },
  {
    title: "JSON, the resource behind its records, edited",
    format: json,
    policy: OF_RESOURCES,
    body: (size) => request(records(size), "", `,"resource":{"attributes":[]}`),
  },
  {
    title: "JSON, one record",
    format: json,
    body: (size) => request(JSON.stringify({ body: { stringValue: text(size) } })),
  },
  {
    title: "JSON, one record, an attribute of many values",
    format: json,
    body: (size) =>
      request(
        `{"attributes":[{"key":"a","value":{"arrayValue":{"values":[${many(
          '{"stringValue":"a"}',
          size,
        )}]}}}]}`,
      ),
  },
  {
    title: "JSON, one record of attributes that are asked for, edited",
    format: json,
    policy: MASKS,
    body: (size) => request(`{"attributes":[${many(ATTRIBUTE, size)}]}`),
  },
  {
    title: "JSON, one member that nobody knows",
    format: json,
    body: (size) => request(JSON.stringify(LOG), `"x":${JSON.stringify(text(size))},`),
  },
  {
    title: "JSON, the same, of many values",
    format: json,
    body: (size) => request(JSON.stringify(LOG), `"x":[${many("1", size)}],`),
  },
  {
    title: "protobuf, small records",
    format: protobuf,
    body: (size) => field(1, [protobufLogs(size)]),
  },
  {
    title: "protobuf, small records, the resource edited behind them",
    format: protobuf,
    policy: OF_RESOURCES,
    body: (size) => field(1, [protobufLogs(size), field(1)]),
  },
  {
    title: "protobuf, one record",
    format: protobuf,
    body: (size) => field(1, [field(2, [protobufLog(text(size))])]),
  },
  {
    title: "protobuf, one record of attributes that are asked for, edited",
    format: protobuf,
    policy: MASKS,
    body: (size) => {
      const all = repeated(protobufAttribute(6), size);
      return field(1, [field(2, [field(2, [all])])]);
    },
  },
  {
    title: "JSON, one metric, attributes of its data points asked for",
    format: otlpJsonFormat("metric"),
    signal: "metric",
    policy: OF_POINTS,
    body: (size) => {
      const points = many(`{"attributes":[${ATTRIBUTE}]}`, size);
      const metric = `{"gauge":{"dataPoints":[${points}]}}`;
      return Buffer.from(`{"resourceMetrics":[{"scopeMetrics":[{"metrics":[${metric}]}]}]}`);
    },
  },
  {
    title: "protobuf, the same",
    format: otlpProtobufFormat("metric"),
    signal: "metric",
    policy: OF_POINTS,
    body: (size) => {
      const points = repeated(field(1, [protobufAttribute(7)]), size);
      return field(1, [field(2, [field(2, [field(5, [points])])])]);
    },
  },
  {
    title: "protobuf, one metric of empty data points, their attributes asked for",
    format: otlpProtobufFormat("metric"),
    signal: "metric",
    policy: OF_POINTS,
    body: (size) => field(1, [field(2, [field(2, [field(5, [repeated(field(1), size)])])])]),
  },
  {
    title: "JSON, one span, attributes of its events asked for",
    format: otlpJsonFormat("trace"),
    signal: "trace",
    policy: OF_EVENTS,
    body: (size) => {
      const span = `{"events":[${many(`{"attributes":[${ATTRIBUTE}]}`, size)}]}`;
      return Buffer.from(`{"resourceSpans":[{"scopeSpans":[{"spans":[${span}]}]}]}`);
    },
  },
  {
    title: "protobuf, the same",
    format: otlpProtobufFormat("trace"),
    signal: "trace",
    policy: OF_EVENTS,
    body: (size) => {
      const events = repeated(field(11, [protobufAttribute(3)]), size);
      return field(1, [field(2, [field(2, [events])])]);
    },
  },
  {
    title: "Loki in JSON, labels of one stream",
    format: lokiJsonFormat(),
    policy: OF_LABELS,
    body: (size) => {
      const labels = many('"asked":"a"', size);
      return Buffer.from(`{"streams":[{"stream":{${labels}},"values":[["1","line"]]}]}`);
    },
  },
  {
    title: "Loki in protobuf, the same",
    format: lokiProtobufFormat(),
    policy: OF_LABELS,
    body: (size) => {
      const labels = field(1, [Buffer.from(`{${many('asked="a"', size)}}`)]);
      return field(1, [labels, field(2, [field(2, [Buffer.from("line")])])]);
    },
  },
  {
    title: "Loki in JSON, metadata of one entry",
    format: lokiJsonFormat(),
    policy: MASKS,
    body: (size) => {
      const pairs = many('"asked":"a"', size);
      return Buffer.from(`{"streams":[{"stream":{},"values":[["1","line",{${pairs}}]]}]}`);
    },
  },
  {
    title: "Loki in protobuf, the same",
    format: lokiProtobufFormat(),
    policy: MASKS,
    body: (size) => {
      const pair = field(3, [field(1, [Buffer.from("asked")]), field(2, [Buffer.from("a")])]);
      const labels = field(1, [Buffer.from(`{a="b"}`)]);
      return field(1, [labels, field(2, [repeated(pair, size)])]);
    },
  },
  {
    title: "Datadog, an array",
    format: datadog,
    body: (size) => Buffer.from(`[${many(JSON.stringify({ message: LINE }), size)}]`),
  },
  {
    title: "Datadog, an array, all edited",
    format: datadog,
    policy: GROWS,
    body: (size) => Buffer.from(`[${many(JSON.stringify({ message: LINE }), size)}]`),
  },
  {
    title: "Datadog, one line of objects",
    format: datadog,
    body: (size) => Buffer.from(many(JSON.stringify({ message: LINE }), size, " ")),
  },
  {
    title: "Datadog, one record",
    format: datadog,
    body: (size) => Buffer.from(JSON.stringify([{ message: text(size) }])),
  },
  {
    title: "Datadog, one record of attributes that are asked for, edited",
    format: datadog,
    policy: MASKS,
    body: (size) => Buffer.from(`[{${many('"asked":"a"', size)}}]`),
  },
  {
    title: "Datadog, one record of tags that are asked for",
    format: datadog,
    policy: MASKS,
    body: (size) => Buffer.from(`[{"ddtags":"${many("asked:a", size)}"}]`),
  },
  {
    title: "Datadog, one record of members that nobody asks for",
    format: datadog,
    policy: MASKS,
    body: (size) => Buffer.from(`[{${many('"a":1', size)}}]`),
  },
  {
    title: "Datadog, one record, a document of such members in its message",
    format: datadog,
    policy: MASKS,
    body: (size) => Buffer.from(JSON.stringify([{ message: `{${many('"a":1', size * 0.75)}}` }])),
  },
];

const DROPS = { match: [{ log_field: "body", contains: "nowhere" }], keep: "none" };

function nowMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

/** The longest step of the quickest round, and how long all took. */
function measured(
  { format, body, policy = DROPS, signal = "log" }: Shape,
  size: number,
): [number, number] {
  const engine = createEngine({ validateRegex: () => undefined, nowMs, random: Math.random });
  const set = decodePolicySet({ policies: [{ id: "p", name: "P", [signal]: policy }] }, AUTHORING);
  if (set.policies.length === 0) throw new Error(JSON.stringify(set));
  const compiling = engine.replace(set.policies);
  while (compiling.next().done !== true);
  const bytes = body(size);
  let best: [number, number] = [Infinity, Infinity];
  for (let round = 0; round < ROUNDS; round++) {
    const evaluation = engine.evaluation(signal)?.forSteps?.();
    if (evaluation === undefined) throw new Error("no policy works");
    let untilMs = 0;
    const isDue = (): boolean => nowMs() >= untilMs;
    const steps = format.filterSteps?.(bytes, evaluation, { everyBytes: STEP_BYTES_MIN, isDue });
    if (steps === undefined) throw new Error("not in steps");
    const startMs = nowMs();
    let longestMs = 0;
    for (let isDone = false; !isDone;) {
      const stepMs = nowMs();
      untilMs = stepMs + STEP_MS_MAX;
      isDone = steps.next().done === true;
      longestMs = Math.max(longestMs, nowMs() - stepMs);
    }
    if (longestMs < best[0]) best = [longestMs, nowMs() - startMs];
  }
  return best;
}

export function run(): Promise<void> {
  const rows = SHAPES.map((shape) => [
    shape.title,
    ...SIZES.flatMap((size) => measured(shape, size * MIB).map((ms) => `${ms.toFixed(0)} ms`)),
  ]);
  const header = SIZES.flatMap((size) => [`${size} MiB: longest step`, "all"]);
  printTable(["one body", ...header], rows);
  return Promise.resolve();
}
