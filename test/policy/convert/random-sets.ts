// Random sets of policies as files have them, of either dialect or both, which edit and sample much
// of what `bodies.ts` has: few keys, so that policies meet in them.

import * as fc from "fast-check";
import { AUTHORING, decodePolicy, type Policy, type Signal } from "../../../src/policy/index.ts";

type Tree = Readonly<Record<string, unknown>>;
type Dialect = "tero" | "otel";

/** What policies are made of: anything, or what the other dialect has as well. */
export type Range = "any" | "shared";

const KEYS = [["a"], ["b"], ["c"], ["new"], ["service"]] as const;
const NESTED = [
  ["m", "x"],
  ["m", "new"],
] as const;
const text = fc.constantFrom("x", "payment 17", "", "[17]");

/** What operations edit, as either dialect names it. */
function placesOf(...paths: readonly (readonly string[])[]) {
  const path = fc.constantFrom(...paths);
  return fc.oneof(
    { arbitrary: path.map((own) => ["log_attribute", own] as const), weight: 6 },
    { arbitrary: path.map((own) => ["resource_attribute", own] as const), weight: 1 },
    { arbitrary: path.map((own) => ["scope_attribute", own] as const), weight: 1 },
    {
      arbitrary: fc.constantFrom("body", "severity_text").map((own) => ["log_field", own] as const),
      weight: 2,
    },
  );
}
const PLACES = {
  any: placesOf(...KEYS, ...NESTED, ["l", "0"]),
  shared: placesOf(...KEYS, ...NESTED),
} as const;
const RENAMED = { any: PLACES.any, shared: placesOf(...KEYS) } as const;
const selected = ([key, value]: readonly [string, unknown], dialect: Dialect): Tree => {
  if (dialect === "tero") return { [key]: value };
  return { target: { [key === "log_field" ? "record_field" : key]: value } };
};
const from = ([key, value]: readonly [string, unknown], dialect: Dialect): Tree => {
  if (dialect === "tero") return { [`from_${key}`]: value };
  return { from: { [key === "log_field" ? "record_field" : key]: value } };
};

function operations(dialect: Dialect, range: Range): fc.Arbitrary<Tree> {
  const upsert = fc.boolean();
  const place = PLACES[range];
  const isTyped = dialect === "otel" && range === "any";
  const typed = isTyped ? fc.oneof(text, fc.constantFrom(7, true)) : text;
  const replacement = fc.constantFrom("*", "<$0>", ...(range === "any" ? [""] : []));
  const few = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<readonly T[]> =>
    fc.oneof(fc.constant<readonly T[]>([]), fc.array(one, { minLength: 1, maxLength: 2 }));
  return fc
    .record({
      remove: few(place.map((own) => selected(own, dialect))),
      redact: few(
        fc
          .tuple(place, replacement, fc.option(fc.constantFrom("[0-9]+", "a")))
          .map(([own, given, regex]) => ({
            ...selected(own, dialect),
            replacement: given,
            ...(regex === null ? {} : { regex }),
          })),
      ),
      rename: few(
        fc
          .tuple(RENAMED[range], fc.constantFrom("a", "c", "new", "to"), upsert)
          .map(([own, to, up]) => ({ ...from(own, dialect), to, upsert: up })),
      ),
      add: few(
        fc
          .tuple(place, typed, upsert)
          .map(([own, value, up]) => ({ ...selected(own, dialect), value, upsert: up })),
      ),
    })
    .map((lists) => Object.fromEntries(Object.entries(lists).filter(([, own]) => own.length > 0)))
    .filter((lists) => Object.keys(lists).length > 0);
}

