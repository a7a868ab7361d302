// Bodies that are filtered in steps come to what they come to in one go, in every format, whatever
// is judged between two steps.

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { encodeUtf8 } from "../../src/core/utf8.ts";
import {
  datadogLogsFormat,
  datadogSeriesJsonFormat,
  datadogSeriesProtobufFormat,
} from "../../src/protocols/datadog/format/index.ts";
import { otlpJsonFormat, otlpProtobufFormat } from "../../src/protocols/otlp/format/index.ts";
import {
  AUTHORING,
  decodePolicySet,
  type Engine,
  type Evaluation,
  type FilterOptions,
  type FilterOutcome,
  type Pauses,
  type RecordFormat,
  type Signal,
  SIGNALS,
} from "../../src/policy/index.ts";
import { record } from "../protocols/datadog/format/arbitrary-logs.ts";
import { writeSeries } from "../protocols/datadog/format/metric-payload.ts";
import { REQUESTS } from "../protocols/otlp/format/json/arbitrary-otlp.ts";
import { engineWith } from "../protocols/otlp/format/otlp-app.ts";
import { NoisyRequest } from "../protocols/otlp/format/protobuf/noise.ts";
import { finish } from "../support/steps.ts";

const ALWAYS: Pauses = { everyBytes: 0, isDue: () => true };

const DROP_X = { match: [{ log_field: "body", contains: "x" }], keep: "none" };
const EDITS = {
  match: [{ log_attribute: "a", exists: true }],
  keep: "all",
  transform: {
    remove: [{ log_attribute: "b" }],
    redact: [{ log_field: "body", regex: "[a-z]", replacement: "<$0>" }],
    rename: [{ from_log_attribute: ["a", "b"], to: "ab", upsert: true }],
    add: [
      { log_attribute: ["c", "new"], value: "1" },
      { resource_attribute: "team", value: "shop" },
      { scope_attribute: "a", value: "2", upsert: true },
    ],
  },
};
const POLICIES = [
  { id: "log-drop", name: "n", log: DROP_X },
  { id: "log-edit", name: "n", log: EDITS },
  {
    id: "log-rate",
    name: "n",
    log: { match: [{ log_field: "body", exists: true }], keep: "2/m" },
  },
  {
    id: "log-resource",
    name: "n",
    log: { match: [{ resource_attribute: "a", exists: true }], keep: "50%" },
  },
  {
    id: "metric-drop",
    name: "n",
    metric: { match: [{ datapoint_attribute: "a", exists: true }], keep: false },
  },
  {
    id: "series-drop",
    name: "n",
    metric: { match: [{ metric_field: "name", contains: "x" }], keep: false },
  },
  {
    id: "trace-drop",
    name: "n",
    trace: { match: [{ event_attribute: "a", exists: true }], keep: { percentage: 0 } },
  },
  {
    id: "trace-sample",
    name: "n",
    trace: { match: [{ span_status: "unset" }], keep: { percentage: 50 } },
  },
];

interface Case {
  readonly name: string;
  readonly signal: Signal;
  readonly make: () => RecordFormat;
  readonly bodies: fc.Arbitrary<Uint8Array>;
  /** Of this many records that say "x" and "y" in turns. */
  readonly body: (records: number) => Uint8Array;
}

const texts = (records: number): string[] =>
  Array.from({ length: records }, (_, i) => (i % 2 === 0 ? "x" : "y"));

function otlpText(signal: Signal, records: number): string {
  const [resources, scopes, list] = {
    log: ["resourceLogs", "scopeLogs", "logRecords"],
    metric: ["resourceMetrics", "scopeMetrics", "metrics"],
    trace: ["resourceSpans", "scopeSpans", "spans"],
  }[signal];
  const items = texts(records).map((text) => ({ name: text, body: { stringValue: text } }));
  return JSON.stringify({ [resources!]: [{ [scopes!]: [{ [list!]: items }] }] });
}

/** A body of protobuf with records in one scope of one resource. */
function otlpMessage(signal: Signal, records: number): Uint8Array {
  const field = (number: number, payload: readonly number[]): number[] => {
    const { length } = payload;
    return [(number << 3) | 2, (length & 0x7f) | 0x80, length >> 7, ...payload];
  };
  const text = (value: string): number[] => [...encodeUtf8(value)];
  const items = texts(records).flatMap((one) => {
    if (signal === "log") return field(2, field(5, field(1, text(one))));
    return field(2, field(signal === "metric" ? 1 : 5, text(one)));
  });
  return Uint8Array.from(field(1, field(2, items)));
}

