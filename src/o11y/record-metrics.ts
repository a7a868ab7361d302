// Metrics of what became of records, whatever the policy. Rows of the metric table. Every evaluated
// record is exactly one of kept, dropped, sampled, rate limited, cut by a budget or failed open;
// the four in the middle are due to a policy (policy-metrics.ts).

import type { EventBus, Unsubscribe } from "./event-bus.ts";
import { FAIL_OPEN_REASONS, LOSS_REASONS, UNDECIDED_REASONS } from "./labels.ts";
import type { MetricFamily } from "./metric-family.ts";
import type { MetricSpec } from "./metric-spec.ts";

// Its values are those that protocols bring.
const telemetry = { name: "telemetry", values: [] };

export const RECORD_METRICS = {
  recordsEvaluated: {
    name: "edge_policy_records_evaluated_total",
    type: "counter",
    unit: "none",
    help: "Records of bodies that policies looked at: the sum of those kept, dropped, sampled, rate limited, cut by budgets and failed open.",
    labels: [telemetry],
  },
  recordsKept: {
    name: "edge_policy_records_kept_total",
    type: "counter",
    unit: "none",
    help: "Records that policies left.",
    labels: [telemetry],
  },
  recordsDropped: {
    name: "edge_policy_records_dropped_total",
    type: "counter",
    unit: "none",
    help: "Records that policies dropped on purpose (`keep: none`).",
    labels: [telemetry],
  },
  recordsSampled: {
    name: "edge_policy_records_sampled_total",
    type: "counter",
    unit: "none",
    help: "Records that sampling left out, spans that `fail_closed` drops included.",
    labels: [telemetry],
  },
  samplingUndecided: {
    name: "edge_policy_sampling_undecided_total",
    type: "counter",
    unit: "none",
    help: "Spans that `fail_closed` dropped because nothing was there to decide by, by reason; they are among those sampled.",
    labels: [{ name: "reason", values: UNDECIDED_REASONS }],
    stage: "trace_sampling",
  },
  recordsRateLimited: {
    name: "edge_policy_records_rate_limited_total",
    type: "counter",
    unit: "none",
    help: "Records above a rate limit.",
    labels: [telemetry],
  },
  recordsBudgeted: {
    name: "edge_policy_records_budgeted_total",
    type: "counter",
    unit: "none",
    help: "Records that budgets cut.",
    labels: [telemetry],
  },
  recordsFailedOpen: {
    name: "edge_policy_records_failed_open_total",
    type: "counter",
    unit: "none",
    help: "Single records that went on because they could not be judged, whatever else their body held.",
    labels: [telemetry],
  },
  failOpen: {
    name: "edge_fail_open_total",
    type: "counter",
    unit: "none",
    help: "Forwarded without being judged, by reason: one for a whole body, one for each single record.",
    labels: [telemetry, { name: "reason", values: FAIL_OPEN_REASONS }],
  },
  recordsEdited: {
    name: "edge_policy_records_edited_total",
    type: "counter",
    unit: "none",
    help: "Kept records that transforms changed.",
    labels: [telemetry],
    stage: "log_transform",
  },
  redactionsClosed: {
    name: "edge_redactions_closed_total",
    type: "counter",
    unit: "none",
    help: "Values replaced whole, or removed, because redacting them, or finding out whether to, takes too much.",
    labels: [telemetry],
    stage: "log_transform",
  },
  bytesIn: {
    name: "edge_policy_bytes_in_total",
    type: "counter",
    unit: "bytes",
    help: "Decoded bytes held against policies.",
    labels: [telemetry],
  },
  bytesOut: {
    name: "edge_policy_bytes_out_total",
    type: "counter",
    unit: "bytes",
    help: "Decoded bytes that were left after policies.",
    labels: [telemetry],
  },
  bytesDropped: {
    name: "edge_policy_bytes_dropped_total",
    type: "counter",
    unit: "bytes",
    help: "Decoded bytes that did not leave because policies dropped records on purpose.",
    labels: [telemetry],
  },
  bytesSampled: {
    name: "edge_policy_bytes_sampled_total",
    type: "counter",
    unit: "bytes",
    help: "Decoded bytes that did not leave because sampling left records out.",
    labels: [telemetry],
  },
  bytesRateLimited: {
    name: "edge_policy_bytes_rate_limited_total",
    type: "counter",
    unit: "bytes",
    help: "Decoded bytes that did not leave because records were above a rate limit.",
    labels: [telemetry],
  },
  bytesBudgeted: {
    name: "edge_policy_bytes_budgeted_total",
    type: "counter",
    unit: "bytes",
    help: "Decoded bytes that did not leave because budgets cut records.",
    labels: [telemetry],
  },
  bytesRemoved: {
    name: "edge_policy_bytes_removed_total",
    type: "counter",
    unit: "bytes",
    help: "Decoded bytes by which transforms made telemetry smaller.",
    labels: [telemetry],
  },
  bytesAdded: {
    name: "edge_policy_bytes_added_total",
    type: "counter",
    unit: "bytes",
    help: "Decoded bytes by which transforms made telemetry larger.",
    labels: [telemetry],
  },
  bytesSaved: {
    name: "edge_policy_bytes_saved_total",
    type: "counter",
    unit: "bytes",
    help: "Decoded bytes that policies took away; bodies that grew count as 0.",
    labels: [telemetry],
  },
  lost: {
    name: "edge_lost_total",
    type: "counter",
    unit: "none",
    help: "Not taken by the upstream, which the client was told: one for each record that policies left, one for a body that none looked at. Of scrapes, the samples of those that were cut off.",
    labels: [telemetry, { name: "reason", values: LOSS_REASONS }],
  },
} as const satisfies Record<string, MetricSpec>;

