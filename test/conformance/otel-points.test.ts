// Data points judged one by one: what is left of random metrics by random policies of both dialects
// is what an oracle leaves, to the byte, and the same in both encodings; so are hits and misses.

import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { decodeUtf8, encodeUtf8 } from "../../src/core/utf8.ts";
import { otlpJsonFormat } from "../../src/protocols/otlp/format/index.ts";
import { canonical, engineOf, hitsOf, throughProtobuf } from "./otel-dialect.ts";

const KINDS = ["gauge", "sum", "histogram", "exponentialHistogram", "summary"] as const;
const TYPES = ["GAUGE", "SUM", "HISTOGRAM", "EXPONENTIAL_HISTOGRAM", "SUMMARY"];

type Value = { stringValue: string } | { intValue: string } | { boolValue: boolean };
interface Point {
  readonly attributes?: readonly { readonly key: string; readonly value: Value }[];
  readonly [member: string]: unknown;
}
interface Metric {
  readonly name: string;
  readonly kind: (typeof KINDS)[number];
  readonly temporality: number;
  readonly monotonic: boolean;
  readonly points: readonly Point[];
}
interface Resource {
  readonly service: string;
  readonly scopes: readonly { readonly name: string; readonly metrics: readonly Metric[] }[];
}

const value: fc.Arbitrary<Value> = fc.oneof(
  fc.constantFrom("200", "500", "x").map((stringValue) => ({ stringValue })),
  fc.constantFrom("200", "404", "500").map((intValue) => ({ intValue })),
  fc.boolean().map((boolValue) => ({ boolValue })),
);
const point: fc.Arbitrary<Point> = fc
  .array(fc.record({ key: fc.constantFrom("code", "route", "other"), value }), { maxLength: 3 })
  .map((attributes) => ({ attributes, startTimeUnixNano: "1" }));
const metric: fc.Arbitrary<Metric> = fc.record({
  name: fc.constantFrom("latency", "hits", "load"),
  kind: fc.constantFrom(...KINDS),
  temporality: fc.constantFrom(0, 1, 2),
  monotonic: fc.boolean(),
  points: fc.array(point, { maxLength: 4 }),
});
const resource: fc.Arbitrary<Resource> = fc.record({
  service: fc.constantFrom("shop", "bank"),
  scopes: fc.array(
    fc.record({ name: fc.constantFrom("a", "b"), metrics: fc.array(metric, { maxLength: 3 }) }),
    { maxLength: 2 },
  ),
});

function hasTemporality(kind: Metric["kind"]): boolean {
  return kind !== "gauge" && kind !== "summary";
}

function written(resources: readonly Resource[]): unknown {
  return {
    resourceMetrics: resources.map(({ service, scopes }) => ({
      resource: { attributes: [{ key: "service.name", value: { stringValue: service } }] },
      scopeMetrics: scopes.map(({ name, metrics }) => ({
        scope: { name },
        metrics: metrics.map((one) => ({
          name: one.name,
          [one.kind]: {
            ...(hasTemporality(one.kind) ? { aggregationTemporality: one.temporality } : {}),
            dataPoints: one.points,
            ...(one.kind === "sum" ? { isMonotonic: one.monotonic } : {}),
          },
        })),
      })),
    })),
  };
}

// ---- policies

type Seen = string | number | boolean;
interface Around {
  readonly service: string;
  readonly scope: string;
  readonly metric: Metric;
}
interface Term {
  readonly target: object;
  readonly predicate: object;
  readonly negate: boolean;
  readonly isOfPoint: boolean;
  readonly holds: (around: Around, point: Point) => boolean;
}

const predicates: readonly (readonly [object, (seen: Seen) => boolean])[] = [
  [{ equals: "200" }, (seen) => seen === "200"],
  [{ equals: 200 }, (seen) => seen === 200],
  [{ gte: 404 }, (seen) => typeof seen === "number" && seen >= 404],
  [{ regex: "^5" }, (seen) => typeof seen === "string" && seen.startsWith("5")],
  [{ equals: true }, (seen) => seen === true],
  [{ exists: {} }, () => true],
];
function seenOf(one: Value): Seen {
  if ("stringValue" in one) return one.stringValue;
  return "intValue" in one ? Number(one.intValue) : one.boolValue;
}

