// A policy as it is written in a file: what decoding it again makes the same model. For people who
// want to see, edit or copy a policy that is in force, wherever it came from. Pure.

import {
  AGGREGATION_TEMPORALITY,
  type EnumTable,
  METRIC_TYPE,
  SPAN_KIND,
  SPAN_STATUS,
} from "./decode/enums.ts";
import { groupsOf } from "./groups.ts";
import type {
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
  Target,
  Transform,
} from "./model.ts";

type Tree = Readonly<Record<string, unknown>>;

/** Plain data without bigints, for JSON and YAML. Without a target, only what it is called. */
export function writtenPolicy({
  id,
  name,
  description,
  enabled,
  enforcedPercent,
  target,
  extensions,
}: Policy): Tree {
  return {
    id,
    name,
    ...(description === undefined ? {} : { description }),
    ...(enabled ? {} : { enabled }),
    ...(enforcedPercent === undefined ? {} : { labels: writtenMode(enforcedPercent) }),
    ...(target === undefined ? {} : writtenTarget(target)),
    ...(extensions.length === 0 ? {} : { extensions: extensions.map(writtenUse) }),
  };
}

function writtenMode(enforcedPercent: number): Tree {
  if (enforcedPercent === 0) return { "edge.mode": "shadow" };
  return { "edge.rollout": `${enforcedPercent}%` };
}

function writtenTarget(target: Target): Tree {
  const { signal, dialect, matchers, otherGroups, keep, transform } = target;
  if (dialect === "otel") {
    const action = keep.kind === "otel_drop" ? "ACTION_DROP" : "ACTION_KEEP";
    return { log_filter: { matches: matchers.map(writtenOtelMatcher), action } };
  }
  const groups = groupsOf(target).map((group) => group.map((one) => writtenMatcher(one, signal)));
  const key = keep.kind === "percent" || keep.kind === "rate" ? keep.key : undefined;
  return {
    [signal]: {
      ...(otherGroups === undefined
        ? { match: groups[0] }
        : { match_group: groups.map((match) => ({ match })) }),
      keep: writtenKeep(keep, signal),
      ...(key === undefined ? {} : { sample_key: writtenField(key, "log") }),
      ...(transform === undefined ? {} : { transform: writtenTransform(transform) }),
    },
  };
}

/** Selectors that are conditions in themselves. */
const ENUMS: Readonly<Partial<Record<FieldName, EnumTable<number>>>> = {
  metric_type: METRIC_TYPE,
  aggregation_temporality: AGGREGATION_TEMPORALITY,
  span_kind: SPAN_KIND,
  span_status: SPAN_STATUS,
};
/** Fields of logs that a range of both ends can be written under. */
const NESTED: Readonly<Partial<Record<FieldName, string>>> = {
  body: "log_body",
  severity_text: "log_severity_text",
  severity_number: "log_severity_number",
  scope_name: "scope_name",
  scope_version: "scope_version",
};

function writtenMatcher(matcher: Matcher, signal: Signal): Tree {
  const { field, condition, negate, caseInsensitive } = matcher;
  const flags = {
    ...(negate ? { negate } : {}),
    ...(caseInsensitive ? { case_insensitive: true } : {}),
  };
  const own = field.kind === "field" ? selfCondition(field.field, condition, signal) : undefined;
  if (own !== undefined) return { ...own, ...flags };
  if (condition.op === "range" && condition.min !== undefined && condition.max !== undefined) {
    const nested = field.kind === "field" ? NESTED[field.field] : undefined;
    const range = {
      min: writtenNumber(condition.min.value),
      max: writtenNumber(condition.max.value),
    };
    return { [nested ?? "log_body"]: range, ...flags };
  }
  return { ...writtenField(field, signal), ...writtenCondition(condition), ...flags };
}

function selfCondition(field: FieldName, condition: Condition, signal: Signal): Tree | undefined {
  if (condition.op !== "equals") return undefined;
  const { type, value } = condition.value;
  const table = ENUMS[field];
  if (table !== undefined && type === "int") {
    const [name] = [...table.byName].find(([, number]) => BigInt(number) === value) ?? [];
    return name === undefined ? undefined : { [field]: name };
  }
  const isText = field === "link_trace_id" || (field === "event_name" && signal === "trace");
  return isText && type === "string" ? { [field]: value } : undefined;
}

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
} as const;