/** Lines, an array or one object; now and then with one that is broken, or has neighbours. */
const LOGS_TEXTS = fc
  .tuple(fc.array(fc.oneof(record, record, fc.constantFrom("{", '{"a":1} x', "[]"))), fc.nat(3))
  .map(([records, spelling]) => {
    if (spelling === 0) return `[${records.join(",")}]`;
    return records.join(spelling === 1 ? "" : "\n");
  });

const SERIES = fc.array(
  fc.record({
    metric: fc.constantFrom("x", "y", "xy"),
    type: fc.nat(3),
    tags: fc.array(fc.constantFrom("a:1", "b:2", "a")),
  }),
);
const series = (records: number): { metric: string }[] =>
  texts(records).map((metric) => ({ metric }));

function datadogLogs(name: string, query: string, separator: string): Case {
  return {
    name: `Datadog logs, ${name}`,
    signal: "log",
    make: () => datadogLogsFormat().withQuery(query),
    bodies: LOGS_TEXTS.map(encodeUtf8),
    body: (records) => {
      const list = texts(records).map((text) => JSON.stringify({ message: text }));
      return encodeUtf8(separator === "," ? `[${list.join(",")}]` : list.join(separator));
    },
  };
}

const CASES: readonly Case[] = [
  datadogLogs("an array", "", ","),
  datadogLogs("lines", "", "\n"),
  datadogLogs("of a request with attributes", "?ddtags=a:1,b:2&service=web", ","),
  {
    name: "Datadog series, JSON",
    signal: "metric",
    make: () => datadogSeriesJsonFormat("v2"),
    bodies: SERIES.map((all) => encodeUtf8(JSON.stringify({ series: all, more: 1 }))),
    body: (records) => encodeUtf8(JSON.stringify({ series: series(records) })),
  },
  {
    name: "Datadog series, protobuf",
    signal: "metric",
    make: datadogSeriesProtobufFormat,
    bodies: SERIES.map(writeSeries),
    body: (records) => writeSeries(series(records)),
  },
  ...SIGNALS.map((signal) => ({
    name: `OTLP JSON, ${signal}s`,
    signal,
    make: () => otlpJsonFormat(signal),
    bodies: REQUESTS[signal].map(encodeUtf8),
    body: (records: number) => encodeUtf8(otlpText(signal, records)),
  })),
  ...SIGNALS.map((signal) => ({
    name: `OTLP protobuf, ${signal}s`,
    signal,
    make: () => otlpProtobufFormat(signal),
    bodies: fc
      .tuple(fc.integer(), fc.boolean())
      .map(([seed, noisy]) => new NoisyRequest(seed, noisy).build(signal)),
    body: (records: number) => otlpMessage(signal, records),
  })),
];

function evaluationOf(engine: Engine, signal: Signal): Evaluation {
  const evaluation = engine.evaluation(signal);
  if (evaluation === undefined) throw new Error("no working policy");
  return evaluation;
}

function stepsOf(
  format: RecordFormat,
  engine: Engine,
  signal: Signal,
  body: Uint8Array,
  options?: FilterOptions,
): Generator<undefined, FilterOutcome> {
  const evaluation = evaluationOf(engine, signal).forSteps?.();
  const steps = evaluation && format.filterSteps?.(body, evaluation, ALWAYS, options);
  if (steps === undefined) throw new Error("cannot be filtered in steps");
  return steps;
}

/** What an outcome says, or the fault, in a form that can be compared. */
function told(work: () => FilterOutcome): unknown {
  try {
    const { body, settlement, ...counts } = work();
    const { sampled, limited, undecided } = settlement ?? {};
    return {
      body: body && Buffer.from(body).toString("latin1"),
      sampled,
      limited,
      undecided,
      ...counts,
    };
  } catch (error) {
    return String(error);
  }
}

/** A set in which policies are called as they are in POLICIES, and one drops all. */
function replacePolicies(engine: Engine): void {
  const all = POLICIES.map(({ id }) => ({
    id,
    name: "n",
    log: { match: [{ log_field: "body", exists: true }], keep: "none" },
  }));
  const set = decodePolicySet({ policies: all }, AUTHORING);
  finish(engine.replace(set.policies));
}

