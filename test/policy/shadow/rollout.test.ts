// A policy in rollout is enforced for a share of records, and for the same ones everywhere: on
// every instance, in every format, and in each larger share.

import { describe, expect, test } from "bun:test";
import { createEngine, type Engine, type Policy } from "../../../src/policy/index.ts";
import { policyOf } from "../../support/engine.ts";
import { leaves } from "../policy-bodies.ts";
import { finish } from "../../support/steps.ts";

const anyBody = {
  field: { kind: "field", field: "body" },
  condition: { op: "exists" },
  negate: false,
  caseInsensitive: false,
} as const;
const dropAll = (enforcedPercent: number): Policy =>
  policyOf("drop", [anyBody], { kind: "none" }, { enforcedPercent });

function engineOf(...policies: Policy[]): Engine {
  const engine = createEngine({
    validateRegex: () => undefined,
    nowMs: () => 0,
    random: () => 0.5,
  });
  finish(engine.replace(policies));
  return engine;
}

interface Source {
  readonly traceId?: string;
  readonly service?: string;
  readonly text?: string;
}

const FORMATS = {
  otlp: ({ traceId, service, text = "x" }: Source) => ({
    path: "/v1/logs",
    document: {
      resourceLogs: [
        {
          resource: {
            attributes:
              service === undefined
                ? []
                : [{ key: "service.name", value: { stringValue: service } }],
          },
          scopeLogs: [
            {
              logRecords: [
                { body: { stringValue: text }, ...(traceId === undefined ? {} : { traceId }) },
              ],
            },
          ],
        },
      ],
    },
  }),
  datadog: ({ traceId, service, text = "x" }: Source) => ({
    path: "/api/v2/logs",
    document: [{ message: text, trace_id: traceId, service }],
  }),
};

function isDropped(engine: Engine, format: keyof typeof FORMATS, source: Source): boolean {
  const { path, document } = FORMATS[format](source);
  const body = Buffer.from(JSON.stringify(document));
  return leaves(engine.evaluation("log"), path, "application/json", body)?.dropped === 1;
}

const COUNT = 2000;
const sources: Readonly<Record<string, (i: number) => Source>> = {
  trace: (i) => ({
    traceId: (BigInt(i + 1) * 0x9e3779b97f4a7c15n * 0xffffffffffffffc5n)
      .toString(16)
      .padStart(32, "0")
      .slice(-32),
    service: "one",
  }),
  resource: (i) => ({ service: `service-${i}` }),
  text: (i) => ({ text: `line ${i}` }),
};

describe("a share", () => {
  for (const [kind, sourceOf] of Object.entries(sources)) {
    test(`is a tenth of all, by ${kind}, and part of each larger one`, () => {
      const engines = [10, 20, 50].map((percent) => engineOf(dropAll(percent)));
      const covered = engines.map((engine) =>
        Array.from({ length: COUNT }, (_, i) => isDropped(engine, "otlp", sourceOf(i))),
      );
      const [tenth = [], fifth = [], half = []] = covered;
      expect(tenth.filter(Boolean).length / COUNT).toBeCloseTo(0.1, 1);
      expect(half.filter(Boolean).length / COUNT).toBeCloseTo(0.5, 1);
      expect(tenth.every((is, i) => !is || fifth[i])).toBe(true);
      expect(fifth.every((is, i) => !is || half[i])).toBe(true);
    });
  }

  test("is the same on another instance and in another format", () => {
    const [one, other] = [engineOf(dropAll(10)), engineOf(dropAll(10))];
    for (const sourceOf of [sources["trace"]!, sources["resource"]!, sources["text"]!]) {
      for (let i = 0; i < 300; i++) {
        const source = sourceOf(i);
        const isIn = isDropped(one, "otlp", source);
        expect(isDropped(other, "otlp", source)).toBe(isIn);
        expect(isDropped(other, "datadog", source)).toBe(isIn);
        const { traceId } = source;
        if (traceId === undefined) continue;
        // As Datadog's tracers write it: the low 64 bits in decimal.
        const decimal = BigInt(`0x${traceId.slice(16)}`).toString();
        expect(isDropped(other, "datadog", { ...source, traceId: decimal })).toBe(isIn);
      }
    }
  });

  test("has the whole trace, whatever else its records are", () => {
    const engine = engineOf(dropAll(50));
    for (let i = 0; i < 100; i++) {
      const { traceId = "" } = sources["trace"]!(i);
      const isIn = isDropped(engine, "otlp", { traceId });
      for (const service of ["a", "b"]) {
        expect(isDropped(engine, "otlp", { traceId, service, text: service })).toBe(isIn);
      }
      // Of ids of 64 bits, which are the ends of others.
      expect(isDropped(engine, "otlp", { traceId: traceId.slice(16).padStart(32, "0") })).toBe(
        isIn,
      );
    }
  });

  test("has nothing to do with the share that sampling by trace id keeps", () => {
    const keep = {
      kind: "percent",
      percent: 10,
      key: { kind: "field", field: "trace_id" },
    } as const;
    const engine = engineOf(policyOf("p", [anyBody], keep, { enforcedPercent: 10 }));
    const dropped = Array.from({ length: COUNT }, (_, i) =>
      isDropped(engine, "otlp", sources["trace"]!(i)),
    );
    expect(dropped.filter(Boolean).length / COUNT).toBeCloseTo(0.09, 1);
  });

  test("counts what it does, and for all others what it would do", () => {
    const engine = engineOf(dropAll(30));
    for (let i = 0; i < COUNT; i++) isDropped(engine, "otlp", sources["resource"]!(i));
    const [row] = engine.totals();
    const { hits = 0, dropped, droppedInShadow = 0, matchedInShadow } = row ?? {};
    expect(hits).toBeGreaterThan(0);
    expect([dropped, matchedInShadow, hits + droppedInShadow]).toEqual([
      hits,
      droppedInShadow,
      COUNT,
    ]);
  });
});