const ofPoint = fc
  .tuple(fc.constantFrom("code", "route"), fc.constantFrom(...predicates), fc.boolean())
  .map(([key, [predicate, satisfies], negate]): Term => {
    const holds = (_: Around, { attributes = [] }: Point): boolean =>
      attributes.some((one) => one.key === key && satisfies(seenOf(one.value))) !== negate;
    return { target: { datapoint_attribute: [key] }, predicate, negate, isOfPoint: true, holds };
  });

const fields: readonly (readonly [
  object,
  (around: Around) => Seen | undefined,
  readonly Seen[],
])[] = [
  [{ descriptor_field: "NAME" }, ({ metric: { name } }) => name, ["latency", "hits", "none"]],
  [
    { descriptor_field: "TYPE" },
    ({ metric: { kind } }) => TYPES[KINDS.indexOf(kind)],
    ["GAUGE", "SUM", "SUMMARY", "gauge"],
  ],
  [
    { descriptor_field: "AGGREGATION_TEMPORALITY" },
    ({ metric: { kind, temporality } }) =>
      hasTemporality(kind) ? [undefined, "DELTA", "CUMULATIVE"][temporality] : undefined,
    ["DELTA", "CUMULATIVE"],
  ],
  [
    { descriptor_field: "IS_MONOTONIC" },
    ({ metric: { kind, monotonic } }) => (kind === "sum" ? monotonic : undefined),
    [true, false],
  ],
  [{ resource_attribute: "service.name" }, ({ service }) => service, ["shop", "x"]],
  [{ scope_field: "NAME" }, ({ scope }) => scope, ["a", "b"]],
];
const ofStream = fc
  .tuple(fc.constantFrom(...fields), fc.nat(), fc.boolean())
  .map(([[target, read, all], nth, negate]): Term => {
    const equals = all[nth % all.length]!;
    const holds = (around: Around): boolean => (read(around) === equals) !== negate;
    return { target, predicate: { equals }, negate, isOfPoint: false, holds };
  });

interface Rule {
  readonly action: "keep" | "drop" | "none";
  readonly terms: readonly Term[];
}
const otelRule: fc.Arbitrary<Rule> = fc.record({
  action: fc.constantFrom("keep", "drop", "drop"),
  terms: fc.array(fc.oneof(ofPoint, ofStream), { minLength: 1, maxLength: 3 }),
});
/** In the other dialect, by the name of the metric or by any of its data points. */
const teroRule: fc.Arbitrary<Rule> = fc.boolean().map((isOfName): Rule => {
  const target = isOfName ? { metric_field: "name" } : { datapoint_attribute: "other" };
  const predicate = isOfName ? { exact: "load" } : { exists: true };
  const holds = ({ metric: { name, points } }: Around): boolean =>
    isOfName
      ? name === "load"
      : points.some(({ attributes = [] }) => attributes.some(({ key }) => key === "other"));
  return { action: "none", terms: [{ target, predicate, negate: false, isOfPoint: false, holds }] };
});

function documentOf({ action, terms }: Rule, i: number): object {
  const id = `p${i}`;
  if (action === "none") {
    const match = terms.map(({ target, predicate }) => ({ ...target, ...predicate }));
    return { id, name: id, metric: { match, keep: false } };
  }
  const matches = terms.map(({ target, predicate, negate }) => ({ target, predicate, negate }));
  return { id, metric_filter: { matches, action: `ACTION_${action.toUpperCase()}` } };
}

// ---- the oracle

const NO_POINT: Point = {};

class Oracle {
  readonly counts: Record<string, [hits: number, misses: number]> = {};
  private readonly rules: readonly Rule[];

  constructor(rules: readonly Rule[]) {
    this.rules = rules;
  }

