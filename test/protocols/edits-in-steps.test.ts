// The edits of one large record are done in steps: others are let in between two operations, and
// the outcome is what it is in one go.

import { describe, expect, test } from "bun:test";
import {
  AUTHORING,
  createEngine,
  decodePolicySet,
  type Evaluation,
  inShadow,
  type FilterOutcome,
  type Pauses,
  type RecordFormat,
} from "../../src/policy/index.ts";
import { datadogLogsFormat } from "../../src/protocols/datadog/format/index.ts";
import { otlpJsonFormat, otlpProtobufFormat } from "../../src/protocols/otlp/format/index.ts";
import { field } from "../../scripts/bench/steps/shape.ts";
import { finish } from "../support/steps.ts";

const ALWAYS: Pauses = { everyBytes: 0, isDue: () => true };
const LONG = "words ".repeat(1000);
const TEXTS = ["one", LONG, "two"];

const otlpValue = (key: string, value: string) => ({ key, value: { stringValue: value } });
const protobufValue = (key: string, value: string): Uint8Array =>
  field(6, [field(1, [Buffer.from(key)]), field(2, [field(1, [Buffer.from(value)])])]);

interface Case {
  readonly format: RecordFormat;
  readonly body: Uint8Array;
}
const CASES: Readonly<Record<string, Case>> = {
  "OTLP in JSON": {
    format: otlpJsonFormat("log"),
    body: Buffer.from(
      JSON.stringify({
        resourceLogs: [
          {
            scopeLogs: [
              {
                logRecords: TEXTS.map((text) => ({
                  body: { stringValue: text },
                  attributes: [otlpValue("a", "secret"), otlpValue("b", "secret")],
                })),
              },
            ],
          },
        ],
      }),
    ),
  },
  "OTLP in protobuf": {
    format: otlpProtobufFormat("log"),
    body: field(1, [
      field(
        2,
        TEXTS.map((text) =>
          field(2, [
            field(5, [field(1, [Buffer.from(text)])]),
            protobufValue("a", "secret"),
            protobufValue("b", "secret"),
          ]),
        ),
      ),
    ]),
  },
  "Datadog, an array": {
    format: datadogLogsFormat(),
    body: Buffer.from(
      JSON.stringify(TEXTS.map((message) => ({ message, a: "secret", b: "secret" }))),
    ),
  },
  "Datadog, lines": {
    format: datadogLogsFormat(),
    body: Buffer.from(
      TEXTS.map((message) => JSON.stringify({ message, a: "secret", b: "secret" })).join("\n"),
    ),
  },
};

const hides = (key: string) => ({ log_attribute: key, replacement: "******" });
const adds = (key: string) => ({ log_attribute: key, value: "******" });
const policy = (id: string, transform: object) => ({
  id,
  name: id,
  log: { match: [{ log_field: "body", exists: true }], keep: "all", transform },
});
const FIRST = policy("first", { redact: [hides("a")], add: [adds("c"), adds("d")] });
const SECOND = policy("second", {
  redact: [hides("b"), { log_attribute: "c", regex: "\\*", replacement: "-" }],
  rename: [{ from_log_attribute: "d", to: "e" }],
});

const BODY = { target: { record_field: "LOG_RECORD_FIELD_BODY" }, predicate: { exists: {} } };
const at = (name: string) => ({ target: { log_attribute: [name] } });
/** In OpenTelemetry's dialect, whose operations are done stage by stage over all policies. */
const STAGED = {
  id: "otel",
  log_transform: {
    matches: [BODY],
    remove: [at("b")],
    redact: [{ ...at("a"), replacement: "***" }],
    add: [{ ...at("otel"), value: { string_value: "yes" } }],
  },
};

