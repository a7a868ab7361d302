// What one policy in shadow would do to one record, beside policies that are enforced.

import { expect, test } from "bun:test";
import type { Keep, Matcher, Policy, Signal } from "../../../src/policy/index.ts";
import { inShadow } from "../../../src/policy/index.ts";
import type { Would } from "../../../src/policy/record-port.ts";
import { policyOf, testEngine } from "../../support/engine.ts";
import { type PlainRecord, putRecord } from "../../support/plain-record.ts";

const sample = (percent: number): Keep => ({
  kind: "sample",
  percent,
  mode: "hash_seed",
  precision: 4,
  hashSeed: 0,
  failClosed: true,
});
const limit = (count: number): Keep => ({ kind: "rate", count, windowMs: 1000 });
const percent = (share: number): Keep => ({ kind: "percent", percent: share });

const span = (digits: string): PlainRecord => ({
  fields: { trace_id: `0123456789abcdef00${digits}` },
});
const [low, high] = [span("00000000000001"), span("ffffffffffffff")];
const log: PlainRecord = { fields: { body: "x" } };

/** What a policy of that id would do to each record, and what became of the last request. */
function outcomes(signal: Signal, policies: readonly Policy[], records: readonly PlainRecord[]) {
  const { engine } = testEngine(policies);
  const evaluation = engine.evaluation(signal)!;
  evaluation.begin();
  const would = records.map((record) => {
    putRecord(evaluation, record);
    evaluation.decide(10);
    return evaluation.lastTrials!().map((tried) => tried.would);
  });
  evaluation.commit();
  return would.flat();
}

const trace = (tried: Keep, enforced: readonly Keep[], records: readonly PlainRecord[]) =>
  outcomes("trace", setOf("trace", tried, enforced), records);
const logs = (tried: Keep, enforced: readonly Keep[], records: readonly PlainRecord[]) =>
  outcomes("log", setOf("log", tried, enforced), records);

/** The policy in shadow has the lowest id. */
function setOf(signal: Signal, tried: Keep, enforced: readonly Keep[]): Policy[] {
  const others = enforced.map((keep, i) => policyOf(`b${i}`, [], keep, { signal }));
  return [inShadow(policyOf("a", [], tried, { signal })), ...others];
}

test("a sampling would sample a span, or edit it where it writes another tracestate", () => {
  expect(trace(sample(50), [], [high, low])).toEqual(["edit", "sample"]);
  expect(trace(sample(100), [], [high, low])).toEqual(["edit", "edit"]);
  expect(trace(sample(50), [sample(100)], [high, low])).toEqual(["edit", "sample"]);
});

test("a sampling that would write what is written anyway would do nothing", () => {
  expect(trace(sample(50), [sample(50)], [high, low])).toEqual(["nothing", "nothing"]);
  expect(trace(sample(100), [sample(50)], [high, low])).toEqual(["nothing", "nothing"]);
});

test("a keep would drop or sample what is kept, and nothing that is dropped", () => {
  expect(logs({ kind: "none" }, [], [log])).toEqual(["drop"]);
  expect(logs({ kind: "none" }, [percent(100)], [log])).toEqual(["drop"]);
  expect(logs({ kind: "none" }, [{ kind: "none" }], [log])).toEqual(["nothing"]);
  expect(logs(percent(0), [], [log])).toEqual(["sample"]);
  expect(logs(percent(100), [], [log])).toEqual(["nothing"]);
});

test("a rate limit would limit what it has no room for, and is charged for what stays", () => {
  expect(logs(limit(2), [], [log, log, log])).toEqual(["nothing", "nothing", "limit"]);
  expect(logs(limit(2), [{ kind: "none" }], [log, log, log])).toEqual([
    "nothing",
    "nothing",
    "nothing",
  ]);
});

test("a share does not bring back what an enforced limit has dropped", () => {
  expect(logs(percent(100), [limit(1)], [log, log])).toEqual(["nothing", "nothing"]);
});

test("a policy that keeps all and has an operation may edit what is kept, and nothing that is dropped", () => {
  const more = { transform: { remove: [{ kind: "field", field: "body" }] } } as const;
  const tried = inShadow(policyOf("a", [], { kind: "all" }, more));
  const dropping = policyOf("b", [], { kind: "none" });
  expect(outcomes("log", [tried], [log])).toEqual(["edit"]);
  expect(outcomes("log", [tried, dropping], [log])).toEqual(["nothing"]);
  const idle = inShadow(policyOf("a", [], { kind: "all" }, { transform: {} }));
  expect(outcomes("log", [idle], [log])).toEqual(["nothing"]);
});

