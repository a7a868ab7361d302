// Writes the parts of policies in both dialects: selectors, conditions, values and numbers.

import type {
  AttributeScope,
  Condition,
  FieldRef,
  NumericScalar,
  Sampling,
  Scalar,
  Signal,
  Transform,
} from "../model.ts";

export type Tree = Readonly<Record<string, unknown>>;

const FIELD_KEYS = { log: "log_field", metric: "metric_field", trace: "trace_field" } as const;
const RECORD_KEYS = {
  log: "log_attribute",
  metric: "datapoint_attribute",
  trace: "span_attribute",
} as const;
const SCOPE_KEYS = {
  resource: "resource_attribute",
  scope: "scope_attribute",
  event: "event_attribute",
  point: "datapoint_attribute",
} as const;

export function writtenField(field: FieldRef, signal: Signal, before = ""): Tree {
  if (field.kind === "field") return { [`${before}${FIELD_KEYS[signal]}`]: field.field };
  const { path, scope } = field;
  const key = attributeKey(scope, signal);
  return { [`${before}${key}`]: path.length === 1 ? path[0] : path };
}

/** The name of a scope's attributes. */
export function attributeKey(scope: AttributeScope, signal: Signal): string {
  return scope === "record" ? RECORD_KEYS[signal] : SCOPE_KEYS[scope];
}

export function writtenCondition(condition: Condition): Tree {
  switch (condition.op) {
    case "exists":
      return { exists: true };
    case "equals": {
      const { value } = condition;
      return value.type === "string" ? { exact: value.value } : { equals: writtenScalar(value) };
    }
    case "holds":
      return { contains: writtenScalar(condition.value) };
    case "regex":
      return { regex: condition.pattern };
    case "range": {
      const { min, max } = condition;
      if (min !== undefined) return { [min.inclusive ? "gte" : "gt"]: writtenNumber(min.value) };
      if (max === undefined) return { exists: true };
      return { [max.inclusive ? "lte" : "lt"]: writtenNumber(max.value) };
    }
    default:
      return { [condition.op]: condition.text };
  }
}

export function writtenScalar(scalar: Scalar): unknown {
  if (scalar.type === "bytes") return { bytes_value: scalar.value.toBase64() };
  return scalar.type === "int" || scalar.type === "double" ? writtenNumber(scalar) : scalar.value;
}

/** A plain number if readers take it for the same number with the same type. */
export function writtenNumber({ type, value }: NumericScalar): unknown {
  if (type === "int") {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : { int_value: String(value) };
  }
  if (!Number.isFinite(value)) return { double_value: String(value) };
  return Number.isSafeInteger(value) ? { double_value: value } : value;
}

export function writtenSampling(sampling: Sampling): Tree {
  return {
    percentage: sampling.percent,
    mode: sampling.mode,
    sampling_precision: sampling.precision,
    hash_seed: sampling.hashSeed,
    fail_closed: sampling.failClosed,
  };
}

/** How a dialect writes the object of an operation, and what a rename renames. */
interface WrittenSelectors {
  readonly selected: (field: FieldRef) => Tree;
  readonly from: (field: FieldRef) => Tree;
}

/** The lists of a transform that contain any operations. */
export function writtenLists(
  { remove, redact, rename, add }: Transform,
  { selected, from: renamed }: WrittenSelectors,
): Tree {
  const upserting = (upsert: boolean): Tree => (upsert ? { upsert } : {});
  const lists = {
    remove: remove.map(selected),
    redact: redact.map(({ field, regex, replacement }) => ({
      ...selected(field),
      ...(regex === undefined ? {} : { regex }),
      replacement,
    })),
    rename: rename.map(({ from, to, upsert }) => ({ ...renamed(from), to, ...upserting(upsert) })),
    add: add.map(({ field, value, upsert }) => ({
      ...selected(field),
      value: writtenScalar(value),
      ...upserting(upsert),
    })),
  };
  return Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0));
}