type Families = Readonly<Record<keyof typeof RECORD_METRICS, MetricFamily>>;

export function countRecords(bus: EventBus, families: Families): readonly Unsubscribe[] {
  const { recordsEvaluated, recordsKept, recordsDropped, recordsSampled, recordsEdited } = families;
  const { recordsRateLimited, recordsBudgeted, recordsFailedOpen, samplingUndecided } = families;
  const { bytesIn, bytesOut, bytesSaved, bytesDropped, bytesSampled, bytesRateLimited } = families;
  const { bytesBudgeted, bytesRemoved, bytesAdded, failOpen, redactionsClosed, lost } = families;
  return [
    bus.on("records.evaluated", (event) => {
      // One label of the same values in all of them: one index for all.
      const at = recordsEvaluated.at(event.telemetry);
      recordsEvaluated.add(at, event.records);
      const { sampled = 0, limited = 0, budgeted = 0, unjudged = 0 } = event;
      recordsKept.add(at, event.records - event.dropped - unjudged);
      recordsDropped.add(at, event.dropped - sampled - limited - budgeted);
      recordsSampled.add(at, sampled);
      recordsRateLimited.add(at, limited);
      recordsBudgeted.add(at, budgeted);
      recordsFailedOpen.add(at, unjudged);
      recordsEdited.add(at, event.edited);
      bytesIn.add(at, event.bytesIn);
      bytesOut.add(at, event.bytesOut);
      bytesSaved.add(at, event.bytesIn - event.bytesOut);
      bytesDropped.add(at, event.droppedBytes ?? 0);
      bytesSampled.add(at, event.sampledBytes ?? 0);
      bytesRateLimited.add(at, event.limitedBytes ?? 0);
      bytesBudgeted.add(at, event.budgetedBytes ?? 0);
      bytesRemoved.add(at, event.removedBytes ?? 0);
      bytesAdded.add(at, event.addedBytes ?? 0);
    }),
    bus.on("sampling.undecided", ({ reason, records }) => {
      samplingUndecided.add(samplingUndecided.at(reason), records);
    }),
    bus.on("fail_open", (event) => {
      failOpen.add(failOpen.at(event.telemetry, event.reason), Math.max(1, event.records));
    }),
    bus.on("redaction.closed", ({ telemetry: of, values }) => {
      redactionsClosed.add(redactionsClosed.at(of), values);
    }),
    bus.on("records.lost", (event) => {
      lost.add(lost.at(event.telemetry, event.reason), Math.max(1, event.records));
    }),
  ];
}
