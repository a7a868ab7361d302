// Writes a policy in the form of policy files; decoding the result gives the same model. For people
// who want to see, edit or copy a policy in force, wherever it came from. Pure.

import {
  AGGREGATION_TEMPORALITY,
  type EnumTable,
  METRIC_TYPE,
  SPAN_KIND,
  SPAN_STATUS,
} from "../decode/enums.ts";
import { groupsOf } from "../groups.ts";
import type {
  Condition,
  ExtensionUse,
  FieldName,
  Keep,
  Matcher,
  Policy,
  Signal,
  Target,
  Transform,
} from "../model.ts";
import { writtenOtelLabels, writtenOtelTarget } from "./written-otel.ts";
import {
  type Tree,
  writtenCondition,
  writtenField,
  writtenLists,
  writtenNumber,
  writtenSampling,
} from "./written-parts.ts";

/** Plain data without bigints, for JSON and YAML. Without a target, only its names. */
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
    ...(enforcedPercent === undefined ? {} : { labels: writtenMode(enforcedPercent, target) }),
    ...(target === undefined ? {} : writtenTarget(target)),
    ...(extensions.length === 0 ? {} : { extensions: extensions.map(writtenUse) }),
  };
}

function writtenMode(enforcedPercent: number, target: Target | undefined): unknown {
  const labels =
    enforcedPercent === 0 ? { "edge.mode": "shadow" } : { "edge.rollout": `${enforcedPercent}%` };
  return target?.dialect === "otel" ? writtenOtelLabels(labels) : labels;
}

function writtenTarget(target: Target): Tree {
  const { signal, otherGroups, keep, transform } = target;
  if (target.dialect === "otel") return writtenOtelTarget(target);
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

/** Selectors that contain their own condition. */
const ENUMS: Readonly<Partial<Record<FieldName, EnumTable<number>>>> = {
  metric_type: METRIC_TYPE,
  aggregation_temporality: AGGREGATION_TEMPORALITY,
  span_kind: SPAN_KIND,
  span_status: SPAN_STATUS,
};
/** Fields of logs under which a range with both ends can be written. */
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

function writtenKeep(keep: Keep, signal: Signal): unknown {
  switch (keep.kind) {
    case "percent":
      return `${keep.percent}%`;
    case "rate":
      return `${keep.count}/${windowText(keep.windowMs)}`;
    case "sample":
      return writtenSampling(keep);
    // A policy cannot express a budget: what the budget leaves is kept.
    case "budget":
      return signal === "trace" ? { percentage: 100 } : writtenKeep({ kind: "all" }, signal);
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

function writtenTransform(transform: Transform): Tree {
  return writtenLists(transform, {
    selected: (field) => writtenField(field, "log"),
    from: (field) => writtenField(field, "log", "from_"),
  });
}

function writtenUse({ type, version, config, mode }: ExtensionUse): Tree {
  return {
    type,
    ...(version === "" ? {} : { version }),
    ...(config.length === 0 ? {} : { config: config.toBase64() }),
    mode,
  };
}
