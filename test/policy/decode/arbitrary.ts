// Random policies of the model that every form can express, and writers of these forms. Each writer
// chooses among the spellings by `dice`, a source of whole numbers.

import * as fc from "fast-check";
import { FIELDS_OF_SIGNAL } from "../../../src/policy/fields.ts";
import type {
  AttributeScope,
  Condition,
  ExtensionUse,
  FieldName,
  FieldRef,
  Keep,
  Matcher,
  NumericScalar,
  Policy,
  Scalar,
  Signal,
  Transform,
} from "../../../src/policy/model.ts";

const text = fc.string({ unit: "grapheme", maxLength: 8 });
const someText = fc.string({ unit: "grapheme", minLength: 1, maxLength: 8 });

const numeric: fc.Arbitrary<NumericScalar> = fc.oneof(
  fc.record({
    type: fc.constant("int" as const),
    value: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  }),
  fc.record({ type: fc.constant("double" as const), value: fc.double({ noNaN: true }) }).map(
    // Minus zero does not survive every text format, and compares equal to zero.
    ({ type, value }) => ({ type, value: value + 0 }),
  ),
);

const scalar: fc.Arbitrary<Scalar> = fc.oneof(
  numeric,
  fc.record({ type: fc.constant("bool" as const), value: fc.boolean() }),
  fc.record({ type: fc.constant("string" as const), value: text }),
  fc.record({ type: fc.constant("bytes" as const), value: fc.uint8Array({ maxLength: 9 }) }),
);

const condition: fc.Arbitrary<Condition> = fc.oneof(
  fc.constant({ op: "exists" as const }),
  scalar.map((value) => ({ op: "equals" as const, value })),
  fc.record({ op: fc.constantFrom("starts_with", "ends_with", "contains"), text }),
  text.map((pattern) => ({ op: "regex" as const, pattern })),
  fc
    .record({ value: numeric, inclusive: fc.boolean() })
    .chain((bound) =>
      fc.constantFrom<Condition>({ op: "range", min: bound }, { op: "range", max: bound }),
    ),
);

/** Fields of the spec: what goes beyond it is in files only. */
const BEYOND: readonly string[] = ["severity_number", "scope_name", "scope_version"];
const CARRYING: readonly string[] = [
  "metric_type",
  "aggregation_temporality",
  "span_kind",
  "span_status",
  "event_name",
  "link_trace_id",
  // Of OpenTelemetry's dialect alone.
  "is_monotonic",
  "status_message",
];

function fieldOf(signal: Signal): fc.Arbitrary<FieldRef> {
  const names = (FIELDS_OF_SIGNAL[signal] as readonly FieldName[]).filter((name) =>
    signal === "log" ? !BEYOND.includes(name) : !CARRYING.includes(name),
  );
  const scopes: AttributeScope[] = ["record", "resource", "scope"];
  if (signal === "trace") scopes.push("event");
  return fc.oneof(
    fc.constantFrom(...names).map((field) => ({ kind: "field" as const, field })),
    fc.record({
      kind: fc.constant("attribute" as const),
      scope: fc.constantFrom(...scopes),
      path: fc.array(someText, { minLength: 1, maxLength: 3 }),
    }),
  );
}

const equalsInt = (value: number): Condition => ({
  op: "equals",
  value: { type: "int", value: BigInt(value) },
});
const carried = (field: FieldName, conditions: fc.Arbitrary<Condition>) =>
  fc.record({
    field: fc.constant({ kind: "field" as const, field }),
    condition: conditions,
    negate: fc.boolean(),
    caseInsensitive: fc.boolean(),
  });
const equalsText = (value: string): Condition => ({
  op: "equals",
  value: { type: "string", value },
});

function matcherOf(signal: Signal): fc.Arbitrary<Matcher> {
  const common = fc.record({
    field: fieldOf(signal),
    condition,
    negate: fc.boolean(),
    caseInsensitive: fc.boolean(),
  });
  if (signal === "log") return common;
  const number = (from: number, to: number) => fc.integer({ min: from, max: to }).map(equalsInt);
  if (signal === "metric") {
    return fc.oneof(
      { weight: 3, arbitrary: common },
      carried("metric_type", number(1, 5)),
      carried("aggregation_temporality", number(1, 2)),
    );
  }
  return fc.oneof(
    { weight: 3, arbitrary: common },
    carried("span_kind", number(1, 5)),
    carried("span_status", number(0, 2)),
    carried("event_name", someText.map(equalsText)),
    carried(
      "link_trace_id",
      fc.uint8Array({ minLength: 16, maxLength: 16 }).map((id) => equalsText(id.toHex())),
    ),
  );
}