/** The first ones say the same in both dialects. */
const MATCHERS: Readonly<Record<Signal, Readonly<Record<Dialect, Matchers>>>> = {
  metric: {
    tero: [
      [
        { metric_field: "name", starts_with: "m" },
        { metric_field: "name", exact: "M1", case_insensitive: true },
        { metric_field: "unit", exact: "s", negate: true },
        { metric_type: "SUM" },
        { metric_type: "GAUGE", negate: true },
        { aggregation_temporality: "DELTA" },
        { aggregation_temporality: "CUMULATIVE", negate: true },
        { resource_attribute: "host", exists: true },
        { metric_field: "scope_name", regex: "^s" },
      ],
      [
        { datapoint_attribute: "a", exists: true },
        { datapoint_attribute: "a", exact: "x", negate: true },
      ],
    ],
    otel: [
      [
        { target: { descriptor_field: "NAME" }, predicate: { regex: "^m" } },
        { target: { descriptor_field: "TYPE" }, predicate: { equals: "SUM" } },
        { target: { descriptor_field: "TYPE" }, predicate: { equals: "GAUGE" }, negate: true },
        { target: { descriptor_field: "AGGREGATION_TEMPORALITY" }, predicate: { equals: "DELTA" } },
        { target: { descriptor_field: "UNIT" }, predicate: { exists: {} } },
        { target: { resource_attribute: "host" }, predicate: { exists: {} }, negate: true },
        { target: { scope_field: "NAME" }, predicate: { equals: "s" } },
      ],
      [
        { target: { datapoint_attribute: "a" }, predicate: { equals: "x" } },
        { target: { descriptor_field: "IS_MONOTONIC" }, predicate: { equals: false } },
        { target: { descriptor_field: "TYPE" }, predicate: { regex: "^[GS]" } },
      ],
    ],
  },
  log: {
    tero: [
      [
        { log_field: "body", exists: true },
        { log_attribute: "a", exists: true },
        { log_attribute: ["m", "x"], exact: "x", negate: true },
        { log_field: "severity_text", starts_with: "D" },
        { log_field: "body", regex: "[0-9]", negate: true },
        { resource_attribute: "service.name", contains: "=" },
      ],
      [{ log_attribute: ["l", "0"], exists: true }],
    ],
    otel: [
      [
        { target: { record_field: "body" }, predicate: { exists: {} } },
        { target: { log_attribute: "a" }, predicate: { exists: {} } },
        { target: { log_attribute: ["m", "x"] }, predicate: { equals: "x" }, negate: true },
        { target: { record_field: "severity_text" }, predicate: { regex: "^D" } },
      ],
      [{ target: { log_attribute: "a" }, predicate: { contains: "7" } }],
    ],
  },
  trace: {
    tero: [
      [
        { trace_field: "name", exists: true },
        { trace_field: "name", regex: "[0-9]" },
        { span_attribute: "a", exists: true, negate: true },
        { span_kind: "SERVER" },
        { span_kind: "CLIENT", negate: true },
        { span_status: "ERROR" },
        { event_name: "e" },
        { event_attribute: "a", exact: "x", negate: true },
        { trace_field: "parent_span_id", exists: false },
        { trace_field: "trace_state", exists: false },
        { trace_field: "trace_state", exists: false },
      ],
      [
        { span_kind: "INTERNAL" },
        { span_status: "UNSET", negate: true },
        { trace_field: "parent_span_id", regex: "^0*$" },
      ],
    ],
    otel: [
      [
        { target: { record_field: "NAME" }, predicate: { exists: {} } },
        { target: { record_field: "KIND" }, predicate: { equals: "SERVER" } },
        { target: { record_field: "STATUS_CODE" }, predicate: { equals: "ERROR" }, negate: true },
        { target: { event_attribute: "a" }, predicate: { equals: "x" } },
        { target: { record_field: "PARENT_SPAN_ID" }, predicate: { exists: {} }, negate: true },
        { target: { record_field: "TRACE_STATE" }, predicate: { exists: {} }, negate: true },
        { target: { record_field: "TRACE_STATE" }, predicate: { exists: {} }, negate: true },
      ],
      [
        { target: { record_field: "KIND" }, predicate: { equals: "INTERNAL" }, negate: true },
        { target: { record_field: "STATUS_CODE" }, predicate: { exists: {} } },
        { target: { record_field: "PARENT_SPAN_ID" }, predicate: { equals: "" } },
      ],
    ],
  },
};
type Matchers = readonly [shared: readonly Tree[], others: readonly Tree[]];

