// Records that cannot be read with the fields that policies in shadow ask for: what becomes of them
// is as without these policies.

import { expect, test } from "bun:test";
import { inShadow, type FieldRef, type Policy } from "../../../src/policy/index.ts";
import { ASKED_VALUES_MAX } from "../../../src/core/limits.ts";
import { otlpJsonFormat } from "../../../src/protocols/otlp/format/index.ts";
import { policyOf } from "../../support/engine.ts";
import { finish } from "../../support/steps.ts";
import { leaves } from "../policy-bodies.ts";
import { localEngine } from "../share/shared-engine.ts";

const exists = (field: FieldRef) =>
  ({ field, condition: { op: "exists" }, negate: false, caseInsensitive: false }) as const;
const attribute = (scope: "record" | "resource" | "scope"): FieldRef => ({
  kind: "attribute",
  scope,
  path: ["a"],
});
const DROP = policyOf("drop", [exists({ kind: "field", field: "severity_text" })]);
const TRIED: readonly Policy[] = [
  policyOf("record", [exists(attribute("record"))]),
  policyOf("resource", [exists(attribute("resource")), exists(attribute("scope"))]),
  policyOf("fields", [exists({ kind: "field", field: "body" })]),
].map((policy) => inShadow(policy));

const attributes: readonly unknown[] = [
  5,
  [3],
  [{ key: 4 }],
  [{ key: "a", value: 5 }],
  { a: 1 },
  [{ key: "a", value: { intValue: {} } }],
  Array.from({ length: ASKED_VALUES_MAX + 1 }, () => ({ key: "a", value: { intValue: "1" } })),
];
const otlp = (record: object, around: object = {}) => ({
  resourceLogs: [{ resource: around, scopeLogs: [{ scope: around, logRecords: [record] }] }],
});
const BODIES: readonly (readonly [path: string, document: unknown])[] = [
  ...attributes.flatMap((odd): [string, unknown][] => [
    ["/v1/logs", otlp({ severityText: "x", attributes: odd })],
    ["/v1/logs", otlp({ severityText: "x" }, { attributes: odd })],
  ]),
  ["/v1/logs", otlp({ severityText: "x", body: { stringValue: 5 } })],
  ["/api/v2/logs", [{ status: "x", message: 5, ddtags: {} }]],
  ["/loki/api/v1/push", { streams: [{ stream: { level: "x", a: 5 }, values: [["1", "x"]] }] }],
];

for (const [i, [path, document]] of BODIES.entries()) {
  test(`of ${path}, body ${i}`, () => {
    const body = Buffer.from(JSON.stringify(document));
    const left = (...policies: readonly Policy[]) =>
      leaves(localEngine(policies).evaluation("log"), path, "application/json", body);
    const plain = left(DROP);
    expect(left(DROP, ...TRIED)).toEqual(plain);
    expect(left(...TRIED)).toMatchObject({ left: undefined, dropped: 0 });
  });
}

test("in steps as well", () => {
  const document = otlp({ severityText: "x", attributes: [{ key: "a", value: 5 }] });
  const body = Buffer.from(JSON.stringify(document));
  const evaluation = localEngine([DROP, ...TRIED])
    .evaluation("log")
    ?.forSteps?.();
  const pauses = { everyBytes: 0, isDue: () => true };
  const steps = otlpJsonFormat("log").filterSteps?.(body, evaluation!, pauses);
  expect(finish(steps!)).toMatchObject({ records: 1, dropped: 1, unreadable: 0 });
});