function writtenField(field: FieldRef, signal: Signal, before = ""): Tree {
  if (field.kind === "field") return { [`${before}${FIELD_KEYS[signal]}`]: field.field };
  const { scope, path } = field;
  const key = scope === "record" ? RECORD_KEYS[signal] : SCOPE_KEYS[scope];
  return { [`${before}${key}`]: path.length === 1 ? path[0] : path };
}

function writtenCondition(condition: Condition): Tree {
  switch (condition.op) {
    case "exists":
      return { exists: true };
    case "equals": {
      const { value } = condition;
      return value.type === "string" ? { exact: value.value } : { equals: writtenScalar(value) };
    }
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

function writtenScalar(scalar: Scalar): unknown {
  if (scalar.type === "bytes") return { bytes_value: scalar.value.toBase64() };
  return scalar.type === "int" || scalar.type === "double" ? writtenNumber(scalar) : scalar.value;
}

/** Plain, where a reader takes it for the same number of the same type. */
function writtenNumber({ type, value }: NumericScalar): unknown {
  if (type === "int") {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : { int_value: String(value) };
  }
  if (!Number.isFinite(value)) return { double_value: String(value) };
  return Number.isSafeInteger(value) ? { double_value: value } : value;
}

function writtenKeep(keep: Keep, signal: Signal): unknown {
  switch (keep.kind) {
    case "percent":
      return `${keep.percent}%`;
    case "rate":
      return `${keep.count}/${windowText(keep.windowMs)}`;
    case "sample":
      return {
        percentage: keep.percent,
        mode: keep.mode,
        sampling_precision: keep.precision,
        hash_seed: keep.hashSeed,
        fail_closed: keep.failClosed,
      };
    default: {
      const isKept = keep.kind === "all" || keep.kind === "otel_keep";
      if (signal === "metric") return isKept;
      return isKept ? "all" : "none";
    }
  }
}

function windowText(windowMs: number): string {
  const [size, unit] = windowMs % 60_000 === 0 ? ([60_000, "m"] as const) : ([1000, "s"] as const);
  const units = windowMs / size;
  return `${units === 1 ? "" : units}${unit}`;
}

function writtenTransform({ remove, redact, rename, add }: Transform): Tree {
  const upserting = (upsert: boolean): Tree => (upsert ? { upsert } : {});
  const lists = {
    remove: remove.map((field) => writtenField(field, "log")),
    redact: redact.map(({ field, regex, replacement }) => ({
      ...writtenField(field, "log"),
      ...(regex === undefined ? {} : { regex }),
      replacement,
    })),
    rename: rename.map(({ from, to, upsert }) => ({
      ...writtenField(from, "log", "from_"),
      to,
      ...upserting(upsert),
    })),
    add: add.map(({ field, value, upsert }) => ({
      ...writtenField(field, "log"),
      value,
      ...upserting(upsert),
    })),
  };
  return Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0));
}

function writtenUse({ type, version, config, mode }: ExtensionUse): Tree {
  return {
    type,
    ...(version === "" ? {} : { version }),
    ...(config.length === 0 ? {} : { config: config.toBase64() }),
    mode,
  };
}

const OTEL_SCOPE_FIELDS: Readonly<Partial<Record<FieldName, string>>> = {
  scope_name: "name",
  scope_version: "version",
  scope_schema_url: "schema_url",
};

function writtenOtelMatcher({ field, condition, negate }: Matcher): Tree {
  const scopeField = field.kind === "field" ? OTEL_SCOPE_FIELDS[field.field] : undefined;
  const target =
    scopeField !== undefined
      ? { scope_field: scopeField }
      : field.kind === "field"
        ? { record_field: field.field }
        : writtenField(field, "log");
  const predicate =
    condition.op === "exists"
      ? { exists: {} }
      : condition.op === "equals"
        ? { equals: writtenScalar(condition.value) }
        : writtenCondition(condition);
  return { target, predicate, ...(negate ? { negate } : {}) };
}