for (const { name, signal, make, bodies, body } of CASES) {
  describe(name, () => {
    test("any body comes to the same in steps and in one go, with the same counts", () => {
      const format = make();
      const run = fc.property(bodies, fc.boolean(), (bytes, alwaysRewrite) => {
        const [whole, stepped] = [engineWith(POLICIES), engineWith(POLICIES)];
        const options = { alwaysRewrite };
        const expected = told(() => format.filter(bytes, evaluationOf(whole, signal), options));
        const seen = told(() => finish(stepsOf(format, stepped, signal, bytes, options)));
        expect(seen).toEqual(expected);
        expect(stepped.totals()).toEqual(whole.totals());
      });
      fc.assert(run, { numRuns: 100 });
    });

    test("any two bodies, one judged in each pause of the other, come to what each comes to alone", () => {
      const format = make();
      const run = fc.property(bodies, bodies, (large, small) => {
        // Without the rate, which they would share.
        const engine = engineWith(POLICIES.filter(({ id }) => id !== "log-rate"));
        const alone = (bytes: Uint8Array): unknown =>
          told(() => make().filter(bytes, evaluationOf(engine, signal)));
        const [expectedLarge, expectedSmall] = [alone(large), alone(small)];
        const steps = stepsOf(format, engine, signal, large);
        const seen = told(() => {
          for (;;) {
            const step = steps.next();
            if (step.done === true) return step.value;
            const between = told(() => format.filter(small, evaluationOf(engine, signal)));
            expect(between).toEqual(expectedSmall);
          }
        });
        expect(seen).toEqual(expectedLarge);
      });
      fc.assert(run, { numRuns: 100 });
    });

    test("there is a pause behind each record when one is due, and none before", () => {
      const engine = engineWith(POLICIES);
      const evaluation = evaluationOf(engine, signal);
      const pausesWith = (pauses: Pauses): number => {
        const steps = make().filterSteps!(body(10), evaluation.forSteps!(), pauses);
        let count = 0;
        while (steps.next().done !== true) count++;
        return count;
      };
      expect(pausesWith(ALWAYS)).toBeGreaterThanOrEqual(9);
      expect(pausesWith({ ...ALWAYS, isDue: () => false })).toBe(0);
      // One in reading; some formats write behind that, with another.
      expect([1, 2]).toContain(pausesWith({ ...ALWAYS, everyBytes: 1_000_000 }));
    });

    test("one that is given up counts nothing, and the next one is judged as if it had not been", () => {
      const format = make();
      const engine = engineWith(POLICIES);
      const before = engine.totals();
      for (let records = 1; records < 6; records++) {
        const steps = stepsOf(format, engine, signal, body(6));
        for (let i = 0; i < records; i++) expect(steps.next().done).toBe(false);
        steps.return(undefined as never);
        expect(engine.totals()).toEqual(before);
      }
      const expected = told(() =>
        make().filter(body(6), evaluationOf(engineWith(POLICIES), signal)),
      );
      expect(told(() => finish(stepsOf(format, engine, signal, body(6))))).toEqual(expected);
    });
  });
}

describe.each(CASES.filter(({ signal }) => signal === "log"))("$name", ({ make, body, signal }) => {
  test("a body goes on with the policies that it began with when they are replaced meanwhile", () => {
    const format = make();
    const engine = engineWith(POLICIES);
    const expected = told(() => make().filter(body(4), evaluationOf(engineWith(POLICIES), signal)));
    const steps = stepsOf(format, engine, signal, body(4));
    expect(steps.next().done).toBe(false);
    replacePolicies(engine);
    const { dropped } = format.filter(body(4), evaluationOf(engine, signal));
    expect(dropped).toBe(4);
    expect(told(() => finish(steps))).toEqual(expected);
    expect(finish(stepsOf(format, engine, signal, body(4))).dropped).toBe(4);
  });

  test("one that is given up gives back what its records took of rates", () => {
    const rate = {
      id: "rate",
      name: "n",
      log: { match: [{ log_field: "body", exists: true }], keep: "2/m" },
    };
    const format = make();
    const engine = engineWith([rate]);
    const steps = stepsOf(format, engine, signal, body(4));
    for (let i = 0; i < 3; i++) expect(steps.next().done).toBe(false);
    const full = format.filter(body(2), evaluationOf(engine, signal));
    expect([full.dropped, full.settlement?.limited]).toEqual([2, 2]);
    steps.return(undefined as never);
    expect(format.filter(body(3), evaluationOf(engine, signal)).dropped).toBe(1);
  });
});

test("the bodies of these tests are what they say", () => {
  for (const { make, signal, body } of CASES) {
    const outcome = make().filter(body(3), evaluationOf(engineWith(POLICIES), signal));
    expect([outcome.records, outcome.unreadable]).toEqual([3, 0]);
  }
});
