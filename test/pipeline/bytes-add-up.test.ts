// Where the bytes went: of every body of every format, what policies took away and added is what
// lies between its length and that of what leaves, to the byte, and policies say the same in all.

import { describe, expect, test } from "bun:test";
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
  Flow,
  FLOW_COUNTS,
  FLOWS,
  type RecordFormat,
  ServiceLedger,
  ServiceLedgers,
  type Signal,
} from "../../src/policy/index.ts";
import {
  PolicyStreamingFilter,
  ProtobufFilter,
} from "../../src/protocols/prometheus/format/index.ts";
import type { Events } from "../../src/o11y/events.ts";
import { formatOf, type Setup } from "../protocols/lines/filter-lines.ts";
import { encodeFamilies } from "../protocols/prometheus/format/protobuf/families.ts";
import { MIDNIGHT_MS, utcDay } from "../policy/budget/simulated-day.ts";
import { finish } from "../support/steps.ts";
import { RecordingBus } from "../support/proxy-fakes.ts";
import { CASES, POLICIES } from "./random-bodies.ts";

type Evaluated = Events["records.evaluated"];

/** What all records have, so that a budget is for them. */
const ANY: Readonly<Record<Signal, readonly object[]>> = {
  log: [{ log_field: "body", regex: "." }],
  metric: [{ metric_field: "name", regex: "." }],
  trace: [{ trace_field: "name", regex: "." }],
};

interface Judge {
  readonly engine: Engine;
  readonly ledgers: ServiceLedgers;
}

/** An engine with random policies of a signal, a budget, and luck. */
function engineOf(signal: Signal): fc.Arbitrary<Judge> {
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
    const ledgers = new ServiceLedgers();
    const engine = createEngine({
      services: new ServiceLedger(ledgers.open()),
      validateRegex: () => undefined,
      nowMs: () => 0,
      random: () => random,
      budgetOf: (name) => budgets.of(name),
    });
    const made = decodePolicySet({ policies }, AUTHORING).policies;
    finish(engine.replace([...made, ...all.flatMap(budgetPolicies)]));
    return { engine, ledgers };
  });
}

function expectSum(told: Partial<Evaluated>, sent: number, forwarded: number): void {
  const { addedBytes = 0, ...taken } = told;
  let sum = -addedBytes;
  for (const name of BYTE_COUNTS) if (name !== "addedBytes") sum += taken[name] ?? 0;
  expect(sum).toBe(sent - forwarded);
}

/** Each service has lost what it has lost, and all of them what the bodies have. */
function expectServices(ledgers: ServiceLedgers, all: readonly Partial<Evaluated>[]): void {
  const sums = new Float64Array(FLOWS);
  ledgers.drain((_, __, counts) => {
    counts.forEach((count, i) => (sums[i] = (sums[i] as number) + count));
    const told = Object.fromEntries(FLOW_COUNTS.map((name, i) => [name, counts[i] as number]));
    const { bytesIn = 0, bytesOut = 0 } = told;
    expectSum(told, bytesIn, bytesOut);
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(0);
  });
  const { dropped: _, ...others } = Flow;
  for (const [name, at] of Object.entries(others)) {
    // Each of these is a count of the event.
    const of = all.map((one) => one[name as keyof typeof others] ?? 0);
    expect([name, sums[at]]).toEqual([name, of.reduce((sum, one) => sum + one, 0)]);
  }
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

describe("what policies took away and added is what a body is shorter by", () => {
  test.each(CASES)("%s", (_, { signal, format, body }) => {
    const bodies = fc.array(body, { minLength: 1, maxLength: 3 });
    let judged = 0;
    fc.assert(
      fc.property(engineOf(signal), bodies, ({ engine, ledgers }, all) => {
        const told = all.flatMap((one) => judge(format, engine, signal, one));
        judged += told.length;
        expectTotals(engine, told);
        expectServices(ledgers, told);
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
      fc.property(engineOf("log"), fc.array(LINE), ({ engine }, lines) => {
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
      fc.property(engineOf("metric"), expositions[kind], fc.nat(40), ({ engine }, bytes, size) => {
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
