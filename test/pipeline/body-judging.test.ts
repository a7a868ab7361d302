// What is told of a body that is judged in steps: once, when it is through, or when it fails.

import { describe, expect, test } from "bun:test";
import { UndecodableError } from "../../src/core/errors.ts";
import { encodeUtf8 } from "../../src/core/utf8.ts";
import { otlpJsonFormat } from "../../src/protocols/otlp/format/index.ts";
import type { Keep, Pauses, RecordFormat } from "../../src/policy/index.ts";
import { type Judging, judgeSteps } from "../../src/pipeline/body-judging.ts";
import { Delivery } from "../../src/pipeline/delivery.ts";
import { countsOf, policyOf, testEngine } from "../support/engine.ts";
import { RecordingBus } from "../support/proxy-fakes.ts";
import { finish } from "../support/steps.ts";

const ALWAYS: Pauses = { everyBytes: 0, isDue: () => true };
const TWO_OF: Keep = { kind: "rate", count: 2, windowMs: 60_000 };
const BODY = encodeUtf8('{"resourceLogs":[{"scopeLogs":[{"logRecords":[{},{},{}]}]}]}');

function judging(format: RecordFormat = otlpJsonFormat("log")) {
  const own = testEngine([policyOf("p", [], TWO_OF)]);
  const bus = new RecordingBus();
  const evaluation = own.engine.evaluation("log")!;
  const delivery = new Delivery(bus, "otlp_logs");
  const telemetry = "otlp_logs" as const;
  const all: Judging = {
    bus,
    telemetry,
    format,
    evaluation,
    bytes: BODY,
    delivery,
    span: undefined,
  };
  return { own, bus, all };
}

/** Like the format, but fails at its second step. */
function failing(error: Error): RecordFormat {
  const format = otlpJsonFormat("log");
  return {
    ...format,
    *filterSteps(body, evaluation, pauses) {
      const steps = format.filterSteps!(body, evaluation, pauses);
      try {
        steps.next();
        yield;
        throw error;
      } finally {
        steps.return(undefined as never);
      }
    },
  };
}

describe("a body that is judged in steps", () => {
  test("is told of when it is through, as one that is judged whole", () => {
    const { own, bus, all } = judging();
    const steps = judgeSteps(all, ALWAYS);
    expect(steps.next().done).toBe(false);
    expect(bus.seen).toEqual([]);
    expect(finish(steps)?.dropped).toBe(1);
    expect(bus.of("records.evaluated")).toEqual([
      {
        telemetry: "otlp_logs",
        records: 3,
        dropped: 1,
        limited: 1,
        edited: 0,
        bytesIn: BODY.length,
        bytesOut: BODY.length - 3,
        limitedBytes: 3,
      },
    ]);
    expect(countsOf(own)).toEqual({ p: [3, 0] });
  });

  test.each([
    ["internal_error", new TypeError("broken")],
    ["undecodable", new UndecodableError("broken", 7)],
  ])("that fails between two steps fails open as %s, and counts nothing", (reason, error) => {
    const { own, bus, all } = judging(failing(error));
    expect(finish(judgeSteps(all, ALWAYS))).toBeUndefined();
    const failed = { telemetry: "otlp_logs", reason, records: 0, detail: error.message };
    expect(bus.seen).toEqual([{ name: "fail_open", event: failed }]);
    expect(countsOf(own)).toEqual({});
  });

  test("that is given up is told of nowhere, and frees what it had taken", () => {
    const { own, bus, all } = judging();
    const steps = judgeSteps(all, ALWAYS);
    for (let i = 0; i < 2; i++) expect(steps.next().done).toBe(false);
    steps.return(undefined);
    expect([bus.seen, countsOf(own)]).toEqual([[], {}]);
    expect(finish(judgeSteps(all, ALWAYS))?.dropped).toBe(1);
  });

  test("is judged whole in a format that cannot pause", () => {
    const format = otlpJsonFormat("log");
    const { all } = judging({ filter: (...body) => format.filter(...body) });
    const step = judgeSteps(all, ALWAYS).next();
    expect([step.done, step.value?.dropped]).toEqual([true, 1]);
  });
});