interface SetOptions {
  /** Of the policy that is in shadow. */
  readonly shadow?: string;
  readonly nowMs?: () => number;
}
function engineOf(policies: readonly object[], { shadow, nowMs = () => 0 }: SetOptions = {}) {
  const set = decodePolicySet({ policies }, AUTHORING);
  expect(set.policies.map(({ id }) => id)).toHaveLength(policies.length);
  const engine = createEngine({ validateRegex: () => undefined, nowMs, random: () => 0 });
  finish(engine.replace(set.policies.map((one) => (one.id === shadow ? inShadow(one) : one))));
  return engine;
}
function evaluationOf(engine: ReturnType<typeof engineOf>): Evaluation {
  const evaluation = engine.evaluation("log")?.forSteps?.();
  if (evaluation === undefined) throw new Error("no policy works");
  return evaluation;
}

function inSteps(one: Case, evaluation: Evaluation, pauses = ALWAYS): [FilterOutcome, number] {
  const steps = one.format.filterSteps?.(one.body, evaluation, pauses);
  if (steps === undefined) throw new Error("it has no steps");
  let count = 1;
  for (;;) {
    const step = steps.next();
    if (step.done === true) return [step.value, count];
    count++;
  }
}

describe.each(Object.entries(CASES))("%s", (_, one) => {
  test.each([
    ["two policies", [FIRST, SECOND], undefined],
    ["one of them in shadow", [FIRST, SECOND], "second"],
    ["the other one", [FIRST, SECOND], "first"],
    ["a policy of stages between them", [FIRST, STAGED, SECOND], undefined],
    ["the same in shadow", [FIRST, STAGED, SECOND], "otel"],
  ] as const)("by %s a record is edited in steps as in one go, and counted", (_, set, shadow) => {
    const options = shadow === undefined ? {} : { shadow };
    const [whole, parted] = [engineOf(set, options), engineOf(set, options)];
    const expected = one.format.filter(one.body, evaluationOf(whole));
    const [outcome] = inSteps(one, evaluationOf(parted));
    expect(Buffer.from(outcome.body ?? "").toString("latin1")).toBe(
      Buffer.from(expected.body ?? "").toString("latin1"),
    );
    expect(outcome).toEqual({ ...expected, settlement: outcome.settlement });
    expect(JSON.stringify(parted.takeDelta())).toBe(JSON.stringify(whole.takeDelta()));
    expect(outcome.edited).toBe(3);
  });

  test("there is a pause before each operation on it, and none amid those of small ones", () => {
    const stepsOf = (...policies: readonly object[]): number =>
      inSteps(one, evaluationOf(engineOf(policies)))[1];
    const still = stepsOf(policy("p", { redact: [hides("a")] }));
    expect(stepsOf(policy("p", { redact: [hides("a"), hides("b")] }))).toBe(still + 1);
    expect(
      stepsOf(policy("p", { redact: [hides("a")] }), policy("q", { redact: [hides("b")] })),
    ).toBe(still + 1);
    expect(stepsOf(FIRST, SECOND)).toBe(still + 5);
  });

  test("no pause is made that is not due", () => {
    const never = { everyBytes: 0, isDue: () => false };
    expect(inSteps(one, evaluationOf(engineOf([FIRST, SECOND])), never)[1]).toBe(1);
  });

  test("a body that is given up amid edits leaves nothing for the next one", () => {
    const engine = engineOf([FIRST, SECOND]);
    const evaluation = evaluationOf(engine);
    const expected = one.format.filter(one.body, evaluationOf(engineOf([FIRST, SECOND])));
    const [, count] = inSteps(one, evaluation);
    for (let given = 1; given < count; given++) {
      const steps = one.format.filterSteps?.(one.body, evaluation, ALWAYS);
      for (let i = 0; i < given; i++) steps?.next();
      steps?.return(undefined as never);
      const [{ body, edited }] = inSteps(one, evaluation);
      expect([Buffer.from(body ?? ""), edited]).toEqual([Buffer.from(expected.body ?? ""), 3]);
    }
  });

  test("time that passes in a pause is none of the record's", () => {
    let nowMs = 0;
    const engine = engineOf([FIRST, SECOND], { nowMs: () => nowMs });
    const evaluation = evaluationOf(engine);
    const steps = one.format.filterSteps?.(one.body, evaluation, ALWAYS);
    while (steps?.next().done === false) nowMs += 10_000;
    expect(evaluation.takeTooCostly?.()).toEqual({ records: 0, values: 0 });
  });
});
