// Where the bytes went: of every body of every format, what policies took away and added is what
// lies between its length and that of what leaves, to the byte, and policies say the same in all.

import { describe, expect, test } from "bun:test";
import { toBinary } from "@bufbuild/protobuf";
import * as fc from "fast-check";
import { encodeUtf8 } from "../../src/core/utf8.ts";
import { judgeWhole } from "../../src/pipeline/body-judging.ts";
import { Delivery, leftOut } from "../../src/pipeline/delivery.ts";
import {
  AUTHORING,
  budgetPolicies,
  Budgets,
  BYTE_COUNTS,
  createEngine,
  decodePolicySet,
  type Engine,
  type RecordFormat,
  type Signal,
} from "../../src/policy/index.ts";
import {
  PolicyStreamingFilter,
  ProtobufFilter,
} from "../../src/protocols/prometheus/format/index.ts";
import {
  datadogLogsFormat,
  datadogSeriesJsonFormat,
  datadogSeriesProtobufFormat,
} from "../../src/protocols/datadog/format/index.ts";
import { lokiJsonFormat, lokiProtobufFormat } from "../../src/protocols/loki/format/index.ts";
import { otlpJsonFormat, otlpProtobufFormat } from "../../src/protocols/otlp/format/index.ts";
import type { Events } from "../../src/o11y/events.ts";
import { record } from "../protocols/datadog/format/arbitrary-logs.ts";
import { type PlainSeries, writeSeries } from "../protocols/datadog/format/metric-payload.ts";
import { formatOf, type Setup } from "../protocols/lines/filter-lines.ts";
import { pushArbitrary, writeJson, writeProtobuf } from "../protocols/loki/format/push.ts";
import { REQUEST_SCHEMAS } from "../protocols/otlp/format/decoded-request.ts";
import { REQUESTS } from "../protocols/otlp/format/json/arbitrary-otlp.ts";
import { messages, toOtlpJson } from "../protocols/otlp/format/message-maker.ts";
import { encodeFamilies } from "../protocols/prometheus/format/protobuf/families.ts";
import { MIDNIGHT_MS, utcDay } from "../policy/budget/simulated-day.ts";
import { finish } from "../support/steps.ts";
import { RecordingBus } from "../support/proxy-fakes.ts";

