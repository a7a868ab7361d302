// The library as another program sees it, by the package's name.

import { expect, test } from "bun:test";
import * as library from "@edge/edge";
import * as policy from "@edge/edge/policy";

test("the root names what users of the system know", () => {
  const names = `
    OtlpModule DatadogModule PrometheusModule PassthroughModule
    ProxyServer Router UpstreamClient compress EventBus PolicyRegistry
    PolicyStreamingFilter FilteringWriter FieldAccessor LineParser
  `;
  expect(Object.keys(library)).toEqual(expect.arrayContaining(names.trim().split(/\s+/)));
});

test("the engine alone is an entry, and the root has all of it", () => {
  expect(Object.keys(library)).toEqual(expect.arrayContaining(Object.keys(policy)));
});

test("a few lines drop a record of a body", () => {
  const engine = policy.createEngine({
    judge: library.createJudge(),
    nowMs: () => 0,
    random: () => 0,
  });
  const document = {
    policies: [
      {
        id: "drop-debug",
        name: "Drop debug logs",
        log: { match: [{ log_field: "severity_text", exact: "DEBUG" }], keep: "none" },
      },
    ],
  };
  const { policies } = policy.decodePolicySet(document, policy.AUTHORING);
  for (const _step of engine.replace(policies));
  const evaluation = engine.evaluation("log");
  if (evaluation === undefined) throw new Error("no policy looks at logs");
  const [debug, info] = ['{"severityText":"DEBUG"}', '{"severityText":"INFO"}'];
  const body = (records: string): Uint8Array =>
    new TextEncoder().encode(`{"resourceLogs":[{"scopeLogs":[{"logRecords":[${records}]}]}]}`);
  const outcome = library.otlpJsonFormat("log").filter(body(`${debug},${info}`), evaluation);
  expect(outcome).toMatchObject({ records: 2, dropped: 1 });
  expect(new TextDecoder().decode(outcome.body)).toBe(new TextDecoder().decode(body(info)));
});
