// Metrics of what each policy did: one for each count that the engine keeps of policies. Rows of
// the metric table.

import { POLICY_LABELS_MAX } from "../core/limits.ts";
import type { PolicyCount } from "../policy/index.ts";
import type { MetricSpec } from "./metric-spec.ts";

// One more for "other", which is a row like any other there.
const open = { name: "policy", valuesMax: POLICY_LABELS_MAX + 1 };
const records = { type: "counter", unit: "none", open } as const;
const bytes = { type: "counter", unit: "bytes", open } as const;

export const POLICY_METRICS = {
  hits: {
    ...records,
    name: "edge_policy_hits_total",
    help: "Records whose outcome was what the policy wanted; the busiest policies by id, the rest as other.",
  },
  misses: {
    ...records,
    name: "edge_policy_misses_total",
    help: "Records that matched the policy but were decided by another one.",
  },
  dropped: {
    ...records,
    name: "edge_policy_dropped_total",
    help: "Records that the policy dropped on purpose.",
  },
  sampled: {
    ...records,
    name: "edge_policy_sampled_total",
    help: "Records that the policy's sampling left out.",
  },
  limited: {
    ...records,
    name: "edge_policy_rate_limited_total",
    help: "Records above the policy's rate limit.",
  },
  budgeted: {
    ...records,
    name: "edge_policy_budgeted_total",
    help: "Records that the budget cut.",
  },
  droppedBytes: {
    ...bytes,
    name: "edge_policy_dropped_bytes_total",
    help: "Bytes that did not leave because the policy dropped records on purpose, decoded, with what stood around these alone.",
  },
  sampledBytes: {
    ...bytes,
    name: "edge_policy_sampled_bytes_total",
    help: "Bytes that did not leave because the policy's sampling left records out, likewise.",
  },
  limitedBytes: {
    ...bytes,
    name: "edge_policy_rate_limited_bytes_total",
    help: "Bytes that did not leave because records were above the policy's rate limit, likewise.",
  },
  budgetedBytes: {
    ...bytes,
    name: "edge_policy_budgeted_bytes_total",
    help: "Bytes that did not leave because the budget cut records, likewise.",
  },
  removedBytes: {
    ...bytes,
    name: "edge_policy_removed_bytes_total",
    help: "Bytes by which the policy's transforms made records, resources and scopes smaller.",
  },
  addedBytes: {
    ...bytes,
    name: "edge_policy_added_bytes_total",
    help: "Bytes by which the policy's transforms made records, resources and scopes larger.",
  },
  matchedInShadow: {
    ...records,
    name: "edge_policy_shadow_matched_total",
    help: "Records that the policy matched while it was in shadow, and did nothing with; of this and the next ones there are only policies that have any.",
  },
  droppedInShadow: {
    ...records,
    name: "edge_policy_shadow_dropped_total",
    help: "Records that stayed and that the policy would have dropped on purpose.",
  },
  sampledInShadow: {
    ...records,
    name: "edge_policy_shadow_sampled_total",
    help: "Records that stayed and that the policy's sampling would have left out.",
  },
  limitedInShadow: {
    ...records,
    name: "edge_policy_shadow_rate_limited_total",
    help: "Records that stayed and would have been above the policy's rate limit.",
  },
  droppedBytesInShadow: {
    ...bytes,
    name: "edge_policy_shadow_dropped_bytes_total",
    help: "Bytes of the records that the policy would have dropped on purpose, decoded: of the records alone. What stands between and around them would have gone as well, and is in `edge_policy_dropped_bytes_total` of a policy that is enforced.",
  },
  sampledBytesInShadow: {
    ...bytes,
    name: "edge_policy_shadow_sampled_bytes_total",
    help: "Bytes of the records that the policy's sampling would have left out, likewise.",
  },
  limitedBytesInShadow: {
    ...bytes,
    name: "edge_policy_shadow_rate_limited_bytes_total",
    help: "Bytes of the records that would have been above the policy's rate limit, likewise.",
  },
  keptInShadow: {
    ...records,
    name: "edge_policy_shadow_kept_total",
    help: "Records that other policies left out and that would have stayed with the policy.",
  },
  editedInShadow: {
    ...records,
    name: "edge_policy_shadow_edited_total",
    help: "Records that stayed and that the policy would have changed, or what they are in.",
  },
} as const satisfies Readonly<Record<PolicyCount, MetricSpec>>;

/** The names of all of them. */
// What `satisfies` holds for the keys, `keys` cannot know.
export const POLICY_COUNTS = Object.keys(POLICY_METRICS) as readonly PolicyCount[];

/** Whether a count is shown of a policy also when it is 0. */
export function isAlwaysShown(count: PolicyCount): boolean {
  return !count.endsWith("InShadow");
}