test("of two equal keeps the lowest id decides, in shadow as well", () => {
  const digits = (precision: number): Keep => ({ ...sample(10), precision }) as Keep;
  const enforced = policyOf("b", [], digits(4), { signal: "trace" });
  const would = (id: string) =>
    outcomes(
      "trace",
      [inShadow(policyOf(id, [], digits(2), { signal: "trace" })), enforced],
      [high],
    );
  expect([would("a"), would("c")]).toEqual([["edit"], ["nothing"]]);
});

const otelDrop: Keep = { kind: "otel_drop" };
const otelKeep: Keep = { kind: "otel_keep" };
const otelSample = (share: number): Keep => ({ ...sample(share), kind: "otel_sample" }) as Keep;
const none: Keep = { kind: "none" };

test.each<[string, Keep, readonly Keep[], Would]>([
  ["a drop by a filter drops what is kept", otelDrop, [], "drop"],
  ["a drop by a filter does nothing to what is exempt", otelDrop, [otelKeep], "nothing"],
  ["a drop by a filter does nothing to what is dropped", otelDrop, [otelDrop], "nothing"],
  ["a keep by a filter brings back what a filter drops", otelKeep, [otelDrop], "keep"],
  ["a keep by a filter does nothing to what is exempt", otelKeep, [otelDrop, otelKeep], "nothing"],
  ["a keep by a filter does nothing to what is kept", otelKeep, [], "nothing"],
  [
    "a keep by a filter does not bring back what others drop",
    otelKeep,
    [otelDrop, none],
    "nothing",
  ],
  ["another drop does nothing to what a filter drops", none, [otelDrop], "nothing"],
  ["another drop drops what filters exempt", none, [otelDrop, otelKeep], "drop"],
])("in OpenTelemetry's dialect %s", (_, tried, enforced, would) => {
  expect(logs(tried, enforced, [log])).toEqual([would]);
});

test("in OpenTelemetry's dialect the lowest sampling decides", () => {
  expect(trace(otelSample(50), [], [high, low])).toEqual(["edit", "sample"]);
  expect(trace(otelSample(50), [otelSample(100)], [high, low])).toEqual(["edit", "sample"]);
  for (const share of [50, 25]) {
    expect(trace(otelSample(50), [otelSample(share)], [high, low])).toEqual(["nothing", "nothing"]);
  }
  expect(trace(otelSample(100), [sample(50)], [high, low])).toEqual(["nothing", "nothing"]);
});

test("a share is drawn as the enforced ones are, so that the lower is a part of the higher", () => {
  const own = testEngine(setOf("log", percent(40), [percent(50)]));
  const evaluation = own.engine.evaluation("log")!;
  const would = [0.1, 0.45, 0.39, 0.41, 0.2, 0.49, 0.6].map((random) => {
    own.random = random;
    evaluation.begin();
    putRecord(evaluation, log);
    evaluation.decide(10);
    evaluation.commit();
    return evaluation.lastTrials!()[0]?.would;
  });
  const [kept, cut] = ["nothing", "sample"] as const;
  expect(would).toEqual([kept, cut, kept, cut, kept, cut, kept]);
});

test("a share has draws of its own for records that no enforced policy draws for", () => {
  const isM: Matcher = {
    field: { kind: "field", field: "body" },
    condition: { op: "contains", text: "m" },
    negate: false,
    caseInsensitive: false,
  };
  const tried = inShadow(policyOf("a", [], percent(40)));
  const others = Array.from({ length: 100 }, () => log);
  const sampledBeside = (enforced: Policy): number => {
    const would = outcomes("log", [tried, enforced], [{ fields: { body: "m" } }, ...others]);
    return would.filter((one) => one === "sample").length;
  };
  // The draws are of a fixed seed.
  const unmatched = sampledBeside(policyOf("b", [isM], percent(50)));
  expect(Math.abs(unmatched - 60)).toBeLessThan(20);
  const undrawn = sampledBeside(policyOf("b", [], { kind: "all" }));
  expect(Math.abs(undrawn - 60)).toBeLessThan(20);
});
