// Random sets of policies for records of `policy-bodies.ts`, which many of them match.

import * as fc from "fast-check";
import type { FieldRef, Keep, Matcher, Policy, Signal, Transform } from "../../src/policy/index.ts";
import { policyOf } from "../support/engine.ts";

export const WORDS = [
  "GET /health",
  "payment failed for user 17",
  "Ünïcode",
  "a",
  "",
  "DEBUG",
  "x=1",
];
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

const sample: fc.Arbitrary<Keep> = fc.record({
  kind: fc.constant("sample" as const),
  percent: fc.integer({ min: 0, max: 100 }),
  mode: fc.constantFrom("hash_seed" as const, "proportional" as const, "equalizing" as const),
  precision: fc.constant(4),
  hashSeed: fc.constantFrom(0, 7),
  failClosed: fc.boolean(),
});
const filter = fc.constantFrom<Keep>({ kind: "otel_keep" }, { kind: "otel_drop" });

/** Keeps that policies of a signal can have; for logs also filters of OpenTelemetry. */
const KEEPS: Readonly<Record<Signal, fc.Arbitrary<Keep>>> = {
  log: fc.oneof({ arbitrary: keep, weight: 4 }, { arbitrary: filter, weight: 1 }),
  metric: keep,
  trace: fc.oneof(keep, sample),
};

/** Sets of up to 40 policies of a signal. */
export function policiesOf(signal: Signal): fc.Arbitrary<Policy[]> {
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
        value: word.map((value) => ({ type: "string", value }) as const),
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
    keep: KEEPS[signal],
    transform: fc.option(transform, { nil: undefined }),
  });
  return fc.array(one, { minLength: 1, maxLength: 40 }).map((all) =>
    all.map(({ matchers, otherGroups, keep: own, transform: edits }, i) =>
      policyOf(`policy ${i} é`, matchers, own, {
        signal,
        otherGroups,
        enabled: i % 7 !== 6,
        ...(signal === "log" && edits !== undefined && !own.kind.startsWith("otel")
          ? { transform: edits }
          : {}),
      }),
    ),
  );
}