function keepOf(signal: Signal): fc.Arbitrary<Keep> {
  if (signal === "metric") return fc.constantFrom({ kind: "all" }, { kind: "none" });
  if (signal === "trace") {
    return fc.record({
      kind: fc.constant("sample" as const),
      percent: fc.float({ min: 0, max: 100, noNaN: true }).map((percent) => percent + 0),
      mode: fc.constantFrom("hash_seed", "proportional", "equalizing"),
      precision: fc.integer({ min: 1, max: 14 }),
      hashSeed: fc.integer({ min: 0, max: 4294967295 }),
      failClosed: fc.boolean(),
    });
  }
  const key = fc.record({ key: fieldOf("log") }, { requiredKeys: [] });
  return fc.oneof(
    fc.constantFrom<Keep>({ kind: "all" }, { kind: "none" }),
    fc.tuple(fc.integer({ min: 0, max: 100_000 }), key).map(([thousandths, withKey]): Keep => ({
      kind: "percent",
      percent: thousandths / 1000,
      ...withKey,
    })),
    fc
      .tuple(fc.integer({ min: 1, max: 4294967295 }), fc.integer({ min: 1, max: 999 }), key)
      .map(([count, seconds, withKey]): Keep => ({
        kind: "rate",
        count,
        windowMs: seconds * 1000,
        ...withKey,
      })),
  );
}

const few = <Item>(item: fc.Arbitrary<Item>) => fc.array(item, { maxLength: 2 });

const transform: fc.Arbitrary<Transform> = fc.record({
  remove: few(fieldOf("log")),
  redact: few(
    fc.record(
      { field: fieldOf("log"), replacement: someText, regex: someText },
      { requiredKeys: ["field", "replacement"] },
    ),
  ),
  rename: few(fc.record({ from: fieldOf("log"), to: someText, upsert: fc.boolean() })),
  add: few(
    fc.record({
      field: fieldOf("log"),
      value: text.map((value) => ({ type: "string", value }) as const),
      upsert: fc.boolean(),
    }),
  ),
});

const extension: fc.Arbitrary<ExtensionUse> = fc.record({
  type: someText,
  version: text,
  config: fc.uint8Array({ maxLength: 9 }),
  mode: fc.constantFrom("kept", "dropped", "unmatched", "matched", "all"),
});

const target = (signal: Signal) =>
  fc
    .record({
      matchers: fc.array(matcherOf(signal), { minLength: 1, maxLength: 3 }),
      keep: keepOf(signal),
      transform:
        signal === "log" ? fc.option(transform, { nil: undefined }) : fc.constant(undefined),
    })
    .map(({ matchers, keep, transform: edits }) => {
      const some = edits !== undefined && Object.values(edits).some((list) => list.length > 0);
      return { signal, matchers, keep, ...(some ? { transform: edits } : {}) };
    });

/** Valid policies. */
export const arbitraryPolicy: fc.Arbitrary<Policy> = fc
  .record({
    id: someText,
    name: someText,
    description: fc.option(someText, { nil: undefined }),
    enabled: fc.boolean(),
    target: fc.oneof(target("log"), target("metric"), target("trace")),
    extensions: few(extension),
  })
  .map(({ description, ...policy }) => ({
    ...policy,
    ...(description === undefined ? {} : { description }),
    errors: [],
  }));

/** A source of numbers from 0 to below `sides`. */
export type Dice = (sides: number) => number;
type Tree = Record<string, unknown>;

const PREFIX: Readonly<Record<string, string>> = {
  log_field: "LOG_FIELD_",
  metric_field: "METRIC_FIELD_",
  trace_field: "TRACE_FIELD_",
  metric_type: "METRIC_TYPE_",
  aggregation_temporality: "AGGREGATION_TEMPORALITY_",
  span_kind: "SPAN_KIND_",
  span_status: "SPAN_STATUS_CODE_",
};
const ENUM_NAMES: Readonly<Record<string, readonly string[]>> = {
  metric_type: ["", "gauge", "sum", "histogram", "exponential_histogram", "summary"],
  aggregation_temporality: ["", "delta", "cumulative"],
  span_kind: ["", "internal", "server", "client", "producer", "consumer"],
  span_status: ["unspecified", "ok", "error"],
};
const RECORD_KEY = { log: "log_attribute", metric: "datapoint_attribute", trace: "span_attribute" };

/** The canonical tree of a policy: snake_case keys, full enum names, no shorthands. */
export function canonicalTree({ target: of, ...policy }: Policy): Tree {
  if (of === undefined) throw new Error("a valid policy has a target");
  const { signal, matchers, keep, transform: edits } = of;
  const body: Tree = { match: matchers.map((matcher) => matcherTree(matcher, signal)) };
  if (keep.kind === "sample") {
    body["keep"] = {
      percentage: keep.percent,
      mode: `SAMPLING_MODE_${keep.mode.toUpperCase()}`,
      sampling_precision: keep.precision,
      hash_seed: keep.hashSeed,
      fail_closed: keep.failClosed,
    };
  } else {
    body["keep"] = signal === "metric" ? keep.kind === "all" : keepText(keep);
    const key = keep.kind === "percent" || keep.kind === "rate" ? keep.key : undefined;
    if (key !== undefined) body["sample_key"] = fieldTree(key, "log");
  }
  if (edits !== undefined) body["transform"] = transformTree(edits);
  return {
    id: policy.id,
    name: policy.name,
    ...(policy.description === undefined ? {} : { description: policy.description }),
    enabled: policy.enabled,
    [signal]: body,
    extensions: policy.extensions.map((use) => ({
      ...use,
      config: use.config.toBase64(),
      mode: `EXTENSION_MODE_${use.mode.toUpperCase()}`,
    })),
  };
}

