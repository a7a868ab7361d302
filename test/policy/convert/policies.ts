// Policies as files have them, and what becomes of the first of a set.

import {
  AUTHORING,
  convertPolicies,
  decodePolicy,
  type PolicyDialect,
} from "../../../src/policy/index.ts";
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
    matches: [{ target: { record_field: "body" }, predicate: { exists: {} } }],
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
