// Policy conformance: cases run through the decoder, the engine and the OTLP formats. Own cases are
// in cases/; those of the public suite run when they lie next to the project.

import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import {
  create,
  type DescMessage,
  fromBinary,
  fromJson,
  type JsonValue,
  toBinary,
  toJson,
} from "@bufbuild/protobuf";
import {
  filterInput,
  load,
  startEngine,
  type Stats,
  statsOf,
} from "../../src/cli/suite/judging.ts";
import { isCaseFolder, readCase } from "../../src/cli/suite/case-folder.ts";
import type { Batch, TestCase } from "../../src/cli/suite/test-case.ts";
import { normalized, reported, summed } from "../../src/cli/suite/compare.ts";
import { otlpProtobufFormat } from "../../src/protocols/otlp/format/protobuf/index.ts";
import type { PolicyEngine, Signal } from "../../src/policy/index.ts";
import {
  ExportLogsServiceRequestSchema,
  ExportMetricsServiceRequestSchema,
  ExportTraceServiceRequestSchema,
} from "../../src/proto/index.ts";

const PUBLIC_SUITE = resolve(import.meta.dir, "../../../shared/conformance");
const OWN_CASES = join(import.meta.dir, "cases");

/** By name; none when the folder does not exist. */
const casesIn = (folder: string): TestCase[] =>
  (existsSync(folder) ? readdirSync(folder) : [])
    .sort()
    .filter((name) => isCaseFolder(join(folder, name)))
    .map((name) => readCase(join(folder, name), name));

const REQUESTS: Readonly<Record<Signal, DescMessage>> = {
  log: ExportLogsServiceRequestSchema,
  metric: ExportMetricsServiceRequestSchema,
  trace: ExportTraceServiceRequestSchema,
};

interface Run {
  readonly outputs: readonly unknown[];
  readonly stats: readonly Stats[];
}

/** Every batch begins with an engine of its own, as each is a process of its own in the suite. */
function run(one: TestCase, filter: (engine: PolicyEngine, batch: Batch) => unknown): Run {
  const outputs: unknown[] = [];
  const stats: Stats[] = [];
  for (const batch of one.batches) {
    const engine = startEngine();
    load(engine, one.policies);
    outputs.push(filter(engine, batch));
    stats.push(statsOf(engine.totals()));
  }
  return { outputs, stats };
}

const throughJson = (engine: PolicyEngine, { signal, input }: Batch): unknown =>
  JSON.parse(Buffer.from(filterInput(engine, signal, input)).toString());

function throughProtobuf(engine: PolicyEngine, { signal, input }: Batch): unknown {
  const schema = REQUESTS[signal];
  const bytes = toBinary(schema, toMessage(schema, JSON.parse(Buffer.from(input).toString())));
  const evaluation = engine.evaluation(signal);
  if (evaluation === undefined) return toJson(schema, fromBinary(schema, bytes));
  const options = { alwaysRewrite: true };
  const { body = bytes } = otlpProtobufFormat(signal).filter(bytes, evaluation, options);
  return toJson(schema, fromBinary(schema, body));
}

/** An OTLP/JSON document as a message: ids are hex in OTLP, base64 in proto3 JSON. */
function toMessage(schema: DescMessage, document: unknown): ReturnType<typeof create> {
  return fromJson(schema, withBase64Ids(document) as JsonValue, { ignoreUnknownFields: true });
}

function withBase64Ids(value: unknown, key = ""): unknown {
  if (/^(?:traceId|spanId|parentSpanId)$/.test(key) && typeof value === "string") {
    return Buffer.from(value, "hex").toString("base64");
  }
  if (Array.isArray(value)) return value.map((item) => withBase64Ids(item));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, withBase64Ids(member, name)]),
  );
}

function checkStats(one: TestCase, stats: readonly Stats[]): void {
  const [first] = stats;
  if (one.isProviderOnly) expect(reported(first!)).toEqual(reported(one.stats!));
  else if (one.batches.length === 1) expect(first).toEqual(one.stats);
  else expect(summed(stats)).toEqual(one.stats!);
}

describe("own cases", () => {
  const cases = casesIn(OWN_CASES);
  test("exist", () => expect(cases.length).toBeGreaterThan(0));

  for (const one of cases) {
    test(one.name, () => {
      const { outputs, stats } = run(one, throughJson);
      expect(outputs).toEqual(one.batches.map(({ expected }) => expected));
      checkStats(one, stats);
    });

    test(`${one.name}, in protobuf`, () => {
      const { outputs, stats } = run(one, throughProtobuf);
      expect(outputs).toEqual(
        one.batches.map(({ signal, expected }) => {
          const schema = REQUESTS[signal];
          return toJson(schema, toMessage(schema, expected));
        }),
      );
      checkStats(one, stats);
    });
  }
});

const publicCases = casesIn(PUBLIC_SUITE);
describe.skipIf(publicCases.length === 0)("public suite (skipped where it is absent)", () => {
  for (const one of publicCases) {
    test(one.name, () => {
      const { outputs, stats } = run(one, throughJson);
      expect(outputs.map(normalized)).toEqual(
        one.batches.map(({ expected }) => normalized(expected)),
      );
      checkStats(one, stats);
    });
  }
  if (publicCases.length === 0) test("no cases found next to the project", () => undefined);
});