function keepText(keep: Exclude<Keep, { kind: "sample" }>): string {
  if (keep.kind === "percent") return `${keep.percent}%`;
  return keep.kind === "rate" ? `${keep.count}/${keep.windowMs / 1000}s` : keep.kind;
}

function fieldTree(ref: FieldRef, signal: Signal): Tree {
  if (ref.kind === "field") {
    const key = `${signal}_field`;
    return { [key]: `${PREFIX[key]}${ref.field.toUpperCase()}` };
  }
  const key = ref.scope === "record" ? RECORD_KEY[signal] : `${ref.scope}_attribute`;
  return { [key]: { path: ref.path } };
}

function transformTree(edits: Transform): Tree {
  const from = (ref: FieldRef) =>
    Object.fromEntries(
      Object.entries(fieldTree(ref, "log")).map(([key, value]) => [`from_${key}`, value]),
    );
  return {
    remove: edits.remove.map((ref) => fieldTree(ref, "log")),
    redact: edits.redact.map(({ field, ...rest }) => ({ ...fieldTree(field, "log"), ...rest })),
    rename: edits.rename.map(({ from: ref, ...rest }) => ({ ...from(ref), ...rest })),
    add: edits.add.map(({ field, value, ...rest }) => ({
      ...fieldTree(field, "log"),
      value: value.value,
      ...rest,
    })),
  };
}

function matcherTree(matcher: Matcher, signal: Signal): Tree {
  const flags = { negate: matcher.negate, case_insensitive: matcher.caseInsensitive };
  const { field, condition: of } = matcher;
  if (field.kind === "field" && CARRYING.includes(field.field) && signal !== "log") {
    const value = of.op === "equals" ? of.value.value : undefined;
    const names = ENUM_NAMES[field.field];
    const named = names?.[Number(value)]?.toUpperCase();
    return { [field.field]: named ? `${PREFIX[field.field]}${named}` : value, ...flags };
  }
  return { ...fieldTree(field, signal), ...conditionTree(of), ...flags };
}

function conditionTree(of: Condition): Tree {
  switch (of.op) {
    case "exists":
      return { exists: true };
    case "equals":
      return { equals: scalarTree(of.value) };
    case "holds":
      return { contains: scalarTree(of.value) };
    case "regex":
      return { regex: of.pattern };
    case "range": {
      const bound = of.min ?? of.max;
      if (bound === undefined) throw new Error("a range has a bound");
      const key = `${of.min === undefined ? "lt" : "gt"}${bound.inclusive ? "e" : ""}`;
      return { [key]: scalarTree(bound.value) };
    }
    default:
      return { [of.op]: of.text };
  }
}

function scalarTree({ type, value }: Scalar): Tree {
  if (type === "int") return { int_value: value.toString() };
  if (type === "bytes") return { bytes_value: value.toBase64() };
  if (type === "double" && !Number.isFinite(value)) return { double_value: String(value) };
  return { [`${type}_value`]: value };
}

/** The same policy with other spellings: short names, plain values, numbers, lowerCamelCase. */
export function respelled(tree: Tree, dice: Dice): Tree {
  const copy: Tree = {};
  for (const [key, value] of Object.entries(tree)) {
    const name = dice(2) === 0 ? key : camel(key);
    copy[name] = dice(2) === 0 ? otherwise(key, value, dice) : inside(value, dice);
  }
  return copy;
}

function camel(key: string): string {
  return key.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function inside(value: unknown, dice: Dice): unknown {
  if (Array.isArray(value)) return value.map((item) => inside(item, dice));
  return typeof value === "object" && value !== null ? respelled(value as Tree, dice) : value;
}

function otherwise(key: string, value: unknown, dice: Dice): unknown {
  const prefix = PREFIX[key] ?? (key === "mode" ? /^[A-Z]+_MODE_/.exec(String(value))?.[0] : "");
  if (prefix && typeof value === "string" && value.startsWith(prefix)) {
    const short = value.slice(prefix.length);
    return [short, short.toLowerCase(), value.toLowerCase()][dice(3)];
  }
  if (key.endsWith("_attribute")) {
    const { path } = value as { path: readonly string[] };
    return path.length === 1 && dice(2) === 0 ? path[0] : path;
  }
  if (/^(?:equals|[gl]te?)$/.test(key)) return plainScalar(value as Tree);
  return inside(value, dice);
}

function plainScalar(tree: Tree): unknown {
  const int = tree["int_value"];
  if (typeof int === "string") return BigInt(int);
  const double = tree["double_value"];
  if (typeof double === "number" && !Number.isInteger(double)) return double;
  return tree["string_value"] ?? tree["bool_value"] ?? tree;
}
