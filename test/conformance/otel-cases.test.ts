// Cases of OpenTelemetry's own policies through the decoder, the engine and both encodings of OTLP.

import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { decodeUtf8, encodeUtf8 } from "../../src/core/utf8.ts";
import { filterInput, load, startEngine } from "../../src/cli/suite/judging.ts";
import {
  AUTHORING,
  decodePolicySet,
  type Policy,
  policyErrors,
  type Signal,
} from "../../src/policy/index.ts";
import { createRegexValidator } from "../../src/re2/index.ts";
import { canonical, engineOf, throughJson, throughProtobuf } from "./otel-dialect.ts";

interface Case {
  readonly name: string;
  readonly policies: readonly object[];
  readonly signal: "logs" | "metrics" | "traces";
  readonly input: unknown;
  readonly expected: unknown;
}
const SIGNALS: Readonly<Record<Case["signal"], Signal>> = {
  logs: "log",
  metrics: "metric",
  traces: "trace",
};

// The file has this form.
const cases = JSON.parse(
  readFileSync(join(import.meta.dir, "otel-cases.json"), "utf8"),
) as readonly Case[];

function judged(policies: readonly Policy[], one: Case): unknown {
  const engine = startEngine();
  load(engine, policies);
  const input = encodeUtf8(JSON.stringify(one.input));
  return JSON.parse(decodeUtf8(filterInput(engine, SIGNALS[one.signal], input)));
}

describe("OpenTelemetry's own policies", () => {
  for (const one of cases) {
    const signal = SIGNALS[one.signal];
    test(one.name, () => {
      expect(throughJson(engineOf(one.policies), signal, one.input)).toEqual(
        canonical(signal, one.expected),
      );
    });
    test(`${one.name}, in protobuf`, () => {
      expect(throughProtobuf(engineOf(one.policies), signal, one.input)).toEqual(
        canonical(signal, one.expected),
      );
    });
  }

  test("of the invalid ones of a set each says why", () => {
    const one = cases.find(({ name }) => name === "log_invalid_policies_are_inert")!;
    const { policies } = decodePolicySet({ policies: one.policies }, AUTHORING);
    const validate = createRegexValidator();
    const errors = policies.map((policy) => policyErrors(policy, validate)[0]);
    const predicates = "exists, equals, regex, gt, gte, lt, lte, contains";
    expect(errors).toEqual([
      "log_filter: matches: no matchers; give at least one",
      "log_filter: action: missing; write ACTION_KEEP or ACTION_DROP",
      "log_filter: action is unspecified; use one of keep, drop",
      "log_filter: matches[0]: target: attribute has empty path",
      expect.stringMatching(/^log_filter: matches\[0\]: invalid regex "x\(\?=y\)": /),
      `log_filter: matches[0]: predicate: no predicate; give one of ${predicates}`,
      "log_filter: matches[0]: target: record_field is unspecified; use one of body, severity_text, severity_number, trace_id, span_id, event_name",
      expect.stringMatching(/^policy: unknown key "log_sampling"; /),
      "log_transform: no operation; give at least one of remove, redact, rename, add",
      undefined,
    ]);
  });

  test("a severity that is not set is absent, and neither below another nor there", () => {
    const policies = [{ lt: 9 }, { exists: {} }].map((predicate, i) => ({
      id: `p${i}`,
      log_filter: {
        matches: [
          { target: { record_field: "SEVERITY_NUMBER" }, predicate },
          { target: { record_field: "BODY" }, predicate: { equals: `${i}` } },
        ],
        action: "ACTION_DROP",
      },
    }));
    const records = ["0", "1"].flatMap((body) =>
      [0, 5, undefined].map((severityNumber) => ({ body: { stringValue: body }, severityNumber })),
    );
    const request = (logRecords: readonly object[]) => ({
      resourceLogs: [{ scopeLogs: [{ logRecords }] }],
    });
    const one: Case = {
      name: "",
      signal: "logs",
      policies,
      input: request(records),
      expected: undefined,
    };
    const kept = records.filter(({ severityNumber }) => severityNumber !== 5);
    expect(judged(decodePolicySet({ policies }, AUTHORING).policies, one)).toEqual(
      JSON.parse(JSON.stringify(request(kept))),
    );
  });
});