function matchersOf(signal: Signal, dialect: Dialect, range: Range): fc.Arbitrary<readonly Tree[]> {
  const [shared, others] = MATCHERS[signal][dialect];
  const one = fc.constantFrom(...shared, ...(range === "any" ? others : []));
  return fc.uniqueArray(one, { minLength: 1, maxLength: 2 });
}

function logOf(dialect: Dialect, range: Range): fc.Arbitrary<Tree> {
  const edits = operations(dialect, range);
  const some = matchersOf("log", dialect, range);
  if (dialect === "otel") {
    const action = fc.constantFrom("DROP", "DROP", ...(range === "any" ? ["KEEP"] : []));
    const transform = fc.tuple(some, edits).map(([matches, own]): Tree => {
      return { log_transform: { matches, ...own } };
    });
    const filter = fc.tuple(some, action).map(([matches, own]): Tree => {
      return { log_filter: { matches, action: own } };
    });
    return fc.oneof({ arbitrary: transform, weight: 4 }, filter);
  }
  const none = fc.tuple(some, fc.option(edits)).map(([match, transform]): Tree => {
    return { log: { match, keep: "none", ...(transform === null ? {} : { transform }) } };
  });
  const keep = fc.constantFrom("all", "all", ...(range === "any" ? ["50%", "1/s"] : []));
  const transforming = fc.tuple(some, keep, edits).map(([match, own, transform]): Tree => {
    return { log: { match, keep: own, transform } };
  });
  return fc.oneof({ arbitrary: transforming, weight: 4 }, none);
}

function spanOf(dialect: Dialect, range: Range): fc.Arbitrary<Tree> {
  const few = range === "any" || dialect === "tero" ? [1, 2] : [];
  const sampling = fc.record({
    percentage: fc.constantFrom(0, 0.5, 5, 10, 33.3, 50, 50, 99, 100),
    mode: fc.constantFrom("hash_seed", "proportional", "equalizing"),
    sampling_precision: fc.constantFrom(...few, 3, 4, 4, 7, 14),
    hash_seed: fc.constantFrom(0, 0, 7),
    fail_closed: fc.boolean(),
  });
  return fc.tuple(matchersOf("trace", dialect, range), sampling).map(([match, own]): Tree => {
    if (dialect === "tero") return { trace: { match, keep: own } };
    return { trace_sampling: { matches: match, sampling: own } };
  });
}

function metricOf(dialect: Dialect, range: Range): fc.Arbitrary<Tree> {
  const some = matchersOf("metric", dialect, range);
  const isKept = fc.constantFrom(false, false, false, ...(range === "any" ? [true] : []));
  return fc.tuple(some, isKept).map(([match, keep]): Tree => {
    if (dialect === "tero") return { metric: { match, keep } };
    return { metric_filter: { matches: match, action: keep ? "KEEP" : "DROP" } };
  });
}

const MAKERS = { log: logOf, metric: metricOf, trace: spanOf } as const;

/** Sets of a signal, of the dialects in turn. */
export function setsOf(
  signal: Signal,
  range: Range,
  dialects: readonly Dialect[],
): fc.Arbitrary<Policy[]> {
  const makeOne = MAKERS[signal];
  const one = fc.oneof(...dialects.map((dialect) => makeOne(dialect, range)));
  return fc.array(one, { minLength: 1, maxLength: 4 }).map((all) =>
    all.map((tree, i) => {
      const policy = decodePolicy({ id: `p${i}`, name: `P${i}`, ...tree }, AUTHORING);
      if (policy.errors.length > 0) throw new Error(policy.errors.join("; "));
      return policy;
    }),
  );
}