  /** The metric as it leaves; undefined: it does not. */
  left(around: Around): Metric | undefined {
    const { metric: one } = around;
    const nones = this.matching(around, NO_POINT, (rule) => rule.action === "none");
    const [winner] = nones;
    const isNone = winner !== undefined;
    const kept = one.points.filter((each) => {
      const rules = this.matching(around, each, (rule) => rule.action !== "none");
      const isDropped = rules.every((i) => this.rules[i]!.action !== "keep") && rules.length > 0;
      for (const i of rules) {
        const isDrop = this.rules[i]!.action === "drop";
        this.count(i, isDrop ? isDropped : !isDropped && !isNone);
      }
      return !isDropped;
    });
    let stays = kept.length > 0 || one.points.length === 0;
    if (one.points.length === 0) {
      const isOfStream = (rule: Rule): boolean =>
        rule.action !== "none" && rule.terms.every(({ isOfPoint }) => !isOfPoint);
      const rules = this.matching(around, NO_POINT, isOfStream);
      stays = rules.length === 0 || rules.some((i) => this.rules[i]!.action === "keep");
    }
    for (const i of nones) this.count(i, i === winner);
    return isNone || !stays ? undefined : { ...one, points: kept };
  }

  private matching(around: Around, each: Point, isAsked: (rule: Rule) => boolean): number[] {
    return this.rules.flatMap((rule, i) =>
      isAsked(rule) && rule.terms.every(({ holds }) => holds(around, each)) ? [i] : [],
    );
  }

  private count(rule: number, isHit: boolean): void {
    const counts = (this.counts[`p${rule}`] ??= [0, 0]);
    counts[isHit ? 0 : 1]++;
  }
}

/** Containers that a policy has emptied go; those that came in empty stay. */
function leftOf(resources: readonly Resource[], oracle: Oracle): Resource[] {
  return resources.flatMap((one) => {
    const scopes = one.scopes.flatMap((scope) => {
      const metrics = scope.metrics.flatMap((each) => {
        const around = { service: one.service, scope: scope.name, metric: each };
        const left = oracle.left(around);
        return left === undefined ? [] : [left];
      });
      return metrics.length === 0 && scope.metrics.length > 0 ? [] : [{ ...scope, metrics }];
    });
    return scopes.length === 0 && one.scopes.length > 0 ? [] : [{ ...one, scopes }];
  });
}

test("any set leaves what the oracle leaves, to the byte", () => {
  const policies = fc.array(fc.oneof({ weight: 4, arbitrary: otelRule }, teroRule), {
    minLength: 1,
    maxLength: 5,
  });
  const input = fc.array(resource, { maxLength: 3 });
  fc.assert(
    fc.property(policies, input, (rules, resources) => {
      const oracle = new Oracle(rules);
      const expected = written(leftOf(resources, oracle));
      const engine = engineOf(rules.map(documentOf));
      const text = JSON.stringify(written(resources));
      const evaluation = engine.evaluation("metric")!;
      const { body, dropped, records } = otlpJsonFormat("metric").filter(
        encodeUtf8(text),
        evaluation,
      );
      const all = resources.flatMap(({ scopes }) => scopes.flatMap(({ metrics }) => metrics));
      expect(records).toBe(all.length);
      const isGone = dropped === records && records > 0;
      if (body === undefined) expect(JSON.stringify(expected)).toBe(text);
      else if (!isGone) expect(decodeUtf8(body)).toBe(JSON.stringify(expected));
      expect(hitsOf(engine)).toEqual(oracle.counts);
      const other = engineOf(rules.map(documentOf));
      const trimmed = withoutEmpty(leftOf(resources, new Oracle(rules)));
      expect(throughProtobuf(other, "metric", written(resources))).toEqual(
        canonical("metric", written(trimmed)),
      );
      expect(hitsOf(other)).toEqual(oracle.counts);
    }),
    { numRuns: 500, seed: 20261201 },
  );
}, 60_000);

/** What the conformance runner writes: without containers that are empty. */
function withoutEmpty(resources: readonly Resource[]): Resource[] {
  return resources
    .map((one) => ({ ...one, scopes: one.scopes.filter(({ metrics }) => metrics.length > 0) }))
    .filter(({ scopes }) => scopes.length > 0);
}
