// An engine that reads the tables of another decides exactly as one that has compiled the set
// itself: verdicts, matches, counts and every byte that leaves, in all formats.

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { fromJson, toBinary } from "@bufbuild/protobuf";
import { edge } from "../../../src/distributions.ts";
import {
  type Evaluation,
  type FieldRef,
  type Keep,
  type Matcher,
  type Policy,
  type Signal,
  SIGNALS,
  type Transform,
} from "../../../src/policy/index.ts";
import { ExportLogsServiceRequestSchema } from "../../../src/proto/index.ts";
import { PolicyStreamingFilter } from "../../../src/protocols/prometheus/format/index.ts";
import { Router } from "../../../src/server/router.ts";
import { localEngine, sharedEngine, type SharedEngine } from "./shared-engine.ts";
import { policyOf } from "../../support/engine.ts";
import { writeJson, writeProtobuf } from "../../protocols/loki/format/push.ts";

const WORDS = ["GET /health", "payment failed for user 17", "Ünïcode", "a", "", "DEBUG", "x=1"];
const word = fc.constantFrom(...WORDS);
const attribute = (scope: "record" | "resource" | "scope", ...path: string[]): FieldRef => ({
  kind: "attribute",
  scope,
  path,
});
const PLACES: Readonly<Record<Signal, readonly FieldRef[]>> = {
  log: [
    { kind: "field", field: "body" },
    { kind: "field", field: "severity_text" },
    { kind: "field", field: "severity_number" },
    attribute("record", "a"),
    attribute("record", "b", "c"),
    attribute("resource", "service.name"),
    attribute("scope", "s"),
  ],
  metric: [{ kind: "field", field: "name" }, attribute("record", "a")],
  trace: [{ kind: "field", field: "name" }, attribute("record", "a")],
};

const condition: fc.Arbitrary<Matcher["condition"]> = fc.oneof(
  fc.constant({ op: "exists" } as const),
  fc.record({
    op: fc.constantFrom("starts_with" as const, "ends_with" as const, "contains" as const),
    text: word.filter((text) => text !== ""),
  }),
  word.map((value) => ({ op: "equals", value: { type: "string", value } }) as const),
  fc.boolean().map((value) => ({ op: "equals", value: { type: "bool", value } }) as const),
  fc
    .bigInt({ min: 0n, max: 20n })
    .map((value) => ({ op: "equals", value: { type: "int", value } }) as const),
  fc.double({ min: 0, max: 20 }).map(
    (value) =>
      ({
        op: "range",
        min: { value: { type: "double", value }, inclusive: true },
      }) as const,
  ),
  fc
    .constantFrom("user [0-9]+", "^GET /(health|ready)", "[a-z]+", "(?i)debug|ünï", "a.*1$", ".*")
    .map((pattern) => ({ op: "regex", pattern }) as const),
);
const keep: fc.Arbitrary<Keep> = fc.oneof(
  fc.constantFrom<Keep>({ kind: "all" }, { kind: "none" }),
  fc.integer({ min: 0, max: 100 }).map((percent) => ({ kind: "percent", percent }) as const),
  fc.integer({ min: 1, max: 2 }).map(
    (count) =>
      ({
        kind: "rate",
        count,
        windowMs: 1000,
        key: attribute("record", "a"),
      }) as const,
  ),
);

function policiesOf(signal: Signal): fc.Arbitrary<Policy[]> {
  const place = fc.constantFrom(...PLACES[signal]);
  const matcher = fc.record({
    field: place,
    condition,
    negate: fc.boolean(),
    caseInsensitive: fc.boolean(),
  });
  const transform: fc.Arbitrary<Transform> = fc.record({
    remove: fc.array(place, { maxLength: 1 }),
    redact: fc.array(
      fc.record({ field: place, replacement: fc.constant("*$0*"), regex: fc.constant("[0-9]+") }),
      { maxLength: 1 },
    ),
    rename: fc.constant([]),
    add: fc.array(
      fc.record({
        field: fc.constant(attribute("record", "new")),
        value: word,
        upsert: fc.boolean(),
      }),
      { maxLength: 1 },
    ),
  });
  const one = fc.record({
    matchers: fc.array(matcher, { minLength: 1, maxLength: 3 }),
    otherGroups: fc.option(
      fc.array(fc.array(matcher, { minLength: 1, maxLength: 2 }), { maxLength: 2 }),
      { nil: undefined },
    ),
    keep,
    transform: fc.option(transform, { nil: undefined }),
  });
  return fc.array(one, { minLength: 1, maxLength: 40 }).map((all) =>
    all.map(({ matchers, otherGroups, keep: own, transform: edits }, i) =>
      policyOf(`policy ${i} é`, matchers, own, {
        signal,
        otherGroups,
        enabled: i % 7 !== 6,
        ...(signal === "log" && edits !== undefined ? { transform: edits } : {}),
      }),
    ),
  );
}