type Evaluated = Events["records.evaluated"];

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
const POLICIES: Readonly<Record<Signal, fc.Arbitrary<object>>> = {
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

/** What all records have, so that a budget is for them. */
const ANY: Readonly<Record<Signal, readonly object[]>> = {
  log: [{ log_field: "body", regex: "." }],
  metric: [{ metric_field: "name", regex: "." }],
  trace: [{ trace_field: "name", regex: "." }],
};

/** An engine with random policies of a signal, a budget, and luck. */
function engineOf(signal: Signal): fc.Arbitrary<Engine> {
  const set = fc.array(POLICIES[signal], { minLength: 1, maxLength: 4 });
  const luck = fc.double({ min: 0, max: 0.99, noNaN: true });
  const budget = fc.record({
    match: fc.constant(ANY[signal]),
    bytesPerDay: fc.constantFrom(1, 1_000_000, 1_000_000_000),
    keepsErrors: fc.boolean(),
    keepsRare: fc.boolean(),
  });
  return fc.tuple(set, luck, fc.option(budget)).map(([parts, random, spending]) => {
    const policies = parts.map((part, i) => ({ id: `p${i}`, name: "p", ...part }));
    const fixed = { name: "all", signals: [signal], timeZone: "UTC" };
    const all = spending === null ? [] : [{ ...fixed, ...spending }];
    const budgets = new Budgets(all, { nowMs: () => MIDNIGHT_MS, dayAt: utcDay });
    const engine = createEngine({
      validateRegex: () => undefined,
      nowMs: () => 0,
      random: () => random,
      budgetOf: (name) => budgets.of(name),
    });
    const made = decodePolicySet({ policies }, AUTHORING).policies;
    finish(engine.replace([...made, ...all.flatMap(budgetPolicies)]));
    return engine;
  });
}

function expectSum(told: Partial<Evaluated>, sent: number, forwarded: number): void {
  const { addedBytes = 0, ...taken } = told;
  let sum = -addedBytes;
  for (const name of BYTE_COUNTS) if (name !== "addedBytes") sum += taken[name] ?? 0;
  expect(sum).toBe(sent - forwarded);
}

/** Policies say of themselves what is said of all of them. */
function expectTotals(engine: Engine, all: readonly Partial<Evaluated>[]): void {
  for (const name of [...BYTE_COUNTS, "sampled", "limited", "budgeted"] as const) {
    const of = (rows: readonly Partial<Record<typeof name, number>>[]): number =>
      rows.reduce((sum, row) => sum + (row[name] ?? 0), 0);
    expect([name, of(engine.totals())]).toEqual([name, of(all)]);
  }
}

function judge(
  format: RecordFormat,
  engine: Engine,
  signal: Signal,
  bytes: Uint8Array,
): Evaluated[] {
  const bus = new RecordingBus();
  const telemetry = "otlp_logs";
  const evaluation = engine.evaluation(signal);
  if (evaluation === undefined) return [];
  const delivery = new Delivery(bus, telemetry);
  const judging = { bus, telemetry, format, evaluation, bytes, delivery, span: undefined };
  const outcome = judgeWhole(judging);
  const told = bus.of("records.evaluated");
  for (const one of told) {
    const isGone = one.records > 0 && one.dropped === one.records && outcome?.remains !== true;
    expect(one.bytesOut).toBe(isGone ? 0 : (outcome?.body ?? bytes).length);
    expectSum(one, bytes.length, one.bytesOut);
  }
  return told;
}

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

interface Case {
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
const CASES: readonly (readonly [string, Case])[] = [
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

describe("what policies took away and added is what a body is shorter by", () => {
  test.each(CASES)("%s", (_, { signal, format, body }) => {
    const bodies = fc.array(body, { minLength: 1, maxLength: 3 });
    let judged = 0;
    fc.assert(
      fc.property(engineOf(signal), bodies, (engine, all) => {
        const told = all.flatMap((one) => judge(format, engine, signal, one));
        judged += told.length;
        expectTotals(engine, told);
      }),
      { numRuns: 80 },
    );
    expect(judged).toBeGreaterThan(40);
  });

  const LINE = fc.constantFrom(
    "plain x",
    "",
    '{"message":"a b","level":"info","a":{"b":"x"}}',
    "msg=ax level=warn team=b",
    "level=x",
  );
  const SETUPS: readonly Setup[] = [
    { syntax: "raw" },
    { syntax: "json" },
    { syntax: "logfmt", rules: [{ kind: "exclude", pattern: "^level=x" }] },
  ];
  test.each(SETUPS)("lines %j", (setup) => {
    fc.assert(
      fc.property(engineOf("log"), fc.array(LINE), (engine, lines) => {
        const bytes = encodeUtf8(lines.map((line) => `${line}\n`).join(""));
        const evaluation = engine.evaluation("log");
        const block = { resource: new Map(), isFinal: true };
        const { body, excludedBytes, settlement } = formatOf(setup).filterBlock(
          bytes,
          evaluation,
          block,
        );
        const sizes = {
          bytesIn: bytes.length - excludedBytes,
          bytesOut: (body ?? bytes).length,
        };
        const told = leftOut(settlement, 0, sizes);
        expectSum(told, sizes.bytesIn, sizes.bytesOut);
        expectTotals(engine, [told]);
      }),
      { numRuns: 300 },
    );
  });

  const SAMPLE = fc.constantFrom(
    "a 1\n",
    'x{team="1"} 2\n',
    "# TYPE x counter\n",
    "# HELP o y\n",
    "o 1\n",
  );
  const METRICS_OF = [
    { labels: [["team", "x"]], value: 1 },
    { labels: [], value: 2 },
  ] as const;
  const family = fc.constantFrom("a", "x_total", "o");
  const expositions = {
    text: fc.array(SAMPLE).map((lines) => encodeUtf8(lines.join(""))),
    protobuf: fc
      .array(family)
      .map((names) =>
        encodeFamilies(names.map((name) => ({ name, type: 1, metrics: METRICS_OF }))),
      ),
  } as const;
  test.each(["text", "protobuf"] as const)("Prometheus, %s, in chunks", (kind) => {
    const Filter = kind === "text" ? PolicyStreamingFilter : ProtobufFilter;
    fc.assert(
      fc.property(engineOf("metric"), expositions[kind], fc.nat(40), (engine, bytes, size) => {
        const filter = new Filter({
          evaluation: engine.evaluation("metric"),
          sink: { write: () => undefined },
        });
        for (let at = 0; at < bytes.length; at += size + 1)
          filter.push(bytes.subarray(at, at + size + 1));
        filter.end();
        const { bytesIn, bytesOut } = filter.counts;
        const told = leftOut(filter.settlement, 0, { bytesIn, bytesOut });
        expectSum(told, bytes.length, bytesOut);
        expectTotals(engine, [told]);
      }),
      { numRuns: 300 },
    );
  });
});
