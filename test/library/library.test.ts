// The library as another program sees it, by the package's name.

import { expect, test } from "bun:test";
import * as library from "@edge/edge";
import * as policy from "@edge/edge/policy";
import { exportsOf, uncommented, unexportedTypes } from "./public-types.ts";
import { read } from "../support/source-tree.ts";

test("the root names what users of the system know", () => {
  const names = `
    OtlpModule DatadogModule PrometheusModule PassthroughModule
    ProxyServer Executor Router UpstreamClient compress EventBus createLog Tracer PolicyRegistry
    FileProvider HttpProvider PolicyStreamingFilter FilteringWriter FieldAccessor LineParser
    createEngine PolicyRuntime startProgram startProxy serveIfWorker loadConfig
  `;
  expect(Object.keys(library)).toEqual(expect.arrayContaining(names.trim().split(/\s+/)));
});

test("the engine alone is an entry, and the root has all of it", () => {
  const [root, engine] = [exportsOf("src/index.ts"), exportsOf("src/index-policy.ts")];
  expect([...engine.keys()].filter((name) => !root.has(name))).toEqual([]);
  expect(Object.keys(library)).toEqual(expect.arrayContaining(Object.keys(policy)));
});

const ENTRIES = ["src/index.ts", "src/index-policy.ts", "src/policy/index.ts"];
test.each(ENTRIES)("%s names what it exports, and every type that its signatures name", (entry) => {
  // The root's types are in a file of their own, which names each of them.
  for (const file of [entry, "src/index-types.ts"]) {
    expect(read(file).text).not.toMatch(/^export (?:type )?\*(?! from "\.\/index-types\.ts")/m);
  }
  expect(exportsOf(entry).size).toBeGreaterThan(50);
  if (entry !== "src/policy/index.ts") expect(unexportedTypes(entry)).toEqual([]);
});

test.each(ENTRIES)("what %s exports says what it is", (entry) => {
  expect(uncommented(entry)).toEqual([]);
});

test("the check of comments sees one that is missing", () => {
  expect(uncommented("src/core/json/index.ts")).toContain("QUOTE in src/core/json/scan.ts");
});

test("the check of types sees one that is missing", () => {
  expect(unexportedTypes("src/policy/decode/index.ts")).toContain(
    "Policy, of DecodedSet in src/policy/decode/policy-set.ts",
  );
});

test("a few lines drop a record of a body", () => {
  const engine = policy.createEngine({
    validateRegex: library.createRegexValidator(),
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
  policy.putInForce(engine, policies);
  const evaluation = engine.evaluation("log");
  if (evaluation === undefined) throw new Error("no policy looks at logs");
  const [debug, info] = ['{"severityText":"DEBUG"}', '{"severityText":"INFO"}'];
  const body = (records: string): Uint8Array =>
    new TextEncoder().encode(`{"resourceLogs":[{"scopeLogs":[{"logRecords":[${records}]}]}]}`);
  const outcome = library.otlpJsonFormat("log").filter(body(`${debug},${info}`), evaluation);
  expect(outcome).toMatchObject({ records: 2, dropped: 1 });
  expect(new TextDecoder().decode(outcome.body)).toBe(new TextDecoder().decode(body(info)));
});