const OTLP_ATTRIBUTES = [
  { key: "a", value: { stringValue: "payment failed for user 17" } },
  { key: "b", value: { kvlistValue: { values: [{ key: "c", value: { intValue: "7" } }] } } },
];
const otlpLogs = {
  resourceLogs: [
    {
      resource: { attributes: [{ key: "service.name", value: { stringValue: "x=1" } }] },
      scopeLogs: [
        {
          scope: { attributes: [{ key: "s", value: { boolValue: true } }] },
          logRecords: WORDS.map((text, i) => ({
            severityText: i % 2 === 0 ? "DEBUG" : "a",
            severityNumber: i * 3,
            body: { stringValue: text },
            attributes: OTLP_ATTRIBUTES.slice(0, i % 3),
          })),
        },
      ],
    },
  ],
};
const otlpMetrics = {
  resourceMetrics: [
    {
      scopeMetrics: [
        {
          metrics: WORDS.map((name) => ({
            name,
            gauge: { dataPoints: [{ asInt: "1", attributes: OTLP_ATTRIBUTES.slice(0, 1) }] },
          })),
        },
      ],
    },
  ],
};
const otlpTraces = {
  resourceSpans: [
    {
      scopeSpans: [
        {
          spans: WORDS.map((name, i) => ({
            traceId: `${i}`.repeat(32),
            spanId: `${i}`.repeat(16),
            name,
            attributes: OTLP_ATTRIBUTES.slice(0, i % 2),
          })),
        },
      ],
    },
  ],
};
const series = {
  series: WORDS.map((metric) => ({
    metric,
    type: 3,
    points: [{ timestamp: 1, value: 2 }],
    tags: ["a:payment failed for user 17"],
  })),
};
const push = [
  {
    labels: [["service.name", "x=1"]] as const,
    entries: WORDS.map((line, i) => ({
      time: BigInt(i),
      line,
      metadata: i % 2 === 0 ? [["a", "DEBUG"] as const] : undefined,
    })),
  },
];

const json = (document: unknown): Uint8Array => Buffer.from(JSON.stringify(document));
const BODIES: readonly (readonly [Signal, path: string, type: string, body: Uint8Array])[] = [
  ["log", "/v1/logs", "application/json", json(otlpLogs)],
  [
    "log",
    "/v1/logs",
    "application/x-protobuf",
    toBinary(
      ExportLogsServiceRequestSchema,
      fromJson(ExportLogsServiceRequestSchema, otlpLogs as never),
    ),
  ],
  ["metric", "/v1/metrics", "application/json", json(otlpMetrics)],
  ["trace", "/v1/traces", "application/json", json(otlpTraces)],
  [
    "log",
    "/api/v2/logs",
    "application/json",
    json(
      WORDS.map((message, i) => ({
        message,
        status: "DEBUG",
        service: "x=1",
        a: i,
        b: { c: "a" },
      })),
    ),
  ],
  ["metric", "/api/v2/series", "application/json", json(series)],
  ["log", "/loki/api/v1/push", "application/json", writeJson(push)],
  ["log", "/loki/api/v1/push", "application/x-protobuf", writeProtobuf(push)],
];

const router = new Router(edge.modules.map(({ create }) => create({})));

function leaves(evaluation: Evaluation | undefined, path: string, type: string, body: Uint8Array) {
  const found = router.find("POST", path)!;
  const head = { method: "POST", path, query: "", headers: new Headers({ "content-type": type }) };
  const plan = found.module.plan(head, found.route);
  if (plan.kind !== "filter") throw new Error(`${path} is not filtered`);
  if (evaluation === undefined) return undefined;
  const { body: left, settlement: _, ...outcome } = plan.format.filter(body, evaluation);
  return { left: left && Buffer.from(left).toString("latin1"), ...outcome };
}

function scraped(evaluation: Evaluation | undefined): string | undefined {
  if (evaluation === undefined) return undefined;
  let text = "";
  const filter = new PolicyStreamingFilter({
    evaluation,
    sink: { write: (bytes, start, end) => void (text += Buffer.from(bytes.slice(start, end))) },
  });
  const labels = WORDS.map((value) => `a_metric{a=${JSON.stringify(value)}} 1\n`).join("");
  filter.push(Buffer.from(`# TYPE a_metric gauge\n${labels}DEBUG 2\na 3\n`));
  filter.end();
  return text;
}

/** Hits and misses by id. */
function countsOf({ counts }: SharedEngine): Record<string, unknown> {
  const rows = [...counts.values()].filter(({ totals }) => totals.some((total) => total > 0));
  return Object.fromEntries(rows.map(({ id, totals }) => [id, [totals[0], totals[1]]]));
}

describe("an engine of shared tables decides as one of its own", () => {
  for (const signal of SIGNALS) {
    test(`for ${signal} policies, in every format that has them`, () => {
      const bodies = BODIES.filter(([of]) => of === signal);
      fc.assert(
        fc.property(policiesOf(signal), (policies) => {
          const local = localEngine(policies);
          const shared = sharedEngine(policies);
          for (const [, path, type, body] of bodies) {
            expect(leaves(shared.engine.evaluation(signal), path, type, body)).toEqual(
              leaves(local.evaluation(signal), path, type, body),
            );
          }
          if (signal === "metric") {
            expect(scraped(shared.engine.evaluation(signal))).toEqual(
              scraped(local.evaluation(signal)),
            );
          }
          const counted = local.countedTotals().map(({ id, hits, misses }) => [id, [hits, misses]]);
          expect(countsOf(shared)).toEqual(Object.fromEntries(counted));
        }),
        { numRuns: 60 },
      );
    });
  }
});
