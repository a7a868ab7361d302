// Policies as files have them, and what becomes of the first of a set.

import { fromJson, type JsonValue } from "@bufbuild/protobuf";
import {
  AUTHORING,
  convertPolicies,
  decodePolicy,
  type Policy,
  type PolicyDialect,
  writtenPolicy,
} from "../../../src/policy/index.ts";
import { OtelPolicySchema } from "../../../src/proto/index.ts";
import { createRegexValidator } from "../../../src/re2/index.ts";

export const validateRegex = createRegexValidator();

export const log = (match: object, more: object = {}) => ({
  id: "p",
  name: "P",
  log: { match: [match], keep: "none", ...more },
});
export const metric = (match: object) => ({
  id: "p",
  name: "P",
  metric: { match: [match], keep: false },
});
export const metricFilter = (target: object, predicate: object) => ({
  id: "p",
  metric_filter: { matches: [{ target, predicate }], action: "ACTION_DROP" },
});
export const filter = (action: string, id = "p") => ({
  id,
  name: "P",
  log_filter: {
    matches: [{ target: { record_field: "body" }, predicate: { exists: {} } }],
    action,
  },
});
export const edit = (transform: object, id = "p") => ({
  ...log({ log_field: "body", exists: true }, { keep: "all", transform }),
  id,
});
export const otelEdit = (operations: object, id = "p") => ({
  id,
  name: "P",
  log_transform: {
    matches: [{ target: { record_field: "LOG_RECORD_FIELD_BODY" }, predicate: { exists: {} } }],
    ...operations,
  },
});
export const unsampled = { trace_field: "trace_state", exists: false };
export const span = (
  keep: object,
  match: object = { trace_field: "name", exists: true },
  id = "p",
) => ({
  id,
  name: "P",
  trace: { match: [match], keep },
});
export const decode = (trees: readonly object[]) =>
  trees.map((tree) => decodePolicy(tree, AUTHORING));
export const conversionOf = (to: PolicyDialect, ...trees: readonly object[]) =>
  convertPolicies(decode(trees), to, { validateRegex })[0];

/** The policy by generated code, which takes what the draft's messages have and nothing else. */
export function readByDraft(policy: Policy): unknown {
  return fromJson(OtelPolicySchema, inFull(writtenPolicy(policy)) as JsonValue);
}

/** The draft's short forms as proto3 JSON: paths are messages, and so are values. */
function inFull(tree: unknown): unknown {
  if (Array.isArray(tree)) return tree.map(inFull);
  if (typeof tree !== "object" || tree === null) return tree;
  return Object.fromEntries(
    Object.entries(tree).map(([key, value]): [string, unknown] => {
      if (key.endsWith("_attribute")) return [key, { path: value }];
      const isValue = /^(?:equals|contains|value|[gl]te?)$/.test(key) && typeof value !== "object";
      return [key, isValue ? valueInFull(value) : inFull(value)];
    }),
  );
}

function valueInFull(value: unknown): object {
  if (typeof value === "string") return { string_value: value };
  if (typeof value === "boolean") return { bool_value: value };
  return Number.isInteger(value) ? { int_value: value } : { double_value: value };
}
